"""A session that orders a call was created: ask the carrier to call its first party."""

from typing import Any

from maskline.carriers.plivo import api
from maskline.carriers.plivo.follow_up import first_leg_urls
from maskline.config import settings
from maskline.domain.accounts import CarrierAccount
from maskline.domain.placed_calls import OutboundCall, Placement
from maskline.observability import discreet
from maskline.secrets import fetch_secret, subkey
from maskline.services.place_call import place_call


@discreet
def handler(event: dict[str, Any], context: Any) -> None:
    """Answer a batch of stream records. A repeated batch places no call again."""
    # Whoever cannot place a call does not claim its order.
    fetch_secret()
    for record in event["Records"]:
        place_call(record["dynamodb"]["NewImage"]["session_uuid"]["S"], _place)


def _place(account: CarrierAccount, call: OutboundCall, session_uuid: str) -> Placement:
    base_url = settings().public_base_url or settings().api_base_url
    urls = first_leg_urls(base_url, key=subkey("placed-call"), session_uuid=session_uuid)
    return api.place_call(account, call, urls)
