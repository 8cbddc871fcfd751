"""Posts one callback to a customer's URL. The queue keeps it until it is taken or given up."""

from typing import Any

from maskline import aws
from maskline.callbacks import delivery
from maskline.callbacks.attempts import seconds_allowed
from maskline.callbacks.delivery import Network, Outcome, Refused
from maskline.callbacks.messages import MALFORMED, SealedMessage
from maskline.callbacks.queues import Received
from maskline.callbacks.settling import Desk
from maskline.config import settings
from maskline.domain.callback_urls import TargetRules
from maskline.observability import discreet, logger
from maskline.store import attempts
from maskline.store.accounts import get_account
from maskline.store.callback_urls import url_from_record
from maskline.store.erasures import erased_among
from maskline.store.event_records import event_from_record


@discreet
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One record: an attempt takes up to ten seconds, and the session's next event waits for it."""
    [record] = event["Records"]
    desk = Desk(
        aws.client("sqs"),
        settings().callback_queue_url,
        settings().callback_dead_letter_queue_url,
        attempts.failed_requests,
        attempts.count_failed_request,
    )
    is_settled = desk.settle(
        Received.from_record(record), lambda number: _attempt(record["body"], number)
    )
    return {"batchItemFailures": [] if is_settled else [{"itemIdentifier": record["messageId"]}]}


def _attempt(body: str, number: int) -> Outcome:
    try:
        message = SealedMessage.from_body(body).opened(event_from_record, url_from_record)
    except MALFORMED:
        logger.error("a queued callback makes no sense", event="poison_callback")
        return Refused("not a callback")
    message = message.without(erased_among(message.session_uuid, message.event.numbers))
    owner = get_account(message.subaccount_id or message.account_id)
    rules = TargetRules.of(settings().own_urls, allow_loopback=settings().allow_loopback_callbacks)
    tokens = owner.auth_tokens if owner else ()
    network = Network(rules=rules, seconds=seconds_allowed(number))
    return delivery.deliver(message, number=number, tokens=tokens, network=network)
