"""What is told does not depend on how often somebody looks, and nothing is told twice."""

from __future__ import annotations

from dataclasses import replace

import pytest
from examples import examples
from hypothesis import given
from hypothesis import strategies as st

from healthlint.report import Place
from healthlint.watching.alerts import Alerts, Cause, Identity, Look, Policy, Told, step
from healthlint.watching.state import State, load, save

RULES = ("core/non-finite", "core/divergence", "core/overfit")


def cause(rule: str = RULES[0], first: int = 1, last: int = 1, **more: object) -> Cause:
    made = Cause(
        rule=rule,
        attempt=0,
        severity="error",
        confidence="high",
        message=f"{rule} at {first}",
        help="",
        fingerprint="0",
        first=Place(first, first, first),
        last=Place(last, last, last),
        is_active=True,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def look(epoch: int, *causes: Cause, **more: bool) -> Look:
    return Look(run="run", last=Place(epoch, epoch, epoch), causes=causes, **more)


def tell(looks: list[Look], policy: Policy | None = None, every: float = 5.0) -> list[Told]:
    alerts: Alerts = {}
    told: list[Told] = []
    for number, each in enumerate(looks):
        alerts, events = step(alerts, each, number * every, policy or Policy())
        told += events
    return told


def events(told: list[Told]) -> list[str]:
    return [one.event for one in told]


def test_a_cause_is_told_once_however_long_it_holds() -> None:
    assert events(tell([look(n, cause(last=n)) for n in range(1, 9)])) == ["firing"]


def test_what_came_and_went_between_two_looks_is_told() -> None:
    jump = cause(first=3, last=4, is_active=False)
    assert events(tell([look(2), look(30, jump)])) == ["firing"]


def test_an_error_that_check_still_reports_does_not_resolve() -> None:
    flaps = [look(n, cause(last=n, is_active=n % 2 == 0)) for n in range(1, 30)]
    assert events(tell(flaps)) == ["firing"]


@pytest.mark.parametrize(("epoch", "expected"), [(5, ["firing"]), (6, ["firing", "resolved"])])
def test_a_remark_resolves_an_epoch_after_it_last_held(epoch: int, expected: list[str]) -> None:
    over = cause(last=5, severity="info", is_active=False)
    assert events(tell([look(5, cause(last=5)), look(epoch, over)])) == expected


def test_what_comes_back_is_told_again_and_held_twice_as_long() -> None:
    back = [look(1, cause()), look(2, cause(severity="info")), look(3, cause(first=3, last=3))]
    gone = cause(first=3, last=3, severity="info")
    told = tell([*back, look(4, gone)])
    assert events(told) == ["firing", "resolved", "firing"]
    assert told[-1].alert.told == 2
    assert events(tell([*back, look(4, gone), look(5, gone)]))[-1] == "resolved"


def test_without_epochs_an_alert_is_over_after_two_looks() -> None:
    nowhere = Place(1, None, None)
    over = replace(cause(severity="info"), last=nowhere)
    looks = [
        Look(run="run", last=nowhere, causes=[cause()]),
        *(Look(run="run", last=nowhere, causes=[over]) for _ in range(2)),
    ]
    assert events(tell(looks[:2])) == ["firing"]
    assert events(tell(looks)) == ["firing", "resolved"]


def test_looks_at_an_unchanged_log_do_not_count() -> None:
    nowhere = Place(1, None, None)
    over = replace(cause(severity="info"), last=nowhere)
    still = [Look(run="run", last=nowhere, causes=[over], is_new=False)] * 5
    assert events(
        tell(
            [
                Look(run="run", last=nowhere, causes=[cause()]),
                Look(run="run", last=nowhere, causes=[over]),
                *still,
            ]
        )
    ) == ["firing"]


def test_a_resume_behind_it_resolves_at_once() -> None:
    told = tell([look(5, cause(last=5)), look(5, cause(last=5, is_superseded=True))])
    assert events(told) == ["firing", "resolved"]


def test_a_remark_is_no_alert() -> None:
    assert not tell([look(n, cause(severity="info")) for n in range(3)])


@pytest.mark.parametrize(("seconds", "count"), [(29.0, 0), (30.0, 1)])
def test_a_new_cause_waits_for_its_root(seconds: float, count: int) -> None:
    told = tell([look(1, cause()), look(2, cause())], Policy(group_wait=30), every=seconds)
    assert len(told) == count


def test_a_root_that_comes_in_time_is_told_alone() -> None:
    follower = cause(RULES[1])
    rooted = replace(follower, root=RULES[0])
    looks = [look(1, follower), look(2, cause(), rooted), look(3, cause(), rooted)]
    told = tell(looks, Policy(group_wait=5), every=5)
    assert [(one.event, one.identity.rule) for one in told] == [("firing", RULES[0])]


def test_a_root_told_later_takes_what_follows_from_it_under_it() -> None:
    follower = cause(RULES[1])
    told = tell([look(1, follower), look(2, cause(), replace(follower, root=RULES[0]))])
    assert [(one.event, one.identity.rule) for one in told] == [
        ("firing", RULES[1]),
        ("firing", RULES[0]),
        ("inhibited", RULES[1]),
    ]


def test_what_is_suppressed_is_silent_until_it_no_longer_is() -> None:
    silent = cause(silence="known")
    assert not tell([look(1, silent), look(2, silent)])
    assert events(tell([look(1, silent), look(2, cause())])) == ["firing"]


@pytest.mark.parametrize(("repeat", "count"), [(0.0, 1), (10.0, 3), (11.0, 2)])
def test_what_still_holds_is_repeated_where_that_is_wanted(repeat: float, count: int) -> None:
    told = tell([look(n, cause(last=n)) for n in range(1, 6)], Policy(repeat=repeat))
    assert len(told) == count
    assert [one.is_repeat for one in told] == [False] + [True] * (count - 1)


def test_runs_and_attempts_are_told_apart() -> None:
    told = tell([look(1, cause(), cause(attempt=1)), replace(look(1, cause()), run="other")])
    assert [one.identity for one in told] == [
        Identity("run", RULES[0], 0),
        Identity("run", RULES[0], 1),
        Identity("other", RULES[0], 0),
    ]


def test_an_alert_of_records_that_the_log_lost_resolves() -> None:
    assert events(tell([look(9, cause(last=5)), look(9)])) == ["firing", "resolved"]


# A history: for each rule the epochs at which it holds. As in the engine, a look at epoch n knows
# all that held up to n.
histories = st.dictionaries(
    st.sampled_from(RULES), st.sets(st.integers(1, 20), min_size=1), max_size=3
)
instants = st.sets(st.integers(1, 20)).map(lambda found: sorted({*found, 20}))


def seen(history: dict[str, set[int]], epoch: int) -> Look:
    held = {rule: [n for n in when if n <= epoch] for rule, when in history.items()}
    return look(
        epoch,
        *(
            cause(rule, min(when), max(when), is_active=max(when) == epoch)
            for rule, when in held.items()
            if when
        ),
    )


@given(histories, instants, st.sampled_from([0.0, 7.0]))
def test_how_often_somebody_looks_does_not_decide_what_is_told(
    history: dict[str, set[int]], when: list[int], wait: float
) -> None:
    looks = [seen(history, epoch) for epoch in when]
    looks[-1] = replace(looks[-1], is_last=True)
    told = tell(looks, Policy(group_wait=wait))
    assert sorted(one.identity.rule for one in told) == sorted(history)


@given(histories, instants)
def test_the_same_look_twice_tells_nothing_more(
    history: dict[str, set[int]], when: list[int]
) -> None:
    looks = [seen(history, epoch) for epoch in when]
    assert len(tell(looks + looks[-1:])) == len(tell(looks))


@given(st.lists(st.tuples(st.integers(1, 9), st.sampled_from(["error", "info"])), max_size=12))
def test_firing_and_resolved_take_turns(course: list[tuple[int, str]]) -> None:
    epoch, looks = 0, []
    for more, severity in course:
        epoch += more
        looks.append(look(epoch, cause(last=epoch - more, severity=severity)))
    told = events(tell(looks))
    assert told == [("firing", "resolved")[n % 2] for n in range(len(told))]


@examples(15)
@given(histories, instants)
def test_a_state_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, history: dict[str, set[int]], when: list[int]
) -> None:
    alerts: Alerts = {}
    for epoch in when:
        alerts, _ = step(alerts, seen(history, epoch), epoch, Policy())
    path = tmp_path_factory.mktemp("state") / "state.json"
    state = State(alerts=alerts, run=3)
    save(state, path)
    assert load(path) == state
