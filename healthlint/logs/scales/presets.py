"""Presets: what well-known trainers log, by the fact ``trainer``.

Read in each trainer's source; where its configuration decides (Coqui's audio settings) or a corpus
does (the std of a z-scored mel), the preset leaves it open rather than guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from healthlint.logs.scales.declaration import Scale


class Preset(NamedTuple):
    """The scales of one trainer.

    Attributes:
        name: Its name as the fact ``trainer`` gives it.
        metrics: Scale by canonical metric, of what it logs.
        aliases: Other names of it.
        note: What a reader of the table has to know.
        marks: Groups of logged names by which a log of it is known that does not name its trainer;
            all names of one group must be there.
    """

    name: str
    metrics: Mapping[str, Scale]
    aliases: tuple[str, ...] = ()
    note: str = ""
    marks: tuple[frozenset[str], ...] = ()


_GUIDE_METRICS = MappingProxyType(
    {
        "mel_loss": Scale("l1", "ln-power-mel"),
        "duration_loss": Scale("huber", "ln1p-frames", delta=1.0),
        "pitch_loss": Scale("huber", "unit-pitch", delta=0.05),
        "energy_loss": Scale("huber", "unit-energy", delta=0.05),
        "spectral_convergence": Scale("frobenius", "ln-power-mel"),
    }
)
_LN_AMP = Scale("l1", "ln-amp-mel")
_VITS = {"mel_loss": Scale("l1", "ln-amp-mel", logged_factor=45.0)}

_ALL = (
    Preset(
        "kokoro-ruslan",
        _GUIDE_METRICS,
        ("guide", "igorshmukler/kokoro-ruslan", "ruslan"),
        "the guide's trainer: its numbers hold as they stand",
        (frozenset({"lr_stop_head", "grad_norm_clipped"}), frozenset({"lr_variance_embed"})),
    ),
    Preset("healthlint", _GUIDE_METRICS, ("healthlint train",), "writes its scales in the header"),
    Preset(
        "fastspeech2-ming024",
        {
            "mel_loss": _LN_AMP,
            "duration_loss": Scale("mse", "ln1p-frames"),
            "pitch_loss": Scale("mse", "z-pitch"),
            "energy_loss": Scale("mse", "z-energy"),
        },
        ("ming024", "ming024/FastSpeech2"),
        marks=(frozenset({"mel_postnet_loss", "pitch_loss", "energy_loss"}),),
    ),
    Preset(
        "nemo-fastpitch",
        {"mel_loss": Scale("mse", "ln-amp-mel"), "duration_loss": Scale("mse", "ln1p-frames")},
        ("nvidia-fastpitch", "nemo/fastpitch"),
        "NVIDIA's own FastPitch and NeMo's: squared errors",
        (frozenset({"t_mel_loss", "t_dur_loss"}),),
    ),
    Preset(
        "vits",
        _VITS | {"duration_loss": Scale("vits-duration", "ln-frames")},
        ("jaywalnut310/vits", "vits2", "rvc"),
        "its duration loss is a likelihood or a squared error, as the configuration has it",
    ),
    Preset("hifi-gan", {"mel_loss": _LN_AMP}, ("jik876/hifi-gan",), "of `mel_spec_error`"),
    Preset(
        "styletts2",
        {"mel_loss": Scale("relative-l1", "styletts2-mel")},
        ("yl4579/StyleTTS2", "kikiri-tts", "kokoro-82m"),
        "its `mel_loss` is the L1 error divided by the L1 norm of the target: no L1 loss",
        (frozenset({"slm_loss"}), frozenset({"s2s_loss"}), frozenset({"mono_loss"})),
    ),
    Preset(
        "matcha",
        {"duration_loss": Scale("mse", "ln-frames")},
        ("matcha-tts", "shivammehta25/Matcha-TTS"),
        "logs a prior and a flow loss and no mel loss",
        (frozenset({"diff_loss", "prior_loss"}),),
    ),
    Preset(
        "tacotron2-nvidia",
        {"mel_loss": Scale("mse", "ln-amp-mel")},
        ("NVIDIA/tacotron2", "nvidia-tacotron2"),
        "its own logs have only the total: mel before and after the postnet, and the gate",
    ),
    Preset(
        "coqui-vits",
        {**_VITS, "duration_loss": Scale("vits-duration", "ln-frames")},
        ("coqui/vits", "coqui-tts/vits"),
        marks=(frozenset({"loss_feat", "loss_kl", "loss_mel"}),),
    ),
    Preset(
        "coqui-tacotron2",
        {"mel_loss": Scale("mse")},
        ("coqui/tacotron2", "coqui-tts/tacotron2"),
        "`signal_norm` and `log_func` decide the space: declare it",
    ),
    Preset(
        "coqui-forward-tts",
        {"mel_loss": Scale("mse"), "duration_loss": Scale("mse", "ln1p-frames")},
        ("coqui-fast-pitch", "coqui-fast-speech", "coqui-speedy-speech", "coqui-fastspeech2"),
        "kinds are those of the default configuration; the space is to be declared",
    ),
    Preset(
        "coqui",
        {},
        ("coqui-ai/TTS", "coqui-tts"),
        "each model logs another loss: name it (`coqui-vits`) or declare the scale",
    ),
)
PRESETS: Mapping[str, Preset] = MappingProxyType({preset.name: preset for preset in _ALL})
"""The presets by name."""
GUIDE: Mapping[str, Scale] = PRESETS["kokoro-ruslan"].metrics
"""The scale of each metric for which the guide gives numbers or directions."""


def find_preset(trainer: object) -> Preset | None:
    """Return the preset that a fact ``trainer`` names, None where there is none.

    Case, separators and a model in brackets do not matter.

    >>> find_preset("FastSpeech2 (ming024)").name
    'fastspeech2-ming024'
    """
    return _BY_KEY.get(_key(trainer)) if isinstance(trainer, str) else None


def recognised(names: Iterable[str]) -> Preset | None:
    """Return the trainer that logs such names and no other does, None where they tell nothing.

    Splits and averages in front of a name do not matter.

    >>> recognised(["train/slm_loss", "train/dur_loss"]).name
    'styletts2'
    >>> recognised(["train/mel_loss", "val/duration_loss"]) is None
    True
    """
    bare = {_BEFORE.sub("", name.rpartition("/")[2].lower().replace(" ", "_")) for name in names}
    return next((one for one in _ALL for mark in one.marks if mark <= bare), None)


def nearest_preset(trainer: object) -> str:
    """Return the preset whose name is spelt most like a trainer's, empty where none is near."""
    from difflib import get_close_matches

    key = _key(str(trainer))
    near = [known for known in _BY_KEY if key and known.startswith(key)]
    near = near or get_close_matches(key, _BY_KEY, 1, 0.6)
    return _BY_KEY[near[0]].name if near else ""


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", name.lower())


_BEFORE = re.compile(r"^(?:avg_|train_|val_|valid_|eval_)+")
_BY_KEY = {_key(name): preset for preset in _ALL for name in (preset.name, *preset.aliases)}
