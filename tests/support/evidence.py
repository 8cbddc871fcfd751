"""What a day of the service and its misfortunes leave behind, for those who search it."""

import base64
import re
from dataclasses import dataclass

from local.aws.engine import Engine
from tests.support.in_process import Exchange, Service
from tests.support.log_capture import captured_logs
from tests.support.misfortunes import NUMBER_AS_BASE64, suffer
from tests.support.observation import ApiCall, recorded_api_calls
from tests.support.opened import opened
from tests.support.reader import Record, raw_items, raw_stream
from tests.support.scenario import ALICE, BOB, IDEMPOTENCY_KEY, PASSWORD, PINS, Scenario, basic

_FOLLOW_UP = re.compile(r"/carriers/\w+/(?:call|event)/[a-z-]+/(?:[\w-]+/)+([\w-]{22})\b")


@dataclass(frozen=True)
class Remains:
    """The remains of a day: in the table and its stream, sealed and opened, and as dead letters;
    and the tokens that opened its doors.
    """

    stored: list[Record]
    opened: list[Record]
    dead: list[Record]
    tokens: list[str]


@dataclass(frozen=True)
class Evidence:
    """All that a day left behind: calls, callbacks and remains of the day itself, and with its
    misfortunes the rest.
    """

    log: str
    calls: list[ApiCall]
    callbacks: list[str]
    exchanges: list[Exchange]
    secrets: list[str]
    remains: Remains


def gathered(engine: Engine) -> Evidence:
    """Plays the day and its misfortunes."""
    with captured_logs() as log, recorded_api_calls() as calls, Service(engine) as service:
        day = Scenario(service)
        day.play()
        calls_of_the_day, callbacks = list(calls), list(service.outside.callbacks)
        remains = _remains_of(service)
        suffer(day)
        secrets = secrets_of(service)
    text = log.getvalue()
    return Evidence(text, calls_of_the_day, callbacks, service.exchanges, secrets, remains)


def _remains_of(service: Service) -> Remains:
    known = service.credentials
    stored = [*raw_stream(service.engine), *raw_items(service.engine)]
    tokens = [known.auth_token, known.subaccount_token, known.carrier_auth_token]
    naming = [opened(item) for item in stored if item.get("item") in {"session", "route"}]
    return Remains(stored, naming, _dead_letters(service), tokens)


def _dead_letters(service: Service) -> list[Record]:
    """The dead letters at the end of the day: the callback that was replayed, once more."""
    for _ in range(10):
        service.try_again()
    received = service.engine.client("sqs").receive_message(
        QueueUrl=service.engine.queue_urls["CallbackDeadLetterQueue"],
        MessageSystemAttributeNames=["All"],
    )
    return list(received.get("Messages", ()))


def secrets_of(service: Service) -> list[str]:
    """Tokens, and whatever else opens a door or tells of a call."""
    known = service.credentials
    manager = service.engine.client("secretsmanager")
    deployment = [
        manager.get_secret_value(SecretId=arn)["SecretString"]
        for arn in service.engine.secrets.values()
    ]
    pairs = [
        (known.auth_id, known.auth_token),
        (known.subaccount_id, known.subaccount_token),
        (ALICE, known.auth_token),
        (known.auth_id, BOB),
    ]
    headers = [basic(*pair)["Authorization"].removeprefix("Basic ") for pair in pairs]
    follow_ups = {
        found for text in documents(service.exchanges) for found in _FOLLOW_UP.findall(text)
    }
    bodies = {one.request.body.decode() for one in service.exchanges if one.request.body}
    encoded = [base64.b64encode(body.encode()).decode() for body in bodies]
    tokens = [known.auth_token, known.subaccount_token, known.carrier_auth_token]
    callbacks = service.outside.callbacks
    assert follow_ups
    assert callbacks
    return [
        *(*tokens, *headers, *deployment, *follow_ups, *bodies, *encoded, *callbacks),
        *(IDEMPOTENCY_KEY, NUMBER_AS_BASE64[:-1], PASSWORD),
        *(str(PINS[f"{role}_party_pin"]) for role in ("first", "second")),
    ]


def documents(exchanges: list[Exchange]) -> list[str]:
    """The XML that the carrier was given."""
    return [one.response.text for one in exchanges if one.response.text.startswith("<")]
