"""The names of the language, as the official SDK of the carrier that invented it writes them.

Its builders take any attribute, so the names are read off their signatures.
"""

import inspect
import re
from xml.etree.ElementTree import Element, fromstring

from twilio.twiml import TwiML
from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

# Attributes that other carriers of the family document for the same verb, and this one does not.
OTHERS = {"telnyx": {"Dial": {"recordingChannels"}}}
BUILDERS: dict[str, type[TwiML]] = {"Response": VoiceResponse, "Dial": Dial, "Gather": Gather}
# The argument that is an element's text.
_TEXTS = {"Number": "phone_number", "Play": "url", "Say": "message", "Redirect": "url"}
_URLS = {"action", "statusCallback", "recordingStatusCallback", "url"}
_SECONDS = {"timeout", "timeLimit", "length", "numDigits"}
_CHOICES = {
    "method": {"POST"},
    "statusCallbackMethod": {"POST"},
    "recordingStatusCallbackMethod": {"POST"},
    "answerOnBridge": {"true"},
    "record": {"record-from-answer"},
    "recordingChannels": {"single"},
    "reason": {"busy", "rejected"},
    "input": {"dtmf"},
    "finishOnKey": {"#"},
}
_EVENTS = {
    "statusCallbackEvent": {"initiated", "ringing", "answered", "completed"},
    "recordingStatusCallbackEvent": {"in-progress", "completed", "absent"},
}
_LAST = {"Hangup", "Redirect", "Reject"}


def read(carrier: str, content_type: str, body: bytes) -> Element:
    """Return a document, if each name and value in it is one that the carrier knows."""
    assert content_type == "application/xml"
    root = fromstring(body)
    assert root.tag == "Response"
    assert root.attrib == {}
    _check_children(root, carrier)
    verbs = [verb.tag for verb in root]
    assert not set(verbs[:-1]) & _LAST, "what follows is never reached"
    assert "Reject" not in verbs or verbs == ["Reject"]
    return root


def _check_children(parent: Element, carrier: str) -> None:
    builder = BUILDERS.get(parent.tag)
    for child in parent:
        method = getattr(builder, child.tag.lower(), None)
        assert method, f"{child.tag} is not a part of {parent.tag}"
        names = [_camel(name) for name in inspect.signature(method).parameters]
        known = {*names, *OTHERS.get(carrier, {}).get(child.tag, set())} - {"self", "kwargs"}
        known -= {_camel(_TEXTS.get(child.tag, ""))}
        assert set(child.attrib) <= known, child.tag
        assert bool(child.text) == (child.tag in _TEXTS), child.tag
        for name, value in child.attrib.items():
            _check_value(name, value)
        _check_children(child, carrier)


def _check_value(name: str, value: str) -> None:
    if name in _URLS:
        assert value.startswith("https://"), name
    elif name in _SECONDS:
        assert re.fullmatch("[1-9][0-9]*", value), name
    elif name in _EVENTS:
        assert set(value.split(" ")) <= _EVENTS[name]
    elif name in _CHOICES:
        assert value in _CHOICES[name]
    else:
        assert name == "callerId", name
        assert re.fullmatch(r"\+[1-9][0-9]{6,14}", value)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
