"""Which webhooks of the family are genuine, judged by the carriers' own code and vectors."""

import base64
import hashlib
import hmac
import importlib.util
import json
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import distribution
from types import ModuleType
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey
from twilio.request_validator import RequestValidator

from maskline import clock
from maskline.carriers import carrier
from maskline.carriers.request import CarrierRequest
from maskline.carriers.signalwire import signature as signalwire
from maskline.carriers.telnyx import signature as telnyx
from maskline.carriers.twilio import signature as twilio
from maskline.carriers.urls import CallUrls, Step
from maskline.domain.calls.report import CallReport, LegStatus
from tests.support import builders
from tests.support.known_secret import known_secret
from tests.unit.carriers.twiml.family import (
    BASE_URL,
    CALLS,
    NAMES,
    SECRETS,
    TELNYX_KEY,
    account,
    request,
    signed,
    urls,
)

TOKEN = SECRETS["twilio"]["auth_token"][0]
KEY = SECRETS["signalwire"]["signing_key"][0]
PARAMS = {"From": "+12025550101", "To": "+12025550199", "CallStatus": "ringing"}
URL = "https://hooks.example.com/carriers/twilio/answer"
VECTOR = {"CallSid": CALLS["twilio"][0], **PARAMS}
SETTINGS = "x-twilio-webhooks-signature-settings"
SHARED = "key=webhooks_sharedkey_0,algorithm=HMAC_SHA256"


@pytest.fixture(autouse=True)
def _secret() -> Iterator[None]:
    with known_secret():
        yield


def posted(url: str, params: dict[str, str], **headers: str) -> CarrierRequest:
    shown = {name.replace("_", "-"): value for name, value in headers.items()}
    return CarrierRequest(
        "POST", url, BASE_URL, shown, form=tuple(params.items()), body=urlencode(params).encode()
    )


def is_genuine(name: str, webhook: CarrierRequest) -> bool:
    return carrier(name).is_genuine(webhook, account(name))


def webhook(name: str, step: Step = Step.DIAL_END, **more: str) -> CarrierRequest:
    return signed(name, request(name, step, {"CallSid": CALLS[name][0], **PARAMS, **more}))


# --- all of them ---


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("step", Step)
def test_a_signed_webhook_is_genuine(name: str, step: Step) -> None:
    assert is_genuine(name, webhook(name, step))
    assert is_genuine(name, webhook(name, step, Digits="", Name="Grüße ☎ +&="))


@pytest.mark.parametrize("name", NAMES)
def test_a_changed_body_is_forged(name: str) -> None:
    true, other = webhook(name), webhook(name, CallStatus="completed")

    assert not is_genuine(name, replace(true, form=other.form, body=other.body))


@pytest.mark.parametrize("name", ["twilio", "signalwire"])
def test_a_changed_url_is_forged(name: str) -> None:
    true = webhook(name)

    for url in (
        f"{true.url}?a=1",
        true.url[:-1],
        true.url.replace("https", "http"),
        true.url + "/",
    ):
        assert not is_genuine(name, replace(true, url=url))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD", "post"])
def test_only_a_post_is_genuine(name: str, method: str) -> None:
    assert not is_genuine(name, replace(webhook(name), method=method))


@pytest.mark.parametrize("name", NAMES)
def test_another_accounts_webhook_is_forged(name: str) -> None:
    secrets = {
        key: tuple("?" + value[1:] for value in given) for key, given in SECRETS[name].items()
    }

    assert not carrier(name).is_genuine(webhook(name), account(name, secrets=secrets))
    none = dict.fromkeys(SECRETS[name], ("",))
    assert not carrier(name).is_genuine(webhook(name), account(name, secrets=none))


@pytest.mark.parametrize("name", NAMES)
@given(header=st.text(max_size=90))
def test_whatever_a_header_says_is_no_error(name: str, header: str) -> None:
    with known_secret():
        true = webhook(name)
        headers = {
            key: header if "signature" in key or "timestamp" in key else value
            for key, value in true.headers.items()
        }
        assert not is_genuine(name, replace(true, headers=headers))


@pytest.mark.parametrize("name", NAMES)
def test_a_form_without_parameters_is_forged(name: str) -> None:
    assert not is_genuine(name, signed(name, request(name, Step.DIAL_END, {})))


# --- Twilio ---


