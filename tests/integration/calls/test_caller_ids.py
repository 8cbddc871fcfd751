"""Caller IDs as carriers present them, on the doors and numbers of a service that is running."""

import json
from collections.abc import Iterator
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from local.aws.engine import Engine
from local.gateway.messages import HttpResponse
from local.phone.plivo.signing import signature_headers
from local.phone.plivo.xml import read_document
from tests.support.attacked import Attacked, attacked
from tests.support.in_process import BASE_URL
from tests.support.scenario import ALICE, BOB, GRACE, HEIDI, IVAN, Json, basic

OUTSIDER = "12025550188"
EXAMPLES = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def target(running_engine: Engine) -> Iterator[Attacked]:
    with attacked(running_engine) as made:
        made.day.create("door", GRACE, "", create_session_with_single_party=True)
        yield made


@pytest.fixture(scope="module")
def british(target: Attacked) -> str:
    """A British number, and Heidi and Ivan on it."""
    target.day.api("POST", "Number/", {"numbers": "+442079460197"}, expected=202)
    target.day.create("british", HEIDI, IVAN)
    return target.day.virtual_number("british")


class Call:
    """One call, signed by the carrier, with any `From`."""

    def __init__(self, target: Attacked, shown: str, dialled: str) -> None:
        self.target, self.shown, self.dialled = target, shown, dialled
        self.call_uuid = f"call-{uuid4()}"

    def answer(self) -> str:
        """Whom the document rings, "" for nobody. It is always one that can be carried out."""
        response = self._post("answer_url")
        assert response.status == 200
        content_type = dict(response.headers)["content-type"]
        document = read_document(content_type, response.body)
        assert document
        body = response.body.decode()
        return body.partition("<Number>")[2].partition("</Number>")[0]

    def hang_up(self) -> None:
        assert self._post("hangup_url", Event="Hangup", Duration="1").status == 200

    def why(self) -> Json:
        return self.target.day.api("GET", f"Masking/Call/{self.call_uuid}/")

    def _post(self, end: str, **more: str) -> HttpResponse:
        path = self.target.webhook_path(end)
        params = {"CallUUID": self.call_uuid, "From": self.shown, "To": self.dialled[1:]} | more
        token = self.target.service.credentials.carrier_auth_token
        headers = signature_headers("POST", BASE_URL + path, params, tokens=(token,))
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode(params).encode()
        return self.target.send("POST", path, body, headers=headers | form).response


def through_the_door(target: Attacked, shown: str) -> None:
    """Somebody calls, and is gone again. Whoever it is, Grace's phone rings."""
    call = Call(target, shown, target.day.virtual_number("door"))
    assert call.answer() == GRACE
    call.hang_up()


def called_back(target: Attacked) -> str:
    """Whom Grace reaches now."""
    call = Call(target, GRACE[1:], target.day.virtual_number("door"))
    reached = call.answer()
    if reached:
        call.hang_up()
    return reached


