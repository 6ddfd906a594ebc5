"""A pickle read as data, by a machine that has no instruction to call anything.

Python's own ``pickletools`` takes the bytes apart; the instructions below build containers and
plain values. Classes and functions become ``Opaque``: named, kept with what they were given, never
imported or called. Instructions, nesting of keys and sizes are bounded.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from io import BytesIO
from typing import Any, NamedTuple

from healthlint.checkpoints.errors import CheckpointError
from healthlint.checkpoints.model import Opaque
from healthlint.checkpoints.names import standing

MOST_BYTES, MOST_INSTRUCTIONS = 1 << 26, 1_000_000
_MOST_BITS = 60
_MOST_PARTS = 8
_PLAIN_KEYS = (str, int, float, bool, bytes, type(None))
_DICTS = ("collections.OrderedDict", "collections.defaultdict")
_MARK = object()
Restore = Callable[[object], object]


class Unpickled(NamedTuple):
    """What a pickle comes to.

    Attributes:
        result: Its outermost object.
        classes: Names of classes and functions in it that are no data.
    """

    result: object
    classes: tuple[str, ...]


def load(
    stream: BytesIO,
    persistent: Restore,
    rebuilt: Callable[[Opaque], object],
    most: int = MOST_INSTRUCTIONS,
) -> Unpickled:
    """Return what one pickle comes to.

    Args:
        stream: Where the pickle begins; afterwards behind its end.
        persistent: Returns what a persistent id stands for.
        rebuilt: Returns what an object made by a function stands for: a tensor, or itself.
        most: Instructions that it may have.

    Raises:
        CheckpointError: It is broken, too large, or asks for code to run.
    """
    machine = _Machine(persistent, rebuilt)
    try:
        return Unpickled(machine.run(stream, most), tuple(machine.classes))
    except CheckpointError as error:
        if error.at is None:
            raise CheckpointError(error.args[0], error.hint, machine.at) from error
        raise
    except (IndexError, KeyError, ValueError, TypeError, AttributeError, OverflowError) as error:
        detail = str(error).partition("\n")[0][:120] or type(error).__name__
        raise CheckpointError(f"broken pickle: {detail}", at=machine.at) from error


class _Machine:
    """Stack and memo of one pickle.

    Attributes:
        classes: Names of classes and functions that it names and that are no data.
        at: Byte of the instruction at hand.
    """

    def __init__(self, persistent: Restore, rebuilt: Callable[[Opaque], object]) -> None:
        self.persistent, self._rebuilt = persistent, rebuilt
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        self.classes: dict[str, None] = {}
        self.at = 0

    def run(self, stream: BytesIO, most: int) -> object:
        """Go through one pickle and return the object that it comes to."""
        for count, (code, argument, position) in enumerate(pickletools.genops(stream)):
            self.at = position or 0
            if count >= most:
                raise CheckpointError(f"more than {most:,} instructions")
            if code.name in _VALUES:
                self.stack.append(argument)
            elif code.name in _PUSHES:
                self.stack.append(_PUSHES[code.name](self, argument))
            elif code.name in _STEPS:
                _STEPS[code.name](self, argument)
            else:
                raise CheckpointError(f"its pickle uses {code.name}, which no checkpoint needs")
        return self.stack.pop()

    def popped(self, count: int) -> list[Any]:
        """Take so many off the stack and return them, the deepest first."""
        return [self.stack.pop() for _ in range(count)][::-1]

    def to_mark(self) -> list[Any]:
        """Take all off the stack down to the mark and return them, the deepest first."""
        for i in range(len(self.stack) - 1, -1, -1):
            if self.stack[i] is _MARK:
                items = self.stack[i + 1 :]
                del self.stack[i:]
                return items
        raise CheckpointError("broken pickle: no mark on its stack")

    def put(self, index: int) -> None:
        self.memo[index] = self.stack[-1]

    def extend(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if isinstance(target, Opaque):
            target.held.append(items)
        elif isinstance(target, list):
            target.extend(items)
        else:
            raise CheckpointError("broken pickle: appends to what is no list")

    def build(self, state: object) -> None:
        target = self.stack[-1]
        if isinstance(target, Opaque):
            target.held.append(state)

    def fill(self, items: list[Any]) -> None:
        _filled(self.stack[-1], items)

    # Names, and what would be calls

    def named(self, module: object, name: object) -> Opaque:
        if not isinstance(name, str) or not isinstance(module, str):
            raise CheckpointError("its pickle names a class by what is no text")
        whole, kind = f"{module}.{name}", standing(module, name)
        if kind == "runs code":
            raise CheckpointError(
                f"its pickle asks to run {whole[:80]}; nothing was run",
                "do not load this file, and ask where it is from",
            )
        if kind == "foreign":
            self.classes[whole] = None
        return Opaque(whole)

    def call_with_names(self, callee: object, given: Any, names: object) -> object:
        return self.made(callee, (*given, names))

    def inst(self, argument: str) -> object:
        given = self.to_mark()
        return self.made(self.named(*argument.split(" ", 1)), tuple(given))

    def obj(self, _: object) -> object:
        callee, *given = self.to_mark()
        return self.made(callee, tuple(given))

    def made(self, callee: object, given: object) -> object:
        if not isinstance(callee, Opaque):
            raise CheckpointError("its pickle calls what is no class or function")
        if not isinstance(given, tuple):
            raise CheckpointError(f"its pickle calls {callee.name[:80]} with what is no tuple")
        if callee.name in _DICTS and not any(isinstance(argument, list) for argument in given):
            return {}
        return self._rebuilt(Opaque(callee.name, [*given]))


def _filled(target: object, items: list[Any]) -> object:
    """Return a dict with keys and values put into it; a key that is no plain value stays out."""
    if isinstance(target, Opaque):
        target.held.append(items)
        return target
    if not isinstance(target, dict) or len(items) % 2:
        raise CheckpointError("broken pickle: sets items of what is no dict")
    for key, value in zip(items[::2], items[1::2], strict=True):
        if _is_plain(key):
            target[key] = value
    return target


def _is_plain(key: object) -> bool:
    parts = key if isinstance(key, tuple) else (key,)
    return len(parts) <= _MOST_PARTS and all(map(_is_plain_part, parts))


def _is_plain_part(key: object) -> bool:
    """Return whether a key is cheap: Python's hashes of large numbers can be made to collide."""
    if isinstance(key, int):
        return key.bit_length() <= _MOST_BITS
    return isinstance(key, _PLAIN_KEYS)


