"""The trainer's own words: what is heard, what is not, and where it counts."""

import json
from pathlib import Path

import pytest

from healthlint.readers import read
from healthlint.readers.lastwords import PATTERNS, announced_in, kind_of_exception

HEARD = {
    "ERROR:trainer:Error in batch 3: MPS backend out of memory": {"failed_batch", "out_of_memory"},
    "OOM error at batch 5 on mps. Cleaning up and continuing.": {"failed_batch", "out_of_memory"},
    "Batch 17 failed: KeyError('mel')": {"failed_batch"},
    "Failed on batch 17, moving on": {"failed_batch"},
    "Skipping optimizer step at batch 0": {"skipped_step"},
    "Optimizer step skipped because of clips": {"skipped_step"},
    "Non-finite loss - skipping batch (total=False)": {"nonfinite_loss", "skipped_step"},
    "Gradient overflow.  Skipping step, loss scaler 0 reducing loss scale to 32768.0": {
        "scaler_overflow"
    },
    "gradient overflow detected, ignoring gradient, setting loss scale to: 64.0": {
        "scaler_overflow"
    },
    "BATCH 0 - NON-FINITE GRADIENTS DETECTED": {"nonfinite_gradients"},
    "The gradients contain NaN or Inf values": {"nonfinite_gradients"},
    "BATCH 0 - GRADIENT EXPLOSION DETECTED": {"gradient_explosion"},
    "Detected NaN loss at step 812.": {"nonfinite_loss"},
    "Loss is nan, stopping training": {"nonfinite_loss", "nonfinite_exit"},
    "Monitored metric train_loss = nan is not finite. Signaling Trainer to stop.": {
        "nonfinite_exit"
    },
    "Loss exploded to 105.20000 at step 75!": {"trainer_alarm"},
    "MPS is not available, falling back to CPU": {"cpu_fallback"},
    "op will fall back to run on the CPU": {"cpu_fallback"},
    "Phoneme durations are being estimated (lower quality).": {"estimated_durations"},
    "Early stopping triggered after 12 epochs": {"early_stopping"},
    "run.sh: line 24:  7712 Killed                  python3 train.py": {"killed"},
    "Killed": {"killed"},
    "./entrenar.sh: línea 14: 28812 Terminado (killed)      python3 entrena.py": {"killed"},
    "run.sh: Zeile 3: 28812 Getötet                python3 lerne.py": {"killed"},
    "código de salida: 137": {"killed"},
    "Код завершения: 137": {"killed"},
    "run.sh: строка 3: 28812 Убито              python3 train.py": {"killed"},
    ">>    (!) batch 301 skipped: gradient": {"skipped_step"},
    "slurmstepd: error: Detected 1 oom_kill event in StepId=71.batch": {"killed"},
    "[1]+  Exit 137                nohup ./run.sh": {"killed"},
    "job finished with exit code 137": {"killed"},
    "ERROR | utils | enc_p.emb.weight is not in the checkpoint": {"weights_missing"},
    "error, dec.ups.0.bias is not in the checkpoint": {"weights_missing"},
    " | > Layer missing in the checkpoint: decoder.conv.weight": {"weights_missing"},
    "clip 12.wav: sample rate 44100 does not match target 22050, using as is": {"rate_mismatch"},
    "a.wav 44100 SR doesn't match target 22050 SR": {"rate_mismatch"},
    "sampling rate mismatch: 48000 != 24000": {"rate_mismatch"},
    "sampling rate 48000 != 24000": {"rate_mismatch"},
    "unexpected sampling rate 8000": {"rate_mismatch"},
    "skipped: 3012, total: 3204": {"data_skipped"},
    "1650 of 3204 utterances were filtered": {"data_skipped"},
    "Filtered out 1650 of 3204 samples": {"data_skipped"},
}
SILENT = [
    "Step 3, Mel Loss: nan, Grad Norm: 0.5",
    "TRAIN Batch 7/100 loss nan lr 0.0005 grad_norm nan rank 2",
    "epoch 3 loss nan grad 0.5",
    "Estimated memory savings: 50.0%",
    "Time Used: 14.1s, Estimated Time Remaining: 25395926.6s.",
    "Mel-Spec. Error : 1.468, batch 12",
    "validation error in epoch 3: 0.21",
    "skipping 12 samples longer than 10 s",
    "skipped: 12, total: 3204",
    "1602 of 3204 utterances were filtered",
    "removed 3 / 3204 clips",
    "sample rate 22050 matches",
    "0 sampling rate mismatches",
    "No sample rate mismatch in train",
    "sample rate mismatch (48000, wanted 24000), resampling",
    "kept 900 of 1000 samples and dropped 100",
    "950 of 1000 utterances not filtered",
    "Skipped 1200 of 1200 files (features already extracted)",
    f"skipped: {'9' * 5000}, total: 1",
    "emb_g.weight of speakers is in the checkpoint",
    "lm loss: 6.25E+00 | number of skipped iterations:   0 | number of nan iterations:   0 |",
    "skipped steps: 3, skipped batches = 0",
    "Scaling gradients by 0.073, model_norm_threshold=0.0713",
    "train_error: 0.1 step 12",
    "Using memory-efficient attention",
    "Duration loss: 0.5, duration estimate: 0.4",
]


