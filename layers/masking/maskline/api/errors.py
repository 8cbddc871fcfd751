"""Errors of the API that come before any service is asked.

ApiError
├── AuthenticationError    no or wrong credentials
└── UnknownResourceError   not this client's, or nobody's: the two look the same from outside
"""


class ApiError(Exception):
    """Base of the errors that only the HTTP edge knows."""


class AuthenticationError(ApiError):
    """No credentials, or credentials that no account has."""


class UnknownResourceError(ApiError):
    """The path leads to nothing that these credentials may see."""
