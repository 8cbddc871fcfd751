"""Setting up accounts, subaccounts and carrier credentials: the operator's side door."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from maskline.carriers import NAMES, UnknownCarrierError, carrier
from maskline.carriers.adapter import Carrier
from maskline.carriers.urls import CallUrls
from maskline.config import settings
from maskline.domain.accounts import Account, CarrierAccount
from maskline.domain.errors import InvalidParameterError
from maskline.domain.sessions.callback_urls import is_on_this_machine
from maskline.domain.sessions.session import Strategy
from maskline.services.accounts.limits import parse_limits
from maskline.store import keys, table
from maskline.store.accounts import accounts
from maskline.store.sealing import table_secret

_ID_LENGTH = 20
# A transaction of DynamoDB takes no more.
_MOST_WRITES = 100
# About 190 bits of random base64: no number of guesses finds one.
MIN_TOKEN_CHARACTERS = 32
_OF_THE_ORDER = ("account", "subaccounts", "carriers")
_OF_THE_ACCOUNT = ("auth_id", "auth_tokens", "default_strategy", "limits")
_OF_A_SUBACCOUNT = ("auth_id", "auth_tokens")
_OF_A_CARRIER = ("carrier", "secrets", "api_url")


def provision_account(order: Mapping[str, Any]) -> None:
    """Create or replace what `order` names, all of it or nothing; repeating it changes nothing.

    Shape: {"account": {"auth_id", "auth_tokens": [...], "default_strategy"?, "limits"?: {...}},
    "subaccounts"?: [{"auth_id", "auth_tokens"}], "carriers"?: [{"carrier", "secrets":
    {name: [...]}, "api_url"?, and the id of the account there by the carrier's own word for it}]}.
    All tokens are valid, and all values of a carrier's secrets, the first of which opens its API;
    limits are those of AccountLimits, by name.

    Raises InvalidParameterError, also for a name that is none of these: what is misspelt would be
    left out without a word. And for a token of our own API that is too short to be random, or that
    is or ever was a carrier's, and the other way round: what we sign for the account's owner must
    not pass for what the carrier signs. A subaccount stays with its account.
    """
    _require_known(order, _OF_THE_ORDER, "the order")
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
    _require_known(main, _OF_THE_ACCOUNT, "the account")
    main_id, strategy = _auth_id(main, "MA"), _strategy(main)
    account = Account(
        main_id, _own_tokens(main), default_strategy=strategy, limits=parse_limits(main)
    )
    owners = {main_id: account}
    for subaccount in _listed(order, "subaccounts"):
        _require_known(subaccount, _OF_A_SUBACCOUNT, "a subaccount")
        sub_id = _auth_id(subaccount, "SA")
        owners[sub_id] = Account(sub_id, _own_tokens(subaccount), main_id, strategy)
    return [*owners.values()]


def _carriers(order: Mapping[str, Any]) -> list[CarrierAccount]:
    account_id = str(order["account"]["auth_id"])
    listed = [_carrier_account(section, account_id) for section in _listed(order, "carriers")]
    return [*{one.carrier: one for one in listed}.values()]


def _sides(owners: Iterable[Account], carriers: Iterable[CarrierAccount]) -> dict[str, str]:
    """Name the side of each token: an account of ours, or a carrier."""
    ours = {token for owner in owners for token in owner.auth_tokens}
    theirs = {value for one in carriers for values in one.secrets.values() for value in values}
    if ours & theirs:
        raise _on_both_sides()
    return dict.fromkeys(ours, "account") | dict.fromkeys(theirs, "carrier")


def _on_both_sides() -> InvalidParameterError:
    reason = "auth_tokens of an account and secrets of a carrier must not be the same"
    return InvalidParameterError("auth_tokens", reason)


def _section(order: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = order.get(name)
    if not isinstance(section, Mapping):
        raise InvalidParameterError(name, f"{name} must be present")
    return section


def _listed(order: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    listed = order.get(name, [])
    if not isinstance(listed, list) or not all(isinstance(one, Mapping) for one in listed):
        raise InvalidParameterError(name, f"{name} must be a list of objects")
    return listed


def _require_known(section: Mapping[str, Any], names: Iterable[str], whose: str) -> None:
    unknown = next((name for name in section if name not in names), None)
    if unknown is not None:
        reason = f"{unknown} is no name of {whose}, whose are: {', '.join(names)}"
        raise InvalidParameterError(unknown, reason)


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
    tokens = _texts(section.get("auth_tokens"))
    if not tokens:
        raise InvalidParameterError("auth_tokens", "auth_tokens must list at least one token")
    return tokens


def _texts(listed: object) -> tuple[str, ...]:
    """Return the texts of a list, none for anything else."""
    texts = tuple(listed) if isinstance(listed, list) else ()
    return texts if all(isinstance(text, str) and text for text in texts) else ()


def _carrier_account(section: Mapping[str, Any], account_id: str) -> CarrierAccount:
    adapter = _adapter(section)
    given = section.get("secrets")
    named = given if isinstance(given, Mapping) else {}
    secrets = {str(name): _texts(values) for name, values in named.items()}
    for name in (*adapter.secrets, *secrets):
        if name not in adapter.secrets:
            known = ", ".join(adapter.secrets)
            raise InvalidParameterError(
                name, f"{name} is no secret of {adapter.name}, whose are: {known}"
            )
        if not secrets.get(name):
            raise InvalidParameterError(
                name, f"{name} must list at least one value in secrets of {adapter.name}"
            )
    id_there = section.get(adapter.account_name)
    if not isinstance(id_there, str) or not id_there:
        reason = f"{adapter.account_name} must be the id of the account at {adapter.name}"
        raise InvalidParameterError(adapter.account_name, reason)
    _require_known(section, (adapter.account_name, *_OF_A_CARRIER), adapter.name)
    return CarrierAccount(adapter.name, account_id, id_there, secrets, _api_url(section, adapter))


def _api_url(section: Mapping[str, Any], adapter: Carrier) -> str:
    """The address of the carrier's API, which is https; on this machine, where allowed, http."""
    given = section.get("api_url", adapter.api_url)
    url = given.rstrip("/") if isinstance(given, str) else ""
    if not url and not adapter.api_url:
        reason = f"api_url must be given: {adapter.name} has no address that is everybody's"
        raise InvalidParameterError("api_url", reason)
    try:
        parts = urlsplit(url)
        is_reached = bool(parts.hostname) and parts.port != 0
        is_local = settings().allow_loopback_callbacks and is_on_this_machine(url)
    except ValueError:
        is_reached = is_local = False
    if not is_reached or parts.scheme not in ({"https", "http"} if is_local else {"https"}):
        raise InvalidParameterError("api_url", f"api_url of {adapter.name} must be an https URL")
    return url


def _adapter(section: Mapping[str, Any]) -> Carrier:
    try:
        return carrier(str(section.get("carrier", "")))
    except UnknownCarrierError as error:
        reason = f"carrier must be one of: {', '.join(NAMES)}"
        raise InvalidParameterError("carrier", reason) from error


def application_urls(order: Mapping[str, Any], base_url: str) -> dict[str, dict[str, str]]:
    """Return, by carrier, the URLs that the account's numbers there are to have.

    `base_url` is ours.
    """
    return {
        one.carrier: {**carrier(one.carrier).application_urls(urls)}
        for one in _carriers(order)
        for urls in [CallUrls(base_url, one.carrier, one.account_id)]
    }
