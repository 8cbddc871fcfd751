"""`python -m local.sdk_models`: pare the SDK's models down to the operations that are used.

Of the services that a caller waits for while a function starts. The SDK's own models are a megabyte
of JSON, most of it documentation. What is left is the SDK's, word for word.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(_ROOT), str(_ROOT / "layers" / "masking")]

OPERATIONS = {
    "dynamodb": [
        "BatchGetItem",
        "GetItem",
        "PutItem",
        "Query",
        "TransactWriteItems",
        "UpdateItem",
    ],
    "kms": ["Decrypt", "GenerateDataKeyWithoutPlaintext"],
    "secretsmanager": ["GetSecretValue"],
}
_FILE = "service-2"

Model = dict[str, Any]


def written() -> Mapping[Path, str]:
    """The files, by path, as the layer holds them."""
    from botocore.loaders import Loader

    from maskline.aws import PARED_MODELS

    sdk = Loader()
    return {
        PARED_MODELS
        / service
        / sdk.determine_latest_version(service, _FILE)
        / f"{_FILE}.json": json.dumps(
            pared(sdk.load_service_model(service, _FILE), operations), indent=1
        )
        + "\n"
        for service, operations in OPERATIONS.items()
    }


def pared(model: Model, operations: list[str]) -> Model:
    """The model with only these operations and the shapes that they need."""
    kept = {name: model["operations"][name] for name in operations}
    needed = _closure(model["shapes"], set(_references([*kept.values()])))
    shapes = {name: shape for name, shape in model["shapes"].items() if name in needed}
    less: Model = _undocumented({**model, "operations": kept, "shapes": shapes})
    return less


def _closure(shapes: Model, needed: set[str]) -> set[str]:
    """The shapes and all that they are made of."""
    more = {inner for name in needed for inner in _references(shapes[name])} - needed
    return _closure(shapes, needed | more) if more else needed


def _references(part: Any) -> Iterator[str]:
    """The names of the shapes that a part of a model refers to."""
    if isinstance(part, dict):
        if isinstance(part.get("shape"), str):
            yield part["shape"]
        part = [*part.values()]
    if isinstance(part, list):
        for inner in part:
            yield from _references(inner)


def _undocumented(part: Any) -> Any:
    if isinstance(part, list):
        return [_undocumented(inner) for inner in part]
    if not isinstance(part, dict):
        return part
    return {
        name: _undocumented(inner)
        for name, inner in part.items()
        # A member may be called so, too.
        if name != "documentation" or not isinstance(inner, str)
    }


def main() -> None:
    for path, text in written().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
