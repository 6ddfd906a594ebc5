"""What broke a reader once, and what could make a pattern take for ever."""

import pkgutil
import re
import time
from importlib import import_module
from pathlib import Path

import pytest
from reading.soundness import check

import healthlint.readers
from healthlint.logs import recognise

FINDS = sorted((Path(__file__).parents[2] / "fixtures" / "finds").iterdir())
SECONDS = 1.0
"""CPU time; a pattern that backtracks over the whole line takes ten times as long and more."""
LENGTH = 20_000
PIECES = [
    *("9", "a", "_", " ", "a ", "9 ", "9,", "[9,", "'a'", "{'", "| ", "--> ", "-->STEP: ", "9 -"),
    *("Epoch 1", "epoch ", "Epoch: 1 [", "EPOCH: ", "1epoch:train:", "1epoch results: ", "训练"),
    *(
        "[train] ",
        "| train | {",
        "a=",
        "a:",
        "time",
        "\x1b[",
        "\x1b]",
        "0.",
        "val ",
        "a.b/",
        "a - ",
    ),
    *("learning rate ", "Epoch 1:  1%|", "| 1/1 [", "Validation Epoch ", "Step 1/", "{'a': 1, "),
]


def patterns() -> dict[str, re.Pattern]:
    """Return every pattern of the readers by its place."""
    names = [module.name for module in pkgutil.iter_modules(healthlint.readers.__path__)]
    modules = [import_module(f"healthlint.readers.{name}") for name in names]
    return {
        f"{module.__name__.rpartition('.')[2]}.{name}": value
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, re.Pattern)
    }


def test_there_are_finds_and_patterns():
    assert FINDS and len(patterns()) > 40


@pytest.mark.parametrize("path", FINDS, ids=lambda path: path.name)
def test_a_find_is_read_soundly_and_soon(path):
    start = time.process_time()
    check(path)
    assert time.process_time() - start < SECONDS


@pytest.mark.parametrize("name", patterns())
def test_no_pattern_backtracks_over_a_whole_line(name):
    pattern = patterns()[name]
    for piece in PIECES:
        text = (piece * LENGTH)[:LENGTH] + "!"
        start = time.process_time()
        sum(
            1 for _ in pattern.finditer(text if isinstance(pattern.pattern, str) else text.encode())
        )
        assert time.process_time() - start < SECONDS, piece


@pytest.mark.parametrize("piece", ["-", "/", "a_", "loss ", "9"])
def test_a_name_of_a_megabyte(piece):
    start = time.process_time()
    assert not recognise((piece * 1_000_000)[:1_000_000]).is_known
    assert time.process_time() - start < SECONDS


@pytest.mark.parametrize(
    "line",
    [
        "\x1b[1m > EPOCH: {0}/{0}\n   --> STEP: 1/2 -- GLOBAL_STEP: {0}\n     | > loss_mel: 1.5 \n",
        "Epoch {0}/{0}:   7%|x| {0}/{0} [00:01<00:02, total_loss=1, mel_loss=1]\n",
        "x: Train Epoch: {0} [4%]\n[1, 2, 3, 4, 5, 6, {0}, 0.1]\n",
        "{0}epoch:train:1-{0}batch: l1_loss=0.5, duration_loss=0.5\n",
        "Epoch [{0}/{0}], Step [{0}/{0}], Mel Loss: 0.5\n" * 2,
        "Epoch {0}:  50%|x| {0}/{0} [00:01<00:02, train_loss=1]\n",
        "| {0}/{0} [{{'loss': 1.5, 'epoch': {0}}}\n" * 2,
    ],
)
def test_numbers_of_thousands_of_digits(tmp_path, line):
    path = tmp_path / "train.log"
    for count in (17, 25, 5000):
        path.write_text(line.format("9" * count))
        check(path)
