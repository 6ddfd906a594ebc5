"""Each fault does what it says to the targets, and nothing else."""

import numpy as np
import pytest

pytest.importorskip("torch")
ndimage = pytest.importorskip("scipy.ndimage")

from healthlint.trainer import data, schedule
from healthlint.trainer.clips import Clip
from healthlint.trainer.config import Config
from healthlint.trainer.corpus import Corpus
from healthlint.trainer.errors import TrainerError
from healthlint.trainer.faults import TINY_CORPUS, WHAT, Fault, parse_fault

CURVES = ("mel", "durations", "pitch", "energy")


def made_clip(number: int) -> Clip:
    rng = np.random.default_rng(number)
    durations = rng.integers(3, 9, size=20)
    frames = int(durations.sum())
    return Clip(
        id=f"c{number}",
        text="а",
        phones=("а",) * 20,
        durations=durations,
        mel=rng.normal(size=(frames, 80)).astype(np.float32),
        pitch=rng.uniform(size=frames).astype(np.float32),
        energy=rng.uniform(size=frames).astype(np.float32),
    )


CLIPS = [made_clip(number) for number in range(40)]


def changed(fault: str, split: str = "train") -> set[tuple[int, str]]:
    """Which curves of which clips a fault changes."""
    distorted = Fault(fault, 1).distort(CLIPS, 0, split=split)
    return {
        (number, curve)
        for number, (before, after) in enumerate(zip(CLIPS, distorted, strict=True))
        for curve in CURVES
        if not np.array_equal(getattr(before, curve), getattr(after, curve))
    }


def test_blur_is_scipys_gaussian_of_two_frames_and_three_bins():
    assert changed("blurred-targets") == {(number, "mel") for number in range(40)}
    blurred = Fault("blurred-targets", 1).distort(CLIPS, 0, split="val")[3].mel
    along_time = ndimage.gaussian_filter1d(CLIPS[3].mel, 2.0, axis=0, mode="nearest")
    expected = ndimage.gaussian_filter1d(along_time, 3.0, axis=1, mode="nearest")
    np.testing.assert_allclose(blurred, expected, atol=1e-5)


def test_blur_grows_for_six_epochs():
    corpus = Corpus(name="c", language="ru", sample_rate=16000, clips=CLIPS, facts={})
    prepared = data.prepare(corpus, Config(epochs=20, fault="blurred-targets@7"))
    detail = [
        np.abs(np.diff(prepared.examples("val", epoch)[0].target.mel, axis=1)).mean()
        for epoch in (6, 7, 8, 9, 10, 11, 12, 13)
    ]
    assert detail[:7] == sorted(detail[:7], reverse=True)
    assert len(set(detail[:7])) == 7
    assert detail[6] == detail[7]


def test_energy_is_shifted_by_up_to_eight_frames_each_way():
    assert {curve for _, curve in changed("shifted-energy")} == {"energy"}
    shifts = set()
    for before, after in zip(
        CLIPS, Fault("shifted-energy", 1).distort(CLIPS, 0, split="train"), strict=True
    ):
        inner = slice(8, len(before.energy) - 8)
        fits = [s for s in range(-8, 9) if np.array_equal(
            after.energy[inner], np.roll(before.energy, s)[inner])]  # fmt: skip
        assert len(fits) == 1
        shifts |= set(fits)
    assert min(shifts) < -4
    assert max(shifts) > 4


def test_jitter_moves_boundaries_and_keeps_the_length():
    assert {curve for _, curve in changed("jittered-boundaries")} == {"durations"}
    moves = []
    for before, after in zip(
        CLIPS, Fault("jittered-boundaries", 1).distort(CLIPS, 0, split="train"), strict=True
    ):
        assert after.durations.sum() == len(before.mel)
        assert (after.durations >= 0).all()
        moves.append(np.cumsum(after.durations) - np.cumsum(before.durations))
    assert 2.5 < np.concatenate(moves).std() < 3.5


