"""The secret that the table was begun under: one item, written with the first account for ever.

What is there once does not change, so it is compared once in the life of a function, in what its
snapshot holds too. As long as nothing is there, no account is either, and every use looks again.
"""

import hmac
from contextlib import suppress
from functools import cache

from maskline import deployment_keys
from maskline.observability import logger
from maskline.store import keys, table


class _NotBegunError(Exception):
    """The table has no account yet. Raised, so that the cache does not keep it."""


def begin() -> None:
    """Have the table say that it was begun under this function's secret. Raises WrongSecretError.

    Who comes second writes nothing.
    """
    mine = deployment_keys.fingerprint()
    with suppress(table.ConditionFailedError):
        record = {**keys.TABLE_SECRET, "item": "secret", "fingerprint": mine}
        table.put(record, "attribute_not_exists(PK)")
    require_own(mine)


def require_own(fingerprint: bytes) -> None:
    """Raise WrongSecretError if the table was begun under a secret of another fingerprint."""
    with suppress(_NotBegunError):
        _compare(fingerprint)


@cache
def _compare(fingerprint: bytes) -> None:
    record = table.get(keys.TABLE_SECRET)
    if record is None:
        raise _NotBegunError
    if not hmac.compare_digest(record["fingerprint"], fingerprint):
        logger.critical("the table was begun under another secret", event="wrong_secret")
        raise deployment_keys.WrongSecretError
