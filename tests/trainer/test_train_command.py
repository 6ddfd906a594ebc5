"""`healthlint train` through its entry point."""

import json
import signal
import subprocess
import sys
import time

import pytest

pytest.importorskip("torch")
pytest.importorskip("espeakng_loader")

from healthlint.cli import main

SMALL = "--utterances 24 --epochs 2 --hidden 16 --batch-size 4 --sample-every 0 --device cpu"


def run(*words, capsys):
    code = main(["train", *words])
    return code, capsys.readouterr().err


def test_train_then_resume(tmp_path, cache, spoken, capsys):
    out = tmp_path / "run"
    options = [*SMALL.split(), "--cache", str(cache)]
    code, err = run("--out", str(out), *options, capsys=capsys)
    assert code == 0
    assert [line.split()[:2] for line in err.splitlines()] == [["epoch", "1/2"], ["epoch", "2/2"]]
    code, err = run("--resume", str(out), "--cache", str(cache), capsys=capsys)
    assert (code, err) == (0, f"{out}: all 2 epochs are done\n")
    code, err = run("--out", str(out), *options, capsys=capsys)
    assert code == 2
    assert f"go on with --resume {out}" in err


def test_ctrl_c_ends_with_130_and_says_how_to_go_on(tmp_path, cache, spoken):
    out = tmp_path / "run"
    command = [sys.executable, "-m", "healthlint", "train", "--out", str(out), *SMALL.split(),
               "--epochs", "500", "--cache", str(cache)]  # fmt: skip
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while not (out / "checkpoints/last.pt").exists():
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 130
    assert err.endswith(f"interrupted; go on with: healthlint train --resume {out}\n")
    end = json.loads((out / "logs.jsonl").read_text().splitlines()[-1])
    assert (end["_type"], end["status"]) == ("end", "interrupted")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--out O --corpus nope", "unknown corpus 'nope'; there are: espeak, festvox, folder"),
        ("--out O --fault hihg-lr", "did you mean 'high-lr'?"),
        ("--out O --device tpu", "device 'tpu' is not available here"),
        ("--out O --epochs 0", "'0' is not a whole number of at least 1"),
        ("--out O --hidden 30", "30 is not a multiple of 4"),
        ("--out O --learning-rate nan", "nan is not a positive number"),
        ("--out O --dropout 1", "1 is not at least 0 and below 1"),
        ("--out O --dropout much", "'much' is not a number"),
        ("--out O --utterances 9", "espeak: the corpus has 9 clips; 10 are the least"),
        ("--resume O --hidden 32", "the run's own settings: leave out --hidden"),
        ("--resume O", "no checkpoint to resume from"),
        ("--out O --resume O", "not allowed with"),
        ("", "one of the arguments --out --resume is required"),
    ],
)
def test_wrong_use_is_explained_and_leaves_nothing(words, message, tmp_path, cache, capsys):
    words = [str(tmp_path / "run") if word == "O" else word for word in words.split()]
    code, err = run(*words, "--cache", str(cache), capsys=capsys)
    assert code == 2
    assert message in err
    assert "Traceback" not in err
    assert not (tmp_path / "run").exists()


def test_without_torch_it_says_which_extra_to_install(monkeypatch, tmp_path, capsys):
    for name in [name for name in sys.modules if name.startswith("healthlint.trainer")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    code, err = run("--out", str(tmp_path / "run"), capsys=capsys)
    assert code == 2
    assert "torch is not installed: pip install 'healthlint[train]'" in err
