"""The files that the simulated carrier has of its recordings."""

import io
import wave

import pytest

from local.phone.api.recordings import SECONDS, Recordings, mp3, wav

TOLD = {"call": "c-1", "leg": "l-1", "format": "wav", "started_ms": 1000, "seconds": 90}


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

    kept = recordings.get("r-1")
    assert kept is not None
    assert kept.media("wav") == ("audio/wav", wav())
    assert kept.media("mp3") is None
    assert recordings.get("r-2") is None
    assert (kept.call, kept.leg, kept.started_ms, kept.seconds) == ("c-1", "l-1", 1000, 90)
