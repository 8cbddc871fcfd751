"""Rehearsals of docs/runbook.md: what is disabled or piles up, and says nothing by itself."""

import pytest

from bench.costs.limits import FIFO_QUEUE_HOLDS
from local.aws import template
from tests.support.scenario import CAROL, DAVE
from tests.support.watched_company import WatchedCompany

settled = pytest.mark.usefixtures("a_minute_later")
MAPPINGS = [
    mapping.logical_id
    for mapping in template.event_source_mappings()
    if mapping.source != "CallOrderQueue"
]


def test_the_first_minutes_of_a_deployment_wake_nobody(company: WatchedCompany) -> None:
    """The alarms are there before anything has run. None takes no data for bad."""
    for _ in range(3):
        assert not company.alarms()

    company.pass_minutes(1)
    assert company.watch.firing() == set()


@settled
@pytest.mark.parametrize("mapping", MAPPINGS)
def test_mapping_stopped(mapping: str, company: WatchedCompany) -> None:
    """A mapping that is disabled invokes nothing, and Lambda has no figure of its function."""
    outside = company.service.outside
    company.service.disabled.add(mapping)
    assert company.connects()
    company.pass_minutes(4)
    assert company.watch.firing() == {"MappingStoppedAlarm"}
    told = len(outside.callbacks)

    # Enabled again, it goes on where it was.
    company.service.disabled.clear()
    company.pass_minutes(1)
    company.assert_quiet()
    is_told_later = mapping in {"PublishEventsMapping", "DeliverCallbackMapping"}
    assert (len(outside.callbacks) > told) is is_told_later


@settled
def test_nobody_writes_the_heartbeat(company: WatchedCompany) -> None:
    [beats] = (
        one.logical_id for one in template.schedules() if one.function == "ReplaceNumbersFunction"
    )
    company.service.disabled.add(beats)
    company.pass_minutes(4)
    assert company.watch.firing() == {"MappingStoppedAlarm"}

    company.service.disabled.clear()
    company.assert_quiet()


@settled
def test_call_orders_wait(company: WatchedCompany) -> None:
    """Nobody reads their queue; the sweep is down as well, or it would give the order up."""
    outside = company.service.outside
    company.service.disabled.add("PlaceCallMapping")
    company.create("ordered", CAROL, DAVE, initiate_call_to_first_party=True)
    company.service.carry_on()
    company.service.advance(601)
    assert company.alarms() == {"CallOrderQueueAlarm"}
    assert not outside.call_orders

    company.service.disabled.clear()
    company.service.carry_on()
    assert len(outside.call_orders) == 1
    company.assert_quiet()


@settled
def test_callbacks_wait(company: WatchedCompany) -> None:
    outside = company.service.outside
    company.service.disabled.add("DeliverCallbackMapping")
    assert company.connects()
    company.service.carry_on()
    company.service.advance(5.5 * 3600)
    assert "CallbackQueueAlarm" not in company.alarms()
    company.service.advance(0.5 * 3600)
    assert "CallbackQueueAlarm" in company.alarms()
    assert not outside.callbacks

    company.service.disabled.clear()
    company.pass_minutes(1)
    assert outside.callbacks
    company.assert_quiet()


@settled
def test_callback_queue_fills(company: WatchedCompany) -> None:
    """Rings at half of what the queue holds for all customers together, in flight or waiting.

    A quarter is in flight and a quarter waits.
    """
    held = company.watch.more_messages
    held["CallbackQueue"] = FIFO_QUEUE_HOLDS // 4 - 1
    company.pass_minutes(2)
    assert company.watch.firing() == set()
    held["CallbackQueue"] = FIFO_QUEUE_HOLDS // 4
    company.pass_minutes(2)
    assert company.watch.firing() == {"CallbackQueueFillsAlarm"}

    # The customer's URL takes callbacks again.
    held.clear()
    company.assert_quiet()
