"""What has to be escaped, format by format; nobody else escapes for these."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

_MARKDOWN = re.compile(r"([\\`*_\[\]<>|~&$#])")
# XML 1.0 has no way to write these at all
_NO_XML = {code: "?" for code in range(32) if chr(code) not in "\t\n\r"}
_NO_XML |= {0xFFFE: "?", 0xFFFF: "?"}


def markdown(text: str) -> str:
    r"""Return text with everything that Markdown or HTML would take for a sign made plain.

    >>> print(markdown("mel <b> a_b*"))
    mel \<b\> a\_b\*
    """
    return _MARKDOWN.sub(r"\\\1", text)


def markdown_code(text: str) -> str:
    """Return text as code, in a table too; a backtick in it becomes an apostrophe."""
    return f"`{text.replace('`', chr(39)).replace('|', '/') or ' '}`"


def workflow(text: str, *, is_property: bool = False) -> str:
    """Return text with what ends a GitHub workflow command, or a property of one, spelled out.

    >>> workflow("50%, a:b", is_property=True)
    '50%25%2C a%3Ab'
    """
    for character in "%\r\n,:" if is_property else "%\r\n":
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def xml(text: str) -> str:
    """Return text as the content of an XML element.

    >>> xml("a < b")
    'a &lt; b'
    """
    return escape(text.translate(_NO_XML))


def xml_attribute(text: str) -> str:
    """Return text as the value of an XML attribute, with its quotation marks.

    >>> xml_attribute("a < b")
    '"a &lt; b"'
    """
    return quoteattr(text.translate(_NO_XML))
