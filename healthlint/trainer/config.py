"""The settings of a run as plain types: they go into every checkpoint and make a run exact."""

from __future__ import annotations

from dataclasses import dataclass

from healthlint.trainer.faults import Fault, parse_fault


@dataclass(frozen=True, kw_only=True)
class Config:
    """Everything that decides what a run computes; two equal configs give equal runs."""

    corpus: str = "espeak"
    """``espeak``, ``festvox:PATH`` or ``folder:PATH``."""
    utterances: int | None = None
    """Clips taken from the corpus before the validation clips are set aside; None takes all."""
    epochs: int = 20
    hidden: int = 64
    """Channels of the encoder and decoder; 64 gives 0.7 million parameters, 96 gives 1.5."""
    dropout: float = 0.1
    batch_size: int = 8
    learning_rate: float = 3e-3
    seed: int = 0
    fault: str | None = None
    """A fault to provoke, ``NAME`` or ``NAME@EPOCH``; see ``healthlint.trainer.faults``."""
    precision: str = "fp32"
    """``fp32``, or ``bf16`` for autocast."""
    log_every: int = 5
    """Steps averaged into one training row."""
    sample_every: int = 5
    """Epochs between fixed validation samples; 0 writes none."""
    sharpness: bool = True
    """Whether validation rows hold the sharpness of the predicted mels."""
    save_every: int = 5
    """Epochs between kept checkpoints; the newest is always in ``checkpoints/last.pt``."""

    @property
    def parsed_fault(self) -> Fault | None:
        """The fault with its first epoch, or None."""
        return parse_fault(self.fault, self.epochs) if self.fault else None