_NUMBERS = ("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT")
_BYTES = ("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8")
_TEXTS = ("STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE")
_VALUES = frozenset({*_NUMBERS, *_BYTES, *_TEXTS, "BINUNICODE8"})


_PUSHES: dict[str, Callable[[_Machine, Any], object]] = {
    "NONE": lambda *_: None,
    "NEWTRUE": lambda *_: True,
    "NEWFALSE": lambda *_: False,
    "EMPTY_LIST": lambda *_: [],
    "EMPTY_DICT": lambda *_: {},
    "EMPTY_TUPLE": lambda *_: (),
    "EMPTY_SET": lambda *_: [],
    "LIST": lambda machine, _: machine.to_mark(),
    "TUPLE": lambda machine, _: tuple(machine.to_mark()),
    "FROZENSET": lambda machine, _: machine.to_mark(),
    "TUPLE1": lambda machine, _: tuple(machine.popped(1)),
    "TUPLE2": lambda machine, _: tuple(machine.popped(2)),
    "TUPLE3": lambda machine, _: tuple(machine.popped(3)),
    "DICT": lambda machine, _: _filled({}, machine.to_mark()),
    "MARK": lambda *_: _MARK,
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), lambda machine, index: machine.memo[index]),
    "DUP": lambda machine, _: machine.stack[-1],
    "GLOBAL": lambda machine, argument: machine.named(*argument.split(" ", 1)),
    "STACK_GLOBAL": lambda machine, _: machine.named(*machine.popped(2)),
    **dict.fromkeys(("REDUCE", "NEWOBJ"), lambda machine, _: machine.made(*machine.popped(2))),
    "NEWOBJ_EX": lambda machine, _: machine.call_with_names(*machine.popped(3)),
    "INST": _Machine.inst,
    "OBJ": _Machine.obj,
    "PERSID": lambda machine, argument: machine.persistent(argument),
    "BINPERSID": lambda machine, _: machine.persistent(machine.stack.pop()),
}
"""What each instruction puts on the stack; an extension registry, buffers out of band: none."""
_STEPS: dict[str, Callable[[_Machine, Any], object]] = {
    **dict.fromkeys(("PROTO", "FRAME", "STOP"), lambda *_: None),
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT"), _Machine.put),
    "MEMOIZE": lambda machine, _: machine.put(len(machine.memo)),
    "POP": lambda machine, _: machine.stack.pop(),
    "POP_MARK": lambda machine, _: machine.to_mark(),
    "APPEND": lambda machine, _: machine.extend(machine.popped(1)),
    **dict.fromkeys(("APPENDS", "ADDITEMS"), lambda machine, _: machine.extend(machine.to_mark())),
    "SETITEM": lambda machine, _: machine.fill(machine.popped(2)),
    "SETITEMS": lambda machine, _: machine.fill(machine.to_mark()),
    "BUILD": lambda machine, _: machine.build(machine.stack.pop()),
}
"""What the other instructions do."""
