"""The `subaccount` parameter of requests."""

from maskline.api import fields
from maskline.api.authentication import GetAccount, owns_subaccount
from maskline.domain.accounts import Client


def require_own_subaccount(
    client: Client, subaccount_id: str | None, *, get_account: GetAccount
) -> None:
    """Raise InvalidParameterError for a subaccount that the client may not name; none is fine."""
    if subaccount_id and not owns_subaccount(client, subaccount_id, get_account=get_account):
        raise fields.invalid("subaccount", "is not a subaccount of this account")
