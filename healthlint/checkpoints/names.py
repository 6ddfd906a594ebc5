"""Which names in a pickle are harmless, and which are an attempt to run code.

Nothing named is ever imported here. The question is what the file would do elsewhere: a name of the
standard library that data has no need of is a reason to refuse it.
"""

from __future__ import annotations

import sys

_BUILTINS = (
    "set frozenset dict list tuple int float bool str bytes bytearray complex slice range object"
)
_PATHS = "Path PosixPath WindowsPath PurePath PurePosixPath PureWindowsPath"
_PLAIN = {
    "builtins": _BUILTINS,
    "__builtin__": f"{_BUILTINS} long unicode",
    "collections": "OrderedDict defaultdict Counter deque",
    "copyreg": "_reconstructor __newobj__",
    "copy_reg": "_reconstructor __newobj__",
    "_codecs": "encode",
    "argparse": "Namespace",
    "types": "SimpleNamespace",
    "functools": "partial",
    "decimal": "Decimal",
    "fractions": "Fraction",
    "datetime": "datetime date time timedelta timezone",
    "pathlib": _PATHS,
    "pathlib._local": _PATHS,
    "uuid": "UUID",
    "random": "Random",
    "typing": "Any Union Optional",
    "re": "_compile",
}
_RUNNING = frozenset({"os", "sys", "system", "eval", "exec", "open", "getattr", "subprocess"})
_TORCH = ("torch.hub", "torch.load", "torch.jit", "torch.utils.cpp_extension", "torch.package")
_STANDARD = frozenset(sys.stdlib_module_names) | {"__builtin__", "copy_reg", "commands", "nt"}


def is_running_code(module: str, name: str) -> bool:
    """Return whether a file that names this asks for code to run.

    >>> [is_running_code(*one) for one in (("os", "system"), ("collections", "OrderedDict"))]
    [True, False]
    """
    if _is_plain(module, name):
        return False
    whole = f"{module}.{name}"
    parts = whole.split(".")
    if parts[0] in _STANDARD or whole.startswith(_TORCH):
        return True
    inner = name.split(".")
    return any(part.startswith("__") for part in inner) or (
        len(inner) > 1 and bool(_RUNNING & set(inner))
    )


def is_known(whole: str) -> bool:
    """Return whether loading needs no class but those of Python and torch."""
    module, _, name = whole.rpartition(".")
    return _is_plain(module, name) or whole.partition(".")[0] in ("torch", "numpy")


def _is_plain(module: str, name: str) -> bool:
    return name in _PLAIN.get(module, "").split()
