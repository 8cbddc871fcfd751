"""Requests to the public API meant to hurt: refused in its shape, and without a session."""

import json
import uuid
from collections.abc import Iterator

import pytest

from local.aws.engine import Engine
from maskline.api.http import MAX_BODY_BYTES
from tests.support.attacked import Attacked, attacked
from tests.support.scenario import GRACE, KEN, basic, parties

COLLECTION = "Masking/Session/"
PAIR = parties(GRACE, KEN)
DEEP = 20_000


@pytest.fixture(scope="module")
def target(running_engine: Engine) -> Iterator[Attacked]:
    with attacked(running_engine) as made:
        yield made


def nested(opening: str, closing: str, depth: int = DEEP) -> bytes:
    return (opening * depth + closing * depth).encode()


def beside(value: bytes) -> bytes:
    """A create that is right but for one value, of a parameter that nobody knows."""
    return json.dumps(PAIR).encode()[:-1] + b', "note": ' + value + b"}"


BODIES = {
    "arrays in arrays": nested("[", "]"),
    "objects in objects": nested('{"a":', "}").replace(b":}", b":1}", 1),
    "arrays in a value": beside(nested("[", "]")),
    "objects in a value": beside(nested('{"a":', "}").replace(b":}", b":1}", 1)),
    "arrays without an end": b"[" * DEEP,
    "an integer of twenty thousand digits": beside(b"9" * DEEP),
    "too large": beside(json.dumps("x" * MAX_BODY_BYTES).encode()),
    "too large with nothing in it": json.dumps(PAIR).encode() + b" " * MAX_BODY_BYTES,
    "not a number": beside(b"NaN"),
    "infinity": beside(b"-Infinity"),
    "a lone surrogate": beside(b'"\\ud800"'),
    "a lone surrogate as a name": json.dumps(PAIR).encode()[:-1] + b', "\\udfff": 1}',
    "UTF-16": json.dumps(PAIR).encode("utf-16"),
    "UTF-32": json.dumps(PAIR).encode("utf-32-be"),
    "a NUL": json.dumps(PAIR).encode() + b"\x00",
    "a mark of byte order": b"\xef\xbb\xbf" + json.dumps(PAIR).encode(),
    "two objects": json.dumps(PAIR).encode() * 2,
    "a comment": b"/**/" + json.dumps(PAIR).encode(),
    "a form": b"first_party=%2B12025550126&second_party=%2B12025550128",
}
VALUES = {
    "an array": [GRACE],
    "an object": {"$ne": ""},
    "a boolean": True,
    "a fraction": 12025550126.5,
    "a huge fraction": 1e308,
    "a line break": "+12025550126\r\nX-Injected: 1",
    "right to left": "\u202e+12025550126",
    "a condition": "+12025550126' OR '1'='1",
    "an expression": "attribute_exists(PK)",
    "a key": "SESSION#1",
    "a tag": "</Number><Number>+19005550100",
    "ten thousand digits": "1" * 10_000,
}


def refused(target: Attacked, body: bytes) -> str:
    """The words of the refusal of a create, after which no session is there that was not before."""
    auth_id, token = target.victim
    path = f"/v1/Account/{auth_id}/{COLLECTION}"

    answered = target.send("POST", path, body, headers=basic(auth_id, token))

    assert answered.response.status == 400, answered.response.text
    content = json.loads(answered.response.body)
    assert list(content) == ["api_id", "error", "error_code", "field"]
    assert content["error_code"] == "invalid_parameter"
    assert uuid.UUID(content["api_id"])
    assert not any("Write" in call or "Put" in call for call in answered.calls)
    return str(content["error"])


@pytest.mark.parametrize("kind", BODIES)
def test_a_body_that_hurts_to_read_is_refused(kind: str, target: Attacked) -> None:
    assert refused(target, BODIES[kind]).startswith("Request body ")


@pytest.mark.parametrize("name", ["first_party", "second_party"])
@pytest.mark.parametrize("kind", VALUES)
def test_a_value_that_is_no_phone_number_is_refused_without_being_quoted(
    kind: str, name: str, target: Attacked
) -> None:
    value = VALUES[kind]

    error = refused(target, json.dumps(PAIR | {name: value}).encode())

    assert error == f"Invalid parameter. {name} is not a valid phone number"


