"""Kinds of installed packages: there where a config names the package, imported where used."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from cli.forks import Forks

KIND = """\
'''A metric is above a bound at an odd step.

When it is wrong to fire:
    On even steps.
'''
from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from healthlint.timeline.evaluation import Context, Explanation, Metric, Outcome
from healthlint.timeline.kind import Kind
from healthlint.timeline.quantities import Number

Path(os.environ["MARK"]).write_text("imported")


@dataclass(frozen=True, slots=True)
class Params:
    '''Parameters of ``odd``.

    Attributes:
        metric: The metric.
        above: The bound.
    '''

    metric: Metric
    above: Number


def evaluate(params: Params, context: Context) -> Outcome:
    series, bound = context.series(params.metric), context.number(params.above)
    if bound > 100:
        raise RuntimeError("no bound is that high")
    truth = context.truth(series.records, (series.values > bound).astype(np.int8))
    return Outcome(truth=truth, explain=lambda record: Explanation({"bound": bound}))


def words(params: Params) -> str:
    return f"{params.metric} is oddly above {params.above}"


KIND = Kind(
    doc=__doc__,
    params=Params,
    evaluate=evaluate,
    words=words,
    examples=("odd: {metric: loss, above: 1}",),
    offers=frozenset({"bound"}),
    template='''metric: mel_loss
summary: $metric is oddly high
when: "odd: {metric: $metric, above: 1}"
message: above {bound}
fires: {$metric_series: "2 x3"}
quiet: {$metric_series: "0.5 x3"}
''',
)
"""
PACK = """\
schema: healthlint.rules/1
pack: team
metrics: {mel: mel_loss}
rules:
  - id: team/odd
    severity: error
    summary: mel is oddly high
    when: {odd: {metric: mel, above: 1}, for: 2 epochs}
    message: "mel above {bound}"
    help: h
    why: w
