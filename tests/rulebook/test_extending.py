"""Packs that build on others: names, params, overrides, requirements, innocent causes."""

from __future__ import annotations

from pathlib import Path

import pytest

from healthlint.engine import judge
from healthlint.engine.binding import Lets
from healthlint.report import Verdict
from healthlint.rulebook import Pack, Rule, Rulebook, RulebookError, load
from healthlint.rulebook.loading import load_with_places, shipped_folder
from healthlint.ruletests.model import Case, SeriesText
from healthlint.ruletests.running import synthetic_log

FOLDER = Path(__file__).resolve().parents[2] / "fixtures" / "packs"
BASE = """\
schema: healthlint.rules/1
pack: base
metrics: {mel: mel_loss, lr: lr}
params: {bound: 1.0, planned: 50}
let: {budget: 2 * planned}
rules:
  - id: base/high
    severity: warning
    summary: mel is high
    when: {value: {metric: mel, above: bound}}
    message: "mel {value} above {bound}, budget {budget}"
    help: Look.
    aliases: [base/too-high]
  - id: base/late
    severity: info
    summary: late
    when: {value: {metric: epoch, above: budget}}
    message: m
    help: h
"""
RULE = """\
  - id: team/own
    severity: warning
    summary: own
    when: {value: {metric: mel, above: "3 * bound"}}
    message: "above {bound}"
    help: h
"""


def head(pack: str, more: str = "") -> str:
    return f"schema: healthlint.rules/1\npack: {pack}\nextends: [./base.yaml]\n{more}"


def made(tmp_path: Path, **texts: str) -> Rulebook:
    """Return the rulebook of packs by name; `base` is loaded because others extend it."""
    (tmp_path / "base.yaml").write_text(BASE)
    paths = []
    for name, text in texts.items():
        (tmp_path / f"{name}.yaml").write_text(text)
        paths.append(str(tmp_path / f"{name}.yaml"))
    return load(paths, shipped=False)


def rule(book: Rulebook, name: str) -> Rule:
    return next(one for pack in book.packs for one in pack.rules if one.id == name)


def pack(book: Rulebook, name: str) -> Pack:
    return next(one for one in book.packs if one.pack == name)


def value(of: Pack, name: str) -> float:
    return Lets(of.names, {})[name]


def verdicts(
    book: Rulebook, facts: dict[str, object] | None = None, **series: str
) -> dict[str, Verdict]:
    texts = {name: SeriesText(text) for name, text in series.items()}
    log = synthetic_log(Case(name="made", series=texts, expect=(), facts=facts or {}))  # type: ignore[arg-type]
    return {one.rule: one for one in judge(log, book.select(profile="all")).verdicts}


def problems(tmp_path: Path, **texts: str) -> list[tuple[str, int | None, str]]:
    with pytest.raises(RulebookError) as error:
        made(tmp_path, **texts)
    return [(Path(one.path).stem, one.line, one.message) for one in error.value.problems]


class TestNames:
    def test_an_extended_pack_is_loaded_once_and_first(self, tmp_path: Path) -> None:
        book = made(tmp_path, base=BASE, team=head("team", f"rules:\n{RULE}"))
        assert [one.pack for one in book.packs] == ["base", "team"]
        book = made(tmp_path, team=head("team"), zeal=head("zeal"))
        assert [one.pack for one in book.packs] == ["base", "team", "zeal"]

    def test_its_metrics_params_and_arithmetic_can_be_used(self, tmp_path: Path) -> None:
        book = made(tmp_path, team=head("team", f"let: {{far: 3 * budget}}\nrules:\n{RULE}"))
        assert value(pack(book, "team"), "far") == 300
        found = verdicts(book, mel_loss="2.9 x3")
        assert (found["base/high"].state, found["team/own"].state) == ("fail", "pass")
        assert verdicts(book, mel_loss="3.1 x3")["team/own"].state == "fail"

    def test_own_names_count_for_own_rules_alone(self, tmp_path: Path) -> None:
        text = head("team", f"metrics: {{mel: val_mel_two}}\nrules:\n{RULE}")
        found = verdicts(made(tmp_path, team=text), mel_loss="4 x3")
        assert (found["base/high"].state, found["team/own"].state) == ("fail", "not_judged")

    def test_a_shipped_pack_is_extended_by_its_name(self, tmp_path: Path) -> None:
        path = tmp_path / "team.yaml"
        path.write_text(
            "schema: healthlint.rules/1\npack: team\nextends: [tts]\nlet: {late: 2 * budget}\n"
            "overrides: {tts/epoch-budget: {severity: info}}\n"
        )
        book = load([str(path)])
        assert [one.pack for one in book.packs] == [
            "core",
            "finetune",
            "gan",
            "tts",
            "gate",
            "kokoro",
            "mps",
            "rl",
            "spectrogram",
            "vae",
            "team",
        ]
        assert rule(book, "tts/epoch-budget").severity == "info"
        alone = load([str(path)], shipped=False)
        assert [one.pack for one in alone.packs] == ["tts", "team"]
        assert load().packs[0].rules == book.packs[0].rules

    def test_the_fixture_extends(self) -> None:
        book = load([str(FOLDER / "good-extending.yaml")], shipped=False)
        assert [(one.id, one.severity) for one in book.rules] == [
            ("team/mel-stands", "error"),
            ("ours/energy-stands", "warning"),
        ]
        assert value(pack(book, "team"), "fall") == value(pack(book, "ours"), "fall") == 3


