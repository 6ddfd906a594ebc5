"""Scalars that are tensors: taken when logged, read together later."""

import json
import math
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from healthlint.emit import RunLogger, logger

torch = pytest.importorskip("torch")
torch.set_num_threads(1)

from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

Read = Callable[[Path], list[dict[str, Any]]]

DEVICES = [
    "cpu",
    pytest.param(
        "cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
    ),
    pytest.param(
        "mps", marks=pytest.mark.skipif(not torch.backends.mps.is_available(), reason="no MPS")
    ),
]


class Calls(TorchFunctionMode):
    """Counts the calls of torch's functions and methods by name."""

    def __init__(self) -> None:
        super().__init__()
        self.count: Counter[str] = Counter()

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        self.count[getattr(func, "__name__", str(func))] += 1
        return func(*args, **(kwargs or {}))


class Operators(TorchDispatchMode):
    """Counts the operators that reach a device."""

    def __init__(self) -> None:
        super().__init__()
        self.count: Counter[str] = Counter()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        self.count[func.overloadpacket.__name__] += 1
        return func(*args, **(kwargs or {}))


# Whatever makes the program wait for a device goes through one of these.
READS = ("cpu", "item", "tolist", "numpy", "to", "__float__", "__bool__", "__int__", "__index__")


def test_the_counters_see_each_way_to_read_a_device() -> None:
    """The two tests below prove something only if this one holds."""
    value = torch.ones(())
    with Operators() as operators, Calls() as calls:
        for read in (value.cpu, value.item, value.tolist, value.numpy, value.__float__):
            read()
        value.to("cpu")
    assert {name: calls.count[name] for name in READS[:6]} == dict.fromkeys(READS[:6], 1)
    assert operators.count["_local_scalar_dense"] >= 2


@pytest.mark.parametrize("device", DEVICES)
def test_logging_reads_no_device_and_a_batch_reads_it_once(
    path: Path, records: Read, device: str
) -> None:
    loss, norm = torch.full((), 0.5, device=device), torch.full((1,), 2.0, device=device)
    with RunLogger(path, hold=20) as log:
        with Operators() as operators, Calls() as calls:
            for step in range(19):
                log.log(step, loss=loss, grad_norm=norm, lr=0.1)
            assert sum(calls.count[name] for name in READS) == 0
            assert operators.count["_local_scalar_dense"] == operators.count["_to_copy"] == 0
            assert len(records(path)) == 1
            log.log(19, loss=loss, grad_norm=norm, lr=0.1)
        assert {name: calls.count[name] for name in READS if calls.count[name]} == {
            "cpu": 1,
            "tolist": 1,
        }
        assert len(records(path)) == 21


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_logging_never_waits_for_a_cuda_device(path: Path) -> None:
    loss = torch.full((), 0.5, device="cuda")
    log = RunLogger(path, hold=50)
    torch.cuda.set_sync_debug_mode("error")
    try:
        for step in range(49):
            log.log(step, loss=loss, half=loss.half())
            loss += 1
    finally:
        torch.cuda.set_sync_debug_mode("default")
    log.close()


@pytest.mark.parametrize("device", DEVICES)
def test_changing_a_tensor_in_place_leaves_what_was_logged(
    path: Path, records: Read, device: str
) -> None:
    running = torch.zeros((), device=device)
    weight = torch.nn.Parameter(torch.zeros(1, device=device))
    with RunLogger(path) as log:
        for step in range(30):
            log.log(step, running=running, weight=weight)
            running += 1
            with torch.no_grad():
                weight -= 0.5
    values = [(record["running"], record["weight"]) for record in records(path)[1:-1]]
    assert values == [(float(step), -0.5 * step) for step in range(30)]


def test_lines_keep_the_order_and_the_time_of_the_calls(
    path: Path, records: Read, clock: Callable[[], float]
) -> None:
    with RunLogger(path, clock=clock) as log:
        for step in range(50):
            log.log(step, {"a": 1.0, "loss": torch.tensor(0.5) if step % 3 else 0.5, "b": 2.0})
    lines = records(path)[1:-1]
    assert [line["step"] for line in lines] == list(range(50))
    assert [line["time"] for line in lines] == [101.0 + step for step in range(50)]
    assert {tuple(line) for line in lines} == {("step", "time", "a", "loss", "b")}


@pytest.mark.parametrize("hold", [1, 2, 20])
def test_at_most_hold_records_wait_whatever_they_are(path: Path, records: Read, hold: int) -> None:
    with RunLogger(path, hold=hold) as log:
        log.log(0, loss=torch.tensor(0.5))
        for step in range(1, 3 * hold):
            log.log(step, lr=0.1) if step % hold else log.log(step, loss=torch.tensor(0.5))
            waiting = step + 1 - (len(records(path)) - 1)
            assert waiting == (step + 1) % hold


def test_plain_numbers_behind_no_tensor_do_not_wait(path: Path, records: Read) -> None:
    with RunLogger(path) as log:
        log.log(1, loss=torch.tensor(0.5))
        log.flush()
        log.log(2, lr=0.1)
        assert [record["step"] for record in records(path)[1:]] == [1, 2]


def test_an_event_writes_what_waits_before_it(path: Path, records: Read) -> None:
    with RunLogger(path) as log:
        log.log(1, loss=torch.tensor(0.5))
        log.event("checkpoint", step=1, path="a.pt", best=torch.tensor(0.1))
        assert [record.get("event") for record in records(path)] == [None, None, "checkpoint"]
        assert records(path)[2]["best"] == 0.1


