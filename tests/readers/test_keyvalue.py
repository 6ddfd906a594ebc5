"""Plain text: what counts as an entry, and folders of train and val."""

import random
import re
from pathlib import Path

import pytest
import yaml

from healthlint.readers import find_logs, keyvalue, read
from healthlint.readers.grammar import _Shapes, parsed, said_by
from healthlint.readers.source import HEAD

CONSOLES = sorted(Path("fixtures/consoles").glob("*.yaml"))


def test_a_line_tells_numbers_and_nothing_else():
    text = "INFO:2025-01-22 07:09:29,766: Mel Loss: -1.5e-3, Dur: nan; lr=1e-05, n: 4x, a/b: 12:30"
    assert repr(said_by(text).values) == "{'Mel Loss': -0.0015, 'Dur': nan, 'lr': 1e-05}"


@pytest.mark.parametrize(
    ("text", "step", "values"),
    [
        ("Step 1,000/20,000 loss: 0.5", (1_000, 20_000), {"loss": 0.5}),
        ("Step: 1,000 of 100,000, loss: 0.5", (1_000, 100_000), {"loss": 0.5}),
        ("Step: 1,000,000, loss: 1,234.5, mel: 7,000", (1e6, None), {"loss": 1234.5, "mel": 7e3}),
        ("Step 1,234k loss 7001.5", (1_234_000, None), {"loss": 7001.5}),
        ("Step 5k/900 loss 70000000001", (5_000, 900), {}),
        ("Step 5 loss ...0.8", (5, None), {"loss": 0.8}),
        ("Step 5 loss: 0,511, mel loss: 0,0512, dur loss 1.5", (5, None), {"dur loss": 1.5}),
        ("Step 5 mel_loss: 0,511", (5, None), {}),
        (f"Step 5/{'9' * 400} loss 0.5", None, {"loss": 0.5}),
    ],
)
def test_numbers_with_commas_and_thousands(text, step, values):
    for said in (said_by(text), parsed(text)):
        assert (said.step, said.values) == (step, values)


@pytest.mark.parametrize("word", ["-1", "1e999", "1.5k", "0", "0.5", "3/0", "007"])
def test_an_epoch_is_the_same_whether_its_line_is_of_a_known_shape(word):
    text = f"Epoch {word} loss 0.5"
    said_by("Epoch 1.5 loss 0.5"), said_by("Epoch 1 loss 0.5")
    assert repr(said_by(text)) == repr(parsed(text))


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("episode 3 and step 40 loss 0.5, train/global_step 2040", 2040),
        ("iteration      100/  500000 | loss 0.5 | skipped: 3 | bad iterations: 0", 100),
        ("loss 0.5 at game 7, it 90", 90),
    ],
)
def test_of_several_steps_the_one_over_the_run_counts(text, step):
    for said in (said_by(text), parsed(text)):
        assert said.step is not None
        assert said.step[0] == step


@pytest.mark.parametrize(
    "word", ["1.e-04", "3.E+01", "-7.", "7.", ".5", "1.5e-3", "2e5", "0.", "12.e5"]
)
def test_a_number_is_the_same_whether_its_line_is_of_a_known_shape(word):
    for text in (f"step 100 loss: {word} lr: 1e-4", f"epoch 3, mel_loss={word}, step 7."):
        assert repr(said_by(text)) == repr(parsed(text))
        assert float(word) in said_by(text).values.values()


def other_digits(text: str, luck: random.Random) -> str:
    """Return a line with other digits, now and then more or fewer of them."""
    often = luck.random() < 0.5

    def other(match: re.Match[str]) -> str:
        size = len(match[0]) if often else luck.randint(1, len(match[0]) + 1)
        return "".join(luck.choice("0123456789") for _ in range(size))

    return re.sub(r"\d+", other, text)


@pytest.mark.parametrize("path", CONSOLES, ids=lambda path: path.stem)
def test_a_usual_line_tells_what_it_would_tell_as_the_first_one(path):
    luck = random.Random(7)
    texts = [console["text"] for console in yaml.safe_load(path.read_text("utf-8"))["consoles"]]
    lines = sorted({line for text in texts for line in text.splitlines() if line.strip()})[::3]
    usual = 0
    for line in lines:
        shapes = _Shapes()
        for _ in range(30):
            shapes.said_by(line)
        usual += bool(shapes._patterns)
        for _ in range(6):
            text = other_digits(line, luck)
            assert repr(shapes.said_by(text)) == repr(_Shapes().said_by(text)), text
    assert usual > len(lines) / 2


@pytest.mark.parametrize(
    ("often", "text"),
    [
        ("[{0}.5 ] Tr loss: 0.{0}", "[2.0 ] Tr loss: 0.50"),
        ("step {0} loss: 0.{0}.3", "step 5 loss: -5.3"),
        ("8-03 12:01:{0:02} step {0} loss: 0.{0}", "18-03 12:01:05 step 7 loss: 0.5"),
        ("step {0} loss: 0.{0}, 1,{0:03} words", "step 7 loss: 0.5, 1234 words"),
    ],
)
def test_a_line_whose_digits_tell_more_is_parsed_anew(often, text):
    shapes = _Shapes()
    for at in range(1, 40):
        shapes.said_by(often.format(at))
    assert repr(shapes.said_by(text)) == repr(_Shapes().said_by(text))


