"""The operator's command: set up an account, its subaccounts and its carrier credentials.

Or, of an account that is there, import its numbers from a carrier.
"""

from dataclasses import asdict
from typing import Any

from maskline.config import settings
from maskline.observability import discreet
from maskline.services.accounts.provision import application_urls, provision_account
from maskline.services.import_numbers import import_numbers, parse_import


@discreet
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Carry out the order in `event`: its shape is that of `provision_account`.

    Or {"import": {...}}, whose shape is that of `parse_import`. Answers the URLs that the account's
    numbers are to have at each carrier, or what became of each number.
    """
    if "import" in event:
        imported = import_numbers(parse_import(event["import"]), settings().webhook_base_url)
        return {"numbers": [*map(asdict, imported.numbers)], "next": imported.next_start}
    provision_account(event)
    urls = application_urls(event, settings().webhook_base_url)
    return {"message": "provisioned", "auth_id": event["account"]["auth_id"], "carriers": urls}
