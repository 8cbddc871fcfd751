"""The simulated carrier asks what the callee hears first, and takes nothing but audio."""

from collections.abc import Iterator

import pytest

from local.phone.carrier_call import Carrier
from local.phone.instructions import InvalidDocumentError
from local.phone.plivo import PLIVO
from local.phone.simulator import CarrierSimulator
from local.phone.webhooks import Courier
from tests.unit.local.phone.local_application import VIRTUAL, Application, served_application

CALLER = "+12025550101"


@pytest.fixture
def application() -> Iterator[Application]:
    with served_application() as application:
        yield application


@pytest.fixture
def carrier(application: Application) -> CarrierSimulator:
    url = application.url
    courier = Courier(PLIVO, ("token",))
    return CarrierSimulator(Carrier("MAX", courier, f"{url}/answer", f"{url}/hangup"))


WHISPER = "<Response><Play>https://customer.example/hello.mp3</Play></Response>"


def test_the_callee_hears_what_confirm_sound_says_before_being_put_through(
    application: Application, carrier: CarrierSimulator
) -> None:
    application.dials(f'confirmSound="{application.url}/whisper"')
    application.documents["/whisper"] = WHISPER

    call = carrier.call(CALLER, VIRTUAL)

    assert call.whispered == ["https://customer.example/hello.mp3"]
    assert call.heard == []
    asked = [place for place, *_ in application.requests]
    assert asked == ["/answer", "/events", "/whisper", *["/events"] * 2, "/action", "/hangup"]
    assert application.params("/events")[1]["DialAction"] == "connected"


@pytest.mark.parametrize(
    "document",
    ["<Response/>", "<Response><Hangup/></Response>", "<Response><Play>x</Play></Response>"],
)
def test_a_confirm_sound_that_is_no_audio_is_an_error(
    application: Application, carrier: CarrierSimulator, document: str
) -> None:
    application.dials(f'confirmSound="{application.url}/whisper"')
    application.documents["/whisper"] = document

    with pytest.raises(InvalidDocumentError):
        carrier.call(CALLER, VIRTUAL)
