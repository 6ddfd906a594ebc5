"""The curves of a report: which, on which axis, with which phases; and only where asked for."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

import healthlint
from healthlint.report import Drawing

RUNS = Path(__file__).parents[2] / "fixtures" / "runs"


def drawn(path: Path, **options: object) -> Drawing:
    found = healthlint.check(path, columns=100, **options).logs[0].drawing  # type: ignore[arg-type]
    assert found is not None
    return found


def write(path: Path, rows: Iterable[Mapping[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def mel(epoch: float) -> float:
    return 1.8 * 0.93**epoch + 0.2


def test_nothing_is_drawn_unasked() -> None:
    log = RUNS / "over-smoothed" / "logs.jsonl"
    assert healthlint.check(log).logs[0].drawing is None


def test_heads_come_first_and_findings_before_the_rest() -> None:
    charts = drawn(RUNS / "over-smoothed" / "logs.jsonl").charts
    heads = [chart.label for chart in charts if chart.is_head]
    assert heads == ["mel", "spectral", "duration", "energy", "pitch"]
    assert [chart.is_head for chart in charts] == sorted(
        (chart.is_head for chart in charts), reverse=True
    )
    nan = drawn(RUNS / "nan" / "logs.jsonl").charts
    assert nan[0].metric == "total_loss"  # the finding names it first


def test_training_and_validation_share_a_chart() -> None:
    chart = drawn(RUNS / "over-smoothed" / "logs.jsonl").charts[0]
    assert [(one.split, one.points) for one in chart.curves] == [("train", 90), ("val", 18)]


def test_phases_are_those_of_the_guide_on_its_scale() -> None:
    bands = drawn(RUNS / "over-smoothed" / "logs.jsonl").charts[0].bands
    assert [(band.name, band.at_least, band.below) for band in bands][-2:] == [
        ("Clearing", 0.3, 0.4),
        ("Professional", None, 0.3),
    ]


@pytest.mark.parametrize(
    ("scale", "bound"),
    [
        ({"kind": "l1", "space": "ln-amp-mel"}, 0.15),
        ({"kind": "mse", "space": "ln-power-mel"}, None),
    ],
)
def test_phases_are_converted_or_left_out(
    scale: dict[str, str], bound: float | None, tmp_path: Path
) -> None:
    log = write(
        tmp_path / "log.jsonl",
        [{"step": 50 * e, "epoch": e, "val/mel_loss": mel(e)} for e in range(1, 31)],
    )
    bands = drawn(log, facts={"metrics": {"mel_loss": scale}}).charts[0].bands
    assert [band.below for band in bands][-1:] == ([] if bound is None else [bound])


def test_a_row_without_a_step_lies_between_its_neighbours(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = []
    for epoch in range(1, 11):
        rows += [{"step": 10 * epoch, "epoch": epoch, "train/mel_loss": mel(epoch)}]
        rows += [{"epoch": epoch, "val/mel_loss": mel(epoch)}]
    drawing = drawn(write(tmp_path / "log.jsonl", rows))
    validation = drawing.charts[0].curves[1]
    assert (drawing.unit, list(validation.xs[:2])) == ("step", [15.0, 25.0])


def test_epochs_are_the_axis_where_no_step_is_logged(tmp_path: Path) -> None:
    rows = [{"epoch": epoch, "val/mel_loss": mel(epoch)} for epoch in range(1, 101)]
    drawing = drawn(write(tmp_path / "log.jsonl", rows))
    assert (drawing.unit, drawing.first, drawing.last) == ("epoch", 1.0, 100.0)
    assert [number for _, number in drawing.epochs] == list(range(10, 101, 10))


def test_many_metrics_are_named_rather_than_drawn(tmp_path: Path) -> None:
    rows = [
        {"step": s, "mel_loss": mel(s), **{f"extra_{i}": s for i in range(60)}} for s in range(40)
    ]
    drawing = drawn(write(tmp_path / "log.jsonl", rows))
    assert (len(drawing.charts), len(drawing.left_out)) == (30, 31)


def test_a_value_that_is_not_finite_is_a_gap(tmp_path: Path) -> None:
    rows = [{"step": s, "mel_loss": math.nan if s == 7 else mel(s)} for s in range(1, 20)]
    curve = drawn(write(tmp_path / "log.jsonl", rows)).charts[0].curves[0]
    assert [x for x, y in zip(curve.xs, curve.ys, strict=True) if math.isnan(y)] == [7.0]
