"""Without orjson every log reads the same."""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "fixtures" / "jsonl"
SAY = """
import sys
from pathlib import Path
from healthlint.readers import read
for path in sorted(Path(sys.argv[1]).glob("*.jsonl*")):
    log = read(str(path))
    print(path.name, log.problems, log.lines.tolist())
    for run in log.runs:
        for timeline in run.timelines:
            for key, series in timeline.series.items():
                print(key, series.name, series.steps.tolist(), series.values.tolist())
"""


def said(before: str) -> str:
    command = [sys.executable, "-c", before + SAY, str(FOLDER)]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


def test_without_orjson_every_log_reads_the_same():
    without = said("import sys; sys.modules['orjson'] = None")
    assert without == said("")
    assert "huge-numbers" in without
