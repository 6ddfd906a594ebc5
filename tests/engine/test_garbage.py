"""What a judgement worked out goes with it: a watch judges a run a thousand times."""

import gc
from pathlib import Path

from healthlint.checking.selection import selected
from healthlint.engine import judge
from healthlint.engine.binding import Scene
from healthlint.readers import read


def test_a_judgement_leaves_nothing_that_refers_to_itself(tmp_path: Path) -> None:
    """Of a log without facts, of which many a value of a pack cannot be worked out."""
    path = tmp_path / "metrics.csv"
    losses = [1 + 2 / (1 + step / 1000) + 0.01 * (step * 7919 % 101) / 101 for step in range(300)]
    rows = [f"{at},{at // 100 + 1},{loss},{loss / 2}\n" for at, loss in enumerate(losses)]
    path.write_text("step,epoch,train/total_loss,train/mel_loss\n" + "".join(rows))
    log, rulebook = read(str(path)), selected((), (), (), "default")
    judge(log, rulebook)  # what is kept for good is kept now
    gc.collect()
    gc.disable()
    try:
        judge(log, rulebook)
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        left = [one for one in gc.garbage if isinstance(one, Scene)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert not left
