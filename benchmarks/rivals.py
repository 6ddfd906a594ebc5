"""The same logs through four other tools, each called as its documentation says.

None of them knows the names of losses that speech trainers log, so each gets a table (CSV) with
the columns that all four know: ``step``, ``loss``, ``eval_loss``, ``learning_rate``, ``grad_norm``.
``loss`` is the total where the trainer logs one, else mel; validation stands in the row of the last
training step before it. Run by itself, in the environment of the tools, this module prints what
they say of a folder of such tables.
"""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

# What of each tool names the cause of a fault, whatever its severity; none where it has no check.
NAMES: dict[str, dict[str, str]] = {
    "overfits": {
        "losslint": "overfit_onset",
        "trainspotter": "overfitting",
        "runmedic": "overfitting",
        "gradsnitch": "GS004",
    },
    "diverges": {
        "losslint": "divergence",
        "trainspotter": "divergence",
        "runmedic": "divergence",
        "gradsnitch": "GS006",
    },
    "turns_nan": {
        "losslint": "nan_inf",
        "trainspotter": "divergence",
        "runmedic": "non_finite",
        "gradsnitch": "GS001",
    },
    "freezes": {
        "losslint": "stagnation",
        "trainspotter": "plateau",
        "runmedic": "constant_lr_plateau no_learning",
        "gradsnitch": "GS005 GS010",
    },
    "reads_zero": {"trainspotter": "loss_floor"},
    "rate_jumps": {"trainspotter": "lr_schedule"},
    "oscillates": {"trainspotter": "spikes", "gradsnitch": "GS009"},
    "spikes_linger": {
        "losslint": "loss_spike",
        "trainspotter": "spikes",
        "runmedic": "loss_spikes",
        "gradsnitch": "GS003",
    },
    "learns_nothing": {
        "losslint": "stagnation",
        "trainspotter": "plateau",
        "runmedic": "no_learning",
        "gradsnitch": "GS005",
    },
    "past_its_budget": {
        "losslint": "stagnation",
        "trainspotter": "plateau",
        "runmedic": "constant_lr_plateau",
    },
}
NAMES["turns_infinite"] = NAMES["turns_nan"]
NAMES["sets_back"] = NAMES["mel_is_given_up"] = NAMES["diverges"]
NAMES["gradient_turns_nan"] = NAMES["turns_nan"] | {
    "trainspotter": "grad_norm",
    "gradsnitch": "GS001 GS002",
}
NAMES["gradient_explodes"] = {
    "trainspotter": "grad_norm",
    "runmedic": "grad_spikes",
    "gradsnitch": "GS003",
}
NAMES["rate_dies"] = {
    "losslint": "stagnation",
    "trainspotter": "lr_schedule plateau",
    "runmedic": "constant_lr_plateau",
    "gradsnitch": "GS005 GS010",
}
LOUD = ("warning", "error", "critical")
Said = dict[str, list[list[str]]]
"""Check and severity of each finding, by tool, of one log."""
TOOLS = ("losslint", "trainspotter", "runmedic", "gradsnitch")


def table(text: str) -> str:
    """Return the table of a log: one row a training row, in the order of the file."""
    rows: list[dict[str, float]] = []
    for line in text.splitlines():
        row = json.loads(line)
        if "_type" in row:
            continue
        seen = _canonical(row)
        train = seen.get("train/total_loss", seen.get("train/mel_loss"))
        val = seen.get("val/total_loss", seen.get("val/mel_loss"))
        if train is not None:
            kept = {"step": row["step"], "loss": train}
            rates = {"learning_rate": seen.get("lr"), "grad_norm": seen.get("grad_norm")}
            rows.append(kept | {key: value for key, value in rates.items() if value is not None})
        if val is not None and rows:
            rows[-1]["eval_loss"] = val
    return _csv(rows)


def _canonical(row: dict[str, object]) -> dict[str, float]:
    """Return the values of a row by canonical name and split (training where none is told)."""
    from healthlint.logs.vocabulary import recognise, split_of

    told = next((split_of(row[key]) for key in ("split", "phase") if key in row), "")
    seen: dict[str, float] = {}
    for name, value in row.items():
        found = recognise(name)
        if found.is_known and isinstance(value, float):
            split = found.split or told or "train"
            key = found.metric if found.metric in ("lr", "grad_norm") else f"{split}/{found.metric}"
            seen.setdefault(key, value)
    return seen


