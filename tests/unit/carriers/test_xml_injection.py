"""Whatever a number, a URL or an id holds: the document keeps its shape, and its words stay words.

Every text of every plan is hostile at once; the same plan with plain words tells the shape.
"""

import re
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskline.carriers.plivo.xml import render, retried
from maskline.carriers.urls import CallUrls, Step
from maskline.domain.calls import plan as call_plan
from maskline.domain.calls.plan import CallPlan, CollectPin, Dial, HandOver, Play, Whisper
from maskline.domain.phone_numbers import E164

PLAIN = "plain"
RETRIES = retried("")
# What breaks out of attributes, elements, comments, sections and documents.
_ATTEMPTS = (
    '"/><Dial><Number>+19005550100</Number></Dial><x y="',
    "</Number><Number>+19005550100</Number>",
    "]]><Hangup/><![CDATA[",
    "--><Hangup/><!--",
    '<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]>&e;',
    "<?xml version='1.0'?>",
    "&#x3c;Hangup/&#x3e;",
    "\x00\x1b\x7f\ud800\ufffe",
    "\r\nX-Header: 1\r\n\r\n",
)
_PIECES = st.one_of(st.sampled_from(_ATTEMPTS), st.text(), st.characters())
HOSTILE = st.lists(_PIECES, min_size=1, max_size=4).map("".join).filter(bool)

PLANS: dict[str, CallPlan] = {
    "dial": Dial(
        E164(PLAIN),
        E164(PLAIN),
        30,
        3600,
        play_url=PLAIN,
        has_whisper=True,
        record_format=PLAIN,
    ),
    "hand over": HandOver(PLAIN),
    "play": Play(PLAIN),
    "whisper": Whisper(PLAIN),
    "PIN": CollectPin(PLAIN, 5, PLAIN, 3),
}
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def made_of(template: Any, text: Callable[[], str]) -> Any:
    """The same value, with a text of another make wherever it has one."""
    texts = [one.name for one in fields(template) if getattr(template, one.name) == PLAIN]
    return replace(template, **{name: text() for name in texts})


class HostileUrls(CallUrls):
    """Each URL is another text."""

    __slots__ = ("text",)

    def __init__(self, text: Callable[[], str]) -> None:
        super().__init__("", "", "")
        object.__setattr__(self, "text", text)

    def to(self, step: Step) -> str:
        return self.text()


def document(plan: CallPlan, text: Callable[[], str]) -> str:
    return render(made_of(plan, text), HostileUrls(text))


def shape(element: ElementTree.Element) -> Any:
    return element.tag, sorted(element.attrib), [shape(child) for child in element]


def words(element: ElementTree.Element) -> list[str]:
    """Every attribute and every text, in the order of the document."""
    found = [element.text or "", *element.attrib.values(), element.tail or ""]
    return found + [word for child in element for word in words(child)]


def legal(text: str) -> str:
    """What XML can carry of a text, with its line ends as a reader normalizes them."""
    return _NOT_XML.sub("", text)


def normalized(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.parametrize("kind", PLANS)
@given(data=st.data())
def test_no_text_of_a_plan_leaves_its_place(kind: str, data: st.DataObject) -> None:
    given_texts: list[str] = []

    def hostile() -> str:
        given_texts.append(data.draw(HOSTILE.filter(legal)))
        return given_texts[-1]

    plain = ElementTree.fromstring(document(PLANS[kind], lambda: PLAIN))
    attacked = ElementTree.fromstring(document(PLANS[kind], hostile))

    assert shape(attacked) == shape(plain)
    possible = {normalized(legal(text)) for text in given_texts}
    for benign, word in zip(words(plain), words(attacked), strict=True):
        if benign.removesuffix(RETRIES) == PLAIN:
            assert normalized(word).removesuffix(RETRIES) in possible
        else:
            assert word == benign


def test_every_plan_with_a_text_is_attacked() -> None:
    named = {
        kind
        for kind in vars(call_plan).values()
        if isinstance(kind, type)
        and kind.__module__ == call_plan.__name__
        and any(
            one.type in {"str", str, "E164", E164}
            for one in getattr(kind, "__dataclass_fields__", {}).values()
        )
    }

    assert {type(plan) for plan in PLANS.values()} == named
