"""JSON schemas of the types that answers are declared with."""

import types
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints, is_typeddict

Schema = dict[str, Any]

_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}


class Shapes:
    """Collects a schema for every TypedDict that it is asked about, and for those inside."""

    def __init__(self) -> None:
        self.schemas: dict[str, Schema] = {}

    def reference(self, shape: type) -> Schema:
        """A reference to the schema of a TypedDict."""
        if shape.__name__ not in self.schemas:
            self.schemas[shape.__name__] = {}
            self.schemas[shape.__name__] = self._object(shape)
        return {"$ref": f"#/components/schemas/{shape.__name__}"}

    def _object(self, shape: Any) -> Schema:
        hints = get_type_hints(shape, include_extras=True)
        required: frozenset[str] = shape.__required_keys__
        return {
            "type": "object",
            "properties": {name: self._of(hint) for name, hint in hints.items()},
            "required": [name for name in hints if name in required],
            "additionalProperties": False,
        }

    def _of(self, hint: Any) -> Schema:
        if is_typeddict(hint):
            return self.reference(hint)
        arguments = get_args(hint)
        origin = get_origin(hint)
        if origin is Annotated:
            return {**self._of(arguments[0]), **dict(arguments[1:])}
        if origin is list:
            return {"type": "array", "items": self._of(arguments[0])}
        if origin in (Union, types.UnionType):
            return _union([self._of(argument) for argument in arguments])
        if origin is not None:
            # Required and NotRequired: `__required_keys__` has told.
            return self._of(arguments[0])
        return {"type": _TYPES[hint]}


def _union(options: list[Schema]) -> Schema:
    if all(option.keys() == {"type"} for option in options):
        return {"type": [option["type"] for option in options]}
    return {"anyOf": options}
