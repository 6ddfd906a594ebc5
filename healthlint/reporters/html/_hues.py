"""One colour a metric, the same on every page: as a class that the style sheet gives its hue."""

from __future__ import annotations

from zlib import crc32

HUES = 12
_KNOWN = (
    *("mel_loss", "spectral_convergence", "duration_loss", "energy_loss", "pitch_loss"),
    *("stop_loss", "total_loss", "lr"),
)


def hue(series: str) -> str:
    """Return the class of the colour of a metric, whatever the split of its series.

    >>> hue("val/mel_loss"), hue("lr")
    ('h0', 'h7')
    """
    metric = series.rpartition("/")[2]
    if metric in _KNOWN:
        return f"h{_KNOWN.index(metric)}"
    return f"h{crc32(metric.encode('utf-8', 'replace')) % HUES}"
