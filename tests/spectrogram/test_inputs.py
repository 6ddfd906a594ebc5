"""Files: what is read, and what is refused with the reason."""

from __future__ import annotations

import itertools
import zipfile
from pathlib import Path

import numpy as np
import pytest
from spectrogram.voices import RATE, voice

from healthlint.spectrogram import Front, SpectrogramError, audio, log_mel
from healthlint.spectrogram.inputs import Settings, read
from healthlint.spectrogram.measuring import all_measured, found, measured

WAVE = voice(2, 2.0)
MEL = log_mel(WAVE, Front())
soundfile = pytest.importorskip("soundfile")


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_sound_at_its_own_rate(tmp_path: Path, suffix: str) -> None:
    soundfile.write(tmp_path / f"a{suffix}", WAVE, RATE, subtype="PCM_16")
    given = read(tmp_path / f"a{suffix}", Settings())
    assert given.notes == ()
    assert np.median(np.abs(given.mel - MEL)) < 0.01


def test_sound_at_another_rate_in_stereo(tmp_path: Path) -> None:
    pytest.importorskip("scipy")
    wave = voice(2, 2.0, 44100)
    soundfile.write(tmp_path / "a.wav", np.stack([wave, wave], axis=1), 44100)
    assert read(tmp_path / "a.wav", Settings()).mel.shape == MEL.shape


def test_silent_and_clipped_sound_says_so(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "quiet.wav", 1e-4 * WAVE, RATE, subtype="FLOAT")
    given = read(tmp_path / "quiet.wav", Settings())
    assert given.is_silent
    assert given.notes[0].startswith("silent: -10")
    soundfile.write(tmp_path / "loud.wav", np.clip(20 * WAVE, -1, 1), RATE)
    assert read(tmp_path / "loud.wav", Settings()).notes[0].startswith("clipped: ")
    assert measured(str(tmp_path / "quiet.wav"), Settings()).sharpness.is_silent


@pytest.mark.parametrize(("level", "is_silent"), [(-59.5, False), (-60.5, True)])
def test_where_silence_begins(tmp_path: Path, level: float, is_silent: bool) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.full(100, 10 ** (level / 20)), RATE, subtype="FLOAT")
    assert audio.read(path).is_silent is is_silent


