"""The HTML report in a real browser: no error, no request, keys reach all."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from reporters.browser import CHROMIUM, DRIVER, ENTER, RIGHT, TAB, Browser, browser
from reporters.canonical import DRAWING, REPORTS, SICK

import healthlint
from healthlint.report import Panel, Picture, Report
from healthlint.reporters import Style, columns, render

pytestmark = [
    pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed"),
    pytest.mark.skipif(not DRIVER, reason="chromedriver is not installed"),
]
RUNS = Path(__file__).parents[2] / "fixtures" / "runs"
PAGES = ("over-smoothed", "healthy-espeak", "nan", "killed-and-resumed")
FOCUSED = "const one = document.activeElement; return one.getAttribute('href') || one.id"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the page of each run, and of each canonical report."""
    folder = tmp_path_factory.mktemp("pages")
    for name in PAGES:
        log = RUNS / name / "logs.jsonl"
        report = healthlint.check(log, columns=columns(["html"]))
        (folder / f"{name}.html").write_text(render(report, "html", Style()), encoding="utf-8")
    panels = [
        Panel(
            "clip",
            "Мама мыла раму <b>",
            [
                Picture(
                    epoch=1.0,
                    step=2.0,
                    is_recording=False,
                    sharpness=0.5,
                    width=3,
                    height=2,
                    pixels=bytes(6),
                )
            ],
        )
    ]
    sick = replace(SICK, drawing=replace(DRAWING, panels=panels))
    page = render(Report(version="0.1.0", fail_on="error", logs=[sick]), "html", Style())
    (folder / "samples.html").write_text(page, encoding="utf-8")
    logs = [RUNS / name for name in ("over-smoothed", "healthy-espeak", "nan")]
    several = healthlint.check(logs, columns=columns(["html"]), most_drawn=1)
    (folder / "table.html").write_text(render(several, "html", Style()), encoding="utf-8")
    for name, report in REPORTS.items():
        (folder / f"{name}.html").write_text(render(report, "html", Style()), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Return one browser for all tests."""
    with browser(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.mark.parametrize("name", [*PAGES, *REPORTS, "samples"])
def test_a_page_opens_without_an_error_and_asks_for_nothing(
    name: str, pages: Path, window: Browser
) -> None:
    path = pages / f"{name}.html"
    window.requests()
    window.open(path)
    assert window.run("return document.querySelector('h1').textContent") != ""
    assert window.console() == []
    asked = [one for one in window.requests() if one.startswith(("file:", "http", "ws"))]
    assert asked == [path.as_uri()]


def test_spectrograms_are_shown(pages: Path, window: Browser) -> None:
    window.open(pages / "samples.html")
    size = "const one = document.querySelector('.strip img'); return [one.naturalWidth, "
    assert window.run(f"{size}one.naturalHeight, one.alt]") == [
        3,
        2,
        "Mel-spectrogram of clip, epoch 1, sharpness 0.50",
    ]
    title = "return document.querySelector('.clip h4').textContent"
    assert window.run(title) == "Мама мыла раму <b>"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_curve_has_a_colour_and_each_metric_its_own(
    scheme: str, pages: Path, window: Browser
) -> None:
    window.prefer(scheme)
    window.open(pages / "over-smoothed.html")
    curves = window.run(
        "return [...document.querySelectorAll('svg.chart')].flatMap(chart => "
        "[...chart.querySelectorAll('path.curve.val')].map(path => "
        "[chart.getAttribute('aria-label'), getComputedStyle(path).stroke]))"
    )
    colours = {(label.split(",")[0], stroke) for label, stroke in curves}
    assert len(colours) > 3
    assert "none" not in {stroke for _, stroke in colours}
    assert len({stroke for _, stroke in colours}) == len({label for label, _ in colours})


def test_findings_are_reached_by_keyboard_from_the_curves(pages: Path, window: Browser) -> None:
    window.open(pages / "over-smoothed.html")
    for _ in range(40):
        window.press(TAB)
        if window.run(FOCUSED) == "#log1-finding1":
            break
    assert window.run(FOCUSED) == "#log1-finding1"
    window.press(ENTER)
    assert window.run("return document.activeElement.id") == "log1-finding1"
    assert window.run("return document.activeElement.getBoundingClientRect().top") < 900


def test_a_table_of_runs_is_sorted_opened_and_drawn(pages: Path, window: Browser) -> None:
    window.open(pages / "table.html")
    names = "return [...document.querySelectorAll('.runs tbody th')].map(one => one.textContent)"
    head = "[...document.querySelectorAll('.runs thead button')].find(one => one.textContent"
    assert window.run(names) == ["over-smoothed", "nan", "healthy-espeak"]
    window.run(f"{head} === 'epoch').click()")
    assert window.run(names) == ["nan", "over-smoothed", "healthy-espeak"]  # 12, 18, 24
    window.run(f"{head} === 'epoch').click()")
    assert window.run(names) == ["healthy-espeak", "over-smoothed", "nan"]
    shown = "return document.querySelector('.runs tbody .more').getClientRects().length > 0"
    assert not window.run(shown)
    window.run("document.querySelector('.runs tbody button').click()")
    assert window.run(shown)
    lines = "return document.querySelectorAll('.overlay path').length"
    assert window.run(lines) == 2
    window.run("document.querySelector('.runs .draw input').click()")
    assert window.run(lines) == 1


def test_the_first_stop_skips_to_the_report(pages: Path, window: Browser) -> None:
    window.open(pages / "over-smoothed.html")
    window.press(TAB)
    assert window.run(FOCUSED) == "#main"


def test_arrow_keys_read_the_values_of_a_curve(pages: Path, window: Browser) -> None:
    window.open(pages / "over-smoothed.html")
    mel = "document.querySelector('svg.chart[aria-label^=\"Chart of mel\"]')"
    window.run(f"{mel}.focus()")
    window.press(RIGHT, RIGHT)
    said = window.run(f"return {mel}.closest('figure').querySelector('output').textContent")
    lines = (RUNS / "over-smoothed" / "logs.jsonl").read_text().splitlines()
    values = [json.loads(line) for line in lines if '"val/mel_loss"' in line]
    assert f"step {values[1]['step']}:" in said
    shown = float(re.search(r"validation ([\d.]+)", said)[1])  # type: ignore[index]
    assert shown == pytest.approx(values[1]["val/mel_loss"], rel=0.005)


@pytest.mark.parametrize(("scheme", "is_dark"), [("light", False), ("dark", True)])
def test_the_page_follows_the_system(
    scheme: str, is_dark: bool, pages: Path, window: Browser
) -> None:
    window.prefer(scheme)
    window.open(pages / "over-smoothed.html")
    assert (brightness(window) < 100) == is_dark


def test_a_switch_outranks_the_system_and_is_remembered(pages: Path, window: Browser) -> None:
    window.prefer("light")
    window.open(pages / "over-smoothed.html")
    window.run("document.querySelector('label[for=theme-dark]').click()")
    assert brightness(window) < 100
    window.open(pages / "over-smoothed.html")
    assert brightness(window) < 100
    window.run("document.querySelector('label[for=theme-auto]').click()")
    assert brightness(window) > 200


def brightness(window: Browser) -> float:
    color = window.run("return getComputedStyle(document.documentElement).backgroundColor")
    return max(float(part) for part in re.findall(r"[\d.]+", color)[:3])


def test_the_scale_can_be_changed(pages: Path, window: Browser) -> None:
    window.open(pages / "over-smoothed.html")
    visible = (
        "return [...document.querySelectorAll('.layer')]"
        ".filter(one => getComputedStyle(one).display !== 'none').map(one => one.classList[1])"
    )
    assert set(window.run(visible)) <= {"log", "only"}
    window.run("document.querySelector('label[for=scale-linear]').click()")
    assert set(window.run(visible)) <= {"linear", "only"}
    window.run("document.querySelector('label[for=scale-log]').click()")


@pytest.mark.parametrize("width", [500, 900, 1600])
def test_a_page_is_no_wider_than_its_window(width: int, pages: Path, window: Browser) -> None:
    window.open(pages / "drawn.html", width=width)
    assert window.run("return document.documentElement.scrollWidth <= window.innerWidth")


CONTRAST = """
const value = (text) => {
  const [r, g, b] = text.match(/[\\d.]+/g).map(Number).map((c) => c / 255)
    .map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = (one) => {
  for (; one; one = one.parentElement) {
    const color = getComputedStyle(one).backgroundColor;
    if (!/rgba.*, 0\\)|transparent/.test(color)) return color;
  }
};
const found = {};
for (const one of document.querySelectorAll("h1, h2, h3, h4, p, li, td, th, a, span, label")) {
  if (![...one.childNodes].some((part) => part.nodeType === 3 && part.textContent.trim())) continue;
  const two = [value(getComputedStyle(one).color), value(behind(one))].sort((a, b) => b - a);
  const ratio = (two[0] + 0.05) / (two[1] + 0.05);
  if (ratio < 4.5) found[`${one.tagName}.${one.className}`] = ratio;
}
return found;
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_the_contrast_that_wcag_asks_for(
    scheme: str, pages: Path, window: Browser
) -> None:
    window.prefer(scheme)
    for name in ("drawn", "several"):
        window.open(pages / f"{name}.html")
        assert window.run(CONTRAST) == {}
