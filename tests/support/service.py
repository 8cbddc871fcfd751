"""The use cases on the real engine, as a client, a carrier and an operator meet them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from typing import Any

from local.aws.engine import Engine
from maskline import clock
from maskline.carriers.adapter import Inbound
from maskline.domain.accounts import Client
from maskline.domain.calls.events import SessionEvent
from maskline.domain.calls.plan import CallPlan
from maskline.domain.calls.report import CallReport, RecordingReport, Side
from maskline.domain.numbers.changes import NumberChange
from maskline.domain.numbers.pool import NumberStatus, VirtualNumber
from maskline.domain.phone_numbers import E164, CallerId
from maskline.domain.sessions.request import IdempotencyKey, SessionChange, SessionRequest
from maskline.domain.sessions.session import Session
from maskline.services.accounts import provision as provision_account
from maskline.services.calls import answer as answer_call
from maskline.services.calls import record as record_call
from maskline.services.numbers import manage as manage_numbers
from maskline.services.sessions import create as create_session
from maskline.services.sessions import end as end_session
from maskline.services.sessions import read as read_sessions
from maskline.services.sessions import update as update_session
from maskline.services.sessions.create import Created
from maskline.services.sessions.read import SessionView
from maskline.store import keys
from maskline.store.accounts import accounts
from maskline.store.codec import decode
from tests.support import builders
from tests.support.builders import MAIN_ID, SUBACCOUNT_ID
from tests.support.carriers import OTHER, ScriptedCarrier
from tests.support.opened import opened

Record = dict[str, Any]
Item = dict[str, Any]
CARRIER = {"carrier": "plivo", "auth_id": "MAPLIVO", "secrets": {"auth_token": ["p"]}}
OTHER_CARRIER = {"carrier": OTHER, "project_id": "PR01", "secrets": {"signing_key": ["o"]}}


class Service:
    """One account with a subaccount. Its pool is empty until `add_numbers`."""

    def __init__(self, engine: Engine, *, items: Sequence[Item] = ()) -> None:
        """`items` are those of an account that was set up before, to spare its requests."""
        self.engine = engine
        # By number: the account whose application at the carrier has it, if not the main one.
        self.owners: dict[E164, str] = {}
        self._calls = count(1)
        self._api_requests = count(1)
        if items:
            puts = [{"PutRequest": {"Item": item}} for item in items]
            engine.client("dynamodb").batch_write_item(RequestItems={engine.table_name: puts})
        else:
            self.provision()
        # The secret is fetched here, once, and not by threads that start at the same moment.
        keys.party_key(builders.party(0))

    def provision(self, *further: dict[str, Any], **limits: Any) -> None:
        """Set up the account, or give it other limits or further carriers."""
        provision_account.provision_account(
            {
                "account": {
                    "auth_id": MAIN_ID,
                    "auth_tokens": ["main-token-" * 3],
                    # The people and the numbers here are of different countries.
                    "limits": {"destination_countries": ["GB", "US"]} | limits,
                },
                "subaccounts": [{"auth_id": SUBACCOUNT_ID, "auth_tokens": ["sub-token-" * 4]}],
                "carriers": [CARRIER, *further],
            }
        )

    def caller(self, subaccount_id: str = "") -> Client:
        """The authenticated client; every request reads its account anew."""
        account = accounts.get_account(MAIN_ID)
        assert account is not None
        origin = builders.origin(f"api-{next(self._api_requests)}", at=clock.now_ms())
        return Client(account, origin, subaccount_id)

    def add_numbers(self, *indexes: int, **changes: Any) -> None:
        added = [builders.virtual_number(index, **changes) for index in indexes]
        results = manage_numbers.add_numbers(self.caller(), added)
        assert all(result.is_added for result in results)

    def change_number(self, number: E164, **changes: Any) -> VirtualNumber:
        return manage_numbers.update_number(self.caller(), number, NumberChange(**changes))

    def retire(self, number: E164) -> None:
        self.change_number(number, status=NumberStatus.RETIRED)

    @contextmanager
    def only(self, number: E164) -> Iterator[None]:
        """Meanwhile the other numbers of the pool take no new sessions."""
        others = [
            one.number
            for one in manage_numbers.list_numbers(self.caller())
            if one.number != number and one.status is NumberStatus.ACTIVE
        ]
        for other in others:
            self.retire(other)
        yield
        for other in others:
            self.change_number(other, status=NumberStatus.ACTIVE)

    def create(
        self, first: int = 0, second: int = 1, *, key: IdempotencyKey | None = None, **changes: Any
    ) -> Session:
        """Create a session between two people."""
        request = builders.session_request(first, second, **changes)
        return self.request(request, key=key).session

    def request(self, request: SessionRequest, *, key: IdempotencyKey | None = None) -> Created:
        return create_session.create_session(
            self.caller(request.subaccount_id),
            request,
            idempotency=key,
        )

    def update(self, session: Session, **changes: Any) -> Session:
        change = SessionChange(**changes)
        return update_session.update_session(self.caller(), session.session_uuid, change).session

    def end(self, session: Session) -> None:
        end_session.end_session(self.caller(), session.session_uuid)

    def view(self, session: Session) -> SessionView:
        return read_sessions.get_session(self.caller(), session.session_uuid)

    def stored(self, session: Session) -> Session:
        return self.view(session).session

    def call(
        self, caller: E164 | None, dialled: E164, *, call_uuid: str = "", others_live: bool = True
    ) -> CallPlan:
        """The carrier asks what to do with a call. `others_live`: what it says of other calls."""
        return self.call_from(
            CallerId(caller), dialled, call_uuid=call_uuid, others_live=others_live
        )

    def call_from(
        self, shown: CallerId, dialled: E164, *, call_uuid: str = "", others_live: bool = True
    ) -> CallPlan:
        """The same of a caller who may be one of two."""
        call = Inbound(call_uuid or f"call-{next(self._calls)}", shown, dialled)
        carrier = ScriptedCarrier(others_live=others_live)
        account = builders.carrier_account(account_id=self.owners.get(dialled, MAIN_ID))
        return answer_call.answer_call(call, carrier, account).plan

    def report(self, session: Session, call_uuid: str, report: CallReport) -> None:
        """The carrier tells more of a call, by the URLs that we gave it or by the hangup URL."""
        if report.side is Side.CALLER:
            known = record_call.record_hangup(MAIN_ID, replace(report, leg_uuid=call_uuid))
        else:
            known = record_call.record_report(session.session_uuid, call_uuid, report)
        assert known

    def report_recording(self, session: Session, call_uuid: str, report: RecordingReport) -> None:
        """The carrier tells of the recording of a call."""
        assert record_call.record_report(session.session_uuid, call_uuid, report)

    def items(self, **only: Any) -> list[Record]:
        """Everything in the table, or what a scan's filter lets through, in a stable order.

        Sealed fields are opened.
        """
        return [opened(record) for record in self.raw_items(**only)]

    def state(self) -> list[Record]:
        """The same but for why calls were refused, which decides nothing."""
        return [record for record in self.items() if record.get("item") != "decision"]

    def raw_items(self, **only: Any) -> list[Record]:
        """The same as it is stored."""
        pages = self.engine.client("dynamodb").get_paginator("scan")
        found = (
            decode(item)
            for page in pages.paginate(
                TableName=self.engine.table_name, ConsistentRead=True, **only
            )
            for item in page["Items"]
        )
        return sorted(found, key=lambda record: (record["PK"], record["SK"]))

    def items_of(self, kind: str) -> list[Record]:
        return [record for record in self.items() if record.get("item") == kind]

    def stream(self) -> Iterator[Record]:
        """Every change of the table since the test began: {"before", "after"} or None, in order."""
        for record in self._stream_records():
            images = record["dynamodb"]
            yield {
                name: opened(decode(images[image])) if images.get(image) else None
                for name, image in (("before", "OldImage"), ("after", "NewImage"))
            }

    def _stream_records(self) -> Iterator[Record]:
        streams = self.engine.client("dynamodbstreams")
        arn = self.engine.stream_arn()
        [shard] = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        iterator = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        while iterator:
            page = streams.get_records(ShardIterator=iterator)
            if not page["Records"]:
                return
            yield from page["Records"]
            iterator = page.get("NextShardIterator")

    def told(self, session: Session) -> list[str]:
        """The names of all events of a session, in the order in which a customer gets them."""
        return [event.name for event in self.events(session)]

    def events(self, session: Session) -> list[SessionEvent]:
        """The same with all that is told."""
        told: list[SessionEvent] = []
        for change in self.stream():
            before, after = change["before"] or {}, change["after"] or {}
            if after.get("session_uuid") == session.session_uuid and "outbox" in after:
                new = after["sequence"] - before.get("sequence", 0)
                told += after["outbox"][-new:] if new else []
                assert len(told) == after["sequence"]
        return told
