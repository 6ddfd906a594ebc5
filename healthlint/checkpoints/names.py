"""Which names in a pickle are data, which are foreign, and which are an attempt to run code.

Nothing named is ever imported here. The question is what the file would do elsewhere: data is what
``torch.load(weights_only=True)`` takes, with the containers and numbers of Python and numpy; the
standard library and known runners are refused; any other class is foreign, to be named.
"""

from __future__ import annotations

import re
import sys
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from typing import Literal

Standing = Literal["data", "foreign", "runs code"]

_CONTAINERS = (
    "set frozenset dict list tuple int float bool str bytes bytearray complex slice range object"
)
_NUMPY = "_reconstruct scalar"
_REBUILDING = (
    "_rebuild_tensor _rebuild_tensor_v2 _rebuild_tensor_v3 _rebuild_parameter "
    "_rebuild_parameter_with_state _rebuild_qtensor _rebuild_sparse_tensor "
    "_rebuild_meta_tensor_no_storage _rebuild_nested_tensor _rebuild_wrapper_subclass "
    "_rebuild_device_tensor_from_numpy _rebuild_device_tensor_from_cpu_tensor"
)
_DATA = {
    "builtins": _CONTAINERS,
    "__builtin__": f"{_CONTAINERS} long unicode",
    "collections": "OrderedDict defaultdict Counter deque",
    "copyreg": "_reconstructor",
    "copy_reg": "_reconstructor",
    "_codecs": "encode",
    "torch": "Size Tensor device per_tensor_affine per_tensor_symmetric per_channel_affine "
    "per_channel_symmetric per_channel_affine_float_qparams",
    "torch._utils": _REBUILDING,
    "torch._tensor": "_rebuild_from_type_v2",
    "torch.nn.parameter": "Parameter Buffer",
    "torch.serialization": "_get_layout",
    "torch.storage": "TypedStorage UntypedStorage",
    "numpy": "ndarray dtype",
    "numpy.core.multiarray": _NUMPY,
    "numpy._core.multiarray": _NUMPY,
}
"""Data by module."""
_NUMBER_TYPES = re.compile(
    "float|double|half|int|long|short|bool|"
    r"(?:bfloat|float|int|uint|qint|quint|bits|complex)\d+(?:_e\d+m\d+\w*|x\d+)?"
)
"""Types of torch's numbers (``torch.float8_e4m3fn``)."""
_TORCH_PLACES = ("torch", "torch.cuda", "torch.sparse", "torch.cuda.sparse")
_PLAIN_OBJECTS = {
    "argparse": "Namespace",
    "types": "SimpleNamespace",
    "functools": "partial",
    "decimal": "Decimal",
    "fractions": "Fraction",
    "datetime": "datetime date time timedelta timezone",
    "pathlib": "Path PosixPath WindowsPath PurePath PurePosixPath PureWindowsPath",
    "pathlib._local": "Path PosixPath WindowsPath PurePath PurePosixPath PureWindowsPath",
    "uuid": "UUID",
    "random": "Random",
    "typing": "Any Union Optional",
    "re": "_compile",
    "enum": "Enum IntEnum",
}
"""Classes of the standard library that trainers keep settings in: foreign, and no attack."""
_RUNNERS = (
    *("torch.hub", "torch.load", "torch.jit", "torch.package", "torch.ops", "torch.classes"),
    *("torch.utils.cpp_extension", "torch.utils.collect_env", "torch.utils.model_zoo"),
    *("torch.utils.bottleneck", "torch.utils._config_module", "torch.utils.data.datapipes"),
    *("torch.utils.checkpoint", "torch.utils.serialization", "torch.utils.show_pickle"),
    *("torch.storage._load_from_bytes", "torch.serialization.load", "torch.fx", "torch.compile"),
    *("torch._dynamo", "torch._inductor", "torch._ops", "torch._classes", "torch._library"),
    *("torch.distributed", "torch.multiprocessing", "torch.export", "torch.onnx", "torch.testing"),
    *("torch._C", "torch.library", "torch.cuda.jiterator", "torch.profiler"),
    *("numpy.testing", "numpy.f2py", "numpy.load", "numpy.distutils", "numpy.ctypeslib"),
    *("numpy.fromfile", "numpy.memmap", "numpy.save", "numpy.savetxt", "numpy.tofile"),
    *("numpy.lib", "numpy.DataSource", "numpy.loadtxt", "numpy.genfromtxt", "numpy.vectorize"),
)
"""Parts of torch and numpy that load, compile or start something."""
_RUNNING_PACKAGES = (
    "pip setuptools pkg_resources ensurepip wheel dill cloudpickle joblib jsonpickle shelve "
    "IPython pytest _pytest nose sh pexpect ptyprocess paramiko fabric invoke plumbum psutil "
    "requests urllib3 httpx aiohttp aiofiles asyncssh cffi numba llvmlite cppyy pycparser "
    "tensorflow keras onnxruntime gevent twisted tornado click fire typer jinja2 mako "
    "pandas sympy numexpr ray dask celery lib2to3 distutils win32api win32com"
)
"""Packages with a function that runs what it is given."""
_RUNNING_WORDS = (
    "os sys system popen Popen eval exec compile execfile open getattr setattr delattr "
    "globals locals vars __import__ import_module subprocess shutil importlib ctypes builtins "
    "pickle socket run_path run_module runstring spawn fork"
)
"""Parts of a dotted name that lead from a harmless module to one that runs code."""
_OF_OTHER_VERSIONS = (
    "nt commands popen2 __main__ imp distutils formatter parser symbol macpath dummy_threading "
    "_pyrepl _android_support _apple_support _ios_support annotationlib compression"
)
"""Modules of the standard library of Pythons before and after this one."""
_STANDARD = (
    frozenset(sys.stdlib_module_names)
    | {one.partition(".")[0] for one in IMPORT_MAPPING}
    | {module for module, _ in NAME_MAPPING}
    | set(_OF_OTHER_VERSIONS.split())
)


def standing(module: str, name: str) -> Standing:
    """Return what a name in a pickle is.

    >>> standing("os", "system"), standing("torch", "Size"), standing("my_trainer", "Settings")
    ('runs code', 'data', 'foreign')
    """
    if _is_data(module, name):
        return "data"
    if name in _PLAIN_OBJECTS.get(module, "").split():
        return "foreign"
    whole = f"{module}.{name}"
    parts = whole.split(".")
    if not all(map(str.isidentifier, parts)) or not whole.isascii():
        return "runs code"
    is_runner = f"{whole}.".startswith(tuple(f"{runner}." for runner in _RUNNERS))
    if parts[0] in _STANDARD or parts[0] in _RUNNING_PACKAGES.split() or is_runner:
        return "runs code"
    is_hidden = any(part.startswith("__") and part.endswith("__") for part in name.split("."))
    return "runs code" if is_hidden or set(_RUNNING_WORDS.split()) & set(parts[1:]) else "foreign"


def _is_data(module: str, name: str) -> bool:
    return (
        name in _DATA.get(module, "").split()
        or (module in _TORCH_PLACES and name.endswith(("Storage", "Tensor")) and name.isalnum())
        or (module == "torch" and _NUMBER_TYPES.fullmatch(name) is not None)
        or (module == "numpy.dtypes" and name.endswith("DType") and name.isalnum())
    )
