"""Authoring on the command line: rules, rules check, rules new, explain."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli.harness import Cli

TYPO = Path(__file__).resolve().parents[2] / "fixtures" / "packs" / "typo-kind.yaml"
PACK = """\
schema: healthlint.rules/1
pack: team
metrics: {mel: mel_loss}
rules:
  - id: team/never
    severity: warning
    summary: never
    when: {value: {metric: mel, above: 2, below: 1}}
    message: m
    help: h
"""


@pytest.fixture
def pack(tmp_path: Path) -> str:
    (tmp_path / "team.yaml").write_text(PACK)
    return "team.yaml"


class TestList:
    def test_every_rule_with_its_facts(self, cli: Cli) -> None:
        done = cli("rules")
        assert done.returncode == 0
        (row,) = [line for line in done.stdout.splitlines() if "tts/mel-phase-late" in line]
        assert row.split()[:4] == ["info", "tts/mel-phase-late", "medium", "guide"]
        assert done.stdout.splitlines()[0] == "core"

    def test_select_and_json(self, cli: Cli, pack: str) -> None:
        done = cli("rules", "--rules", pack, "--select", "team", "-o", "json")
        listed = json.loads(done.stdout)
        assert listed["schema_version"] == 1
        assert [(rule["id"], rule["severity"]) for rule in listed["rules"]] == [
            ("team/never", "warning")
        ]

    def test_markdown(self, cli: Cli) -> None:
        lines = cli("rules", "--select", "core/frozen", "-o", "markdown").stdout.splitlines()
        assert lines[2].startswith("| `core/frozen` | error | high | any | ")

    @pytest.mark.parametrize(
        ("args", "words"),
        [
            (("--select", "cor"), "no rule matches `cor`; did you mean `core`?"),
            (("--rules", "gone.yaml"), "gone.yaml: no such file"),
            (("chek",), "'chek'"),
            (("check", "--lgo", "x"), "unknown option '--lgo', did you mean '--log'?"),
            (("new", "team/x"), "--kind"),
            (("new", "team/x", "--kind", "trennd"), "did you mean `trend`?"),
        ],
    )
    def test_wrong_use(self, cli: Cli, args: tuple[str, ...], words: str) -> None:
        done = cli("rules", *args)
        assert (done.returncode, done.stdout) == (2, "")
        assert words in done.stderr
        assert "Traceback" not in done.stderr


class TestCheck:
    def test_the_shipped_packs_are_fine(self, cli: Cli) -> None:
        done = cli("rules", "check")
        assert done.returncode == 0
        assert done.stdout.endswith(" rules checked: 0 errors, 0 warnings.\n")

    def test_an_error_ends_with_1(self, cli: Cli, pack: str) -> None:
        done = cli("rules", "check", pack)
        assert done.returncode == 1
        assert "team.yaml:8:5: error[never-fires]: this can never fire: mel cannot" in done.stdout
        assert "\n1 rule checked: 1 error, 1 warning.\n" in f"\n{done.stdout}"

    def test_a_warning_ends_with_1_where_it_is_asked_for(self, cli: Cli, tmp_path: Path) -> None:
        (tmp_path / "team.yaml").write_text(PACK.replace(", below: 1", ""))
        assert cli("rules", "check", "team.yaml").returncode == 0
        assert cli("rules", "check", "team.yaml", "--strict").returncode == 1

    def test_json(self, cli: Cli, pack: str) -> None:
        done = cli("rules", "check", pack, "-o", "json")
        found = json.loads(done.stdout)["notices"]
        assert [(one["check"], one["line"], one["column"]) for one in found] == [
            ("no-reason", 5, 9),
            ("never-fires", 8, 5),
        ]

    def test_mistakes_end_with_2(self, cli: Cli) -> None:
        done = cli("rules", "check", str(TYPO))
        assert (done.returncode, done.stdout) == (2, "")
        assert "unknown kind of condition `trennd`; did you mean `trend`?" in done.stderr

    def test_a_log(self, cli: Cli, pack: str, healthy: Path) -> None:
        done = cli("rules", "check", pack, "--log", healthy.name)
        assert "1 rule checked against 1 log" in done.stdout
        missing = cli("rules", "check", pack, "--log", "gone.jsonl")
        assert (missing.returncode, "no such file" in missing.stderr) == (2, True)


class TestNew:
    def test_a_rule_that_can_be_used_at_once(self, cli: Cli, tmp_path: Path, healthy: Path) -> None:
        done = cli("rules", "new", "team/mel-stands", "--kind", "plateau")
        assert (done.returncode, done.stderr) == (0, "")
        assert (tmp_path / "rules/tests/team.yaml").is_file()
        used = cli("check", "--rules", "rules", "--select", "team", healthy.name)
        assert used.returncode == 0
        assert "1 rule: 1 passed" in used.stdout

    def test_an_id_twice_changes_nothing(self, cli: Cli, tmp_path: Path) -> None:
        cli("rules", "new", "team/one", "--kind", "trend")
        before = (tmp_path / "rules/team.yaml").read_text()
        done = cli("rules", "new", "team/one", "--kind", "rise")
        assert done.returncode == 2
        assert "has a rule `team/one` already" in done.stderr
        assert (tmp_path / "rules/team.yaml").read_text() == before

    def test_where_no_folder_can_be_made(self, cli: Cli, tmp_path: Path) -> None:
        (tmp_path / "rules").write_text("a file\n")
        done = cli("rules", "new", "team/stands", "--kind", "plateau")
        words = "healthlint rules new: error: cannot write rules/team.yaml: File exists\n"
        assert (done.returncode, done.stderr) == (2, words)


class TestExplain:
    @pytest.mark.parametrize("name", ["tts/over-smoothing", "over-smoothing"])
    def test_a_page(self, cli: Cli, name: str) -> None:
        done = cli("explain", name)
        assert done.returncode == 0
        head = "error[tts/over-smoothing]: mel loss falls while spectral convergence does not\n"
        assert done.stdout.startswith(head)
        for label in ("why", "help", "fires when", "where", "wrong", "says"):
            assert f"\n  {label} " in done.stdout

    def test_on_a_log(self, cli: Cli, broken: Path) -> None:
        done = cli("explain", "core/non-finite", broken.name)
        assert done.returncode == 0
        assert "    true     any of losses is NaN or infinite\n" in done.stdout
        assert "It fired first at epoch 21 (step 1050, line 21)" in done.stdout

    def test_at_an_epoch(self, cli: Cli, broken: Path) -> None:
        done = cli("explain", "core/non-finite", broken.name, "--at", "20")
        assert "\n  at epoch 20 (step 1000, line 20)" in done.stdout
        assert "    false    any of losses is NaN or infinite\n" in done.stdout

    @pytest.mark.parametrize(
        ("args", "code", "words"),
        [
            (("tts/over-smothing",), 2, "did you mean 'tts/over-smoothing'?"),
            (("frozn",), 2, "did you mean 'core/frozen'?"),
            (("core/frozen", "gone.jsonl"), 2, "no such file"),
            (("core/frozen", "--at", "3"), 2, "--at needs a log"),
            (("core/frozen", "empty.jsonl"), 3, "empty"),
            (("core/frozen", "healthy.jsonl", "--run", "7"), 2, "no run `7`"),
        ],
    )
    def test_wrong_use(
        self, cli: Cli, tmp_path: Path, healthy: Path, args: tuple[str, ...], code: int, words: str
    ) -> None:
        (tmp_path / "empty.jsonl").touch()
        done = cli("explain", *args)
        assert done.returncode == code
        assert words in done.stderr
        assert "Traceback" not in done.stderr

    def test_a_missing_fact(self, cli: Cli, tmp_path: Path, healthy: Path) -> None:
        text = PACK.replace("above: 2, below: 1", "above: run.utterances")
        (tmp_path / "team.yaml").write_text(text)
        done = cli("explain", "team/never", healthy.name, "--rules", "team.yaml")
        assert "Not judged: needs the fact `utterances`" in done.stdout
        given = ("--rules", "team.yaml", "--fact", "utterances=9")
        assert "It never fired" in cli("explain", "team/never", healthy.name, *given).stdout

    def test_markdown(self, cli: Cli) -> None:
        done = cli("explain", "core/frozen", "-o", "markdown")
        assert done.stdout.startswith("# `core/frozen`\n")


class TestSchema:
    @pytest.mark.parametrize("name", ["pack", "tests", "report"])
    def test_to_a_file_and_to_standard_output(self, cli: Cli, tmp_path: Path, name: str) -> None:
        printed = cli("schema", name)
        assert printed.returncode == 0
        assert json.loads(printed.stdout)["type"] == "object"
        assert cli("schema", name, "-o", "schema.json").stdout == ""
        assert (tmp_path / "schema.json").read_text() == printed.stdout

    def test_an_unknown_format(self, cli: Cli) -> None:
        done = cli("schema", "pck")
        assert done.returncode == 2
        assert "unknown format 'pck', did you mean 'pack'?" in done.stderr


HOSTILE = """\
schema: healthlint.rules/1
pack: team
metrics: {mel: "mel\\e[31m_loss"}
rules:
  - id: team/red
    severity: warning
    summary: "red \\e[31m"
    when: {value: {metric: mel, above: 2, below: 1}}
    message: "m \\e[31m"
    help: "h \\e[31m"
    why: "w \\e[31m"
