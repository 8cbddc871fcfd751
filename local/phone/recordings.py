"""The recordings of the simulated carrier: what was told of each, and a file made by code.

Nobody speaks on a simulated call. So a WAV file is two seconds of a tone, and an MP3 file two
seconds of silence, however long the call was: both can be played, and neither says anything.
"""

import io
import math
import wave
from collections.abc import Mapping
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


class Recordings:
    """Keeps what the carrier told of each recording, by its id, until the stack ends."""

    def __init__(self) -> None:
        self._told: dict[str, Mapping[str, Any]] = {}

    def keep(self, uuid: str, told: Mapping[str, Any]) -> None:
        """Take a recording in. `told` are the parameters of the carrier's webhook."""
        self._told[uuid] = told

    def media(self, uuid: str, file_format: str) -> tuple[str, bytes] | None:
        """Return type and content of a file; None if it was not recorded in that format."""
        told = self._told.get(uuid)
        if told is None or not str(told.get("RecordUrl", "")).endswith(f".{file_format}"):
            return None
        return ("audio/wav", wav()) if file_format == "wav" else ("audio/mpeg", mp3())

    def record(self, uuid: str) -> dict[str, Any] | None:
        """Return the carrier's record of a recording, in the names of its API."""
        told = self._told.get(uuid)
        if told is None:
            return None
        url = str(told["RecordUrl"])
        return {
            "call_uuid": told["CallUUID"],
            "recording_id": uuid,
            "recording_duration_ms": told["RecordingDurationMs"],
            "recording_start_ms": told["RecordingStartMs"],
            "recording_end_ms": told["RecordingEndMs"],
            "recording_format": url.rpartition(".")[2],
            "recording_type": "normal",
            "recording_url": url,
        }


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