@pytest.mark.parametrize(
    ("url", "params", "shown"),
    [
        (URL, VECTOR, "v3Yzb8FfPsXxnLOatyqDUgasE8s="),
        (f"{URL}?b=2&a=1", VECTOR, "T1LHjjdmnMiikwrI7NbNA0zuk38="),
        (URL, {"CallSid": "CA1", "Digits": ""}, "kRi4C/FadwWMJBogapmaxupKV7w="),
        (URL, {"Body": "Grüße ☎"}, "nQEv6GU0r8fcypAcvTBO8EjCfD0="),
    ],
)
def test_vectors_made_with_its_sdk(url: str, params: dict[str, str], shown: str) -> None:
    assert RequestValidator(TOKEN).validate(url, params, shown)
    assert twilio.verify(posted(url, params, x_twilio_signature=shown), [TOKEN])


def test_the_vector_that_it_publishes() -> None:
    """The numbers are those of its own page: the signature is over them."""
    params = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    url, shown = "https://mycompany.com/myapp.php?foo=1&bar=2", "RSOYDt4T1cUTdK1PDd93/VVr8B8="

    assert twilio.verify(posted(url, params, x_twilio_signature=shown), ["12345"])
    assert not twilio.verify(posted(url, params, x_twilio_signature=shown), ["12346"])


def test_values_of_a_name_that_comes_twice_are_sorted_and_count_once() -> None:
    repeated = replace(
        posted(URL, {}, x_twilio_signature="Ok1t9KVzyJyTVhpvmtBieWWJ9so="),
        form=(("A", "2"), ("A", "1"), ("A", "2"), ("B", "x")),
    )

    assert twilio.verify(repeated, [TOKEN])


@pytest.mark.parametrize("asked", [URL, URL.replace(".com", ".com:443")])
@pytest.mark.parametrize("shown", ["v3Yzb8FfPsXxnLOatyqDUgasE8s=", "j7+q/n0SnXsByQlbm6N2wiL8748="])
def test_the_standard_port_is_written_or_not(asked: str, shown: str) -> None:
    assert twilio.verify(posted(asked, VECTOR, x_twilio_signature=shown), [TOKEN])


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:3000/a", "https://h.example:8443/a", "http://h/a"]
)
def test_any_other_port_is_as_it_is(url: str) -> None:
    shown = RequestValidator(TOKEN).compute_signature(url, VECTOR)
    assert twilio.verify(posted(url, VECTOR, x_twilio_signature=shown), [TOKEN])

    other = RequestValidator(TOKEN).compute_signature(url.replace("/a", ":444/a"), VECTOR)
    assert not twilio.verify(posted(url, VECTOR, x_twilio_signature=other), [TOKEN])


def test_both_tokens_are_good_while_one_is_rotated() -> None:
    given = posted(URL, VECTOR, x_twilio_signature="v3Yzb8FfPsXxnLOatyqDUgasE8s=")

    assert twilio.verify(given, ["the-next-token", TOKEN])
    assert not twilio.verify(given, ["the-next-token", ""])


def test_a_shared_key_signs_with_the_algorithm_that_it_names() -> None:
    shown = "mdLy81ODEg+kvGbuJdAvDiruzwslL2gJ84e2Fqvl35U="
    sha256 = posted(URL, VECTOR, x_twilio_signature=shown)
    sha1 = posted(URL, VECTOR, x_twilio_signature="v3Yzb8FfPsXxnLOatyqDUgasE8s=")

    def told(given: CarrierRequest, settings: str) -> CarrierRequest:
        return replace(given, headers={**given.headers, SETTINGS: settings})

    assert twilio.verify(told(sha256, SHARED), [TOKEN])
    assert not twilio.verify(sha256, [TOKEN])
    assert not twilio.verify(told(sha1, SHARED), [TOKEN])
    for settings in ("", "key=webhooks_sharedkey_0", "algorithm=HMAC_SHA1", "algorithm="):
        assert twilio.verify(told(sha1, settings), [TOKEN])
    for settings in ("algorithm=HMAC_SHA512", "algorithm=none", "algorithm=MD5,key=1"):
        assert not twilio.verify(told(sha1, settings), [TOKEN])
        assert not twilio.verify(told(sha256, settings), [TOKEN])


@given(
    params=st.dictionaries(
        st.text(st.characters(codec="utf-8"), min_size=1, max_size=9),
        st.text(st.characters(codec="utf-8"), max_size=9),
        min_size=1,
    ),
    query=st.from_regex(r"(\?[a-z]=[a-z0-9%]{0,5})?", fullmatch=True),
)
def test_its_own_validator_agrees(params: dict[str, str], query: str) -> None:
    shown = RequestValidator(TOKEN).compute_signature(URL + query, params)

    assert twilio.verify(posted(URL + query, params, x_twilio_signature=shown), [TOKEN])


