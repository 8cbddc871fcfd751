"""JSON schemas of the types that answers are declared with: pydantic's, as exact as the types."""

from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

Schema = dict[str, Any]


class Shapes:
    """Collects a schema for every TypedDict that it is asked about, and for those inside."""

    def __init__(self) -> None:
        self.schemas: dict[str, Schema] = {}

    def reference(self, shape: type) -> Schema:
        """A reference to the schema of a TypedDict."""
        schema = TypeAdapter(shape).json_schema(
            ref_template="#/components/schemas/{model}", schema_generator=_Exact
        )
        found = {**schema.pop("$defs", {}), shape.__name__: schema}
        self.schemas |= {name: _without_words(one) for name, one in found.items()}
        return {"$ref": f"#/components/schemas/{shape.__name__}"}


class _Exact(GenerateJsonSchema):
    """Keeps fields in their order, without titles, and allows none that the type does not name."""

    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> Schema:
        return {**super().typed_dict_schema(schema), "additionalProperties": False}

    def sort(self, value: Any, _parent_key: str | None = None) -> Any:
        return value

    def field_title_should_be_set(self, _schema: Any) -> bool:
        return False


def _without_words(schema: Schema) -> Schema:
    """A schema without the name and the docstring of its type, which are for us."""
    return {key: value for key, value in schema.items() if key not in {"title", "description"}}
