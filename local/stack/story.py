"""A call as one line that reads like a story, numbers masked."""

import re
from collections.abc import Callable

from local.phone.carrier_call import CarrierCall
from local.phone.dialect import AnswerFailedError, Arrival, Dialect
from local.phone.instructions import (
    Collect,
    Dial,
    Instruction,
    InvalidDocumentError,
    NotSimulatedError,
    Redirect,
    Reject,
    Say,
)
from local.phone.webhooks import Delivery

# An id is longer than any number, and holds nothing that a terminal would act on.
_CALL_ID = re.compile(r"[0-9A-Za-z:_-]{24,100}")
_SESSION = re.compile(r"/(?:dial|dial-end)/[^/]+/([0-9a-f-]{8,36})/")


def mask(number: str) -> str:
    """+12025550101 -> +1202•••0101; anything that is not a number is left out."""
    digits = _digits_of(number)
    return f"+{digits[:4]}•••{digits[-4:]}" if digits else "a withheld number"


def tell(
    arrival: Arrival, answer: Delivery, dialect: Dialect, *, is_ours: Callable[[str], bool]
) -> str:
    """Say in words what an answer webhook and its answer mean.

    Anybody may send one, so a dialled number is shown in full only if it `is_ours`.
    """
    opening = f"{mask(arrival.caller)} dials {_dialled(arrival.dialled, is_ours)}"
    return f"{opening} → {_ending(answer, dialect)}{_named(arrival.call)}"


def _named(call_uuid: str) -> str:
    """The id by which `make why` knows the call; nothing that is no id."""
    return f" (call {call_uuid})" if _CALL_ID.fullmatch(call_uuid) else ""


def _dialled(number: str, is_ours: Callable[[str], bool]) -> str:
    digits = _digits_of(number)
    if not digits:
        return "nobody"
    return f"+{digits}" if is_ours(f"+{digits}") else mask(number)


def _digits_of(number: str) -> str:
    """ "" for anything that is not a number."""
    digits = number.removeprefix("+")
    return digits if digits.isascii() and digits.isdecimal() and len(digits) >= 8 else ""


def tell_placed(call: CarrierCall) -> str:
    """A call that we had placed, once it is over. The number that calls is ours."""
    opening = f"{call.caller} calls {mask(call.dialled_number)}"
    leg = call.leg
    ending = f"answered, ringing {mask(leg.to)}: {leg.status}" if leg else _never_answered(call)
    return f"{opening} → {ending}{_named(call.call_uuid)}"


def _never_answered(call: CarrierCall) -> str:
    return call.ended.status if call.ended else call.state


def _ending(answer: Delivery, dialect: Dialect) -> str:
    try:
        instructions = dialect.read("answer", answer) or ()
    except AnswerFailedError:
        return f"refused, HTTP {answer.status}"
    except (InvalidDocumentError, NotSimulatedError):
        return "an answer that no carrier would follow"
    told = (_told(one, answer) for one in instructions)
    return next(filter(None, told), "not connected")


def _told(instruction: Instruction, answer: Delivery) -> str:
    """Return what somebody who waits for the call's outcome wants to know; "" is nothing."""
    match instruction:
        case Dial(number):
            session = _SESSION.search(answer.text)
            name = f"session {session[1][:4]}… → " if session else ""
            return f"{name}ringing {mask(number)}"
        case Say(text):
            return f"hears “{text}”"
        case Reject(reason):
            return f"not connected: {reason}"
        case Redirect():
            return "handed to the number's fallback"
        case Collect():
            return "asked for a PIN"
    return ""
