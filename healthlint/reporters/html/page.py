"""A whole page: one file with its style and script, and a policy that lets it load nothing."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path

from healthlint import __version__
from healthlint.documents.markup import Markup, element

_THEMES = ("auto", "light", "dark")
_SCALES = ("log", "linear")


def document(title: str, main: Iterable[str], footer: Iterable[str]) -> str:
    """Return a page as text.

    Args:
        title: What the window is called.
        main: The blocks of the page.
        footer: What stands below them.
    """
    body = [
        element("a", "Skip to the report", href="#main", class_="skip"),
        _top(),
        element("main", *main, id="main", tabindex="-1"),
        element("footer", *footer),
        element("script", Markup(_source("page.js"))),
    ]
    return whole(title, _source("page.css"), _source("page.js"), body)


def whole(title: str, style: str, script: str, body: Iterable[str]) -> str:
    """Return a page of which the head is as :func:`_head` says."""
    top = element("head", *_head(title, style, script))
    return f"<!DOCTYPE html>\n{element('html', top, element('body', *body), lang='en')}\n"


def _head(title: str, style: str, script: str) -> Iterator[Markup]:
    """Yield the parts of the head of a page whose one style and one script are in it.

    Its policy lets it run that script and load nothing.

    Args:
        title: What the window is called.
        style: The style.
        script: The script; it stands in the body.
    """
    policy = (
        f"default-src 'none'; img-src data:; media-src data:; style-src {_hash(style)}; "
        f"script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    )
    yield element("meta", charset="utf-8")
    yield element("meta", http_equiv="Content-Security-Policy", content=policy)
    yield element("meta", name="viewport", content="width=device-width, initial-scale=1")
    yield element("meta", name="color-scheme", content="light dark")
    yield element("meta", name="generator", content=f"healthlint {__version__}")
    yield element("link", rel="icon", href="data:,")
    yield element("title", title)
    yield element("style", Markup(style))


@cache
def _source(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode('utf-8')).digest()).decode()}'"


def _top() -> Markup:
    """Return the bar with the name, and the switches of the page."""
    brand = element("p", "healthlint ", element("small", __version__), class_="brand")
    switches = [_switch("scale", _SCALES), _switch("theme", _THEMES)]
    return element("header", brand, element("div", *switches, class_="switches"), class_="top")


def _switch(name: str, choices: tuple[str, ...]) -> Markup:
    """Return a group of radio buttons, the first one chosen."""
    parts = [element("legend", name)]
    for choice in choices:
        key = f"{name}-{choice}"
        is_first = choice == choices[0]
        parts.append(element("input", type="radio", name=name, id=key, checked=is_first))
        parts.append(element("label", choice, for_=key))
    return element("fieldset", *parts)
