"""The recordings of the simulated carrier: what was told of each, and a file made by code.

Nobody speaks on a simulated call. So a WAV file is two seconds of a tone, and an MP3 file two
seconds of silence, however long the call was: both can be played, and neither says anything.
"""

import io
import math
import wave
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

SECONDS = 2
_RATE = 8000
_TONE_HZ = 440
_LOUDNESS = 8000
# A frame of MPEG-1 Layer III, 44.1 kHz, mono, 32 kbit/s: the header, and zeros, which are silence.
# Source: ISO/IEC 11172-3, 2.4.1.3 (header) and 2.4.3.1 (length: 144 * bit rate / sampling rate).
_MP3_FRAME = b"\xff\xfb\x10\xc0".ljust(144 * 32_000 // 44_100, b"\0")
_MP3_FRAME_SAMPLES = 1152
_MP3_RATE = 44_100


@dataclass(frozen=True)
class KeptRecording:
    """A recording: of which call and leg, in which format, since when and how long."""

    uuid: str
    call: str
    leg: str
    format: str
    started_ms: int
    seconds: int

    def media(self, file_format: str) -> tuple[str, bytes] | None:
        """Return type and content of the file; None if it was not recorded in that format."""
        if file_format != self.format:
            return None
        return media(file_format)


class Recordings:
    """Keeps what was recorded, by its id, until the stack ends."""

    def __init__(self) -> None:
        self._kept: dict[str, KeptRecording] = {}

    def keep(self, uuid: str, told: Mapping[str, Any]) -> None:
        """Take a recording in, as the simulator announces it."""
        self._kept[uuid] = KeptRecording(**{**told, "uuid": uuid})

    def get(self, uuid: str) -> KeptRecording | None:
        return self._kept.get(uuid)


def media(file_format: str) -> tuple[str, bytes]:
    """Return type and content of a file in a format, wav or mp3."""
    return ("audio/wav", wav()) if file_format == "wav" else ("audio/mpeg", mp3())


@cache
def wav() -> bytes:
    """Two seconds of a tone: mono, 16 bits."""
    loudness = (
        _LOUDNESS * math.sin(2 * math.pi * _TONE_HZ * place / _RATE)
        for place in range(SECONDS * _RATE)
    )
    file = io.BytesIO()
    with wave.open(file, "wb") as audio:
        audio.setnchannels(1)
        audio.setsampwidth(2)
        audio.setframerate(_RATE)
        audio.writeframes(
            b"".join(round(one).to_bytes(2, "little", signed=True) for one in loudness)
        )
    return file.getvalue()


@cache
def mp3() -> bytes:
    """Two seconds of silence."""
    return _MP3_FRAME * math.ceil(SECONDS * _MP3_RATE / _MP3_FRAME_SAMPLES)
