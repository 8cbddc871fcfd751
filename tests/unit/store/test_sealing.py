"""A sealed value opens where it was sealed and nowhere else, and says nothing by its looks."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskline.store.sealing import keyrings
from maskline.store.sealing import seal as sealing
from maskline.store.sealing.seal import ItemSeal, SealBrokenError
from tests.support.builders import party

ITEM = {"PK": "SESSION#1", "SK": "SESSION"}
RING = {("MA1", 1): b"1" * 32, ("MA1", 2): b"2" * 32, ("MA2", 1): b"3" * 32}
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


def _key(account_id: str, key_id: int) -> bytes:
    if (account_id, key_id) not in RING:
        raise keyrings.UnknownKeyError
    return RING[account_id, key_id]


@pytest.fixture
def seal_for(monkeypatch: pytest.MonkeyPatch) -> Callable[..., ItemSeal]:
    """`sealing.seal_for` for two accounts, the first of which has two keys."""
    monkeypatch.setattr(keyrings, "key", _key)
    newest = {"MA1": 2, "MA2": 1}
    monkeypatch.setattr(
        keyrings, "newest_key", lambda account: (newest[account], RING[account, newest[account]])
    )
    return sealing.seal_for


def _seal(data_key: bytes = b"k" * 32, **key: str) -> ItemSeal:
    keys = sealing._DataKeys(lambda: (7, data_key), lambda _: data_key)
    return ItemSeal(keys, ITEM | key)


@given(TEXTS)
def test_what_is_sealed_opens_again(text: str) -> None:
    assert _seal().open("party", _seal().seal("party", text)) == text


@given(TEXTS.filter(bool), st.data())
def test_a_value_that_was_changed_anywhere_is_refused(text: str, data: st.DataObject) -> None:
    sealed = bytearray(_seal().seal("party", text))
    # The first two bytes name the key: with one key for all names they decide nothing here.
    place = data.draw(st.integers(2, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))

    with pytest.raises(SealBrokenError):
        _seal().open("party", bytes(sealed))


@given(st.binary(min_size=1, max_size=80))
def test_what_was_never_sealed_is_refused(junk: bytes) -> None:
    with pytest.raises(SealBrokenError):
        _seal().open("party", junk)


def test_a_value_is_refused_in_another_field_item_or_account(
    seal_for: Callable[..., ItemSeal],
) -> None:
    sealed = seal_for("MA1", ITEM).seal("peer", party(0))

    assert seal_for("MA1", ITEM).open("peer", sealed) == party(0)
    for seal, field in (
        (seal_for("MA1", ITEM), "party"),
        (seal_for("MA1", ITEM | {"SK": "CALL#1"}), "peer"),
        (seal_for("MA1", ITEM | {"PK": "SESSION#2"}), "peer"),
        (seal_for("MA2", ITEM), "peer"),
    ):
        with pytest.raises(SealBrokenError):
            seal.open(field, sealed)


def test_the_parts_of_an_items_key_do_not_run_into_each_other() -> None:
    """A carrier's ids are in some keys, so they may hold anything."""
    sealed = _seal(PK="CALL#1", SK="2CALL").seal("party", party(0))

    with pytest.raises(SealBrokenError):
        _seal(PK="CALL#12", SK="CALL").open("party", sealed)


def test_the_key_that_sealed_opens_whatever_is_newest(seal_for: Callable[..., ItemSeal]) -> None:
    newest = seal_for("MA1", ITEM).seal("party", party(0))
    before = sealing._DataKeys(lambda: (1, RING["MA1", 1]), lambda _: b"")
    older = ItemSeal(before, ITEM).seal("party", party(1))

    assert (older[:2], newest[:2]) == (b"\0\1", b"\0\2")
    assert seal_for("MA1", ITEM).open("party", newest) == party(0)
    assert seal_for("MA1", ITEM).open("party", older) == party(1)


def test_a_key_that_is_gone_is_not_replaced_by_another(seal_for: Callable[..., ItemSeal]) -> None:
    sealed = seal_for("MA1", ITEM).seal("party", party(0))

    with pytest.raises(SealBrokenError):
        seal_for("MA1", ITEM).open("party", b"\0\3" + sealed[2:])
    with pytest.raises(SealBrokenError):
        seal_for("MA1", ITEM).open("party", b"\0\1" + sealed[2:])


@pytest.mark.parametrize("text", ["1", "4821", "+4915112345678", "+123456789012345"])
def test_a_sealed_number_or_pin_does_not_show_its_length(text: str) -> None:
    assert len(_seal().seal("party", text)) == 2 + 12 + 16 + 16


def test_the_same_number_never_looks_the_same() -> None:
    seal = _seal()

    assert len({seal.seal("party", party(0)) for _ in range(100)}) == 100


def test_nobody_needs_no_key() -> None:
    def no_key(*_: object) -> tuple[int, bytes]:
        raise AssertionError

    seal = ItemSeal(sealing._DataKeys(no_key, no_key), ITEM)

    assert seal.seal("party", "") == b""
    assert seal.open("party", b"") == ""
