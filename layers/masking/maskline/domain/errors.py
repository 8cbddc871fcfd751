"""Every error that the domain and its services raise on purpose.

MaskingError
├── InvalidParameterError      the request is wrong; names the field
│   ├── MissingParameterError  a parameter that must be there is not
│   └── DestinationError       a party whom the account may not call
├── SessionNotFoundError
├── CallNotFoundError          no such call of this account, or too long ago
├── SessionExpiredError        the session exists but is over
├── ErasureNotFoundError
├── NumberNotFoundError
├── CarrierNotFoundError
├── NumberConflictError        the number is taken, or still carries live sessions
├── PoolExhaustedError         every allowed number is taken for one of the parties
│   └── NoSuitableNumberError  no number is allowed: waiting does not help
├── TooManyRequestsError       says when to come back
│   ├── TooManyCreatesError    the account created as many sessions as it may in this minute
│   └── TooManyErasuresError   as many orders to erase somebody are open as an account may have
├── IdempotencyConflictError   the same idempotency key came with another body
├── ForgedWebhookError         a carrier's webhook that the carrier did not sign
└── ContentionError            we gave up after bounded retries: our failure, not the client's
"""

from enum import StrEnum
from typing import ClassVar


class ErrorCode(StrEnum):
    """The word of an error that programs read: docs/errors.md has a row for each.

    A word stays as it is. Two errors share one if a client would do the same about both.
    """

    MANDATORY_PARAMETER_MISSING = "mandatory_parameter_missing"
    INVALID_PARAMETER = "invalid_parameter"
    DESTINATION_NOT_ALLOWED = "destination_not_allowed"
    POOL_EXHAUSTED = "pool_exhausted"
    NO_SUITABLE_NUMBER = "no_suitable_number"
    SESSION_EXPIRED = "session_expired"
    INVALID_CREDENTIALS = "invalid_credentials"
    NOT_FOUND = "not_found"
    NUMBER_CONFLICT = "number_conflict"
    IDEMPOTENCY_CONFLICT = "idempotency_conflict"
    TOO_MANY_CREATES = "too_many_creates"
    TOO_MANY_ERASURES = "too_many_erasures"
    INTERNAL_ERROR = "internal_error"
    # API Gateway's, before any function is asked: template.yaml.
    TOO_MANY_REQUESTS = "too_many_requests"
    REQUEST_TOO_LARGE = "request_too_large"
    INVALID_REQUEST = "invalid_request"


class MaskingError(Exception):
    """Base of all errors that Maskline raises on purpose. Each kind below it has its code."""

    code: ClassVar[ErrorCode]


class InvalidParameterError(MaskingError):
    """A request field is missing or wrong. `reason` is a sentence that names the field."""

    code = ErrorCode.INVALID_PARAMETER

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


class MissingParameterError(InvalidParameterError):
    """A mandatory parameter is absent."""

    code = ErrorCode.MANDATORY_PARAMETER_MISSING


class DestinationError(InvalidParameterError):
    """A party is in a country, or on a kind of number, that the account does not call."""

    code = ErrorCode.DESTINATION_NOT_ALLOWED


class SessionNotFoundError(MaskingError):
    """No such session for this account."""

    code = ErrorCode.NOT_FOUND


class CallNotFoundError(MaskingError):
    """No such call of this account, or what was known of it is past its retention."""

    code = ErrorCode.NOT_FOUND


class SessionExpiredError(MaskingError):
    """The session has expired or was ended."""

    code = ErrorCode.SESSION_EXPIRED


class NumberNotFoundError(MaskingError):
    """No such virtual number for this account."""

    code = ErrorCode.NOT_FOUND


class CarrierNotFoundError(MaskingError):
    """The account has no credentials for a carrier of that name."""

    code = ErrorCode.NOT_FOUND


class NumberConflictError(MaskingError):
    """The state of a virtual number forbids the change; the message says why, without numbers."""

    code = ErrorCode.NUMBER_CONFLICT


class ErasureNotFoundError(MaskingError):
    """No such erasure of this account, or its receipt is past its retention."""

    code = ErrorCode.NOT_FOUND


class PoolExhaustedError(MaskingError):
    """At one moment every number that the session could use was taken for one of its parties."""

    code = ErrorCode.POOL_EXHAUSTED


class NoSuitableNumberError(PoolExhaustedError):
    """The rules leave a session no number, whatever is taken."""

    code = ErrorCode.NO_SUITABLE_NUMBER


class TooManyRequestsError(MaskingError):
    """The account has made as many requests of a kind as it may for now."""

    code = ErrorCode.TOO_MANY_REQUESTS

    def __init__(self, reason: str, retry_after_seconds: int) -> None:
        super().__init__(reason)
        self.retry_after_seconds = retry_after_seconds


class TooManyCreatesError(TooManyRequestsError):
    """The account has created as many sessions as it may for now."""

    code = ErrorCode.TOO_MANY_CREATES

    def __init__(self, retry_after_seconds: int) -> None:
        reason = "Too many sessions are being created. Try again in a minute"
        super().__init__(reason, retry_after_seconds)


class TooManyErasuresError(TooManyRequestsError):
    """The account has as many open orders to erase somebody as it may."""

    code = ErrorCode.TOO_MANY_ERASURES

    def __init__(self) -> None:
        super().__init__("Too many erasures are not completed yet. Try again in a minute", 60)


class IdempotencyConflictError(MaskingError):
    """The idempotency key was used before with another request."""

    code = ErrorCode.IDEMPOTENCY_CONFLICT


class ForgedWebhookError(MaskingError):
    """A webhook is not from the account's carrier."""

    code = ErrorCode.INVALID_CREDENTIALS


class ContentionError(MaskingError):
    """Other writers kept winning, or the table refusing, until our bounded retries ran out."""

    code = ErrorCode.INTERNAL_ERROR
