"""The deployment's limits of calls, for accounts that have none of their own."""

from maskline.config import settings
from maskline.domain.limits import CallLimits


def deployed_call_limits() -> CallLimits:
    """For all accounts without limits of their own."""
    deployed = settings()
    return CallLimits(deployed.calls_per_session, deployed.calls_per_caller_per_hour)
