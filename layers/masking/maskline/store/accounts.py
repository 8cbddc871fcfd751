"""Accounts, subaccounts and credentials at carriers."""

from dataclasses import asdict

from maskline.domain.accounts import Account, CarrierAccount
from maskline.domain.limits import AccountLimits
from maskline.domain.sessions import Strategy
from maskline.store import keys, table
from maskline.store.codec import encode


def get_account(account_id: str) -> Account | None:
    """The account or subaccount, strongly consistent: a revoked token is refused at once."""
    record = table.get(keys.account(account_id))
    return _account(record) if record else None


def put_account(account: Account) -> None:
    """Create an account, or replace its tokens, default and limits; its pool version lives on."""
    table.update(
        keys.account(account.account_id),
        UpdateExpression=(
            "SET #item = :item, account_id = :id, auth_tokens = :tokens, parent_id = :parent, "
            "default_strategy = :strategy, limits = :limits, "
            "pool_version = if_not_exists(pool_version, :zero)"
        ),
        ExpressionAttributeNames={"#item": "item"},
        ExpressionAttributeValues=encode(
            {
                ":item": "account",
                ":id": account.account_id,
                ":tokens": account.auth_tokens,
                ":parent": account.parent_id,
                ":strategy": account.default_strategy,
                ":limits": {
                    name: limit
                    for name, limit in asdict(account.limits).items()
                    if limit != getattr(AccountLimits(), name)
                },
                ":zero": 0,
            }
        ),
    )


def get_carrier_account(carrier: str, account_id: str) -> CarrierAccount | None:
    """An account's credentials at a carrier."""
    record = table.get(keys.carrier(carrier, account_id))
    return _carrier_account(record) if record else None


def list_carrier_accounts(carrier: str) -> list[CarrierAccount]:
    """Every account's credentials at a carrier."""
    partition = keys.carrier(carrier, "")["PK"]
    return [_carrier_account(record) for record in table.query("PK = :pk", {":pk": partition})]


def put_carrier_account(carrier_account: CarrierAccount) -> None:
    """Create or replace an account's credentials at a carrier."""
    table.put(
        {
            **keys.carrier(carrier_account.carrier, carrier_account.account_id),
            "item": "carrier",
            "carrier": carrier_account.carrier,
            "account_id": carrier_account.account_id,
            "auth_id": carrier_account.auth_id,
            "auth_tokens": carrier_account.auth_tokens,
        }
    )


def _account(record: table.Record) -> Account:
    return Account(
        account_id=record["account_id"],
        auth_tokens=tuple(record["auth_tokens"]),
        parent_id=record["parent_id"],
        default_strategy=Strategy(record["default_strategy"]),
        pool_version=record["pool_version"],
        limits=_limits(record.get("limits", {})),
    )


def _limits(record: table.Record) -> AccountLimits:
    """Absent from accounts that were provisioned before there were limits."""
    countries = tuple(record.get("destination_countries", ()))
    return AccountLimits(**record | {"destination_countries": countries})


def _carrier_account(record: table.Record) -> CarrierAccount:
    return CarrierAccount(
        carrier=record["carrier"],
        account_id=record["account_id"],
        auth_id=record["auth_id"],
        auth_tokens=tuple(record["auth_tokens"]),
    )
