"""The operator's command: set up an account, its subaccounts and its carrier credentials."""

from typing import Any

from maskline.observability import discreet
from maskline.services.provision_account import provision_account


@discreet
def handler(event: dict[str, Any], context: Any) -> dict[str, str]:
    """Carry out the order in `event`; its shape is that of `provision_account`."""
    provision_account(event)
    return {"message": "provisioned", "auth_id": event["account"]["auth_id"]}
