"""Tables within a text: a line of names over lines of as many cells.

Bars, tabs, blanks, semicolons or commas stand between them.

Model cards (``| Training Loss | Epoch | Step | Validation Loss |``), fastai's columns, tables that
a logger prints behind its own words. A cell that is no number (``No log``) was not logged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from healthlint.logs.families import is_higher_better
from healthlint.logs.vocabulary import recognise, split_of
from healthlint.readers.grammar import axis_word, speaks_of_loss
from healthlint.readers.numbers import parse

_BLANKS = re.compile(r" {2,}")
_CELL = re.compile(r"\S+(?: \S+)*")
_NAME = re.compile(r"^[^\W\d][\w /.,()\[\]\u2191\u2193@%°\-]{0,60}$")
_HEAD = re.compile(r"^.{0,200}?[:\]>] +(?=\S{1,60}$)")  # what a logger puts before the first cell
_STAMP = re.compile(  # what it puts before a row of cells between blanks or bars
    r"^\W{0,2}(?:(?:INFO|DEBUG|WARNING)\b[^\w|]{0,4})?(?:\d{4}[-/]\d\d[-/]\d\d[T ])?"
    r"\d\d:\d\d:\d\d(?:[.,]\d{1,9})?Z?[^\w|]{0,6}"
    r"(?:(?:INFO|DEBUG|WARNING)\b[^\w|]{0,4})?(?=[\w|])"
)
_STAMPED = 64
"""More signs than what a logger puts before a row has."""
_BAR_OR_TAB = re.compile(r"%\||\t")
_OF = re.compile(r"^(\d{1,18}(?= ?/ ?\d)|\d{1,3}(?:,\d{3}){1,4}$)")
_BRIEF = re.compile(r"^E {2,8}#(?= {2,12}[A-Z])")
"""Axes as spaCy calls them."""
_THOUSANDS = frozenset({"kstep", "ksteps", "kiter", "kiters"})
_BRACKETED = re.compile(r"\((\w{1,20})\)")
_UNIT = re.compile(r" ?\[[^\[\]]{0,20}\]$")
"""What stands behind a name: ``MAE [MW]``."""
_CLOCK = re.compile(r"\(?\b(?:[dhms]{1,2}:){1,3}[dhms]{1,2}\b\)?")
_NAMED_FRACTION = re.compile(r"[A-Za-z_] [-+]?\d{1,12}\.\d{3}")
"""A name and its number in one cell: ``loss 0.512``."""
_MOST = 200
_BETWEEN = 3
"""Bars around two cells."""
_PUSHED = 2
"""Characters by which a cell may stand beside the place of its column."""
_MEANS = frozenset({"mean", "avg", "average"})
_STATISTICS = _MEANS | {"value", "last", "current", "min", "max", "std"}
"""What stands over the columns of a table of a metric a line: its mean is taken, else the first."""
_OF_SPLITS = ("", "split", "phase", "set", "subset", "stage", "mode", "part")
"""What stands over the splits of a table that has a line for each."""
_DRAWN = re.compile(r": \d{1,3}% [\u2501\u2578\u2500 ]{1,40}(\d{1,12})/(\d{1,12})\b")
_COMMENT = re.compile(r"^# ?(?=[A-Za-z])")
_CLASSES = re.compile(
    r"^\s*Class +Images +(?:Instances|Labels|Targets) +(\S.{0,200}?)"
    r"(?: +\d{1,3}%\|.*|: +\d{1,3}% .*)?$"
)
_ALL = re.compile(r"^\s*all +\d{1,12} +\d{1,12}((?: +[-+\w.]{1,20}){1,12})\s*$")
RATES_OF_ERRORS = frozenset({"wer", "cer", "per", "eer"})
_SHORT = {"P": "precision", "R": "recall"}


class TextTable:
    """Goes through the lines of a text and knows the columns of the table it is in."""

    def __init__(self) -> None:
        self._separator = ""
        self._names: Sequence[str] = ()
        self._is_sure = False
        self._axes: Sequence[int] = ()
        self._upper: Sequence[str] = ()
        self._text_above = ""
        self._edges: Sequence[tuple[int, int]] = ()
        self._unled: Sequence[str] = ()
        self._shown: set[str] | None = None
        self._is_in_thousands = False

    def record(self, text: str) -> dict[str, object] | None:
        """Return the record of a row, an empty one of a line of names, None of any other line."""
        if self._unled and (axis := axis_word(text.strip())):
            return self._head_of_frame(axis)
        if not self._separator and text.find(": ", _STAMPED) > 0 and not _BAR_OR_TAB.search(text):
            return None  # most lines: names with their numbers
        if text.startswith("E  "):
            text = _BRIEF.sub("epoch  step", text)
        text = _COMMENT.sub("", text)
        text = text.partition("%|")[0]  # a progress bar at the end of the row
        separator = _separator(text)
        if not separator or (separator != self._separator and _is_no_head(text, separator)):
            return None
        text = _STAMP.sub("", text, 1)
        if separator == self._separator:
            cells = self._cells_of_row(text)
            if len(cells) == len(self._names) and (row := self._row(cells)):
                return {} if _is_half_drawn(text) or self._is_shown_again(row) else row
        if separator == "|":
            text = _CLOCK.sub("", text)
        if any(sign in text for sign in "=:#{") and separator != "\t":
            return None
        head = self._head(_cells(text, separator), separator, text)
        self._unled = _cells(text, separator) if head is None and separator == "  " else ()
        if head is not None:
            self._edges = _edges(text) if separator == "  " else ()
        return head

    def _head_of_frame(self, axis: str) -> dict[str, object] | None:
        """Take the names of a frame of pandas, that of its index below them."""
        cells, self._unled = (axis, *self._unled), ()
        self._shown = self._shown or set()
        return self._head(cells, "  ", "")

    def _is_shown_again(self, row: Mapping[str, object]) -> bool:
        """Return whether a frame of pandas was printed before with this row, if not as finely."""
        if self._shown is None:
            return False
        axes = {"epoch", "step"}
        shown = " ".join(f"{row[key]}" if key in axes else f"{row[key]:.3g}" for key in row)
        is_again = shown in self._shown
        self._shown.add(shown)
        return is_again

    def _cells_of_row(self, text: str) -> Sequence[str]:
        """Return the cells of a row; those between blanks may be wider than their columns."""
        cells = _cells(text, self._separator)
        if self._separator == "|" and len(cells) == len(self._names) - 1:
            is_first = text.lstrip().startswith("|") and not text.rstrip().endswith("|")
            return ["", *cells] if is_first else [*cells, ""]  # a place at an end was left empty
        if len(cells) == len(self._names) + 1 and _number(cells[-1]) is None:
            return cells[:-1]  # `<- saved` behind the row
        if len(cells) == len(self._names) or not self._edges:
            return cells
        packed = text.replace("|", " ").split()
        if len(packed) == len(self._names):
            return packed
        return self._cut(text) or self._below_heads(text)

    def _cut(self, text: str) -> list[str]:
        """Return what stands from one name to the next, where numbers fill their columns.

        ``11672.8525390.865000``; none where a piece is neither a number nor a time.
        """
        starts = [begin for begin, _ in self._edges]
        ends = [*starts[1:], len(text)]
        cells = [text[begin:end].strip() for begin, end in zip(starts, ends, strict=True)]
        is_whole = all(":" in cell or _number(cell) is not None for cell in cells)
        return cells if cells and is_whole else []

    def _below_heads(self, text: str) -> list[str]:
        """Return the cell below each name, empty where none is; none where they are not in line.

        All of them begin about where a name begins, or end about where one ends: a number wider
        than its column pushes what follows it.
        """
        edges = _edges(text)
        for side in (0, 1):
            heads = np.array([edge[side] for edge in self._edges])
            offsets = np.abs(np.subtract.outer([edge[side] for edge in edges], heads))
            columns = offsets.argmin(1).tolist()
            if (offsets.min(1) <= _PUSHED).all() and len({*columns}) == len(edges):
                cells = [""] * len(heads)
                for at, edge in zip(columns, edges, strict=True):
                    cells[at] = text[slice(*edge)]
                return cells
        return []

    def _row(self, cells: Sequence[str]) -> dict[str, object]:
        """Return the record of cells, empty where they are none."""
        numbers = [_number(cell) for cell in cells]
        for at in self._axes:
            if numbers[at] is None and (match := _OF.match(cells[at])):
                numbers[at] = float(match[1].replace(",", ""))
        if not any(numbers[at] is not None for at in self._axes):
            return {}
        if not self._is_sure and sum(map(_is_fraction, cells)) < 2:
            return {}
        if self._is_in_thousands and numbers[0] is not None:
            numbers[0] *= 1e3
        named = zip(self._names, numbers, strict=True)
        row: dict[str, object] = {name: x for name, x in named if name and x is not None}
        return row if len(row) > 1 else {}

    def _head(self, cells: Sequence[str], separator: str, text: str) -> dict[str, object] | None:
        """Take the names of the columns; one is an axis and one speaks of a loss.

        Below ``Epoch`` as the first of names that do not, fractions tell that they are measures.
        """
        cells = [_UNIT.sub("", cell) for cell in cells]
        if not 2 <= len(cells) <= _MOST or not all(map(_NAME.match, filter(None, cells))):
            return None
        if separator == "|":
            cells = self._below(cells, text)
            self._text_above = text
        if is_in_thousands := cells[0] in _THOUSANDS:
            cells = [cells[0].removeprefix("k"), *cells[1:]]
        names = [axis_word(cell) or _BRACKETED.sub(_of_split, cell) for cell in cells]
        names = _of_validation(names)
        axes = [at for at, name in enumerate(names) if name in ("epoch", "step")]
        is_sure = any(speaks_of_loss(name) for name in names if name)
        if not axes or not (is_sure or (names[0] in ("epoch", "step") and len(names) > 3)):
            return None
        self._is_sure, self._is_in_thousands = is_sure, is_in_thousands
        self._separator, self._names, self._axes = separator, names, axes
        return {}

    def _below(self, cells: Sequence[str], text: str) -> Sequence[str]:
        """Return names of which the upper line may have told the first words: ``Base | Rate``."""
        upper, self._upper = self._upper, cells
        wide = _across(self._text_above, text)
        if len(wide) == len(cells):
            return [f"{above} {cell}".strip() for above, cell in zip(wide, cells, strict=True)]
        if not self._axes or len(upper) != len(cells) or all(cells):
            return cells
        return [f"{above} {cell}".strip() for above, cell in zip(upper, cells, strict=True)]


class Box:
    """Tables of one record: a name and its number a line, or a number for each split.

    ``| ep_rew_mean | 12.3 |`` between rules, names of a group below ``| rollout/ | |``; ``loss |
    0.51 | 0.62`` below ``Training | Validation`` or ``value | mean``; ``train | 0.51 | 0.62`` below
    ``| loss | mIoU``.
    """

    def __init__(self) -> None:
        self._group = ""
        self._items: list[str] = []
        self._splits: Sequence[str] = ()
        self._names: Sequence[str] = ()
        self._is_of_values = self._is_of_sets = False
        self._mean = 0
        self.is_within = False

    @property
    def is_open(self) -> bool:
        """Return whether lines were kept that the next one may end."""
        return bool(self._items)

    def take(self, text: str) -> Sequence[str]:
        """Return what a line ends or says as plain text; ``is_within`` tells whether it is done."""
        self.is_within = False
        if not self._has_heads() and text[-1].isdigit() and text.count("|") != _BETWEEN:
            return self.close()  # a line of many names with their numbers, as most with bars are
        cells = [cell.strip() for cell in text.split("|")]
        if len(cells) == 4 and not cells[0] and not cells[3] and self._add(cells[1], cells[2]):
            self.is_within = True
            return ()
        return (*self.close(), *self._row(cells))

    def _has_heads(self) -> bool:
        return bool(self._splits or self._names or self._is_of_values)

    def close(self) -> Sequence[str]:
        """Return what the lines of a box say, as one."""
        if not self._items:
            self._group = ""
            return ()
        said = ", ".join(self._items)
        self._group, self._items = "", []
        return (said,)

    def _add(self, name: str, word: str) -> bool:
        if not word and name.endswith("/"):
            self._group = name
        elif _NAME.match(name) and _number(word) is not None:
            self._items.append(f"{self._group}{name}: {word}")
        else:
            return False
        return True

    def _row(self, cells: Sequence[str]) -> Sequence[str]:
        """Return a line of a number for each split; keep the splits that a line names."""
        if len(cells) < 2:
            return ()
        if len(cells) > 3 and not cells[0] and not cells[-1]:
            return self._row_of_split(cells[1], cells[2:-1])
        heads = [cell.lower() for cell in cells[1:]]
        if _STATISTICS.issuperset(heads):
            self._mean = max(map(heads.index, _MEANS & {*heads}), default=0)
            self._is_of_values = True
            return ()
        if self._is_of_values and _NAME.match(cells[0]) and len(cells) > self._mean + 1:
            word = cells[1 + self._mean]
            self._is_of_values = self.is_within = _number(word) is not None
            return (f"{cells[0]}: {word}",) if self.is_within else ()
        last = [cell.rpartition(" ")[2] for cell in cells if cell]
        if all(map(split_of, last)):
            self._splits = last
            return ()
        if not self._splits or len(cells) != len(self._splits) + 1:
            return ()
        return self._of_splits(cells[0].rpartition(" ")[2], cells[1:])

    def _of_splits(self, name: str, cells: Sequence[str]) -> Sequence[str]:
        """Return the line of a name with a number for each split."""
        named = zip(self._splits, cells, strict=True)
        items = [f"{split}/{name}: {word}" for split, word in named if _number(word) is not None]
        self.is_within = bool(items and name)
        return (", ".join(items),) if self.is_within else ()

    def _row_of_split(self, first: str, cells: Sequence[str]) -> Sequence[str]:
        """Return the line of a split; keep the names of the columns that a line tells."""
        if not first.strip(":-="):
            return ()  # a rule below names
        if self._names and len(cells) == len(self._names) and (self._is_of_sets or split_of(first)):
            head, group = (
                ("", f"{first}/") if split_of(first) else (f"val set={first.replace(' ', '')} ", "")
            )
            named = zip(self._names, cells, strict=True)
            items = [f"{group}{name}: {word}" for name, word in named if _number(word) is not None]
            self.is_within = bool(items)
            return (head + ", ".join(items),) if items else ()
        if len(cells) > 1 and all(map(split_of, cells)):
            self._splits = cells
            return ()
        if self._splits and len(cells) == len(self._splits) and _NAME.match(first):
            return self._of_splits(first, cells)
        is_head = first.lower() in _OF_SPLITS and all(map(_NAME.match, cells))
        self._names = cells if is_head and any(map(speaks_of_loss, cells)) else ()
        self._is_of_sets = first.lower() == "set"
        return ()


class ClassTable:
    """The table of a detector after each epoch, of which the row of all classes counts.

    ``Class  Images  Instances  Box(P  R  mAP50  mAP50-95):`` over ``all  254  1391  0.33  ...``.
    """

    def __init__(self) -> None:
        self._names: Sequence[str] = ()

    def take(self, text: str) -> str:
        """Return the row of all classes as plain text, a blank for the heads, else nothing."""
        if "Images" in text and (head := _CLASSES.match(text)):
            self._names = _named_columns(head[1].split())
            return " "
        if self._names and (row := _ALL.match(text)):
            numbers = row[1].split()
            if len(numbers) == len(self._names):
                named = zip(self._names, numbers, strict=True)
                return "val: " + ", ".join(f"{name}={number}" for name, number in named)
        return ""


def _named_columns(words: Sequence[str]) -> Sequence[str]:
    """Return the names of columns of which some are of a group: ``Mask(P  R  mAP50)``.

    >>> _named_columns(["Box(P", "R)", "Mask(P", "R):"])
    ['precision', 'recall', 'Mask/precision', 'Mask/recall']
    """
    names, group = [], ""
    for word in words:
        before, bracket, name = word.strip("):").rpartition("(")
        group = ("" if before == "Box" else f"{before}/") if bracket else group
        names.append(group + _SHORT.get(name, name))
    return names


def _is_half_drawn(text: str) -> bool:
    """Return whether a bar at the end of a row says that it will be drawn again."""
    drawn = _DRAWN.search(text)
    return drawn is not None and drawn[1] != drawn[2]


def _of_validation(names: Sequence[str]) -> list[str]:
    """Return names of which scores without a split are those of validation.

    They are where losses of both splits have a column, and no other column has the score.
    """
    known = [recognise(name) for name in names]
    if not {"train", "val"} <= {each.split for each in known}:
        return list(names)
    told = {each.metric for each in known if each.split == "val"}
    return [
        f"val {name}" if _is_score(name) and not each.split and each.metric not in told else name
        for name, each in zip(names, known, strict=True)
    ]


def _is_score(name: str) -> bool:
    lower = name.lower()
    is_reward = "rew" in lower or "return" in lower
    return lower in RATES_OF_ERRORS or (is_higher_better(name) and not is_reward)


def _of_split(match: re.Match[str]) -> str:
    """Return `val` of `loss (val)` as a word of the name."""
    if not split_of(match[1]):
        return match[0]
    return match[1] if match.string[: match.start()].endswith(" ") else f" {match[1]}"


def _is_fraction(cell: str) -> bool:
    return "." in cell and _number(cell) is not None


def _number(cell: str) -> float | None:
    try:
        return None if "_" in cell else float(cell.removesuffix("%"))
    except ValueError:
        return parse(cell)


def _separator(text: str) -> str:
    if text.count("|") > 1:
        is_wide = "  " in text and any("  " in cell.strip() for cell in text.split("|"))
        return "  " if is_wide else "|"
    if text.count(";") > 1:
        return ";"
    if "\t" in text:
        return "\t"
    return "  " if "  " in text.strip() else "," if "," in text else ""


def _edges(text: str) -> Sequence[tuple[int, int]]:
    """Return where each cell of a line begins and ends, with two blanks or more between them."""
    return [match.span() for match in _CELL.finditer(text)]


def _across(above: str, text: str) -> Sequence[str]:
    """Return what stands above each cell of a line, where some of that spans several cells."""
    bars = [at for at, sign in enumerate(text) if sign == "|"]
    wide = [at for at, sign in enumerate(above) if sign == "|"]
    if not 2 < len(wide) < len(bars) or not {*wide} <= {*bars}:
        return ()
    return [
        above[max(at for at in wide if at <= bar) :].strip("| ").partition("|")[0].strip()
        for bar in bars[:-1]
    ]


def _is_no_head(text: str, separator: str) -> bool:
    """Return whether a sign that no name of a column has tells at a glance; most lines have one."""
    if separator != "\t":
        has_sign = "=" in text or "#" in text or "{" in text
        return has_sign or _NAMED_FRACTION.search(text) is not None
    first, _, rest = text.strip().partition("\t")
    last = first.rpartition(" ")[2]  # before it may stand what a logger says
    return "[" in last or "=" in last or ":" in last or "=" in rest or ":" in rest


def _cells(text: str, separator: str) -> list[str]:
    stripped = text.strip()
    if separator == "|":
        return [cell.strip() for cell in stripped.strip("|").split("|")]
    if separator == "  ":
        return _BLANKS.split(stripped.replace("|", "  ").strip())  # bars between groups
    cells = [cell.strip() for cell in stripped.split(separator)]
    return [_HEAD.sub("", cells[0]), *cells[1:]]