"""
CONFIG = "kinds: [Healthlint.Tones]\nrules: [team.yaml]\nselect: [team]\n"
Run = Callable[..., "CompletedProcess[str]"]


@pytest.fixture
def run(forks: Forks, tmp_path: Path, healthy: Path) -> Run:
    """Return a function that runs healthlint where a package with a kind is installed."""
    site = tmp_path / "site"
    info = site / "healthlint_tones-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: healthlint-tones\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[healthlint.kinds]\nodd = tones.odd\n")
    (site / "tones").mkdir()
    (site / "tones" / "__init__.py").touch()
    (site / "tones" / "odd.py").write_text(KIND)
    (tmp_path / "team.yaml").write_text(PACK)
    (tmp_path / "healthlint.yaml").write_text(CONFIG)
    env = {"MARK": str(tmp_path / "mark")}
    return lambda *args: forks.run(list(args), tmp_path, "", env, timeout=60, site=str(site))


def test_its_rules_judge(run: Run) -> None:
    done = run("check", "healthy.jsonl")
    assert (done.returncode, done.stderr) == (1, "")
    assert "error[team/odd]: mel above 1" in done.stdout


def test_it_is_imported_only_where_a_rule_uses_it(run: Run, tmp_path: Path) -> None:
    (tmp_path / "healthlint.yaml").write_text("kinds: [healthlint-tones]\n")
    assert run("check", "healthy.jsonl").returncode == 0
    assert not (tmp_path / "mark").exists()
    (tmp_path / "healthlint.yaml").write_text("rules: [team.yaml]\n")
    done = run("check", "healthy.jsonl")
    assert "team.yaml:8:12: unknown kind of condition `odd`" in done.stderr
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("raise SystemExit(0)", "cannot be imported: SystemExit: 0"),
        ("import sys; sys.exit()", "cannot be imported: SystemExit"),
        ("print('hello'); print('you')", "prints when it is imported: hello"),
        ("import sys; sys.stderr.write('hello')", "prints when it is imported: hello"),
        ("print()", ""),
    ],
)
def test_one_that_exits_or_prints_is_named(run: Run, tmp_path: Path, line: str, said: str) -> None:
    kind = tmp_path / "site" / "tones" / "odd.py"
    kind.write_text(KIND.replace("KIND = Kind(", f"{line}\nKIND = Kind("))
    done = run("check", "healthy.jsonl")
    if said:
        assert done.returncode == 2
        assert f"kind `odd` of Healthlint.Tones {said}" in done.stderr
        assert "Traceback" not in done.stderr
        assert done.stdout == ""
    else:
        assert done.returncode == 1


def test_it_is_explained_checked_tested_and_in_the_schema(run: Run, tmp_path: Path) -> None:
    page = run("explain", "team/odd").stdout
    assert "fires when mel is oddly above 1, for 2 epochs\n" in page
    assert "wrong      On even steps.\n" in page
    assert run("rules", "check").stdout == "1 rule checked: 0 errors, 0 warnings.\n"
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "team.yaml").write_text(
        "schema: healthlint.tests/1\ntests:\n"
        "  - {name: high, series: {mel_loss: '1.1 x9'}, only: [team/odd], expect: [team/odd]}\n"
        "  - {name: low, series: {mel_loss: '0.9 x9'}, only: [team/odd], expect: []}\n"
    )
    done = run("test", "--coverage", "--mutate", "--jobs", "2")
    assert (done.stderr, "4 moves, 2 noticed" in done.stdout) == ("", True)
    condition = json.loads(run("schema", "pack").stdout)["definitions"]["condition"]["properties"]
    assert condition["odd"]["properties"].keys() == {"metric", "above"}


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (
            "import no_such_module\n",
            "kind `odd` of Healthlint.Tones cannot be imported: ModuleNotFo",
        ),
        (
            "Params = 3\n",
            "kind `odd` of Healthlint.Tones has no `KIND`, a `healthlint.timeline.kind.Kind`",
        ),
        (
            KIND.replace("    params=Params,\n", "    params=3,\n"),
            "the kind has no dataclass `params`",
        ),
        (
            KIND.replace("    evaluate=evaluate,\n", "    evaluate=None,\n"),
            "the kind has no function `evaluate`",
        ),
        (KIND.replace("    words=words,\n", "    words='',\n"), "the kind has no function `words`"),
        (KIND.replace("    doc=__doc__,\n", "    doc='',\n"), "the kind has no docstring"),
        (KIND.replace("frozenset({", "list({"), "the kind has `offers`, which is no frozenset"),
        (KIND.replace("examples=(", "examples=() and ("), "the kind has no `examples`"),
        (KIND.replace("offers=", "quieter={'abov': 1}, offers="), "has no parameter `abov`"),
        (KIND.replace("offers=", "quieter={'above': 2}, offers="), "neither 1 nor -1"),
        (KIND.replace("offers=", "sole='metrics', offers="), "has no parameter `metrics`"),
        (KIND.replace("offers=", "logged_only=True, offers="), "`logged_only` without `as_logged`"),
        (
            KIND.replace("offers=", "as_loged=True, offers="),
            "unexpected keyword argument 'as_loged'",
        ),
    ],
)
def test_one_that_is_no_kind_is_a_mistake_of_the_pack(
    run: Run, tmp_path: Path, kind: str, words: str
) -> None:
    (tmp_path / "site" / "tones" / "odd.py").write_text(kind)
    done = run("check", "healthy.jsonl")
    assert (done.returncode, done.stdout) == (2, "")
    assert "team.yaml:8:" in done.stderr
    assert words in " ".join(done.stderr.split())


def test_a_new_rule_of_it_is_begun(run: Run, tmp_path: Path) -> None:
    config = (tmp_path / "healthlint.yaml").read_text()
    assert "odd" in config or run("rules", "new", "team/high", "--kind", "odd").returncode == 0
    assert "id: team/high" in (tmp_path / "team.yaml").read_text()


def test_one_that_breaks_is_an_error_of_its_rule(run: Run, tmp_path: Path) -> None:
    (tmp_path / "team.yaml").write_text(PACK.replace("above: 1", "above: 101"))
    done = run("check", "healthy.jsonl")
    assert done.returncode == 2
    assert "kind `odd` of Healthlint.Tones broke: RuntimeError: no bound is that high" in " ".join(
        done.stdout.split()
    )
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("config", "points", "words"),
    [
        ("kinds: [healthlint-tone]\n", "odd = tones.odd", "did you mean `healthlint-tones`?"),
        ("kinds: [numpy]\n", "odd = tones.odd", "no package `numpy` brings kinds"),
        ("kinds: [healthlint-tones]\n", "trend = tones.odd", "`trend`, and there is one already"),
        ("kinds: [healthlint-tones]\n", "for = tones.odd", "which is no name of a kind"),
    ],
)
def test_a_package_without_kinds_is_a_mistake_of_the_config(
    run: Run, tmp_path: Path, config: str, points: str, words: str
) -> None:
    (tmp_path / "healthlint.yaml").write_text(config)
    info = tmp_path / "site" / "healthlint_tones-1.0.dist-info"
    (info / "entry_points.txt").write_text(f"[healthlint.kinds]\n{points}\n")
    done = run("check", "healthy.jsonl")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("healthlint.yaml:1:9: ")
    assert words in done.stderr


def test_the_doctor_finds_a_package_without_kinds(run: Run, tmp_path: Path) -> None:
    (tmp_path / "healthlint.yaml").write_text("kinds: [numpy]\n")
    assert run("doctor").returncode == 1