class TestParams:
    CHANGED = "params: {bound: 2.0}\n"

    def test_a_number_of_the_extended_pack_is_changed(self, tmp_path: Path) -> None:
        assert verdicts(made(tmp_path, base=BASE), mel_loss="1.5 x3")["base/high"].state == "fail"
        book = made(tmp_path, team=head("team", self.CHANGED))
        assert verdicts(book, mel_loss="1.5 x3")["base/high"].state == "pass"
        assert value(pack(book, "base"), "budget") == 100

    def test_arithmetic_follows(self, tmp_path: Path) -> None:
        book = made(tmp_path, team=head("team", "params: {planned: 10}\n"))
        assert value(pack(book, "base"), "budget") == value(pack(book, "team"), "budget") == 20

    def test_the_pack_that_builds_on_another_counts(self, tmp_path: Path) -> None:
        more = head("more", "params: {bound: 9}\n").replace("base", "team")
        book = made(tmp_path, team=head("team", self.CHANGED), more=more)
        assert [value(one, "bound") for one in book.packs] == [9, 9, 9]

    def test_the_caller_counts_most(self, tmp_path: Path) -> None:
        made(tmp_path, team=head("team", self.CHANGED))
        path = str(tmp_path / "team.yaml")
        book = load([path], shipped=False, params={"base": {"bound": 7}})
        assert [value(one, "bound") for one in book.packs] == [7, 7]

    @pytest.mark.parametrize(
        ("params", "words"),
        [
            ({"bsae": {"bound": 7}}, "no pack `bsae`; did you mean `base`?"),
            ({"base": {"bond": 7}}, "pack `base` has no param `bond`; did you mean `bound`?"),
            ({"base": {"budget": 7}}, "pack `base` has no param `budget`; it has bound, planned"),
        ],
    )
    def test_the_caller_is_told_of_slips(
        self, tmp_path: Path, params: dict[str, dict[str, float]], words: str
    ) -> None:
        made(tmp_path)
        with pytest.raises(ValueError, match=r"param|pack") as error:
            load([str(tmp_path / "base.yaml")], shipped=False, params=params)
        assert str(error.value) == words

    def test_two_packs_that_change_one_number(self, tmp_path: Path) -> None:
        texts = {name: head(name, self.CHANGED) for name in ("aaa", "bbb")}
        ((where, line, message),) = problems(tmp_path, **texts)
        assert (where, line) == ("bbb", 4)
        assert message.startswith("`bound` is changed in ")
        assert message.endswith("aaa.yaml too")

    @pytest.mark.parametrize(
        ("params", "words"),
        [
            ("{bond: 2}", "nothing uses `bond`"),
            ("{budget: 2}", "`budget` is worked out in the extended pack"),
            ("{Bound: 2}", "`Bound` is not a name of a value"),
            ("{run: 2}", "`run` is not a name of a value"),
        ],
    )
    def test_a_number_that_changes_nothing(self, tmp_path: Path, params: str, words: str) -> None:
        found = problems(tmp_path, team=head("team", f"params: {params}\n"))
        assert found[0][1] == 4
        assert found[0][2].startswith(words)

    def test_a_number_that_stands_twice(self, tmp_path: Path) -> None:
        text = BASE.replace("let: {", "let: {bound: 3, ").replace("base", "other")
        found = problems(tmp_path, other=text)
        assert found == [("other", 4, "`bound` stands under `let:` too")]


