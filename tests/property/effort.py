"""How far the models explore: a sample in the normal suite, far longer with MASKLINE_EXPLORE=1."""

import os

from hypothesis import HealthCheck, settings

_IS_EXPLORING = os.environ.get("MASKLINE_EXPLORE") == "1"


def effort(*, examples: int, steps: int) -> settings:
    """Settings for a sample of that size, or twenty times as many examples of double length."""
    return settings(
        max_examples=examples * 20 if _IS_EXPLORING else examples,
        stateful_step_count=steps * 2 if _IS_EXPLORING else steps,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
