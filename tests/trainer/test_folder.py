"""Folders in the LJSpeech and Ruslan layouts, with TextGrids and without."""

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("librosa")
soundfile = pytest.importorskip("soundfile")

from healthlint.trainer import corpus
from healthlint.trainer.corpus import folder as layout
from healthlint.trainer.errors import TrainerError

RATE = 22050


def load(path, cache, utterances=None):
    return corpus.load(
        f"folder:{path}",
        utterances=utterances,
        seed=0,
        cache_folder=cache,
        report=lambda done, count: None,
    )


@pytest.fixture
def recordings(tmp_path, sine):
    """Three tones of a second with a tenth of silence before and after."""
    (tmp_path / "wavs").mkdir()
    silence = np.zeros(RATE // 10, np.float32)
    for number, hertz in enumerate((120.0, 180.0, 240.0)):
        wave = np.concatenate([silence, sine(hertz, 1.0, RATE), silence])
        soundfile.write(tmp_path / "wavs" / f"a{number}.wav", wave, RATE)
    (tmp_path / "metadata.csv").write_text("a0|Да|да\na1|Нет, да!\na2|В лес|в лес\n", "utf-8")
    return tmp_path


def write_grid(path, intervals, form="long", tier="phones"):
    """A TextGrid of one tier, written by hand."""
    end = intervals[-1][1]
    if form == "short":
        head = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "0", f"{end}"]
        rows = ["<exists>", "1", '"IntervalTier"', f'"{tier}"', "0", f"{end}", f"{len(intervals)}"]
        body = [f'{start}\n{stop}\n"{label}"' for start, stop, label in intervals]
    else:
        head = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0 ",
                f"xmax = {end} "]  # fmt: skip
        rows = ["tiers? <exists> ", "size = 1 ", "item []: ", "    item [1]:",
                '        class = "IntervalTier" ', f'        name = "{tier}" ',
                "        xmin = 0 ", f"        xmax = {end} ",
                f"        intervals: size = {len(intervals)} "]  # fmt: skip
        body = [
            f"        intervals [{n}]:\n            xmin = {start} \n            xmax = {stop} \n"
            f'            text = "{label}" '
            for n, (start, stop, label) in enumerate(intervals, start=1)
        ]
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join([*head, *rows, *body]) + "\n", "utf-8")


INTERVALS = [(0, 0.1, ""), (0.1, 0.5, "d"), (0.5, 1.1, "a"), (1.1, 1.15, "sil"), (1.15, 1.2, "")]


@pytest.mark.parametrize("place", ["TextGrid", "wavs", "alignments"])
@pytest.mark.parametrize("form", ["long", "short"])
def test_durations_come_from_textgrids(recordings, tmp_path, place, form):
    for number in range(3):
        write_grid(recordings / place / f"a{number}.TextGrid", INTERVALS, form)
    found = load(recordings, tmp_path / "cache")
    assert found.facts["durations"] == "TextGrid"
    clip = found.clips[0]
    assert clip.phones == ("_", "d", "a", "_")  # neighbouring silences are one pause
    assert clip.durations.tolist() == [9, 34, 52, 9]  # boundaries at 0.1, 0.5, 1.1 s of 104 frames
    assert clip.durations.sum() == len(clip.mel) == len(clip.pitch) == len(clip.energy)


def test_without_textgrids_durations_are_estimated_and_said_so(recordings, tmp_path):
    found = load(recordings, tmp_path / "cache")
    assert found.facts["durations"] == "estimated from letters and loudness"
    assert found.clips[1].phones == ("_", "н", "е", "т", "_", "д", "а", "_")
    lead, *inner, tail = found.clips[1].durations
    assert (lead, tail) == (9, 9)  # the tenths of silence
    assert all(frames > 0 for frames in inner)
    assert found.clips[1].durations.sum() == len(found.clips[1].mel)
    assert found.language == "ru"


def test_pitch_is_that_of_the_tone(recordings, tmp_path):
    for clip, hertz in zip(load(recordings, tmp_path).clips, (120, 180, 240), strict=True):
        expected = np.log(hertz / 60) / np.log(500 / 60)
        assert np.median(clip.pitch[20:80]) == pytest.approx(expected, abs=0.01)


def test_other_sample_rates_are_brought_to_that_of_the_first(recordings, tmp_path, sine):
    soundfile.write(recordings / "wavs/a2.wav", sine(240.0, 1.2, 16000), 16000)
    clips = load(recordings, tmp_path / "cache").clips
    assert len(clips[2].mel) == len(clips[0].mel)


def test_a_changed_recording_is_measured_anew(recordings, tmp_path, sine):
    before = load(recordings, tmp_path / "cache").clips[0]
    assert np.array_equal(load(recordings, tmp_path / "cache").clips[0].mel, before.mel)
    soundfile.write(recordings / "wavs/a0.wav", sine(300.0, 1.2, RATE), RATE)
    assert not np.array_equal(load(recordings, tmp_path / "cache").clips[0].mel, before.mel)


def test_utterances_takes_the_first(recordings, tmp_path):
    assert [clip.id for clip in load(recordings, tmp_path / "c", 2).clips] == ["a0", "a1"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: (p / "metadata.csv").unlink(), r"metadata\.csv: no such file"),
        (lambda p: (p / "metadata.csv").write_text("\n"), r"metadata\.csv: the file is empty"),
        (lambda p: (p / "metadata.csv").write_text("a0|да\na1\n"), r"metadata\.csv:2: expected"),
        (lambda p: (p / "metadata.csv").write_text("a0|\n"), r"metadata\.csv:1: expected 'id"),
        (lambda p: (p / "wavs/a1.wav").unlink(), r"metadata\.csv:2: no a1\.wav"),
        (lambda p: (p / "wavs/a0.wav").write_bytes(b"no"), r"a0\.wav: not a readable wav"),
        (lambda p: write_grid(p / "TextGrid/a1.TextGrid", INTERVALS), "2 of 3 clips have no Text"),
        (
            lambda p: [write_grid(p / f"TextGrid/a{n}.TextGrid", INTERVALS, tier="words")
                       for n in range(3)],
            r"a0\.TextGrid: no tier 'phones'; there are: words",
        ),
        (
            lambda p: [write_grid(p / f"TextGrid/a{n}.TextGrid", [(0, 1.2, "")]) for n in range(3)],
            r"a0\.TextGrid: the tier 'phones' holds no phone",
        ),
        (
            lambda p: [(p / f"wavs/a{n}.TextGrid").write_text("x") for n in range(3)],
            r"a0\.TextGrid: not a readable TextGrid",
        ),
        (
            lambda p: (p / "metadata.csv").write_text("a0|--\na1|а\na2|а\n", "utf-8"),
            "the text '--' holds no letter",
        ),
    ],
)  # fmt: skip
def test_bad_input_is_named_with_its_place(recordings, tmp_path, change, message):
    change(recordings)
    with pytest.raises(TrainerError, match=message):
        load(recordings, tmp_path / "cache")


def test_vowels_are_longer_and_signs_shorter():
    letters, ends = layout.estimate_durations("б а", np.ones(RATE, np.float32), RATE)
    lengths = dict(zip(letters[1:-1], np.diff(ends)[:-1], strict=True))
    assert lengths["а"] / lengths["б"] == pytest.approx(1.6)
    assert lengths["_"] / lengths["б"] == pytest.approx(0.5)
