"""The carrier and the sweep around a call that a session ordered."""

from collections.abc import Callable
from typing import Any

from maskline import clock
from maskline.domain.calls.call_order import OutboundCall, first_leg
from maskline.domain.calls.interaction import Interaction
from maskline.domain.calls.plan import CallPlan
from maskline.domain.calls.report import CallReport, ReportKind
from maskline.domain.sessions.session import Session
from maskline.services.calls import follow_placed as follow_placed_call
from maskline.services.calls import overdue as overdue_calls
from maskline.services.calls import place as place_call
from tests.support import builders
from tests.support.carriers import ScriptedCarrier
from tests.support.service import Service

GIVEN_UP_SECONDS = 121
LONG_SILENCE_SECONDS = 300
LEG = builders.CALL_UUID
BASE_URL = "https://maskline.example.com"


class PlacedCall:
    """A session that orders a call, its carrier, and the webhooks of that call."""

    def __init__(self, service: Service, *, first: int = 0, second: int = 1) -> None:
        terms = builders.terms(initiates_call=True)
        self.service = service
        self.session: Session = service.create(first, second, terms=terms)
        self.carrier = ScriptedCarrier()

    def place(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        """The order comes; `meanwhile` happens as the carrier is asked."""
        self.carrier.meanwhile = meanwhile
        place_call.place_call(self.session.session_uuid, BASE_URL, lambda _: self.carrier)
        for account, _, urls in self.carrier.placed:
            assert (account.auth_id, urls.account_id) == ("MAPLIVO", builders.MAIN_ID)
            assert (urls.base_url, urls.session_uuid) == (BASE_URL, self.session.session_uuid)

    def sweep(self) -> int:
        """How many orders and calls were given up."""
        swept = overdue_calls.give_up_overdue_calls()
        assert swept.failed == 0
        return swept.told

    def ring(self, call_uuid: str = LEG) -> None:
        self.report(first_leg(ReportKind.RINGING, call_uuid))

    def answer(self, call_uuid: str = LEG, *, others_live: bool = True) -> CallPlan:
        return follow_placed_call.answer_first_leg(
            self.session.session_uuid,
            call_uuid,
            ScriptedCarrier(others_live=others_live),
            builders.carrier_account(),
        )

    def hang_up(self, call_uuid: str = LEG, **changes: Any) -> None:
        self.report(builders.caller_ended(leg_uuid=call_uuid, **changes))

    def report(self, report: CallReport) -> None:
        named = self.carrier.name
        assert follow_placed_call.record_first_leg(self.session.session_uuid, report, named)

    @property
    def requested(self) -> list[OutboundCall]:
        """The calls that the carrier was asked to place."""
        return [call for _, call, _ in self.carrier.placed]

    @property
    def order(self) -> dict[str, Any]:
        [record] = self.service.items_of("order")
        return record

    @property
    def interactions(self) -> tuple[Interaction, ...]:
        return self.service.view(self.session).interactions

    @property
    def interaction(self) -> Interaction:
        [only] = self.interactions
        return only

    @property
    def stored(self) -> Session:
        return self.service.stored(self.session)

    @property
    def told(self) -> list[str]:
        return self.service.told(self.session)

    @property
    def is_line_free(self) -> bool:
        held = self.stored.live_call
        return held is None or held.until <= clock.now_ms()
