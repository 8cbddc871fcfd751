"""`python -m tools.openapi`: write docs/openapi.json anew."""

import json
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(_ROOT), str(_ROOT / "layers" / "masking")]

DOCUMENT_PATH = _ROOT / "docs" / "openapi.json"


def written() -> str:
    """The document as the file holds it."""
    from tools.openapi.document import openapi_document

    return json.dumps(openapi_document(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    DOCUMENT_PATH.write_text(written(), encoding="utf-8")
