"""A backup that holds half of a transaction: the session decides, and what lacks one is named."""

from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from local.aws import template
from local.aws.engine import Engine
from maskline.domain.phone_numbers import E164
from maskline.store import keys
from maskline.store.codec import encode
from tests.support.in_process import Service, forget_what_was_read
from tests.support.known_secret import put_another_secret
from tests.support.scenario import ALICE, BOB, CAROL, DAVE, ERIN, FRANK, PINS, STRANGER, Scenario
from tests.support.watched_company import WatchedCompany
from tools.restore import __main__ as restore
from tools.restore.__main__ import copy_table
from tools.restore.routes import Findings, mend_routes

BACKUP = "restored-backup"
NOTHING = Findings(Counter(), Counter())


class DeployedStack:
    """The SDK's session as `make restore` meets it: everything is in the engine but the stack."""

    region_name = template.REGION

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def client(self, service: str, **_: Any) -> Any:
        if service in {"dynamodb", "kms"}:
            return self._engine.client(service)
        client: Any = boto3.session.Session(region_name=self.region_name).client(service)
        stubber = Stubber(client)
        if service == "sts":
            stubber.add_response("get_caller_identity", {"Account": "123456789012"}, {})
        else:
            stubber.add_response("describe_stacks", {"Stacks": [self._described()]})
        stubber.activate()
        return client

    def _described(self) -> dict[str, Any]:
        known = {
            "TableName": self._engine.table_name,
            "WrappingKeyArn": self._engine.environment["WRAPPING_KEY_ARN"],
            "DeploymentSecretArn": self._engine.environment["DEPLOYMENT_SECRET_ARN"],
        }
        outputs = [{"OutputKey": name, "OutputValue": value} for name, value in known.items()]
        created = {"CreationTime": "2026-01-01T00:00:00Z", "StackStatus": "CREATE_COMPLETE"}
        return {"StackName": "maskline", "Outputs": outputs} | created


@dataclass
class Rehearsal:
    """A company whose table is copied; the copy loses items of a transaction, and is restored."""

    company: WatchedCompany
    client: Any

    @property
    def in_use(self) -> str:
        return self.company.service.engine.table_name

    def uuid(self, name: str) -> str:
        return str(self.company.created[name]["session_uuid"])

    def number(self, name: str) -> E164:
        return E164(self.company.virtual_number(name))

    def item(self, place: keys.Key) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get_item(TableName=self.in_use, Key=encode(place))
        return found["Item"]

    def back_up(self) -> None:
        copy_table(self.client, source=self.in_use, target=BACKUP)

    def lose(self, *places: keys.Key) -> None:
        for place in places:
            self.client.delete_item(TableName=BACKUP, Key=encode(place))

    def restore(self) -> list[str]:
        """What `make restore` says of routes."""
        self.company.service.engine.reset()
        forget_what_was_read()
        with redirect_stdout(StringIO()) as said:
            assert restore.main(["maskline", BACKUP]) == 0
        place, copied, wrapped, *told = said.getvalue().splitlines()
        assert place == "Stack maskline, account 123456789012, Region us-east-1"
        assert copied.endswith(f" items written to {self.in_use}")
        assert wrapped == "the keys of 0 accounts wrapped anew"
        return told

    def rings(self, caller: str, name: str) -> list[str]:
        call = self.company.ring(caller, self.company.virtual_number(name))
        rung = [leg.to for leg in call.legs]
        if rung:
            call.answer().hangup()
        return rung


@pytest.fixture
def rehearsal(company: WatchedCompany, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rehearsal]:
    engine = company.service.engine
    client = engine.client("dynamodb")
    client.create_table(TableName=BACKUP, **template.table_definition())
    monkeypatch.setattr(boto3, "Session", lambda region_name: DeployedStack(engine))
    yield Rehearsal(company, client)
    client.delete_table(TableName=BACKUP)


def mended(uuid: str, count: int) -> str:
    return f"session {uuid}: {count} routes were not as it has them, and are now"


def test_a_party_whose_route_is_not_in_the_backup_is_connected(rehearsal: Rehearsal) -> None:
    company = rehearsal.company
    company.create("last", CAROL, DAVE)
    number = rehearsal.number("last")
    rehearsal.back_up()
    rehearsal.lose(keys.route(E164(CAROL), number), keys.route(E164(DAVE), number))

    assert rehearsal.restore() == [mended(rehearsal.uuid("last"), 2)]

    assert rehearsal.rings(CAROL, "last") == [DAVE]
    assert rehearsal.rings(DAVE, "last") == [CAROL]
    company.create("next", CAROL, ALICE)
    assert rehearsal.number("next") != number
    assert rehearsal.restore() == [mended(rehearsal.uuid("last"), 2)], "it can be repeated"


