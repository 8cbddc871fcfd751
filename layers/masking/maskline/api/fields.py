"""The fields of the public API as pydantic types, and its error texts.

A validator raises the public sentence itself; no sentence quotes what the client sent. Beside each
stands the JSON schema of what it is meant for, of which the OpenAPI document is made.
"""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Annotated, Any, ClassVar, NoReturn, TypeVar
from urllib.parse import SplitResult, urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from maskline.api.http import Repeated
from maskline.domain.errors import InvalidParameterError, MissingParameterError

MAX_URL_CHARACTERS = 999
MAX_TEXT_CHARACTERS = 255

# A JSON schema, or a part of one.
Schema = dict[str, Any]

# Longer digit strings are no duration and no number, and costly to convert.
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
# The characters of RFC 3986: parsers disagree about what any other one means.
_URL = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+", re.ASCII)
# The bounds that a schema adds bind a number; digits in a string are within them all the same.
INTEGER: Schema = {"type": ["integer", "string"], "pattern": f"^{_INTEGER.pattern}$"}
_BOOLEAN: Schema = {"enum": [True, False, "true", "false", 1, 0, "1", "0"]}
_PIN = re.compile(r"[0-9]{4,15}", re.ASCII)
_LOOPBACK = re.compile(r"localhost|127(\.[0-9]{1,3}){3}|::1", re.ASCII)


class Body(BaseModel):
    """A request body. Unknown keys are ignored: clients send more than the API knows.

    `aliases` are other names of fields, in lower case.
    """

    aliases: ClassVar[Mapping[str, str]] = {}
    model_config = ConfigDict(extra="ignore", frozen=True, arbitrary_types_allowed=True)


Model = TypeVar("Model", bound=Body)
Choice = TypeVar("Choice", bound=StrEnum)


def accepting(schema: Schema, validate: Callable[..., Any]) -> BeforeValidator:
    """A validator that says in a JSON schema what it takes."""
    return BeforeValidator(validate, json_schema_input_type=Annotated[Any, WithJsonSchema(schema)])


def invalid(name: str, reason: str) -> InvalidParameterError:
    """The API's error for a parameter with an unusable value."""
    return InvalidParameterError(name, f"Invalid parameter. {name} {reason}")


def missing(name: str) -> MissingParameterError:
    """The API's error for an absent parameter that must be there."""
    return MissingParameterError(name, f"Mandatory parameter missing. {name} must be present")


def validated(model: type[Model], values: Mapping[str, object], context: object = None) -> Model:
    """The values as a model. Raises the first error: missing fields before wrong ones."""
    try:
        return model.model_validate(values, context=context)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
    first = min(problems, key=lambda problem: problem["type"] != "missing")
    name = str(first["loc"][0])
    raise missing(name) if first["type"] == "missing" else InvalidParameterError(name, first["msg"])


def canonical(
    body: Mapping[str, object],
    model: type[Body],
    *,
    clearable: frozenset[str] = frozenset(),
) -> dict[str, object]:
    """The fields of a model that the client set, by lower-case public name.

    null and "" are unset, except "" for the `clearable`. Raises InvalidParameterError for a field
    that is given twice with different values. One of them may be false, 0 or "": clients send
    these for what their user left alone.
    """
    given: dict[str, object] = {}
    for key, value in body.items():
        name = model.aliases.get(key.lower(), key.lower())
        for content in map(_stripped, value if isinstance(value, Repeated) else [value]):
            is_unset = content is None or (content == "" and name not in clearable)
            if name in model.model_fields and not is_unset:
                given[name] = _agreed(name, given.get(name), content)
    return given


def _stripped(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


def _agreed(name: str, known: object, further: object) -> object:
    """The value that says something, of two for one field."""
    if not _says_something(known):
        return further
    if _says_something(further) and further != known:
        raise invalid(name, "is given more than once, with different values")
    return known


def _says_something(value: object) -> bool:
    return bool(value) and as_boolean(value) is not False and as_integer(value) != 0


def as_integer(value: object) -> int | None:
    """The whole number that a JSON number or a numeric string is; None if it is none."""
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def as_boolean(value: object) -> object:
    """The boolean that a client wrote as a string; anything else unchanged."""
    if not isinstance(value, str):
        return value
    return {"true": True, "false": False}.get(value.lower(), value)


def is_true(value: object) -> bool:
    """Tell if a client said yes, in any of the ways in which a Boolean may be written."""
    boolean = as_boolean(value)
    return boolean is True or as_integer(boolean) == 1


def as_choice(value: object, kind: type[Choice]) -> Choice | None:
    """The member of an enumeration, whatever its case; None if it is none."""
    text = value.lower() if isinstance(value, str) else ""
    return next((choice for choice in kind if choice.lower() == text), None)


def as_choices(value: object, kind: type[Choice]) -> tuple[Choice, ...] | None:
    """The members that a list names, or a string with commas; None if it says anything else."""
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, list):
        return None
    found = [as_choice(name.strip() if isinstance(name, str) else name, kind) for name in names]
    chosen = tuple(choice for choice in found if choice)
    return chosen if len(set(chosen)) == len(names) else None


