"""Posts the callbacks of one write to a customer's URL, until each is taken or given up."""

from typing import Any

from maskline import aws, clock
from maskline.callbacks import delivery
from maskline.callbacks.attempts import seconds_allowed
from maskline.callbacks.delivery import Delivery, Network, Refused
from maskline.callbacks.messages import MALFORMED, CallbackMessage, SealedMessage, parts_of
from maskline.callbacks.queues import Received
from maskline.callbacks.settling import Desk
from maskline.config import settings
from maskline.domain.accounts import Account
from maskline.domain.sessions.callback_urls import TargetRules
from maskline.observability import discreet, logger
from maskline.store import attempts
from maskline.store.accounts.accounts import get_account
from maskline.store.erasure.orders import erased_among
from maskline.store.sessions.callback_urls import url_from_record
from maskline.store.sessions.outbox import event_from_record


@discreet
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One record: an attempt takes up to ten seconds, and the session's next event waits for it."""
    [record] = event["Records"]
    desk = Desk(
        aws.client("sqs"),
        settings().callback_queue_url,
        settings().callback_dead_letter_queue_url,
        attempts.read_progress,
        attempts.keep_progress,
    )
    received = Received.from_record(record)
    is_settled = desk.settle(received, parts_of(received.body), _attempt)
    return {"batchItemFailures": [] if is_settled else [{"itemIdentifier": record["messageId"]}]}


def _attempt(body: str, number: int) -> Delivery:
    try:
        message = SealedMessage.from_body(body).opened(event_from_record, url_from_record)
    except MALFORMED:
        logger.error("a queued callback makes no sense", event="poison_callback")
        return Refused("not a callback")
    owner = get_account(message.subaccount_id or message.account_id)
    message = _without_erased(message, owner)
    rules = TargetRules.of(settings().own_urls, allow_loopback=settings().allow_loopback_callbacks)
    tokens = owner.auth_tokens if owner else ()
    network = Network(rules=rules, seconds=seconds_allowed(number))
    return delivery.deliver(message, number=number, tokens=tokens, network=network)


def _without_erased(message: CallbackMessage, owner: Account | None) -> CallbackMessage:
    """The account is read for each event: an erasure that began before that is seen."""
    account = get_account(message.account_id) if message.subaccount_id else owner
    if account is None or account.erasures_until <= clock.now_ms():
        return message
    return message.without(erased_among(message.session_uuid, message.event.numbers))
