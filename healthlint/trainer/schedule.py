"""Learning rate and clipping: functions of the step alone, so a resume changes nothing."""

from __future__ import annotations

import math

from healthlint.trainer.faults import HIGH_LR, LR_JUMP, Fault

WARMUP = 0.02
FINAL = 0.05
MAX_NORM = 1.0


def learning_rate(
    step: int, *, peak: float, total_steps: int, epoch: int, fault: Fault | None
) -> float:
    """The learning rate of one optimiser step.

    Linear warm-up over the first 2 % of the run, then half a cosine down to 5 % of the peak
    (Loshchilov and Hutter 2017, equation 5, one period).

    Args:
        step: Steps done before this one.
        peak: The highest rate.
        total_steps: Of the whole planned run.
        epoch: The epoch in progress, from 1.
        fault: ``lr-jump`` and ``high-lr`` act here.

    >>> [round(learning_rate(s, peak=1.0, total_steps=100, epoch=1, fault=None), 2)
    ...  for s in (0, 1, 51, 99)]
    [0.5, 1.0, 0.53, 0.05]
    """
    if fault and fault.name == "high-lr" and epoch >= fault.epoch:
        return HIGH_LR
    warmup = max(1, round(WARMUP * total_steps))
    if step < warmup:
        rate = peak * (step + 1) / warmup
    else:
        done = min(1.0, (step - warmup) / max(1, total_steps - warmup))
        rate = peak * (FINAL + (1 - FINAL) * 0.5 * (1 + math.cos(math.pi * done)))
    jumped = fault is not None and fault.name == "lr-jump" and epoch == fault.epoch
    return rate * LR_JUMP if jumped else rate


def clipping_norm(epoch: int, fault: Fault | None) -> float:
    """The gradient norm above which gradients are scaled down; infinite where nothing is clipped.

    >>> clipping_norm(1, None)
    1.0
    """
    unclipped = fault is not None and fault.name == "high-lr" and epoch >= fault.epoch
    return math.inf if unclipped else MAX_NORM
