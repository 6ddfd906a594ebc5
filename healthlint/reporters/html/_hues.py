"""One colour a metric, the same on every page: as a class that the style sheet gives its hue."""

from __future__ import annotations

from zlib import crc32

HUES = 12
_KNOWN = {
    name: f"h{place}"
    for place, name in enumerate(
        (
            "mel_loss",
            "spectral_convergence",
            "duration_loss",
            "energy_loss",
            "pitch_loss",
            "stop_loss",
            "total_loss",
            "lr",
        )
    )
}


def hue(series: str) -> str:
    """Return the class of the colour of a metric, whatever the split of its series.

    >>> hue("val/mel_loss"), hue("lr")
    ('h0', 'h7')
    """
    metric = series.rpartition("/")[2]
    return _KNOWN.get(metric) or f"h{crc32(metric.encode('utf-8', 'replace')) % HUES}"
