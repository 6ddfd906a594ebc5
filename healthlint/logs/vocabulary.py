"""Names in real logs: which quantity, of which split, on which scale they mean.

A name is cut into words; it means a quantity only if *every* word of it is explained: by the
split, by the quantity, or as an aggregate or a group that says nothing. ``mel_lr`` or
``loss_scale_window`` therefore mean nothing here and are kept as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from healthlint.logs.model import Split

QUANTITIES = (
    "mel_loss",
    "duration_loss",
    "pitch_loss",
    "energy_loss",
    "stop_loss",
    "total_loss",
    "spectral_convergence",
    "grad_norm",
    "grad_norm_clipped",
    "lr",
    "amp_scale",
    "alignment_score",
    "disc_loss",
    "gen_loss",
    "feature_matching_loss",
    "kl_loss",
    "sharpness",
    "sharpness_time",
    "sharpness_frequency",
    "sharpness_static",
)
"""The canonical quantities."""


LONGEST = 256
"""Characters of the longest name that is looked at."""


@dataclass(frozen=True, slots=True)
class Name:
    """What a logged name means.

    Attributes:
        metric: Canonical quantity, or the name without its split where it is unknown.
        split: ``train``, ``val`` (also for eval, dev, test) or ``""``.
        is_known: True when ``metric`` is one of the canonical quantities.
        scale: Scale that the name itself tells (``loss/g/mel`` is 45 times L1), else None.
        rank: Which of two names of the same metric is the metric itself: the lower one.
    """

    metric: str
    split: Split
    is_known: bool = False
    scale: Mapping[str, object] | None = None
    rank: int = 0


_SPLITS: dict[str, Split] = {
    **dict.fromkeys(("train", "tr", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "eval", "evaluation", "dev", "test"), "val"),
}
_GROUPS = frozenset(
    {"stats", "stat", "metrics", "metric", "scalars", "scalar", "summary", "data", "log", "logs"}
    | {"sub"}
)
_AGGREGATES = frozenset(
    {"step", "epoch", "iter", "batch", "avg", "average", "mean", "global", "interval"}
)
_LATE = frozenset({"postnet", "after"})
_KINDS = {"l1": "l1", "mae": "l1", "mse": "mse", "l2": "mse", "huber": "huber", "ce": "ce"}
_OPTIMIZER = frozenset(
    {
        "current",
        "params",
        "param",
        "optim",
        "optimizer",
        "opt",
        "adam",
        "adamw",
        "sgd",
        "group",
        "pg",
    }
)

# Words that, beside "loss", name whose loss it is.
_SUBJECTS = {
    "mel_loss": "mel, mel spec, mel spectrogram, melspec, spec mel, mel post net, mel post, "
    "mel before",
    "duration_loss": "dur, duration, durations, dur predictor, duration predictor, "
    "generator var dur, generator variance dur",
    "pitch_loss": "pitch, f0, pitch predictor, f0 predictor, generator var pitch, "
    "generator variance pitch",
    "energy_loss": "energy, energy predictor, generator var energy, generator variance energy",
    "stop_loss": "stop, stop token, stopnet, gate, stop head",
    "disc_loss": "disc, discriminator, d, disc total, discriminator total",
    "gen_loss": "gen, generator, g, adv, adversarial, gen adv, generator adv, generator g adv",
    "feature_matching_loss": "fm, feat, feature, feat match, feature match, feature matching, "
    "generator feat match, generator g feat match",
    "kl_loss": "kl, kld, kl div, kl divergence, generator kl",
    "total_loss": ", total, overall, all",
}
# Words that name a quantity by themselves.
_PHRASES = {
    "spectral_convergence": "spectral convergence, spectral conv, spectralconv, sc, spec conv, "
    "spec convergence, spectral convergence loss, spectral conv loss, sc loss",
    "grad_norm": "grad norm, gradnorm, gradient norm, gradients norm, grad norm total, "
    "grad norm before clip, grad norm pre clip, grad norm unclipped, grad norm raw, gnorm",
    "grad_norm_clipped": "grad norm clipped, grad norm after clip, grad norm post clip, "
    "gradient norm clipped",
    "lr": "lr, learning rate, learningrate, lr0, lrate",
    "amp_scale": "amp scale, loss scale, grad scale, scaler scale, grad scaler scale",
    "alignment_score": "alignment score, align score, alignment diagonal score",
    "sharpness": "sharpness",
    "sharpness_time": "sharpness time",
    "sharpness_frequency": "sharpness frequency",
    "sharpness_static": "sharpness static",
}
_L1 = MappingProxyType({"kind": "l1"})
_VITS_MEL = MappingProxyType({"kind": "l1", "space": "ln-amp-mel", "logged_factor": 45.0})
_VITS_DURATION = MappingProxyType({"kind": "vits-duration", "space": "ln-frames"})
_ESPNET_MEL = MappingProxyType({"kind": "l1", "logged_factor": 45.0})
_HIFI_MEL = MappingProxyType({"kind": "l1", "space": "ln-amp-mel", "logged_factor": 1.0})
# Names of well-known trainers whose words alone would mislead, split left out.
_EXACT: dict[str, tuple[str, Mapping[str, object] | None]] = {
    "loss/g/mel": ("mel_loss", _VITS_MEL),
    "loss/g/total": ("total_loss", None),
    "loss/g/fm": ("feature_matching_loss", None),
    "loss/g/kl": ("kl_loss", None),
    "loss/g/gen": ("gen_loss", None),
    "loss/g/dur": ("duration_loss", _VITS_DURATION),
    "loss/d/total": ("disc_loss", None),
    "loss_gen_all": ("total_loss", None),
    "loss_disc_all": ("disc_loss", None),
    "gen_loss_total": ("total_loss", None),
    "mel_spec_error": ("mel_loss", _HIFI_MEL),
    "l1_loss": ("mel_loss", _L1),
    "g_l1_loss": ("mel_loss", _L1),
    "generator_mel_loss": ("mel_loss", _ESPNET_MEL),
    "generator_g_mel_loss": ("mel_loss", _ESPNET_MEL),
    "generator_generator_mel_loss": ("mel_loss", _ESPNET_MEL),
    "generator_dur_loss": ("duration_loss", _VITS_DURATION),
    "optim0_lr0": ("lr", None),
}

_WORD = re.compile(r"[/._\-:| ]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z][a-z])")
_ENDS = "train|tr|training|val|valid|validation|eval|evaluation|dev|test"
_PREFIX = re.compile(rf"(?i)^({_ENDS})[/._\- ]+(?=.)")
_SUFFIX = re.compile(rf"(?i)(?<=.)[/._\- ]+({_ENDS})$")


def _bags(table: Mapping[str, str], more: str = "") -> dict[frozenset[str], str]:
    return {
        frozenset(f"{phrase} {more}".split()): metric
        for metric, phrases in table.items()
        for phrase in phrases.split(",")
    }


_BAGS = _bags(_SUBJECTS, "loss") | _bags(_PHRASES) | {frozenset({"mel"}): "mel_loss"}
# "mel_l1", "loss_mel_ce": the kind of error stands in for "loss".
_KIND_BAGS = _bags({m: p for m, p in _SUBJECTS.items() if m.endswith("_loss") and p[0] != ","})


@lru_cache(maxsize=16_384)
def recognise(name: str) -> Name:
    """Return what a logged name means; an unknown one is kept, without its split.

    >>> recognise("val/mel_loss").metric, recognise("t_dur_loss").split
    ('mel_loss', 'train')
    >>> recognise("mel_lr").is_known
    False
    """
    if len(name) > LONGEST:
        return Name(name, "")
    exact = _recognise_exact(name)
    if exact is not None:
        return exact
    words = split_words(name)
    if words[:1] == ["t"] and len(words) > 1:
        words[0] = "train"
    splits = {_SPLITS[word] for word in words if word in _SPLITS}
    bag = [word for word in words if word not in _SPLITS]
    if len(splits) > 1:
        return Name(name, "")
    found = _quantity(bag)
    if found is None:
        return _unknown(name)
    metric, scale = found
    split: Split = next(iter(splits), "")
    return Name(metric, split, True, scale, _rank(name, words, metric))


def split_words(name: str) -> list[str]:
    """Return the lower-case words of a name, cut at separators and humps.

    >>> split_words("Loss/valMel-Loss")
    ['loss', 'val', 'mel', 'loss']
    """
    return [word for word in _WORD.split(_CAMEL.sub("_", name).lower()) if word]


def split_of(word: object) -> Split:
    """Return the split that one word names (``valid`` is ``val``), ``""`` for any other value."""
    return _SPLITS.get(word.strip().lower(), "") if isinstance(word, str) else ""


def _recognise_exact(name: str) -> Name | None:
    bare, split = _strip_split(name)
    found = _EXACT.get(bare.lower())
    return None if found is None else Name(found[0], split, True, found[1], 1)


def _strip_split(name: str) -> tuple[str, Split]:
    for end in (_PREFIX, _SUFFIX):
        match = end.search(name)
        if match:
            return end.sub("", name), _SPLITS[match[1].lower()]
    return name, ""


def _unknown(name: str) -> Name:
    bare, split = _strip_split(name)
    return Name(bare, split)


def _quantity(words: list[str]) -> tuple[str, Mapping[str, object] | None] | None:
    """Return the quantity that the words name, with the kind of error they tell."""
    bag = {"loss" if word == "losses" else word for word in words} - _GROUPS - _AGGREGATES
    for core in (bag, bag - _LATE, _without_numbers(bag)):
        if metric := _BAGS.get(frozenset(core)):
            is_of_mel = metric == "total_loss" and "postnet" in bag  # Tacotron's mel, refined
            return ("mel_loss" if is_of_mel else metric), None
    kinds = [_KINDS[word] for word in bag if word in _KINDS]
    metric = _KIND_BAGS.get(frozenset(bag - _KINDS.keys() - _LATE - {"loss"}))
    # `pitch_mae` is a measure in Hz as likely as a loss; of mel there is no such measure.
    if len(kinds) == 1 and metric is not None and ("loss" in bag or metric == "mel_loss"):
        return metric, MappingProxyType({"kind": kinds[0]})
    return None


def _without_numbers(words: set[str]) -> set[str]:
    """Return the words of an optimizer's first group (``current_lr_0``, ``lr_encoder``)."""
    if words & {"lr", "learning", "lr0"}:
        return words - _OPTIMIZER - {"0", "encoder"}
    return words - _OPTIMIZER - {"0"} if "grad" in words else words


def _rank(name: str, words: list[str], metric: str) -> int:
    """Return 0 for the canonical name, more for aliases, averages, later stages, test sets."""
    said = set(words)
    rank = 0 if name in {metric, f"train/{metric}", f"val/{metric}"} else 1
    rank += 1 if said & _AGGREGATES else 0
    rank += 2 if said & (_LATE | {"post"}) else 0
    # beside an adversarial loss, `generator_loss` is a sum with mel and all else in it
    rank += 1 if metric == "gen_loss" and not said & {"adv", "adversarial"} and rank else 0
    return rank + (4 if "test" in said else 0)
