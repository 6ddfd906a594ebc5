"""Three logs of each run of the guide's own trainer: the same is found in all, within one look.

The tee of ``emit.attach``, the console and the scalars of TensorBoard, of real runs of
kokoro-ruslan (``fixtures/README.md``).
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from healthlint.cli import main

FOLDER = Path(__file__).parents[2] / "fixtures" / "kokoro"
NAMED: dict[str, tuple[str, ...]] = {
    "healthy": (),
    "shuffled-energy": ("tts/energy-stalls",),
    "rate-jump": ("core/lr-jump",),
    "blurred-targets": ("kokoro/mel-gap",),
    "nan-weights": ("core/masked-zero",),
}
"""Rules above a remark. Energy comes to rest early in a healthy run too: there it keeps 95 % of
what it was at epoch 4 while duration keeps 68 %, with shuffled frames 97 % beside 54 %."""
LATEST = {"rate-jump": 9, "blurred-targets": 14, "nan-weights": 5, "shuffled-energy": 11}


def found(path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, int]:
    """Return the rules above a remark and the epoch of each."""
    main(["check", str(path), "-o", "json"])
    (log,) = json.loads(capsys.readouterr().out)["logs"]
    above = [one for one in log["findings"] if one["severity"] != "info"]
    return {one["rule"]: int(one["first"]["epoch"]) for one in above}


@pytest.mark.parametrize("name", NAMED)
def test_three_logs_of_a_run_tell_the_same(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    epochs: dict[str, list[int]] = {}
    for path in sorted((FOLDER / name).iterdir()):
        own = tmp_path / path.name.split(".")[0]  # beside one another they would be one run
        own.mkdir()
        data = path.read_bytes()
        whole = gzip.decompress(data) if path.suffix == ".gz" else data
        (own / path.name.removesuffix(".gz")).write_bytes(whole)
        made = found(own / path.name.removesuffix(".gz"), capsys)
        made.pop("core/batches-lost", None)  # in the words of the console alone
        assert tuple(made) == NAMED[name], path.name
        for rule, epoch in made.items():
            epochs.setdefault(rule, []).append(epoch)
    for seen in epochs.values():
        assert len(seen) == 3
        assert max(seen) - min(seen) <= 1
        assert max(seen) <= LATEST[name]


@pytest.mark.parametrize(("judged", "is_asked"), [(None, True), (22, True), (23, False)])
def test_ears_are_asked_for_until_somebody_listened(
    judged: int | None, is_asked: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its corpus is a tenth smaller than the guide's: crisp can be told from epoch 22.4 on."""
    log = FOLDER.parent / "runs" / "healthy-festvox" / "logs.jsonl"
    main(["check", str(log), *(["--fact", f"judged_by_ear={judged}"] if judged else [])])
    said = " ".join(capsys.readouterr().out.split())
    assert ("time to judge by ear" in said) is is_asked
    assert ("within the 34-56 epochs that a voice takes to convince" in said) is not is_asked
