"""Tables of benchmarks in the pages of the documentation, between two comments each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path


def write_tables(tables: Mapping[str, str], page: Path | None) -> None:
    """Write tables into their blocks of a page, or print them where there is no page.

    A block stands between ``<!-- measured: NAME -->`` and ``<!-- end -->``.

    Raises:
        ValueError: The page has no such block.
    """
    for name, table in tables.items():
        if page is None:
            print(f"\n## {name}\n\n{table}", flush=True)
        else:
            page.write_text(filled(page.read_text(), name, table))


def filled(text: str, name: str, table: str) -> str:
    r"""Return a text with one block written anew.

    >>> filled("<!-- measured: a -->\nold\n<!-- end -->", "a", "new")
    '<!-- measured: a -->\nnew\n<!-- end -->'
    """
    begin = f"<!-- measured: {name} -->\n"
    block = re.compile(re.escape(begin) + r".*?<!-- end -->", re.DOTALL)
    if not block.search(text):
        raise ValueError(f"no block {name}")
    return block.sub(lambda _: f"{begin}{table}\n<!-- end -->", text, count=1)
