"""The gate as a user calls it: a good checkpoint is shipped, each sick one held with its reason."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from gating.making import checkpoint, torch_zip, weights, zipped_pickle
from gating.place import EPOCHS, RATE, Place, check, gated, write_wav
from spectrogram.voices import voice

from healthlint.cli import main
from healthlint.spectrogram import Front, log_mel


def test_a_good_one_is_shipped(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.save("epoch_0010.pt", 10)
    path = place.save("epoch_0020.pt")
    place.write()
    code, made = gated(capsys, path)
    assert (code, made["decision"], made["reasons"]) == (0, "ship", [])
    states = {one["name"]: one["state"] for one in made["checks"]}
    assert states.pop("samples") == "not_judged"
    assert set(states.values()) == {"pass"}
    assert made["epoch"] == 20
    assert check(made, "log")["notes"] == ["SHA-256 as announced"]


def test_nan_in_weights(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    sick = weights()
    sick["decoder.weight"][1, 4] = np.nan
    path = place.save("epoch_0020.pt", content=checkpoint(model=sick))
    place.write()
    code, made = gated(capsys, path)
    assert code == 1
    said = "not finite: 1 in decoder.weight, the first at [1, 4]"
    assert made["reasons"] == [f"weights: {said}"]


def test_nan_in_optimizer_alone(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """It would resume into NaN; it is held too, and the tensor named."""
    state = {"exp_avg": np.array([1.0, np.inf], "f4")}
    path = place.save("epoch_0020.pt", content=checkpoint(optimizer={"state": {0: state}}))
    place.write()
    code, made = gated(capsys, path)
    assert code == 1
    assert "1 in optimizer.state.0.exp_avg" in made["reasons"][0]


def test_all_zero(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    zero = {name: 0 * one for name, one in weights().items()}
    path = place.save("epoch_0020.pt", content=checkpoint(model=zero))
    place.write()
    code, made = gated(capsys, path)
    assert (code, "all 3 tensors of the model are 0" in made["reasons"][0]) == (1, True)


def test_wrong_epoch_by_name(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    path = place.save("epoch_0019.pt", 20)
    place.write()
    code, made = gated(capsys, path)
    assert (code, made["reasons"]) == (1, ["name: epoch 19 by its name, 20 inside"])


def test_epoch_that_the_log_never_reached(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    path = place.folder / "model.pt"
    torch_zip(path, checkpoint(EPOCHS + 1))
    place.write()
    code, made = gated(capsys, path)
    assert code == 1
    assert "epoch 21, which the log never reached (its last is 20)" in made["reasons"][0]


def test_changed_since_announced(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    path = place.save("epoch_0020.pt")
    place.write()
    torch_zip(path, checkpoint(model=weights(5)))
    code, made = gated(capsys, path)
    assert (code, "the file was changed since" in made["reasons"][0]) == (1, True)


@pytest.mark.parametrize(("above", "code"), [(1.019, 0), (1.021, 1)])
def test_worse_than_best(
    place: Place, capsys: pytest.CaptureFixture[str], above: float, code: int
) -> None:
    """2 % above the best is let pass, more is not; the best may come after it."""
    place.records[-1]["val/mel_loss"] = 0.3
    place.records[-2]["val/mel_loss"] = 0.3 * above
    path = place.save("epoch_0019.pt", 19)
    place.write()
    got, made = gated(capsys, path)
    assert (got, check(made, "best")["state"]) == (code, ["pass", "fail"][code])
    assert "0.3 at epoch 20" in check(made, "best")["message"]


def test_saved_within_an_epoch(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """It closes no epoch: it is judged where it was announced, and has no validation of its own."""
    path = place.save("step_000510.pt", 10, checkpoint(10, step=510, batch=3))
    place.events[-1] |= {"epoch": 11, "step": 510}
    place.write()
    record = place.events[-1]
    lines = (place.folder / "logs.jsonl").read_text().splitlines()
    own = next(line for line in lines if json.loads(line).get("event"))
    lines.remove(own)
    at = next(i for i, line in enumerate(lines) if json.loads(line)["epoch"] == record["epoch"])
    lines.insert(at, own)
    (place.folder / "logs.jsonl").write_text("".join(f"{line}\n" for line in lines))
    code, made = gated(capsys, path)
    assert (code, check(made, "name")["message"]) == (0, "step 510")
    said = "validation mel was last logged at epoch 10, not at epoch 11"
    assert (check(made, "best")["state"], check(made, "best")["message"]) == ("not_judged", said)


def test_missing_and_shrunken_parts(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.save("epoch_0010.pt", 10)
    less = weights()
    del less["decoder.weight"]
    less["encoder.bias"] = less["encoder.bias"][:4]
    path = place.save("epoch_0020.pt", content=checkpoint(model=less))
    place.write()
    code, made = gated(capsys, path)
    said = "against epoch_0010.pt: decoder is missing; encoder.bias is [4], was [6]"
    assert (code, made["reasons"]) == (1, [f"parts: {said}"])


def test_only_what_was_known_then_counts(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """A run that became NaN afterwards holds the checkpoint after that, not the one before."""
    early = place.save("epoch_0017.pt", 17)
    late = place.save("epoch_0020.pt", 20)
    for record in place.records[17:]:
        record["val/mel_loss"] = math.nan
        record["train/mel_loss"] = math.nan
    place.write()
    assert gated(capsys, early)[0] == 0
    code, made = gated(capsys, late)
    assert code == 1
    assert "nan" in check(made, "findings")["message"].lower()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda sound: 0 * sound, "is silent"),
        (lambda sound: 30 * sound, "is clipped"),
        (lambda sound: sound[: RATE // 10], "lasts 0.10 s"),
    ],
)
def test_samples(place: Place, capsys: pytest.CaptureFixture[str], change, said: str) -> None:
    path = place.save("epoch_0020.pt")
    place.sample(voice())
    place.sample(change(voice(1)))
    place.write()
    code, made = gated(capsys, path)
    assert (code, said in check(made, "samples")["message"]) == (1, True)


def test_blur_against_reference(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    path = place.save("epoch_0020.pt")
    place.write()
    for i in range(6):
        write_wav(place.folder / "recordings" / f"{i}.wav", voice(i))
    sharp = write_wav(place.folder / "sharp.wav", voice(9))
    mel = log_mel(voice(9), Front())
    blurred = place.folder / "blurred.npz"
    smooth = [np.convolve(band, np.ones(5) / 5, "same") for band in mel]
    np.savez(blurred, mel=np.array(smooth), scale="ln-amp")
    reference = ("--reference", place.folder / "recordings")
    code, made = gated(capsys, "--samples", sharp, *reference, path)
    assert (code, check(made, "samples")["state"]) == (0, "pass")
    code, made = gated(capsys, "--samples", blurred, *reference, path)
    assert (code, "blurred.npz is blurred" in check(made, "samples")["message"]) == (1, True)


def test_sound_beside_an_announced_mel_is_heard(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    """The mel is fine and its sound is silent."""
    path = place.save("epoch_0020.pt")
    sound = place.sample(voice())
    np.savez(sound.with_suffix(".npz"), mel=log_mel(voice(), Front()), scale="ln-amp")
    place.events[-1]["mel"] = f"samples/{sound.stem}.npz"
    place.write()
    assert gated(capsys, path)[0] == 0
    write_wav(sound, 0 * voice())
    code, made = gated(capsys, path)
    assert (code, f"{sound.name} is silent" in check(made, "samples")["message"]) == (1, True)


def test_without_a_log_there_is_no_verdict(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    path = place.save("epoch_0020.pt")
    code, made = gated(capsys, path)
    assert (code, made["decision"]) == (3, "cannot tell")
    assert made["reasons"] == ["log: no log lies beside it"]


def test_required_check_without_verdict(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    path = place.save("epoch_0020.pt")
    place.write()
    code, made = gated(capsys, "--require", "samples", path)
    assert (code, made["reasons"][0].startswith("samples: ")) == (3, True)


def test_refused_files(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    path = place.save("epoch_0020.pt")
    path.write_bytes(path.read_bytes()[:-30])
    code, made = gated(capsys, path)
    assert (code, made["decision"], made["reasons"][0][:9]) == (2, "hold", "truncated")
    canary = place.folder / "canary"
    zipped_pickle(path, b"cos\nsystem\n(S'touch " + str(canary).encode() + b"'\ntR.")
    code, made = gated(capsys, path)
    assert (code, "asks to run os.system" in made["reasons"][0]) == (2, True)
    assert not canary.exists()


def test_several_at_once(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """The worst decides: 1 outranks 3 and 0."""
    good = place.save("epoch_0020.pt")
    bad = place.save("epoch_0019.pt", 20)
    place.write()
    assert main(["gate", "--no-config", str(good), str(bad)]) == 1
    out = capsys.readouterr().out
    assert "ship: " in out
    assert "hold: " in out


GOLDEN = """\
checkpoints/epoch_0019.pt
  torch zip file  healthlint train  epoch 20  step 1000  48 weights in 3 tensors  log logs.jsonl
  pass  classes   tensors and plain data, no foreign class
  pass  weights   72 numbers in 4 tensors, all finite
  pass  parts     all 3 tensors of epoch_0010.pt are there
  FAIL  name      epoch 19 by its name, 20 inside
                  → it was renamed or copied over; find out which one this is
