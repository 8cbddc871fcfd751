"""Limits of the deployment, and of an account where it has its own: creates, calls, wrong PINs."""

from maskline.config import settings
from maskline.domain.accounts import Account
from maskline.domain.errors import TooManyCreatesError
from maskline.domain.limits import CallLimits
from maskline.domain.pins.guessing import GuessLimits
from maskline.observability import logger
from maskline.store.accounts.counters import count_create

_MINUTE_SECONDS = 60


def deployed_call_limits() -> CallLimits:
    """For all accounts without limits of their own."""
    deployed = settings()
    return CallLimits(deployed.calls_per_session, deployed.calls_per_caller_per_hour)


def require_within_rate(account: Account, now: int) -> None:
    """Count a create, where creates are limited. Raises TooManyCreatesError."""
    own = account.limits.creates_per_minute
    most = settings().creates_per_minute if own is None else own
    if not most or count_create(account.account_id, now, most=most):
        return
    logger.warning("too many creates", event="create_limit_reached")
    raise TooManyCreatesError(_MINUTE_SECONDS - now // 1000 % _MINUTE_SECONDS)


def guess_limits() -> GuessLimits:
    """Read how many wrong PINs this deployment bears."""
    deployed = settings()
    return GuessLimits(
        window_seconds=deployed.pin_guess_window_seconds,
        slow_after=deployed.pin_slow_after,
        caller_lock_after=deployed.pin_caller_lock_after,
        guesses_per_day=deployed.pin_guesses_per_day,
    )
