"""The worst answer as a badge: an SVG for a README, drawn without any network."""

from __future__ import annotations

from html import escape

from healthlint.report import Report
from healthlint.terminal.style import Style

_GREEN, _GREY = "#3c8d40", "#6b6b6b"
_COLOURS = {"stop": "#c62f2d", "attention": "#b8730b", "cannot tell": "#6b6b6b"}
_LABEL = "training"
_SIGN, _PAD = 6.6, 10.0  # pixels: width of a sign at 11 px, and the room at each end of a word


def render(report: Report, style: Style) -> str:  # noqa: ARG001  a badge has one style
    """Return the badge of the log whose answer is the worst."""
    answers = [log.answer for log in report.logs if log.run]
    if not answers:
        return _drawn("not read", _GREY)
    worst = min(answers, key=lambda answer: answer.rank)
    colour = _GREEN if worst.is_green else _COLOURS.get(worst.state, _GREY)
    return _drawn(worst.state, colour)


def _drawn(word: str, colour: str) -> str:
    left, right = _width(_LABEL), _width(word)
    whole = left + right
    title = escape(f"{_LABEL}: {word}")
    font = "font-family='Verdana,DejaVu Sans,sans-serif' font-size='11' text-anchor='middle'"
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{whole:g}' height='20' role='img' "
        f"aria-label='{title}'><title>{title}</title>"
        f"<rect width='{whole:g}' height='20' rx='3' fill='{colour}'/>"
        f"<path d='M3 0h{left - 3:g}v20H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z' fill='#444'/>"
        f"<g fill='#fff' {font}><text x='{left / 2:g}' y='14'>{_LABEL}</text>"
        f"<text x='{left + right / 2:g}' y='14'>{escape(word)}</text></g></svg>\n"
    )


def _width(word: str) -> float:
    return round(len(word) * _SIGN + 2 * _PAD)
