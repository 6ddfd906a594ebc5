"""A fleet from its folder to its screen: found, judged once, counted in runs, whatever breaks."""

from __future__ import annotations

import contextlib
import json
import math
import os
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import jsonschema
import pytest

from healthlint.authoring import schemas
from healthlint.cli import main
from healthlint.fleet import driving, judging
from healthlint.fleet.cache import Cache, stamp_of
from healthlint.fleet.discovery import find, passed_over
from healthlint.fleet.driving import Engine, rows_of
from healthlint.fleet.plan import Plan
from healthlint.fleet.row import Row, dumps, loads

Run = Callable[..., tuple[int, str, str]]
SICK, WELL = 6, 6
EPOCHS = 14
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12345\n"


def records(number: int, *, is_sick: bool) -> Iterator[dict[str, float]]:
    for epoch in range(1, EPOCHS + 1):
        value = 1.8 * 0.9**epoch + 0.25 + 0.01 * number
        yield {
            "step": 50 * epoch,
            "epoch": epoch,
            "train/mel_loss": value * 0.95,
            "val/mel_loss": math.nan if is_sick and epoch >= 9 else value,
        }


def write_run(folder: Path, number: int, *, is_sick: bool) -> None:
    (folder / ".hydra").mkdir(parents=True)
    rate = 1e-2 if is_sick else 1e-3
    (folder / ".hydra" / "config.yaml").write_text(
        f"opt: {{lr: {rate}}}\nseed: {number}\nout: {folder}\n"
    )
    lines = (json.dumps(one) for one in records(number, is_sick=is_sick))
    (folder / "logs.jsonl").write_text("\n".join(lines) + "\n")
    for epoch in (5, 10, 14):
        (folder / f"epoch_{epoch}.pt").write_bytes(b"0" * 1000)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Hydra multirun: a third of it sick."""
    root = tmp_path_factory.mktemp("multirun")
    for number in range(SICK + WELL):
        write_run(root / f"{number:02}", number, is_sick=number < SICK)
    return root


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("cache") / "fleet.db")


@pytest.fixture
def run(cache: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    def called(*words: str) -> tuple[int, str, str]:
        monkeypatch.setenv("COLUMNS", "120")
        code = main(["fleet", "--no-config", "--cache", cache, *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return called


def test_the_screen_counts_runs_and_names_the_cause_and_the_setting(run: Run, fleet: Path) -> None:
    code, out, _ = run(str(fleet))
    lines = out.splitlines()
    assert code == 1
    assert lines[0] == f"12 runs in {fleet}: 6 failed (50%)"
    (cause,) = (line for line in lines if line.startswith("error "))
    assert cause.split()[:5] == ["error", "core/non-finite", "6", "50.0%", "epoch"]
    assert cause.endswith("logs.jsonl:9")
    (difference,) = (line for line in lines if "opt.lr = 0.01" in line)
    assert "100% of 6 failed, 0% of 6 healthy" in difference
    assert "because of, it cannot say" in out
    assert len(lines) <= 40


def test_every_row_is_as_its_schema_says(run: Run, fleet: Path, tmp_path: Path) -> None:
    target = tmp_path / "fleet.jsonl"
    run("-o", f"jsonl:{target}", str(fleet))
    schema = json.loads(schemas.text("fleet"))
    lines = target.read_bytes().splitlines()
    assert len(lines) == SICK + WELL
    for line in lines:
        jsonschema.validate(json.loads(line), schema)
        assert dumps(loads(line)) == line


def test_a_result_file_is_read_in_place_of_its_logs(run: Run, fleet: Path, tmp_path: Path) -> None:
    target = tmp_path / "fleet.jsonl"
    run("-o", f"jsonl:{target}", str(fleet))
    assert run(str(target)) == run(str(fleet))


def test_a_line_that_is_no_row_is_refused_with_its_place(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "fleet.jsonl"
    target.write_bytes(dumps(Row(path="a")) + b"\n{}\n")
    code, _, err = run(str(target))
    assert (code, f"{target}:2: no row of a fleet" in err) == (2, True)


def test_where_keeps_the_runs_that_are_meant(run: Run, fleet: Path) -> None:
    assert run("--where", "lr > 5e-3", str(fleet))[1].startswith("6 runs")
    code, out, _ = run("--where", "lr <= 1e-3 and seed < 9", str(fleet))
    assert (code, out.split(" runs")[0]) == (0, "3")


def test_a_setting_that_no_run_has_is_refused_with_the_nearest(run: Run, fleet: Path) -> None:
    code, _, err = run("--where", "sead > 1", str(fleet))
    assert (code, "no run has 'sead', did you mean 'seed'?" in err) == (2, True)


@pytest.mark.parametrize(
    ("limit", "code"),
    [("error", 1), ("error > 49%", 1), ("error > 50%", 0), ("error > 5", 1), ("error > 6", 0)],
)
def test_a_limit_is_kept_on_one_side_and_broken_on_the_other(
    run: Run, fleet: Path, limit: str, code: int
) -> None:
    assert run("--fail-on", limit, str(fleet))[0] == code


def test_a_limit_that_is_none_is_refused(run: Run, fleet: Path) -> None:
    code, _, err = run("--fail-on", "errors > 5%", str(fleet))
    assert (code, "write `error`" in err) == (2, True)


def test_groups_are_by_a_setting(run: Run, fleet: Path) -> None:
    out = run("--group-by", "lr", str(fleet))[1]
    start = out.splitlines().index(next(x for x in out.splitlines() if x.startswith("by lr")))
    rows = [line.split()[:4] for line in out.splitlines()[start + 1 : start + 3]]
    assert rows == [["0.01", "6", "6", "100%"], ["0.001", "6", "0", "0%"]]


def test_a_table_is_sorted_by_a_setting(run: Run, fleet: Path) -> None:
    out = run("-o", "table", "--sort=-seed", str(fleet))[1]
    assert [line.split("/")[-2] for line in out.splitlines()[1:4]] == ["11", "10", "09"]


def test_the_checkpoint_to_keep_is_the_best_that_is_there(run: Run, fleet: Path) -> None:
    out = run("-o", "keep", "--where", "seed = 7", str(fleet))[1]
    kept, spare = out.splitlines()[0], out.splitlines()[1:]
    # the best is the last epoch, which is the latest too
    assert kept.startswith(f"keep   {fleet}/07/epoch_14.pt: val/mel_loss")
    assert spare == [f"spare  {fleet}/07/epoch_{epoch}.pt" for epoch in (10, 5)]


def test_the_latest_checkpoint_is_never_spare(run: Run, fleet: Path) -> None:
    out = run("-o", "keep", "--where", "seed = 2", str(fleet))[1]
    assert "spare" in out
    assert not any("spare" in line and "epoch_14" in line for line in out.splitlines())
    assert all(one.is_file() for one in (fleet / "02").glob("epoch_*.pt"))


def test_the_page_is_whole_and_small(run: Run, fleet: Path, tmp_path: Path) -> None:
    target = tmp_path / "fleet.html"
    run("-o", f"html:{target}", str(fleet))
    text = target.read_text()
    data = text.partition('id="data">')[2].partition("</script>")[0]
    runs = json.loads(data)["runs"]
    assert len(runs) == SICK + WELL
    assert [one[1] for one in runs[:SICK]] == ["stop"] * SICK
    assert len(data) / len(runs) <= 3000
    assert "<script>" in text
    assert "http-equiv" in text


def test_what_a_row_says_cannot_end_its_script(tmp_path: Path) -> None:
    from healthlint.fleet.page import page
    from healthlint.fleet.summary import Fleet

    evil = Row(path="</script><script>alert(1)</script>", state="judged", reason="<!--")
    data = page(Fleet([evil]), "").partition('id="data">')[2].partition("</script>")[0]
    assert json.loads(data)["runs"][0][0] == evil.path


def rows(logs: list[str], engine: Engine, plan: Plan, cache: str = "") -> list[bytes]:
    kept = Cache(cache, plan.digest())
    try:
        return list(map(dumps, rows_of(logs, plan, engine, kept)))
    finally:
        kept.close()


def test_processes_say_what_one_says_byte_for_byte(fleet: Path) -> None:
    logs = find([str(fleet)])[4:9]
    assert rows(logs, Engine("pool", 2), Plan()) == rows(logs, Engine(), Plan())


def threads() -> object:
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(2)


def test_any_executor_may_be_named(fleet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys
    import types

    made = types.ModuleType("own_executors")
    made.threads, made.none = threads, object
    monkeypatch.setitem(sys.modules, "own_executors", made)
    logs = find([str(fleet)])[5:7]
    assert rows(logs, Engine("own_executors:threads"), Plan()) == rows(logs, Engine(), Plan())


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("poll", "no executor 'poll'; one of serial, pool"),
        ("no_such_module:make", "No module named 'no_such_module'"),
        ("builtins:object", "returns no executor: it has no `submit`"),
    ],
)
def test_an_executor_that_is_none_is_refused(run: Run, fleet: Path, name: str, said: str) -> None:
    code, _, err = run("--executor", name, str(fleet))
    assert (code, said in err) == (2, True)


def test_a_second_call_judges_what_changed_alone(
    fleet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    look = judging.look

    def noted(path: str, facts: object) -> object:
        looked.append(path)
        return look(path, facts)

    monkeypatch.setattr(judging, "look", noted)
    write_run(tmp_path / "a", 1, is_sick=False)
    write_run(tmp_path / "b", 2, is_sick=False)
    logs, cache = find([str(tmp_path)]), str(tmp_path / "cache.db")
    first = rows(logs, Engine(), Plan(), cache)
    looked.clear()
    assert rows(logs, Engine(), Plan(), cache) == first
    assert looked == []
    with Path(logs[1]).open("a") as stream:
        stream.write(json.dumps({"step": 800, "epoch": 16, "val/mel_loss": 0.3}) + "\n")
    rows(logs, Engine(), Plan(), cache)
    assert looked == [logs[1]]
    looked.clear()
    rows(logs, Engine(), Plan(ignore=["core/overfit"]), cache)
    assert looked == logs


def test_a_stamp_tells_a_config_and_a_checkpoint_that_changed(tmp_path: Path) -> None:
    write_run(tmp_path / "a", 1, is_sick=False)
    log = str(tmp_path / "a" / "logs.jsonl")
    stamps = [stamp_of(log)]
    (tmp_path / "a" / "epoch_5.pt").unlink()
    stamps.append(stamp_of(log))
    (tmp_path / "a" / ".hydra" / "config.yaml").write_text("opt: {lr: 5}\n")
    stamps.append(stamp_of(log))
    assert len(set(stamps)) == 3
    (tmp_path / "a" / "notes.txt").write_text("a neighbour of no matter")
    assert stamp_of(log) == stamps[-1]


def test_a_call_that_was_stopped_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        write_run(tmp_path / str(number), number, is_sick=False)
    logs, cache = find([str(tmp_path)]), str(tmp_path / "cache.db")
    look, looked = judging.look, []

    def stopped(path: str, facts: object) -> object:
        looked.append(path)
        if len(looked) == 3:
            raise KeyboardInterrupt
        return look(path, facts)

    monkeypatch.setattr(judging, "look", stopped)
    with pytest.raises(KeyboardInterrupt):
        rows(logs, Engine(), Plan(), cache)
    assert len(rows(logs, Engine(), Plan(), cache)) == 3
    assert looked == [*logs, logs[2]]


def test_one_that_hangs_is_named_and_the_rest_is_judged(
    fleet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs, look = find([str(fleet)])[5:8], judging.look

    def hung(path: str, facts: object) -> object:
        if path == logs[1]:
            time.sleep(60)
        return look(path, facts)

    monkeypatch.setattr(judging, "look", hung)
    plan = Plan(seconds=1.0)
    made = list(map(loads, rows(logs, Engine(), plan)))
    assert [one.state for one in made] == ["judged", "unreadable", "judged"]
    assert made[1].reason.startswith("not judged within 1 s")


def test_a_process_that_cannot_be_interrupted_is_given_up(
    fleet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs, look = find([str(fleet)])[5:8], judging.look

    def hung(path: str, facts: object) -> object:
        if path == logs[1]:
            time.sleep(60)
        return look(path, facts)

    monkeypatch.setattr(judging, "look", hung)
    monkeypatch.setattr(judging, "_limited", lambda _: contextlib.nullcontext())
    monkeypatch.setattr(driving, "GRACE_SECONDS", 1.0)
    made = list(map(loads, rows(logs, Engine("pool", 2), Plan(seconds=1.0))))
    assert made[1].reason.startswith("not judged within 1 s")
    assert made[0].state == made[2].state == "judged"


def test_a_log_that_kills_its_process_is_named_and_the_rest_is_judged(
    fleet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs, look = find([str(fleet)])[4:8], judging.look

    def killed(path: str, facts: object) -> object:
        if path == logs[2]:
            os._exit(9)
        return look(path, facts)

    monkeypatch.setattr(judging, "look", killed)
    made = list(map(loads, rows(logs, Engine("pool", 2), Plan())))
    assert [one.state for one in made] == ["judged", "judged", "unreadable", "judged"]
    assert "the process that judged it died" in made[2].reason


def test_what_is_no_log_is_said_and_the_rest_is_judged(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_run(Path("runs/a"), 1, is_sick=False)
    for name in ("lfs", "torn", "linked"):
        Path("runs", name).mkdir()
    Path("runs/lfs/logs.jsonl").write_text(POINTER)
    Path("runs/torn/logs.jsonl").write_bytes(bytes(range(256)) * 16)
    Path("runs/linked/logs.jsonl").symlink_to("logs.jsonl")
    Path("runs/loop").symlink_to(".")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("runs/s.jsonl")
        code, out, _ = run("runs")
    told = out.partition("not looked at")[2]
    assert code == 2
    assert out.startswith("4 runs in runs: none failed")
    for path in ("runs/lfs/logs.jsonl", "runs/torn/logs.jsonl", "runs/linked/logs.jsonl"):
        assert f"  {path}: " in told
    assert dict(passed_over(["runs"])) == {
        "runs/loop": "a link to a folder, which is not followed",
        "runs/s.jsonl": "a socket, which is never opened",
    }
    assert told.splitlines()[0].strip() == "5"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may enter all")
def test_a_folder_that_may_not_be_entered_is_said(run: Run, tmp_path: Path) -> None:
    write_run(tmp_path / "a", 1, is_sick=False)
    (tmp_path / "b").mkdir(mode=0)
    code, out, _ = run(str(tmp_path))
    (tmp_path / "b").chmod(0o700)
    assert (code, "may not be entered" in out) == (2, True)


def test_unreadable_logs_have_a_limit_of_their_own(run: Run, tmp_path: Path) -> None:
    write_run(tmp_path / "a", 1, is_sick=False)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "logs.jsonl").write_text(POINTER)
    assert run(str(tmp_path))[0] == 2
    assert run("--fail-on", "unreadable > 1", str(tmp_path))[0] == 0
    assert run("--fail-on", "unreadable > 49%", str(tmp_path))[0] == 2


def test_a_known_finding_fails_no_run(run: Run, fleet: Path, tmp_path: Path) -> None:
    known = str(tmp_path / "baseline.json")
    main(["check", "--no-config", "--write-baseline", known, str(fleet / "00" / "logs.jsonl")])
    code, out, _ = run("--baseline", known, str(fleet))
    assert (code, "none failed" in out) == (0, True)


def test_a_name_that_steers_a_terminal_is_made_visible(run: Run, tmp_path: Path) -> None:
    evil = tmp_path / "a\x1b[31m"
    write_run(evil, 1, is_sick=True)
    assert "\x1b" not in run(str(tmp_path))[1]


def test_each_run_of_a_store_is_a_row(run: Run) -> None:
    store = Path(__file__).parents[2] / "fixtures" / "formats" / "trackio"
    out = run("-o", "jsonl", str(store))[1]
    made = [loads(line) for line in out.splitlines()]
    assert len({one.run for one in made}) == len(made) >= 1


def test_every_format_is_a_row_and_none_breaks(run: Run) -> None:
    formats = Path(__file__).parents[2] / "fixtures" / "formats"
    made = [loads(line) for line in run("-o", "jsonl", str(formats))[1].splitlines()]
    assert len({one.format for one in made}) >= 12
    assert [one.reason for one in made if one.state == "unreadable"] == []


def test_a_trial_of_ray_is_one_run_with_its_settings(tmp_path: Path) -> None:
    trial = tmp_path / "train_00000_0_batch=8_2026-01-01_10-00-00"
    trial.mkdir()
    lines = [json.dumps({"training_iteration": i, "val_loss": 2 / i}) for i in range(1, 12)]
    (trial / "result.json").write_text("\n".join(lines) + "\n")
    (trial / "progress.csv").write_text(
        "training_iteration,val_loss\n" + "".join(f"{i},{2 / i}\n" for i in range(1, 12))
    )
    (trial / "params.json").write_text('{"lr": 0.5, "opt": {"name": "adam"}}')
    assert find([str(tmp_path)]) == [str(trial / "result.json")]
    (row,) = map(loads, rows([str(trial / "result.json")], Engine(), Plan()))
    assert row.settings == {"batch": 8, "lr": 0.5, "opt.name": "adam"}


def test_a_study_that_vanishes_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from healthlint.fleet import studies

    monkeypatch.setattr(studies, "_databases", lambda folder: [folder / "gone.db"])
    assert studies.trial_settings([tmp_path / "trial_7", tmp_path]) == {}


def test_a_trial_of_an_optuna_study_has_its_settings(tmp_path: Path) -> None:
    """Choices are kept by index, whole numbers as floats; two studies are told by a folder."""
    from healthlint.fleet.studies import trial_settings

    with closing(sqlite3.connect(tmp_path / "optuna.db")) as store:
        store.executescript(
            """
            CREATE TABLE studies (study_id INTEGER, study_name VARCHAR(512));
            CREATE TABLE trials (trial_id INTEGER, number INTEGER, study_id INTEGER);
            CREATE TABLE trial_params (
                trial_id INTEGER, param_name TEXT, param_value FLOAT, distribution_json TEXT);
            INSERT INTO studies VALUES (1, 'voice');
            INSERT INTO trials VALUES (5, 0, 1), (6, 1, 1);
            INSERT INTO trial_params VALUES
                (6, 'lr', 0.01, '{"name": "FloatDistribution", "attributes": {}}'),
                (6, 'batch', 16.0, '{"name": "IntDistribution", "attributes": {}}'),
                (6, 'optimizer', 1.0,
                 '{"name": "CategoricalDistribution", "attributes": {"choices": ["adam", "sgd"]}}'),
                (6, 'broken', 9.0,
                 '{"name": "CategoricalDistribution", "attributes": {"choices": []}}');
            """
        )
        own = [tmp_path / "voice" / "trial_1", tmp_path / "voice", tmp_path]
        for folder in own[:1]:
            folder.mkdir(parents=True)
        expected = {"lr": 0.01, "batch": 16, "optimizer": "sgd"}
        assert trial_settings(own) == expected
        assert trial_settings([tmp_path / "trial_2", tmp_path]) == {}  # no such trial
        assert trial_settings([tmp_path / "a1b", tmp_path]) == {}  # no number
        with store:
            store.execute("INSERT INTO studies VALUES (2, 'noise')")
            store.execute("INSERT INTO trials VALUES (7, 1, 2)")
            store.execute("INSERT INTO trial_params VALUES (7, 'lr', 1.0, '{\"name\": \"F\"}')")
        os.utime(tmp_path / "optuna.db", (1, 1))
        assert trial_settings(own) == expected
        assert trial_settings([tmp_path / "trial_1", tmp_path]) == {}  # whose?


@pytest.mark.parametrize("text", ["lr: 1e-3", '{"lr": 1e-3}', "lr: {value: 1e-3, desc: null}"])
def test_a_setting_is_a_number_however_it_is_written(tmp_path: Path, text: str) -> None:
    from healthlint.fleet.settings import settings_of

    (tmp_path / "config.yaml").write_text(text)
    assert settings_of(str(tmp_path / "log.jsonl"), {}) == {"lr": 0.001}


def test_a_header_outranks_the_config_and_that_the_folder(tmp_path: Path) -> None:
    from healthlint.fleet.settings import settings_of

    folder = tmp_path / "lr=1,seed=2,device=cpu"
    folder.mkdir()
    (folder / "args.json").write_text('{"lr": 3, "seed": 4}')
    known = settings_of(str(folder / "log.jsonl"), {"seed": 5})
    assert known == {"device": "cpu", "lr": 3, "seed": 5}


def test_the_best_is_one_that_has_not_failed(run: Run, tmp_path: Path) -> None:
    for number in range(4):
        write_run(tmp_path / str(number), number, is_sick=number == 0)
    lines = run(str(tmp_path))[1].splitlines()
    assert [x.split("/")[-2] for x in lines if x.startswith("  best ")] == ["1", "2"]
