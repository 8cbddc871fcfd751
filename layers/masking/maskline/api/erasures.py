"""Requests to erase a person, and how far they are."""

from typing import cast

from maskline.api import fields
from maskline.api.fields import Body
from maskline.api.phone_fields import PhoneNumber, lacks_plus
from maskline.api.sessions.response import time_text
from maskline.api.shapes import Erased, ErasureRetrieved, WarningsPart
from maskline.api.warnings import unknown_parameters, warned
from maskline.domain.accounts import Client
from maskline.domain.erasure import ErasureOrder
from maskline.domain.errors import InvalidParameterError
from maskline.domain.numbers.numbering_plan import read_as
from maskline.domain.phone_numbers import E164
from maskline.receipts import public_key, receipt


class Erasure(Body):
    """The person to erase."""

    number: PhoneNumber


def number_to_erase(body: dict[str, object], client: Client) -> E164:
    """The number in a request's body. Raises InvalidParameterError."""
    require_main_account(client)
    return fields.validated(Erasure, fields.canonical(body, Erasure)).number


def erasure_warnings(body: dict[str, object], number: E164) -> WarningsPart:
    """Warn of unknown parameters, and of a number that may not be the person's.

    An erasure takes any number, so nothing else tells who left the country code away.
    """
    warnings = unknown_parameters(body, Erasure)
    if any(map(lacks_plus, fields.canonical(body, Erasure).values())):
        warnings.append(f"number {read_as(number)}")
    return warned(warnings)


def require_main_account(client: Client) -> None:
    """Raise InvalidParameterError for a subaccount: a person is erased from all of an account."""
    if client.subaccount_id:
        raise InvalidParameterError("auth_id", "People can be erased by the main account only")


def erasure_object(order: ErasureOrder, api_id: str) -> ErasureRetrieved:
    """The answer to who asks how far an erasure is."""
    return {
        "api_id": api_id,
        "erasure_id": order.erasure_id,
        "state": "erasing" if order.completed_at is None else "erased",
        "ordered_time": time_text(order.ordered_at),
        "erased": cast(Erased, {kind.value: count for kind, count in order.erased.items()}),
        "receipt": receipt(order),
        "public_key": public_key(),
    }
