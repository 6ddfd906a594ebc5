"""Sound and images in event files: found by their place in the message, whatever wrote them."""

from pathlib import Path

import pytest
from reading.events import NAME, VERSION, event, frame, nested, scalar, write

from healthlint.readers.tbmedia import is_events, media

WAV = b"RIFF" + bytes(200)
PNG = b"\x89PNG" + bytes(200)


def audio(tag: str, content: bytes = WAV) -> bytes:
    return nested(1, nested(1, tag.encode()) + nested(6, b"\x10\x01" + nested(4, content)))


def image(tag: str, content: bytes = PNG) -> bytes:
    return nested(1, nested(1, tag.encode()) + nested(4, b"\x08\x50" + nested(4, content)))


def tensor(tag: str, plugin: bytes, *strings: bytes) -> bytes:
    told = nested(9, nested(1, nested(1, plugin)))
    return nested(
        1, nested(1, tag.encode()) + told + nested(8, b"".join(nested(8, one) for one in strings))
    )


def found(folder: Path, *events: bytes) -> list[tuple[str, str, int, str]]:
    write(folder, VERSION + b"".join(events))
    return [(one.kind, one.tag, one.step, one.suffix) for one in media(folder)]


def test_sound_and_images_in_file_order(tmp_path):
    rows = [scalar("loss", 1, 1), event(5, audio("gen/a")), event(7, image("mel"), audio("gt/a"))]
    assert found(tmp_path, *rows) == [
        ("audio", "gen/a", 5, ".wav"),
        ("image", "mel", 7, ".png"),
        ("audio", "gt/a", 7, ".wav"),
    ]


def test_tensors_of_tensorflow(tmp_path):
    rows = [
        event(1, tensor("a", b"audio", WAV, b"label")),
        event(2, tensor("i", b"images", b"80", b"431", PNG)),
        event(3, tensor("t", b"text", b"a text that is not a sound, of some length" * 5)),
    ]
    assert [one[:3] for one in found(tmp_path, *rows)] == [("audio", "a", 1), ("image", "i", 2)]


def test_content_of_an_unknown_kind_is_not_handed_out(tmp_path):
    assert found(tmp_path, event(1, audio("a", b"\0\0\0\0" * 60)), event(2, audio("b"))) == [
        ("audio", "b", 2, ".wav")
    ]


def test_damage_is_passed_over(tmp_path):
    broken = frame(b"\x2a\xff\xff\x03" + bytes(300))
    assert found(tmp_path, broken, event(1, audio("a"))) == [("audio", "a", 1, ".wav")]


@pytest.mark.parametrize("cut", [1, 50, 150])
def test_a_torn_sound_is_left_out(tmp_path, cut):
    content = VERSION + event(1, audio("a")) + event(2, audio("a"))
    (tmp_path / NAME).write_bytes(content[:-cut])
    assert [one.step for one in media(tmp_path / NAME)] == [1]


def test_what_holds_events(tmp_path):
    assert not is_events(tmp_path)
    write(tmp_path, VERSION)
    assert is_events(tmp_path)
    assert is_events(tmp_path / NAME)
    (tmp_path / "notes.txt").write_text("x")
    assert not is_events(tmp_path / "notes.txt")
