"""``healthlint probe`` through its real entry point, with real processes as synthesizers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from cli.harness import SCRIPT, Cli
from spectrogram.voices import voice

soundfile = pytest.importorskip("soundfile")
signals = pytest.importorskip("scipy.signal")

ROOT = Path(__file__).parent.parent.parent
RATE = 22050
SAY = '''\
"""Says what its checkpoint tells it to: the name of a wav beside it, or a misdeed."""
import argparse, pathlib, shutil, subprocess, sys, time
p = argparse.ArgumentParser()
for name in ("model", "text", "output", "device"):
    p.add_argument("--" + name)
a = p.parse_args()
model = pathlib.Path(a.model)
act = (next(model.glob("*.pt")) if model.is_dir() else model).read_text().split()[0]
print("saying", a.text, "on", a.device)
if act == "crash":
    print("RuntimeError: size mismatch for decoder", file=sys.stderr)
    sys.exit(7)
if act in ("slow", "family"):
    if act == "family":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        pathlib.Path("child.pid").write_text(str(child.pid))
    time.sleep(60)
if act == "empty":
    pathlib.Path(a.output).touch()
elif act == "junk":
    pathlib.Path(a.output).write_text("not a sound")
elif act != "nothing":
    shutil.copy(pathlib.Path("voices") / (act + ".wav"), a.output)
'''
COMMAND = "{python} say.py --model={model} --text={text} --output={output} --device={device}"
ONE = ("--text", "Привет.", "--command", COMMAND, "--device", "cpu")
AGAINST = ("--reference", "recordings")


@pytest.fixture(scope="session")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of five recordings and of voices: good, soft, silent, clipped."""
    folder = tmp_path_factory.mktemp("sounds")
    (folder / "recordings").mkdir()
    (folder / "voices").mkdir()
    for seed in range(5):
        soundfile.write(folder / "recordings" / f"{seed}.wav", voice(seed), RATE)
    loud = 0.9 * voice(6) / np.abs(voice(6)).max()
    made = {
        "good": voice(6),
        "silent": 1e-4 * voice(6),
        "clipped": np.clip(6 * loud, -1, 1),
        "soft": _soft(voice(6), 0.02),
        "softer": _soft(voice(6), 0.05),
    }
    for name, wave in made.items():
        soundfile.write(folder / "voices" / f"{name}.wav", wave, RATE)
    return folder


def _soft(wave: np.ndarray, seconds: float) -> np.ndarray:
    """Return a wave smeared in time, as by a room that rings for so long."""
    count = int(seconds * RATE)
    decay = np.exp(-np.arange(4 * count) / count)
    smeared = signals.fftconvolve(wave, np.random.default_rng(0).standard_normal(4 * count) * decay)
    return np.asarray(0.3 * smeared[: len(wave)] / np.abs(smeared).max())


@pytest.fixture
def models(tmp_path: Path, sounds: Path):
    """Return a function that writes checkpoints of these acts: ``models("softer", "good")``."""
    for name in ("recordings", "voices"):
        (tmp_path / name).symlink_to(sounds / name)
    (tmp_path / "say.py").write_text(SAY)

    def put(*acts: str) -> str:
        folder = tmp_path / "models"
        folder.mkdir(exist_ok=True)
        for number, act in enumerate(acts, 1):
            (folder / f"epoch_{number:03d}.pt").write_text(f"{act} {number}")
        return "models"

    return put


def test_a_good_voice(cli: Cli, models) -> None:
    done = cli("probe", "--model", models("good"), *ONE, *AGAINST)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "1 checkpoint   1 text   own command   cpu   5 references"
    assert lines[1] == "  text 1  Привет."
    assert lines[4].split()[:3] == ["models", "1", "4.00"]
    assert " sharp   " in lines[4]
    assert lines[-1] == "1 sample: 1 sharp."


@pytest.mark.parametrize(
    ("act", "trouble"),
    [("silent", "silent"), ("clipped", "clipped"), ("softer", "blurred")],
)
def test_a_voice_that_is_unwell(cli: Cli, models, act: str, trouble: str) -> None:
    done = cli("probe", "--model", models(act), *ONE, *AGAINST, "-o", "json")
    assert done.returncode == 1
    said = json.loads(done.stdout)
    assert trouble in said["samples"][0]["troubles"]
    assert said["exit_code"] == 1


