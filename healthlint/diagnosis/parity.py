"""What ``healthlint doctor --device`` sees: a device against the CPU, and its known faults."""

from __future__ import annotations

import platform
from collections.abc import Iterator

from healthlint.diagnosis.checks import Diagnosis
from healthlint.rulebook.knownfaults import concerning

_HELP = (
    "train on the CPU, or update torch; keep batches of one shape, and see "
    "`healthlint explain known-faults`"
)


def checks(name: str) -> Iterator[Diagnosis]:
    """Yield how each batch compares with the CPU, and which known faults may concern the device."""
    try:
        import torch
    except (ImportError, OSError) as error:
        yield Diagnosis("fail", name, f"torch cannot be imported: {error}", "pip install torch")
        return
    from healthlint.trainer.device import choose
    from healthlint.trainer.errors import TrainerError

    try:
        yield from _compared(choose(name))
    except (TrainerError, RuntimeError) as error:
        yield Diagnosis("fail", name, str(error).partition("\n")[0], "name another device")
    facts = {"device": name, "torch": torch.__version__, "macos": platform.mac_ver()[0]}
    faults = concerning(facts)
    if faults:
        names = ", ".join(fault.name for fault in faults)
        said = f"{len(faults)} may concern torch {torch.__version__} here: {names}"
        yield Diagnosis("warn", "known faults", said, "healthlint explain known-faults")


def _compared(device: object) -> Iterator[Diagnosis]:
    from healthlint.trainer.parity import compare

    for parity in compare(device):  # type: ignore[arg-type]
        clips, _, frames = parity.shape
        seen = (
            f"{clips} x {frames} frames: loss differs by {parity.loss:.1e}, gradients by at most "
            f"{parity.gradient:.1e} ({parity.worst})"
        )
        yield Diagnosis(
            "ok" if parity.is_same else "fail", f"{device}", seen, "" if parity.is_same else _HELP
        )
