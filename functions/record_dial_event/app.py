"""The carrier reports on a Dial that we ordered: what happens meanwhile, and that it is over."""

from functools import partial

from maskline.carriers.plivo import webhooks
from maskline.carriers.plivo.endpoint import Webhook, webhook_handler
from maskline.carriers.plivo.follow_up import require_own_follow_up
from maskline.carriers.plivo.responses import Response, acknowledged, document
from maskline.domain.call_plan import Announce, Announcement, CallPlan, HangUp
from maskline.domain.reports import CallReport, LegStatus
from maskline.secrets import fetch_secret, subkey
from maskline.services.carrier_credentials import read_credentials, require_genuine
from maskline.services.record_call import record_report
from maskline.startup import prepare


@webhook_handler(require_genuine)
def handler(webhook: Webhook) -> Response:
    """Answer a Dial's callbackUrl or, on the path dial-end, its action URL."""
    if "/dial-end/" in webhook.route:
        report = webhooks.parse_dial_end(webhook.request)
        _record(webhook, report)
        return document(_after_dial(report))
    _record(webhook, webhooks.parse_dial_callback(webhook.request))
    return acknowledged()


def _record(webhook: Webhook, report: CallReport | None) -> None:
    session_uuid, call_uuid = require_own_follow_up(webhook.path, key=subkey("follow-up"))
    record_report(session_uuid, call_uuid, report, authenticate=webhook.authenticate)


def _after_dial(report: CallReport) -> CallPlan:
    """The caller of a conversation that took place knows that it is over; another is told."""
    if report.status is LegStatus.COMPLETED:
        return HangUp()
    return Announce(Announcement.PARTY_UNAVAILABLE)


prepare(fetch_secret, partial(read_credentials, "plivo"))
