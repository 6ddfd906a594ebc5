"""Which names in a pickle are data, which are foreign, and which are an attempt to run code.

Nothing named is ever imported here. The question is what the file would do elsewhere: data is what
``torch.load(weights_only=True)`` takes, with the containers and numbers of Python and numpy; the
standard library and known runners are refused; any other class is foreign, to be named.
"""

from __future__ import annotations

import json
import re
import sys
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from pathlib import Path
from typing import Literal

Standing = Literal["data", "foreign", "runs code"]

_NAMES = json.loads(Path(__file__).with_name("names.json").read_text(encoding="utf-8"))
"""Of modules: ``data``, and ``settings``, the classes of the standard library that trainers keep
settings in: foreign, and no attack. Of what runs code: ``runners``, parts of torch and numpy that
load, compile or start something; ``running_packages``, with a function that runs what it is given;
``running_words``, parts of a dotted name that lead from a harmless module to one that runs code.
``of_other_versions`` are modules of the standard library of Pythons before and after this one."""
_NUMBER_TYPES = re.compile(
    "float|double|half|int|long|short|bool|"
    r"(?:bfloat|float|int|uint|qint|quint|bits|complex)\d+(?:_e\d+m\d+\w*|x\d+)?"
)
"""Types of torch's numbers (``torch.float8_e4m3fn``)."""
_TORCH_PLACES = ("torch", "torch.cuda", "torch.sparse", "torch.cuda.sparse")
_RUNNERS = tuple(f"{name}." for name in _NAMES["runners"])
_STANDARD = (
    frozenset(sys.stdlib_module_names)
    | {one.partition(".")[0] for one in IMPORT_MAPPING}
    | {module for module, _ in NAME_MAPPING}
    | set(_NAMES["of_other_versions"])
)


def standing(module: str, name: str) -> Standing:
    """Return what a name in a pickle is.

    >>> standing("os", "system"), standing("torch", "Size"), standing("my_trainer", "Settings")
    ('runs code', 'data', 'foreign')
    """
    if _is_data(module, name):
        return "data"
    if name in _NAMES["settings"].get(module, ()):
        return "foreign"
    whole = f"{module}.{name}"
    parts = whole.split(".")
    if not all(map(str.isidentifier, parts)) or not whole.isascii():
        return "runs code"
    is_runner = f"{whole}.".startswith(_RUNNERS)
    if parts[0] in _STANDARD or parts[0] in _NAMES["running_packages"] or is_runner:
        return "runs code"
    is_hidden = any(part.startswith("__") and part.endswith("__") for part in name.split("."))
    return "runs code" if is_hidden or {*_NAMES["running_words"]} & {*parts[1:]} else "foreign"


def _is_data(module: str, name: str) -> bool:
    return (
        name in _NAMES["data"].get(module, ())
        or (module in _TORCH_PLACES and name.endswith(("Storage", "Tensor")) and name.isalnum())
        or (module == "torch" and _NUMBER_TYPES.fullmatch(name) is not None)
        or (module == "numpy.dtypes" and name.endswith("DType") and name.isalnum())
    )