@pytest.mark.parametrize(
    ("act", "problem"),
    [
        ("crash", "the command failed: exit code 7"),
        ("nothing", "the command exited 0 and wrote no file"),
        ("empty", "the command exited 0 and wrote an empty file"),
        ("junk", "the command exited 0 and wrote what is no sound: no sound file that can be read"),
    ],
)
def test_a_command_that_makes_no_sound(cli: Cli, models, act: str, problem: str) -> None:
    done = cli("probe", "--model", models(act), *ONE, "--out", "kept")
    assert done.returncode == 2
    assert problem in done.stdout
    log = next(Path(word) for word in done.stdout.split() if word.endswith("1.log"))
    assert log.parts[0] == "kept"


def test_a_crash_shows_its_last_lines_and_the_others_are_made(cli: Cli, models) -> None:
    done = cli("probe", "--model", models("crash", "good"), *ONE, *AGAINST)
    assert "    │ RuntimeError: size mismatch for decoder" in done.stdout
    assert done.returncode == 2
    assert done.stdout.splitlines()[-2] == "1 sample at epoch_002.pt: 1 sharp."


def test_a_slow_command_and_its_child_are_ended(cli: Cli, models, tmp_path: Path) -> None:
    began = time.monotonic()
    done = cli("probe", "--model", models("family"), *ONE, "--timeout", "1")
    assert time.monotonic() - began < 20
    assert done.returncode == 2
    assert "ended after 1 s, the timeout" in done.stdout
    assert _is_gone(int((tmp_path / "child.pid").read_text()))


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_the_command_and_its_child(
    models, tmp_path: Path, clean_env, how: signal.Signals
) -> None:
    words = [str(SCRIPT), "probe", "--model", models("family"), *ONE]
    running = subprocess.Popen(
        words,
        cwd=tmp_path,
        env=clean_env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(how, signal.SIG_DFL),  # a shell's background ignores it
    )
    place = tmp_path / "child.pid"
    for _ in range(300):
        if place.exists() and place.read_text():
            break
        time.sleep(0.05)
    running.send_signal(how)
    _, errors = running.communicate(timeout=20)
    assert running.returncode == 130
    assert errors == b"interrupted\n"
    assert _is_gone(int(place.read_text()))


def _is_gone(pid: int) -> bool:
    """Return whether a process has ended; an orphan that nobody waits for counts as ended."""
    for _ in range(60):
        try:
            os.kill(pid, 0)
            state = Path(f"/proc/{pid}/stat")
            if state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.05)
    return False


def test_the_course_over_checkpoints(cli: Cli, models) -> None:
    """The golden report: every checkpoint, its sample, and where it goes."""
    done = cli("probe", "--model", models("softer", "soft", "good"), *ONE, *AGAINST)
    golden = ROOT / "tests" / "cli" / "probe.golden.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(done.stdout, encoding="utf-8")
    assert done.stdout == golden.read_text(encoding="utf-8")
    assert done.returncode == 0


def test_json_fits_its_schema_and_is_the_same_twice(cli: Cli, models) -> None:
    command = ("probe", "--model", models("softer", "crash"), *ONE, *AGAINST, "-o", "json")
    first, second = cli(*command), cli(*command)
    assert first.stdout == second.stdout
    schema = json.loads((ROOT / "docs" / "schemas" / "probe-1.json").read_text())
    jsonschema.validate(json.loads(first.stdout), schema)
    assert json.loads(first.stdout)["samples"][1]["output_tail"][-1].startswith("RuntimeError")


NETWORK = """\
import torch
class ConvTransformerSQAModel(torch.nn.Module):
    def forward(self, waves):
        return 1 + 4 * waves.abs().mean(1)
"""


