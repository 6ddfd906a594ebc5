"""The HTML report is one file that loads nothing, says all that the others say, and escapes it."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from math import inf, nan

import numpy as np
import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from reporters.canonical import DRAWING, HEALTHY, OVER_SMOOTHING, REPORTS, SICK

from healthlint.report import Chart, Curve, Drawing, Panel, Picture, Report
from healthlint.reporters import Style, columns, formats, render
from healthlint.reporters.html._axis import Axis, linear, logarithmic
from healthlint.reporters.html._hues import hue
from healthlint.reporters.html._samples import png

VOID = {"br", "hr", "img", "meta", "link", "input"}


class Checked(HTMLParser):
    """Fails on an element that is not closed; keeps ids, links and what could be loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.open += [] if tag in VOID else [tag]
        self.ids += [given["id"] or ""] if "id" in given else []
        if tag == "a":
            self.links.append(given["href"] or "")
        elif tag != "link":
            inside = (given.get("src") or "").startswith("data:")
            self.loads += [
                name
                for name, _ in attrs
                if name in ("href", "style") or (name == "src" and not inside)
            ]
        self.loads += [name for name, _ in attrs if name.startswith("on")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def checked(report: Report) -> tuple[str, Checked]:
    text = render(report, "html", Style())
    parser = Checked()
    parser.feed(text)
    assert parser.open == []
    return text, parser


@pytest.mark.parametrize("name", REPORTS)
def test_a_page_is_well_formed_and_loads_nothing(name: str) -> None:
    _, page = checked(REPORTS[name])
    assert page.loads == []
    assert len(page.ids) == len(set(page.ids))
    outside = [link for link in page.links if not link.startswith("#")]
    assert [link for link in outside if not link.startswith("https://")] == []
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)


def test_a_sample_is_heard_from_the_file_itself() -> None:
    heard = Picture(
        epoch=1.0,
        step=2.0,
        is_recording=False,
        sharpness=0.5,
        width=3,
        height=2,
        pixels=bytes(6),
        sound=b"RIFF....WAVE",
    )
    pictures = [heard, replace(heard, epoch=2.0, sound=b"")]
    drawing = replace(DRAWING, panels=[Panel("one", "text", pictures)])
    text, _ = checked(Report(version="0", fail_on="error", logs=[replace(SICK, drawing=drawing)]))
    assert text.count("<audio") == 1
    assert 'src="data:audio/wav;base64,UklGRi4uLi5XQVZF"' in text
    assert "media-src data:" in text


def run_page(logs: int) -> str:
    drawing = replace(DRAWING, charts=[replace(DRAWING.charts[0], bands=())], is_small=True)
    every = [replace(SICK, path=f"runs/{at:04d}/logs.jsonl") for at in range(logs)]
    drawn = [replace(one, drawing=drawing) for one in every]
    return render(Report(version="0", fail_on="error", logs=drawn), "html", Style())


def test_a_run_more_takes_at_most_three_kilobytes() -> None:
    assert (len(run_page(30).encode()) - len(run_page(10).encode())) / 20 <= 3000


def test_of_several_logs_the_worst_come_first_and_three_are_told_in_full() -> None:
    text, page = checked(REPORTS["several"])
    rows = re.findall(r'<tbody id="row\d+">.*?<button[^>]*>([^<]*)</button></th>', text)
    assert rows[0] == "runs/kokoro/logs.jsonl"
    assert len([one for one in page.ids if re.fullmatch(r"log\d+", one)]) == 3
    assert "5 logs: 1 stop, " in text


def test_a_metric_has_one_colour_wherever_it_is_drawn() -> None:
    text, _ = checked(REPORTS["drawn"])
    found = re.findall(r'class="curve (?:train|val|bare)[^"]*? (h\d+)" d="[^"]*" data-name', text)
    keys = re.findall(r'class="key (?:train|val|bare) (h\d+)"', text)
    assert set(found) == set(keys)
    assert hue("train/mel_loss") == hue("val/mel_loss") != hue("val/spectral_convergence")


def test_what_a_log_says_is_escaped() -> None:
    bad = "</script><script>alert(1)</script>"
    finding = replace(OVER_SMOOTHING, rule=bad, message=bad, help=bad, url="javascript:alert(1)")
    charts = [replace(DRAWING.charts[0], label=bad)]
    drawing = replace(DRAWING, charts=charts, left_out=[bad])
    log = replace(SICK, path=bad, findings=[finding], drawing=drawing)
    text, page = checked(Report(version="0", fail_on="error", logs=[log]))
    assert text.count("<script>") == 1
    assert [link for link in page.links if "javascript" in link] == []


def test_every_verdict_is_in_the_table_not_judged_before_passed() -> None:
    text, _ = checked(REPORTS["sick"])
    assert text.count('class="state not_judged"') == 3
    assert text.count('class="state pass"') == 12
    assert text.index("no stop_loss in this log") < text.index("tts/quiet-0")