def test_what_comes_before_its_place_is_lost_in_no_order(tmp_path):
    path = tmp_path / "log.txt"
    head = "Using device cuda:0\nLoading data\n"
    epochs = [
        f"Epoch {at}/6\nTrain loss: {3 / at:.4f}\nValidation loss: {3.1 / at:.4f}\n"
        for at in range(1, 7)
    ]
    path.write_text(head + "Validation loss: 5.0312\n" + "".join(epochs))
    (run,) = read(str(path)).runs
    val = run.series["val/total_loss"]
    assert val.values.tolist()[0] == 5.0312
    assert val.epochs.tolist() == [1, 2, 3, 4, 5, 6, 7]
    rows = [f"Validate mAP: 0.{at}\niteration: {100 * (at - 1)}, 0.4 s\n" for at in range(1, 6)]
    path.write_text(head + "".join(rows) + "Validate mAP: 0.9\n")
    (run,) = read(str(path)).runs
    (series,) = (one for one in run.series.values() if "mAP" in one.name)
    assert series.values.tolist()[:5] == [0.1, 0.2, 0.3, 0.4, 0.5]
    assert 0.9 in series.values.tolist()
    assert series.steps.tolist()[:5] == [0, 100, 200, 300, 400]


def test_prose_is_no_log():
    assert keyvalue.sniff(b"epoch 1\nepoch 2\nloss goes down\n", "x") == 0
    assert keyvalue.sniff(b"Step 1, Mel Loss: 0.5\nStep 2, Mel Loss: 0.4\n", "x") == 0.8


def entry(step: int, mel: float, word: str = "") -> str:
    return f"{word}Step {step}/900000, Total Loss: {mel + 1:.4f}, Mel Loss: {mel:.4f}\n"


def test_train_and_val_folders_are_one_log(tmp_path):
    for name in ("train", "val"):
        (tmp_path / name).mkdir()
    steps = (*range(100, 1100, 100), *range(100, 600, 100))
    (tmp_path / "train" / "log.txt").write_text("".join(entry(s, 3 - s / 500) for s in steps))
    val = "".join(entry(step, 2.5, "Validation ") for step in (500, 1000, 500))
    (tmp_path / "val" / "log.txt").write_text(val)
    assert find_logs([str(tmp_path)]) == [str(tmp_path)]
    first, second = read(str(tmp_path)).runs
    assert first.series["train/mel_loss"].steps.tolist() == list(range(100, 1100, 100))
    assert first.series["val/mel_loss"].steps.tolist() == [500, 1000]
    assert second.series["train/mel_loss"].steps.tolist() == [100, 200, 300, 400, 500]
    assert second.series["val/mel_loss"].steps.tolist() == [500]


def test_steps_over_the_run_stay_as_they_are(tmp_path):
    lines = [
        f"Epoch [{1 + step // 50}/20], Step [{step}/1000]: Mel Loss: {1 / step:.4f}\n"
        for step in range(10, 200, 10)
    ]
    path = tmp_path / "log.txt"
    path.write_text("".join(lines))
    assert read(str(path)).runs[0].series["mel_loss"].steps.tolist() == list(range(10, 200, 10))


def test_steps_within_the_epoch_count_over_the_run(tmp_path):
    lines = [
        f"Epoch [{epoch}/200], Step [{step}/50], Mel Loss: {1 / epoch:.4f}\n"
        for epoch in (7, 8, 9)
        for step in (10, 20, 30, 40, 50)
    ]
    path = tmp_path / "log.txt"
    path.write_text("".join(lines))
    assert read(str(path)).runs[0].series["mel_loss"].steps.tolist() == list(range(310, 460, 10))


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("is_within", [True, False])
def test_steps_of_epochs_that_count_from_0(tmp_path, first, is_within):
    path = tmp_path / "log.txt"
    wanted = list(range(10, 310, 10))
    lines = (
        f"Epoch [{(step - 1) // 100 + first}/3], "
        f"Step [{(step - 1) % 100 + 1 if is_within else step}/{100 if is_within else 300}], "
        f"Mel Loss: {1 / step:.4f}\n"
        for step in wanted
    )
    path.write_text("".join(lines))
    (run,) = read(str(path)).runs
    assert run.series["mel_loss"].steps.tolist() == wanted
    assert set(run.series["mel_loss"].epochs.tolist()) == {1, 2, 3}


def test_steps_within_the_epoch_of_a_text_that_begins_with_the_second(tmp_path):
    path = tmp_path / "log.txt"
    lines = (f"Epoch [2/3], Step [{step}/100], Mel Loss: 0.5\n" for step in range(10, 110, 10))
    path.write_text("".join(lines))
    (run,) = read(str(path)).runs
    assert run.series["mel_loss"].steps.tolist() == list(range(110, 210, 10))


