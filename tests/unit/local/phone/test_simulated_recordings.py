"""The carrier simulator records what an application of the test's own orders."""

from collections.abc import Iterator

import pytest

from local.phone.carrier_call import Carrier
from local.phone.plivo import PLIVO
from local.phone.simulator import CarrierSimulator, Script
from local.phone.webhooks import Courier
from tests.unit.local.phone.local_application import VIRTUAL, Application, served_application

CALLER = "+12025550101"


@pytest.fixture
def application() -> Iterator[Application]:
    with served_application() as application:
        yield application


@pytest.fixture
def carrier(application: Application) -> CarrierSimulator:
    urls = (f"{application.url}/{end}" for end in ("answer", "hangup"))
    return CarrierSimulator(Carrier("MAXXXXXXXXXXXXXXXXXX", Courier(PLIVO, ("token",)), *urls))


def records(application: Application, file_format: str, max_length: int) -> None:
    """The application answers with a Record before its Dial."""
    application.dials(
        before=f'<Record startOnDialAnswer="true" redirect="false" fileFormat="{file_format}"'
        f' maxLength="{max_length}" callbackUrl="{application.url}/recording"/>'
    )


def test_a_recording_is_reported_when_all_is_over(
    application: Application, carrier: CarrierSimulator
) -> None:
    records(application, "wav", 600)

    call = carrier.call(CALLER, VIRTUAL, Script(ring_seconds=5, talk_seconds=61))

    assert [place for place, *_ in application.requests][-2:] == ["/hangup", "/recording"]
    (params,) = application.params("/recording")
    assert params["CallUUID"] == call.call_uuid
    assert params["RecordUrl"].endswith(f"{params['RecordingID']}.wav")
    assert (params["RecordingDuration"], params["RecordingDurationMs"]) == ("61", "61000")
    assert int(params["RecordingEndMs"]) - int(params["RecordingStartMs"]) == 61_000


def test_a_recording_is_cut_at_its_length_and_can_fail(
    application: Application, carrier: CarrierSimulator
) -> None:
    records(application, "mp3", 60)

    carrier.call(CALLER, VIRTUAL, Script(talk_seconds=61))
    carrier.having(records=False).call(CALLER, VIRTUAL)

    cut, failed = application.params("/recording")
    assert cut["RecordingDuration"] == "60"
    assert failed["RecordUrl"] == failed["RecordingID"] == ""


def test_nothing_is_recorded_of_a_call_that_nobody_answers(
    application: Application, carrier: CarrierSimulator
) -> None:
    records(application, "mp3", 60)

    carrier.call(CALLER, VIRTUAL, Script(answer="busy"))

    assert application.params("/recording") == []