def test_a_finding_is_linked_from_the_charts_of_its_metrics() -> None:
    text, page = checked(REPORTS["drawn"])
    assert page.links.count("#log1-finding1") >= 2  # on mel and on spectral
    assert 'aria-label="finding 1: error tts/over-smoothing"' in text


def test_a_metric_without_a_finite_value_says_so() -> None:
    text, _ = checked(REPORTS["drawn"])
    assert "not one finite value" in text


def test_a_metric_below_zero_has_no_logarithmic_axis() -> None:
    text, _ = checked(REPORTS["drawn"])
    flow = text[text.index(">flow_loss<") :]
    assert flow.index('class="layer only"') < flow.index("</figure>")


def test_without_curves_the_page_still_says_where_it_stands() -> None:
    text, _ = checked(Report(version="0", fail_on="error", logs=[HEALTHY]))
    assert 'class="chart"' not in text
    assert "below 0.3 around epoch 47" in text


def test_curves_are_asked_for_by_formats_that_show_them_alone() -> None:
    assert {name for name in formats() if columns([name])} == {"html"}
    assert columns(["full", "html"]) > 0 == columns(["full", "json"])


def test_the_policy_allows_no_script_but_the_own_one() -> None:
    text, _ = checked(REPORTS["sick"])
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy is not None
    assert "default-src &#x27;none&#x27;" in policy[1]
    assert "unsafe" not in policy[1]


FLOATS = st.floats(allow_nan=True, allow_infinity=False)


@examples(40)
@given(ys=st.lists(FLOATS, max_size=30), first=st.floats(0, 1e9), length=st.floats(0, 1e9))
def test_any_curve_can_be_drawn(ys: list[float], first: float, length: float) -> None:
    last = first + length
    xs = [first + length * i / max(len(ys), 1) for i in range(len(ys))]
    chart = Chart(
        metric="mel_loss",
        label="mel",
        is_head=True,
        curves=[Curve(series="val/mel_loss", split="val", xs=xs, ys=ys, points=len(ys))],
    )
    drawing = Drawing(unit="step", first=first, last=last, epochs=[], charts=[chart])
    text, _ = checked(Report(version="0", fail_on="error", logs=[replace(SICK, drawing=drawing)]))
    paths = " ".join(re.findall(r' d="([^"]*)"', text))
    assert "nan" not in paths and "inf" not in paths


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.0, 1.0, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (0.0, 3.4, [0.0, 1.0, 2.0, 3.0]),
        (-20.0, 30.0, [-20.0, -10.0, 0.0, 10.0, 20.0, 30.0]),
        (1e-4, 2e-4, [1e-4, 1.2e-4, 1.4e-4, 1.6e-4, 1.8e-4, 2e-4]),
    ],
)
def test_linear_ticks_are_round(low: float, high: float, ticks: list[float]) -> None:
    assert Axis(low=low, high=high, start=0, stop=1).ticks() == ticks


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.25, 4.0, [0.5, 1.0, 2.0]),
        (0.01, 10.0, [0.01, 0.1, 1.0, 10.0]),
        (0.3, 0.9, [0.4, 0.6, 0.8]),
        (1e-9, 1e9, [1e-9, 1e-5, 0.1, 1e3, 1e7]),
    ],
)
def test_logarithmic_ticks_are_round(low: float, high: float, ticks: list[float]) -> None:
    assert Axis(low=low, high=high, start=0, stop=1, is_log=True).ticks() == ticks


def test_an_axis_begins_at_zero_only_near_it() -> None:
    assert linear([0.1, 1.0], 0, 1).low == 0.0
    assert linear([0.9, 1.0], 0, 1).low > 0.8


@pytest.mark.parametrize("values", [[], [nan], [0.0, 0.0, 1.0], [-1.0, -2.0], [1.0, 1.2], [inf]])
def test_what_a_logarithmic_axis_is_not_for(values: list[float]) -> None:
    assert logarithmic(values, 0, 1) is None


def test_a_picture_is_a_png_of_its_levels() -> None:
    cv2 = pytest.importorskip("cv2")
    levels = np.arange(256, dtype=np.uint8).reshape(4, 64)
    data = png(64, 4, levels.tobytes())
    shown = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1]
    assert shown.shape == (4, 64, 3)
    assert shown[0, 0].tolist() == [0x00, 0x00, 0x04]
    assert shown[3, 63].tolist() == [0xFC, 0xFD, 0xBF]
    lightness = shown.reshape(-1, 3) @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(lightness) >= -0.5).all()
    assert len({tuple(one) for one in shown.reshape(-1, 3).tolist()}) > 200


def test_samples_without_pictures_have_no_part() -> None:
    page = render(
        Report(version="0.1.0", fail_on="error", logs=[replace(SICK, drawing=DRAWING)]),
        "html",
        Style(),
    )
    assert "<h3>Samples</h3>" not in page