# --- SignalWire ---

CXML = "https://hooks.example.com/carriers/signalwire/answer"
CXML_PARAMS = {
    "CallSid": "b3877c40-da60-4998-90ad-b792e98472ca",
    "From": "+12025550101",
    "To": "+12025550199",
}
SCHEMES = {
    "A": {"x_signalwire_signature": "5f986f91f835147b13a83d3fba634cb001ab966b"},
    "A/256": {
        "x_signalwire_sha256_signature": (
            "69ce42b1b2e971f8cd6ff46935deb3927e93ee8adcdd8317d49f70d4eb7e0217"
        )
    },
    "B": {"x_signalwire_signature": "021SOorahjWNBRrJvqYXFGBAgmc="},
    "B under the other name": {"x_twilio_signature": "021SOorahjWNBRrJvqYXFGBAgmc="},
}


@pytest.fixture(scope="module")
def validator() -> ModuleType:
    """The official validator alone: its package imports a web framework."""
    path = distribution("signalwire-sdk").locate_file(
        "signalwire/core/security/webhook_validator.py"
    )
    spec = importlib.util.spec_from_file_location("webhook_validator", str(path))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("headers", SCHEMES.values(), ids=SCHEMES)
def test_each_scheme_by_its_vector(headers: dict[str, str]) -> None:
    given = posted(CXML, CXML_PARAMS, **headers)

    assert signalwire.verify(given, ["PSKother", KEY])
    assert not signalwire.verify(given, ["PSKother"])
    assert not signalwire.verify(replace(given, url=CXML + "?a"), [KEY])
    assert not signalwire.verify(
        replace(given, body=given.body + b"&a=1", form=(*given.form, ("a", "1"))), [KEY]
    )


@pytest.mark.parametrize("url", [CXML, CXML.replace(".com", ".com:443"), CXML + "?format=mp3"])
def test_the_official_validator_agrees(validator: ModuleType, url: str) -> None:
    body = urlencode(CXML_PARAMS)
    for asked in (url, url.replace(":443", "")):
        signature = base64.b64encode(
            hmac.digest(
                KEY.encode(),
                (asked + "".join(map("".join, sorted(CXML_PARAMS.items())))).encode(),
                "sha1",
            )
        ).decode()
        assert validator.validate_webhook_signature(KEY, signature, url, body)
        given = posted(url, CXML_PARAMS, x_signalwire_signature=signature)
        assert signalwire.verify(given, [KEY])
    stronger = hmac.new(KEY.encode(), (url + body).encode(), hashlib.sha256).hexdigest()
    assert validator.validate_webhook_signature_sha256(KEY, stronger, url, body)
    assert signalwire.verify(
        posted(url, CXML_PARAMS, x_signalwire_sha256_signature=stronger), [KEY]
    )


def test_a_wrong_stronger_signature_is_not_made_good_by_a_weaker_one() -> None:
    given = posted(CXML, CXML_PARAMS, x_signalwire_sha256_signature="0" * 64, **SCHEMES["B"])

    assert not signalwire.verify(given, [KEY])


def test_json_is_signed_over_the_body_or_not_at_all(validator: ModuleType) -> None:
    body = json.dumps({"CallSid": CXML_PARAMS["CallSid"], "CallStatus": "completed", "N": 1})
    step = CallUrls(BASE_URL, "signalwire", builders.MAIN_ID).to(Step.HANGUP)
    whole = hmac.new(KEY.encode(), (step + body).encode(), hashlib.sha1).hexdigest()
    url_alone = base64.b64encode(hmac.digest(KEY.encode(), step.encode(), "sha1")).decode()
    given = CarrierRequest(
        "POST", step, BASE_URL, {"x-signalwire-signature": whole}, body=body.encode()
    )

    assert validator.validate_webhook_signature(KEY, whole, step, body)
    assert is_genuine("signalwire", given)
    report = carrier("signalwire").read(Step.HANGUP, given, account("signalwire"))
    assert isinstance(report, CallReport)
    assert report.status is LegStatus.COMPLETED
    unsigned_body = replace(given, headers={"x-signalwire-signature": url_alone})
    assert not is_genuine("signalwire", unsigned_body)


# --- Telnyx ---


