"""espeak-ng, festvox-ru, the registry, the cache, and how clips become batches."""

import itertools
import json
import subprocess
import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("librosa")
soundfile = pytest.importorskip("soundfile")

from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from healthlint.trainer import batches, corpus
from healthlint.trainer.corpus import _cache, festvox
from healthlint.trainer.corpus._sentences import sentences
from healthlint.trainer.errors import TrainerError
from healthlint.trainer.pitch import energy


def load(spec, cache, utterances=None):
    return corpus.load(
        spec, utterances=utterances, seed=0, cache_folder=cache, report=lambda done, count: None
    )


# espeak


def test_sentences_are_russian_different_and_repeatable():
    spoken = list(itertools.islice(sentences(3), 500))
    assert spoken == list(itertools.islice(sentences(3), 500))
    assert len(set(spoken)) == 500
    assert spoken != list(itertools.islice(sentences(4), 500))
    assert not [s for s in spoken if not all(c.isalpha() or c in " ,.?!-" for c in s)]


def test_phones_of_espeak_stand_where_they_sound(clips):
    """Vowels are louder than pauses by far: it would not be so if times were off."""
    levels: dict[str, list[float]] = {}
    for clip in clips:
        starts = np.cumsum(clip.durations) - clip.durations
        for phone, start, frames in zip(clip.phones, starts, clip.durations, strict=True):
            if frames:
                middle = start + frames // 2
                levels.setdefault(phone, []).append(float(clip.energy[middle]))
    assert np.median(levels["ɑ"]) > np.median(levels["s"]) + 0.05
    ends = [clip.energy[-clip.durations[-1] :].min() for clip in clips]
    assert np.median(levels["ɑ"]) > np.median(ends) + 0.3


def test_clips_are_whole(clips):
    assert len(clips) == 24
    for clip in clips:
        assert clip.durations.sum() == len(clip.mel) == len(clip.pitch) == len(clip.energy)
        assert (clip.durations >= 0).all()
        assert len(clip.durations) == len(clip.phones)
        assert 0 <= clip.pitch.min() <= clip.pitch.max() <= 1
        assert 0 <= clip.energy.min() < clip.energy.max() < 1  # not clipped
        np.testing.assert_array_equal(clip.energy, energy(clip.mel))


def test_another_process_measures_the_same(spoken, tmp_path):
    code = (
        "import sys, pathlib; from healthlint.trainer import corpus\n"
        "corpus.load('espeak', utterances=24, seed=0, cache_folder=pathlib.Path(sys.argv[1]),"
        " report=lambda done, count: None)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    (path,) = tmp_path.glob("espeak-*.npz")
    for here, there in zip(spoken.clips, _cache.load(path), strict=True):
        assert here.phones == there.phones
        for curve in ("mel", "pitch", "energy", "durations"):
            np.testing.assert_array_equal(getattr(here, curve), getattr(there, curve))


def test_a_missing_wheel_says_what_to_install(monkeypatch):
    from healthlint.trainer.corpus import espeak

    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    with pytest.raises(TrainerError, match=r"pip install 'healthlint\[train\]'"):
        espeak.read(None, 10, 0)


# festvox


def label(*pairs):
    return [festvox.Label(end, phone) for end, phone in pairs]


@pytest.mark.parametrize(
    ("spoken", "kept"),
    [
        (1.29, False),  # with a margin of 0.1 s on either side: 1.49 s
        (1.31, True),
        (4.29, True),
        (4.31, False),
    ],
)
def test_clips_last_from_one_and_a_half_to_four_and_a_half_seconds(spoken, kept):
    cuts = festvox.cut_at_pauses(label((1.0, "pau"), (1.0 + spoken, "a"), (9.0, "pau")))
    assert bool(cuts) == kept
    if kept:
        assert cuts[0].start == pytest.approx(0.9)
        assert cuts[0].labels[-1] == (pytest.approx(1.1 + spoken), "pau")


def test_short_stretches_are_joined_over_a_pause():
    labels = label((0.2, "pau"), (1.0, "a"), (1.2, "pau"), (2.2, "o"), (2.5, "pau"))
    (cut,) = festvox.cut_at_pauses(labels)
    assert [one.phone for one in cut.labels] == ["pau", "a", "pau", "o", "pau"]


def make_festvox(folder, sine):
    for name in ("lab", "wav"):
        (folder / "voice" / name).mkdir(parents=True)
    for number in range(3):
        (folder / f"voice/lab/ru_{number}.lab").write_text(
            "#\n0.30 125 pau\n1.30 125 aa\n2.30 125 s\n2.60 125 pau\n"
        )
        soundfile.write(folder / f"voice/wav/ru_{number}.wav", sine(150.0, 2.6, 16000), 16000)


def test_festvox_takes_phones_and_times_from_labels(tmp_path, sine):
    make_festvox(tmp_path / "ru", sine)
    found = load(f"festvox:{tmp_path / 'ru'}", tmp_path / "cache")
    assert (len(found.clips), found.sample_rate, found.language) == (3, 16000, "ru")
    clip = found.clips[0]
    assert clip.phones == ("pau", "aa", "s", "pau")
    assert clip.text == "aa s"
    # The clip begins at 0.2 s: boundaries at 0.1, 1.1 and 2.1 of 2.2 s.
    edges = [round(second * 16000 / 256) for second in (0.1, 1.1, 2.1)]
    assert np.cumsum(clip.durations).tolist() == [*edges, 1 + round(2.2 * 16000) // 256]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("#\n0.3 125 pau\nx 125 a\n", r"ru_0\.lab:3: expected 'end colour phone'"),
        ("#\n0.3 125 pau\n0.4 125\n", r"ru_0\.lab:3: expected 'end colour phone'"),
        ("#\n0.3 125 pau\n0.2 125 a\n", r"ru_0\.lab:3: time goes back to 0\.2"),
    ],
)
def test_bad_labels_are_named_with_their_line(tmp_path, sine, lines, message):
    make_festvox(tmp_path / "ru", sine)
    (tmp_path / "ru/voice/lab/ru_0.lab").write_text(lines)
    with pytest.raises(TrainerError, match=message):
        load(f"festvox:{tmp_path / 'ru'}", tmp_path / "cache")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("esspeak", "there are: espeak, festvox, folder"),
        ("espeak:here", "takes no path"),
        ("festvox", "scripts/fetch-festvox-ru PATH brings it"),
        ("festvox:/nowhere/at/all", "no such folder; scripts/fetch-festvox-ru"),
        ("folder", "write --corpus folder:PATH"),
        ("_cache", "unknown corpus '_cache'"),
    ],
)
def test_a_corpus_that_cannot_be_read_is_explained(spec, message, tmp_path):
    with pytest.raises(TrainerError, match=message):
        load(spec, tmp_path)


