"""A call as one line that reads like a story, numbers masked."""

import re
from collections.abc import Callable
from xml.etree import ElementTree

from local.phone.plivo.call import CarrierCall

_CALL_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SESSION = re.compile(r"/(?:dial|dial-end)/[^/]+/([0-9a-f-]{8,36})/")


def mask(number: str) -> str:
    """+12025550101 -> +1202•••0101; anything that is not a number is left out."""
    digits = _digits_of(number)
    return f"+{digits[:4]}•••{digits[-4:]}" if digits else "a withheld number"


def tell(params: dict[str, str], status: int, body: str, *, is_ours: Callable[[str], bool]) -> str:
    """Say in words what an answer webhook and its answer mean.

    Anybody may send one, so a dialled number is shown in full only if it `is_ours`.
    """
    opening = f"{mask(params.get('From', ''))} dials {_dialled(params.get('To', ''), is_ours)}"
    return f"{opening} → {_ending(status, body)}{_named(params.get('CallUUID', ''))}"


def _named(call_uuid: str) -> str:
    """The id by which `make why` knows the call; nothing that is no id."""
    return f" (call {call_uuid})" if _CALL_UUID.fullmatch(call_uuid) else ""


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


def _ending(status: int, body: str) -> str:
    if status != 200:
        return f"refused, HTTP {status}"
    try:
        document = ElementTree.fromstring(body)
    except ElementTree.ParseError:
        return "an answer that no carrier would follow"
    number = document.findtext("Dial/Number")
    if number is None:
        return _without_dial(document)
    session = _SESSION.search(body)
    name = f"session {session[1][:4]}… → " if session else ""
    return f"{name}ringing {mask(number)}"


def _without_dial(document: ElementTree.Element) -> str:
    said = document.findtext(".//Speak")
    if said:
        return f"hears “{said.strip()}”"
    hangup = document.find("Hangup")
    if hangup is not None and hangup.get("reason"):
        return f"not connected: {hangup.get('reason')}"
    redirect = document.find("Redirect")
    return "handed to the number's fallback" if redirect is not None else "not connected"
