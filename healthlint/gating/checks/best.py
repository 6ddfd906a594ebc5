"""Validation mel lies within 2 % of the best of its run."""

from __future__ import annotations

import numpy as np

from healthlint.gating.model import Check, seen
from healthlint.gating.scene import UNLOGGED, VALIDATION, Scene
from healthlint.logs import Series

ORDER, NAME = 6, "best"
_ALIKE = 1e-3
_KEPT = ("val_mel_loss", "val/mel_loss")


def look(scene: Scene) -> Check:
    """Return how validation mel compares with its best, the epochs after it included."""
    if scene.run is None or scene.then is None:
        return seen("not_judged", UNLOGGED)
    whole, then = scene.run.series.get(VALIDATION), scene.then.series.get(VALIDATION)
    if whole is None or then is None or not np.isfinite(whole.values).any():
        return seen("not_judged", "the log has no validation mel up to then")
    if stale := _stale(then, scene.epoch):
        return seen("not_judged", stale, "validate this checkpoint")
    return _compared(whole, float(then.values[-1]), scene)


def _stale(then: Series, epoch: float | None) -> str:
    """Return why the last validation is not that of the epoch, empty where it is."""
    last = float(then.epochs[-1])
    if epoch is None or not np.isfinite(last) or last >= epoch:
        return ""
    return f"validation mel was last logged at epoch {last:.10g}, not at epoch {epoch:.10g}"


def _compared(whole: Series, own: float, scene: Scene) -> Check:
    at = int(np.nanargmin(np.where(np.isfinite(whole.values), whole.values, np.nan)))
    best = float(whole.values[at])
    where = f"{best:.4g} at epoch {whole.epochs[at]:.10g}"
    numbers = {"value": own, "best": best}
    if not np.isfinite(own):
        return seen("fail", f"validation mel is {own} at this epoch", numbers=numbers)
    if wrong := _other_than_kept(own, scene):
        return seen("fail", wrong, "is this the log of that run?", numbers=numbers)
    above = (own - best) / abs(best) if best else float(own > best)
    numbers["above"] = above
    bound = scene.wanted.above_best / 100
    said = f"validation mel {own:.4g} is {above:+.1%} from the best, {where}"
    if above > bound:
        said += f"; at most +{scene.wanted.above_best:.3g}% is let pass"
        return seen("fail", said, "ship the checkpoint of the best epoch", numbers=numbers)
    return seen("pass", said, numbers=numbers)


def _other_than_kept(own: float, scene: Scene) -> str:
    """Return what is wrong where the checkpoint keeps another value than the log."""
    held = scene.dated.metrics
    kept = next((held[name] for name in _KEPT if name in held), own)
    if np.isfinite(kept) and abs(kept - own) > _ALIKE * max(abs(own), abs(kept)):
        return f"the file keeps validation mel {kept:.4g}, the log has {own:.4g}"
    return ""