def test_a_folder_that_is_not_festvox(tmp_path):
    with pytest.raises(TrainerError, match="no folders 'lab' and 'wav'"):
        load(f"festvox:{tmp_path}", tmp_path)


# cache and batches


def test_the_cache_gives_back_every_bit(clips, tmp_path):
    _cache.save(tmp_path / "x.npz", clips)
    for before, after in zip(clips, _cache.load(tmp_path / "x.npz"), strict=True):
        assert (before.id, before.text, before.phones) == (after.id, after.text, after.phones)
        for curve in ("mel", "pitch", "energy", "durations"):
            np.testing.assert_array_equal(getattr(before, curve), getattr(after, curve))
    assert [path.name for path in tmp_path.iterdir()] == ["x.npz"]


def test_a_second_load_does_not_measure(cache, spoken):
    measured = []
    corpus.load(
        "espeak",
        utterances=24,
        seed=0,
        cache_folder=cache,
        report=lambda done, count: measured.append(done),
    )
    assert measured == []


def examples_of(clips):
    return [batches.Example(clip, clip) for clip in clips]


@examples(20)
@given(st.integers(1, 9), st.integers(0, 5), st.integers(1, 5))
def test_an_epoch_has_every_clip_once(clips_count, seed, batch_size):
    clip = type("Clip", (), {})
    made = []
    for frames in range(clips_count):
        one = clip()
        one.mel = np.zeros((frames + 1, 80))
        made.append(batches.Example(one, one))
    order = batches.epoch_order(made, batch_size, seed, 1)
    assert sorted(itertools.chain(*order)) == list(range(clips_count))
    assert len(order) == -(-clips_count // batch_size)


def test_epochs_differ_and_repeat(clips):
    orders = [batches.epoch_order(examples_of(clips), 4, 0, epoch) for epoch in (1, 2, 1)]
    assert orders[0] == orders[2] != orders[1]


def test_a_batch_is_padded_with_zeros(clips):
    chosen = [clips[0], clips[1]]
    symbols = batches.symbols_of(clips)
    batch = batches.collate(examples_of(chosen), symbols)
    assert batch.frames.tolist() == [len(clip.mel) for clip in chosen]
    short = min(range(2), key=lambda i: len(chosen[i].mel))
    frames, phones = len(chosen[short].mel), len(chosen[short].phones)
    np.testing.assert_array_equal(batch.mel[short, :frames].numpy(), chosen[short].mel)
    assert not batch.mel[short, frames:].any()
    assert [symbols[i] for i in batch.phones[short, :phones]] == list(chosen[short].phones)
    assert (batch.phones[short, :phones] > 0).all()
    assert not batch.phones[short, phones:].any()


@pytest.mark.parametrize(("count", "held"), [(10, 5), (16, 8), (160, 8), (200, 10), (4000, 100)])
def test_how_many_clips_are_kept_for_validation(count, held):
    train, val = batches.split(list(range(count)), 0)
    assert len(val) == held
    assert sorted([*train, *val]) == list(range(count))


def test_nine_clips_are_too_few():
    with pytest.raises(ValueError, match="10 are the least"):
        batches.split(list(range(9)), 0)


def test_words_of_the_cache_are_json(clips, tmp_path):
    _cache.save(tmp_path / "x.npz", clips[:1])
    with np.load(tmp_path / "x.npz", allow_pickle=False) as stored:
        assert json.loads(str(stored["words"]))[0]["id"] == clips[0].id