"""


@pytest.mark.parametrize(
    "args",
    [
        ("rules", "--rules", "p.yaml"),
        ("rules", "--rules", "p.yaml", "-o", "markdown"),
        ("rules", "--rules", "p.yaml", "-o", "json"),
        ("rules", "check", "p.yaml"),
        ("rules", "check", "p.yaml", "-o", "json", "--log", "healthy.jsonl"),
        ("explain", "team/red", "--rules", "p.yaml"),
        ("explain", "team/red", "--rules", "p.yaml", "-o", "markdown"),
        ("explain", "team/red", "healthy.jsonl", "--rules", "p.yaml"),
        ("init", "\x1b[31mred.jsonl"),
    ],
)
def test_nothing_steers_the_terminal(
    cli: Cli, tmp_path: Path, healthy: Path, args: tuple[str, ...]
) -> None:
    (tmp_path / "p.yaml").write_text(HOSTILE)
    done = cli(*args)
    assert done.stdout + done.stderr
    assert "\x1b" not in done.stdout + done.stderr


def test_a_shipped_rule_that_cannot_fire_on_a_log_is_an_error_only_where_its_pack_is_named(
    cli: Cli,
) -> None:
    root = TYPO.parents[2]
    log = ("--log", str(root / "fixtures" / "runs" / "over-smoothed" / "logs.jsonl"))
    shipped = cli("rules", "check", "--no-config", *log)
    assert "warning[unreachable-bound]: pitch is never above 10" in shipped.stdout
    assert (shipped.returncode, ": 0 errors, " in shipped.stdout) == (0, True)
    named = cli("rules", "check", "--no-config", str(root / "rules" / "tts.yaml"), *log)
    assert "error[unreachable-bound]: pitch is never above 10" in named.stdout
    assert named.returncode == 1
