"""JSON schemas of request bodies: pydantic's, with the words of docs/parameters.md."""

import re
from functools import cache

from local.aws.template import ROOT
from maskline.api.fields import Body, Schema
from maskline.api.sessions.request import ChangeableSettings, Creation
from maskline.domain.sessions.request import FIXED_FIELDS

_ROW = re.compile(r"^\| (?P<names>`[^|]+`) \|(?P<cells>.+)\| *$", re.MULTILINE)
_NAME = re.compile(r"`([a-z_]+)`")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]+\)")
_OUTLINE = {"title", "description"}
_FIXED = 'Cannot be changed: the session\'s value may be repeated, false, 0 and "" say nothing.'


def body_schema(model: type[Body], section: str) -> Schema:
    """Describe the fields of a body, with the words of a section of docs/parameters.md."""
    properties = _properties(model, section)
    if model is ChangeableSettings:
        kept = _properties(Creation, section)
        properties |= {name: kept[name] | {"description": _FIXED} for name in FIXED_FIELDS}
    schema = model.model_json_schema(mode="validation")
    schema = {key: value for key, value in schema.items() if key not in _OUTLINE}
    return {**schema, "properties": properties}


def _properties(model: type[Body], section: str) -> dict[str, Schema]:
    schema, told = model.model_json_schema(mode="validation"), meanings(section)
    return {
        name: _plain(part) | ({"description": told[name]} if name in told else {})
        for name, part in schema["properties"].items()
    }


def _plain(schema: Schema) -> Schema:
    """A default of null is none: an absent parameter and null say the same."""
    return {
        key: value
        for key, value in schema.items()
        if key != "title" and not (key == "default" and value is None)
    }


@cache
def meanings(section: str) -> dict[str, str]:
    """Name -> what a table of docs/parameters.md says of it."""
    text = (ROOT / "docs" / "parameters.md").read_text(encoding="utf-8")
    body = text.partition(f"## {section}\n")[2].partition("\n## ")[0]
    return {
        name: _meaning(match["cells"])
        for match in _ROW.finditer(body)
        for name in _NAME.findall(match["names"])
    }


def _meaning(cells: str) -> str:
    """The type, and the bounds and default; of a table with fewer columns its one description."""
    described = [cell.strip() for cell in cells.split(" | ")]
    return _LINK.sub(r"\1", ": ".join(described[:2])).replace("`", "")