@pytest.mark.parametrize("fault", ["log-zero-l1", "log-zero-mse"])
def test_log_zero_is_in_one_training_clip_alone(fault):
    assert changed(fault) == {(0, "mel")}
    assert changed(fault, "val") == set()
    assert np.isneginf(Fault(fault, 1).distort(CLIPS, 0, split="train")[0].mel).any()


def test_a_fault_depends_on_seed_and_clip_alone():
    for name in WHAT:
        first, again, other = (
            Fault(name, 1).distort(CLIPS, seed, split="train") for seed in (0, 0, 1)
        )
        for curve in CURVES:
            for one, two in zip(first, again, strict=True):
                np.testing.assert_array_equal(getattr(one, curve), getattr(two, curve))
        if name in ("shifted-energy", "jittered-boundaries"):
            curve = "energy" if name == "shifted-energy" else "durations"
            pairs = zip(first, other, strict=True)
            assert any(not np.array_equal(getattr(a, curve), getattr(b, curve)) for a, b in pairs)


def test_clips_are_healthy_until_the_faults_epoch_and_truth_stays():
    corpus = Corpus(name="c", language="ru", sample_rate=16000, clips=CLIPS, facts={})
    prepared = data.prepare(corpus, Config(epochs=9, fault="blurred-targets@7"))
    for split in ("train", "val"):
        before, after = prepared.examples(split, 6), prepared.examples(split, 7)
        assert all(one.target is one.recorded for one in before)
        assert all(not np.array_equal(one.target.mel, one.recorded.mel) for one in after)
        assert [one.recorded for one in before] == [one.recorded for one in after]


def test_tiny_corpus_keeps_twelve_training_clips_and_all_of_validation():
    corpus = Corpus(name="c", language="ru", sample_rate=16000, clips=CLIPS, facts={})
    tiny = data.prepare(corpus, Config(fault="tiny-corpus"))
    whole = data.prepare(corpus, Config())
    assert len(tiny.clips["train"]) == TINY_CORPUS == 12
    assert tiny.clips["val"] == whole.clips["val"]


def rate(epoch: int, fault: Fault | None) -> float:
    return schedule.learning_rate(50, peak=1e-3, total_steps=100, epoch=epoch, fault=fault)


def test_lr_jump_is_sixty_times_too_high_in_its_epoch_alone():
    fault = parse_fault("lr-jump", 20)
    assert fault.epoch == 11
    ratios = [rate(epoch, fault) / rate(epoch, None) for epoch in (10, 11, 12)]
    assert ratios == pytest.approx([1.0, 60.0, 1.0])


def test_high_lr_is_constant_and_unclipped():
    fault = Fault("high-lr", 1)
    assert {rate(epoch, fault) for epoch in (1, 5, 20)} == {0.1}
    assert schedule.clipping_norm(1, fault) == float("inf")
    assert schedule.clipping_norm(1, Fault("lr-jump", 1)) == schedule.MAX_NORM


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("blured-targets", "did you mean 'blurred-targets'?"),
        ("zzz", "there are: blurred-targets"),
        ("high-lr@0", "write an epoch from 1 to 20"),
        ("high-lr@21", "write an epoch from 1 to 20"),
        ("high-lr@", "write an epoch from 1 to 20"),
        ("high-lr@x", "write an epoch from 1 to 20"),
        ("tiny-corpus@2", "leave out @2"),
    ],
)
def test_a_wrong_fault_is_refused_with_what_to_write(text, message):
    with pytest.raises(TrainerError) as refused:
        parse_fault(text, 20)
    assert message in str(refused.value)


def test_the_last_epoch_is_a_valid_start():
    assert parse_fault("high-lr@20", 20) == Fault("high-lr", 20)
    assert parse_fault("tiny-corpus@1", 20) == Fault("tiny-corpus", 1)
