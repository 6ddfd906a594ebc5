"""Which names in a pickle are harmless, and which are an attempt to run code.

Nothing named is ever imported here. The question is what the file would do elsewhere: a name of the
standard library that data has no need of is a reason to refuse it.
"""

from __future__ import annotations

import sys

_PLAIN = frozenset(
    [
        "collections.OrderedDict",
        "collections.defaultdict",
        "collections.Counter",
        "collections.deque",
        "builtins.set",
        "builtins.frozenset",
        "builtins.dict",
        "builtins.list",
        "builtins.tuple",
        "builtins.int",
        "builtins.float",
        "builtins.bool",
        "builtins.str",
        "builtins.bytes",
        "builtins.bytearray",
        "builtins.complex",
        "builtins.slice",
        "builtins.range",
        "builtins.object",
        "__builtin__.set",
        "__builtin__.object",
        "__builtin__.dict",
        "__builtin__.list",
        "__builtin__.long",
        "__builtin__.unicode",
        "__builtin__.bytearray",
        "copy_reg._reconstructor",
        "copyreg._reconstructor",
        "copyreg.__newobj__",
        "_codecs.encode",
        "argparse.Namespace",
        "types.SimpleNamespace",
        "functools.partial",
        "decimal.Decimal",
        "fractions.Fraction",
        "datetime.datetime",
        "datetime.date",
        "datetime.time",
        "datetime.timedelta",
        "datetime.timezone",
        "pathlib.Path",
        "pathlib.PosixPath",
        "pathlib.WindowsPath",
        "pathlib.PurePath",
        "pathlib.PurePosixPath",
        "pathlib.PureWindowsPath",
        "pathlib._local.PosixPath",
        "pathlib._local.Path",
        "uuid.UUID",
        "random.Random",
        "typing.Any",
        "typing.Union",
        "typing.Optional",
        "re._compile",
    ]
)
_RUNNING = frozenset({"os", "sys", "system", "eval", "exec", "open", "getattr", "subprocess"})
_TORCH = ("torch.hub", "torch.load", "torch.jit", "torch.utils.cpp_extension", "torch.package")
_STANDARD = frozenset(sys.stdlib_module_names) | {"__builtin__", "copy_reg", "commands", "nt"}


def is_running_code(module: str, name: str) -> bool:
    """Return whether a file that names this asks for code to run.

    >>> [is_running_code(*one) for one in (("os", "system"), ("collections", "OrderedDict"))]
    [True, False]
    """
    whole = f"{module}.{name}"
    if whole in _PLAIN:
        return False
    parts = whole.split(".")
    if parts[0] in _STANDARD or whole.startswith(_TORCH):
        return True
    inner = name.split(".")
    return any(part.startswith("__") for part in inner) or (
        len(inner) > 1 and bool(_RUNNING & set(inner))
    )


def is_known(whole: str) -> bool:
    """Return whether loading needs no class but those of Python and torch."""
    return whole in _PLAIN or whole.partition(".")[0] in ("torch", "numpy")
