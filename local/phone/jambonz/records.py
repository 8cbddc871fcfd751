"""jambonz's words about a call: its statuses, and the bodies of its webhooks.

Source: call-info.js, place-outdial.js, dial.js and the call sessions of jambonz-feature-server.
"""

import json
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from local.phone.dialect import Moment
from local.phone.grammar.dialect import Words
from local.phone.legs import By, Ending, Leg, Reason

if TYPE_CHECKING:
    from local.phone.api.calls import KeptCall
    from local.phone.carrier_call import CarrierCall

Body = dict[str, Any]
_APPLICATION = "6f0c4d54-1f0e-4a1e-9a52-0000000000a0"


class Status(NamedTuple):
    """A word for the state of a leg, with the SIP status that it comes of."""

    word: str
    sip: int
    reason: str


TRYING = Status("trying", 100, "Trying")
RINGING = Status("ringing", 180, "Ringing")
IN_PROGRESS = Status("in-progress", 200, "OK")
COMPLETED = Status("completed", 200, "OK")
_CANCELLED = Status("no-answer", 487, "Request Terminated")
# Of a leg that was never answered, by what became of it. Busy has a word for itself, declined not.
_UNANSWERED: Mapping[Reason, Status] = {
    "busy": Status("busy", 486, "Busy Here"),
    "rejected": Status("failed", 603, "Decline"),
    "unreachable": Status("failed", 404, "Not Found"),
    "loop": Status("failed", 482, "Loop Detected"),
    "failed": Status("failed", 480, "Temporarily Unavailable"),
}
# Where an application declined it, or a first party did, the words are others.
_DECLINED_BY_US: Mapping[Reason, Status] = {"busy": Status("failed", 486, "Busy Here")}
_FIRST_PARTY: Mapping[Reason, Status] = {"rejected": Status("busy", 603, "Decline")}


def of_caller(ended: Ending, *, is_placed: bool) -> Status:
    """Return how the leg of a caller ended, or of somebody who was called up."""
    if ended.answered_at is not None:
        return COMPLETED
    special = _FIRST_PARTY if is_placed else _DECLINED_BY_US
    return special.get(ended.reason) or _UNANSWERED.get(ended.reason, _CANCELLED)


def of_callee(leg: Leg) -> Status:
    """Return how a dialled leg ended, or where it is."""
    if leg.answered_at is not None:
        return IN_PROGRESS if leg.ended_at is None else COMPLETED
    if leg.ended_at is None:
        return RINGING if leg.has_rung else TRYING
    return _UNANSWERED.get(leg.reason, _CANCELLED)


def call_info(call: "CarrierCall", status: Status, **more: object) -> Body:
    """The facts that every webhook about the caller's leg has."""
    trunk = {"originating_sip_ip": "192.0.2.10", "originating_sip_trunk_name": "local trunk"}
    return {
        "call_sid": call.call_uuid,
        "direction": "outbound" if call.is_placed else "inbound",
        "from": call.caller,
        "to": call.dialled_number,
        "call_id": f"{call.call_uuid}@192.0.2.1",
        "sbc_callid": f"{call.call_uuid}@192.0.2.2",
        "sip_status": status.sip,
        "sip_reason": status.reason,
        "call_status": status.word,
        "account_sid": call.carrier.account_id,
        "trace_id": call.call_uuid.replace("-", ""),
        "application_sid": _APPLICATION,
        "fs_sip_address": "192.0.2.1:5060",
        **({} if call.is_placed else trunk),
        **more,
    }


def leg_info(call: "CarrierCall", status: Status, **more: object) -> Body:
    """The facts that every webhook about the dialled leg has."""
    leg = call.legs[-1]
    own: Body = {
        "call_sid": leg.uuid,
        "parent_call_sid": call.call_uuid,
        "direction": "outbound",
        "from": leg.caller_id,
        "to": leg.to,
        "caller_id": leg.caller_id,
        "call_id": f"{leg.uuid}@192.0.2.1",
        "sbc_callid": f"{leg.uuid}@192.0.2.2",
        **more,
    }
    for tag in call.dial.wanted if call.dial else ():
        own["customerData"] = json.loads(tag)
    known = call_info(call, status)
    return {name: known[name] for name in known if not name.startswith("originating")} | own


def ringing(call: "CarrierCall") -> Body | None:
    """None: of a call that came in nothing rings."""
    return call_info(call, RINGING) if call.is_placed else None


