"""The shapes of the public API's answers: the OpenAPI document shows them, and types check them."""

from typing import Annotated, Any, NotRequired

# Before Python 3.12 pydantic reads this one only.
from typing_extensions import TypedDict

from maskline.domain.allocation.ladder import AS_ASKED
from maskline.domain.calls.report import LegStatus
from maskline.domain.sessions.session import Rung, Status, Strategy


class Keyword:
    """A keyword of the JSON schema that a type has, with its value.

    pydantic asks for it when it makes the document. Its own `Field` would have every function load
    pydantic, also those that take no body.
    """

    def __init__(self, **keywords: object) -> None:
        self._keywords = keywords

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Any) -> dict[str, Any]:
        return {**handler(core_schema), **self._keywords}


Uuid = Annotated[str, Keyword(format="uuid")]
Hash = Annotated[str, Keyword(pattern="^[0-9a-f]{64}$")]
# A phone number without the plus; "" where there is none.
Digits = Annotated[str, Keyword(pattern="^([1-9][0-9]{6,14})?$")]
E164Text = Annotated[str, Keyword(pattern="^\\+[1-9][0-9]{6,14}$")]
Time = Annotated[
    str, Keyword(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} \\+0000 UTC$")
]
TimeOrNone = Annotated[str, Keyword(pattern="^([0-9]{4}-.+ UTC)?$")]
Count = Annotated[int, Keyword(minimum=0)]
Amount = Annotated[int | float, Keyword(minimum=0)]
AmountOrNone = Annotated[int | float | None, Keyword(minimum=0)]
Currency = Annotated[str, Keyword(pattern="^[A-Z]{3}$")]
Method = Annotated[str, Keyword(enum=("GET", "POST"))]
StrategyText = Annotated[str, Keyword(enum=tuple(Strategy))]
StatusText = Annotated[str, Keyword(enum=tuple(Status))]
LegStatusText = Annotated[
    str, Keyword(enum=tuple(one for one in LegStatus if one is not LegStatus.REJECTED))
]
RungText = Annotated[str, Keyword(enum=tuple(Rung))]
Format = Annotated[str, Keyword(enum=("mp3", "wav"))]


class NumbersPart(TypedDict):
    """The last three only of a per-party session."""

    first_party: Digits
    second_party: Digits
    virtual_number: Digits
    virtual_number_strategy: NotRequired[StrategyText]
    first_party_virtual_number: NotRequired[Digits]
    second_party_virtual_number: NotRequired[Digits]


class SettingsPart(TypedDict):
    callback_url: str
    callback_method: Method
    created_time: Time
    modified_time: Time
    expiry_time: Time
    duration: Count
    amount: Amount
    call_time_limit: Count
    ring_timeout: Count


class MediaPart(TypedDict):
    first_party_play_url: str
    second_party_play_url: str
    record: bool
    record_file_format: Format
    recording_callback_url: str
    recording_callback_method: Method


class MoneyPart(TypedDict):
    """Ours only, and only where money was spent; an amount that is not known (yet) is null."""

    currency: NotRequired[Currency]


class TotalsPart(MoneyPart):
    total_call_amount: AmountOrNone
    total_call_count: Count
    total_call_billed_duration: Count
    total_session_amount: AmountOrNone
    last_interaction_time: TimeOrNone


class InteractionObject(MoneyPart):
    start_time: Time
    end_time: TimeOrNone
    first_party_resource_url: str | None
    second_party_resource_url: str | None
    first_party_status: LegStatusText
    second_party_status: LegStatusText | None
    recording_resource_url: str | None
    auth_id: str
    type: str
    total_call_amount: AmountOrNone
    call_billed_duration: Count
    total_call_count: Count
    duration: Count


class TermsPart(TypedDict):
    unknown_caller_play: str
    is_pin_authentication_required: bool
    generate_pin: bool | None
    generate_pin_length: int | None
    first_party_pin: str | None
    second_party_pin: str | None
    pin_prompt_play: str | None
    pin_retry: int | None
    pin_retry_wait: int | None
    incorrect_pin_play: str | None
    create_session_with_single_party: bool | None
    virtual_number_cooloff_period: Count
    force_pin_authentication: bool


class OwnPart(TypedDict):
    """Ours only, each only where it says something."""

    subaccount: NotRequired[str]
    sticky: NotRequired[bool]
    carrier: NotRequired[str]


class LadderPart(TypedDict):
    """Only of a session that says what to try before it is refused."""

    on_exhaustion: NotRequired[list[RungText]]
    allocation_rung: NotRequired[Annotated[str, Keyword(enum=(AS_ASKED, *Rung))]]


class SessionObject(
    NumbersPart, SettingsPart, MediaPart, TotalsPart, TermsPart, OwnPart, LadderPart
):
    status: StatusText
    initiate_call_to_first_party: bool
    session_uuid: Uuid
    interaction: list[InteractionObject] | None


class ListedSession(SessionObject):
    resource_uri: str


class Meta(TypedDict):
    limit: Count
    next: str | None
    offset: Count
    previous: str | None
    total_count: Count


class Answer(TypedDict):
    """The field of every answer with a body: the id of the request."""

    api_id: Uuid


class GatewayError(TypedDict):
    """The answer that API Gateway gives by itself, before any function is asked."""

    message: str


class WarningsPart(TypedDict):
    """Only where there is something to warn of."""

    warnings: NotRequired[list[str]]


class Message(Answer, WarningsPart):
    message: str


class SessionCreated(Message, LadderPart):
    session_uuid: Uuid
    virtual_number: E164Text
    session: SessionObject


class SessionUpdated(Message):
    session: SessionObject


class SessionRetrieved(Answer):
    response: SessionObject


class SessionPage(TypedDict):
    meta: Meta
    objects: list[ListedSession]


class SessionList(Answer):
    response: SessionPage


class ErasureOrdered(Message):
    erasure_id: Uuid
    salt: Hash


class Erased(TypedDict):
    """The number of records that named the person, by kind."""

    sessions: Count
    interactions: Count
    recordings: Count
    routes: Count


class PublicKey(TypedDict):
    """An Ed25519 key as a JSON Web Key (RFC 8037)."""

    kty: Annotated[str, Keyword(enum=("OKP",))]
    crv: Annotated[str, Keyword(enum=("Ed25519",))]
    x: str


class ErasureRetrieved(Answer):
    """`receipt` is a JSON Web Signature (RFC 7515, compact), null until the state is "erased"."""

    erasure_id: Uuid
    state: Annotated[str, Keyword(enum=("erasing", "erased"))]
    ordered_time: Time
    erased: Erased
    receipt: str | None
    public_key: PublicKey
