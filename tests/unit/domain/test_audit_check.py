"""Whatever is done to the trail or to its seals, a check says so; of what is right it is quiet."""

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskline.domain.audit_check import Findings, StoredSeal, check
from maskline.domain.audit_seals import Seal, StoredEntry, Tally

_MINUTE = 60_000
_DAY_SECONDS = 86_400
START = 1_772_361_600_000
NOW = START + 21 * _MINUTE
TTL = NOW // 1000 + 400 * _DAY_SECONDS


def entry(minute: float, **changes: object) -> StoredEntry:
    at = START + int(minute * _MINUTE)
    code = hashlib.sha256(str(at).encode()).digest()
    default = StoredEntry(f"{at}#x", at=at, code=code, ttl=TTL, is_genuine=True)
    return replace(default, **changes)  # type: ignore[arg-type] # a test names what it is about


def chained(entries: list[StoredEntry], *, ends: list[int]) -> list[StoredSeal]:
    """Seals up to these minutes, one after the other."""
    seals: list[StoredSeal] = []
    for end in ends:
        after, until = START + (end - 5) * _MINUTE, START + end * _MINUTE
        tally = Tally()
        for one in entries:
            if after < one.at <= until:
                tally.add(one)
        last = seals[-1] if seals else None
        seal = Seal(
            number=len(seals) + 1,
            after=after,
            until=until,
            count=tally.count,
            digest=tally.digest,
            whole_until=TTL,
            ttl=TTL,
            previous_code=last.code if last else b"",
            previous_ttl=TTL if last else 0,
        )
        seals.append(
            StoredSeal(seal, hashlib.sha256(repr(seal).encode()).digest(), is_genuine=True)
        )
    return seals


ENTRIES = [entry(minute) for minute in (1, 2, 2.5, 6, 12, 13, 19)]
SEALS = chained(ENTRIES, ends=[5, 10, 15])


def problems(entries: list[StoredEntry], seals: list[StoredSeal], **options: object) -> list[str]:
    return found(entries, seals, **options).problems


def found(entries: list[StoredEntry], seals: list[StoredSeal], **options: object) -> Findings:
    return check(seals, entries, **{"now": NOW, **options})  # type: ignore[arg-type]


def without(listed: list[StoredSeal], *positions: int) -> list[StoredSeal]:
    return [one for position, one in enumerate(listed) if position not in positions]


def test_what_is_as_it_was_written_is_counted() -> None:
    findings = found(ENTRIES, SEALS)

    assert findings == Findings(seals=3, entries=7, unsealed=1)


@pytest.mark.parametrize("position", range(6))
def test_a_removed_entry_is_missed(position: int) -> None:
    [problem] = problems([one for one in ENTRIES if one is not ENTRIES[position]], SEALS)

    assert "removed" in problem


@pytest.mark.parametrize("position", range(7))
def test_an_altered_entry_is_named(position: int) -> None:
    altered = replace(ENTRIES[position], is_genuine=False)
    entries = [altered if one is ENTRIES[position] else one for one in ENTRIES]

    assert problems(entries, SEALS) == [f"entry {altered.place}: altered, or not written by us"]


def test_an_entry_in_anothers_place_is_found_though_the_number_is_right() -> None:
    other = entry(2.2)
    entries = sorted([*ENTRIES[:1], other, *ENTRIES[2:]], key=lambda one: one.at)

    [problem] = problems(entries, SEALS)

    assert "other entries than were sealed" in problem


@pytest.mark.parametrize("minute", [0.5, 7, 14.9])
def test_an_entry_that_came_after_its_seal_is_found(minute: float) -> None:
    entries = sorted([*ENTRIES, entry(minute)], key=lambda one: one.at)

    [problem] = problems(entries, SEALS)

    assert "added" in problem


def test_an_entry_from_before_the_first_seal_is_found() -> None:
    early = entry(-1)

    assert problems([early, *ENTRIES], SEALS) == [f"entry {early.place}: in no seal"]


@pytest.mark.parametrize("position", range(3))
def test_an_altered_seal_is_named(position: int) -> None:
    seals = [
        replace(one, is_genuine=False) if place == position else one
        for place, one in enumerate(SEALS)
    ]

    assert problems(ENTRIES, seals) == [f"seal {position + 1}: altered, or not written by us"]


def test_a_seal_that_is_gone_from_the_middle_is_missed() -> None:
    listed = problems(ENTRIES, without(SEALS, 1))

    assert "seal 3: follows number 1, some are gone" in listed


def test_the_first_seal_is_missed() -> None:
    listed = problems(ENTRIES, without(SEALS, 0))

    assert "seal 2: the one before it is gone" in listed


def test_the_last_seals_are_missed_as_nothing_was_sealed_for_too_long() -> None:
    [problem] = problems(ENTRIES, SEALS[:1], now=NOW + 10 * _MINUTE)

    assert "nothing was sealed since" in problem


def test_a_chain_that_was_made_anew_from_some_point_is_found_by_its_log_lines() -> None:
    """With the secret, or before it was sealed, somebody could; but not in the log as well."""
    left = [one for one in ENTRIES if one is not ENTRIES[4]]
    anew = chained(left, ends=[5, 10, 15])
    logged = {one.seal.number: one.code for one in SEALS}

    assert problems(left, anew) == []
    assert problems(left, anew, logged=logged) == ["seal 3: another one was logged"]
    assert problems(left, anew[:2], logged=logged) == ["seal 3: logged, and gone"]
    assert problems(ENTRIES, SEALS, logged=logged) == []


def test_a_chain_that_is_put_together_from_two_is_found() -> None:
    other = chained([one for one in ENTRIES if one is not ENTRIES[0]], ends=[5, 10, 15])

    assert "seal 2: was made to follow another one" in problems(ENTRIES, [SEALS[0], *other[1:]])


def test_no_seal_at_all_is_wrong_where_there_are_entries() -> None:
    assert problems(ENTRIES, []) == ["there are entries and no seal"]
    assert problems([], []) == []


def test_what_has_expired_may_go() -> None:
    """First entries whose seal is still there, then seals, which are not missed either."""
    fading = [replace(one, seal=replace(one.seal, whole_until=NOW // 1000)) for one in SEALS[:1]]
    gone = replace(SEALS[1], seal=replace(SEALS[1].seal, previous_ttl=NOW // 1000))

    findings = found(ENTRIES[1:], [*fading, *SEALS[1:]])
    assert (findings.problems, findings.faded) == ([], 1)
    expired = [replace(one, ttl=NOW // 1000) for one in ENTRIES[:3]]
    assert problems([*expired, *ENTRIES[3:]], [gone, SEALS[2]]) == []


def test_a_seal_that_should_still_be_there_is_missed_whatever_the_retention_is_now() -> None:
    [problem] = problems(ENTRIES[3:], SEALS[1:])

    assert problem == "seal 2: the one before it is gone"


@given(
    minutes=st.lists(
        st.floats(0.01, 15), min_size=1, max_size=20, unique_by=lambda m: int(m * 60_000)
    ),
    victim=st.integers(0, 19),
)
def test_no_set_of_entries_hides_a_removal(minutes: list[float], victim: int) -> None:
    entries = [entry(minute) for minute in sorted(minutes)]
    seals = chained(entries, ends=[5, 10, 15])
    removed = entries[victim % len(entries)]

    assert problems(entries, seals) == []
    assert problems([one for one in entries if one is not removed], seals)
