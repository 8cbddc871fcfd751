"""The answer of an error, and the errors that come before any service is asked.

ApiError
├── AuthenticationError    no or wrong credentials
└── UnknownResourceError   not this client's, or nobody's: the two look the same from outside
"""

from typing import Annotated, ClassVar, NotRequired

from maskline.api.shapes import Answer, Keyword
from maskline.domain.errors import ErrorCode


class ErrorAnswer(Answer):
    """`field` names the parameter that is wrong, where one is."""

    error: str
    error_code: Annotated[str, Keyword(enum=tuple(ErrorCode))]
    field: NotRequired[str]


class ApiError(Exception):
    """Base of the errors that only the HTTP edge knows. Each kind below it has its code."""

    code: ClassVar[ErrorCode]


class AuthenticationError(ApiError):
    """No credentials, or credentials that no account has."""

    code = ErrorCode.INVALID_CREDENTIALS


class UnknownResourceError(ApiError):
    """The path leads to nothing that these credentials may see."""

    code = ErrorCode.NOT_FOUND
