"""Healthy trainings that a rule may take for a faulty one: a function a shape, a log a seed.

Each function returns the text of a log. The shapes are the patterns that people report as normal:
heads that overfit alone, losses below 0 or exactly 0, stages, restarts of the learning rate or of
the training, little gain, few utterances to validate on.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from shapes.course import Course, held, schedule, sizes
from shapes.dialects import ACOUSTIC, TOLD, VOCODERS, Dialect
from shapes.draw import Draw, Floats
from shapes.instruments import (
    game_from_start,
    instrumented,
    mixed_precision,
    on_mac,
    single_discriminator,
)
from shapes.models import acoustic, tacotron
from shapes.noise import train_noise, val_noise
from shapes.noisy import NOISY
from shapes.staged import (
    annealed_kl,
    flat_flow,
    late_discriminator,
    negative_likelihood,
    stages,
)
from shapes.writing import Row, header, log, rows, text


def plain(draw: Draw) -> str:
    """An acoustic model by the book, of any size, schedule and trainer."""
    return log(acoustic(draw, sizes(draw)), draw.pick(ACOUSTIC))


def warm_up(draw: Draw) -> str:
    """A long warm-up: little is learned while the rate rises, and the gradient norm is wild."""
    course = acoustic(draw, sizes(draw, (15, 120)), "cosine")
    share = draw.between(0.05, 0.25)
    course.lr = schedule(draw, course.sizes, draw.pick(["cosine", "constant", "linear"]), share)
    for values, epochs in course.both():
        x = epochs / course.sizes.epochs
        for metric, curve in values.items():
            if len(curve):
                held = np.clip((x / share) ** 2, 0, 1) if metric != "grad_norm" else 1.0
                values[metric] = curve[0] + held * (curve - curve[0])
    course.train["grad_norm"] = course.train["grad_norm"] * np.exp(
        draw.between(0.2, 0.8) * draw.noise(len(course.at_train), 0.0, is_heavy=True)
    )
    return log(course, draw.pick(ACOUSTIC))


def annealed(draw: Draw) -> str:
    """A rate that decays by cosine or exponentially, with a long plateau at its end."""
    course = acoustic(draw, sizes(draw, (30, 400)), draw.pick(["cosine", "exponential"]))
    rest = draw.between(0.5, 0.9)
    for values, epochs in course.both():
        flat = np.minimum(epochs / course.sizes.epochs, rest) * course.sizes.epochs
        for metric, curve in values.items():
            values[metric] = np.interp(flat, epochs, curve)
    return log(course, draw.pick(ACOUSTIC))


def duration_overfits(draw: Draw) -> str:
    """Durations, once learned, and pitch overfit, the validation total too; mel goes on falling."""
    course = acoustic(draw, sizes(draw, (20, 200)))
    is_learned = course.val["duration_loss"] < 0.2
    learned = course.at_val[int(np.argmax(is_learned))] if is_learned.any() else course.at_val[-1]
    turn = max(learned, draw.between(0.05, 0.4) * course.sizes.epochs)
    x = np.maximum(course.at_val - turn, 0) / course.sizes.epochs
    for metric, most in (("duration_loss", 2.0), ("pitch_loss", 0.6)):
        best = held(course.val[metric], course.at_val, turn)
        course.val[metric] = best * (1 + draw.between(0.3, 1) * most * x / (x + 0.2))
    course.weights["duration_loss"] = draw.between(1, 5)
    return log(course, draw.pick(ACOUSTIC))


def noisy_validation(draw: Draw) -> str:
    """Validation on a handful of utterances, drawn anew each time: ten times the usual noise."""
    course = acoustic(draw, sizes(draw, (20, 200)))
    course.noises = train_noise(draw), val_noise(draw, draw.scale(3, 12))
    return log(course, draw.pick(ACOUSTIC))


def sparse_validation(draw: Draw) -> str:
    """Validation every few epochs only."""
    each = draw.whole(2, 10)
    return log(acoustic(draw, sizes(draw, (40, 400), val_each=each)), draw.pick(ACOUSTIC))


def no_validation(draw: Draw) -> str:
    """Training rows alone."""
    return log(acoustic(draw, sizes(draw, val_each=0)), draw.pick(ACOUSTIC))


def tiny_epochs(draw: Draw) -> str:
    """A few steps an epoch, hundreds of epochs."""
    return log(acoustic(draw, sizes(draw, (150, 1000), (2, 20))), draw.pick(ACOUSTIC))


def huge_epochs(draw: Draw) -> str:
    """Thousands of steps an epoch: all is learned within the first ones."""
    return log(acoustic(draw, sizes(draw, (15, 40), (3000, 20000))), draw.pick(ACOUSTIC))


def steps_only(draw: Draw) -> str:
    """A log with steps and no epochs."""
    dialect = draw.pick([d for d in (*ACOUSTIC, *VOCODERS) if d.epoch is None])
    return log(acoustic(draw, sizes(draw)), dialect)


def early_stop(draw: Draw) -> str:
    """A run that stopped itself: validation mel went sideways, a little above its best."""
    course = acoustic(draw, sizes(draw, (20, 120)))
    stop, by = draw.between(0.6, 0.95) * course.sizes.epochs, draw.between(0.0, 0.012)
    beyond = np.clip((course.at_val - stop) / (course.sizes.epochs - stop), 0, 1)
    at_stop = np.interp(stop, course.at_val, course.val["mel_loss"])
    flat = at_stop * (1 + by * beyond)
    course.val["mel_loss"] = np.where(course.at_val > stop, flat, course.val["mel_loss"])
    if "spectral_convergence" in course.val:
        ratio = np.where(course.at_val > stop, 1 + by * beyond, 1.0)
        held = np.interp(
            np.minimum(course.at_val, stop), course.at_val, course.val["spectral_convergence"]
        )
        course.val["spectral_convergence"] = held * ratio
    return log(course, draw.pick(TOLD))


def averaged_weights(draw: Draw) -> str:
    """Validation with averaged weights: it begins above training, goes below, ends above."""
    course = acoustic(draw, sizes(draw, (20, 150)))
    lag = draw.between(0.3, 1.5)
    for metric in course.val:
        early = 1 + draw.between(0.1, 0.6) * np.exp(-course.at_val / lag)
        late = 1 - draw.between(0, 0.05) * np.exp(-course.at_val / (10 * lag))
        course.val[metric] = course.val[metric] * early * late
    return log(course, draw.pick(TOLD))


def fine_tuned(draw: Draw) -> str:
    """A fine-tune: every loss begins near where it ends and gains a few percent."""
    course = acoustic(draw, sizes(draw, (15, 100), (10, 500)), is_fresh=False)
    course.facts["fine_tuned_from"] = "base.pt"
    return log(course, draw.pick(ACOUSTIC))


def rate_restarts(draw: Draw) -> str:
    """A learning rate that restarts: every loss jumps by a few percent and comes down lower."""
    course = acoustic(draw, sizes(draw, (30, 300)), "constant")
    rounds, jump = draw.whole(2, 8), draw.between(0.02, 0.15)
    peak = float(course.lr.max())
    phase = (course.at_train / course.sizes.epochs * rounds) % 1
    course.lr = peak * (0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * phase)))
    for values, epochs in course.both():
        late = (epochs / course.sizes.epochs * rounds) % 1
        is_first = epochs / course.sizes.epochs * rounds < 1
        warm = np.where(is_first, 0.0, jump * 0.5 * (1 + np.cos(np.pi * late)))
        for metric in sorted(values.keys() - {"grad_norm"}):
            values[metric] = values[metric] * (1 + warm)
    return log(course, draw.pick(ACOUSTIC))


def resumed(draw: Draw) -> str:
    """One to four resumes, each after a rewind, some with a step logged twice."""
    course, dialect = acoustic(draw, sizes(draw, (20, 150))), draw.pick(ACOUSTIC)
    return text(attempts(course, dialect, draw.whole(1, 4)))


def attempts(course: Course, dialect: Dialect, resumes: int) -> list[Row]:
    """Return the rows of a run that was resumed several times, a little before where it ended."""
    draw, size = course.draw, course.sizes
    lines, begin = header(course, dialect), -1.0
    cuts = np.sort(draw.rng.uniform(0.15, 0.95, resumes)) * size.steps
    for attempt, cut in enumerate([*cuts.tolist(), float(size.steps)]):
        lines += rows(course, dialect).between(begin, cut)
        back = max(2.0 * size.every, draw.scale(0.2, 5) * size.per_epoch)
        begin = max(0.3 * cut, cut - back)
        begin = float(np.floor(begin / size.every) * size.every)
        if attempt < resumes:
            lines += header(course, dialect, attempt + 1, int(begin))
            begin -= draw.pick([0.0, 0.5])  # the checkpoint's own step is logged once more
    return lines


def appended(draw: Draw, count: int = 0, resumes: int = 0) -> str:
    """Several runs in one file, one after the other; only the last one is whole.

    Args:
        draw: Where random numbers come from.
        count: How many, 2 to 12 where it is 0.
        resumes: How often the last one was resumed.
    """
    dialect = draw.pick([d for d in ACOUSTIC if not d.has_header])
    size = sizes(draw, (20, 60), (20, 200))
    lines: list[Row] = []
    for _ in range((count or draw.whole(2, 12)) - 1):
        stop = draw.between(0.2, 1.0) * size.steps
        lines += rows(acoustic(draw, size), dialect).between(-1.0, stop)
    return text(lines + attempts(acoustic(draw, size), dialect, resumes))


def teacher_forced(draw: Draw) -> str:
    """An autoregressive model: validation under teacher forcing hardly moves after the start."""
    course = tacotron(draw, sizes(draw, (20, 300), (20, 1000)))
    return log(course, draw.pick((*TOLD, ACOUSTIC[-1])))


def scaled_training(draw: Draw) -> str:
    """Training losses multiplied or divided by the steps of gradient accumulation."""
    course, factor = acoustic(draw, sizes(draw)), draw.pick([1 / 48, 1 / 8, 1 / 4, 4.0, 8.0])
    for metric in sorted(course.train.keys() - {"grad_norm", "spectral_convergence"}):
        course.train[metric] = course.train[metric] * factor
    return log(course, draw.pick(ACOUSTIC))


def first_step_overflows(draw: Draw) -> str:
    """Mixed precision: the gradient norm of the first step is no number, all losses are finite."""
    course = acoustic(draw, sizes(draw, per_epoch=(5, 200)))

    def edit(split: str, epochs: Floats, values: dict[str, Floats]) -> None:
        if split == "train":
            values["grad_norm"][0] = draw.pick([np.nan, np.inf])
            values["amp_scale"] = 65536.0 * 2.0 ** np.minimum(epochs // 20, 4)

    return log(course, draw.pick(ACOUSTIC), edit)


def repeated_validation(draw: Draw) -> str:
    """A logger that repeats the last validation in every row until the next one."""
    course, dialect = acoustic(draw, sizes(draw, (15, 80))), draw.pick(TOLD)
    lines: list[Row] = header(course, dialect)
    last: Row = {}
    for row in rows(course, dialect).rows:
        axes = {key: row[key] for key in ("step", "epoch")}
        own = {key: value for key, value in row.items() if key not in axes}
        if any("val" in key for key in own):
            last = own
        else:
            lines.append(axes | own | last)
    return text(lines)


def judged_before_training(draw: Draw) -> str:
    """A validation before the first step, of an untrained model."""
    course, dialect = acoustic(draw, sizes(draw)), draw.pick(ACOUSTIC)
    found = rows(course, dialect).rows
    vals = [row for row in found if _is_validation(row, dialect)]
    first = {
        key: value * 3 if isinstance(value, float) else value for key, value in vals[0].items()
    }
    first |= {"step": 0} | ({"epoch": 0} if dialect.epoch is not None else {})
    return text([*header(course, dialect), first, *found])


def _is_validation(row: dict[str, object], dialect: Dialect) -> bool:
    return row.get(dialect.split) in ("val", "eval") or any("val" in key for key in row)


HEALTHY: dict[str, Callable[[Draw], str]] = {
    shape.__name__: shape
    for shape in (
        plain,
        warm_up,
        annealed,
        duration_overfits,
        noisy_validation,
        sparse_validation,
        no_validation,
        tiny_epochs,
        huge_epochs,
        steps_only,
        early_stop,
        averaged_weights,
        fine_tuned,
        rate_restarts,
        resumed,
        appended,
        negative_likelihood,
        annealed_kl,
        late_discriminator,
        stages,
        flat_flow,
        teacher_forced,
        scaled_training,
        first_step_overflows,
        repeated_validation,
        judged_before_training,
        mixed_precision,
        instrumented,
        on_mac,
        game_from_start,
        single_discriminator,
        *NOISY,
    )
}
"""The healthy shapes by name."""
