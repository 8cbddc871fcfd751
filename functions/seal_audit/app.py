"""Every five minutes: seal the audit trail up to a moment ago."""

from typing import Any

from maskline.observability import discreet
from maskline.services.seal_audit import seal_trail


@discreet
def handler(event: dict[str, Any], context: Any) -> None:
    """Answer the schedule."""
    seal_trail()
