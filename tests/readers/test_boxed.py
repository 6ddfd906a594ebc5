"""Consoles that Docker keeps line by line are read as the consoles that they are."""

import json

from healthlint.readers import read


def boxed(line: str) -> str:
    return json.dumps({"log": line + "\n", "stream": "stderr", "time": "2024-05-03T12:01:22.1Z"})


def test_a_console_in_boxes(tmp_path):
    path = tmp_path / "0f3a-json.log"
    lines = [boxed(f"Step {at}: loss {2 - at / 100:.2f}") for at in range(1, 60)]
    path.write_text("\n".join(line.replace('": "', '":"').replace('", "', '","') for line in lines))
    (run,) = read(str(path)).runs
    assert run.series["total_loss"].steps.tolist() == list(range(1, 60))
    assert run.series["total_loss"].values[[0, -1]].tolist() == [1.99, 1.41]


def test_a_line_that_is_no_box_stays(tmp_path):
    path = tmp_path / "0f3a-json.log"
    box = '{"log":"Step %d: loss 0.5\\n","stream":"stdout","time":"2024-05-03T12:01:22Z"}'
    path.write_text("\n".join([box % 1, "Step 2: loss 0.4", box % 3, '{"log":', box % 4]))
    (run,) = read(str(path)).runs
    assert run.series["total_loss"].steps.tolist() == [1, 2, 3, 4]


def test_a_record_with_a_field_of_that_name_is_none(tmp_path):
    path = tmp_path / "logs.jsonl"
    path.write_text("".join(f'{{"log":"a","step":{at},"loss":0.{9 - at}}}\n' for at in range(1, 5)))
    (run,) = read(str(path)).runs
    assert len(run.series["total_loss"]) == 4
