"""Requests on virtual numbers: bodies, paths and list filters."""

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, ClassVar

from pydantic_core import PydanticCustomError

from maskline import clock
from maskline.api import fields, phone_fields
from maskline.api.authentication import GetAccount
from maskline.api.fields import Body, Choice, Schema, Text, Url
from maskline.api.numbers.response import NUMBER_TYPE
from maskline.api.pagination import PAGING, Query, require_known
from maskline.api.shapes import WarningsPart
from maskline.api.subaccounts import require_own_subaccount
from maskline.api.warnings import unknown_parameters, warned
from maskline.carriers import DEFAULT
from maskline.domain.accounts import CarrierAccount, Client
from maskline.domain.errors import InvalidParameterError, NumberNotFoundError
from maskline.domain.numbers.changes import NumberChange
from maskline.domain.numbers.numbering_plan import country_of, parse_number
from maskline.domain.numbers.pool import NumberHealth, NumberStatus, VirtualNumber
from maskline.domain.phone_numbers import E164, digits

MAX_NUMBERS = 100
MAX_GRACE_SECONDS = 86_400

_ALIASES = {"sub_account": "subaccount"}
# Official clients must give it, and nothing asks for it here.
_SENT_WITH_ADDITIONS = frozenset({"region"})
_CLEARABLE = frozenset({"alias", "subaccount", "fallback_answer_url"})

_NUMBERS: Schema = {
    "type": ["string", "array"],
    "items": phone_fields.PHONE_NUMBER,
    "minItems": 1,
    "maxItems": MAX_NUMBERS,
    "examples": ["12025550110,12025550111"],
}

# The arguments of the list that are read, with the JSON schema of what each is for.
FILTERS: dict[str, Schema] = {
    "number_startswith": {"type": "string", "pattern": "^[+]?[0-9]*$"},
    "status": {"enum": list(NumberStatus)},
    "health": {"enum": list(NumberHealth)},
    "services": {"enum": ["voice", "sms", "voice,sms"]},
    "type": {"type": "string"},
    "alias": {"type": "string"},
    "subaccount": {"type": "string"},
    "carrier": {"type": "string"},
}

# Reads an account's credentials at a carrier.
GetCarrierAccount = Callable[[str, str], CarrierAccount | None]


def _numbers(value: object) -> tuple[E164, ...]:
    """From a comma-separated string or a list; the order counts, repetitions do not."""
    entries = value.split(",") if isinstance(value, str) else value
    entries = entries if isinstance(entries, list) else [entries]
    named = [entry for entry in entries if entry != ""]
    if not named or any(phone_fields.phone_number_problem(entry) for entry in named):
        hint = phone_fields.COUNTRY_CODE_HINT if any(map(phone_fields.lacks_country, named)) else ""
        template = "Invalid parameter. numbers holds an invalid number{hint}"
        raise PydanticCustomError("invalid", template, {"hint": hint})
    numbers = tuple(dict.fromkeys(filter(None, map(phone_fields.as_phone_number, named))))
    if len(numbers) > MAX_NUMBERS:
        template = "Invalid parameter. numbers holds more than {limit} numbers"
        raise PydanticCustomError("invalid", template, {"limit": MAX_NUMBERS})
    return numbers


class _Attributes(Body):
    aliases: ClassVar[Mapping[str, str]] = _ALIASES

    alias: Text | None = None
    subaccount: Text | None = None
    fallback_answer_url: Url | None = None


class _Numbers(Body):
    numbers: Annotated[tuple[E164, ...], fields.accepting(_NUMBERS, _numbers)]
    carrier: Text = DEFAULT


class Addition(_Attributes, _Numbers):
    """Pydantic takes the fields of the last base first: the numbers are checked before the rest."""


class Change(_Attributes):
    status: Annotated[NumberStatus, fields.choice(NumberStatus)] | None = None
    health: Annotated[NumberHealth, fields.choice(NumberHealth)] | None = None
    replacement_grace: Annotated[int | None, fields.integer_between(1, MAX_GRACE_SECONDS)] = None


