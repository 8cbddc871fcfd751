"""A CallPlan in the carrier's language."""

import re
from xml.etree.ElementTree import Element, SubElement, tostring

from maskline.carriers.plivo.follow_up import FollowUp
from maskline.domain.call_plan import (
    Announce,
    Announcement,
    Busy,
    CallPlan,
    Dial,
    HandOver,
    HangUp,
)

CONTENT_TYPE = "application/xml"

_SENTENCES = {
    Announcement.NOT_IN_SERVICE: "The number you have dialed is not in service.",
    Announcement.NOT_CONNECTED: (
        "This number does not connect your call. Please check the number, "
        "and that you are calling from the phone that it was given to."
    ),
    Announcement.TRY_AGAIN_LATER: (
        "We cannot connect your call right now. Please try again in a moment."
    ),
    Announcement.PARTY_UNAVAILABLE: (
        "The person you are calling is not available. Please try again later."
    ),
}

# XML 1.0 has no way to write these, and one of them makes the whole document unreadable.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(plan: CallPlan, follow_up: FollowUp | None = None) -> str:
    """The document that makes the carrier do it. Only a Dial has a follow-up."""
    response = Element("Response")
    match plan:
        case Dial():
            _add_dial(response, plan, follow_up)
        case Busy():
            _add(response, "Hangup", reason="busy")
        case HandOver():
            _add(response, "Redirect", plan.url)
        case HangUp():
            _add(response, "Hangup")
        case Announce():
            _add(response, "Speak", _SENTENCES[plan.announcement])
            _add(response, "Hangup", reason="rejected")
    return tostring(response, encoding="unicode")


def _add_dial(response: Element, plan: Dial, follow_up: FollowUp | None) -> None:
    reports = {}
    if follow_up:
        reports = {
            "action": follow_up.dial_end_url,
            "method": "POST",
            "callbackUrl": follow_up.dial_url,
            "callbackMethod": "POST",
        }
    dial = _add(
        response,
        "Dial",
        **reports,
        callerId=plan.caller_id,
        timeout=str(plan.ring_timeout_seconds),
        timeLimit=str(plan.time_limit_seconds),
    )
    _add(dial, "Number", plan.peer)


def _add(parent: Element, name: str, text: str = "", /, **attributes: str) -> Element:
    legal = {key: _NOT_XML.sub("", value) for key, value in attributes.items()}
    element = SubElement(parent, name, legal)
    element.text = _NOT_XML.sub("", text) or None
    return element
