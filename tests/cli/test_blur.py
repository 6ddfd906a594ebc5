"""``healthlint blur``: files against references, samples of a log, bad input, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from cli.harness import Cli
from spectrogram.runs import log
from spectrogram.voices import voice

from healthlint.spectrogram import Front, log_mel

ndimage = pytest.importorskip("scipy.ndimage")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of five recordings, one that is as sharp, one blurred in time, one static."""
    mels = [log_mel(voice(seed), Front()) for seed in range(7)]
    (tmp_path / "ref").mkdir()
    for number, mel in enumerate(mels[:5]):
        np.save(tmp_path / "ref" / f"{number}.npy", mel)
    (tmp_path / "new").mkdir()
    np.save(tmp_path / "new" / "sharp.npy", mels[5])
    np.save(tmp_path / "new" / "soft.npy", ndimage.gaussian_filter1d(mels[6], 1.0, axis=1))
    speckle = np.random.default_rng(0).standard_normal(mels[6].shape)
    np.save(tmp_path / "new" / "static.npy", mels[6] + 0.6 * speckle)
    return tmp_path


def verdicts(text: str) -> dict[str, str]:
    rows = [one for group in json.loads(text)["groups"] for one in group["spectrograms"]]
    return {Path(row["path"]).stem: row["verdict"]["name"] for row in rows}


def test_against_references(cli: Cli, folder: Path) -> None:
    done = cli("blur", "new", "--reference", "ref", "--scale", "ln-amp")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["overall", "time", "freq", "harm", "static", "noise", "verdict"]
    assert "  sharp   " in lines[1]
    assert "  blurred (time)   " in lines[2]
    assert "  static   " in lines[3]
    assert lines[4] == "3 spectrograms against 5 references: 1 sharp, 1 blurred (time), 1 static."
    assert done.stderr == ""


def test_sharp_ones_pass(cli: Cli, folder: Path) -> None:
    assert cli("blur", "new/sharp.npy", "--reference", "ref", "--scale", "ln-amp").returncode == 0


def test_without_a_reference_there_is_no_verdict(cli: Cli, folder: Path) -> None:
    done = cli("blur", "new/sharp.npy", "--scale", "ln-amp")
    assert done.returncode == 3
    assert "cannot tell   no reference" in done.stdout


def test_json_is_the_same_twice(cli: Cli, folder: Path) -> None:
    command = ("blur", "new", "--reference", "ref", "--measure", "all", "-o", "json")
    first, second = cli(*command), cli(*command, "--jobs", "2")
    assert first.stdout == second.stdout
    assert verdicts(first.stdout) == {"sharp": "sharp", "soft": "blurred", "static": "static"}
    row = json.loads(first.stdout)["groups"][0]["spectrograms"][0]
    assert row["notes"] == ["taken for ln-amp"]
    assert len(row["measures"]) >= 9
    assert len(row["sharpness"]["by_band"]) == 80


def test_a_log_brings_its_own_references(cli: Cli, tmp_path: Path) -> None:
    log(tmp_path, targets=True)
    done = cli("blur", "logs.jsonl")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0] == "logs.jsonl"
    assert lines[1].split()[:2] == ["of", "ref"]
    assert "epoch 1  a" in lines[2] and "blurred (both)" in lines[2]
    assert "  sharp  " in lines[8]
    assert lines[-1] == "1 spectrogram at epoch 10 against 1 reference: 1 blurred (both)."


def test_a_log_without_targets_is_compared_with_its_past(cli: Cli, tmp_path: Path) -> None:
    log(tmp_path, targets=False)
    done = cli("blur", "logs.jsonl")
    lines = done.stdout.splitlines()
    assert "cannot tell" in lines[7]
    assert "below the history" in lines[10] and "blurred" in lines[10]
    assert lines[-1].startswith("1 spectrogram at epoch 10 against the run's own past: 1 blurred")
    assert done.returncode == 1


def test_pictures(cli: Cli, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    log(tmp_path, targets=True)
    done = cli("blur", "logs.jsonl", "--plot", "pictures")
    assert done.stderr == "wrote 11 pictures to pictures\n"
    images = sorted((tmp_path / "pictures").glob("*.png"))
    assert len(images) == 11
    assert all(one.read_bytes().startswith(b"\x89PNG") for one in images)


def test_a_log_that_announces_nothing(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "logs.jsonl").write_text(
        '{"step": 1, "mel_loss": 1.0}\n{"step": 2, "mel_loss": 0.9}\n'
    )
    done = cli("blur", "logs.jsonl")
    assert done.returncode == 2
    assert "announces no sample" in done.stdout


def test_a_sample_outside_the_folder_is_not_opened(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    path = log(tmp_path / "run", targets=False)
    np.savez(tmp_path / "secret.npz", mel=np.zeros((9, 80)))
    text = path.read_text().replace('"10.npz"', '"../secret.npz"')
    path.write_text(text)
    assert "at epoch 9 " in cli("blur", "run").stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nothing.npy"], "nothing.npy: no such file or folder"),
        (["new", "--scale", "lnamp"], "unknown scale 'lnamp', did you mean 'ln-amp'?"),
        (["new", "--measure", "tenegrad"], "unknown measure 'tenegrad', did you mean 'tenengrad'?"),
        (["new", "-o", "jsn"], "unknown format 'jsn', did you mean 'json'?"),
        (["new", "--hop", "0"], "hop 0 makes no spectrogram"),
        (["new", "--refrence", "ref"], "unknown option '--refrence', did you mean '--reference'?"),
        ([], "the following arguments are required: PATH"),
    ],
)
def test_wrong_use(cli: Cli, folder: Path, words: list[str], message: str) -> None:
    done = cli("blur", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_files_that_cannot_be_measured(cli: Cli, folder: Path) -> None:
    np.save(folder / "new" / "nan.npy", np.full((80, 90), np.nan))
    (folder / "new" / "broken.wav").write_bytes(b"RIFF")
    done = cli("blur", "new", "--reference", "ref", "--scale", "ln-amp")
    assert done.returncode == 2
    assert "could not look: 7200 of 7200 values are not finite" in done.stdout
    assert done.stdout.splitlines()[-1].endswith("2 could not be looked at.")


def test_an_empty_folder_is_no_verdict(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = cli("blur", "empty")
    assert done.returncode == 2
    assert done.stdout == "could not look: empty: no sound, array or image in this folder\n"
