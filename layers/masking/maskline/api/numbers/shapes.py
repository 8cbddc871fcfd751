"""The shapes of the answers about virtual numbers and carriers."""

from typing import Annotated

# Before Python 3.12 pydantic reads this one only.
from typing_extensions import TypedDict

from maskline.api.shapes import Answer, Count, Digits, Keyword, Message, Meta
from maskline.domain.numbers.pool import NumberHealth, NumberStatus

HealthText = Annotated[str, Keyword(enum=tuple(NumberHealth))]


class UnknownPart(TypedDict):
    """The fields of a number that the compatible API has and Maskline does not know."""

    application: None
    city: str
    cnam_lookup: str
    compliance_application_id: None
    compliance_status: None
    mms_enabled: bool
    mms_rate: str
    monthly_rental_rate: str
    region: str
    number_type: str
    renewal_date: None
    sms_enabled: bool
    sms_rate: str
    tendlc_campaign_id: None
    tendlc_registration_status: None
    toll_free_sms_verification: None
    voice_enabled: bool
    voice_rate: str


class KnownPart(TypedDict):
    active: bool
    added_on: Annotated[str, Keyword(format="date")]
    alias: str | None
    carrier: str
    country: Annotated[str, Keyword(pattern="^([A-Z]{2})?$")]
    fallback_answer_url: str
    health: HealthText
    number: Digits
    resource_uri: str
    status: Annotated[str, Keyword(enum=tuple(NumberStatus))]
    sub_account: str | None


class NumberObject(UnknownPart, KnownPart):
    pass


class NumberResult(TypedDict):
    """The result for a number of an add request: "Success", or "Failed: " and the reason."""

    number: Digits
    status: str


class NumbersAdded(Message):
    numbers: list[NumberResult]


class NumberRetrieved(Answer, NumberObject):
    pass


class NumberList(Answer):
    meta: Meta
    objects: list[NumberObject]


class CarrierObject(TypedDict):
    """A carrier of the account. `live_sessions` is a least number where `is_at_least` says so."""

    carrier: str
    health: HealthText
    is_at_least: bool
    live_sessions: Count
    numbers: Count
    resource_uri: str


class CarrierRetrieved(Answer, CarrierObject):
    pass


class CarrierList(Answer):
    objects: list[CarrierObject]
