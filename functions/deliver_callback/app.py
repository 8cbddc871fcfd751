"""Posts one callback to a customer's URL. The queue keeps it until it is taken or given up."""

from typing import Any

from maskline import aws
from maskline.callbacks import delivery
from maskline.callbacks.delivery import Delivered, Network, Outcome, Refused
from maskline.callbacks.messages import MALFORMED, CallbackMessage, SealedMessage
from maskline.callbacks.requests import SigningTokens
from maskline.callbacks.targets import TargetRules
from maskline.config import settings
from maskline.observability import discreet, logger
from maskline.store.accounts import get_account
from maskline.store.erasures import erased_among
from maskline.store.event_records import event_from_record


@discreet
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One record: an attempt takes up to ten seconds, and the session's next event waits for it."""
    [record] = event["Records"]
    attempt = int(record["attributes"]["ApproximateReceiveCount"])
    outcome = _deliver(record["body"], attempt)
    if isinstance(outcome, Delivered):
        return {"batchItemFailures": []}
    aws.client("sqs").change_message_visibility(
        QueueUrl=settings().callback_queue_url,
        ReceiptHandle=record["receiptHandle"],
        VisibilityTimeout=delivery.seconds_to_wait(outcome, attempt),
    )
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]}]}


def _deliver(body: str, attempt: int) -> Outcome:
    try:
        message = SealedMessage.from_body(body).opened(event_from_record)
    except MALFORMED:
        logger.error("a queued callback makes no sense", event="poison_callback")
        return Refused("not a callback")
    message = message.without(erased_among(message.session_uuid, message.event.numbers))
    network = Network(rules=TargetRules(allow_loopback=settings().allow_loopback_callbacks))
    outcome = delivery.deliver(message, tokens=_tokens(message), network=network)
    logger.info(
        "callback attempted",
        event="callback_attempted",
        outcome=type(outcome).__name__.lower(),
        reason=outcome.reason,
        session_uuid=message.session_uuid,
        sequence=message.sequence,
        attempt=attempt,
    )
    return outcome


def _tokens(message: CallbackMessage) -> SigningTokens:
    main = get_account(message.account_id)
    owner = get_account(message.subaccount_id) if message.subaccount_id else main
    return SigningTokens(
        owner=owner.auth_tokens if owner else (), main=main.auth_tokens if main else ()
    )
