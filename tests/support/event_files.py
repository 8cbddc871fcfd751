"""The events of events/, and the deployment that they were made for (see events/README.md)."""

import json
from dataclasses import dataclass, replace
from typing import Any

from local.aws.engine import CLIENTS, Engine, forget_cached_values
from local.aws.runtime import Runtime
from local.aws.template import ROOT, functions
from maskline import clock
from maskline.config import settings
from maskline.domain.accounts import Account, CarrierAccount
from maskline.domain.erasure import ErasureOrder, commitment
from maskline.domain.numbers.pool import NumberStatus, with_status
from maskline.domain.phone_numbers import E164
from maskline.domain.sessions.session import Session, Strategy
from maskline.domain.trail import Action, seen
from maskline.store import keys, table
from maskline.store.accounts import accounts
from maskline.store.calls import orders as call_orders
from maskline.store.codec import encode
from maskline.store.erasure import orders as erasures
from maskline.store.numbers import pool as numbers
from maskline.store.sealing import table_secret
from maskline.store.sessions import sessions
from tests.support import builders
from tests.support.known_secret import put_secret

EVENTS = ROOT / "events"
NAMES = sorted(file.stem for file in EVENTS.glob("*.json"))
FOLDERS = sorted(function.folder for function in functions().values())

FIRST, SECOND = E164("+12025550101"), E164("+12025550102")
VIRTUAL, OTHER_VIRTUAL = E164("+12025550199"), E164("+12025550198")
SESSION_UUID = "5a6f1c3e-90ab-4f0e-8d77-1f2e3d4c5b6a"
ERASURE_ID = "0b5e2d8a-6f1c-4c58-9d3e-7a41c2f0b9d6"
AUTH_ID = "MAXXXXXXXXXXXXXXXXXX"
AUTH_TOKEN = "EXAMPLEauthtokenEXAMPLEauthtokenEXAMPLEtok"
# Where no carrier answers.
NOBODY = "http://127.0.0.1:9"
CARRIER_TOKEN = "EXAMPLEcarriertokenEXAMPLEcarriertokenEX"
DEPLOYMENT_SECRET = "EXAMPLE-deployment-secret"
DATA_KEY = b"EXAMPLEdatakeyEXAMPLEdatakeyEXAM"


_OF_A_CALL = ("answer_call_hangup", "answer_call_whisper_")


def load(name: str) -> dict[str, Any]:
    """One file of events/, by its name without the ending."""
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return event


def folder_of(name: str) -> str:
    """The function that a file is for: its name begins with the function's."""
    return max((folder for folder in FOLDERS if name.startswith(folder)), key=len)


def name_for(folder: str) -> str:
    """A file for a function."""
    return next(name for name in NAMES if folder_of(name) == folder)


def some_event_for(folder: str) -> dict[str, Any]:
    """An event that makes a function talk to AWS."""
    return load(name_for(folder))


@dataclass(frozen=True)
class DocumentedDeployment:
    """The accounts of events/README.md, and on request their numbers, session and call."""

    engine: Engine
    runtime: Runtime

    def start(self) -> None:
        """With an empty table, the documented secret, accounts and data key."""
        put_secret(self.engine, DEPLOYMENT_SECRET)
        forget_cached_values(but=CLIENTS)
        self.engine.reset()
        table_secret.begin()
        secrets = {"auth_token": (CARRIER_TOKEN,)}
        carrier = CarrierAccount("plivo", AUTH_ID, AUTH_ID, secrets, NOBODY)
        table.transact(
            [
                accounts.put_account_action(Account(AUTH_ID, (AUTH_TOKEN,))),
                accounts.put_carrier_account_action(carrier),
            ]
        )
        self._put_data_key()

    def _put_data_key(self) -> None:
        wrapped = self.engine.client("kms").encrypt(
            KeyId=settings().wrapping_key_arn,
            Plaintext=DATA_KEY,
            EncryptionContext={"account_id": AUTH_ID},
        )["CiphertextBlob"]
        ring = [{"key_id": 1, "wrapped": wrapped, "created_at": clock.now_ms()}]
        table.update(
            keys.account(AUTH_ID),
            UpdateExpression="SET keyring = :ring",
            ExpressionAttributeValues=encode({":ring": ring}),
        )

    def add_numbers(self, status: NumberStatus = NumberStatus.ACTIVE) -> None:
        for index, number in enumerate((VIRTUAL, OTHER_VIRTUAL)):
            added = builders.virtual_number(index, number=number, account_id=AUTH_ID, country="US")
            numbers.add_number(with_status(added, status, builders.NOW))

    def create_session(self, *, asks_pin: bool = False, is_recorded: bool = False) -> None:
        """One that orders a call, too."""
        session = _live_session()
        if asks_pin:
            session = replace(session, terms=builders.terms(pin=builders.pin_terms()))
        if is_recorded:
            session = replace(session, settings=replace(session.settings, record=True))
        actions = sessions.creation_actions(session) + call_orders.creation_actions(session)
        table.transact(actions)

    def land_stranger(self) -> None:
        assert "<GetDigits " in self.invoke("answer_call_unknown_caller")["body"]

    def begin_call(self) -> None:
        assert self.invoke("answer_call_post")["statusCode"] == 200

    def prepare(self, name: str) -> None:
        """What the event of that file is about."""
        match folder_of(name):
            case "manage_numbers" if name == "manage_numbers_add":
                return
            case "erasures" if name == "erasures_show":
                order = _order_to_erase()
                erasures.give(order, seen(builders.caller(), Action.ERASURE_ORDERED))
            case "create_session":
                self.add_numbers()
                numbers.add_number(builders.virtual_number(2, account_id=AUTH_ID))
            case "manage_numbers" if name == "manage_numbers_release":
                self.add_numbers(NumberStatus.RETIRED)
            case folder:
                self.add_numbers()
                asks_pin = name.startswith("answer_call_pin_")
                self.create_session(asks_pin=asks_pin, is_recorded="_recording_" in name)
                if asks_pin:
                    self.land_stranger()
                elif "_first_" in name:
                    assert call_orders.claim(SESSION_UUID, "claimed")
                elif folder in ("explain_call", "record_call") or name.startswith(_OF_A_CALL):
                    self.begin_call()

    def invoke(self, name: str) -> Any:
        """The function's answer to a file. Raises HandlerError."""
        return self.runtime.invoke_by_folder(folder_of(name), load(name))


def _order_to_erase() -> ErasureOrder:
    return ErasureOrder(
        erasure_id=ERASURE_ID,
        account_id=AUTH_ID,
        person=erasures.person_keys(AUTH_ID, FIRST),
        commitment=commitment(FIRST, "00" * 32),
        ordered_at=clock.now_ms(),
        request_id=builders.REQUEST_ID,
    )


def _live_session() -> Session:
    now = clock.now_ms()
    return builders.session(
        session_uuid=SESSION_UUID,
        account_id=AUTH_ID,
        first_party=FIRST,
        second_party=SECOND,
        first_virtual_number=VIRTUAL,
        second_virtual_number=VIRTUAL,
        strategy=Strategy.SHARED,
        terms=builders.terms(initiates_call=True),
        created_at=now,
        modified_at=now,
        expires_at=now + 3_600_000,
    )
