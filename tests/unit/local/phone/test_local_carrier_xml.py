"""Documents are read as strictly as the carrier's documentation describes them."""

import pytest

from local.phone.instructions import InvalidDocumentError
from local.phone.plivo.xml import read_document

XML = "application/xml; charset=utf-8"


@pytest.mark.parametrize(
    "document",
    [
        "<Response><Dail/></Response>",
        '<Response><Dial colour="red"><Number>+12025550102</Number></Dial></Response>',
        "<Response><Dial/></Response>",
        "<Response><Dial><Number>the boss</Number></Dial></Response>",
        '<Response><Hangup reason="bored"/></Response>',
        '<Response><Dial timeout="soon"><Number>+12025550102</Number></Dial></Response>',
        "<Response>Hello</Response><Response/>",
        "<Response><Speak></Speak></Response>",
        "<Answer/>",
        f"<Response><Speak>{'a' * 102_400}</Speak></Response>",
    ],
)
def test_document_that_the_carrier_would_refuse(document: str) -> None:
    with pytest.raises(InvalidDocumentError):
        read_document(XML, document.encode())


def test_document_must_say_that_it_is_xml() -> None:
    with pytest.raises(InvalidDocumentError, match="text/html"):
        read_document("text/html", b"<Response/>")


def test_elements_come_with_attributes_and_children() -> None:
    document = (
        b'<?xml version="1.0"?><Response><Speak>Hi</Speak><Record redirect="false"/>'
        b'<Dial timeout="30"><Number>+12025550102</Number></Dial></Response>'
    )

    speak, record, dial = read_document(XML, document)

    assert (speak.name, speak.text) == ("Speak", "Hi")
    assert not record.flag("redirect", default=True)
    assert (dial.number("timeout", default=1), dial.number("timeLimit", default=9)) == (30, 9)
    assert [child.text for child in dial.children] == ["+12025550102"]


def test_empty_response_has_nothing_to_follow() -> None:
    assert read_document("text/xml", b"<Response/>") == ()
