"""Every error that the domain and its services raise on purpose.

MaskingError
├── InvalidParameterError      the request is wrong; names the field
├── SessionNotFoundError
├── CallNotFoundError          no such call of this account, or too long ago
├── SessionExpiredError        the session exists but is over
├── ErasureNotFoundError
├── NumberNotFoundError
├── NumberConflictError        the number is taken, or still carries live sessions
├── PoolExhaustedError         every allowed number is taken for one of the parties
├── TooManyRequestsError       says when to come back
│   ├── TooManyCreatesError    the account created as many sessions as it may in this minute
│   └── TooManyErasuresError   as many orders to erase somebody are open as an account may have
├── IdempotencyConflictError   the same idempotency key came with another body
├── ForgedWebhookError         a carrier's webhook that the carrier did not sign
└── ContentionError            we gave up after bounded retries: our failure, not the client's
"""


class MaskingError(Exception):
    """Base of all errors that Maskline raises on purpose."""


class InvalidParameterError(MaskingError):
    """A request field is missing or wrong. `reason` is a sentence that names the field."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


class SessionNotFoundError(MaskingError):
    """No such session for this account."""


class CallNotFoundError(MaskingError):
    """No such call of this account, or what was known of it is past its retention."""


class SessionExpiredError(MaskingError):
    """The session has expired or was ended."""


class NumberNotFoundError(MaskingError):
    """No such virtual number for this account."""


class NumberConflictError(MaskingError):
    """The state of a virtual number forbids the change; the message says why, without numbers."""


class ErasureNotFoundError(MaskingError):
    """No such erasure of this account, or its receipt is past its retention."""


class PoolExhaustedError(MaskingError):
    """At one moment every number that the session could use was taken for one of its parties."""


class TooManyRequestsError(MaskingError):
    """The account has made as many requests of a kind as it may for now."""

    def __init__(self, reason: str, retry_after_seconds: int) -> None:
        super().__init__(reason)
        self.retry_after_seconds = retry_after_seconds


class TooManyCreatesError(TooManyRequestsError):
    """The account has created as many sessions as it may for now."""

    def __init__(self, retry_after_seconds: int) -> None:
        reason = "Too many sessions are being created. Try again in a minute"
        super().__init__(reason, retry_after_seconds)


class TooManyErasuresError(TooManyRequestsError):
    """The account has as many open orders to erase somebody as it may."""

    def __init__(self) -> None:
        super().__init__("Too many erasures are not completed yet. Try again in a minute", 60)


class IdempotencyConflictError(MaskingError):
    """The idempotency key was used before with another request."""


class ForgedWebhookError(MaskingError):
    """A webhook is not from the account's carrier."""


class ContentionError(MaskingError):
    """Other writers kept winning, or the table refusing, until our bounded retries ran out."""
