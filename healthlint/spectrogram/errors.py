"""What keeps a spectrogram from being measured."""

from __future__ import annotations


class SpectrogramError(ValueError):
    """An input that cannot be measured; the message says why and, where possible, what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(f"{message}; {hint}" if hint else message)
