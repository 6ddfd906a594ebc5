"""Declarations of scales: every field checked, every name understood."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthlint.logs.facts import collect
from healthlint.logs.records import Mark
from healthlint.logs.scales import (
    Scale,
    ScaleError,
    declarations,
)


class TestDeclaration:
    def test_a_whole_one(self) -> None:
        declared = {
            "kind": "L1",
            "space": "LN_amp mel",
            "logged_factor": 45,
            "total_weight": 0,
            "floor": "1e-5",
            "mean": -5.5,
            "std": 2,
        }
        found = Scale.parse(declared)
        expected = Scale(
            kind="l1",
            space="ln-amp-mel",
            logged_factor=45.0,
            total_weight=0.0,
            delta=None,
            floor=1e-5,
            mean=-5.5,
            std=2.0,
        )
        assert found == expected

    @pytest.mark.parametrize(
        ("declared", "message"),
        [
            ({"spcae": "x"}, "unknown field `spcae`, did you mean `space`?"),
            ({"qqq": 1}, "unknown field `qqq`, known are kind, space, logged_factor"),
            ({"kind": 3}, "`kind` is 3, not a name such as `l1`"),
            ({"space": " "}, "`space` is ' ', not a name such as `ln-amp-mel`"),
            ({"logged_factor": 0}, "`logged_factor` is 0, not a number above 0"),
            ({"logged_factor": "much"}, "`logged_factor` is 'much', not a number above 0"),
            ({"total_weight": -1}, "`total_weight` is -1, not a number of at least 0"),
            ({"delta": True}, "`delta` is True, not a number above 0"),
            ({"std": math.inf}, "`std` is inf, not a number above 0"),
            ({"mean": math.nan}, "`mean` is nan, not a number"),
            ({"floor": [1]}, "`floor` is [1], not a number of at least 0"),
            ({"std": 10**400}, "not a number above 0"),
            ("ln-amp-mel", "expected fields such as `space`, not 'ln-amp-mel'"),
        ],
    )
    def test_a_mistake_is_named(self, declared: object, message: str) -> None:
        with pytest.raises(ScaleError) as error:
            Scale.parse(declared)
        assert message in str(error.value)

    def test_all_mistakes_at_once(self) -> None:
        with pytest.raises(ScaleError, match=r"`kind` is 1.*; `std` is 0"):
            Scale.parse({"kind": 1, "std": 0})

    def test_nothing_declared_is_nothing(self) -> None:
        assert Scale.parse({"kind": None}) == Scale()

    def test_an_unknown_space_and_kind_are_kept(self) -> None:
        assert Scale.parse({"kind": "CE", "space": "Bark"}) == Scale(kind="ce", space="bark")

    def test_smooth_l1_is_huber_divided_by_its_delta(self) -> None:
        smooth = Scale.parse({"kind": "smooth_l1", "delta": 0.5, "space": "ln1p-frames"})
        assert smooth == Scale(kind="huber", space="ln1p-frames", logged_factor=2.0, delta=0.5)

    @given(st.dictionaries(st.text(max_size=12), st.one_of(st.none(), st.text(), st.floats())))
    def test_nothing_else_is_ever_raised(self, declared: dict[str, object]) -> None:
        try:
            Scale.parse(declared)
        except ScaleError as error:
            assert str(error)


class TestNames:
    def test_nested_dotted_and_logged_names_say_the_same(self) -> None:
        nested = {"mel_loss": {"space": "ln-amp-mel", "std": 2}}
        dotted = {"mel_loss.space": "ln-amp-mel", "mel_loss.std": 2}
        logged = {"loss/g/mel": {"space": "ln-amp-mel"}, "mel_loss": {"std": 2}}
        split_at_dots = {"mel": {"loss": {"space": "ln-amp-mel", "std": 2}}}
        expected = {"mel_loss": {"space": "ln-amp-mel", "std": 2.0}}
        for metrics in (nested, dotted, logged, split_at_dots):
            assert declarations(metrics) == (expected, [])

    def test_a_split_is_kept(self) -> None:
        found, _ = declarations({"val/mel_loss": {"kind": "mse"}})
        assert found == {"val/mel_loss": {"kind": "mse"}}

    def test_what_is_no_mapping_is_told(self) -> None:
        assert declarations("l1") == ({}, ["`metrics` is 'l1', not an object of scales"])
        found, mistakes = declarations({"mel_loss": "l1"})
        assert (found, mistakes) == (
            {},
            ["`metrics.mel_loss` is 'l1', not an object of scales"],
        )

    def test_the_command_line_corrects_the_header_field_by_field(self) -> None:
        meta = {"metrics": {"mel_loss": {"kind": "l1", "space": "ln-power-mel"}}}
        header = Mark("run", 0, 1, {"meta": meta})
        facts, problems = collect([header], {"metrics.mel_loss.space": "ln-amp-mel"})
        assert (facts, problems) == (
            {"metrics": {"mel_loss": {"kind": "l1", "space": "ln-amp-mel"}}},
            [],
        )

    def test_a_mistake_in_the_header_has_its_line(self) -> None:
        header = Mark("run", 0, 7, {"meta": {"metrics": {"mel_loss": {"kin": "l1"}}}})
        facts, problems = collect([header], {})
        message = "`metrics.mel_loss`: unknown field `kin`, did you mean `kind`?"
        assert [(p.line, p.message) for p in problems] == [(7, message)]
        assert facts == {"metrics": {"mel_loss": {"kin": "l1"}}}


def test_only_numpy_and_the_standard_library_are_imported() -> None:
    code = "import sys, healthlint.logs.scales; print(*{m.split('.')[0] for m in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    others = {"pydantic", "yaml", "orjson", "scipy", "torch", "librosa", "matplotlib", "difflib"}
    assert not others & set(done.stdout.split())
