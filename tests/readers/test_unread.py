"""Values that are no numbers are counted a metric, with their first place."""

import json

import pytest

import healthlint
from healthlint.readers import read
from healthlint.report.outcome import exit_code


def lines(good: int, bad: int, key: str = "train/mel_loss", word: object = "x1.5") -> str:
    """Return a log whose metric turns into something else; another one stays readable."""
    rows = [
        {"step": at, key: 1 / at if at <= good else word, "val/mel_loss": 0.5 + 1 / at}
        for at in range(1, good + bad + 1)
    ]
    return "".join(json.dumps(row) + "\n" for row in rows)


def write(folder, text: str, name: str = "log.jsonl") -> str:
    (folder / name).write_text(text)
    return str(folder / name)


def test_text_under_a_metric_is_counted_with_its_first_place(tmp_path):
    (problem,) = read(write(tmp_path, lines(3, 5))).problems
    assert (problem.line, problem.count) == (4, 5)
    assert problem.message == "`train/mel_loss` is text, not a number: `x1.5`"


@pytest.mark.parametrize("blank", [None, "", "-", "NA", "None", True, "nan", "1.5", {}])
def test_blanks_and_spelled_numbers_are_none_of_them(tmp_path, blank):
    assert read(write(tmp_path, lines(3, 5, word=blank))).problems == ()


@pytest.mark.parametrize(
    ("key", "good", "is_told"),
    [
        ("train/mel_loss", 0, True),
        ("diffusion_loss", 0, True),
        ("note", 0, False),
        ("note", 1, True),
        ("time", 1, False),
        ("epoch", 1, True),
    ],
)
def test_words_belong_where_no_numbers_were(tmp_path, key, good, is_told):
    assert bool(read(write(tmp_path, lines(good, 4, key))).problems) == is_told


def test_a_column_of_words_with_one_number_late_stays_one_of_words(tmp_path):
    rows = [{"step": at, "loss": 1 / at, "note": "a" if at < 9 else 1} for at in range(1, 10)]
    path = write(tmp_path, "".join(json.dumps(row) + "\n" for row in rows))
    assert read(path).problems == ()


@pytest.mark.parametrize(
    ("good", "bad", "key", "code"),
    [
        (20, 20, "train/mel_loss", 0),
        (20, 21, "train/mel_loss", 3),
        (20, 21, "train/energy_loss", 0),
        (0, 21, "train/total_loss", 3),
    ],
)
def test_more_than_half_of_the_progress_unread_is_no_verdict(tmp_path, good, bad, key, code):
    report = healthlint.check(write(tmp_path, lines(good, bad, key)))
    assert exit_code(report) == code
    said = f"{bad} of {good + bad} values of {key} could not be read" if code else ""
    assert report.logs[0].no_verdict == said


def test_another_run_of_the_file_is_not_blind(tmp_path):
    rows = [{"step": at, "loss": "x" if at > 10 else 1 / at} for at in range(1, 41)]
    rows += [{"step": at, "loss": 1 / at} for at in range(1, 41)]
    path = write(tmp_path, "".join(json.dumps(row) + "\n" for row in rows))
    assert [healthlint.check(path, run=n).logs[0].no_verdict == "" for n in (1, 2)] == [False, True]


def test_rows_of_a_table_that_cannot_be_read(tmp_path):
    rows = "".join(f"{at},1?5{at}\n" for at in range(3, 30))
    report = healthlint.check(write(tmp_path, f"step,loss\n1,2.5\n2,2.25\n{rows}", "log.csv"))
    assert exit_code(report) == 3
    assert [(each.line, each.count) for each in report.logs[0].problems] == [(4, 27)]


def test_rows_that_are_cut_off_are_lost(tmp_path):
    rows = "".join(f"{at};1.5\n" for at in range(3, 30))
    report = healthlint.check(write(tmp_path, f"step,loss\n1,2.5\n2,2.25\n{rows}", "log.csv"))
    assert exit_code(report) == 3