def failures(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What AnswerFailedAlarm counts."""
    return [one.message for one in caplog.records if getattr(one, "event", "") == "answer_failed"]


WITHHELD = [
    *("", "anonymous", "Restricted", "unavailable", "sip:anonymous@anonymous.invalid"),
    *("266696687", "+7378742833", "2562533", "8566696", "86282452253", "1266696687"),
    *("17378742833", "10000000000", "1234567"),
]
UNREADABLE = [
    *("2105550177x", "999999999999999", "+9995550177", "sip:+12025550150@carrier.example"),
    *("12025550150;ext=1", "+2145550177", "02025550150", "+1202555", "+820172"),
]


@pytest.mark.parametrize("shown", WITHHELD)
def test_a_withheld_number_is_connected_and_leaves_the_last_outsider(
    target: Attacked, shown: str, caplog: pytest.LogCaptureFixture
) -> None:
    through_the_door(target, OUTSIDER)

    through_the_door(target, shown)

    assert called_back(target) == f"+{OUTSIDER}"
    assert not failures(caplog)


@pytest.mark.parametrize("shown", UNREADABLE)
def test_what_is_no_number_is_connected_and_leaves_the_last_outsider(
    target: Attacked, shown: str, caplog: pytest.LogCaptureFixture
) -> None:
    through_the_door(target, OUTSIDER)

    through_the_door(target, shown)

    assert called_back(target) == f"+{OUTSIDER}"
    assert not failures(caplog)


@pytest.mark.parametrize(
    ("shown", "reached"),
    [
        ("2025550177", "+12025550177"),
        ("2145550177", "+12145550177"),
        ("0012025550177", "+12025550177"),
        ("+442079460177", "+442079460177"),
        ("00442079460177", "+442079460177"),
    ],
)
def test_an_outsider_in_national_form_is_called_back(
    target: Attacked, shown: str, reached: str
) -> None:
    through_the_door(target, shown)

    assert called_back(target) == reached


@pytest.mark.parametrize("shown", ["+499001234567", "+4990012345670", "+25261234567"])
def test_a_lure_is_heard_and_not_called_back(target: Attacked, shown: str) -> None:
    through_the_door(target, shown)

    assert called_back(target) == ""


@pytest.mark.parametrize("shown", ["447700900121", "+447700900121", "00447700900121"])
@pytest.mark.parametrize("national", ["07700900121"])
def test_a_party_is_known_in_every_form(
    target: Attacked, british: str, shown: str, national: str
) -> None:
    for form in (shown, national):
        call = Call(target, form, british)
        assert call.answer() == IVAN
        assert call.why()["role"] == "first"
        call.hang_up()


@pytest.mark.parametrize("shown", ["2025550120", "0012025550120", "12025550120", "+12025550120"])
def test_an_american_party_too(target: Attacked, shown: str) -> None:
    call = Call(target, shown, target.day.virtual_number("call"))

    assert call.answer() == BOB
    call.hang_up()


codes = st.integers(1, 999).map(str)
numbers = st.builds(lambda code, rest: code + rest, codes, st.text("0123456789", max_size=12))
odd = st.text(max_size=30) | numbers | numbers.map(lambda number: f"+{number}")


@EXAMPLES
@given(odd)
@example("2145550177")
@example("+2105550177")
@example("8015550177")
def test_whatever_a_caller_id_holds_the_door_is_open_and_nobody_is_called_by_guess(
    target: Attacked, shown: str
) -> None:
    """Whom Grace calls back is the outsider of before, nobody, or what this caller shows."""
    shown = shown.encode(errors="replace").decode()
    through_the_door(target, OUTSIDER)
    if shown.strip().lstrip("+") in {GRACE[1:], GRACE[2:]}:
        return

    through_the_door(target, shown)

    reached = called_back(target)
    assert reached in {"", f"+{OUTSIDER}"} or _digits(shown)[-6:] == reached[-6:]


def _digits(text: str) -> str:
    return "".join(character for character in text if character in "0123456789")


# Codes that nobody has. Where the 1 is left out, Dallas, Boston and Utah are among them.
UNASSIGNED = [
    *(210, 214, 219, 259, 280, 292, 384, 422, 671, 699, 801, 830, 851, 857, 871, 884, 889, 969),
    *(978, 990, 991, 997, 999),
]


def test_a_calling_code_that_nobody_has_rings_no_alarm(
    target: Attacked, british: str, caplog: pytest.LogCaptureFixture
) -> None:
    for code in UNASSIGNED:
        through_the_door(target, f"+{code}5550177")
        assert not Call(target, f"{code}5550177", british).answer()

    assert not failures(caplog)


ABROAD = "in a country that this account does not call"
DEAR = "a number that is charged above the usual rates"
READ_AS = "it was read as a number of {}, write + and the country code first"


def refusal(target: Attacked, body: Json) -> str:
    auth_id, token = target.victim
    response = target.send(
        "POST",
        f"/v1/Account/{auth_id}/Masking/Session/",
        json.dumps(body).encode(),
        headers=basic(auth_id, token),
    ).response
    assert response.status == 400, response.text
    return str(json.loads(response.body)["error"])


@pytest.mark.parametrize(
    ("first_party", "error"),
    [
        ("2025550101", "first_party is not a valid phone number: write it with its country code"),
        ("07700900121", "first_party is not a valid phone number: write it with its country code"),
        ("+15550101", "first_party is not a valid phone number"),
        ("+820172", "first_party is not a valid phone number"),
        ("+1202CALLNOW", "first_party is not a valid phone number"),
        ("+17378742833", "first_party is not a valid phone number"),
        ("+4990012345670", f"first_party is {DEAR}"),
        ("+2035550141", f"first_party is {ABROAD}"),
        ("002035550141", f"first_party is {ABROAD}"),
        ("2035550141", f"first_party is {ABROAD}: {READ_AS.format('EG')}"),
        ("(203) 555-0141", f"first_party is {ABROAD}: {READ_AS.format('EG')}"),
        (2035550141, f"first_party is {ABROAD}: {READ_AS.format('EG')}"),
        (
            "80012345678",
            f"first_party is {DEAR}: {READ_AS.format('no country')}",
        ),
    ],
)
def test_a_create_says_what_is_wrong_with_a_number(
    target: Attacked, first_party: str | int, error: str
) -> None:
    body = {"first_party": first_party, "second_party": BOB, "geomatch": False}

    assert refusal(target, body) == f"Invalid parameter. {error}"


@pytest.mark.parametrize("role", ["first_party", "second_party"])
def test_a_virtual_number_of_the_account_is_no_party(target: Attacked, role: str) -> None:
    other = "second_party" if role == "first_party" else "first_party"
    own = target.day.virtual_number("call")

    error = refusal(target, {role: own, other: ALICE})

    assert error == f"Invalid parameter. {role} is a virtual number of this account"


def test_nor_is_it_added(target: Attacked) -> None:
    own = target.day.virtual_number("call")

    refused = target.day.api(
        "POST", target.day.session_path("door"), {"second_party": own}, expected=400
    )

    assert refused["error"] == "Invalid parameter. second_party is a virtual number of this account"


def test_an_added_party_says_what_is_wrong_with_its_number(target: Attacked) -> None:
    refused = target.day.api(
        "POST", target.day.session_path("door"), {"second_party": "2025550101"}, expected=400
    )

    assert refused["error"].endswith("is not a valid phone number: write it with its country code")


def test_an_added_party_is_told_how_a_number_without_plus_was_read(target: Attacked) -> None:
    door = target.day.session_path("door")

    bare, whole = (
        target.day.api("POST", door, {"second_party": number}, expected=400)
        for number in ("2035550141", "+2035550141")
    )

    assert whole["error"] == f"Invalid parameter. second_party is {ABROAD}"
    assert bare["error"] == f"{whole['error']}: {READ_AS.format('EG')}"
    assert bare["error_code"] == whole["error_code"] == "destination_not_allowed"
