"""``healthlint doctor`` says what is there, what is not, and what to do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cli.harness import Cli

TORCH = """\
class cuda:
    device_count = staticmethod(lambda: 1)
    get_device_name = staticmethod(lambda i: "GPU 0")

class backends:
    class mps:
        is_available = staticmethod(lambda: True)
"""


def line(text: str, name: str) -> str:
    """Return the line of one check."""
    (found,) = (each for each in text.splitlines() if name in each.split()[1:2])
    return found


@pytest.fixture
def stubs(tmp_path: Path) -> Path:
    """Return a folder before all others on the import path, with a torch that has two devices."""
    folder = tmp_path / "stubs"
    folder.mkdir()
    (folder / "torch.py").write_text(TORCH)
    (folder / "soundfile.py").write_text("")
    return folder


def test_a_sound_installation_passes(cli: Cli) -> None:
    done = cli("doctor")
    assert (done.returncode, done.stderr) == (0, "")
    assert line(done.stdout, "numpy").startswith("  ok")
    assert "core, finetune, gan, tts, gate, kokoro, mps, rl, spectrogram, vae" in line(
        done.stdout, "packs"
    )
    assert "none found" in line(done.stdout, "config")
    assert done.stdout.splitlines()[-1] == "Everything that is needed works."


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("raise ImportError('libnumpy.so: no such file\\nmore')", "libnumpy.so: no such file"),
        ("1 / 0", "ZeroDivisionError"),
        ("raise ModuleNotFoundError('no numpy', name='numpy')", "not installed"),
    ],
)
def test_a_broken_requirement_fails_with_its_remedy(
    cli: Cli, stubs: Path, source: str, words: str
) -> None:
    (stubs / "numpy.py").write_text(source)
    done = cli("doctor", env={"PYTHONPATH": str(stubs)})
    assert (done.returncode, done.stderr) == (1, "")
    assert line(done.stdout, "numpy").startswith("  FAIL")
    assert words in line(done.stdout, "numpy")
    assert "= pip install --force-reinstall numpy" in done.stdout
    assert "not looked at" in line(done.stdout, "config")
    assert done.stdout.splitlines()[-1] == "Wrong: numpy."


def test_an_optional_package_that_crashes_does_no_harm(cli: Cli, stubs: Path) -> None:
    (stubs / "soundfile.py").write_text("import os\nos.abort()\n")
    done = cli("doctor", env={"PYTHONPATH": str(stubs)})
    assert done.returncode == 1
    assert line(done.stdout, "soundfile").startswith("  FAIL")
    assert "Wrong: soundfile." in done.stdout


def test_devices_are_those_that_torch_sees(cli: Cli, stubs: Path) -> None:
    done = cli("doctor", env={"PYTHONPATH": str(stubs)})
    assert "devices: GPU 0, mps, cpu" in line(done.stdout, "torch")
    (stubs / "torch.py").write_text("raise OSError('libcudart.so.12: not found')")
    done = cli("doctor", env={"PYTHONPATH": str(stubs)})
    assert done.returncode == 1
    assert "libcudart.so.12: not found" in line(done.stdout, "torch")


def test_a_config_and_a_pack_that_are_wrong_are_told(cli: Cli, stubs: Path, tmp_path: Path) -> None:
    env = {"PYTHONPATH": str(stubs)}
    (tmp_path / "healthlint.yaml").write_text("selct: []\n")
    done = cli("doctor", env=env)
    assert done.returncode == 1
    assert "healthlint.yaml:1:1: unknown key `selct`" in line(done.stdout, "config")
    (tmp_path / "healthlint.yaml").write_text("rules: [my.yaml]\n")
    (tmp_path / "my.yaml").write_text("pack: my\n")
    done = cli("doctor", env=env)
    assert done.returncode == 1
    assert "my.yaml:1:1" in line(done.stdout, "packs")


def test_terminal_and_cache_are_warned_about(cli: Cli, stubs: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    env = {"PYTHONPATH": str(stubs), "PYTHONIOENCODING": "ascii"}
    env |= {"XDG_CACHE_HOME": str(tmp_path / "file")}
    done = cli("doctor", env=env)
    assert done.returncode == 0
    assert "curves in ASCII" in line(done.stdout, "terminal")
    assert "cannot be written" in line(done.stdout, "cache")
    assert not os.path.exists(tmp_path / "file" / "healthlint")
