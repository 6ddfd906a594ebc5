"""Each escaper spells out each character that its format would take for a sign."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from healthlint.documents.escapes import markdown, markdown_code, workflow, xml, xml_attribute


@pytest.mark.parametrize("sign", "\\`*_[]<>|~&$#")
def test_markdown_takes_no_sign_for_one(sign: str) -> None:
    assert markdown(f"a{sign}b") == f"a\\{sign}b"


def test_code_in_markdown_ends_neither_itself_nor_a_cell() -> None:
    assert markdown_code("a`b|c") == "`a'b/c`"
    assert markdown_code("") == "` `"


@pytest.mark.parametrize(("sign", "spelled"), [("%", "%25"), ("\r", "%0D"), ("\n", "%0A")])
def test_a_workflow_command_ends_where_it_should(sign: str, spelled: str) -> None:
    assert workflow(f"a{sign}b") == workflow(f"a{sign}b", is_property=True) == f"a{spelled}b"


@pytest.mark.parametrize(("sign", "spelled"), [(":", "%3A"), (",", "%2C")])
def test_a_property_of_a_command_ends_where_it_should(sign: str, spelled: str) -> None:
    assert workflow(f"a{sign}b", is_property=True) == f"a{spelled}b"
    assert workflow(f"a{sign}b") == f"a{sign}b"


@pytest.mark.parametrize("sign", [*"<>&\"'\n\t", "]]>", "\x00", "\x1b", "\x1f", "\ufffe", "\uffff"])
def test_xml_can_be_read_back(sign: str) -> None:
    read = ElementTree.fromstring(f"<a b={xml_attribute(f'x{sign}y')}>{xml(f'x{sign}y')}</a>")
    plain = "?" if sign in "\x00\x1b\x1f\ufffe\uffff" else sign
    assert (read.text, read.attrib["b"]) == (f"x{plain}y", f"x{plain}y")
