"""Plain text: what counts as an entry, and folders of train and val."""

from healthlint.readers import find_logs, keyvalue, read
from healthlint.readers.textlog import pairs


def test_pairs_take_numbers_and_nothing_else():
    text = "INFO:2025-01-22 07:09:29,766: Mel Loss: -1.5e-3, Dur: nan; lr=1e-05, n: 4x, a/b: 12:30"
    assert repr(pairs(text)) == "{'Mel Loss': -0.0015, 'Dur': nan, 'lr': 1e-05}"


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


def test_a_learning_rate_at_the_end_of_a_sentence(tmp_path):
    path = tmp_path / "log.txt"
    text = entry(100, 0.5) + "Current Learning Rate is 0.000040.\n"
    path.write_text(text + "Current Learning Rate is 0.-9-9.1\nLearning Rate 0.00.040\n")
    assert read(str(path)).runs[0].series["lr"].values[0] == 0.00004
