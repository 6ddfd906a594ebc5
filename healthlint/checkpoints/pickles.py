"""A pickle read as data, by a machine that has no instruction to call anything.

Python's own ``pickletools`` takes the bytes apart; the instructions below build containers and
plain values. Classes and functions become ``Opaque``: named, kept with what they were given, never
imported or called. Instructions, nesting of keys and sizes are bounded.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable, Iterable
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
        machine.run(stream, most)
    except CheckpointError as error:
        if error.at is None:
            raise CheckpointError(error.args[0], error.hint, machine.at) from error
        raise
    except (IndexError, KeyError, ValueError, TypeError, AttributeError, OverflowError) as error:
        detail = str(error).partition("\n")[0][:120] or type(error).__name__
        raise CheckpointError(f"broken pickle: {detail}", at=machine.at) from error
    return Unpickled(machine.result, tuple(machine.classes))


class _Machine:
    """Stack and memo of one pickle.

    Attributes:
        result: The object that it came to.
        classes: Names of classes and functions that it names and that are no data.
        at: Byte of the instruction at hand.
    """

    def __init__(self, persistent: Restore, rebuilt: Callable[[Opaque], object]) -> None:
        self._persistent, self._rebuilt = persistent, rebuilt
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}
        self.classes: dict[str, None] = {}
        self.result: object = None
        self.at = 0

    def run(self, stream: BytesIO, most: int) -> None:
        """Go through one pickle."""
        for count, (code, argument, position) in enumerate(pickletools.genops(stream)):
            self.at = position or 0
            if count >= most:
                raise CheckpointError(f"more than {most:,} instructions")
            if code.name in _VALUES:
                self._stack.append(argument)
            else:
                step = _STEPS.get(code.name)
                if step is None:
                    raise CheckpointError(f"its pickle uses {code.name}, which no checkpoint needs")
                step(self, argument)

    # Containers

    def _to_mark(self) -> list[Any]:
        for i in range(len(self._stack) - 1, -1, -1):
            if self._stack[i] is _MARK:
                items = self._stack[i + 1 :]
                del self._stack[i:]
                return items
        raise CheckpointError("broken pickle: no mark on its stack")

    def mark(self, _: object) -> None:
        self._stack.append(_MARK)

    def constant(self, make: Callable[[], object]) -> None:
        self._stack.append(make())

    def tuple_of(self, count: int) -> None:
        items = [self._stack.pop() for _ in range(count)][::-1]
        self._stack.append(tuple(items))

    def gathered(self, make: Callable[[Iterable[Any]], object]) -> None:
        self._stack.append(make(self._to_mark()))

    def dictionary(self, _: object) -> None:
        made: dict[Any, Any] = {}
        _fill(made, self._to_mark())
        self._stack.append(made)

    def append(self, _: object) -> None:
        self._extend([self._stack.pop()])

    def appends(self, _: object) -> None:
        self._extend(self._to_mark())

    def _extend(self, items: list[Any]) -> None:
        target = self._stack[-1]
        if isinstance(target, Opaque):
            target.held.append(items)
        elif isinstance(target, list):
            target.extend(items)
        else:
            raise CheckpointError("broken pickle: appends to what is no list")

    def set_item(self, _: object) -> None:
        value, key = self._stack.pop(), self._stack.pop()
        _fill(self._stack[-1], [key, value])

    def set_items(self, _: object) -> None:
        items = self._to_mark()
        _fill(self._stack[-1], items)

    # Memo

    def put(self, index: int) -> None:
        self._memo[index] = self._stack[-1]

    def memoize(self, _: object) -> None:
        self._memo[len(self._memo)] = self._stack[-1]

    def get(self, index: int) -> None:
        self._stack.append(self._memo[index])

    def pop(self, _: object) -> None:
        self._stack.pop()

    def pop_mark(self, _: object) -> None:
        self._to_mark()

    def dup(self, _: object) -> None:
        self._stack.append(self._stack[-1])

    def stop(self, _: object) -> None:
        self.result = self._stack.pop()

    # Names, and what would be calls

    def name(self, argument: str) -> None:
        module, _, name = argument.partition(" ")
        self._named(module, name)

    def stack_name(self, _: object) -> None:
        name, module = self._stack.pop(), self._stack.pop()
        if not isinstance(name, str) or not isinstance(module, str):
            raise CheckpointError("its pickle names a class by what is no text")
        self._named(module, name)

    def _named(self, module: str, name: str) -> None:
        whole, kind = f"{module}.{name}", standing(module, name)
        if kind == "runs code":
            raise CheckpointError(
                f"its pickle asks to run {whole[:80]}; nothing was run",
                "do not load this file, and ask where it is from",
            )
        if kind == "foreign":
            self.classes[whole] = None
        self._stack.append(Opaque(whole))

    def call(self, _: object) -> None:
        given, callee = self._stack.pop(), self._stack.pop()
        self._made(callee, given)

    def call_with_names(self, _: object) -> None:
        names, given, callee = self._stack.pop(), self._stack.pop(), self._stack.pop()
        self._made(callee, (*given, names))

    def inst(self, argument: str) -> None:
        given = self._to_mark()
        self.name(argument)
        self._made(self._stack.pop(), tuple(given))

    def obj(self, _: object) -> None:
        callee, *given = self._to_mark()
        self._made(callee, tuple(given))

    def _made(self, callee: object, given: object) -> None:
        if not isinstance(callee, Opaque):
            raise CheckpointError("its pickle calls what is no class or function")
        if not isinstance(given, tuple):
            raise CheckpointError(f"its pickle calls {callee.name[:80]} with what is no tuple")
        if callee.name in _DICTS and not any(isinstance(argument, list) for argument in given):
            self._stack.append({})
            return
        self._stack.append(self._rebuilt(Opaque(callee.name, [*given])))

    def build(self, _: object) -> None:
        state = self._stack.pop()
        target = self._stack[-1]
        if isinstance(target, Opaque):
            target.held.append(state)

    def persistent(self, argument: object) -> None:
        self._stack.append(self._persistent(argument))

    def stack_persistent(self, _: object) -> None:
        self._stack.append(self._persistent(self._stack.pop()))

    def ignore(self, _: object) -> None:
        """Do nothing: protocol and frame."""


def _fill(target: object, items: list[Any]) -> None:
    """Put keys and values into a dict; a key that is no plain value stays out."""
    if isinstance(target, Opaque):
        target.held.append(items)
        return
    if not isinstance(target, dict) or len(items) % 2:
        raise CheckpointError("broken pickle: sets items of what is no dict")
    for key, value in zip(items[::2], items[1::2], strict=True):
        if _is_plain(key):
            target[key] = value


def _is_plain(key: object) -> bool:
    if isinstance(key, tuple):
        return len(key) <= _MOST_PARTS and all(map(_is_plain_part, key))
    return _is_plain_part(key)


def _is_plain_part(key: object) -> bool:
    """Return whether a key is cheap: Python's hashes of large numbers can be made to collide."""
    if isinstance(key, int):
        return key.bit_length() <= _MOST_BITS
    return isinstance(key, _PLAIN_KEYS)


