"""Virtual numbers as the compatible API shows them. What we do not know has a neutral value."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import cast

from maskline.api.numbers.shapes import (
    KnownPart,
    NumberList,
    NumberObject,
    NumberResult,
    NumberRetrieved,
    NumbersAdded,
    UnknownPart,
)
from maskline.api.pagination import Paging
from maskline.domain.errors import NumberConflictError
from maskline.domain.numbers.changes import AddedNumber
from maskline.domain.numbers.pool import NumberStatus, VirtualNumber
from maskline.domain.phone_numbers import digits

# What the compatible API takes for granted when a client adds a number of its own.
NUMBER_TYPE = "local"

_UNKNOWN: UnknownPart = {
    "application": None,
    "city": "",
    "cnam_lookup": "disabled",
    "compliance_application_id": None,
    "compliance_status": None,
    "mms_enabled": False,
    "mms_rate": "0.00000",
    "monthly_rental_rate": "0.00000",
    "region": "",
    "number_type": NUMBER_TYPE,
    "renewal_date": None,
    "sms_enabled": False,
    "sms_rate": "0.00000",
    "tendlc_campaign_id": None,
    "tendlc_registration_status": None,
    "toll_free_sms_verification": None,
    "voice_enabled": True,
    "voice_rate": "0.00000",
}


def number_object(number: VirtualNumber, path_id: str) -> NumberObject:
    """A number, keys in alphabetical order. `country` is an ISO code; `active` says not retired.

    Ours only: `fallback_answer_url`, `health` and `status`.
    """
    added_on = datetime.fromtimestamp(number.added_at // 1000, UTC).date()
    known: KnownPart = {
        "active": number.status is NumberStatus.ACTIVE,
        "added_on": added_on.isoformat(),
        "alias": number.alias or None,
        "carrier": number.carrier,
        "country": number.country,
        "fallback_answer_url": number.fallback_answer_url,
        "health": number.health.value,
        "number": digits(number.number),
        "resource_uri": f"{numbers_path(path_id)}{digits(number.number)}/",
        "status": number.status.value,
        "sub_account": number.subaccount_id or None,
    }
    shown: NumberObject = {**_UNKNOWN, **known}
    return cast(NumberObject, dict(sorted(shown.items())))


def number_retrieved(api_id: str, number: VirtualNumber, path_id: str) -> NumberRetrieved:
    """A number as the answer to a request for it."""
    return {"api_id": api_id, **number_object(number, path_id)}


def number_list(
    api_id: str, found: Sequence[VirtualNumber], page: Paging, path_id: str
) -> NumberList:
    """A page of the numbers that were found."""
    shown = found[page.offset : page.offset + page.limit]
    return {
        "api_id": api_id,
        "meta": page.meta(numbers_path(path_id), len(found)),
        "objects": [number_object(number, path_id) for number in shown],
    }


def numbers_path(path_id: str) -> str:
    """The path of an account's number collection, with its trailing slash."""
    return f"/v1/Account/{path_id}/Number/"


def numbers_added(api_id: str, results: Sequence[AddedNumber]) -> NumbersAdded:
    """The answer to an addition. Raises NumberConflictError if none was added."""
    return {"api_id": api_id, "message": "changed", "numbers": added_numbers(results)}


def added_numbers(results: Sequence[AddedNumber]) -> list[NumberResult]:
    """List the result for each number. Raises NumberConflictError if none was added."""
    if not any(result.is_added for result in results):
        reasons = " or ".join(sorted({result.reason for result in results}))
        raise NumberConflictError(f"No number was added: {reasons}")
    return [
        {
            "number": digits(result.number),
            "status": "Success" if result.is_added else f"Failed: {result.reason}",
        }
        for result in results
    ]
