"""The operator's command: set up an account, its subaccounts and its carrier credentials."""

from typing import Any

from maskline.config import settings
from maskline.observability import discreet
from maskline.services.accounts.provision import application_urls, provision_account


@discreet
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Carry out the order in `event`; its shape is that of `provision_account`.

    Answers the URLs that the account's numbers are to have at each carrier.
    """
    provision_account(event)
    urls = application_urls(event, settings().webhook_base_url)
    return {"message": "provisioned", "auth_id": event["account"]["auth_id"], "carriers": urls}
