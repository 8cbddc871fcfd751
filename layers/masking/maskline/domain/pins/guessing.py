"""A caller who is asked for a PIN: what they hear next, and what their digits prove.

Failures are counted over all calls: those of a caller in a window, those of a number's strangers in
a day. A locked caller hears what a stranger hears on a number without PINs, and a wrong PIN, an
expired one and another number's are the same: nobody learns by guessing what exists.
"""

import re
from dataclasses import dataclass, replace

from maskline.domain.calls.plan import Announce, Announcement, CallPlan, CollectPin, Play
from maskline.domain.calls.route import Route, live_route
from maskline.domain.phone_numbers import E164, is_same_phone
from maskline.domain.sessions.session import PinTerms, Role

_PIN = re.compile(r"[0-9]{4,15}")
_LONGEST_PAUSE_SECONDS = 30
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class PinCall:
    """A call that is asked for a PIN, by the session whose prompt it hears.

    `caller` is "" if withheld, or if it cannot be read. Of a registered party `forced_role` is the
    one whose PIN must be entered, in this very session; a stranger may prove any party of any
    session on the number.
    """

    call_uuid: str
    account_id: str
    session_uuid: str
    dialled: E164
    caller: E164
    forced_role: Role | None = None
    attempts: int = 0

    def after_failure(self) -> "PinCall":
        """The call once one more attempt has failed."""
        return replace(self, attempts=self.attempts + 1)


@dataclass(frozen=True, slots=True)
class GuessLimits:
    """From how many wrong PINs on guessing gets slow, and from how many on it is locked.

    `slow_after` and `caller_lock_after` are of one caller in a window. `guesses_per_day` are of all
    strangers on a number or, where a registered party must enter a PIN, of that phone.
    """

    window_seconds: int
    slow_after: int
    caller_lock_after: int
    guesses_per_day: int

    def window(self, now: int) -> int:
        """The number of the window that an instant falls into."""
        return now // (self.window_seconds * 1000)


@dataclass(frozen=True, slots=True)
class Guesses:
    """Failures of this caller in the window, and of all who share its limit of the day.

    Silence is no guess of the day's.
    """

    by_caller: int = 0
    in_day: int = 0

    def after_failure(self, *, is_guess: bool) -> "Guesses":
        """The counts once one more attempt has failed."""
        return Guesses(self.by_caller + 1, self.in_day + is_guess)


def day_of(now: int) -> int:
    """The number of the day (UTC) that an instant falls into."""
    return now // _DAY_MS


def entered_pin(digits: str) -> str:
    """The digits if they can be a PIN, else ""."""
    return digits if _PIN.fullmatch(digits) else ""


def proven_route(call: PinCall, route: Route | None, now: int) -> Route | None:
    """The route that an entered PIN leads to, if it is live and this caller may take it.

    Nobody may be the other party of their own phone: that call would be to themselves.
    """
    live = live_route(route, now)
    if live is None or (call.caller and is_same_phone(live.peer, call.caller)):
        return None
    if call.forced_role is None:
        return live
    is_own = (live.session_uuid, live.role) == (call.session_uuid, call.forced_role)
    return live if is_own else None


def is_locked(guesses: Guesses, limits: GuessLimits) -> bool:
    """Tell if this caller's digits are not even looked at."""
    is_day_over = guesses.in_day >= limits.guesses_per_day
    return is_day_over or guesses.by_caller >= limits.caller_lock_after


def question(call: PinCall, pins: PinTerms, pause_seconds: int) -> CallPlan:
    """Return the caller's next prompt, after a failure with the reproach, or the end."""
    if call.attempts > pins.retries:
        if pins.incorrect_url:
            return Play(pins.incorrect_url)
        return Announce(Announcement.PIN_NOT_ACCEPTED)
    return CollectPin(
        prompt_url=pins.prompt_url,
        wait_seconds=pins.wait_seconds,
        incorrect_url=pins.incorrect_url if call.attempts else "",
        pause_seconds=pause_seconds,
    )


def pause_seconds(guesses: Guesses, limits: GuessLimits) -> int:
    """Return the wait before the next prompt: it doubles with every failure over the limit."""
    excess = guesses.by_caller - limits.slow_after
    return 0 if excess < 0 else min(_LONGEST_PAUSE_SECONDS, 2 ** min(excess + 1, 8))
