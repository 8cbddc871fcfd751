"""The recording of a conversation."""

from dataclasses import dataclass
from enum import StrEnum


class RecordingStatus(StrEnum):
    """The progress of a recording. ORDERED: it starts when the callee answers."""

    ORDERED = "ordered"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Recording:
    """One file for the whole conversation; what is not known (yet) is "" or None.

    `file_format` is mp3 or wav, `media_url` the file, `resource_url` the carrier's record of it.
    Instants are epoch ms.
    """

    file_format: str = ""
    status: RecordingStatus = RecordingStatus.ORDERED
    uuid: str = ""
    media_url: str = ""
    resource_url: str = ""
    duration_seconds: int | None = None
    started_at: int | None = None
    ended_at: int | None = None
