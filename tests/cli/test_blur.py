"""``healthlint blur``: files against references, samples of a log, bad input, exit codes."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from cli.harness import Cli
from reading.events import VERSION, event, nested, scalar, write
from spectrogram.runs import log
from spectrogram.voices import RATE, voice

from healthlint.blur import groups as _blur_work
from healthlint.cli import main
from healthlint.spectrogram import Front, inputs, log_mel

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
    assert lines[4].startswith("One alone is called blurred from ")
    assert lines[5] == "3 spectrograms against 5 references: 1 sharp, 1 blurred (time), 1 static."
    assert done.stderr == ""


def test_sharp_ones_pass(cli: Cli, folder: Path) -> None:
    assert cli("blur", "new/sharp.npy", "--reference", "ref", "--scale", "ln-amp").returncode == 0


def test_references_that_cannot_be_measured_are_not_passed_over(cli: Cli, folder: Path) -> None:
    (folder / "empty").mkdir()
    np.save(folder / "empty" / "0.npy", np.full((80, 200), -20.0))
    done = cli("blur", "new/sharp.npy", "--reference", "empty", "--scale", "ln-amp")
    assert done.returncode == 3
    assert "without a usable reference (1 named, none can be measured): " in done.stdout


def test_a_picture_without_a_reference(cli: Cli, folder: Path) -> None:
    pytest.importorskip("matplotlib")
    done = cli("blur", "new/sharp.npy", "--scale", "ln-amp", "--plot", "pictures")
    assert done.stderr == "wrote 1 picture to pictures\n"


def test_nothing_to_draw_says_why(cli: Cli, folder: Path) -> None:
    pytest.importorskip("matplotlib")
    np.save(folder / "nan.npy", np.full((80, 90), np.nan))
    done = cli("blur", "nan.npy", "--plot", "pictures")
    assert done.stderr == "nothing to draw: nothing could be measured\n"


def test_what_is_not_drawn_is_said(cli: Cli, folder: Path) -> None:
    pytest.importorskip("matplotlib")
    mel = np.load(folder / "new" / "sharp.npy")
    for number in range(26):
        np.save(folder / "new" / f"{number}.npy", mel + number)
    done = cli("blur", "new", "--scale", "ln-amp", "--plot", "pictures")
    told = "wrote 24 pictures to pictures\nnot drawn: 5 spectrograms, the sharpest\n"
    assert done.stderr == told


def test_a_group_is_told_first(cli: Cli, folder: Path) -> None:
    """Five that are each hardly blurred are blurred together; exit code and JSON say so too."""
    (folder / "all").mkdir()
    for number in range(5):
        mel = ndimage.gaussian_filter1d(np.load(folder / "ref" / f"{number}.npy"), 0.45, axis=0)
        np.save(folder / "all" / f"{number}.npy", mel)
    command = ("blur", "all", "--reference", "ref", "--scale", "ln-amp")
    done, wire = cli(*command), json.loads(cli(*command, "-o", "json").stdout)["groups"][0]
    assert done.returncode == 1
    assert done.stdout.startswith("Together blurred: 5 are ")
    assert "seen in 19 of 20" in done.stdout.splitlines()[0]
    assert (wire["mean"]["name"], wire["mean"]["is_blurred"]) == ("blurred", True)
    assert wire["single"]["bound_db"] > wire["mean"]["deficit_db"]


def test_a_folder_of_steps_is_a_series(cli: Cli, folder: Path) -> None:
    (folder / "run").mkdir()
    for step, width in ((1000, 0.0), (200, 2.0), (90, 3.0), (3000, 0.0), (4000, 0.0), (20000, 2.0)):
        mel = ndimage.gaussian_filter(np.load(folder / "new" / "sharp.npy"), width)
        np.save(folder / "run" / f"step-{step}-mel.npy", mel)
    done = cli("blur", "run", "--scale", "ln-amp")
    lines = done.stdout.splitlines()
    steps = [int(line.split()[1]) for line in lines if line.startswith("  step ")]
    assert steps == [90, 200, 1000, 3000, 4000, 20000]
    assert "blurred" in lines[-1] and "at step 20000 against the run's own past" in lines[-1]
    assert done.returncode == 1


def test_scales_that_contradict_each_other_are_not_compared(cli: Cli, folder: Path) -> None:
    for path in (folder / "new").iterdir():
        np.save(path, (np.load(path) + 5.52) / 2.07)
    done = cli("blur", "new", "--reference", "ref")
    assert done.returncode == 2
    assert "the references are read as ln-amp (mean " in done.stdout
    assert "the rest as z-scored (mean " in done.stdout
    assert "overall" not in done.stdout


def test_nothing_is_said_of_a_guess_alone(cli: Cli, folder: Path) -> None:
    guess, declared = (cli("blur", "new/static.npy", *more) for more in ((), ("--scale", "ln-amp")))
    assert "cannot tell   static " in guess.stdout and "declare --scale" in guess.stdout
    assert (guess.returncode, declared.returncode) == (3, 1)


def test_names_are_never_cut_in_the_middle(cli: Cli, folder: Path) -> None:
    long = folder / ("a" * 30) / ("b" * 30)
    long.mkdir(parents=True)
    np.save(long / f"{'c' * 30}.npy", np.load(folder / "new" / "sharp.npy"))
    done = cli("blur", str(long), "--scale", "ln-amp")
    assert f"/{'c' * 30}.npy " in done.stdout
    assert "b" not in done.stdout.split("c" * 30)[0].splitlines()[-1]


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
    log(tmp_path, targets=True, widths=(1.2, 0.0, 1.6))
    done = cli("blur", "logs.jsonl", "--plot", "pictures")
    assert done.stderr == "wrote 4 pictures to pictures\n"
    images = sorted((tmp_path / "pictures").glob("*.png"))
    assert len(images) == 4
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
        (["new", "--reference", "gone"], "gone: no such file or folder"),
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


def test_what_is_not_there_is_told_and_the_rest_judged(cli: Cli, folder: Path) -> None:
    done = cli("blur", "gone.npy", "new", "gone/logs.jsonl", "--reference", "ref")
    assert (done.returncode, done.stderr) == (2, "")
    rest = cli("blur", "new", "--reference", "ref").stdout
    assert done.stdout.startswith(rest)
    assert done.stdout.splitlines()[-2:] == [
        "could not look: gone.npy: no such file or folder",
        "could not look: gone/logs.jsonl: no such file or folder",
    ]


def test_an_error_of_ours_is_told_at_its_file(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, *good = sorted(map(str, (folder / "new").iterdir()))
    np.save(folder / "odd.npy", np.load(bad))
    kept = inputs.loaded

    def broken(path: Path, *_: object) -> object:
        if Path(path).name == "odd.npy":
            raise ZeroDivisionError
        return kept(path)

    monkeypatch.setattr(inputs, "loaded", broken)
    assert main(["blur", str(folder / "odd.npy"), *good, "--reference", str(folder / "ref")]) == 2
    out = " ".join(capsys.readouterr().out.split())
    assert "could not look: internal error: ZeroDivisionError at test_blur.py:" in out
    assert f"{len(good) + 1} spectrograms" in out


def test_an_error_of_ours_is_told_at_its_log(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_blur_work, "settings_of", lambda *_: 1 / 0)
    log(folder, targets=False)
    assert main(["blur", str(folder / "logs.jsonl"), str(folder / "new")]) == 2
    out = " ".join(capsys.readouterr().out.split())
    assert "logs.jsonl: internal error: ZeroDivisionError" in out
    assert "3 spectrograms" in out


def test_an_empty_folder_is_no_verdict(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = cli("blur", "empty")
    assert done.returncode == 2
    assert done.stdout == "could not look: empty: no sound, array or image in this folder\n"


def sound(wave: np.ndarray) -> bytes:
    soundfile = pytest.importorskip("soundfile")
    held = BytesIO()
    soundfile.write(held, wave, RATE, format="WAV", subtype="PCM_16")
    return held.getvalue()


def heard(tag: str, step: int, content: bytes, number: int = 6) -> bytes:
    held = nested(1, tag.encode()) + nested(number, nested(4, content))
    return event(step, nested(1, held))


def test_sound_in_tensorboard_events(cli: Cli, tmp_path: Path) -> None:
    real = sound(voice(0, 1.5))
    noise = sound(0.1 * np.random.default_rng(0).standard_normal(RATE))
    rows = [heard("gt/audio_0", 0, real), heard("gen/audio_0", 9, noise)]
    write(tmp_path / "run", VERSION + b"".join([*rows, heard("gen/audio_0", 20, real)]))
    done = cli("blur", "run", "-o", "json")
    (group,) = json.loads(done.stdout)["groups"]
    assert (group["references"], group["problems"], done.returncode) == (1, [], 0)
    told = [(one["step"], one["verdict"]["name"]) for one in group["spectrograms"]]
    assert told == [(9, "noisy"), (20, "sharp")]
    assert [(one["path"], one["line"]) for one in group["spectrograms"]] == [(None, None)] * 2
    shown = cli("blur", str(next((tmp_path / "run").iterdir()))).stdout
    assert "step 20  gen/audio_0    1.00" in shown
    assert "1 spectrogram at step 20 against 1 reference: 1 sharp." in shown


@pytest.mark.parametrize(
    ("levels", "words"),
    [
        (np.where(np.arange(80)[:, None] > 40, 255, np.arange(99)), "saturated: 49% of the pixels"),
        (np.dstack([np.arange(80)[:, None] + np.arange(99)] * 2 + [np.zeros((80, 99))]), "colours"),
    ],
)
def test_images_of_mels_in_events_are_refused_with_the_reason(
    cli: Cli, tmp_path: Path, levels: np.ndarray, words: str
) -> None:
    images = pytest.importorskip("PIL.Image")
    held = BytesIO()
    images.fromarray(levels.astype(np.uint8)).save(held, "PNG")
    write(tmp_path / "run", VERSION + heard("val/mel", 5, held.getvalue(), number=4))
    done = cli("blur", "run")
    assert done.returncode == 2
    assert "could not look: run: no sound, and of mels 1 image: " + words in done.stdout


def test_events_without_samples(cli: Cli, tmp_path: Path) -> None:
    write(tmp_path / "run", VERSION + scalar("loss", 1, 1))
    done = cli("blur", "run")
    assert done.returncode == 2
    assert "run: no sound and no image of a mel in these events" in done.stdout


def test_files_beside_events_come_first(cli: Cli, folder: Path) -> None:
    write(folder / "new", VERSION)
    done = cli("blur", "new", "--reference", "ref", "--scale", "ln-amp", "-o", "json")
    assert verdicts(done.stdout) == {"sharp": "sharp", "soft": "blurred", "static": "static"}