def test_a_door_and_pins_that_are_not_in_the_backup_work(rehearsal: Rehearsal) -> None:
    company = rehearsal.company
    lone = {"first_party": CAROL, "create_session_with_single_party": True}
    company.created["door"] = company.api("POST", "Masking/Session/", lone, expected=201)
    company.create("pins", ERIN, FRANK, **PINS)
    number = rehearsal.number("pins")
    rehearsal.back_up()
    pins = [keys.pin_route(number, PINS[f"{role}_party_pin"]) for role in ("first", "second")]
    rehearsal.lose(keys.open_route(rehearsal.number("door")), *pins)

    told = rehearsal.restore()

    assert set(told) == {mended(rehearsal.uuid("door"), 1), mended(rehearsal.uuid("pins"), 2)}
    assert rehearsal.rings(STRANGER, "door") == [CAROL]
    for pin in pins:
        assert rehearsal.item(pin)["session_uuid"]["S"] == rehearsal.uuid("pins")


def test_a_route_that_is_older_than_its_session_follows_it(rehearsal: Rehearsal) -> None:
    """The last transaction is an update; what the route says of it is not in the backup."""
    place = keys.route(E164(ALICE), rehearsal.number("call"))
    older = rehearsal.item(place)
    rehearsal.company.api("POST", rehearsal.company.session_path("call"), {"session_expiry": 7200})
    rehearsal.back_up()
    rehearsal.client.put_item(TableName=BACKUP, Item=older)

    assert rehearsal.restore() == [mended(rehearsal.uuid("call"), 1)]

    rehearsal.company.service.advance(4000)
    assert rehearsal.rings(ALICE, "call") == [BOB]


def test_routes_whose_session_is_not_in_the_backup_are_reported(rehearsal: Rehearsal) -> None:
    rehearsal.company.create("last", CAROL, DAVE)
    rehearsal.back_up()
    rehearsal.lose(keys.session(rehearsal.uuid("last")))

    assert rehearsal.restore() == [
        f"session {rehearsal.uuid('last')} is not there, but 2 of its routes: create it anew"
    ]

    assert rehearsal.rings(CAROL, "last") == []
    rehearsal.company.create("anew", CAROL, DAVE)
    assert rehearsal.rings(CAROL, "anew") == [DAVE]


def test_a_pair_that_was_given_to_another_session_since_stays_there(rehearsal: Rehearsal) -> None:
    """The service works while its table is filled."""
    company, number = rehearsal.company, rehearsal.number("call")
    rehearsal.client.delete_item(
        TableName=rehearsal.in_use, Key=encode(keys.route(E164(ALICE), number))
    )
    company.create("since", ALICE, CAROL)
    assert rehearsal.number("since") == number

    assert mend_routes(rehearsal.client) == NOTHING

    assert rehearsal.rings(ALICE, "since") == [CAROL]


def test_nothing_is_restored_into_a_stack_with_another_secret(
    rehearsal: Rehearsal, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = rehearsal.company.service.engine
    rehearsal.back_up()
    engine.reset()
    put_another_secret(engine)
    forget_what_was_read()

    assert restore.main(["maskline", BACKUP]) == 1

    said = f"maskline has another deployment secret than {BACKUP} was begun under"
    assert capsys.readouterr().err.startswith(said)
    assert rehearsal.client.scan(TableName=rehearsal.in_use)["Items"] == []


def test_routes_that_are_right_are_left_as_they_are(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After each step of a day of everything that the service does."""
    seen, carry_on = Counter[str](), Service.carry_on

    def look(service: Service) -> None:
        carry_on(service)
        client = engine.client("dynamodb")
        before = client.scan(TableName=engine.table_name, ConsistentRead=True)["Items"]
        forget_what_was_read()

        assert mend_routes(client) == NOTHING

        assert client.scan(TableName=engine.table_name, ConsistentRead=True)["Items"] == before
        seen.update(item["kind"]["S"] for item in before if "kind" in item and "peer" in item)

    monkeypatch.setattr(Service, "carry_on", look)
    with Service(engine) as service:
        Scenario(service).play()
    assert seen.keys() == {"party", "pin", "open"}