def as_url(value: object) -> SplitResult | None:
    """The parts of an absolute http or https URL; None for anything else."""
    if not isinstance(value, str) or not _URL.fullmatch(value):
        return None
    try:
        url = urlsplit(value)
        is_usable = url.scheme in {"http", "https"} and bool(url.hostname) and url.port != 0
    except ValueError:
        return None
    return url if is_usable else None


def refuse(info: ValidationInfo, reason: str) -> NoReturn:
    """Raise the API's error for the field that is being validated."""
    template = "Invalid parameter. {name} {reason}"
    raise PydanticCustomError("invalid", template, {"name": info.field_name, "reason": reason})


def _url(value: object, info: ValidationInfo) -> object:
    if isinstance(value, str) and len(value) > MAX_URL_CHARACTERS:
        refuse(info, "should be under 1000 characters")
    if value != "" and as_url(value) is None:
        refuse(info, "should be a valid URL")
    return value


def url_schema(scheme: str) -> Schema:
    """An absolute URL of that scheme (a pattern), or none."""
    pattern = f"^({scheme}://{_URL.pattern})?$"
    return {"type": "string", "maxLength": MAX_URL_CHARACTERS, "pattern": pattern}


def is_loopback(url: SplitResult) -> bool:
    """Tell if the URL's host is this machine by name or address."""
    return bool(_LOOPBACK.fullmatch(url.hostname or ""))


def _text(value: object, info: ValidationInfo) -> str:
    if not isinstance(value, str):
        refuse(info, "should be a string")
    if len(value) > MAX_TEXT_CHARACTERS:
        refuse(info, "should be under 256 characters")
    return value


def choice(kind: type[StrEnum]) -> BeforeValidator:
    """A validator for one of an enumeration's values, whatever the case."""
    values = " or ".join(kind)

    def validate(value: object, info: ValidationInfo) -> Any:
        return as_choice(value, kind) or refuse(info, f"should be {values}")

    return accepting({"enum": list(kind)}, validate)


def choices(kind: type[StrEnum]) -> BeforeValidator:
    """A validator for several of an enumeration's values in an order that matters, none twice."""
    values = ", ".join(kind)

    def validate(value: object, info: ValidationInfo) -> Any:
        chosen = as_choices(value, kind)
        return (
            refuse(info, f"should list any of {values}, each once at most")
            if chosen is None
            else chosen
        )

    schema = {
        "type": ["array", "string"],
        "items": {"enum": list(kind)},
        "uniqueItems": True,
        "examples": [",".join(kind)],
    }
    return accepting(schema, validate)


def integer_between(lowest: int, highest: int | Callable[[Any], int]) -> BeforeValidator:
    """A validator for a bounded integer, whose upper bound may depend on the context.

    0 is unset, unless it is within the bounds.
    """

    def validate(value: object, info: ValidationInfo) -> int | None:
        number = as_integer(value)
        if number is None:
            refuse(info, "should be an integer")
        if number == 0 and lowest > 0:
            return None
        if not lowest <= number <= (highest if isinstance(highest, int) else highest(info.context)):
            refuse(info, "is outside the allowed range")
        return number

    maximum = {"maximum": highest} if isinstance(highest, int) else {}
    return accepting({**INTEGER, "minimum": lowest, **maximum}, validate)


def _boolean(value: object, info: ValidationInfo) -> bool:
    boolean = as_boolean(value)
    if not isinstance(boolean, bool) and as_integer(boolean) not in {0, 1}:
        refuse(info, "should be true or false")
    return bool(boolean if isinstance(boolean, bool) else as_integer(boolean))


def _pin(value: object, info: ValidationInfo) -> str:
    text = str(value) if isinstance(value, int) else value
    if not isinstance(text, str) or not _PIN.fullmatch(text):
        refuse(info, "should be 4 to 15 digits")
    return text


Boolean = Annotated[bool, accepting(_BOOLEAN, _boolean)]
Pin = Annotated[
    str, accepting({"type": ["string", "integer"], "pattern": f"^{_PIN.pattern}$"}, _pin)
]
Url = Annotated[str, accepting(url_schema("https?"), _url)]
Text = Annotated[str, accepting({"type": "string", "maxLength": MAX_TEXT_CHARACTERS}, _text)]