@pytest.mark.parametrize(
    "spelling",
    [
        -12025550126,
        "001 202 555 0126",
        "+1 (202) 555-0126",
    ],
)
def test_of_a_number_in_odd_spelling_nothing_is_kept_but_the_number(
    spelling: object, target: Attacked
) -> None:
    created = target.day.api(
        "POST", COLLECTION, PAIR | {"first_party": spelling, "geomatch": False}, expected=201
    )
    target.day.api("DELETE", f"{COLLECTION}{created['session_uuid']}/")

    assert created["session"]["first_party"] == GRACE.removeprefix("+")


@pytest.mark.parametrize(
    "name",
    ["callback_url", "recording_callback_url", "first_party_play_url", "unknown_caller_play"],
)
@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/\r\nX-Injected: 1",
        "https://a.example\r\nHost: b.example",
        "https://a.example/\x00",
        "https://a.example/ HTTP/1.1",
        "https://a.example/</Play><Dial/>",
        'https://a.example/"><Dial/>',
        "https://a.example\\@b.example/",
        "https://\u0661.example/",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "//a.example/",
        "https://[::1",
    ],
)
def test_a_url_that_could_break_out_of_its_place_is_refused(
    url: str, name: str, target: Attacked
) -> None:
    error = refused(target, json.dumps(PAIR | {name: url}).encode())

    assert error == f"Invalid parameter. {name} should be a valid URL"


@pytest.mark.parametrize("key", ["", "x" * 256, "a\r\nX-Injected: 1", "a\x00", "\u00e9", "\x7f"])
def test_an_idempotency_key_is_plain_text(key: str, target: Attacked) -> None:
    auth_id, token = target.victim

    answered = target.send(
        "POST",
        f"/v1/Account/{auth_id}/{COLLECTION}",
        json.dumps(PAIR).encode(),
        headers={**basic(auth_id, token), "Idempotency-Key": key},
    )

    assert answered.response.status == 400
    assert "X-Injected" not in answered.response.text


def test_a_number_that_is_spelt_otherwise_makes_another_request(target: Attacked) -> None:
    """So its Idempotency-Key is taken, though the number is the same and would be accepted."""
    auth_id, token = target.victim
    spelt = PAIR | {"first_party": "+1 (202) 555-0126"}
    one, another = str(uuid.uuid4()), str(uuid.uuid4())

    first, other, again, accepted = [
        target.send(
            "POST",
            f"/v1/Account/{auth_id}/{COLLECTION}",
            json.dumps(body).encode(),
            headers={**basic(auth_id, token), "Idempotency-Key": key},
        ).response
        for body, key in ((PAIR, one), (spelt, one), (PAIR, one), (spelt, another))
    ]

    assert [answer.status for answer in (first, other, again, accepted)] == [201, 409, 201, 201]
    assert again.body == first.body
    shown = [json.loads(answer.body)["session"]["first_party"] for answer in (first, accepted)]
    assert shown == [GRACE.removeprefix("+")] * 2


@pytest.mark.parametrize(
    "item",
    [
        "%00",
        "%0d%0aX-Injected:1",
        "..%2f..%2f",
        "%2e%2e",
        "SESSION%23x",
        "a" * 5000,
        "\u00e9",
        "%ff%fe",
        "%F0%9F%92%A9",
        "*",
        "' or 1=1",
        "{uuid}/INTERACTION",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("collection", [COLLECTION, "Number/"])
def test_a_path_to_nothing_is_not_found(
    item: str, method: str, collection: str, target: Attacked
) -> None:
    auth_id, token = target.victim
    path = item.format(uuid=target.day.created["call"]["session_uuid"])
    path = path.replace("/", "%2f")

    answered = target.send(
        method, f"/v1/Account/{auth_id}/{collection}{path}", headers=basic(auth_id, token)
    )

    assert answered.response.status == 404
    assert json.loads(answered.response.body)["error"] == "not found"


@pytest.mark.parametrize("name", ["status", "created_time__gt", "first_party", "limit", "duration"])
@pytest.mark.parametrize("value", ["%00", "%0d%0aX:1", "%ff", "9" * 5000, "{}", "%C0%AF"])
def test_a_filter_that_makes_no_sense_is_refused(name: str, value: str, target: Attacked) -> None:
    auth_id, token = target.victim

    answered = target.send(
        "GET", f"/v1/Account/{auth_id}/{COLLECTION}?{name}={value}", headers=basic(auth_id, token)
    )

    assert answered.response.status == 400
    assert name in json.loads(answered.response.body)["error"]


def test_the_pair_of_these_tests_can_have_a_session(target: Attacked) -> None:
    """So that none of them was refused for the parties' sake."""
    target.day.create("after all", GRACE, KEN, geomatch=False)
