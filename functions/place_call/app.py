"""A session that orders a call was created: ask the carrier to call its first party."""

from typing import Any

from maskline import aws
from maskline.callbacks.attempts import seconds_after_own_failure
from maskline.callbacks.queues import show_again
from maskline.carriers import carrier
from maskline.config import settings
from maskline.deployment_keys import fetch_secret
from maskline.observability import discreet
from maskline.services.calls.place import place_call


@discreet
def handler(event: dict[str, Any], context: Any) -> None:
    """Carry out one order. One that comes again places no second call."""
    [record] = event["Records"]
    try:
        # Whoever cannot place a call does not claim its order.
        fetch_secret()
        place_call(record["body"], settings().webhook_base_url, carrier)
    except Exception:
        _show_again_soon(record)
        raise


def _show_again_soon(record: dict[str, Any]) -> None:
    """Somebody waits for the call: not as long as the queue would hold the order back."""
    receives = int(record["attributes"]["ApproximateReceiveCount"])
    show_again(
        aws.client("sqs"),
        settings().call_order_queue_url,
        record["receiptHandle"],
        seconds=seconds_after_own_failure(receives),
    )