def test_predicted_opinions_stand_beside_the_verdicts(cli: Cli, models, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    (tmp_path / "distillmos.py").write_text(NETWORK)
    command = ("probe", "--model", models("soft", "good"), *ONE, *AGAINST, "--mos")
    done = cli(*command, env={"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    head, first = (line.split() for line in done.stdout.splitlines()[3:5])
    assert head[-2:] == ["MOS", "verdict"]
    assert 1 < float(first[8]) < 2
    assert "  mos  " in done.stdout
    assert "it does not hear words" in done.stdout
    told = json.loads(cli(*command, "-o", "json", env={"PYTHONPATH": str(tmp_path)}).stdout)
    assert all(1 < sample["mos"] < 2 for sample in told["samples"])
    assert told["courses"][2]["name"] == "mos"


def test_opinions_that_nobody_can_predict(cli: Cli, models, tmp_path: Path) -> None:
    (tmp_path / "distillmos.py").write_text("raise ImportError('no network here')")
    command = ("probe", "--model", models("good"), *ONE, "--mos")
    done = cli(*command, env={"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 2
    assert "pip install 'healthlint[mos]'" in done.stderr


def test_work_done_is_reused_until_something_changes(cli: Cli, models, tmp_path: Path) -> None:
    command = ("probe", "--model", models("softer", "good"), *ONE, *AGAINST, "--out", "kept")
    first, second = cli(*command), cli(*command)
    told = "2 of 2 kept from before: same checkpoint, text and command."
    assert told not in first.stdout
    assert told in second.stdout
    assert second.stdout.replace(f"{told}\n", "") == first.stdout
    (tmp_path / "models" / "epoch_001.pt").write_text("soft 9")
    assert "1 of 2 kept" in cli(*command).stdout
    next((tmp_path / "kept").glob("epoch_002*/1.wav")).write_bytes(b"torn")
    assert "1 of 2 kept" in cli(*command).stdout
    assert "kept from before" not in cli(*command, "--text", "x", "--device", "mps").stdout


def test_a_copy_of_a_checkpoint_is_left_out(cli: Cli, models, tmp_path: Path) -> None:
    models("soft", "good")
    (tmp_path / "models" / "last.pt").write_text("good 2")
    done = cli("probe", "--model", "models", *ONE, *AGAINST)
    assert "left out: models/last.pt: the same as epoch_002.pt" in done.stdout
    assert done.stdout.startswith("2 checkpoints")


def test_the_text_is_never_a_command(cli: Cli, models, tmp_path: Path) -> None:
    text = "--device=x; touch hit $(touch hit) `touch hit` {output}"
    done = cli("probe", "--model", models("good"), f"--text={text}", *ONE[2:], "--out", "kept")
    assert done.returncode == 3
    assert not (tmp_path / "hit").exists()
    log = next((tmp_path / "kept").glob("*/1.log"))
    assert log.read_text().strip() == f"saying {text} on cpu"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("--command", "say {modle} {text} {output}"),
            "unknown placeholder `{modle}`; did you mean `{model}`?",
        ),
        (("--command", "say {model} {output}"), "the command lacks {text}: what to say"),
        (("--command", "say {text} {output}"), "the command lacks {model} or {checkpoint}"),
        (("--command", "say '{text} {model} {output}"), "cannot be split into words"),
        (("--command", "say { {text} {model} {output}"), "`{` stands alone"),
        (("--synthesizer", "kokor"), "unknown synthesizer 'kokor', did you mean 'kokoro'?"),
        (("--timeout", "0"), "a timeout of 0 s"),
        (("--text", " "), "there is no text to say"),
        (("--reference", "none"), "none: no such file or folder"),
        (("--command", COMMAND, "--synthesizer", "guide"), "exclude each other"),
    ],
)
def test_wrong_use(cli: Cli, models, words: Sequence[str], message: str) -> None:
    done = cli("probe", "--model", models("good"), *words)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stdout == ""


def test_no_such_model(cli: Cli) -> None:
    done = cli("probe", "--model", "none")
    assert done.returncode == 2
    assert done.stderr == "healthlint probe: error: none: no such file or folder\n"


def test_a_program_that_is_not_there(cli: Cli, models) -> None:
    command = "no-such-program {model} {text} {output}"
    done = cli("probe", "--model", models("good"), "--command", command)
    assert done.returncode == 2
    told = "the command could not be started: no-such-program: No such file or directory"
    assert told in done.stdout


def test_without_the_trainer_of_the_guide_its_command_is_named(cli: Cli, models) -> None:
    path = f"{SCRIPT.parent}{os.pathsep}{os.environ['PATH']}"
    done = cli("probe", "--model", models("good"), "--device", "cpu", env={"PATH": path})
    assert done.returncode == 2
    assert "No module named 'kokoro'" in done.stdout
    assert done.stdout.endswith("your own with --command.\n")


def test_the_pipeline_of_kokoro_says_what_it_needs(cli: Cli, models) -> None:
    done = cli("probe", "--model", models("good"), "--synthesizer", "kokoro")
    assert done.returncode == 2
    assert "the synthesizer kokoro needs kokoro.pipeline" in done.stderr


GUIDE = """\
import argparse, pathlib, shutil
p = argparse.ArgumentParser()
for name in ("model", "text", "output", "device"):
    p.add_argument("--" + name, required=True)
a = p.parse_args()
files = sorted(one.name for one in pathlib.Path(a.model).iterdir())
print(a.text, files)
assert len(files) == 2 and files[1] == "phoneme_processor.pkl", files
act = (pathlib.Path(a.model) / files[0]).read_text()
shutil.copy(pathlib.Path("voices") / (act + ".wav"), a.output)
"""


def test_the_command_of_the_guide_sees_one_checkpoint_at_a_time(
    cli: Cli, models, tmp_path: Path
) -> None:
    """Its --model is a folder: one that holds each checkpoint alone beside its companions."""
    models()
    package = tmp_path / "kokoro" / "inference"
    package.mkdir(parents=True)
    (package / "inference.py").write_text(GUIDE)
    for epoch, act in ((9, "soft"), (10, "good")):
        (tmp_path / "models" / f"checkpoint_epoch_{epoch}.pth").write_text(act)
    (tmp_path / "models" / "phoneme_processor.pkl").write_text("p")
    path = f"{SCRIPT.parent}{os.pathsep}{os.environ['PATH']}"
    words = ("probe", "--model", "models", *AGAINST, "--device", "cpu", "--out", "kept")
    done = cli(*words, env={"PATH": path})
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0].startswith("2 checkpoints   2 texts   synthesizer guide   cpu")
    assert lines[1:3] == [
        "  text 1  Привет, это тест.",
        "  text 2  В дебрях заброшенного леса слышны странные звуки, не так ли?",
    ]
    names = [line.split()[0] for line in lines if line.startswith("  checkpoint_")]
    assert names == ["checkpoint_epoch_9.pth", "checkpoint_epoch_10.pth"]


def test_a_config(cli: Cli, models, tmp_path: Path) -> None:
    models("good")
    (tmp_path / "healthlint.yaml").write_text(
        f"probe:\n  command: '{COMMAND}'\n  texts: [Добрый день.]\n  device: cpu\n"
        "  reference: [recordings]\n"
    )
    done = cli("probe", "--model", "models")
    assert done.returncode == 0
    assert "  text 1  Добрый день." in done.stdout
    shown = cli("config", "show").stdout
    assert "probe.device" in shown and "healthlint.yaml:4" in shown
    assert "  text 1  Иначе." in cli("probe", "--model", "models", "--text", "Иначе.").stdout


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("command: say {txt} {model} {output}", "did you mean `{text}`?"),
        ("timout: 3", "did you mean `timeout`?"),
        ("timeout: 0", "expected seconds above 0"),
        ("synthesizer: kokor", "did you mean `kokoro`?"),
    ],
)
def test_mistakes_in_a_config(cli: Cli, models, tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "healthlint.yaml").write_text(f"probe:\n  {line}\n")
    done = cli("probe", "--model", models("good"))
    assert done.returncode == 2
    assert done.stderr.startswith("healthlint.yaml:2:")
    assert message in done.stderr


def test_pictures(cli: Cli, models, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    done = cli("probe", "--model", models("softer", "good"), *ONE, *AGAINST, "--plot", "p")
    assert done.stderr == "wrote p/spectrograms.png, p/course.png\n"
    for name in ("spectrograms.png", "course.png"):
        assert (tmp_path / "p" / name).read_bytes().startswith(b"\x89PNG")
