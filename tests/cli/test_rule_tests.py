"""``healthlint test``: strict, with places, and only what differs."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest
from cli.harness import Cli

FIXTURES = Path(__file__).parents[2] / "fixtures" / "ruletests"
FAILED = """\
FAIL mel comes back to 8 % above its best
  --> slow.yaml:19:13
   | expect: []
   |         ^
   = slow/mel-rises: expected pass, came to fail
   = fired at epoch 15 (step 1500): mel 22.60 is +13% above its best
   |  epoch     14     15
   |  mel    20.00  22.60  +13.0%  needs >= +10% above lowest 20

1 of 4 tests failed.
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """Return a folder ``rules`` with a pack of two rules, and tests of which one fails."""
    shutil.copytree(FIXTURES, tmp_path / "rules")
    return tmp_path / "rules"


def mend(pack: Path) -> None:
    """Let the failing test pass."""
    tests = pack / "tests" / "slow.yaml"
    tests.write_text(tests.read_text().replace("22.6 x8", "21.7 x8"))


def append(pack: Path, text: str) -> None:
    tests = pack / "tests" / "slow.yaml"
    tests.write_text(tests.read_text() + text)


@pytest.mark.parametrize(
    "paths",
    [
        (),
        ("rules",),
        ("rules/slow.yaml",),
        ("rules/tests/slow.yaml",),
        ("rules/tests",),
        ("rules", "rules/slow.yaml", "rules/tests/slow.yaml"),
    ],
)
def test_a_failing_test_shows_what_differs(cli: Cli, pack: Path, paths: tuple[str, ...]) -> None:
    more = ("--rules", "rules/slow.yaml") if paths == ("rules/tests",) else ()
    done = cli("test", *paths, *more)
    expected = FAILED.replace("slow.yaml", "rules/tests/slow.yaml")
    assert (done.returncode, done.stdout, done.stderr) == (1, expected, "")


def test_tests_that_pass(cli: Cli, pack: Path) -> None:
    mend(pack)
    done = cli("test")
    assert (done.returncode, done.stdout, done.stderr) == (0, "4 tests passed.\n", "")


def test_without_a_pack_here_those_that_ship_are_tested(cli: Cli) -> None:
    done = cli("test", "-k", "core/non-finite or tts/epoch-budget")
    assert (done.returncode, done.stderr) == (0, "")
    passed, left_out = map(int, re.findall(r"\d+", done.stdout))
    assert (passed > 30, left_out > 600) == (True, True)


def test_the_packs_that_ship_notice_every_move() -> None:
    """`scripts/check` keeps the session of the page up to date; to replay it takes long."""
    page = (Path(__file__).parents[2] / "docs" / "testing-rules.md").read_text(encoding="utf-8")
    said = page.partition("$ healthlint test rules --coverage --mutate\n")[2].partition("```")[0]
    assert "each branch is decided both ways" in said
    assert "noticed, 0 not," in said
    assert "unused survivor" not in said
    assert said.endswith("exit code 0\n")


def test_a_pack_in_this_folder_is_found(cli: Cli, pack: Path, tmp_path: Path) -> None:
    mend(pack)
    pack.rename(tmp_path / "elsewhere")
    for name in ("slow.yaml", "tests"):
        (tmp_path / "elsewhere" / name).rename(tmp_path / name)
    assert cli("test").stdout == "4 tests passed.\n"


STRICT = {
    "unknown rule": (
        "  - {name: x, only: [slow/duration-hihg], series: {mel_loss: 1}, expect: []}\n",
        "rules/tests/slow.yaml:20:22",
        "unknown rule `slow/duration-hihg`; did you mean `slow/duration-high`?",
    ),
    "unknown series": (
        "  - {name: x, only: [slow/mel-rises], series: {mel_los: 1}, expect: []}\n",
        "rules/tests/slow.yaml:20:48",
        "no pack looks at `mel_los`; did you mean `mel_loss`?",
    ),
    "ends too early": (
        '  - {name: x, only: [slow/mel-rises], series: {mel_loss: "3..2 x4"}, expect: []}\n',
        "rules/tests/slow.yaml:20:78",
        "slow/mel-rises: expected pass, came to pending (mel needs at least 7 values): the series "
        "ends too early",
    ),
    "not judged": (
        '  - {name: x, only: [slow/mel-rises], series: {lr: "3..2 x40"}, expect: []}\n',
        "rules/tests/slow.yaml:20:73",
        "slow/mel-rises: expected pass, came to not_judged (no mel_loss in this log): not looked "
        "at is not quiet",
    ),
    "did not fire": (
        "  - {name: x, only: [slow/mel-rises], series: {mel_loss: '3..2 x9'}, expect: "
        "[slow/mel-rises]}\n",
        "rules/tests/slow.yaml:20:79",
        "slow/mel-rises: expected fail, came to pass",
    ),
}


@pytest.mark.parametrize("kind", STRICT)
def test_what_is_strict(cli: Cli, pack: Path, kind: str) -> None:
    text, place, words = STRICT[kind]
    mend(pack)
    append(pack, text)
    done = cli("test", env={"COLUMNS": "140"})
    assert done.returncode == 1
    assert f"--> {place}" in done.stdout
    assert words in " ".join(done.stdout.replace("   = ", " ").split())
    assert done.stdout.endswith("1 of 5 tests failed.\n")


def test_a_rule_that_did_not_fire_shows_the_last_values(cli: Cli, pack: Path) -> None:
    mend(pack)
    append(pack, STRICT["did not fire"][0])
    assert "|  mel    2.125  +0.0%  needs >= +10% above lowest 2.12" in cli("test").stdout