def test_arrays(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", MEL.astype(np.float32))
    np.savez(tmp_path / "b.npz", mel=2 * MEL.T, sample_rate=16000, hop_length=200, scale="ln-power")
    given = read(tmp_path / "a.npy", Settings())
    assert given.notes == ("taken for ln-amp",)
    given = read(tmp_path / "b.npz", Settings())
    assert (given.front.sample_rate, given.front.hop, given.notes) == (16000, 200, ())
    assert np.allclose(given.mel, MEL)


def test_an_array_of_objects_is_never_unpacked(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([{"mel": 1}], dtype=object))
    with pytest.raises(SpectrogramError, match="never unpacked"):
        read(tmp_path / "a.npy", Settings())


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    packed = zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED)
    with packed, packed.open("mel.npy", "w") as file:
        for _ in range(520):
            file.write(bytes(1 << 20))
    with pytest.raises(SpectrogramError, match="520 MiB"):
        read(tmp_path / "a.npz", Settings())


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.npy", b"", "no array"),
        ("a.npz", b"PK nothing", "no array"),
        ("a.wav", b"RIFF", "no sound file"),
        ("a.flac", b"", "no sound file"),
        ("a.png", b"\x89PNG", "no image"),
        ("a.pt", b"x", "neither a file of torch nor safetensors"),
        ("a", b"x", "no ending"),
    ],
)
def test_broken_files(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    if name == "a.png":
        pytest.importorskip("PIL")
    (tmp_path / name).write_bytes(content)
    done = measured(str(tmp_path / name), Settings())
    assert done.sharpness is None
    assert words in done.problem


def test_which_of_several_arrays(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=MEL, y=MEL)
    assert (
        "which array is the mel? there is: x, y"
        in measured(str(tmp_path / "a.npz"), Settings()).problem
    )


def image(path: Path, grey: np.ndarray) -> None:
    images = pytest.importorskip("PIL.Image")
    images.fromarray(np.clip(grey, 0, 255).astype(np.uint8)).save(path)


def test_a_grey_image_is_a_mel_without_a_unit(tmp_path: Path) -> None:
    image(tmp_path / "a.png", (MEL[::-1] - MEL.min()) / np.ptp(MEL) * 255)
    given = read(tmp_path / "a.png", Settings())
    assert "without a unit" in given.notes[0]
    assert np.corrcoef(given.mel.ravel(), MEL.ravel())[0, 1] > 0.99


@pytest.mark.parametrize(
    ("grey", "words"),
    [
        ((MEL + 3) * 80, "saturated"),
        (np.zeros((433, 900)) + np.arange(900) % 200, "a figure, not a mel"),
        (np.stack([MEL * 9 + 100, MEL * 5 + 90, MEL * 7 + 99], axis=2), "colours"),
    ],
)
def test_images_that_are_no_measure(tmp_path: Path, grey: np.ndarray, words: str) -> None:
    image(tmp_path / "a.png", grey)
    with pytest.raises(SpectrogramError, match=words):
        read(tmp_path / "a.png", Settings())


def test_many_files_come_back_in_order(tmp_path: Path) -> None:
    for number in range(17):
        np.save(tmp_path / f"{number:02}.npy", MEL - number * 0.01)
    paths, settings = [*map(str, found(tmp_path))], Settings(scale="ln-amp")
    alone, shared = list(all_measured(paths, settings)), list(all_measured(paths, settings, jobs=2))
    assert [one.path for one in shared] == paths
    assert [one.sharpness.total_db for one in alone] == [one.sharpness.total_db for one in shared]


def test_channels_that_cancel_are_heard_by_the_louder_one(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.stack([WAVE, -0.9 * WAVE], axis=1), RATE)
    given = read(tmp_path / "a.wav", Settings())
    assert not given.is_silent
    assert np.median(np.abs(given.mel - MEL)) < 0.01


def test_level_and_the_louder_channel_are_those_of_the_file_at_another_rate(tmp_path: Path) -> None:
    both = np.stack([0.5 * WAVE, -WAVE], axis=1)
    soundfile.write(tmp_path / "a.wav", both, RATE, subtype="FLOAT")
    own, made = (audio.read(tmp_path / "a.wav", rate) for rate in (0, 2 * RATE))
    assert (made.level_db, made.peak, made.own_rate) == (own.level_db, own.peak, RATE)
    assert np.isclose(own.level_db, 20 * np.log10(np.std(WAVE)), atol=0.1)
    assert (len(own.wave), len(made.wave)) == (len(WAVE), 2 * len(WAVE))
    assert np.allclose(made.wave[::2], own.wave, atol=0.01)


def test_one_mute_channel_is_a_gain(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.stack([WAVE, 0 * WAVE], axis=1), RATE)
    mel = read(tmp_path / "a.wav", Settings()).mel
    loud = MEL > -7
    assert np.allclose(mel[loud], MEL[loud] - np.log(2), atol=0.1)


def test_floats_over_full_scale_are_not_clipped(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", 32768 * WAVE, RATE, subtype="FLOAT")
    assert read(tmp_path / "a.wav", Settings()).notes == (
        "over full scale: samples up to 9,830, not 1",
    )


@pytest.mark.parametrize(("rate", "is_refused"), [(8000, True), (13400, True), (13600, False)])
def test_sound_that_ends_below_the_measured_bands(
    tmp_path: Path, rate: int, is_refused: bool
) -> None:
    pytest.importorskip("scipy")
    soundfile.write(tmp_path / "a.wav", voice(2, 2.0, rate), rate)
    problem = measured(str(tmp_path / "a.wav"), Settings()).problem
    assert bool(problem) is is_refused
    assert not problem or f"sound of {rate} Hz holds nothing above {rate // 2} Hz" in problem


def test_narrow_sound_is_measured_at_its_own_rate(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", voice(2, 2.0, 8000), 8000)
    said = measured(str(tmp_path / "a.wav"), Settings()).problem
    assert "--sample-rate 8000 --n-fft 372 --hop 93" in said
    own = Settings(Front(sample_rate=8000, n_fft=372, hop=93))
    found = measured(str(tmp_path / "a.wav"), own).sharpness
    assert found is not None
    assert np.isfinite(found.total_db)


@pytest.mark.parametrize(
    ("beside", "words"),
    [
        ({"sample_rate": "x"}, "its sample_rate is 'x', which is no number"),
        ({"sample_rate": np.nan}, "its sample_rate is nan"),
        ({"sample_rate": -5}, "-5 Hz"),
        ({"hop_length": 0}, "hop 0"),
        ({"n_fft": True}, "its n_fft is True"),
    ],
)
def test_settings_beside_an_array_that_are_none(
    tmp_path: Path, beside: dict[str, object], words: str
) -> None:
    np.savez(tmp_path / "a.npz", mel=MEL, **beside)
    assert words in measured(str(tmp_path / "a.npz"), Settings()).problem


KINDS = ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_wav_is_the_same_sound(tmp_path: Path, kind: str) -> None:
    soundfile.write(tmp_path / "a.wav", WAVE, RATE, subtype=kind)
    found = measured(str(tmp_path / "a.wav"), Settings()).sharpness
    soundfile.write(tmp_path / "b.wav", WAVE, RATE, subtype="DOUBLE")
    exact = measured(str(tmp_path / "b.wav"), Settings()).sharpness
    assert found is not None
    assert exact is not None
    within = 1.0 if kind in ("PCM_U8", "ULAW") else 0.05
    assert found.total_db == pytest.approx(exact.total_db, abs=within)


@pytest.mark.parametrize("rate", [16000, 24000, 44100, 48000])
def test_the_same_sound_at_another_rate_tells_the_same(tmp_path: Path, rate: int) -> None:
    signal = pytest.importorskip("scipy.signal")
    there = signal.resample_poly(WAVE, rate // 50, RATE // 50)
    soundfile.write(tmp_path / "a.wav", there, rate, subtype="FLOAT")
    found = measured(str(tmp_path / "a.wav"), Settings()).sharpness
    soundfile.write(tmp_path / "b.wav", WAVE, RATE, subtype="FLOAT")
    exact = measured(str(tmp_path / "b.wav"), Settings()).sharpness
    assert found is not None
    assert exact is not None
    assert found.total_db == pytest.approx(exact.total_db, abs=0.6)


def test_opus_is_read_and_m4a_says_what_to_do(tmp_path: Path) -> None:
    if "OPUS" in soundfile.available_subtypes("OGG"):
        pytest.importorskip("scipy")
        wave = voice(2, 2.0, 48000)
        soundfile.write(tmp_path / "a.opus", wave, 48000, format="OGG", subtype="OPUS")
        assert measured(str(tmp_path / "a.opus"), Settings()).problem == ""
    (tmp_path / "b.m4a").write_bytes(b"\0\0\0\x20ftypM4A ")
    assert "ffmpeg -i b.m4a b.wav" in measured(str(tmp_path / "b.m4a"), Settings()).problem


@pytest.mark.parametrize("rate", [8000, 44100, 48000])
def test_a_long_wave_is_resampled_in_parts_alike(rate: int) -> None:
    signal = pytest.importorskip("scipy.signal")
    wave = np.random.default_rng(0).standard_normal((1 << 20) + 777).astype(np.float32)
    cuts = (0, 3, 262_147, 262_148, 1_000_000, len(wave))
    parts = (wave[first:last] for first, last in itertools.pairwise(cuts))
    made = np.concatenate(list(audio.resampled(parts, rate, RATE)))
    common = np.gcd(rate, RATE)
    whole = signal.resample_poly(wave.astype(float), RATE // common, rate // common)
    assert made.shape == whole.shape
    assert np.allclose(made, whole, atol=1e-5)


def test_numbers_sort_as_numbers(tmp_path: Path) -> None:
    for number in (10, 9, 100):
        np.save(tmp_path / f"take-{number}.npy", MEL)
    assert [path.stem for path in found(tmp_path)] == ["take-9", "take-10", "take-100"]
