"""Whatever is done to the bytes of a log of any format, it is a log, a problem, or refused."""

from pathlib import Path

import pytest
from examples import examples, some
from hypothesis import given
from hypothesis import strategies as st
from reading.soundness import check

from healthlint.readers import formats

FIXTURES = Path(__file__).parents[2] / "fixtures"
FILES = sorted(
    path
    for folder in ("formats", "scars")
    for path in (FIXTURES / folder).rglob("*")
    if path.is_file() and ".expect." not in path.name and ".values." not in path.name
)


def test_the_folders_hold_files():
    assert len(FILES) > 40


@pytest.mark.parametrize(
    "path", some(FILES), ids=lambda path: f"{path.parent.name}/{path.name}"[:60]
)
@examples(12)
@given(data=st.data())
def test_damaged_logs(tmp_path_factory, path, data):
    content = bytearray(path.read_bytes())
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content))) :]
    for _ in range(data.draw(st.integers(0, 4))):
        if content:
            at = data.draw(st.integers(0, len(content) - 1))
            content[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    place = tmp_path_factory.getbasetemp() / path.name
    place.write_bytes(bytes(content))
    check(place)


@examples(80)
@given(
    head=st.binary(max_size=200), start=st.sampled_from([b"", b"{\n", b"step,", b":W&B", b"\x09"])
)
def test_no_format_breaks_at_any_first_bytes(head, start):
    for reader in formats():
        assert 0 <= reader.sniff(start + head, "mel_loss.txt") <= 1