def test_a_pack_without_tests_fails(cli: Cli, pack: Path) -> None:
    shutil.rmtree(pack / "tests")
    done = cli("test")
    assert done.returncode == 1
    assert "no tests of pack slow" in done.stdout
    assert "expected them in rules/tests/slow.yaml" in done.stdout


def test_k_chooses(cli: Cli, pack: Path) -> None:
    assert cli("test", "-k", "duration and below").stdout == "1 test passed (3 left out by -k).\n"
    done = cli("test", "-k", "slow/mel")
    assert (done.returncode, done.stdout.endswith("(3 left out by -k).\n")) == (1, True)


def test_coverage_and_moves_wait_for_tests_that_pass(cli: Cli, pack: Path) -> None:
    done = cli("test", "--coverage", "--mutate")
    assert done.returncode == 1
    assert "are looked at once all tests pass" in done.stdout


def test_what_the_tests_leave_open_is_listed_with_its_place(cli: Cli, pack: Path) -> None:
    mend(pack)
    done = cli("test", "--coverage", "--mutate")
    assert done.returncode == 1
    assert "untried: slow/mel-rises fires in no test\n  --> rules/slow.yaml:19:9\n" in done.stdout
    assert "unnoticed: slow/mel-rises rise.by\n  --> rules/slow.yaml:23:31\n" in done.stdout
    assert "no test changes when it is `12.5%`" in done.stdout
    assert "Coverage: 1 thing that no test tries.\n" in done.stdout
    assert "let patience" not in done.stdout  # noticed by `at: 15`


def test_a_named_survivor_and_one_that_is_out_of_date(cli: Cli, pack: Path) -> None:
    mend(pack)
    append(pack, "survivors:\n  - {bound: slow/mel-rises rise.by, why: it is loose}\n")
    append(pack, "  - {bound: slow/duration-high for, why: it was loose}\n")
    done = cli("test", "--mutate")
    assert "unnoticed: slow/mel-rises rise.by" not in done.stdout
    assert "unused survivor: `slow/duration-high for` is noticed by the tests now" in done.stdout
    assert "--> rules/tests/slow.yaml:22:13" in done.stdout
    assert "1 left for a stated reason" in done.stdout


def test_junit(cli: Cli, pack: Path, tmp_path: Path) -> None:
    cli("test", "--junit", "failed.xml")
    mend(pack)
    cli("test", "--junit", "open.xml", "--coverage", "--mutate")
    failed, left = (ElementTree.parse(tmp_path / f"{one}.xml") for one in ("failed", "open"))
    (suite,) = failed.getroot()
    assert suite.attrib == {
        "name": "rules/tests/slow.yaml",
        "tests": "4",
        "failures": "1",
        "errors": "0",
        "skipped": "0",
    }
    (failure,) = failed.iter("failure")
    assert failure.text is not None
    assert failure.text.startswith("rules/tests/slow.yaml:19: slow/mel-rises: expected pass")
    names = [(one.get("name"), one.get("failures")) for one in left.getroot()]
    assert names == [("rules/tests/slow.yaml", "0"), ("coverage", "1"), ("mutants", "5")]


WRONG = {
    "no such file": (("test", "rules/slwo.yaml"), "did you mean `rules/slow.yaml`?"),
    "no pack": (("test", "log.jsonl"), "neither a pack nor tests"),
    "an empty folder": (("test", "empty"), "no .yaml pack or tests in this folder"),
    "a broken expression": (("test", "-k", "(a"), "a parenthesis is not closed"),
    "no match": (("test", "-k", "zzz"), "no test matches -k 'zzz' (4 do not)"),
    "part of the tests": (("test", "-k", "a", "--mutate"), "-k leaves tests out"),
    "no processes": (("test", "--jobs", "0"), "'0' is not a number of processes"),
    "an unknown option": (("test", "--mutat"), "did you mean '--mutate'?"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_wrong_use(cli: Cli, pack: Path, tmp_path: Path, kind: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "log.jsonl").write_text('{"step": 1, "mel_loss": 1}\n')
    words, expected = WRONG[kind]
    done = cli(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert expected in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("schema: healthlint.tests/1\ntests: []\n", "slow.yaml:2:8: no tests in this file"),
        (
            "schema: healthlint.tests/1\ntests:\n  - {name: x, series: {a: 1}, expct: []}\n",
            "slow.yaml:3:31: unknown field `expct`; did you mean `expect`?",
        ),
        (
            "schema: healthlint.tests/1\ntests:\n"
            '  - {series: {a: "1..2 x"}, name: x, expect: []}\n',
            "slow.yaml:3:19: `1..2 x` is not e.g.",
        ),
        (
            "schema: healthlint.tests/1\ntests:\n  - {name: x, series: {a: 1}, expect: []}\n"
            'survivors:\n  - {bound: x, why: ""}\n',
            "slow.yaml:5:5: a survivor needs its reason in `why`",
        ),
    ],
)
def test_mistakes_of_a_file_of_tests(cli: Cli, pack: Path, text: str, expected: str) -> None:
    (pack / "tests" / "slow.yaml").write_text(text)
    done = cli("test")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"rules/tests/{expected}" in done.stderr


def test_a_hostile_name_reaches_the_terminal_spelled_out(cli: Cli, pack: Path) -> None:
    append(pack, '  - {name: "x\\e[31m", series: {mel_loss: 1}, expect: [slow/mel-rises]}\n')
    done = cli("test")
    assert "\x1b" not in done.stdout
    assert "FAIL x\\x1b[31m" in done.stdout