"""


def test_report(
    place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    place.save("epoch_0010.pt", 10)
    place.save("epoch_0019.pt", 20)
    place.write()
    assert main(["gate", "--no-config", "checkpoints/epoch_0019.pt"]) == 1
    out = capsys.readouterr().out
    assert out.startswith(GOLDEN)
    assert out.endswith("hold: 6 passed, 1 failed, 1 not judged.\n")


def test_names_never_reach_the_terminal_raw(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    sick = {"a\x1b[31m": np.array([np.nan, 1], "f4")}
    path = place.save("epoch_0020.pt", content=checkpoint(model=sick))
    place.write()
    for form in ("full", "github", "markdown"):
        main(["gate", "--no-config", "-o", form, str(path)])
        out = capsys.readouterr().out
        assert "\x1b" not in out
        assert ("a\\\\x1b" if form == "markdown" else "a\\x1b") in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--require", "wheights", "x"], "did you mean"),
        (["--log", "gone.jsonl", "x"], "gone.jsonl: no such file"),
        (["-o", "jsn", "x"], "unknown format 'jsn'"),
        (["--above-best", "-1", "x"], "percentage"),
        (["gone.pt"], "gone.pt: no such file"),
    ],
)
def test_wrong_use(
    place: Place, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    Path("x").touch()
    assert main(["gate", "--no-config", *arguments]) == 2
    assert said in capsys.readouterr().err