def require_main_account(client: Client) -> None:
    """Raise InvalidParameterError for a subaccount: the main account hands numbers out.

    A 403 would be read as a geo permission error, and a 404 would deny numbers it can list.
    """
    if client.subaccount_id:
        raise InvalidParameterError("auth_id", "Numbers can be changed by the main account only")


def numbers_to_add(
    body: Mapping[str, object],
    client: Client,
    *,
    get_account: GetAccount,
    get_carrier_account: GetCarrierAccount,
) -> list[VirtualNumber]:
    """The numbers that a body brings. Raises InvalidParameterError."""
    wanted = fields.validated(Addition, fields.canonical(body, Addition))
    require_own_subaccount(client, wanted.subaccount, get_account=get_account)
    carrier = wanted.carrier.lower()
    if get_carrier_account(carrier, client.owner_id) is None:
        raise fields.invalid("carrier", "is not a carrier that this account has credentials for")
    added_at = clock.now_ms()
    return [
        VirtualNumber(
            number=number,
            account_id=client.owner_id,
            subaccount_id=wanted.subaccount or "",
            carrier=carrier,
            country=country_of(number),
            # The pool keeps the order in which the client named them.
            added_at=added_at + position,
            alias=wanted.alias or "",
            fallback_answer_url=wanted.fallback_answer_url or "",
        )
        for position, number in enumerate(wanted.numbers)
    ]


def number_change(
    body: Mapping[str, object], client: Client, *, get_account: GetAccount
) -> NumberChange:
    """The change that a body asks for. Raises InvalidParameterError."""
    given = fields.canonical(body, Change, clearable=_CLEARABLE)
    wanted = fields.validated(Change, given)
    require_own_subaccount(client, wanted.subaccount, get_account=get_account)
    if wanted.replacement_grace and wanted.health is not NumberHealth.UNHEALTHY:
        raise fields.invalid("replacement_grace", "needs health unhealthy")
    return NumberChange(
        alias=wanted.alias,
        subaccount_id=wanted.subaccount,
        fallback_answer_url=wanted.fallback_answer_url,
        status=wanted.status,
        health=wanted.health,
        grace_seconds=wanted.replacement_grace,
    )


def addition_warnings(body: Mapping[str, object]) -> WarningsPart:
    """Warn of what an addition asked for and did not get."""
    return warned(unknown_parameters(body, Addition, expected=_SENT_WITH_ADDITIONS))


def change_warnings(body: Mapping[str, object]) -> WarningsPart:
    """Warn of what a change asked for and did not get."""
    return warned(unknown_parameters(body, Change))


def number_in_path(text: str) -> E164:
    """The number that a path names. What is no number is not found, as any number one lacks."""
    number = parse_number(text)
    if number is None:
        raise NumberNotFoundError("not found")
    return number


def select_numbers(numbers: Iterable[VirtualNumber], query: Query) -> list[VirtualNumber]:
    """The numbers that a query's filters leave.

    Raises InvalidParameterError for a wrong choice, and for a filter that there is not.
    """
    named = tuple((_filter_name(key), value.strip()) for key, value in query)
    require_known(named, {**FILTERS, **PAGING})
    values = {name: value for name, value in named if value}
    status = _choice("status", values, NumberStatus)
    health = _choice("health", values, NumberHealth)
    services = set(values.get("services", "voice").lower().split(","))
    prefix = values.get("number_startswith", "").removeprefix("+")
    return [
        number
        for number in numbers
        if status in {None, number.status}
        and health in {None, number.health}
        and services <= {"voice"}
        and digits(number.number).startswith(prefix)
        and values.get("subaccount", number.subaccount_id) == number.subaccount_id
        and values.get("carrier", number.carrier).lower() == number.carrier
        and values.get("alias", number.alias) == number.alias
        and values.get("type", NUMBER_TYPE).lower() == NUMBER_TYPE
    ]


def _filter_name(key: str) -> str:
    """The name of a filter for every spelling that official clients send."""
    return {**_ALIASES, "number_type": "type"}.get(key.lower(), key.lower())


def _choice(name: str, values: Mapping[str, str], kind: type[Choice]) -> Choice | None:
    if name not in values:
        return None
    chosen = fields.as_choice(values[name], kind)
    if chosen is None:
        raise fields.invalid(name, f"should be {' or '.join(kind)}")
    return chosen
