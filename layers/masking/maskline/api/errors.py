"""Errors of the API that come before any service is asked.

ApiError
├── AuthenticationError    no or wrong credentials
└── UnknownResourceError   not this client's, or nobody's: the two look the same from outside
"""

from typing import ClassVar

from maskline.domain.errors import ErrorCode


class ApiError(Exception):
    """Base of the errors that only the HTTP edge knows. Each kind below it has its code."""

    code: ClassVar[ErrorCode]


class AuthenticationError(ApiError):
    """No credentials, or credentials that no account has."""

    code = ErrorCode.INVALID_CREDENTIALS


class UnknownResourceError(ApiError):
    """The path leads to nothing that these credentials may see."""

    code = ErrorCode.NOT_FOUND
