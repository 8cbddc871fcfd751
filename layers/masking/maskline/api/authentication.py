"""HTTP Basic authentication: who calls, and whether the path is theirs."""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from maskline.api.errors import AuthenticationError, UnknownResourceError
from maskline.deployment_keys import subkey
from maskline.domain.accounts import Account, Client, Origin

# Reads an account or subaccount by its id.
GetAccount = Callable[[str], Account | None]

ACCOUNT_ID_PATTERN = "^[A-Z0-9]{20}$"
_ACCOUNT_ID = re.compile(ACCOUNT_ID_PATTERN, re.ASCII)
# Compared with when there is no such account, so that a guess costs the same as a wrong token.
_NO_TOKENS = ("-" * 40,)


def authenticate(
    headers: Mapping[str, str], path_auth_id: str, *, origin: Origin, get_account: GetAccount
) -> Client:
    """The caller that the request acts as; `origin` is the request, whose credential this finds.

    Main credentials may also use the path of one of the account's own subaccounts, and then act as
    it. Raises AuthenticationError, and UnknownResourceError for somebody else's path.
    """
    account_id, token = _credentials(headers.get("authorization", ""))
    account = _account(account_id, get_account)
    tokens = account.auth_tokens if account else _NO_TOKENS
    if not _is_among(token, tokens) or account is None:
        raise AuthenticationError
    shown = replace(origin, credential=fingerprint(account_id, token), credential_of=account_id)
    return _acting_as(_caller(account, shown, get_account), path_auth_id, get_account)


def fingerprint(account_id: str, token: str) -> str:
    """Return the name of a token in the audit trail: 64 bits, hex, of a keyed hash."""
    text = f"{account_id}:{token}".encode()
    return hmac.digest(subkey("audit-credential"), text, hashlib.sha256)[:8].hex()


def owns_subaccount(client: Client, subaccount_id: str, *, get_account: GetAccount) -> bool:
    """Tell if the client may name that subaccount: one of its account's, or just itself."""
    if client.subaccount_id:
        return subaccount_id == client.subaccount_id
    subaccount = _account(subaccount_id, get_account)
    return subaccount is not None and subaccount.parent_id == client.owner_id


def _credentials(header: str) -> tuple[str, str]:
    """Id and token of a Basic header; empty ones, which fit nobody, if it is none."""
    scheme, _, encoded = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode()
    except ValueError:
        return "", ""
    account_id, _, token = decoded.partition(":")
    return account_id, token


def _account(account_id: str, get_account: GetAccount) -> Account | None:
    """Ids of another shape are not looked up: they would be keys of the table."""
    return get_account(account_id) if _ACCOUNT_ID.fullmatch(account_id) else None


def _is_among(token: str, tokens: tuple[str, ...]) -> bool:
    """Constant in time for each token, and every token is compared."""
    given = token.encode()
    matches = [hmac.compare_digest(given, valid.encode()) for valid in tokens]
    return bool(given) and any(matches)


def _caller(account: Account, origin: Origin, get_account: GetAccount) -> Client:
    if not account.parent_id:
        return Client(account, origin)
    parent = get_account(account.parent_id)
    if parent is None:
        raise AuthenticationError
    return Client(parent, origin, account.account_id)


def _acting_as(client: Client, path_auth_id: str, get_account: GetAccount) -> Client:
    if path_auth_id == client.path_id:
        return client
    is_own = owns_subaccount(client, path_auth_id, get_account=get_account)
    if is_own and not client.subaccount_id:
        return replace(client, subaccount_id=path_auth_id)
    raise UnknownResourceError
