"""The `subaccount` parameter of requests."""

from maskline.api import fields
from maskline.api.authentication import GetAccount, owns_subaccount
from maskline.domain.accounts import Caller


def require_own_subaccount(
    caller: Caller, subaccount_id: str | None, *, get_account: GetAccount
) -> None:
    """Raise InvalidParameterError for a subaccount that the caller may not name; none is fine."""
    if subaccount_id and not owns_subaccount(caller, subaccount_id, get_account=get_account):
        raise fields.invalid("subaccount", "is not a subaccount of this account")
