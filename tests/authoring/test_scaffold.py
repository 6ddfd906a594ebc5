"""New rules: every kind has a template whose tests pass, and nothing that was written is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthlint import conditions
from healthlint.authoring.editing import CannotAdd, with_entry, with_item
from healthlint.authoring.scaffold import CannotWrite, Draft, draft, kinds
from healthlint.rulebook import RulebookError, load
from healthlint.ruletests.running import CaseFile, differences

OWN = """\
# ours
schema: healthlint.rules/1
pack: team
metrics: {mel: mel_loss}   # as we call it
rules:
- id: team/first
  severity: info
  summary: first
  when: {nonfinite: {metric: mel}}
  message: m   # short
  help: h

# more to come
docs: https://example.org
"""


def write(made: Draft) -> None:
    for path, text in made.texts.items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text)


def test_every_kind_has_a_template() -> None:
    assert {*kinds()} == {*conditions.names()}


@pytest.mark.parametrize("metric", ["", "total_loss", "val/my.odd-Metric"])
@pytest.mark.parametrize("kind", kinds())
def test_each_new_rule_passes_its_tests(tmp_path: Path, kind: str, metric: str) -> None:
    pack = tmp_path / "team.yaml"
    write(draft("team/some-rule", kind, str(pack), metric))
    book = load([str(pack)])
    cases = CaseFile.read(str(tmp_path / "tests" / "team.yaml")).suite.tests
    assert [str(one) for case in cases for one in differences(case, book)] == []
    (rule,) = book.select(["team"], profile="all").rules
    assert rule.when.name == kind


def test_a_second_rule_keeps_what_is_there(tmp_path: Path) -> None:
    pack = tmp_path / "team.yaml"
    pack.write_text(OWN)
    write(draft("team/second", "follow", str(pack), "mel_loss"))
    text = pack.read_text()
    kept = OWN.replace("{mel: mel_loss}", "{mel: mel_loss, energy: energy_loss}")
    head, tail = kept.split("\n# more to come")
    assert text.startswith(head.rstrip("\n"))
    assert text.endswith("\n# more to come" + tail)
    assert "\n- id: team/second\n  severity: warning\n" in text
    assert [rule.id for rule in load([str(pack)], shipped=False).rules] == [
        "team/first",
        "team/second",
    ]


@pytest.mark.parametrize(
    ("rule", "kind", "words"),
    [
        ("team/first", "trend", "has a rule `team/first` already"),
        ("other/first", "trend", "is the pack `team`: its ids begin with `team/`"),
        ("team/next", "trennd", "no kind `trennd`; did you mean `trend`?"),
        ("Team/Next", "trend", "is not an id"),
        ("next", "trend", "is not an id such as `team/mel-stands`"),
    ],
)
def test_what_cannot_be_written(tmp_path: Path, rule: str, kind: str, words: str) -> None:
    pack = tmp_path / "team.yaml"
    pack.write_text(OWN)
    with pytest.raises(CannotWrite) as error:
        draft(rule, kind, str(pack))
    assert words in str(error.value)
    assert pack.read_text() == OWN


def test_a_pack_with_a_mistake_is_refused(tmp_path: Path) -> None:
    pack = tmp_path / "team.yaml"
    pack.write_text(OWN.replace("severity: info", "severity: bad"))
    with pytest.raises(RulebookError, match="`bad` is not one of"):
        draft("team/second", "trend", str(pack))


class TestEditing:
    def test_an_item_goes_before_the_next_key(self) -> None:
        text = "a:\n  - 1\n  - 2\n\n# of b\nb: 3\n"
        assert with_item(text, "a", "x: 1\ny: 2") == (
            "a:\n  - 1\n  - 2\n\n  - x: 1\n    y: 2\n\n# of b\nb: 3\n"
        )

    @pytest.mark.parametrize("text", ["b: 3\n", "b: 3\na:\n", "b: 3\na: []\n"])
    def test_a_list_that_is_not_there_or_empty(self, text: str) -> None:
        assert with_item(text, "a", "x: 1") == "b: 3\na:\n  - x: 1\n"

    def test_a_list_on_one_line_is_refused(self) -> None:
        with pytest.raises(CannotAdd, match="`a:` stands on one line"):
            with_item("a: [1, 2]\n", "a", "x: 1")

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("m: {a: 1}\nr: 2\n", "m: {a: 1, b: 3}\nr: 2\n"),
            ("m: {}\nr: 2\n", "m: {b: 3}\nr: 2\n"),
            ("m:\n  a: 1\n\nr: 2\n", "m:\n  a: 1\n  b: 3\n\nr: 2\n"),
            ("r: 2\n", "m:\n  b: 3\nr: 2\n"),
            ("x: 2\n", "x: 2\nm:\n  b: 3\n"),
        ],
    )
    def test_an_entry(self, text: str, expected: str) -> None:
        assert with_entry(text, "m", "b", "3", "r") == expected
