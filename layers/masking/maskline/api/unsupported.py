"""Parameters of the compatible API that have no effect here yet.

Their defaults and whatever means "not set" pass, since some clients always send them; anything else
is refused, so that nobody believes a feature is on that is not.
"""

from collections.abc import Mapping

from maskline.api.fields import as_boolean, as_integer
from maskline.domain.errors import InvalidParameterError

# Name -> default, in the order in which they are checked.
_DEFAULTS: dict[str, object] = {
    "create_session_with_single_party": False,
    "initiate_call_to_first_party": False,
    "geomatch": True,
    "record": False,
    "record_file_format": "mp3",
    "recording_callback_url": "",
    "recording_callback_method": "post",
    "first_party_play_url": "",
    "second_party_play_url": "",
    "unknown_caller_play": "",
    "is_pin_authentication_required": False,
    "force_pin_authentication": False,
    "generate_pin": False,
    "generate_pin_length": 4,
    "first_party_pin": "",
    "second_party_pin": "",
    "pin_prompt_play": "",
    "pin_retry": 1,
    "pin_retry_wait": 5,
    "incorrect_pin_play": "",
    "virtual_number_cooloff_period": 0,
}


def require_supported(given: Mapping[str, object], *, is_update: bool = False) -> None:
    """Raise InvalidParameterError for the first parameter that asks for what is not there yet."""
    for name, default in _DEFAULTS.items():
        if name in given and not _is_harmless(given[name], default, is_update=is_update):
            raise InvalidParameterError(name, f"Unsupported parameter. {name} is not supported yet")


def _is_harmless(value: object, default: object, *, is_update: bool) -> bool:
    """false is a wish where the default is true, but in an update it means "leave alone"."""
    plain = _plain(value)
    is_unset = plain in {None, "", 0} if isinstance(plain, str | int | None) else False
    return plain == default or (is_unset and (is_update or default is not True))


def _plain(value: object) -> object:
    """Numbers and booleans as such, also from strings; other strings in lower case."""
    boolean = as_boolean(value)
    if isinstance(boolean, bool):
        return boolean
    number = as_integer(value)
    if number is not None:
        return number
    return value.lower() if isinstance(value, str) else value
