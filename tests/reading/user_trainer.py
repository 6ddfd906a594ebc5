"""The two logs of the user's trainer, written from one course: TensorBoard and console.

Synthetic, of the shape of the real ones: gradient norms at every step from 0, losses at every
tenth, epoch values at the last step of an epoch; a progress bar that shows each batch twice.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

from reading.events import VERSION, scalar

STEPS = 15
HEAD = """\
INFO:kokoro.training.trainer:Dataset split: 108 training, 12 validation samples
INFO:kokoro.training.trainer:Starting training on device: cpu (cpu)
INFO:kokoro.training.trainer:Total epochs: {epochs}, Starting from epoch: {first}
"""


class Row(NamedTuple):
    """Losses at one moment."""

    mel: float
    duration: float
    stop: float
    pitch: float
    energy: float
    convergence: float

    @property
    def total(self) -> float:
        return self.mel + 0.35 * self.duration + 0.01 * self.stop


def row(epoch: float, smooth_from: float = math.inf) -> Row:
    """Return the losses of a moment; from an epoch on, spectral convergence rises."""
    noise = 1 + 0.01 * math.sin(epoch * 37.7)
    smooth = max(0.0, epoch - smooth_from)
    mel = (0.5 + 3.6 * math.exp(-epoch / 4) - 0.02 * smooth) * noise
    return Row(
        mel,
        (0.1 + 0.7 * math.exp(-epoch / 2)) * noise,
        (0.35 + 0.6 * math.exp(-epoch / 8)) * noise,
        (0.006 + 0.03 * math.exp(-epoch / 3)) * noise,
        (0.01 + 0.05 * math.exp(-epoch / 4)) * noise,
        (0.2 + 0.7 * math.exp(-epoch / 3) + 0.02 * smooth) * noise,
    )


def events(epochs: int, smooth_from: float = math.inf, first: int = 1) -> bytes:
    """Return the event file of a training."""
    return VERSION + b"".join(_events(epochs, smooth_from, first))


def _events(epochs: int, smooth_from: float, first: int) -> Iterator[bytes]:
    for epoch in range(first, epochs + 1):
        for batch in range(1, STEPS + 1):
            step = (epoch - 1) * STEPS + batch
            now = row(epoch - 1 + batch / STEPS, smooth_from)
            yield from _at(step - 1, step, {"stats/grad_norm": 1 + now.mel})
            if step % 10 == 0:
                named = {"total": now.total, "mel": now.mel, "duration": now.duration}
                yield from _at(step, step, {f"loss/{name}": x for name, x in named.items()})
                yield from _at(step, step, {"stats/lr_encoder": 1e-3, "stats/lr_stop_head": 1e-4})
        train, val = row(epoch, smooth_from), row(epoch + 0.1, smooth_from)
        last = epoch * STEPS
        yield from _at(last, last, {"metrics/train_spectral_convergence": train.convergence})
        yield from _at(last, last, _named("train", train))
        inner = {"loss/val_pitch": val.pitch, "loss/val_energy": val.energy}
        inner["metrics/val_spectral_convergence"] = val.convergence
        yield from _at(last, last, inner | _named("val", val))


def _named(split: str, now: Row) -> dict[str, float]:
    names = ("total", "mel", "duration", "stop")
    return {f"loss/{split}_{name}_epoch": getattr(now, name) for name in names}


def _at(step: int, clock: float, values: dict[str, float]) -> Iterator[bytes]:
    return (scalar(tag, value, step, 1.79e9 + clock) for tag, value in values.items())


def console(epochs: int, smooth_from: float = math.inf, first: int = 1) -> str:
    """Return what the trainer prints."""
    body = "".join(_console(epochs, smooth_from, first))
    return HEAD.format(epochs=epochs, first=first) + body


def _console(epochs: int, smooth_from: float, first: int) -> Iterator[str]:
    log = "INFO:kokoro.training.trainer:"
    for epoch in range(first, epochs + 1):
        bar = f"\rEpoch {epoch}/{epochs}: {{:3}}%|▏ | {{}}/{STEPS} [00:01<00:02,  1.2s/it{{}}]"
        yield bar.format(0, 0, "")
        for batch in range(1, STEPS + 1):
            now = row(epoch - 1 + batch / STEPS, smooth_from)
            values = f", total_loss={now.total:.3g}, mel_loss={now.mel:.3g}"
            values += f", dur_loss={now.duration:.3g}, lr_enc=0.001, mem=low*"
            for shown in (batch - 1, batch):
                yield bar.format(100 * shown // STEPS, shown, values)
        train, val = row(epoch, smooth_from), row(epoch + 0.1, smooth_from)
        yield f"\n{log}  Train SpectralConv (epoch {epoch}): {train.convergence:.6f}\n"
        yield f"{log}Epoch {epoch} completed. Avg Total Loss: {train.total:.4f}, Avg Mel Loss: "
        yield f"{train.mel:.4f}, Avg Dur Loss: {train.duration:.4f}, Avg Stop Loss: "
        yield f"{train.stop:.4f}, LR enc: 0.00100000, dec: 0.00010000\n\n"
        yield f"{log}Validation Epoch {epoch} - Loss: {val.total:.4f}, Mel: {val.mel:.4f}, "
        yield f"Dur: {val.duration:.4f}, Stop: {val.stop:.4f}\n"
        yield f"{log}  Pitch: {val.pitch:.4f}, Energy: {val.energy:.4f}\n"
        yield f"{log}  SpectralConv: {val.convergence:.6f}\n"
        yield f"{log}Checkpoint saved to /out/checkpoint_epoch_{epoch}.pth\n"
