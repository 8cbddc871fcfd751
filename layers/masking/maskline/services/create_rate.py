"""Limit how many sessions an account creates in a minute."""

from maskline.config import settings
from maskline.domain.accounts import Account
from maskline.domain.errors import TooManyCreatesError
from maskline.observability import logger
from maskline.store.counts import count_create

_MINUTE_SECONDS = 60


def require_within_rate(account: Account, now: int) -> None:
    """Count a create, where creates are limited. Raises TooManyCreatesError."""
    own = account.limits.creates_per_minute
    most = settings().creates_per_minute if own is None else own
    if not most or count_create(account.account_id, now, most=most):
        return
    logger.warning("too many creates", event="create_limit_reached")
    raise TooManyCreatesError(_MINUTE_SECONDS - now // 1000 % _MINUTE_SECONDS)