class TestOverrides:
    def test_what_can_be_changed(self, tmp_path: Path) -> None:
        said = "overrides: {base/high: {severity: error, confidence: low, help: Ask., docs: u}}\n"
        changed = rule(made(tmp_path, team=head("team", said)), "base/high")
        assert (changed.severity, changed.confidence) == ("error", "low")
        assert (changed.help, changed.docs, changed.summary) == ("Ask.", "u", "mel is high")

    @pytest.mark.parametrize("name", ["base/high", "base/too-high"])
    def test_a_disabled_rule_is_never_judged(self, tmp_path: Path, name: str) -> None:
        book = made(tmp_path, team=head("team", f"overrides: {{{name}: {{disabled: true}}}}\n"))
        assert list(verdicts(book, mel_loss="2 x3")) == ["base/late"]
        assert book.select(["base"]).rules == [rule(book, "base/late")]
        assert book.select(["base/high"]).rules == []

    def test_two_packs_that_change_one_rule(self, tmp_path: Path) -> None:
        texts = {n: head(n, "overrides: {base/high: {severity: info}}\n") for n in ("aaa", "bbb")}
        assert [one[:2] for one in problems(tmp_path, **texts)] == [("bbb", 4)]

    @pytest.mark.parametrize(
        ("name", "hint"),
        [
            ("base/hihg", "did you mean `base/high`?"),
            ("core/frozen", "name its pack under `extends:`"),
            ("team/own", "change the rule itself"),
        ],
    )
    def test_a_rule_that_is_not_there(self, tmp_path: Path, name: str, hint: str) -> None:
        more = f"rules:\n{RULE}overrides: {{{name}: {{severity: info}}}}\n"
        with pytest.raises(RulebookError) as error:
            made(tmp_path, team=head("team", more))
        (problem,) = error.value.problems
        assert (problem.message, problem.hint) == (f"`{name}` is no rule of an extended pack", hint)


class TestExtends:
    @pytest.mark.parametrize(
        ("listed", "message"),
        [
            ("[tss]", "there is no pack `tss`"),
            ("[./bsae.yaml]", "there is no pack `./bsae.yaml`"),
            ("[./team.yaml]", "`./team.yaml` extends this pack in turn"),
            ("tts", "expected a list, not `tts`"),
        ],
    )
    def test_what_is_not_there(self, tmp_path: Path, listed: str, message: str) -> None:
        text = head("team", f"rules:\n{RULE}").replace("[./base.yaml]", listed)
        assert problems(tmp_path, team=text) == [("team", 3, message)]

    def test_packs_that_extend_each_other(self, tmp_path: Path) -> None:
        one = head("one").replace("base", "two")
        two = head("two").replace("base", "one")
        found = problems(tmp_path, one=one, two=two)
        assert found == [("two", 3, "`./one.yaml` extends this pack in turn")]

    def test_mistakes_of_all_files_are_told_together(self, tmp_path: Path) -> None:
        """The names of a broken base are known: only real slips of what builds on it are told."""
        broken = BASE.replace("severity: warning", "severity: bad").replace(
            "above: bound", "above: bond"
        )
        text = head("team", f"rules:\n{RULE}").replace("mel,", "mle,").replace("base", "other")
        found = problems(tmp_path, other=broken.replace("base", "other"), team=text)
        assert [one[:2] for one in found] == [("other", 8), ("team", 8)]

    def test_a_base_that_is_no_yaml_hides_names_and_nothing_else(self, tmp_path: Path) -> None:
        text = head("team", f"rules:\n{RULE}").replace("severity: warning", "severity: bad")
        found = problems(tmp_path, other="a: [", team=text.replace("base", "other"))
        assert [one[0] for one in found] == ["other", "team"]
        assert found[1][1:] == (6, "`bad` is not one of error, warning, info")


class TestAliases:
    OTHER = BASE.replace("pack: base", "pack: b").replace("base/", "b/").replace("b/too-high", "X")

    @pytest.mark.parametrize("alias", ["base/high", "base/too-high"])
    def test_the_name_of_a_rule_of_another_pack(self, tmp_path: Path, alias: str) -> None:
        found = problems(tmp_path, base=BASE, b=self.OTHER.replace("X", alias))
        assert found == [("b", 13, f"`{alias}` is a rule of another pack")]

    def test_the_name_of_a_neighbour(self, tmp_path: Path) -> None:
        found = problems(tmp_path, b=self.OTHER.replace("X", "b/late"))
        assert found == [("b", 13, "`b/late` is the name of the rule at line 14")]

    def test_a_former_id_leads_to_the_rule(self, tmp_path: Path) -> None:
        book = made(tmp_path, base=BASE)
        assert book.resolve("base/too-high") == "base/high"
        assert book.resolve("base/other") == "base/other"


