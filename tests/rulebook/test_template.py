"""Messages: formats work, nothing but names is ever looked up."""

from __future__ import annotations

import pytest

from healthlint.rulebook.template import Template, TemplateError


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{mel.change:+.1%}", "-2.3%"),
        ("{mel.value:.2f} at {epoch}", "0.45 at 12"),
        ("{epoch:.0f}", "12"),
        ("{{epoch}}", "{epoch}"),
        ("{mel.none} {mel.value.real} {mel} {other}", "? ? ? ?"),
        ("{name:.2f}", "val/mel"),
    ],
)
def test_render(text: str, message: str) -> None:
    facts = {"mel": {"change": -0.0231, "value": 0.4512}, "epoch": 12, "name": "val/mel"}
    assert Template.parse(text).render(facts) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x at epoch {epoch} (step {step}), {n}", "x at step 1000025, 3"),
        ("at epoch {epoch}", "at step 1000025"),
        ("best (epoch {best.epoch}) was {best.value}", "best (step 7) was 0.5"),
        ("at epoch {known.epoch} (step {known.step})", "at epoch 2 (step 9)"),
        ("at epoch {other.epoch} (step {other.step})", "at epoch ? (step ?)"),
    ],
)
def test_a_log_without_epochs_is_told_by_its_steps(text: str, message: str) -> None:
    nan = float("nan")
    facts = {
        "epoch": nan,
        "step": 1000025,
        "n": 3,
        "known": {"epoch": 2, "step": 9},
        "best": {"epoch": nan, "step": 7, "value": 0.5},
    }
    assert Template.parse(text).render(facts) == message


@pytest.mark.parametrize(
    "text",
    [
        "{0.__class__}",
        "{mel.__class__}",
        "{mel[0]}",
        "{mel!r}",
        "{}",
        "{mel",
        "mel}",
        "{Mel}",
        "{mel.value:{width}}",
        "{mel.value:99999999999999f}",
        "{mel.value:q}",
        "",
        "  ",
        None,
        3,
        ["{mel}"],
    ],
)
def test_refused(text: object) -> None:
    with pytest.raises(TemplateError):
        Template.parse(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("became NaN at epoch {epoch} (step {step})", "became NaN"),
        ("became NaN at epoch {known} (step {step})", "became NaN at epoch 3"),
        ("became NaN at step {step}: stop", "became NaN: stop"),
        ("equal {n} times by epoch {epoch} (since step {since.step})", "equal 5 times"),
        ("+3% over epochs {window.first}-{window.last}, best {n}", "+3%, best 5"),
        ("step {step}", ""),
        ("of {epoch:.0f}", "of ?"),
    ],
)
def test_a_place_that_is_not_known_is_left_out(text: str, message: str) -> None:
    nan = float("nan")
    facts = {"epoch": nan, "step": nan, "n": 5, "since": {"step": nan}}
    facts |= {"window": {"first": nan, "last": nan}, "known": 3}
    assert Template.parse(text).render(facts) == message