@pytest.mark.parametrize("line", HEARD)
def test_what_is_announced(line):
    assert set(announced_in(line)) == HEARD[line]


@pytest.mark.parametrize("line", SILENT)
def test_what_is_not(line):
    assert announced_in(line) == []


def test_every_pattern_is_heard():
    assert {kind for kind, _ in PATTERNS} == set().union(*HEARD.values())


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("RuntimeError: Function 'MulBackward0' returned nan values", "nonfinite_exception"),
        ("FloatingPointError: Minimum loss scale reached", "nonfinite_exception"),
        ("ValueError: Found Inf or NaN global norm", "nonfinite_exception"),
        ("torch.cuda.OutOfMemoryError: CUDA out of memory.", "memory_exception"),
        ("KeyError: 'information'", "exception"),
        ("ModuleNotFoundError: No module named 'nansy'", "exception"),
        ("KeyboardInterrupt", "interrupted"),
    ],
)
def test_kinds_of_exceptions(said, kind):
    assert kind_of_exception(said) == kind


TRACEBACK = """Traceback (most recent call last):
  File "train.py", line 10, in <module>
    main()
RuntimeError: value cannot be converted: inf
"""


def events_of(path):
    (run,) = read(str(path)).runs
    return [(event.kind, event.record, event.line, event.fields["text"]) for event in run.events]


def test_an_exception_is_its_last_line(tmp_path):
    path = tmp_path / "console.log"
    entry = "Step {0}/900, Total Loss: 1.{0}, Mel Loss: 0.{0}\n"
    path.write_text(entry.format(100) + entry.format(200) + TRACEBACK)
    said = "RuntimeError: value cannot be converted: inf"
    assert events_of(path) == [("nonfinite_exception", 1, 6, said)]


def test_words_within_json_lines(tmp_path):
    path = tmp_path / "logs.jsonl"
    records = [
        {"step": 1, "loss": 0.5},
        {"step": 2, "loss": 0.4, "message": "Skipping batch 3"},
        {"_type": "event", "event": "failed_batch", "step": 2, "text": "disk"},
    ]
    path.write_text("".join(json.dumps(one) + "\n" for one in records) + TRACEBACK)
    said = "RuntimeError: value cannot be converted: inf"
    assert events_of(path) == [
        ("skipped_step", 0, 2, "Skipping batch 3"),
        ("failed_batch", 1, 3, "disk"),
        ("nonfinite_exception", 1, 7, said),
    ]


def test_words_belong_to_their_run_and_attempt(tmp_path):
    path = tmp_path / "console.log"
    lines = "".join(f"Step {step}, loss: {9 / step:.4f}\n" for step in range(10, 110, 10))
    path.write_text(lines + "Error in batch 3: x\n" + TRACEBACK + lines)
    first, second = read(str(path)).runs
    assert [event.kind for event in first.current.events] == ["failed_batch", "nonfinite_exception"]
    assert second.current.events == ()


def test_estimated_durations_are_a_fact(tmp_path):
    path = tmp_path / "console.log"
    path.write_text("Durations are being estimated\nStep 1, loss: 0.5\nStep 2, loss: 0.4\n")
    assert read(str(path)).runs[0].facts["durations"] == "estimated"


@pytest.mark.parametrize(
    ("line", "kinds"),
    [
        ("Early stopping triggered after 12 epochs", ["early_stopping"]),
        ("No early stopping triggered", []),
        ("see whether any of the batches would cause OOM.", []),
        ("ran out of memory trying to allocate 2.1GiB. This is not a failure, but", []),
        ("RuntimeError: CUDA out of memory", ["out_of_memory"]),
        ("overkilled 3 noisy clips", []),
        ("lote 137: código de error leído, quedan 137 clips", []),
        ("batch 3 causes OOM", ["out_of_memory"]),
        ("batch 3 was skipped for OOM", ["out_of_memory"]),
        ("exited with code 13", []),
    ],
)
def test_what_did_not_happen_is_not_heard(line, kinds):
    assert announced_in(line) == kinds


def test_a_program_in_a_traceback_says_nothing_and_its_end_is_no_record(tmp_path):
    path = tmp_path / "train.log"
    path.write_text(
        "step 10 loss 0.9\nstep 20 loss 0.8\nTraceback (most recent call last):\n"
        '  File "train.py", line 311, in step\n'
        '    raise ValueError(f"Loss is NaN at step {step}")\n'
        "ValueError: Loss is NaN at step 21\n"
    )
    (run,) = read(str(path)).runs
    assert [event.kind for event in run.events] == ["nonfinite_exception"]
    (series,) = run.timelines[-1].series.values()
    assert list(series.values) == [0.9, 0.8]


def test_words_are_the_trainers_own_in_any_language(tmp_path: Path) -> None:
    path = tmp_path / "console.log"
    lines = [f"Época {n} paso {n}0 pérdida={1 / n:.3f}" for n in range(1, 6)]
    path.write_text("\n".join([*lines, "código de salida: 137"]) + "\n")
    (event,) = read(str(path)).runs[0].timelines[0].events
    assert (event.kind, event.fields["text"]) == ("killed", "código de salida: 137")
