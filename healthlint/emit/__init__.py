"""Write a run's log from any trainer, with the standard library alone.

>>> from tempfile import TemporaryDirectory
>>> with TemporaryDirectory() as folder, RunLogger(f"{folder}/logs.jsonl") as log:
...     log.log(10, {"train/mel_loss": 0.91}, epoch=1, lr=2e-4)
...     log.log(10, {"mel_loss": 0.95}, epoch=1, split="val")
...     log.event("checkpoint", step=10, path="step_10.pt")
"""

from healthlint.emit.attach import attach
from healthlint.emit.encoding import Scalar
from healthlint.emit.logger import RunLogger
from healthlint.emit.stop import Stop
from healthlint.emit.tee import SummaryWriterTee

__all__ = ["RunLogger", "Scalar", "Stop", "SummaryWriterTee", "attach"]
