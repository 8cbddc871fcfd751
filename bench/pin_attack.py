"""A simulated attack on PINs: a thousand phones, a day, the service's own rule, a virtual clock.

The attacker knows the rule, gives every guess another caller ID, never tries a PIN twice on a
number, guesses the moment that guessing is allowed, and starts a minute before midnight, so that
the day has the chances of two. Where the PINs are of several lengths, it also knows how many are of
which, and tries the length that finds most.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from bench.report import Section, Table
from maskline.domain.greetings import UNCOUNTED_SESSIONS, live_pins_of
from maskline.domain.phone_numbers import E164
from maskline.domain.pin_calls import Guesses, GuessLimits, PinCall, day_of, is_locked
from maskline.domain.pins import Crowd

PHONES = 1000
DAY_MS = 86_400_000
START_MS = 20_000 * DAY_MS - 60_000
_GUESS_MS = 10
_TRIALS = 2000
# Digits, and live PINs on the number: one session, ten, a hundred.
_CASES = [(digits, pins) for digits in (4, 6, 8) for pins in (2, 20, 200)]
# Live PINs on the number whose length nobody named.
_CROWDS = (2, 20, 200, 2000, 20_000)
# What the service counts: then the number counts as having as many as bounds are computed for.
_COUNTED_PINS = 2000
# The template's defaults, and what they were before chances were counted.
DEFAULTS = GuessLimits(
    window_seconds=3600,
    slow_after=3,
    caller_lock_after=10,
    number_lock_after=50,
    daily_risk=1_000_000,
)
UNWEIGHED = replace(DEFAULTS, daily_risk=10**18)


@dataclass(frozen=True, slots=True)
class Attack:
    """So many digits, so many live PINs of that length on the number, and the limits in force.

    `charged_pins` are those of any length that the service thinks are there, None: just these.
    """

    digits: int
    live_pins: int
    charged_pins: int | None = None
    limits: GuessLimits = DEFAULTS
    duration_ms: int = DAY_MS

    @property
    def bound(self) -> float:
        """The chance that `worst_guesses` have, if none is repeated: at most the sum of theirs."""
        chances = len(list(self.accepted())) * self.live_pins
        return min(1.0, chances / float(10**self.digits))

    def accepted(self) -> Iterator[int]:
        """When a guess was looked at. They are the same whatever the PINs are, as none is known."""
        counts = _Counts()
        charged = self.live_pins if self.charged_pins is None else self.charged_pins
        call = PinCall("attack", "", "", E164(""), E164(""))
        risk = self.limits.risk_of("0" * self.digits, among=charged)
        now, end = START_MS, START_MS + self.duration_ms
        while now < end:
            phone = counts.guesses % PHONES
            if is_locked(call, counts.seen(phone, now, self.limits), self.limits):
                now = _next_window(now, self.limits)
                continue
            yield now
            counts.add(phone, now, self.limits, risk=risk)
            now += _GUESS_MS

    def finds(self, guesses: int, seed: int) -> bool:
        """Whether so many different guesses hit one of the PINs, which nobody chose."""
        dice = random.Random(seed)
        space = 10**self.digits
        pins = set(dice.sample(range(space), self.live_pins))
        return not pins.isdisjoint(dice.sample(range(space), min(guesses, space)))


@dataclass(slots=True)
class _Counts:
    """What the store keeps, by phone and window, by window, by day."""

    guesses: int = 0
    by_caller: Counter[tuple[int, int]] = field(default_factory=Counter)
    on_number: Counter[int] = field(default_factory=Counter)
    risk: Counter[int] = field(default_factory=Counter)

    def seen(self, phone: int, now: int, limits: GuessLimits) -> Guesses:
        window = limits.window(now)
        by_caller = self.by_caller[phone, window]
        return Guesses(by_caller, self.on_number[window], self.risk[day_of(now)])

    def add(self, phone: int, now: int, limits: GuessLimits, *, risk: int) -> None:
        window = limits.window(now)
        self.guesses += 1
        self.by_caller[phone, window] += 1
        self.on_number[window] += 1
        self.risk[day_of(now)] += risk


def drawn_by_default(live_pins: int) -> Counter[int]:
    """How many PINs have which length on a number that filled at leisure: they are the shortest."""
    lengths: Counter[int] = Counter()
    while lengths.total() < live_pins:
        crowd = Crowd(known_pins(lengths.total()), is_quiet=True)
        lengths[crowd.length(2, DEFAULTS)] += 2
    return lengths


def known_pins(live_pins: int) -> int:
    """For how many the service takes the live PINs of a number."""
    return live_pins if live_pins <= _COUNTED_PINS else live_pins_of(UNCOUNTED_SESSIONS)


def attacks_by_length(live_pins: int) -> list[Attack]:
    """One for each length of PINs that were drawn by default."""
    known = known_pins(live_pins)
    return [
        Attack(digits, pins, charged_pins=known)
        for digits, pins in drawn_by_default(live_pins).items()
    ]


def _next_window(now: int, limits: GuessLimits) -> int:
    return (limits.window(now) + 1) * limits.window_seconds * 1000


def measure() -> Section:
    rows = [_row(str(digits), pins, Attack(digits, pins)) for digits, pins in _CASES]
    rows += [_default_row(pins) for pins in _CROWDS]
    headings = (
        "Digits",
        "Live PINs on the number",
        "Guesses in 24 hours",
        "Chance of a hit, at most",
        f"Hits in {_TRIALS} attacks",
        "Guesses without the daily risk",
        "Chance then",
    )
    return Section(
        "A thousand phones guess PINs for a day", [_NOTE, Table(headings, rows)], is_met=_is_met()
    )


_NOTE = f"""\
One virtual number, the template's defaults, {PHONES} phones with forged caller IDs, from a minute \
before midnight (UTC) on, so that two days' chances and 25 windows are within the 24 hours. The \
rule is the service's own; what is guessed never repeats. "By default" are PINs whose length \
nobody named, as drawn while the number fills, and the attack is on the length that finds most."""


def _default_row(live_pins: int) -> tuple[object, ...]:
    lengths = drawn_by_default(live_pins).items()
    best = max(attacks_by_length(live_pins), key=lambda attack: attack.bound)
    drawn = ", ".join(f"{pins:,} of {digits}" for digits, pins in lengths)
    return _row(f"by default: {drawn}; guesses of {best.digits}", live_pins, best)


def _row(digits: str, live_pins: int, attack: Attack) -> tuple[object, ...]:
    guesses = len(list(attack.accepted()))
    before = replace(attack, limits=UNWEIGHED)
    hits = sum(attack.finds(guesses, seed) for seed in range(_TRIALS))
    return (
        digits,
        live_pins,
        guesses,
        f"{attack.bound:.2%}",
        hits,
        len(list(before.accepted())),
        f"{before.bound:.2%}",
    )


def _is_met() -> bool:
    """Two days' thousandths, from six digits on and by default, whatever the crowd."""
    named = [Attack(digits, pins) for digits, pins in _CASES if digits > 4]
    drawn = [attack for pins in _CROWDS for attack in attacks_by_length(pins)]
    return all(attack.bound <= 0.0025 for attack in (*named, *drawn))