def _csv(rows: list[dict[str, float]]) -> str:
    names = [
        name
        for name in ("step", "loss", "eval_loss", "learning_rate", "grad_norm")
        if any(name in row for row in rows)
    ]
    out = io.StringIO()
    writer = csv.DictWriter(out, names, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


class Rivals:
    """Collects tables of logs and shows what the other tools say of them.

    Args:
        python: Interpreter that has the tools, empty for none.
        folder: Where the tables go.
    """

    def __init__(self, python: str, folder: Path) -> None:
        self._python = python
        self._folder = folder
        self._logs: list[tuple[str, str]] = []
        folder.mkdir()

    def add(self, name: str, kind: str, text: str) -> None:
        """Add the table of a log of a shape or fault."""
        if self._python:
            (self._folder / f"{len(self._logs):06}.csv").write_text(text)
            self._logs.append((name, kind))

    def show(self) -> None:
        """Print the figures of each tool."""
        if not self._python:
            return
        command = [self._python, __file__, str(self._folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        said = json.loads(done.stdout)
        print("\n## The other tools on the same logs\n")
        print("| | " + " | ".join(f"{tool} {said['versions'][tool]}" for tool in TOOLS) + " |")
        print("|---|" + "---|" * len(TOOLS))
        self._line("healthy logs with an alarm", "healthy", said["logs"], _is_alarm)
        for tool, check in self._common(said["logs"]):
            is_it = _is_alarm_of(tool, check)
            self._line(f"of these, by {tool}'s `{check}`", "healthy", said["logs"], is_it)
        self._line("faulty logs with an alarm", "faulty", said["logs"], _is_alarm)
        self._line("faults named", "faulty", said["logs"], _is_named)
        for name in dict.fromkeys(name for name, kind in self._logs if kind == "faulty"):
            self._line(f"named: {name}", "faulty", said["logs"], _is_named, name)

    def _common(self, said: list[Said]) -> list[tuple[str, str]]:
        """Return the check of each tool that raises most alarms on healthy logs."""
        found = []
        for tool in TOOLS:
            counts = Counter(
                check
                for (_, kind), one in zip(self._logs, said, strict=True)
                if kind == "healthy"
                for check in {check for check, severity in one[tool] if severity in LOUD}
            )
            found += [(tool, check) for check, _ in counts.most_common(1)]
        return found

    def _line(
        self,
        title: str,
        kind: str,
        said: list[Said],
        is_it: Callable[[str, str, list[list[str]]], bool],
        only: str = "",
    ) -> None:
        chosen = [
            (name, one)
            for (name, of), one in zip(self._logs, said, strict=True)
            if of == kind and only in ("", name)
        ]
        if chosen:
            counts = [sum(is_it(tool, name, one[tool]) for name, one in chosen) for tool in TOOLS]
            print(f"| {title} (of {len(chosen)}) | " + " | ".join(map(str, counts)) + " |")


def _is_alarm(_tool: str, _name: str, found: list[list[str]]) -> bool:
    return any(severity in LOUD for _, severity in found)


def _is_alarm_of(rival: str, rule: str) -> Callable[[str, str, list[list[str]]], bool]:
    def is_it(tool: str, _name: str, found: list[list[str]]) -> bool:
        return tool == rival and any(s in LOUD and check == rule for check, s in found)

    return is_it


def _is_named(tool: str, name: str, found: list[list[str]]) -> bool:
    names = NAMES.get(name, {}).get(tool, "").split()
    return any(check in names for check, _ in found)


def _losslint(path: Path) -> Iterator[tuple[str, str]]:
    from losslint.checks import run_all_checks
    from losslint.parsing import load_run

    for one in run_all_checks(load_run(path)):
        yield one.check, one.severity


def _trainspotter(path: Path) -> Iterator[tuple[str, str]]:
    from trainspotter.detectors import run_all
    from trainspotter.readers import load_run

    for one in run_all(load_run(path)):
        yield one.detector, one.severity


def _runmedic(path: Path) -> Iterator[tuple[str, str]]:
    from runmedic import loaders, roles
    from runmedic.checks import run_checks

    for run in loaders.load(str(path)):
        for one in run_checks(run, roles.detect(run)):
            yield one.check, one.severity


def _gradsnitch(path: Path) -> Iterator[tuple[str, str]]:
    import gradsnitch

    for one in gradsnitch.lint_csv(str(path)):
        yield one.code, one.severity


def main() -> None:
    """Print what the tools say of a folder of tables, as JSON."""
    from importlib.metadata import version

    calls = (_losslint, _trainspotter, _runmedic, _gradsnitch)
    logs = [
        {tool: list(call(path)) for tool, call in zip(TOOLS, calls, strict=True)}
        for path in sorted(Path(sys.argv[1]).glob("*.csv"))
    ]
    json.dump({"versions": {tool: version(tool) for tool in TOOLS}, "logs": logs}, sys.stdout)


if __name__ == "__main__":
    main()
