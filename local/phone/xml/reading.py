"""A carrier's XML, as much of it as Maskline uses, by the rules of its language.

Anything else is an error here, also what the carrier would take: a lenient simulator would let a
document pass that the real carrier refuses, and a caller would hear silence.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from xml.etree import ElementTree

from local.phone.instructions import Hook, InvalidDocumentError

CONTENT_TYPES = ("application/xml", "text/xml")
Rule = Callable[[str], bool]
Rules = Mapping[str, Rule]


@dataclass(frozen=True)
class Language:
    """The verbs of a carrier's documents: what they say, have and hold. Rules are for values."""

    most_bytes: int
    attributes: Mapping[str, Rules]
    texts: Rules
    nested: Mapping[str, frozenset[str]]
    top_level: frozenset[str]


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

    def hook(self, url: str, method: str = "") -> Hook | None:
        """Return the URL in an attribute, and how it wants to be asked."""
        given = self.attributes
        return Hook(given[url], given.get(method, "POST")) if url in given else None


def read_document(content_type: str, body: bytes, language: Language) -> tuple[Element, ...]:
    """The elements inside <Response>; raises InvalidDocumentError."""
    if content_type.partition(";")[0].strip().lower() not in CONTENT_TYPES:
        raise InvalidDocumentError(f"content type {content_type!r} is not XML")
    most = language.most_bytes
    if len(body) > most:
        raise InvalidDocumentError(f"document of {len(body)} bytes is longer than {most}")
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        raise InvalidDocumentError(f"not well-formed: {error}") from error
    if root.tag != "Response" or root.attrib:
        raise InvalidDocumentError(f"the root must be a bare <Response>, not <{root.tag}>")
    return _children(root, language, allowed=language.top_level)


def _children(
    parent: ElementTree.Element, language: Language, *, allowed: frozenset[str]
) -> tuple[Element, ...]:
    for child in parent:
        if child.tag not in allowed:
            raise InvalidDocumentError(f"<{child.tag}> is not allowed in <{parent.tag}>")
        if (child.tail or "").strip():
            raise InvalidDocumentError(f"text after <{child.tag}>")
    return tuple(_element(child, language) for child in parent)


def _element(source: ElementTree.Element, language: Language) -> Element:
    rules = language.attributes[source.tag]
    for name, value in source.attrib.items():
        if name not in rules:
            raise InvalidDocumentError(f"<{source.tag}> has no attribute {name!r}")
        if not rules[name](value):
            raise InvalidDocumentError(f"<{source.tag} {name}={value!r}> is not allowed")
    text = (source.text or "").strip()
    rule = language.texts.get(source.tag, is_empty)
    if not rule(text):
        raise InvalidDocumentError(f"<{source.tag}> may not contain {text[:40]!r}")
    nested = language.nested.get(source.tag, frozenset())
    children = _children(source, language, allowed=nested)
    if source.tag == "Dial" and not children:
        raise InvalidDocumentError("<Dial> without anyone to dial")
    return Element(source.tag, dict(source.attrib), text, children)


def is_empty(value: str) -> bool:
    return value == ""


def is_said(value: str) -> bool:
    return value != ""


def is_url(value: str) -> bool:
    parts = urlsplit(value)
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def is_flag(value: str) -> bool:
    return value in ("true", "false")


def is_method(value: str) -> bool:
    return value in ("GET", "POST")


def is_phone(value: str) -> bool:
    return re.fullmatch(r"\+?[1-9]\d{6,14}", value) is not None


def between(low: int, high: int) -> Rule:
    return lambda value: value.isdecimal() and low <= int(value) <= high


def one_of(*allowed: str) -> Rule:
    return lambda value: value in allowed


def some_of(*allowed: str) -> Rule:
    """Words with spaces between."""
    return lambda value: bool(value) and set(value.split(" ")) <= set(allowed)
