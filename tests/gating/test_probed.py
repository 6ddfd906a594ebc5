"""``gate --probe``: samples made by a real command, heard, and none made where nobody asked."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from gating.making import safetensors, weights, zipped_pickle
from gating.place import Place, check, gated, write_wav
from spectrogram.voices import voice

from healthlint.cli import main

SAY = """\
import pathlib, shutil, sys
checkpoint, text, output = sys.argv[1:]
act = pathlib.Path("act").read_text()
with pathlib.Path("ran").open("a") as ran:
    ran.write(pathlib.Path(checkpoint).name + " " + text + "\\n")
if act == "crash" or (act in ("half", "mixed") and text == "two"):
    print("loading")
    print("RuntimeError: size mismatch for decoder", file=sys.stderr)
    sys.exit(7)
said = {"half": "good", "mixed": "silent"}.get(act, act)
shutil.copy(pathlib.Path(said + ".wav"), output)
"""
CONFIG = """\
probe:
  command: "{python} say.py {checkpoint} {text} {output}"
  texts: [one, two]
"""
STARTS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork")
started: list[str] = []
sys.addaudithook(lambda event, _: started.append(event) if event in STARTS else None)


@pytest.fixture
def path(place: Place) -> Path:
    """Return a good checkpoint in a folder whose config has a command."""
    made = place.save("epoch_0020.pt")
    place.write()
    (place.folder / "say.py").write_text(SAY)
    (place.folder / "healthlint.yaml").write_text(CONFIG)
    write_wav(place.folder / "good.wav", voice(9))
    write_wav(place.folder / "silent.wav", 0 * voice(9))
    for i in range(6):
        write_wav(place.folder / "recordings" / f"{i}.wav", voice(i))
    return made


PROBE = ("--config", "healthlint.yaml", "--probe", "--reference", "recordings")


def probed(capsys: pytest.CaptureFixture[str], act: str, *arguments: object) -> tuple[int, dict]:
    Path("act").write_text(act)
    code = main(["gate", *PROBE, "-o", "json", *map(str, arguments)])
    return code, json.loads(capsys.readouterr().out)["checkpoints"][0]


def test_a_good_voice_is_shipped(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, made = probed(capsys, "good", path)
    assert (code, made["decision"]) == (0, "ship")
    heard = check(made, "samples")
    assert (heard["state"], heard["numbers"]["samples"]) == ("pass", 2)
    assert heard["message"].endswith("as sharp as the reference")
    assert Path("ran").read_text() == "epoch_0020.pt one\nepoch_0020.pt two\n"


def test_a_silent_one_is_held(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, made = probed(capsys, "silent", path)
    assert (code, made["decision"]) == (1, "hold")
    assert check(made, "samples")["message"].startswith("text 1 is silent")
    assert "healthlint probe" in check(made, "samples")["help"]


@pytest.mark.parametrize("mel", [4.85, 2.33, 0.7, 0.34])
@pytest.mark.parametrize("act", ["silent", "noise"])
def test_no_loss_makes_up_for_bad_speech(
    place: Place, path: Path, capsys: pytest.CaptureFixture[str], act: str, mel: float
) -> None:
    """A good voice with a good loss ships (above); whatever the loss, neither of these does."""
    for row in place.records:
        row["val/mel_loss"] = mel
    place.write()
    noise = np.random.default_rng(0).standard_normal(len(voice(9))) / 10
    write_wav(place.folder / "noise.wav", noise)
    code, made = probed(capsys, act, path)
    assert code != 0
    assert made["decision"] != "ship"
    assert check(made, "samples")["state"] != "pass"


@pytest.mark.parametrize(("act", "text"), [("crash", "text 1"), ("half", "text 2")])
def test_without_every_sample_there_is_no_verdict(
    path: Path, capsys: pytest.CaptureFixture[str], act: str, text: str
) -> None:
    """Its last words are the reason; one good sample of two makes up for nothing."""
    code, made = probed(capsys, act, path)
    assert (code, made["decision"]) == (3, "cannot tell")
    said = "the command failed: exit code 7: RuntimeError: size mismatch for decoder"
    assert made["reasons"] == [f"samples: {text}: {said}"]
    assert check(made, "samples")["state"] == "not_judged"
    assert check(made, "samples")["notes"] == ["before that: loading"]


def test_a_silent_sample_holds_whatever_became_of_the_other(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, made = probed(capsys, "mixed", path)
    assert (code, made["decision"]) == (1, "hold")
    assert check(made, "samples")["notes"] == ["text 2: the command failed: exit code 7"]


def test_a_command_that_is_not_there(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = Path("healthlint.yaml")
    config.write_text(CONFIG.replace("{python} say.py", "no-such-program"))
    code, made = probed(capsys, "good", path)
    said = "samples: text 1: the command could not be started: no-such-program"
    assert (code, made["reasons"][0].startswith(said)) == (3, True)


def test_a_folder_of_checkpoints_is_not_one(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A model folder with the checkpoints of its training in it: none of them is run."""
    folder = path.parent.parent / "model"
    folder.mkdir()
    for name in ("model.safetensors", "epoch_1.pt", "epoch_2.pt"):
        safetensors(folder / name, weights(len(name)))
    (folder / "epoch_2.pt").write_bytes(b"another")
    code, made = probed(capsys, "good", folder)
    assert (code, made["reasons"][-1]) == (3, "samples: the folder holds 3 checkpoints")
    assert not Path("ran").exists()


def test_unusable_references_begin_nothing(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for one in Path("recordings").iterdir():
        one.write_bytes(b"no sound")
    code, made = probed(capsys, "good", path)
    assert (code, made["reasons"][0].startswith("samples: reference: ")) == (3, True)
    assert not Path("ran").exists()


def test_a_refused_file_is_not_probed(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    zipped_pickle(path, b"cos\nsystem\n(S'true'\ntR.")
    assert probed(capsys, "good", path)[0] == 2
    assert not Path("ran").exists()


def test_nothing_is_run_unless_asked(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A config with a command is no request."""
    Path("act").write_text("good")
    started.clear()
    reference = ("--config", "healthlint.yaml", "--reference", "recordings")
    assert main(["gate", *reference, str(path)]) == 0
    capsys.readouterr()
    assert gated(capsys, *reference[2:], "--samples", "good.wav", path)[0] == 0
    assert (started, Path("ran").exists()) == ([], False)
    assert main(["gate", *PROBE, str(path)]) == 0
    assert started  # the watch sees what it is there for


def test_samples_are_named_or_made(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gate", *PROBE, "--samples", "good.wav", str(path)]) == 2
    assert "--samples and --probe exclude each other" in capsys.readouterr().err
