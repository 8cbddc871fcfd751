"""Webhooks of all carriers: refuse what is not the carrier's, and answer in its words."""

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from maskline.carriers import UnknownCarrierError, carrier
from maskline.carriers.adapter import Carrier, Document, Inbound, Message
from maskline.carriers.request import CarrierRequest, MalformedWebhookError
from maskline.carriers.urls import CallUrls, Door, Step, read_url
from maskline.config import settings
from maskline.domain.accounts import CarrierAccount
from maskline.domain.calls.plan import Announce, Announcement, CallPlan, Whisper
from maskline.domain.errors import ForgedWebhookError
from maskline.observability import discreet, log_failure, logger
from maskline.services.accounts.carrier_credentials import require_genuine

Response = dict[str, Any]

_APOLOGY = Announce(Announcement.TRY_AGAIN_LATER)
_NO_CALL = CallUrls("", "", "")
# As API Gateway says it.
_UNAVAILABLE = Document("application/json", '{"message": "Service Unavailable"}')
_BAD_REQUEST, _FORBIDDEN, _TRY_AGAIN = 400, 403, 503


@dataclass(frozen=True, slots=True)
class Webhook:
    """A genuine webhook: the step, the call that our URL named, and the carrier's message."""

    step: Step
    urls: CallUrls
    message: Message
    carrier: Carrier
    account: CarrierAccount

    def document(self, plan: CallPlan, **ids: Any) -> Document:
        """Return the document for a plan; `ids` are those of CallUrls that the URL did not name."""
        return self.carrier.render(plan, replace(self.urls, **ids))


Endpoint = Callable[[Webhook], Document | None]
Handler = Callable[[dict[str, Any], object], Response]


def webhook_handler(door: Door) -> Callable[[Endpoint], Handler]:
    """Make a Lambda handler of an endpoint, whose None acknowledges a webhook that only informs.

    What is forged gets 403, and what cannot be read at all 400. Where a genuine webhook makes no
    sense, or we fail, a caller hears an apology: silence is a bug. Where nobody listens, the one
    gets 400 and the other 503: what was not stored is not acknowledged, and every carrier that
    repeats anything repeats that.
    """

    def decorate(endpoint: Endpoint) -> Handler:
        @discreet
        @functools.wraps(endpoint)
        def handler(event: dict[str, Any], context: object) -> Response:  # noqa: ARG001 # Lambda's form
            try:
                adapter = carrier(event["pathParameters"]["carrier"])
                return _handled(event, adapter, door, endpoint)
            except (UnknownCarrierError, ForgedWebhookError):
                return _answered(None, status=_FORBIDDEN)

        return handler

    return decorate


def _handled(event: dict[str, Any], adapter: Carrier, door: Door, endpoint: Endpoint) -> Response:
    """Answer a webhook. Raises ForgedWebhookError, and says nothing about the reason."""
    webhook = account = None
    try:
        request = CarrierRequest.from_event(event, public_base_url=settings().public_base_url)
        step, urls = read_url(request.base_url, adapter.name, door, event["pathParameters"]["step"])
        account = require_genuine(adapter, urls.account_id, request)
        message = adapter.read(step, request, account)
        webhook = Webhook(step, urls, message, adapter, account)
        return _answered(endpoint(webhook))
    except ForgedWebhookError:
        raise
    except MalformedWebhookError as error:
        logger.info("malformed webhook", event="webhook_malformed", reason=str(error))
        if door is Door.EVENT or account is None:
            return _answered(None, status=_BAD_REQUEST)
        return _answered(adapter.render(_APOLOGY, _NO_CALL))
    except Exception as error:  # noqa: BLE001 - whatever our trouble is
        if door is Door.EVENT or _is_report(webhook):
            log_failure("report not stored", error, event="report_failed")
            return _answered(_UNAVAILABLE, status=_TRY_AGAIN)
        return _answered(adapter.render(_excuse(event, error), _NO_CALL))


def _is_report(webhook: Webhook | None) -> bool:
    """Return whether nobody listens: a call's end came here for want of a URL of its own."""
    if webhook is None or webhook.step is not Step.ANSWER:
        return False
    return not isinstance(webhook.message, Inbound)


def _excuse(event: dict[str, Any], error: Exception) -> CallPlan:
    """Log our failure and return what is heard instead.

    A callee has picked up: being connected matters more than what is to be heard first.
    """
    if event["pathParameters"]["step"].startswith(f"{Step.WHISPER}/"):
        log_failure("whisper not found", error, event="whisper_failed")
        return Whisper("")
    log_failure("answer failed", error, event="answer_failed")
    return _APOLOGY


def _answered(document: Document | None, *, status: int = 200) -> Response:
    given = document or Document("text/plain", "")
    return {
        "statusCode": status,
        "headers": {"content-type": given.content_type},
        "body": given.body,
    }
