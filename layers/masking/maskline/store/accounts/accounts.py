"""Accounts, subaccounts and credentials at carriers."""

from collections.abc import Iterable
from dataclasses import asdict

from maskline.deployment_keys import fetch_secret
from maskline.domain.accounts import Account, CarrierAccount
from maskline.domain.limits import AccountLimits
from maskline.domain.sessions.session import Strategy
from maskline.domain.stored import known, known_word
from maskline.store import keys, table
from maskline.store.codec import encode
from maskline.store.readable import each_readable
from maskline.store.sealing import keyrings
from maskline.store.sealing.keyrings import ring_record
from maskline.store.sealing.seal import credentials_seal

_NO_LIMITS = AccountLimits()


def get_account(account_id: str) -> Account | None:
    """The account or subaccount, strongly consistent: a revoked token is refused at once.

    One that nobody has takes the same requests: the secret is fetched for either.
    """
    fetch_secret()
    record = table.get(keys.account(account_id))
    if record is None:
        return None
    keyrings.learn(account_id, record)
    return _account(record)


def put_account_action(account: Account) -> table.Item:
    """The part of a transaction that creates an account, or replaces its tokens, default, limits.

    Its pool version and keys live on. It fails for a subaccount of another account.
    """
    key = keys.account(account.account_id)
    changed = asdict(account.limits).items()
    return table.update_action(
        key,
        "SET #item = :item, account_id = :id, auth_tokens = :tokens, parent_id = :parent, "
        "default_strategy = :strategy, limits = :limits, "
        "pool_version = if_not_exists(pool_version, :zero), "
        "keyring = if_not_exists(keyring, :keyring)",
        "attribute_not_exists(PK) OR parent_id = :parent",
        names={"#item": "item"},
        item="account",
        id=account.account_id,
        tokens=_sealed("auth_tokens", account.auth_tokens, key),
        parent=account.parent_id,
        strategy=account.default_strategy,
        limits={name: limit for name, limit in changed if limit != getattr(_NO_LIMITS, name)},
        zero=0,
        keyring=_new_keyring(account),
    )


def claim_token_action(token: str, side: str) -> table.Item:
    """The part of a transaction that fails if the token was ever one of the other side."""
    record = {**keys.token(token), "item": "token", "side": side}
    return table.put_action(record, "attribute_not_exists(PK) OR side = :side", side=side)


def _new_keyring(account: Account) -> list[table.Record]:
    """Sessions belong to main accounts, so subaccounts need no keys."""
    return [] if account.parent_id else ring_record(keyrings.new_ring(account.account_id))


def rotate_keys(account_id: str) -> None:
    """Give an account a new data key. Raises table.ConditionFailedError if somebody else did."""
    key = keys.account(account_id)
    before = keyrings.ring_from_record(table.get(key) or {})
    last = len(before) - 1
    is_last = f" AND keyring[{last}].key_id = :newest" if before else ""
    values = {":size": len(before), ":after": ring_record(keyrings.rotated(account_id, before))}
    if before:
        values[":newest"] = before[last].key_id
    table.update(
        key,
        UpdateExpression="SET keyring = :after",
        # Not the ring itself: a later release may know more of a key than we read.
        ConditionExpression="size(keyring) = :size" + is_last,
        ExpressionAttributeValues=encode(values),
    )


def get_carrier_account(carrier: str, account_id: str) -> CarrierAccount | None:
    """An account's credentials at a carrier."""
    record = table.get(keys.carrier(carrier, account_id))
    return _carrier_account(record) if record else None


def list_carrier_accounts(carrier: str) -> list[CarrierAccount]:
    """Every account's credentials at a carrier, but for those that cannot be read."""
    partition = keys.carrier(carrier, "")["PK"]
    found = table.query("PK = :pk", {":pk": partition})
    return list(each_readable(_carrier_account, found))


def list_account_ids(carrier: str) -> list[str]:
    """The accounts with credentials at a carrier."""
    partition = keys.carrier(carrier, "")["PK"]
    records = table.query("PK = :pk", {":pk": partition}, ProjectionExpression="account_id")
    return [record["account_id"] for record in records]


def list_carriers(account_id: str, names: Iterable[str]) -> list[str]:
    """Those of some carriers that an account has credentials for."""
    named = list(names)
    found = table.get_each([keys.carrier(name, account_id) for name in named])
    return [name for name, record in zip(named, found, strict=True) if record]


def put_carrier_account_action(carrier_account: CarrierAccount) -> table.Item:
    """The part of a transaction that creates or replaces an account's credentials at a carrier."""
    key = keys.carrier(carrier_account.carrier, carrier_account.account_id)
    return table.put_action(
        {
            **key,
            "item": "carrier",
            "carrier": carrier_account.carrier,
            "account_id": carrier_account.account_id,
            "auth_id": carrier_account.auth_id,
            "api_url": carrier_account.api_url,
            "secrets": [
                {"name": name, "values": _sealed(name, values, key)}
                for name, values in carrier_account.secrets.items()
            ],
        }
    )


def _sealed(name: str, values: tuple[str, ...], key: keys.Key) -> list[bytes]:
    seal = credentials_seal(key)
    return [seal.seal(name, value) for value in values]


def _opened(name: str, values: Iterable[bytes], record: table.Record) -> tuple[str, ...]:
    seal = credentials_seal(record)
    return tuple(seal.open(name, value) for value in values)


def _account(record: table.Record) -> Account:
    return Account(
        account_id=record["account_id"],
        auth_tokens=_opened("auth_tokens", record["auth_tokens"], record),
        parent_id=record["parent_id"],
        # No session has it yet, so the one that all accounts begin with does as well.
        default_strategy=known_word(Strategy, record["default_strategy"], Strategy.SHARED),
        pool_version=record["pool_version"],
        limits=_limits(record.get("limits", {})),
        erasures_until=record.get("erasures_until", 0),
        unhealthy_carriers=tuple(record.get("unhealthy_carriers", ())),
    )


def _limits(record: table.Record) -> AccountLimits:
    """Absent from accounts that were provisioned before there were limits."""
    countries = tuple(record.get("destination_countries", ()))
    return AccountLimits(**known(AccountLimits, record) | {"destination_countries": countries})


def _carrier_account(record: table.Record) -> CarrierAccount:
    return CarrierAccount(
        carrier=record["carrier"],
        account_id=record["account_id"],
        auth_id=record["auth_id"],
        secrets={
            one["name"]: _opened(one["name"], one["values"], record) for one in record["secrets"]
        },
        api_url=record["api_url"],
    )
