"""The carrier reports on a Dial that we ordered: what happens meanwhile, and that it is over."""

from maskline.carriers.plivo import webhooks
from maskline.carriers.plivo.endpoint import Webhook, webhook_handler
from maskline.carriers.plivo.follow_up import check_follow_up_token
from maskline.carriers.plivo.responses import Response, acknowledged, document
from maskline.domain.call_plan import Announce, Announcement, CallPlan, HangUp
from maskline.domain.errors import ForgedWebhookError
from maskline.domain.interactions import CallReport, LegStatus
from maskline.secrets import subkey
from maskline.services.carrier_credentials import require_genuine
from maskline.services.record_call import record_report


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
    session_uuid, call_uuid = webhook.path["session_uuid"], webhook.path["call_uuid"]
    is_ours = check_follow_up_token(
        webhook.path["token"],
        key=subkey("follow-up"),
        session_uuid=session_uuid,
        call_uuid=call_uuid,
    )
    if not is_ours:
        raise ForgedWebhookError("not a follow-up URL of ours")
    record_report(session_uuid, call_uuid, report, authenticate=webhook.authenticate)


def _after_dial(report: CallReport) -> CallPlan:
    """The caller of a conversation that took place knows that it is over; another is told."""
    if report.status is LegStatus.COMPLETED:
        return HangUp()
    return Announce(Announcement.PARTY_UNAVAILABLE)