def test_a_learning_rate_at_the_end_of_a_sentence(tmp_path):
    path = tmp_path / "log.txt"
    text = entry(100, 0.5) + "Current Learning Rate is 0.000040.\n"
    path.write_text(text + "Current Learning Rate is 0.-9-9.1\nLearning Rate 0.00.040\n")
    assert read(str(path)).runs[0].series["lr"].values[0] == 0.00004


def series_of(path, text: str) -> dict[str, list[float]]:
    path.write_text(text)
    (run,) = read(str(path)).runs
    return {key: one.values.tolist() for key, one in run.series.items()}


def test_lines_of_tacotron_2(tmp_path):
    text = (
        "Train loss 10 2.345678 Grad Norm 1.234567 3.21s/it\n"
        "Train loss 11 2.245678 Grad Norm 1.134567 3.21s/it\n"
        "Validation loss 11: 2.100000  \n"
    )
    assert series_of(tmp_path / "train.log", text) == {
        "train/total_loss": [2.345678, 2.245678],
        "grad_norm": [1.234567, 1.134567],
        "val/total_loss": [2.1],
    }


def test_losses_behind_a_space(tmp_path):
    text = (
        "step 0: train loss 4.2874, val loss 4.2823\nstep 250: train loss 1.965, val loss 2.0656\n"
    )
    assert series_of(tmp_path / "train.log", text) == {
        "train/total_loss": [4.2874, 1.965],
        "val/total_loss": [4.2823, 2.0656],
    }


def test_a_line_of_losses_under_its_step_and_no_further(tmp_path):
    text = (
        "Epoch [1/10], Step [50/2000]:\nMel Loss: 0.5, Duration Loss: 1.5;\nMel Loss: 9.5\n"
        "Epoch [1/10], Step [100/2000]:\n\nMel Loss: 0.25, Duration Loss: 1.25;\n"
    )
    assert series_of(tmp_path / "logger.txt", text) == {
        "mel_loss": [0.5, 0.25],
        "duration_loss": [1.5, 1.25],
    }


def test_bars_that_count_epochs_from_one(tmp_path):
    path = tmp_path / "console.log"
    bar = "Epoch {}/3:  50%|#####     | {}/4 [00:01<00:03,  1.00s/update, loss=0.{}]\r"
    path.write_text("".join(bar.format(epoch, at, at) for epoch in (1, 2) for at in (2, 4)))
    series = read(str(path)).runs[0].series["total_loss"]
    assert series.steps.tolist() == [2, 4, 6, 8]
    assert series.epochs.tolist() == [1, 1, 2, 2]


def test_a_console_that_begins_with_installations(tmp_path):
    path = tmp_path / "console.log"
    noise = "Collecting torch (from -r requirements.txt (line 1))\n" * 4000
    path.write_text(noise + entry(100, 0.5) + entry(200, 0.4) + noise)
    assert len(noise) > 3 * HEAD
    assert read(str(path)).runs[0].series["mel_loss"].steps.tolist() == [100, 200]
    path.write_text(noise)
    assert "not a training log" in read(str(path)).problems[0].message


def noted(tmp_path, lines):
    path = tmp_path / "console.log"
    kept = [f"epoch {at} loss 0.{9 - at}" for at in range(1, 6)]
    path.write_text("\n".join([*kept, *lines]) + "\n")
    return [note for note in read(str(path)).runs[0].notes if "not read" in note]


def test_lines_whose_numbers_are_not_read_are_counted(tmp_path):
    lines = [f"objective of the output is {at}.25 over frames" for at in range(3)]
    assert noted(tmp_path, lines) == [
        "3 lines with numbers were not read, the first is line 6: "
        "'objective of the output is 0.25 over frames'"
    ]


@pytest.mark.parametrize(
    "line",
    ["objective of the output is {}.25 over frames", "best so far it was {}.25", "took {}.25 s"],
)
def test_few_of_them_bests_and_times_are_not(tmp_path, line):
    count = 2 if line.startswith("objective") else 5
    assert noted(tmp_path, [line.format(at) for at in range(count)]) == []


def restarts(path, text: str) -> list[int]:
    path.write_text(text)
    (run,) = read(str(path)).runs
    return [event.line for event in run.events if event.kind == "restarted"]


def test_a_console_that_says_its_beginning_again_was_restarted(tmp_path):
    head = "Prepare training ...\nNumber of FastSpeech2 Parameters: 749505\n"
    first = "".join(entry(step, 2 - step / 100) for step in range(10, 60, 10))
    rest = "".join(entry(step, 2 - step / 100) for step in range(60, 110, 10))
    path = tmp_path / "log.txt"
    assert restarts(path, head + first + head.replace("749505", "749506") + rest) == [9]
    assert restarts(path, head + first + "Prepare training ...\n" + rest) == []
    assert restarts(path, head + first + rest) == []
    parted = (
        head + first + "Prepare training ...\n" + rest + "Number of FastSpeech2 Parameters: 1\n"
    )
    assert restarts(path, parted) == []
