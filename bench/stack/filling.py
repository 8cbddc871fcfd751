"""Fills the table with live sessions: the very items that a create writes, many at a time."""

import base64
import http.client
import json
import random
import uuid
from collections.abc import Iterable
from itertools import islice
from urllib.parse import urlsplit

from local.aws.engine import Engine
from local.aws.template import REGION
from maskline.carriers import DEFAULT
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Session, Settings, Strategy, Terms
from maskline.store.sessions.sessions import creation_actions
from maskline.store.table import Item

_BATCH = 25
_HOUR_MS = 3_600_000
_SETTINGS = Settings(
    session_expiry_seconds=86_400,
    call_time_limit_seconds=3600,
    ring_timeout_seconds=120,
    callback_url="https://customer.example.com/masking",
)


class Filler:
    """Adds sessions to an account, of people who are in no other, made over the last day."""

    def __init__(self, engine: Engine, account_id: str, numbers: Iterable[str]) -> None:
        self._engine = engine
        self._account_id = account_id
        self._numbers = [E164(number) for number in numbers]
        # Not the seed of the service's uuids: two sessions must not share one.
        self._chance = random.Random(4_711)
        self._made = 0

    def fill_up_to(self, total: int, now: int) -> None:
        """Add sessions until so many were added."""
        address = urlsplit(self._engine.endpoint)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
        missing = range(self._made, total)
        items = (action["Put"]["Item"] for _ in missing for action in self.another(now))
        while batch := list(islice(items, _BATCH)):
            self._write(connection, batch)
        connection.close()

    def another(self, now: int) -> list[Item]:
        """A create's transaction for one more session, which is left to the caller to write."""
        self._made += 1
        return creation_actions(self._session(self._made, now))

    def _write(self, connection: http.client.HTTPConnection, items: list[Item]) -> None:
        """Not by the SDK, whose own work takes several times the engine's."""
        puts = [{"PutRequest": {"Item": item}} for item in items]
        body = json.dumps({"RequestItems": {self._engine.table_name: puts}}, default=_in_base64)
        connection.request("POST", "/", body, _HEADERS)
        answer = connection.getresponse()
        content = json.loads(answer.read())
        assert (answer.status, content.get("UnprocessedItems")) == (200, {}), content

    def _session(self, index: int, now: int) -> Session:
        number = self._chance.choice(self._numbers)
        created_at = now - self._chance.randrange(1, 23 * _HOUR_MS)
        return Session(
            session_uuid=str(uuid.UUID(int=self._chance.getrandbits(128), version=4)),
            account_id=self._account_id,
            subaccount_id="",
            first_party=_person(2 * index),
            second_party=_person(2 * index + 1),
            first_virtual_number=number,
            second_virtual_number=number,
            strategy=Strategy.SHARED,
            carrier=DEFAULT,
            settings=_SETTINGS,
            terms=Terms(),
            created_at=created_at,
            modified_at=created_at,
            expires_at=created_at + 24 * _HOUR_MS,
        )


def _in_base64(value: bytes) -> str:
    """Encode a binary value as the wire holds it."""
    return base64.b64encode(value).decode()


def _person(index: int) -> E164:
    """Numbers of a country code that is not in use: nobody's, and nobody ever calls them."""
    return E164(f"+999{index:010d}")


_HEADERS = {
    "Content-Type": "application/x-amz-json-1.0",
    "X-Amz-Target": "DynamoDB_20120810.BatchWriteItem",
    "Authorization": (
        f"AWS4-HMAC-SHA256 Credential=local/20260301/{REGION}/dynamodb/aws4_request, "
        "SignedHeaders=host, Signature=0"
    ),
}
