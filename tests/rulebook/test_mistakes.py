"""What a pack may not say, all of it told at once; and how rules are selected."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthlint.rulebook import RulebookError, load

GOOD = (Path(__file__).resolve().parents[2] / "fixtures" / "packs" / "good.yaml").read_text()


def mistakes(tmp_path: Path, *changes: tuple[str, str]) -> list[tuple[int | None, str]]:
    """Return line and message of each mistake of the good pack after some changes."""
    text = GOOD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "pack.yaml"
    path.write_text(text)
    with pytest.raises(RulebookError) as error:
        load([str(path)], shipped=False)
    return [(problem.line, problem.message) for problem in error.value.problems]


ALL = """      all:
        - trend: {metric: mel, over: 5 epochs, not_down_by: 2%}
        - value: {metric: epoch, above: budget}
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        (ALL, "      all: []\n", 11, "needs at least one condition"),
        (ALL, "      any: []\n", 11, "needs at least one condition"),
        (
            ALL,
            "      value: {metric: epoch, above: 1}\n      spike: {metric: mel}\n",
            11,
            "a condition has exactly one kind, this one has 2",
        ),
        (ALL, "", 11, "a condition has exactly one kind, this one has 0"),
        ("when:\n" + ALL + "      for: 2 epochs\n", "when: mel\n", 10, "expected a condition"),
        ("{metric: epoch, above: budget}", "{metric: epoch}", 13, "`value` needs one of above"),
        ("above: budget}", "above: budget, times: 3}", 13, "`times` is a number of points"),
        ("over: 5 epochs, ", "", 12, "`trend` needs one of `over` and `since`"),
        ("not_down_by: 2%", "down_by: 2%, up_by: 2%", 12, "`trend` needs exactly one of"),
        ("summary: mel no longer falls", "summary: [mel]", 9, "expected a text, not a list"),
        ("epoch}", "epoch", 15, "cannot read the placeholders"),
        ("{epoch}", "{epoch.__class__}", 15, "is not a placeholder"),
        ("2200) / 2200", "2200) ** 9", 5, "not allowed here"),
        ("    help: Listen to samples.\n", "", 7, "`help` missing here"),
        ("pack: team", "pack: team\npack: again", 3, "duplicate key `pack`"),
    ],
)
def test_a_mistake(tmp_path: Path, old: str, new: str, line: int, message: str) -> None:
    ((where, text),) = mistakes(tmp_path, (old, new))
    assert (where, message in text) == (line, True), text


def test_all_mistakes_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    changes = (("severity: warning", "severity: bad"), ("5 epochs", "5"), ("2%", "2"))
    assert [line for line, _ in mistakes(tmp_path, *changes)] == [8, 12, 12]
    names = (("metric: mel", "metric: foo"), ("above: budget", "above: bar"), ("{epoch}", "{baz}"))
    assert [line for line, _ in mistakes(tmp_path, *names)][:2] == [12, 13]


def test_a_rule_defined_twice(tmp_path: Path) -> None:
    rule = GOOD[GOOD.index("  - id") :]
    ((_, message),) = mistakes(tmp_path, (rule, rule + rule))
    assert message == "rule `team/mel-stands` is defined twice; the first one is at line 7"


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(GOOD)
    with pytest.raises(RulebookError, match=r"no such file; did you mean `.*rules\.yaml`"):
        load([str(tmp_path / "rulse.yaml")], shipped=False)


class TestSelecting:
    @pytest.mark.parametrize("pattern", ["tts", "tts/*", "tts/[a-z]*"])
    def test_a_pack(self, pattern: str) -> None:
        rules = load().select([pattern]).rules
        assert {rule.id.split("/")[0] for rule in rules} == {"tts"}
        assert len(rules) == 30

    def test_ignoring_outranks_selecting(self) -> None:
        chosen = load().select(["tts"], ["tts/epoch-*"]).rules
        assert "tts/epoch-budget" not in [rule.id for rule in chosen]
        assert len(chosen) == 29

    def test_a_rule_of_medium_confidence_runs_where_it_is_named(self) -> None:
        book = load()
        assert "core/plateau" not in [rule.id for rule in book.select().rules]
        assert "core/plateau" in [rule.id for rule in book.select(profile="all").rules]
        assert [rule.id for rule in book.select(["core/plateau"]).rules] == ["core/plateau"]

    def test_what_is_on_request_is_in_no_profile(self) -> None:
        book = load()
        assert not [rule.id for rule in book.select(profile="all").rules if "gate/" in rule.id]
        assert book.select(["gate"]).rules == book.select(["on-request"]).rules
        assert [rule.id for rule in book.select(["gate/too-early"]).rules] == ["gate/too-early"]

    @pytest.mark.parametrize(
        ("pattern", "meant"),
        [("tts/over-smothing", "tts/over-smoothing"), ("ttss", "tts"), ("cor", "core")],
    )
    def test_a_misspelt_pattern(self, pattern: str, meant: str) -> None:
        wanted = f"no rule matches `{pattern}`; did you mean `{meant}`?"
        with pytest.raises(ValueError, match="no rule matches") as selected:
            load().select([pattern])
        with pytest.raises(ValueError, match="no rule matches") as ignored:
            load().select(ignore=[pattern])
        assert [str(selected.value), str(ignored.value)] == [wanted, wanted]
