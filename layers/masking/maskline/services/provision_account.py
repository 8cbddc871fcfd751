"""Setting up accounts, subaccounts and carrier credentials: the operator's side door."""

from collections.abc import Iterable, Mapping
from typing import Any

from maskline.domain.accounts import Account, CarrierAccount
from maskline.domain.errors import InvalidParameterError
from maskline.domain.sessions import Strategy
from maskline.services.account_limits import parse_limits
from maskline.store import accounts, keys, table, table_secret

_ID_LENGTH = 20
# A transaction of DynamoDB takes no more.
_MOST_WRITES = 100
# About 190 bits of random base64: no number of guesses finds one.
MIN_TOKEN_CHARACTERS = 32


def provision_account(order: Mapping[str, Any]) -> None:
    """Create or replace what `order` names, all of it or nothing; repeating it changes nothing.

    Shape: {"account": {"auth_id", "auth_tokens": [...], "default_strategy"?, "limits"?: {...}},
    "subaccounts"?: [{"auth_id", "auth_tokens"}], "carriers"?: [{"carrier", "auth_id",
    "auth_tokens"}]}. All tokens are valid; the first of a carrier opens its API; limits are those
    of AccountLimits, by name. Raises InvalidParameterError, also for a token of our own API that
    is too short to be random, or that is or ever was a carrier's, and the other way round: what we
    sign for the account's owner must not pass for what the carrier signs. A subaccount stays with
    its account.
    """
    owners, carriers = _owners(order), _carriers(order)
    actions = [
        *map(accounts.put_account_action, owners),
        *(accounts.claim_token_action(*claim) for claim in _sides(owners, carriers).items()),
        *map(accounts.put_carrier_account_action, carriers),
    ]
    if len(actions) > _MOST_WRITES:
        raise InvalidParameterError("subaccounts", "subaccounts are too many for one order")
    table_secret.begin()
    try:
        table.transact(actions)
    except table.ConditionFailedError as error:
        if any(table.place(keys.account(owner.account_id)) in error.failed for owner in owners):
            reason = "auth_id of a subaccount belongs to another account"
            raise InvalidParameterError("auth_id", reason) from error
        raise _on_both_sides() from error


def _owners(order: Mapping[str, Any]) -> list[Account]:
    """The account, then its subaccounts; of two with the same id the last."""
    main = _section(order, "account")
    main_id, strategy = _auth_id(main, "MA"), _strategy(main)
    account = Account(
        main_id, _own_tokens(main), default_strategy=strategy, limits=parse_limits(main)
    )
    owners = {main_id: account}
    for subaccount in order.get("subaccounts", []):
        sub_id = _auth_id(subaccount, "SA")
        owners[sub_id] = Account(sub_id, _own_tokens(subaccount), main_id, strategy)
    return [*owners.values()]


def _carriers(order: Mapping[str, Any]) -> list[CarrierAccount]:
    account_id = str(order["account"]["auth_id"])
    listed = [_carrier_account(carrier, account_id) for carrier in order.get("carriers", [])]
    return [*{one.carrier: one for one in listed}.values()]


def _sides(owners: Iterable[Account], carriers: Iterable[CarrierAccount]) -> dict[str, str]:
    """Name the side of each token: an account of ours, or a carrier."""
    ours = {token for owner in owners for token in owner.auth_tokens}
    theirs = {token for carrier in carriers for token in carrier.auth_tokens}
    if ours & theirs:
        raise _on_both_sides()
    return dict.fromkeys(ours, "account") | dict.fromkeys(theirs, "carrier")


def _on_both_sides() -> InvalidParameterError:
    reason = "auth_tokens of an account and of a carrier must not be the same"
    return InvalidParameterError("auth_tokens", reason)


def _section(order: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = order.get(name)
    if not isinstance(section, Mapping):
        raise InvalidParameterError(name, f"{name} must be present")
    return section


def _auth_id(section: Mapping[str, Any], prefix: str) -> str:
    auth_id = str(section.get("auth_id", ""))
    if not auth_id.startswith(prefix) or len(auth_id) != _ID_LENGTH or not auth_id.isalnum():
        raise InvalidParameterError(
            "auth_id", f"auth_id must be {_ID_LENGTH} characters starting with {prefix}"
        )
    return auth_id


def _strategy(section: Mapping[str, Any]) -> Strategy:
    wanted = section.get("default_strategy", Strategy.SHARED)
    if wanted not in list(Strategy):
        allowed = " or ".join(Strategy)
        raise InvalidParameterError("default_strategy", f"default_strategy must be {allowed}")
    return Strategy(wanted)


def _own_tokens(section: Mapping[str, Any]) -> tuple[str, ...]:
    """The tokens of our own API: nothing else keeps a guesser out, so they must be long."""
    tokens = _tokens(section)
    if any(len(token) < MIN_TOKEN_CHARACTERS for token in tokens):
        reason = f"auth_tokens must have {MIN_TOKEN_CHARACTERS} characters or more"
        raise InvalidParameterError("auth_tokens", reason)
    return tokens


def _tokens(section: Mapping[str, Any]) -> tuple[str, ...]:
    listed = section.get("auth_tokens")
    tokens: list[str] = listed if isinstance(listed, list) else []
    if not tokens or not all(isinstance(token, str) and token for token in tokens):
        raise InvalidParameterError("auth_tokens", "auth_tokens must list at least one token")
    return tuple(tokens)


def _carrier_account(section: Mapping[str, Any], account_id: str) -> CarrierAccount:
    return CarrierAccount(
        carrier=str(section["carrier"]),
        account_id=account_id,
        auth_id=str(section["auth_id"]),
        auth_tokens=_tokens(section),
    )
