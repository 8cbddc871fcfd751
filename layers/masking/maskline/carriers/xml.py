"""XML documents for the carriers that are answered in XML."""

import re
from xml.etree.ElementTree import Element, SubElement, tostring

# XML 1.0 has no way to write these, and one of them makes the whole document unreadable. They are
# listed since a pattern of all that is legal takes eight times as long to compile, at a cold start.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def add(parent: Element, name: str, text: str = "", /, **attributes: str) -> Element:
    """Add an element with what XML can hold of its text and attributes."""
    legal = {key: _NOT_XML.sub("", value) for key, value in attributes.items()}
    element = SubElement(parent, name, legal)
    element.text = _NOT_XML.sub("", text) or None
    return element


def add_play(parent: Element, url: str) -> None:
    """Add an audio file, nothing for ""."""
    if url:
        add(parent, "Play", url)


def written(document: Element) -> str:
    """Return a document as text."""
    return tostring(document, encoding="unicode")
