"""Virtual numbers as items of the table, and back."""

from maskline.domain.numbers.pool import NumberHealth, NumberStatus, VirtualNumber
from maskline.domain.phone_numbers import E164
from maskline.domain.stored import known_word
from maskline.store.table import Record


def number_fields(number: VirtualNumber) -> Record:
    """The fields that both items of a number hold besides their keys."""
    return {
        "number": number.number,
        "account_id": number.account_id,
        "subaccount_id": number.subaccount_id,
        "carrier": number.carrier,
        "country": number.country,
        "added_at": number.added_at,
        "number_status": number.status,
        "retired_at": number.retired_at,
        "number_health": number.health,
        "alias": number.alias,
        "fallback_answer_url": number.fallback_answer_url,
    }


def number_from_record(record: Record) -> VirtualNumber:
    """A number from either of its two items.

    One in a status or health that we do not know takes no new session, and serves those it has.
    """
    return VirtualNumber(
        number=E164(record["number"]),
        account_id=record["account_id"],
        subaccount_id=record["subaccount_id"],
        carrier=record["carrier"],
        country=record["country"],
        added_at=record["added_at"],
        status=known_word(NumberStatus, record["number_status"], NumberStatus.RETIRED),
        retired_at=record["retired_at"],
        health=known_word(NumberHealth, record["number_health"], NumberHealth.UNHEALTHY),
        alias=record["alias"],
        fallback_answer_url=record["fallback_answer_url"],
    )
