"""Which chart stands where: each once, beside the first finding about it or beside its head."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from healthlint.documents.markup import Markup
from healthlint.report import Chart, Finding, LogReport
from healthlint.reporters.html._charts import FindingMark, chart

_BESIDE = 2
"""Charts beside one finding."""


class Pictures:
    """The charts of one log, each given out once.

    Attributes:
        log: The log.
        marks: Its findings as they are marked on charts, suppressed ones last.
    """

    def __init__(self, log: LogReport, anchor: str) -> None:
        self.log = log
        ordered = sorted(log.findings, key=lambda finding: bool(finding.suppressed))
        self.marks = [
            FindingMark(finding, at, f"{anchor}-finding{at}")
            for at, finding in enumerate(ordered, 1)
        ]
        self._left = {chart.metric: chart for chart in log.drawing.charts} if log.drawing else {}

    @cached_property
    def _about(self) -> dict[str, list[FindingMark]]:
        """The findings to mark on each chart, suppressed ones in the colour of what is past."""
        by_series: dict[str, list[FindingMark]] = {}
        for mark in self.marks:
            for metric in self._metrics(mark.found):
                by_series.setdefault(metric, []).append(mark)
        return by_series

    @cached_property
    def _homes(self) -> dict[str, str]:
        charts = self.log.drawing.charts if self.log.drawing else ()
        return {curve.series: chart.metric for chart in charts for curve in chart.curves}

    def _metrics(self, finding: Finding) -> list[str]:
        """Return the metrics that a finding is about; the first one where none of them is drawn."""
        metrics = [
            self._homes[each.series] for each in finding.evidence if each.series in self._homes
        ]
        return list(dict.fromkeys(metrics or list(self._homes.values())[:1]))

    def beside(self, finding: Finding) -> list[Markup]:
        """Return the charts of a finding that are not on the page yet."""
        return [
            panel for metric in self._metrics(finding)[:_BESIDE] if (panel := self.take(metric))
        ]

    def take(self, metric: str) -> Markup:
        """Return a chart that is not on the page yet, empty where it is or is not drawn."""
        drawn, drawing = self._left.pop(metric, None), self.log.drawing
        if drawn is None or drawing is None:
            return Markup()
        resumed = self.log.run.resumed if self.log.run else ()
        phases = {head.metric: head.phase for head in self.log.standing}
        about = self._about.get(metric, ())
        return chart(drawn, drawing, about, resumed, phases.get(metric, ""))

    def rest(self) -> Sequence[Chart]:
        """Return the charts that are not on the page yet."""
        return list(self._left.values())