def new_call(call: "CarrierCall") -> Body:
    """The first webhook: with the whole INVITE of a call that came in, who calls in it twice."""
    defaults = {
        "synthesizer": {"vendor": "google", "language": "en-US", "voice": "en-US-Standard-C"},
        "recognizer": {"vendor": "google", "language": "en-US"},
    }
    if call.is_placed:
        return call_info(call, IN_PROGRESS, defaults=defaults)
    invite = {
        "headers": {
            "from": f'"Somebody" <sip:{call.caller}@192.0.2.10>;tag=1',
            "to": f"<sip:{call.dialled_number}@192.0.2.1>",
            "p-asserted-identity": f"<sip:{call.caller}@192.0.2.10>",
        },
        "body": "v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\n",
        "method": "INVITE",
        "uri": f"sip:{call.dialled_number}@192.0.2.1",
        "type": "request",
    }
    provider = call.carrier.account_id
    more = {"caller_name": "Somebody", "service_provider_sid": provider, "defaults": defaults}
    return call_info(call, TRYING, sip=invite, **more)


def digits(call: "CarrierCall") -> Body:
    if not call.entered:
        return call_info(call, IN_PROGRESS, reason="timeout")
    return call_info(call, IN_PROGRESS, reason="dtmfDetected", digits=call.entered)


def dial_over(call: "CarrierCall") -> Body:
    """The dial's results. Of a leg that it gave up itself, it keeps what it heard of it last."""
    leg = call.legs[-1]
    status = of_callee(leg)
    if status is _CANCELLED and not call.carrier.reports_unanswered_legs:
        status = RINGING if leg.has_rung else TRYING
    return call_info(
        call,
        _of_parent(call, leg.ended_by),
        dial_call_status=status.word,
        dial_sip_status=status.sip,
        dial_call_sid=leg.uuid,
        dial_sbc_callid=f"{leg.uuid}@192.0.2.2",
    )


def _of_parent(call: "CarrierCall", ended_by: By) -> Status:
    if call.answered_at is None:
        return _CANCELLED if ended_by == "caller" else TRYING
    return COMPLETED if ended_by == "caller" else IN_PROGRESS


def leg_ended(call: "CarrierCall") -> Body | None:
    """None: while it gives up a leg itself, jambonz often stops listening to what comes of it."""
    leg = call.legs[-1]
    status = of_callee(leg)
    if status is COMPLETED:
        return leg_info(call, status, duration=leg.duration)
    is_told = status is not _CANCELLED or call.carrier.reports_unanswered_legs
    return leg_info(call, status) if is_told else None


def call_ended(call: "CarrierCall") -> Body | None:
    """None: of a call without any application nothing is told."""
    assert call.ended is not None
    status = of_caller(call.ended, is_placed=call.is_placed)
    if call.ended.reason == "failed" and call.ended.answered_at is None:
        return None
    by = {"call_termination_by": "caller" if call.ended.by == "caller" else "jambonz"}
    if status is COMPLETED:
        return call_info(call, status, duration=call.ended.duration, **by)
    return call_info(call, status, **(by if call.ended.by == "caller" else {}))


def call_record(call: "KeptCall", account_sid: str) -> Body:
    """The record of a leg in the API, whether it is over or not."""
    status = _of_kept(call)
    record: Body = {
        "call_sid": call.uuid,
        "account_sid": account_sid,
        "direction": "outbound" if call.is_placed else "inbound",
        "from": call.caller,
        "to": call.callee,
        "call_status": status.word,
        "sip_status": status.sip,
        "service_url": "http://192.0.2.1:3000",
    }
    parent = {"parent_call_sid": call.parent} if call.parent else {}
    return record | parent | ({"duration": call.seconds} if status is COMPLETED else {})


def _of_kept(call: "KeptCall") -> Status:
    if call.is_alive:
        return RINGING if call.status == "ringing" else IN_PROGRESS
    if call.answered_ms is not None:
        return COMPLETED
    reason = cast(Reason, call.reason)
    special = _FIRST_PARTY if call.is_placed and not call.parent else {}
    return special.get(reason) or _UNANSWERED.get(reason, _CANCELLED)


_ANSWERED = partial(call_info, status=IN_PROGRESS)
_LEG_ANSWERED = partial(leg_info, status=IN_PROGRESS)
WORDS: Words = {
    Moment.ARRIVED: new_call,
    Moment.REDIRECTED: _ANSWERED,
    Moment.ENTERED: digits,
    Moment.WHISPER: _LEG_ANSWERED,
    Moment.DIAL_OVER: dial_over,
    Moment.CALL_INITIATED: partial(call_info, status=TRYING),
    Moment.CALL_RINGING: ringing,
    Moment.CALL_ANSWERED: _ANSWERED,
    Moment.CALL_ENDED: call_ended,
    Moment.LEG_INITIATED: partial(leg_info, status=TRYING),
    Moment.LEG_RINGING: partial(leg_info, status=RINGING),
    Moment.LEG_ANSWERED: _LEG_ANSWERED,
    Moment.LEG_ENDED: leg_ended,
}