_NUMBERS = ("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT")
_BYTES = ("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8")
_TEXTS = ("STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE")
_VALUES = frozenset({*_NUMBERS, *_BYTES, *_TEXTS, "BINUNICODE8"})


def _constant(make: Callable[[], object]) -> Callable[[_Machine, Any], None]:
    return lambda machine, _: machine.constant(make)


def _gathered(make: Callable[[Iterable[Any]], object]) -> Callable[[_Machine, Any], None]:
    return lambda machine, _: machine.gathered(make)


def _tuple(count: int) -> Callable[[_Machine, Any], None]:
    return lambda machine, _: machine.tuple_of(count)


_STEPS: dict[str, Callable[[_Machine, Any], None]] = {
    **dict.fromkeys(("PROTO", "FRAME"), _Machine.ignore),
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT"), _Machine.put),
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), _Machine.get),
    **dict.fromkeys(("REDUCE", "NEWOBJ"), _Machine.call),
    "NONE": _constant(lambda: None),
    "NEWTRUE": _constant(lambda: True),
    "NEWFALSE": _constant(lambda: False),
    "EMPTY_LIST": _constant(list),
    "EMPTY_DICT": _constant(dict),
    "EMPTY_TUPLE": _constant(tuple),
    "EMPTY_SET": _constant(list),
    "LIST": _gathered(list),
    "TUPLE": _gathered(tuple),
    "FROZENSET": _gathered(list),
    "TUPLE1": _tuple(1),
    "TUPLE2": _tuple(2),
    "TUPLE3": _tuple(3),
    "DICT": _Machine.dictionary,
    "MARK": _Machine.mark,
    "APPEND": _Machine.append,
    "APPENDS": _Machine.appends,
    "ADDITEMS": _Machine.appends,
    "SETITEM": _Machine.set_item,
    "SETITEMS": _Machine.set_items,
    "MEMOIZE": _Machine.memoize,
    "POP": _Machine.pop,
    "POP_MARK": _Machine.pop_mark,
    "DUP": _Machine.dup,
    "STOP": _Machine.stop,
    "GLOBAL": _Machine.name,
    "STACK_GLOBAL": _Machine.stack_name,
    "NEWOBJ_EX": _Machine.call_with_names,
    "INST": _Machine.inst,
    "OBJ": _Machine.obj,
    "BUILD": _Machine.build,
    "PERSID": _Machine.persistent,
    "BINPERSID": _Machine.stack_persistent,
}
"""What each instruction does; an extension registry, buffers out of band: none."""