class TestRequires:
    @pytest.mark.parametrize(
        ("requires", "reason"),
        [
            ("[mel]", ""),
            ("[val/mel]", "for runs with val/mel"),
            ("[mel, lr]", "for runs with lr"),
            ("[any: [mel, lr]]", ""),
            ("[any: [lr, run.device]]", "for runs with lr or run.device"),
            ("[epoch]", ""),
            ("[run.device]", "for runs with run.device"),
            ("[run.language]", ""),
            ("[run.language == RU]", ""),
            ("[run.language == en]", "for runs with run.language == en"),
            ("[run.language != en]", ""),
            ("[run.language != ru]", "for runs with run.language != ru"),
            ("[run.device != mps]", ""),
        ],
    )
    def test_a_pack_is_judged_as_a_whole_or_not(
        self, tmp_path: Path, requires: str, reason: str
    ) -> None:
        text = BASE.replace("params", f"requires: {requires}\nparams")
        found = verdicts(made(tmp_path, base=text), {"language": "ru"}, mel_loss="2 x3")
        usual = {"base/high": "fail", "base/late": "pass"}
        assert {one.rule: one.state for one in found.values()} == (
            dict.fromkeys(usual, "not_applicable") if reason else usual
        )
        assert {one.reason for one in found.values()} == {reason}

    def test_a_rule_may_require_for_itself(self, tmp_path: Path) -> None:
        text = BASE.replace('    message: "mel', '    requires: [lr]\n    message: "mel')
        found = verdicts(made(tmp_path, base=text), mel_loss="2 x3")
        assert found["base/high"].state == "not_applicable"
        assert found["base/late"].state == "pass"


class TestExcept:
    """A fall of the learning rate explains it; what cannot be seen explains nothing."""

    TEXT = BASE.replace('    message: "mel', '    except: EXCEPT\n    message: "mel')

    @pytest.mark.parametrize(
        ("innocent", "lr", "state"),
        [
            ("{value: {metric: lr, below: 0.1}}", "0.05 x4", "pass"),
            ("{value: {metric: lr, below: 0.1}}", "0.15 x4", "fail"),
            ("{value: {metric: lr, below: 0.1}}", "0.05 x3, 0.15", "fail"),
            ("{value: {metric: lr, below: 0.1}}", "nan x4", "fail"),
            ("{value: {metric: lr, below: 'run.low'}}", "0.05 x4", "fail"),
            ("{value: {metric: lr, below: 0.1}}", "", "fail"),
        ],
    )
    def test_where_it_is_shown(self, tmp_path: Path, innocent: str, lr: str, state: str) -> None:
        book = made(tmp_path, base=self.TEXT.replace("EXCEPT", innocent))
        series = {"mel_loss": "2 x4"} | ({"lr": lr} if lr else {})
        assert verdicts(book, **series)["base/high"].state == state

    def test_it_does_not_choose_the_split(self, tmp_path: Path) -> None:
        book = made(tmp_path, base=self.TEXT.replace("EXCEPT", "{value: {metric: lr, below: 0}}"))
        log = {"train/mel_loss": "2 x4", "val/mel_loss": "0.5 x4", "train/lr": "1 x4"}
        assert verdicts(book, **log)["base/high"].split == "val"


def test_places_of_all_rules(tmp_path: Path) -> None:
    made(tmp_path, team=head("team", f"rules:\n{RULE}"))
    book, places = load_with_places([str(tmp_path / "team.yaml")])
    assert set(places) == {one.id for each in book.packs for one in each.rules}
    assert [name for name, one in places.items() if one.is_given] == ["team/own"]
    own = places["team/own"]
    assert own.document.values[(*own.path, "id")].line == 5


def test_a_copy_of_a_shipped_pack_is_that_pack(tmp_path: Path) -> None:
    (copy := tmp_path / "vae.yaml").write_bytes((shipped_folder() / "vae.yaml").read_bytes())
    assert load([str(copy)]) == load()
    places = load_with_places([str(copy)])[1]
    given = {rule for rule, place in places.items() if place.is_given}
    assert given == {rule.id for rule in load([str(copy)], shipped=False).packs[-1].rules}


def test_another_version_of_a_shipped_pack_is_refused_in_one_line(tmp_path: Path) -> None:
    text = (shipped_folder() / "vae.yaml").read_text(encoding="utf-8")
    (copy := tmp_path / "vae.yaml").write_text(text + "# changed\n", encoding="utf-8")
    with pytest.raises(RulebookError) as caught:
        load([str(copy)])
    (problem,) = caught.value.problems
    assert problem.message == "a pack `vae` ships, and this is another version of it"
    assert (problem.line, problem.column) == (4, 7)
