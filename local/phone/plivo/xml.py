"""The carrier's XML, as much of it as Maskline uses, read as strictly as it is documented.

Anything else is an error here, also what the carrier would take: a lenient simulator would let a
document pass that the real carrier refuses, and a caller would hear silence.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from xml.etree import ElementTree

from local.phone.instructions import InvalidDocumentError

MAX_BYTES = 100 * 1024
CONTENT_TYPES = ("application/xml", "text/xml")


@dataclass(frozen=True)
class Element:
    name: str
    attributes: Mapping[str, str]
    text: str
    children: tuple["Element", ...]

    def flag(self, name: str, *, default: bool) -> bool:
        return self.attributes.get(name, str(default).lower()) == "true"

    def number(self, name: str, *, default: int) -> int:
        return int(self.attributes.get(name, default))


def read_document(content_type: str, body: bytes) -> tuple[Element, ...]:
    """The elements inside <Response>; raises InvalidDocumentError."""
    if content_type.partition(";")[0].strip().lower() not in CONTENT_TYPES:
        raise InvalidDocumentError(f"content type {content_type!r} is not XML")
    if len(body) > MAX_BYTES:
        raise InvalidDocumentError(f"document of {len(body)} bytes is longer than {MAX_BYTES}")
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        raise InvalidDocumentError(f"not well-formed: {error}") from error
    if root.tag != "Response" or root.attrib:
        raise InvalidDocumentError(f"the root must be a bare <Response>, not <{root.tag}>")
    return _children(root, allowed=_TOP_LEVEL)


def _children(parent: ElementTree.Element, *, allowed: frozenset[str]) -> tuple[Element, ...]:
    for child in parent:
        if child.tag not in allowed:
            raise InvalidDocumentError(f"<{child.tag}> is not allowed in <{parent.tag}>")
        if (child.tail or "").strip():
            raise InvalidDocumentError(f"text after <{child.tag}>")
    return tuple(_element(child) for child in parent)


def _element(source: ElementTree.Element) -> Element:
    rules = _ATTRIBUTES[source.tag]
    for name, value in source.attrib.items():
        if name not in rules:
            raise InvalidDocumentError(f"<{source.tag}> has no attribute {name!r}")
        if not rules[name](value):
            raise InvalidDocumentError(f"<{source.tag} {name}={value!r}> is not allowed")
    text = (source.text or "").strip()
    _check_text(source.tag, text)
    children = _children(source, allowed=_NESTED.get(source.tag, frozenset()))
    if source.tag == "Dial" and not children:
        raise InvalidDocumentError("<Dial> without anyone to dial")
    return Element(source.tag, dict(source.attrib), text, children)


def _check_text(tag: str, text: str) -> None:
    rule = _TEXTS.get(tag, _is_empty)
    if not rule(text):
        raise InvalidDocumentError(f"<{tag}> may not contain {text[:40]!r}")


def _is_empty(value: str) -> bool:
    return value == ""


def _is_said(value: str) -> bool:
    return value != ""


def _is_url(value: str) -> bool:
    parts = urlsplit(value)
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _is_flag(value: str) -> bool:
    return value in ("true", "false")


def _is_method(value: str) -> bool:
    return value in ("GET", "POST")


def _is_phone(value: str) -> bool:
    return re.fullmatch(r"\+?[1-9]\d{6,14}", value) is not None


def _between(low: int, high: int) -> Callable[[str], bool]:
    return lambda value: value.isdecimal() and low <= int(value) <= high


def _one_of(*allowed: str) -> Callable[[str], bool]:
    return lambda value: value in allowed


_Rules = Mapping[str, Callable[[str], bool]]
AUDIO = frozenset({"Speak", "Play", "Wait"})
_TOP_LEVEL = AUDIO | {"Dial", "Hangup", "Redirect", "GetDigits", "Record"}
_NESTED = {"Dial": frozenset({"Number"}), "GetDigits": frozenset({"Play"})}
_TEXTS = {
    "Speak": _is_said,
    "Play": _is_url,
    "Redirect": _is_url,
    "Number": _is_phone,
}
_ATTRIBUTES: Mapping[str, _Rules] = {
    "Dial": {
        "action": _is_url,
        "method": _is_method,
        "timeout": _between(1, 86_400),
        "timeLimit": _between(1, 86_400),
        "callerId": _is_phone,
        "callbackUrl": _is_url,
        "callbackMethod": _is_method,
        "confirmSound": _is_url,
    },
    "Number": {},
    "Speak": {},
    "Play": {},
    "Wait": {"length": _between(1, 3600)},
    "Redirect": {"method": _is_method},
    "Hangup": {"reason": _one_of("rejected", "busy")},
    "GetDigits": {
        "action": _is_url,
        "method": _is_method,
        "numDigits": _between(1, 99),
        "timeout": _between(1, 60),
        "digitTimeout": _between(1, 60),
        "finishOnKey": _is_said,
        "retries": _between(0, 100),
        "redirect": _is_flag,
        "validDigits": _is_said,
        "log": _is_flag,
    },
    "Record": {
        "fileFormat": _one_of("mp3", "wav"),
        "redirect": _is_flag,
        "maxLength": _between(1, 86_400),
        "playBeep": _is_flag,
        "startOnDialAnswer": _is_flag,
        "callbackUrl": _is_url,
        "callbackMethod": _is_method,
    },
}
