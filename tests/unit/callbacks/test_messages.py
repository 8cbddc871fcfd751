"""From a session's outbox to a queue message and back."""

import base64
from typing import Any

import pytest

from maskline.callbacks.messages import (
    MALFORMED,
    CallbackMessage,
    SealedMessage,
    message_in,
    message_of,
    parts_of,
)
from maskline.callbacks.payload import fields_of
from maskline.domain.calls.events import PinCheck, PinStatus, SessionEvent
from maskline.domain.calls.recording import Recording
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Role
from maskline.store.sessions import outbox as event_records
from maskline.store.sessions.outbox import (
    NOTHING_BESIDE,
    Beside,
    beside,
    beside_of,
    event_from_record,
    events_in,
    outbox,
)
from tests.support import builders
from tests.support.builders import MAIN_ID, SESSION_UUID, party, virtual
from tests.unit.callbacks.callback_messages import (
    OUTCOME,
    RECORDING,
    URL,
    message,
    session_event,
)

FACTS: list[dict[str, Any]] = [
    {},
    {"outcome": OUTCOME},
    {"recording": RECORDING},
    {"recording": Recording("wav")},
    {"recording": Recording()},
    *({"pin_check": PinCheck(status, 2)} for status in PinStatus),
]


class Plain:
    """In place of a seal: it binds a text to its field, and hides it."""

    def seal(self, field: str, text: str) -> bytes:
        return f"{field}={text}".encode() if text else b""

    def open(self, field: str, sealed: bytes) -> str:
        bound, _, text = sealed.decode().partition("=")
        assert not sealed or bound == field
        return text


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_records, "seal_for", lambda *_: Plain())


def image(*told: SessionEvent, known: Beside = NOTHING_BESIDE, **changes: Any) -> dict[str, Any]:
    """A session that has these to tell, as its image in the stream is read."""
    seal = Plain()
    return {
        "account_id": MAIN_ID,
        "subaccount_id": "SA1",
        "session_uuid": SESSION_UUID,
        "first_party": seal.seal("first_party", party(0)),
        "second_party": seal.seal("second_party", party(1)),
        "first_virtual_number": virtual(0),
        "callback_url": URL,
        "callback_method": "GET",
        "recording_callback_url": f"{URL}/recordings",
        "recording_callback_method": "POST",
        "sequence": 7,
        "outbox": outbox(MAIN_ID, SESSION_UUID, told, known),
    } | changes


def sent(session: dict[str, Any], *, already_told: int = 0) -> SealedMessage | None:
    return message_in(session, events_in(session), already_told=already_told)


def told(session: dict[str, Any]) -> list[CallbackMessage]:
    """What is delivered of it, having been through the queue."""
    carried = sent(session)
    assert carried
    body = carried.to_body()
    return [SealedMessage.from_body(one).opened(event_from_record, _url) for one in parts_of(body)]


def _url(url: str, _field: str, _account_id: str, _session_uuid: str) -> str:
    return url


def events(session: dict[str, Any]) -> list[SessionEvent]:
    return [one.event for one in told(session)]


@pytest.mark.parametrize("facts", FACTS)
@pytest.mark.parametrize("known", [NOTHING_BESIDE, beside(builders.session())])
def test_an_event_survives_outbox_and_queue(facts: dict[str, Any], known: Beside) -> None:
    original = session_event(**facts)

    assert events(image(original, known=known)) == [original]


def test_numbers_of_the_session_are_not_written_again() -> None:
    known = beside(builders.session())

    [envelope] = outbox(MAIN_ID, SESSION_UUID, [session_event(), session_event()], known)

    assert envelope.keys() == {"at", "call", "told"}
    [back] = outbox(
        MAIN_ID,
        SESSION_UUID,
        [
            session_event(
                from_number=party(1), to_number=party(0), virtual_number=known.numbers[Role.SECOND]
            )
        ],
        known,
    )
    assert (back.keys(), back["by"]) == ({"at", "by", "call", "told"}, Role.SECOND)


OUTSIDER = party(7)