def test_a_record_that_has_waited_long_enough_is_written_with_the_next(
    path: Path, records: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RunLogger(path) as log:
        log.log(1, loss=torch.tensor(0.5))
        assert len(records(path)) == 1
        monkeypatch.setattr(logger, "LONGEST_WAIT", 0.0)
        log.log(2, loss=torch.tensor(0.5))
        assert len(records(path)) == 3


@pytest.mark.parametrize(
    ("tensor", "written"),
    [
        (torch.tensor(0.41), "0.41"),
        (torch.tensor(0.1, dtype=torch.float64) + 0.2, "0.30000000000000004"),
        (torch.tensor(0.41, dtype=torch.float16), "0.4099121"),
        (torch.tensor(0.41, dtype=torch.bfloat16), "0.41015625"),
        (torch.tensor(2**62 + 1), "4611686018427387905"),
        (torch.tensor(7, dtype=torch.uint8), "7"),
        (torch.tensor(True), "1"),
        (torch.tensor([[0.25]]), "0.25"),
        (torch.tensor(1e-45), "1e-45"),
    ],
)
def test_a_tensor_is_written_with_all_its_digits(
    path: Path, tensor: "torch.Tensor", written: str
) -> None:
    with RunLogger(path, clock=lambda: 0.0) as log:
        log.log(1, value=tensor, other=torch.tensor(0.5))
    line = path.read_text().splitlines()[1]
    assert line == '{"step":1,"time":0.0,"value":' + written + ',"other":0.5}'


def test_tensors_that_are_not_finite_are_marked_like_numbers(path: Path, records: Read) -> None:
    with RunLogger(path) as log:
        log.log(1, a=torch.tensor(math.nan), b=torch.tensor(-math.inf), c=math.inf, d=1.0)
    record = records(path)[1]
    assert [record[name] for name in "abcd"] == [None, None, None, 1.0]
    assert record["_nonfinite"] == {"a": "NaN", "b": "-Infinity", "c": "Infinity"}


@pytest.mark.parametrize(
    ("tensor", "error"), [(torch.ones(2), ValueError), (torch.ones(0), ValueError),
                          (torch.ones((), dtype=torch.complex64), TypeError)]
)  # fmt: skip
def test_a_tensor_that_is_no_one_number_is_refused_by_name(
    path: Path, records: Read, tensor: "torch.Tensor", error: type[Exception]
) -> None:
    with RunLogger(path) as log:
        with pytest.raises(error, match="'val/mel_loss'"):
            log.log(1, {"mel_loss": tensor}, split="val", lr=0.1)
        log.log(2, lr=0.1)
    assert [record.get("step") for record in records(path)] == [0, 2, 2]


def test_an_exception_writes_what_waits(path: Path, records: Read) -> None:
    with pytest.raises(ZeroDivisionError), RunLogger(path) as log:
        log.log(1, loss=torch.tensor(0.5))
        1 / 0  # noqa: B018
    assert [record.get("loss") for record in records(path)] == [None, 0.5, None]


class Failing(torch.Tensor):
    """A tensor whose device fails when it is read, as CUDA does after an assertion in a kernel."""

    @classmethod
    def __torch_function__(
        cls, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func is torch.Tensor.cpu:
            raise RuntimeError("device-side assert triggered")
        return super().__torch_function__(func, types, args, kwargs or {})


def failing(value: float) -> "torch.Tensor":
    return torch.tensor(value).as_subclass(Failing)


def test_a_device_that_fails_takes_its_own_values_alone(path: Path, records: Read) -> None:
    """The records keep what else they have, and name what could not be read."""
    log = RunLogger(path)
    log.log(1, loss=torch.tensor(0.5), lr=0.1)
    log.log(2, loss=failing(0.5), lr=0.1)
    log.log(3, loss=torch.tensor(0.25), lr=0.1)
    with pytest.raises(RuntimeError, match="device-side assert"):
        log.flush()
    log.close()
    lines = [{k: v for k, v in line.items() if k != "time"} for line in records(path)[1:]]
    assert lines == [
        {"step": 1, "loss": 0.5, "lr": 0.1},
        {"step": 2, "lr": 0.1, "_unread": ["loss"]},
        {"step": 3, "loss": 0.25, "lr": 0.1},
    ]


def test_a_failing_device_does_not_hide_what_stopped_the_training(
    path: Path, records: Read
) -> None:
    with pytest.raises(ZeroDivisionError), RunLogger(path) as log:
        log.log(1, loss=failing(0.5), lr=0.1)
        1 / 0  # noqa: B018
    assert [record.get("_unread") for record in records(path)] == [None, ["loss"], None]
    assert records(path)[2]["status"] == "error"


def test_a_log_that_is_only_dropped_is_written_at_exit(
    path: Path, child: Callable[..., Any]
) -> None:
    code = """
import torch
from healthlint.emit import RunLogger
def train():
    RunLogger(sys.argv[1]).log(1, loss=torch.tensor(0.5))
train()
"""
    process = child(code, path, bare=False)
    _, errors = process.communicate(timeout=60)
    assert errors == b""
    assert [json.loads(line).get("loss") for line in path.read_text().splitlines()] == [None, 0.5]
