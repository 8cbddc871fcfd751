"""The carrier's XML, as much of it as Maskline uses."""

from collections.abc import Mapping

from local.phone.xml import reading
from local.phone.xml.reading import (
    Element,
    Language,
    Rules,
    between,
    is_flag,
    is_method,
    is_phone,
    is_said,
    is_url,
    one_of,
)

MAX_BYTES = 100 * 1024


def read_document(content_type: str, body: bytes) -> tuple[Element, ...]:
    """The elements inside <Response>; raises InvalidDocumentError."""
    return reading.read_document(content_type, body, _LANGUAGE)


AUDIO = frozenset({"Speak", "Play", "Wait"})
_TOP_LEVEL = AUDIO | {"Dial", "Hangup", "Redirect", "GetDigits", "Record"}
_NESTED = {"Dial": frozenset({"Number"}), "GetDigits": frozenset({"Play"})}
_TEXTS = {
    "Speak": is_said,
    "Play": is_url,
    "Redirect": is_url,
    "Number": is_phone,
}
_ATTRIBUTES: Mapping[str, Rules] = {
    "Dial": {
        "action": is_url,
        "method": is_method,
        "timeout": between(1, 86_400),
        "timeLimit": between(1, 86_400),
        "callerId": is_phone,
        "callbackUrl": is_url,
        "callbackMethod": is_method,
        "confirmSound": is_url,
    },
    "Number": {},
    "Speak": {},
    "Play": {},
    "Wait": {"length": between(1, 3600)},
    "Redirect": {"method": is_method},
    "Hangup": {"reason": one_of("rejected", "busy")},
    "GetDigits": {
        "action": is_url,
        "method": is_method,
        "numDigits": between(1, 99),
        "timeout": between(1, 60),
        "digitTimeout": between(1, 60),
        "finishOnKey": is_said,
        "retries": between(0, 100),
        "redirect": is_flag,
        "validDigits": is_said,
        "log": is_flag,
    },
    "Record": {
        "fileFormat": one_of("mp3", "wav"),
        "redirect": is_flag,
        "maxLength": between(1, 86_400),
        "playBeep": is_flag,
        "startOnDialAnswer": is_flag,
        "callbackUrl": is_url,
        "callbackMethod": is_method,
    },
}
_LANGUAGE = Language(MAX_BYTES, _ATTRIBUTES, _TEXTS, _NESTED, _TOP_LEVEL)
