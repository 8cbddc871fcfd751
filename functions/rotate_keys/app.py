"""The operator's command: give every account a new data key to seal with."""

from typing import Any

from maskline.observability import discreet, logger
from maskline.services.accounts.rotate_keys import rotate_keys


@discreet
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Answers how many accounts have a new key. Repeating it gives them another one."""
    rotated = rotate_keys()
    logger.info("keys rotated", event="keys_rotated", accounts=rotated)
    return {"rotated": rotated}