@pytest.mark.parametrize(
    "numbers",
    [
        {"from_number": OUTSIDER},
        {"from_number": E164("")},
        {"to_number": OUTSIDER},
        {"virtual_number": virtual(9)},
        {"from_number": party(1), "to_number": OUTSIDER, "virtual_number": virtual(9)},
    ],
)
def test_a_number_that_is_not_the_sessions_goes_with_the_event(numbers: dict[str, E164]) -> None:
    """An outsider's, one that is withheld, or a virtual number that the session has no more."""
    one = session_event(**numbers)
    session = image(one, session_event(), known=beside(builders.session()))

    assert events(session) == [one, session_event()]


def test_a_caller_is_told_as_who_they_were_though_the_session_has_changed_since_it_was_read() -> (
    None
):
    """The number was replaced between the reading of the route and the write that it leads to."""
    route = builders.route(Role.FIRST)
    one = session_event(virtual_number=route.virtual_number)
    session = image(one, known=beside_of(route), first_virtual_number=virtual(9))

    assert events(session) == [one]


def test_each_event_has_its_own_place_url_and_method() -> None:
    status, recording = session_event(outcome=OUTCOME), session_event(recording=RECORDING)

    first, second = told(image(status, recording))

    assert (first.sequence, first.callback_url, first.callback_method) == (6, URL, "GET")
    assert (second.sequence, second.callback_method) == (7, "POST")
    assert second.callback_url == f"{URL}/recordings"
    assert (first.account_id, first.subaccount_id) == (MAIN_ID, "SA1")
    assert first.key == f"{SESSION_UUID}-6"


@pytest.mark.parametrize(
    ("unset", "sequences"), [("callback_url", [6]), ("recording_callback_url", [5, 7])]
)
def test_what_is_not_sent_keeps_its_number(unset: str, sequences: list[int]) -> None:
    three = session_event(), session_event(recording=RECORDING), session_event()

    assert [one.sequence for one in told(image(*three, **{unset: ""}))] == sequences


def test_a_session_without_a_url_is_told_nothing() -> None:
    assert sent(image(session_event(), callback_url="")) is None


def test_a_write_without_events_is_told_nothing() -> None:
    assert sent(image()) is None
    assert message_of({"dynamodb": {}}, dict, events_in) is None


def test_an_outbox_that_was_left_in_place_is_told_once() -> None:
    session = image(session_event(), session_event())

    assert sent(session, already_told=7) is None
    partly = sent(session, already_told=6)
    assert partly
    assert [one["sequence"] for one in partly.events] == [7]


def test_nothing_in_a_message_can_be_read_as_a_number() -> None:
    carried = sent(image(session_event(from_number=OUTSIDER)))
    assert carried

    assert OUTSIDER not in carried.to_body()
    assert carried.events[0]["from"][0].startswith("outbox/")
    sealed = base64.b64decode(carried.events[0]["from"][1]).decode()
    assert sealed.endswith(OUTSIDER), "the stand-in seals nothing"


@pytest.mark.parametrize(
    "change",
    [
        {"outbox": [{"name": "SessionTimeout"}]},
        {"outbox": ["x"]},
        {"outbox": [{"at": 1, "by": "third", "told": ["Timeout"]}]},
        {"outbox": [{"at": 1, "told": [{}]}]},
        {"outbox": [{"at": 1, "told": [[]]}]},
        {"outbox": [{"at": 1, "told": ["Timeout"], "from": party(0)}]},
        {"sequence": "x"},
    ],
)
def test_a_record_that_makes_no_sense_raises(change: dict[str, Any]) -> None:
    with pytest.raises(MALFORMED):
        sent(image(session_event(), **change))


def test_a_body_that_makes_no_sense_is_one_part() -> None:
    for body in ("not json", "[]", "{}"):
        assert parts_of(body) == [body]


def test_a_pin_check_is_told() -> None:
    fields = dict(fields_of(message(event=session_event(pin_check=PinCheck(PinStatus.FAILED, 2)))))

    assert (fields["PinAuthenticationStatus"], fields["PinRetryCounter"]) == ("failed", "2")