def test_the_vector_of_its_own_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "world_ms", lambda: 1_700_000_000_000)
    key = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
    body = b"CallSid=v3%3Aabc&From=%2B12025550101&To=%2B12025550199"
    headers = {
        "telnyx-timestamp": "1700000000",
        "telnyx-signature-ed25519": (
            "cbFGLQXAhQda7Z3fNHHUVW1rMjEgNXV7zberQtequXPJ8hJSHoajK3ZFnzghQPRtdcnhFN8EKb0o2hnIeZLvDQ=="
        ),
    }
    url = CallUrls(BASE_URL, "telnyx", builders.MAIN_ID).to(Step.ANSWER)
    given = CarrierRequest("POST", url, BASE_URL, headers, body=body)

    assert telnyx.verify(given, [key])
    assert telnyx.verify(given, ["no key", key])
    assert not telnyx.verify(given, [base64.b64encode(bytes(TELNYX_KEY.verify_key)).decode()])
    assert not telnyx.verify(replace(given, body=body + b" "), [key])
    monkeypatch.setattr(clock, "world_ms", lambda: 1_700_000_301_000)
    assert not telnyx.verify(given, [key])


@pytest.mark.parametrize(
    ("late", "is_good"), [(0, True), (-299, True), (299, True), (302, False), (-302, False)]
)
def test_a_webhook_is_fresh(late: int, is_good: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    given, now = webhook("telnyx"), clock.world_ms()
    monkeypatch.setattr(clock, "world_ms", lambda: now + late * 1000)

    assert is_genuine("telnyx", given) == is_good


@pytest.mark.parametrize(
    "timestamp", ["", "-1", "1e9", "\u0661\u0667", "0x10", " 1700000000", "9" * 30]
)
def test_a_time_that_is_none_is_forged_however_it_is_signed(timestamp: str) -> None:
    unsigned = request("telnyx", Step.DIAL_END, {"CallSid": CALLS["telnyx"][0]})
    text = timestamp.encode() + b"|" + unsigned.body
    headers = {
        "telnyx-timestamp": timestamp,
        "telnyx-signature-ed25519": base64.b64encode(TELNYX_KEY.sign(text).signature).decode(),
    }

    assert not is_genuine("telnyx", replace(unsigned, headers=headers))


@pytest.mark.parametrize("step", [Step.DIGITS, Step.WHISPER, Step.DIAL, Step.DIAL_END])
def test_what_was_signed_for_one_call_is_forged_at_anothers_url(step: Step) -> None:
    """The signature leaves out the URL."""
    other = replace(urls("telnyx"), call_uuid="v3:another")
    given = replace(webhook("telnyx", step), url=other.to(step))

    assert not is_genuine("telnyx", given)


def test_a_leg_that_was_dialled_is_of_its_parents_call() -> None:
    parent, child = CALLS["telnyx"]
    params = {"CallSid": child, "ParentCallSid": parent}

    assert is_genuine("telnyx", signed("telnyx", request("telnyx", Step.DIAL, params)))
    alone = request("telnyx", Step.DIAL, {"CallSid": child})
    assert not is_genuine("telnyx", signed("telnyx", alone))
    recording = request("telnyx", Step.RECORDING, {"CallSid": child})
    assert is_genuine("telnyx", signed("telnyx", recording))


def test_a_url_that_is_not_ours_is_forged() -> None:
    true = webhook("telnyx")

    for url in (BASE_URL, f"{BASE_URL}/carriers/telnyx/call/answer", true.url[:-1] + "?"):
        assert not is_genuine("telnyx", replace(true, url=url))
    assert is_genuine("telnyx", replace(true, url=true.url.replace("~", "%7E")))


def test_a_key_of_another_kind_is_no_key() -> None:
    key = base64.b64encode(bytes(SigningKey.generate().verify_key)[:31]).decode()

    assert not telnyx.verify(webhook("telnyx"), [key, "", "é", "AAAA"])


@pytest.mark.parametrize("opening", ['{"data": {"text": "', '["'])
def test_a_text_that_looks_like_a_form_is_forged_at_telnyx(opening: str) -> None:
    """Telnyx signs the events of texts with the same key, and anybody can write one."""
    call = request("telnyx", Step.DIAL_END, {"CallSid": CALLS["telnyx"][0]})
    body = f"{opening}&CallSid={CALLS['telnyx'][0]}&CallStatus=completed".encode()

    assert not is_genuine("telnyx", signed("telnyx", replace(call, body=body)))
    assert is_genuine("telnyx", signed("telnyx", call))
