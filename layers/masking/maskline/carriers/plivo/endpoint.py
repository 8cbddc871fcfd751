"""What all webhooks have in common: read the request, and refuse what is not the carrier's."""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from maskline.carriers.plivo.responses import Response, document, refused
from maskline.carriers.plivo.signature import verify_signature
from maskline.carriers.request import CarrierRequest, MalformedWebhookError
from maskline.config import settings
from maskline.domain.call_plan import Announce, Announcement
from maskline.domain.errors import ForgedWebhookError
from maskline.observability import discreet, log_failure, logger

_APOLOGY = Announce(Announcement.TRY_AGAIN_LATER)

AccountCheck = Callable[[str | None], None]


class OriginCheck(Protocol):
    """Raises ForgedWebhookError unless `check` passes with tokens of the account (None: of any)."""

    def __call__(
        self, carrier: str, account_id: str | None, *, check: Callable[[Any], bool]
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Webhook:
    """One webhook. `authenticate` raises ForgedWebhookError if it is not that account's.

    `is_signed_with` says whether one of some tokens signed it.
    """

    request: CarrierRequest
    path: Mapping[str, str]
    route: str
    authenticate: AccountCheck
    is_signed_with: Callable[[Sequence[str]], bool]


Endpoint = Callable[[Webhook], Response]
Handler = Callable[[dict[str, Any], object], Response]


def webhook_handler(require_genuine: OriginCheck) -> Callable[[Endpoint], Handler]:
    """Makes a Lambda handler of an endpoint: 403 for what is forged, 400 for what makes no sense.

    Any other exception is left to Lambda: what was not stored is not acknowledged.
    """

    def decorate(endpoint: Endpoint) -> Handler:
        @discreet
        @functools.wraps(endpoint)
        def handler(event: dict[str, Any], context: object) -> Response:  # noqa: ARG001 # Lambda's form
            try:
                return endpoint(_webhook(event, require_genuine))
            except ForgedWebhookError:
                return refused(403)
            except MalformedWebhookError as error:
                logger.info("malformed webhook", event="webhook_malformed", reason=str(error))
                return document(_APOLOGY, status=400)

        return handler

    return decorate


def or_apology(decide: Callable[[], Response], *, failure: str) -> Response:
    """What `decide` answers; if anything but a forgery is in the way, an apology and a log line.

    Silence is a bug: somebody is listening.
    """
    try:
        return decide()
    except ForgedWebhookError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the caller must hear something
        log_failure(failure, error, event="answer_failed")
        return document(_APOLOGY)


def _webhook(event: dict[str, Any], require_genuine: OriginCheck) -> Webhook:
    request = CarrierRequest.from_event(event, public_base_url=settings().public_base_url)
    check = functools.partial(verify_signature, request)
    return Webhook(
        request=request,
        path=event.get("pathParameters") or {},
        route=event["routeKey"],
        authenticate=functools.partial(require_genuine, "plivo", check=check),
        is_signed_with=check,
    )
