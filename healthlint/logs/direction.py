"""Which way is better: most metrics fall as a model learns, some rise."""

from __future__ import annotations

import re

_HIGHER = re.compile(
    r"(?i)(?:^|[^a-z])(?:acc|accuracy|wacc|top[0-9]|f1|fscore|precision|recall|bleu|chrf|rouge\w*|auc|"
    r"map|iou|dice|psnr|ssim|mos|utmos|dnsmos|pesq|stoi|snr|r2|score|similarity|reward)(?:$|[^a-z])"
)

_LOWER = re.compile(
    r"(?i)(?:^|[^a-z])(?:wer|cer|per|ter|error|mae|mse|rmse|perplexity|ppl)(?:$|[^a-z])"
)
_RANK = re.compile(r"(?i)(?:^|[^a-z])(?:pos|position|rank)(?:$|[^a-z])")


def has_direction(metric: str) -> bool:
    """Return whether the name of a metric tells which way is better.

    >>> has_direction("wer"), has_direction("acc_top1"), has_direction("acc_mean_pos")
    (True, True, False)
    """
    is_told = _HIGHER.search(metric) is not None or _LOWER.search(metric) is not None
    return is_told and _RANK.search(metric) is None


def is_higher_better(metric: str) -> bool:
    """Return whether a metric rises as a model gets better, as its name tells.

    >>> is_higher_better("accuracy"), is_higher_better("wer"), is_higher_better("mel_loss")
    (True, False, False)
    """
    return "loss" not in metric.lower() and _HIGHER.search(metric) is not None
