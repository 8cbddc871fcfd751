"""The files that the simulated carrier has of its recordings."""

import io
import wave

import pytest

from local.phone.recordings import SECONDS, Recordings, mp3, wav

TOLD = {
    "RecordUrl": "http://127.0.0.1:3000/v1/Account/MA1/Recording/r-1.wav",
    "CallUUID": "c-1",
    "RecordingDurationMs": "90000",
    "RecordingStartMs": "1000",
    "RecordingEndMs": "91000",
}


def test_a_wav_file_is_a_tone() -> None:
    with wave.open(io.BytesIO(wav())) as audio:
        assert audio.getnframes() == SECONDS * audio.getframerate()
        assert any(audio.readframes(100))


def test_an_mp3_file_is_whole_frames_and_nothing_else() -> None:
    content = mp3()
    # The frame's length by its header: 144 * 32,000 / 44,100.
    frames = [content[at : at + 104] for at in range(0, len(content), 104)]

    assert {frame[:4] for frame in frames} == {b"\xff\xfb\x10\xc0"}
    assert {frame[4:] for frame in frames} == {bytes(100)}
    assert len(frames) * 1152 / 44_100 == pytest.approx(SECONDS, abs=0.05)


def test_a_recording_has_the_format_that_was_told_and_a_record() -> None:
    recordings = Recordings()
    recordings.keep("r-1", TOLD)

    assert recordings.media("r-1", "wav") == ("audio/wav", wav())
    assert recordings.media("r-1", "mp3") is None
    assert recordings.media("r-2", "wav") is None
    assert recordings.record("r-2") is None
    record = recordings.record("r-1")
    assert record is not None
    assert (record["recording_url"], record["recording_format"]) == (TOLD["RecordUrl"], "wav")
    assert (record["call_uuid"], record["recording_duration_ms"]) == ("c-1", "90000")
