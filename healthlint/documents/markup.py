"""Elements as text: everything that is not markup already is escaped."""

from __future__ import annotations

from html import escape


class Markup(str):
    """Text that is markup: escaped where it had to be."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: object) -> Markup:
    """Return an element with its children one after the other.

    An attribute that is None or False is left out, one that is True has no value; ``class_`` and
    ``aria_label`` are written ``class`` and ``aria-label``.

    >>> element("p", "a < b", element("br"), class_="note", hidden=True)
    '<p class="note" hidden>a &lt; b<br></p>'
    """
    opened = f"<{name}{''.join(_attribute(*pair) for pair in attributes.items())}>"
    if name in ("br", "hr", "img", "meta", "link", "input"):
        return Markup(opened)
    return Markup(f"{opened}{join(*children)}</{name}>")


def join(*children: str) -> Markup:
    """Return markup and escaped text one after the other."""
    return Markup("".join(c if isinstance(c, Markup) else escape(c) for c in children))


def _attribute(name: str, value: object) -> str:
    if value is None or value is False:
        return ""
    spelled = name.rstrip("_").replace("_", "-")
    return f" {spelled}" if value is True else f' {spelled}="{escape(str(value))}"'
