"""What we answer a webhook with, as HTTP API responses."""

from typing import Any

from maskline.carriers.plivo.follow_up import FollowUp
from maskline.carriers.plivo.xml import CONTENT_TYPE, render
from maskline.domain.call_plan import CallPlan

Response = dict[str, Any]


def document(
    plan: CallPlan, follow_up: FollowUp | None = None, *, pin_url: str = "", status: int = 200
) -> Response:
    """The document that carries out a plan."""
    return {
        "statusCode": status,
        "headers": {"content-type": CONTENT_TYPE},
        "body": render(plan, follow_up, pin_url=pin_url),
    }


def acknowledged() -> Response:
    """For a webhook that only informs."""
    return {"statusCode": 200, "headers": {"content-type": "text/plain"}, "body": ""}


def refused(status: int) -> Response:
    """For a request that is no webhook of the carrier's: nothing about the reason."""
    return {"statusCode": status, "headers": {"content-type": "text/plain"}, "body": ""}
