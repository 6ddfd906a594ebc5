"""Any bytes are a log: read, or refused with a reason; never an exception."""

import gzip
from pathlib import Path

import pytest
import yaml
from examples import examples
from hypothesis import given
from hypothesis import strategies as st
from reading.soundness import check

FRAGMENTS = [
    *(b"\n", b"\n", b"\n", b"\r\n", b"\r", b" ", b",", b'"', b"{", b"}", b"[", b"\0", b"\xff"),
    *(b"\xef\xbb\xbf", b"null", b"5", b"NaN", b"nan", b"{}", b"[]", b'{"":1,"step":1}'),
    *(b'{"step":1,"loss":0.5}', b'{"step":2,"loss":NaN}', b'{"step":3,"loss":nan', b'{"step":'),
    *(b'{"step":true,"loss":{"a":{"b":1}},"_nonfinite":3}', b'{"a":{}}', b'{"a":{"a":[{}]}}'),
    *(b'{"_nonfinite":{"loss":"NaN"},"loss":null,"epoch":0.0,"step":1}', b'{"step":1,"step":2}'),
    *(b'{"mode":"val","loss":[1],"epoch":0}', b'{"mode":["x"],"loss":1,"step":9}', b'{"step":-5}'),
    *(b'[{"step":3,"loss":1}]', b'{"name":"loss","value":3,"step":4}', b'{"name":1,"value":"3"}'),
    *(b'{"metric":"a","variant":"b","value":1,"iter":3}', b'{"step":1e999,"loss":"1e400"}'),
    *(b'{"\\ud800":1,"step":1}', b'{"time":"2026-01-01","loss":1,"step":' + b"9" * 400 + b"}"),
    *(b'{"_type":"run","run":"a","attempt":1,"resumed_from":1e400}', b'{"_type":"end"}'),
    *(b'{"_type":"run","run":["a"],"attempt":"x","meta":3}', b'{"_type":"event","event":7}'),
    *(b'{"_type":"run","run":"a","meta":{"steps_per_epoch":1e-300,"metrics":{"loss":3}}}',),
    *(b'{"_type":["run"]}', b'{"epoch":1e300,"loss":1,"step":1e308}', b'{"epoch":-1,"loss":1}'),
]


CONSOLES = Path(__file__).parents[2] / "fixtures" / "consoles"
LINES = sorted(
    {
        line
        for path in CONSOLES.glob("*.yaml")
        for console in yaml.safe_load(path.read_text(encoding="utf-8"))["consoles"]
        for line in console["text"].splitlines(keepends=True)
    }
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("logs")


@examples(150)
@given(st.binary(max_size=200))
def test_noise(folder, content):
    path = folder / "log.jsonl"
    path.write_bytes(content)
    check(path)


@examples(250)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=20), st.booleans())
def test_fragments_of_logs(folder, fragments, is_packed):
    path = folder / "log.jsonl"
    content = b"".join(fragments)
    path.write_bytes(gzip.compress(content) if is_packed else content)
    check(path)


@examples(60)
@given(st.lists(st.sampled_from(FRAGMENTS), min_size=3, max_size=20), st.data())
def test_damaged_gzip(folder, fragments, data):
    path = folder / "log.jsonl.gz"
    packed = gzip.compress(b"\n".join(fragments))
    at = data.draw(st.integers(2, len(packed) - 1))
    byte = data.draw(st.one_of(st.none(), st.integers(0, 255)))
    path.write_bytes(
        packed[:at] if byte is None else packed[:at] + bytes([byte]) + packed[at + 1 :]
    )
    check(path)


@examples(400)
@given(st.lists(st.sampled_from(LINES), max_size=30))
def test_lines_of_any_consoles_in_any_order(folder, lines):
    path = folder / "console.log"
    path.write_text("".join(lines), encoding="utf-8")
    check(path)
