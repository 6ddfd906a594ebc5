"""How trainers write their logs: names, splits, epochs, header, rounding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Dialect:
    """One trainer's way of logging.

    Attributes:
        name: Its name.
        train: Logged name by metric in training rows; what is not listed is called ``other``.
        val: The same in validation rows.
        other: Format of all other names, by split.
        epoch: First epoch (0 or 1), None where none is logged.
        split: Key that holds the split, empty where the names tell it.
        has_header: Whether it writes the header of this project's own logs.
        scale: What mel losses are multiplied by, against ln power.
        drops: Metrics it does not log.
    """

    name: str
    train: Mapping[str, str]
    val: Mapping[str, str]
    other: tuple[str, str] = ("train/{}", "val/{}")
    epoch: int | None = 1
    split: str = ""
    has_header: bool = False
    scale: float = 1.0
    drops: frozenset[str] = field(default_factory=frozenset)

    def names(self, split: str) -> tuple[Mapping[str, str], str]:
        """Return the names of a split, and how all others are made."""
        return (self.train, self.other[0]) if split == "train" else (self.val, self.other[1])


_COMMON = {"lr": "lr", "grad_norm": "grad_norm"}
_HEADS = ("mel_loss", "duration_loss", "pitch_loss", "energy_loss", "stop_loss", "total_loss")
_KOKORO = {"lr": "stats/learning_rate", "grad_norm": "stats/grad_norm"}
_MING = {
    "total_loss": "Total Loss",
    "mel_loss": "Mel Loss",
    "pitch_loss": "Pitch Loss",
    "energy_loss": "Energy Loss",
    "duration_loss": "Duration Loss",
}
_NEMO = dict(
    zip(_HEADS, ("mel_loss", "dur_loss", "pitch_loss", "energy_loss", "stop", "loss"), strict=True)
)
_COQUI = {m: f"loss_{m.removesuffix('_loss')}" for m in _HEADS} | {"total_loss": "loss"}

ACOUSTIC = (
    Dialect("healthlint", _COMMON, {}, has_header=True),
    Dialect("plain", _COMMON, {}),
    Dialect(
        "kokoro-ruslan",
        _KOKORO
        | {m: f"loss/{m.removesuffix('_loss')}" for m in _HEADS}
        | {"spectral_convergence": "metrics/train_spectral_convergence"},
        {m: f"loss/val_{m.removesuffix('_loss')}_epoch" for m in _HEADS}
        | {"spectral_convergence": "metrics/val_spectral_convergence"},
    ),
    Dialect(
        "ming024",
        _MING | {"lr": "lr", "grad_norm": "grad_norm"},
        _MING,
        other=("{}", "{}"),
        epoch=None,
        split="split",
        scale=0.5,
        drops=frozenset({"spectral_convergence", "stop_loss"}),
    ),
    Dialect(
        "nemo",
        {m: f"t_{n}" for m, n in _NEMO.items()} | {"lr": "learning_rate", "grad_norm": "grad_norm"},
        {m: f"val_{n}" for m, n in _NEMO.items()},
        epoch=0,
        drops=frozenset({"spectral_convergence", "stop_loss"}),
    ),
    Dialect(
        "coqui",
        _COQUI | {"lr": "current_lr", "grad_norm": "grad_norm"},
        {m: f"avg_{n}" for m, n in _COQUI.items()},
        other=("loss_{}", "avg_loss_{}"),
        epoch=0,
        split="phase",
        drops=frozenset({"spectral_convergence"}),
    ),
)
TOLD = ACOUSTIC[:3]
"""Those that log what the guide speaks of: spectral convergence, epochs."""
VITS = Dialect(
    "vits",
    {
        "total_loss": "loss/g/total",
        "mel_loss": "loss/g/mel",
        "duration_loss": "loss/g/dur",
        "kl_loss": "loss/g/kl",
        "feature_matching_loss": "loss/g/fm",
        "gen_loss": "loss/g/gen",
        "disc_loss": "loss/d/total",
        "lr": "learning_rate",
        "grad_norm": "grad_norm_g",
    },
    {},
    epoch=1,
)
STYLETTS2 = Dialect(
    "styletts2",
    {"gen_loss": "train/gen_loss", "disc_loss": "train/d_loss", "lr": "lr"},
    {},
    other=("train/{}", "eval/{}"),
    scale=0.4,
)
MATCHA = Dialect(
    "matcha",
    {
        "diff_loss": "sub_loss/train_diff_loss_step",
        "prior_loss": "sub_loss/train_prior_loss_step",
        "duration_loss": "sub_loss/train_dur_loss_step",
        "total_loss": "loss/train_step",
        "lr": "lr-Adam",
        "grad_norm": "grad_norm/grad_2.0_norm_total",
    },
    {
        "diff_loss": "sub_loss/val_diff_loss",
        "prior_loss": "sub_loss/val_prior_loss",
        "duration_loss": "sub_loss/val_dur_loss",
        "total_loss": "loss/val",
    },
    epoch=0,
)
VOCODERS = (
    Dialect(
        "hifi-gan",
        {"total_loss": "training/gen_loss_total", "mel_loss": "training/mel_spec_error"},
        {"mel_loss": "validation/mel_spec_error"},
        epoch=None,
        scale=1.0,
        drops=frozenset({"spectral_convergence", "gen_loss", "feature_matching_loss"}),
    ),
    Dialect(
        "parallel-wavegan",
        {
            "gen_loss": "train/adversarial_loss",
            "disc_loss": "train/discriminator_loss",
            "total_loss": "train/total_loss",
            "spectral_convergence": "train/spectral_convergence_loss",
            "mel_loss": "train/mel_loss",
        },
        {"spectral_convergence": "eval/spectral_convergence_loss", "mel_loss": "eval/mel_loss"},
        other=("train/{}", "eval/{}"),
    ),
)
