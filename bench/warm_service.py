"""The service of the tests with functions that stay warm, as most are on Lambda."""

from typing import Any

from local.runtime import Runtime
from tests.in_process import LambdaRuntime


class WarmRuntime(LambdaRuntime):
    """Keeps what a warm function keeps. Fit for threads."""

    def invoke(self, logical_id: str, event: Any) -> Any:
        return Runtime.invoke(self, logical_id, event)
