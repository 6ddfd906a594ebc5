"""The canonical reports: every feature of a report once, for the golden files of every format."""

from __future__ import annotations

from dataclasses import replace
from math import inf, nan

from healthlint.logs import Problem
from healthlint.report import (
    Answer,
    Band,
    Chart,
    Curve,
    Drawing,
    Evidence,
    Finding,
    Gone,
    LogReport,
    Place,
    Projection,
    Report,
    RunSummary,
    Setting,
    Standing,
    SuppressionUse,
    Verdict,
)

STEPS = 69


def place(epoch: float, line: int | None = None) -> Place:
    """Return the record that closes an epoch of 69 steps, one record an epoch."""
    return Place(int(epoch) + 1 if line is None else line, epoch * STEPS, epoch)


def evidence(
    metric: str,
    series: str,
    first: int,
    values: list[float],
    change: float | None = None,
    needs: str = "",
) -> Evidence:
    """Return one value an epoch from an epoch on."""
    places = [place(float(first + i)) for i in range(len(values))]
    return Evidence(
        metric=metric, series=series, places=places, values=values, change=change, needs=needs
    )


OVER_SMOOTHING = Finding(
    rule="tts/over-smoothing",
    severity="error",
    confidence="high",
    summary="mel loss falls while spectral convergence does not",
    message="mel -3.5% but spectral convergence +13.5% over epochs 20-25",
    help="Look at spectrograms of intermediate checkpoints; lower the learning rate for a while "
    "or change the loss weights.",
    url="",
    split="val",
    first=place(25.0),
    last=place(41.0),
    count=17,
    active=True,
    superseded=False,
    margin=0.145,
    evidence=[
        evidence(
            "mel",
            "val/mel_loss",
            20,
            [0.425, 0.422, 0.419, 0.416, 0.413, 0.410],
            -0.0353,
            "<= -2%",
        ),
        evidence(
            "sc",
            "val/spectral_convergence",
            20,
            [0.510, 0.524, 0.538, 0.551, 0.565, 0.579],
            0.1353,
            "> -1%",
        ),
    ],
    fingerprint="6f1d0c9a52b87e43",
    occurrence="02a7c1e4f9d36b58",
)

ENERGY_LAGS = Finding(
    rule="tts/energy-lags-duration",
    severity="warning",
    confidence="medium",
    summary="energy does not follow once duration is learned",
    message="duration passed 0.3 at epoch 9; 8 epochs later energy moved -0.4%",
    help="Check that the energy curve is aligned with the frames, and that its loss has a weight.",
    url="https://example.org/rules/energy-lags-duration",
    split="val",
    first=place(17.0),
    last=place(22.0),
    count=6,
    active=False,
    superseded=False,
    margin=0.92,
    evidence=[
        evidence(
            "energy",
            "val/energy_loss",
            9,
            [
                0.9012,
                0.9008,
                0.9031,
                0.8994,
                0.8990,
                0.9002,
                0.8987,
                0.8981,
                0.8979,
                0.8983,
                0.8980,
                0.8976,
            ],
            -0.004,
            "<= -5%",
        )
    ],
    fingerprint="9b04e7d25a1c8f36",
    occurrence="7c53ab0812ef46d9",
)

SPIKE = Finding(
    rule="core/loss-spike",
    severity="warning",
    confidence="high",
    summary="a loss jumps far out of its own noise",
    message="total loss 34.2 at step 828 is 17 times its level before",
    help="Clip gradients, or look at the batch of that step.",
    url="",
    split="train",
    first=Place(313, 828.0, 12.0),
    last=Place(313, 828.0, 12.0),
    count=1,
    active=False,
    superseded=True,
    margin=2.1,
    evidence=[
        Evidence(
            metric="total",
            series="train/total_loss",
            places=[Place(310 + i, 825.0 + i, 12.0) for i in range(5)],
            values=[1.98, 2.01, 1.97, 34.2, 2.4],
            change=None,
            needs="<= 8.1",
        )
    ],
    fingerprint="41c8be6620d97fa5",
    occurrence="d5e60f3b7a92c184",
)

LATE = Finding(
    rule="tts/mel-phase-late",
    severity="info",
    confidence="medium",
    summary="mel loss is behind the guide's phase for this epoch",
    message="mel 0.64 at epoch 41: Static (below 0.6) was due by epoch 20",
    help="",
    url="",
    split="val",
    first=place(41.0),
    last=place(41.0),
    count=1,
    active=True,
    superseded=False,
    margin=0.067,
    evidence=[],
    fingerprint="e2a5905cd1b7384f",
    occurrence="18f4d72b6ac0e395",
)

AFTER_NAN = replace(
    SPIKE,
    rule="core/frozen",
    severity="error",
    message="grad_norm has not moved for 40 steps",
    first=Place(902, 900.0, 13.0),
    last=Place(940, 938.0, 13.0),
    active=True,
    superseded=False,
    evidence=[],
    fingerprint="5d09",
    occurrence="5d0a",
)

NONFINITE = Finding(
    rule="core/nonfinite",
    severity="error",
    confidence="high",
    summary="a metric is NaN or infinite",
    message="train/mel_loss is NaN from step 900 on",
    help="Go back to the last finite checkpoint. Clip mel frames before the logarithm, and check "
    "the last batches for silence.",
    url="",
    split="train",
    first=Place(902, 900.0, 13.0),
    last=Place(940, 938.0, 13.0),
    count=39,
    active=True,
    superseded=False,
    margin=None,
    evidence=[
        Evidence(
            metric="mel_loss",
            series="train/mel_loss",
            places=[Place(893 + i, 891.0 + i, 13.0) for i in range(12)],
            values=[0.81, 0.8, 0.79, 0.8, 0.82, 0.81, 0.8, 3.91, inf, nan, nan, -inf],
        ),
        Evidence(
            metric="lr",
            series="lr",
            places=[Place(893 + i, 891.0 + i, 13.0) for i in range(12)],
            values=[2e-4] * 12,
        ),
    ],
    fingerprint="77aa3be1c0d9e852",
    occurrence="30b4cd5e6f7a8190",
    folded=[AFTER_NAN, replace(AFTER_NAN, rule="tts/stop-flat", severity="warning")],
)

MEL = Standing(
    label="mel",
    metric="mel_loss",
    series="val/mel_loss",
    value=0.4712,
    best=0.4698,
    best_place=place(40.0),
    phase="Static",
    sounds="intelligible under a hiss",
    trend=-0.019,
    trend_text="falling 1.9 % an epoch",
    notes=["below 0.3 around epoch 47 (42-54)"],
    curve=[1.9 * 0.86**i + 0.4 for i in range(24)],
    projection=Projection(
        phase="Professional", bound=0.3, middle=47.2, low=42.0, high=None, coverage=0.8
    ),
)

SPECTRAL = Standing(
    label="spectral",
    metric="spectral_convergence",
    series="val/spectral_convergence",
    value=0.2114,
    best=0.1875,
    best_place=place(19.0),
    phase="",
    sounds="",
    trend=0.011,
    trend_text="rising 1.1 % an epoch",
    notes=["does not fall with mel"],
    curve=[0.4, 0.31, 0.26, 0.22, nan, 0.19, 0.1875, 0.19, 0.2, 0.205, 0.2114],
)

DURATION = Standing(
    label="duration",
    metric="duration_loss",
    series="val/duration_loss",
    value=0.1831,
    best=0.1830,
    best_place=place(41.0),
    phase="",
    sounds="",
    trend=None,
    trend_text="",
    notes=["below 0.3 since epoch 9"],
    curve=[1.1, 0.6, 0.41, 0.32, 0.27, 0.23, 0.2, 0.19, 0.1831],
)

ENERGY = replace(
    DURATION,
    label="energy",
    metric="energy_loss",
    series="val/energy_loss",
    value=0.2434,
    best=0.2434,
    notes=["followed duration after 2 epochs"],
    curve=[0.9, 0.88, 0.7, 0.52, 0.4, 0.31, 0.26, 0.25, 0.2434],
)

BLUR = replace(
    DURATION,
    label="blur",
    metric="sharpness",
    series="val/sharpness",
    value=0.71,
    best=0.31,
    best_place=place(2.0),
    notes=["of the reference", "time 0.8, frequency 0.6"],
    curve=[0.31, 0.4, 0.48, 0.55, 0.6, 0.66, 0.7, 0.71],
)

RUN = RunSummary(
    number=2,
    id="b1f0",
    records=2829,
    attempts=2,
    resumed=[place(12.0, 829)],
    first=Place(2, 1.0, 1.0),
    last=place(41.0, 2833),
    epoch=41.0,
    planned_epochs=50.0,
    status=None,
    facts={
        "utterances": 2214,
        "language": "ru",
        "device": "mps",
        "precision": "fp32",
        "metrics": {"mel_loss": {"space": "ln-power-mel", "kind": "l1"}},
        "ratio": nan,
    },
    notes=["mel_loss: assumed guide scale"],
)

FIRST_RUN = replace(
    RUN, number=1, id=None, records=276, attempts=1, resumed=[], last=place(4.0), epoch=4.0,
    status="interrupted", facts={}, notes=[],
)  # fmt: skip


def verdict(rule: str, state: str, reason: str = "", **more: object) -> Verdict:
    """Return the verdict of a rule that was looked at 41 times."""
    severity = more.pop("severity", "warning")
    counts = {"split": "val", "evaluated": 41, "decided": 38, **more}
    return Verdict(rule=rule, severity=severity, state=state, reason=reason, **counts)  # type: ignore[arg-type]


STOP = Answer(
    state="stop",
    reason=(
        "over-smoothing since epoch 25: mel -9.5% but spectral convergence +13.5% over epochs 36-41"
    ),
    since=place(25.0),
    next="Look at spectrograms of intermediate checkpoints.",
)
GO_ON = Answer(
    state="go on",
    reason="epoch 23 of 50, mel 0.471 (Static) falling 1.9 % an epoch",
    since=None,
    next="",
    is_green=True,
)

PASSED = [verdict(f"tts/quiet-{i}", "pass") for i in range(19)]

SICK = LogReport(
    path="runs/kokoro/logs.jsonl",
    format="jsonl",
    run=RUN,
    other_runs=[FIRST_RUN],
    standing=[MEL, SPECTRAL, DURATION, ENERGY],
    findings=[OVER_SMOOTHING, NONFINITE, ENERGY_LAGS, SPIKE, LATE],
    verdicts=[
        verdict("tts/over-smoothing", "fail", severity="error", findings=1),
        verdict("core/nonfinite", "fail", severity="error", findings=1),
        verdict("tts/energy-lags-duration", "fail", findings=1),
        verdict("core/loss-spike", "fail", findings=1),
        verdict("tts/mel-phase-late", "fail", severity="info", findings=1),
        *PASSED[:12],
        verdict("tts/epoch-budget", "pending", "needs 75 epochs, has 41", decided=0),
        verdict("tts/plateau", "pending", "needs 75 epochs, has 41", decided=0),
        verdict("tts/attention-focus", "not_judged", "no alignment_score in this log"),
        verdict("tts/attention-stuck", "not_judged", "no alignment_score in this log"),
        verdict("tts/stop-early", "not_judged", "no stop_loss in this log"),
        verdict("my/custom", "error", "let `stretch` divides by zero", split=""),
    ],
    problems=[
        Problem(
            message="not JSON: expected a value",
            line=17,
            column=4,
            count=3,
            hint="one JSON object a line is read",
        ),
        Problem(
            message="last line is torn; everything before it was kept", line=2834, kind="partial"
        ),
    ],
    required={"tts/attention-focus": "not judged: no alignment_score in this log"},
    answer=STOP,
    unseen={"core/overfit": "val/lead needs at least 9 looks"},
)

HEALTHY = LogReport(
    path="runs/kokoro/logs.jsonl",
    format="jsonl",
    run=replace(RUN, epoch=23.0, last=place(23.0), notes=[]),
    other_runs=[],
    standing=[
        MEL,
        replace(
            SPECTRAL,
            best=0.2114,
            trend_text="falling 1.1 % an epoch",
            notes=["falls with mel: healthy learning"],
        ),
        DURATION,
        ENERGY,
        BLUR,
    ],
    findings=[],
    verdicts=[
        *PASSED,
        verdict("tts/epoch-budget", "pending", "too few epochs yet"),
        verdict("tts/plateau", "pending", "too few epochs yet"),
        verdict("tts/attention-focus", "not_judged", "no alignment score in this log"),
        verdict("tts/attention-stuck", "not_judged", "no alignment score in this log"),
        verdict("tts/attention-lost", "not_judged", "no alignment score in this log"),
    ],
    problems=[],
    answer=GO_ON,
)

MISSING = LogReport(
    path="runs/kokro/logs.jsonl",
    format="",
    run=None,
    other_runs=[],
    standing=[],
    findings=[],
    verdicts=[],
    problems=[
        Problem(
            message="no such file", hint="did you mean runs/kokoro/logs.jsonl?", kind="unreadable"
        )
    ],
)

WEB = LogReport(
    path="web.jsonl",
    format="jsonl",
    run=None,
    other_runs=[],
    standing=[],
    findings=[],
    verdicts=[],
    problems=[
        Problem(message="not a training log: no metric of it is known", line=1, kind="nothing")
    ],
    no_verdict="not a training log: no metric of it is known",
)

SHORT = LogReport(
    path="short.jsonl",
    format="jsonl",
    run=replace(FIRST_RUN, number=2, records=2, epoch=None, planned_epochs=None, status=None,
                first=Place(9, None, None), last=Place(10, None, None)),
    other_runs=[FIRST_RUN],
    standing=[],
    findings=[],
    verdicts=[verdict("tts/over-smoothing", "pending", "needs 5 epochs, has 2 records")],
    problems=[],
    no_verdict="run 2 is too short to judge; run 1 has 276 records (--run 1)",
)  # fmt: skip

HOSTILE_NAME = "mel\x1b[2J\x1b]0;owned\x07\r\nerror[x/y]: fake\u202e\x9b31m"

HOSTILE = LogReport(
    path="bad\x1b[31m\n.jsonl",
    format="jsonl",
    run=replace(
        FIRST_RUN, id=HOSTILE_NAME, facts={"device": HOSTILE_NAME, HOSTILE_NAME: [HOSTILE_NAME]},
        status=HOSTILE_NAME, notes=[HOSTILE_NAME],
    ),
    other_runs=[replace(FIRST_RUN, status=HOSTILE_NAME)],
    standing=[
        replace(MEL, label=HOSTILE_NAME, phase=HOSTILE_NAME, sounds=HOSTILE_NAME,
                trend_text=HOSTILE_NAME, notes=[HOSTILE_NAME]),
        replace(DURATION, label="потеря音声", value=nan, curve=[]),
    ],
    findings=[
        replace(
            OVER_SMOOTHING,
            rule=HOSTILE_NAME, message=HOSTILE_NAME, help=HOSTILE_NAME, url=HOSTILE_NAME,
            split=HOSTILE_NAME, folded=[replace(AFTER_NAN, message=HOSTILE_NAME)],
            evidence=[replace(OVER_SMOOTHING.evidence[0], metric=HOSTILE_NAME,
                              needs=HOSTILE_NAME)],
        )
    ],
    verdicts=[verdict(HOSTILE_NAME, "not_judged", HOSTILE_NAME)],
    problems=[Problem(message=HOSTILE_NAME, line=1, column=1, hint=HOSTILE_NAME)],
    required={HOSTILE_NAME: HOSTILE_NAME},
)  # fmt: skip

TARGETS = "targets are blurred on purpose: this is the teacher of the second stage"

ACCEPTED = replace(
    SICK,
    findings=[
        replace(OVER_SMOOTHING, suppressed=TARGETS, baseline="new"),
        replace(
            NONFINITE,
            baseline="known",
            folded=[
                replace(AFTER_NAN, baseline="known"),
                replace(AFTER_NAN, rule="tts/stop-flat", suppressed="no stop token"),
            ],
        ),
        replace(ENERGY_LAGS, baseline="worse"),
        replace(SPIKE, baseline="known"),
        replace(LATE, baseline="new"),
    ],
    problems=[],
)

QUIETED = replace(
    HEALTHY, path="runs/b/logs.jsonl", findings=[replace(OVER_SMOOTHING, suppressed=TARGETS)]
)

ACCEPTING = Report(
    version="0.1.0",
    fail_on="warning",
    logs=[ACCEPTED, QUIETED],
    config="../healthlint.yaml",
    settings=[
        Setting("fail-on", "warning", "../healthlint.yaml:3"),
        Setting("select", ["tts/*", "core"], "command line"),
        Setting("facts.utterances", 2200, "../healthlint.yaml:9"),
        Setting("facts.ratio", nan, "../healthlint.yaml:10"),
    ],
    suppressions=[
        SuppressionUse(
            rule="tts/over-smoothing",
            reason=TARGETS,
            log="",
            metric="",
            until="",
            origin="../healthlint.yaml:12:5",
            state="used",
            findings=2,
        ),
        SuppressionUse(
            rule="core/loss-spike",
            reason="a bad batch",
            log="runs/b/*",
            metric="mel",
            until="2026-01-31",
            origin="../healthlint.yaml:14:5",
            state="unused",
            findings=0,
        ),
        SuppressionUse(
            rule="tts/plateau",
            reason="a warm restart",
            log="",
            metric="",
            until="2025-12-31",
            origin="../healthlint.yaml:18:5",
            state="expired",
            findings=1,
        ),
        SuppressionUse(
            rule="tts/stop-early",
            reason="no stop token",
            log="",
            metric="",
            until="2025-12-31",
            origin="../healthlint.yaml:21:5",
            state="expired",
            findings=0,
        ),
        SuppressionUse(
            rule="tts/attention-focus",
            reason="no attention",
            log="",
            metric="",
            until="",
            origin="../healthlint.yaml:24:5",
            state="not_judged",
            findings=0,
        ),
    ],
    baseline="../baseline.json",
    gone=[
        Gone(
            fingerprint="00aa",
            rule="tts/duration-stuck",
            severity="warning",
            split="val",
            metrics=["val/duration_loss"],
            state="fixed",
        ),
        Gone(
            fingerprint="00ab",
            rule="tts/attention-focus",
            severity="error",
            split="",
            metrics=["alignment_score"],
            state="not_judged",
        ),
        Gone(
            fingerprint="00ac",
            rule="tts/stop-early",
            severity="error",
            split="train",
            metrics=["train/stop_loss"],
            state="not_judged",
        ),
    ],
)

HOSTILE_REPORT = Report(
    version="0.1.0",
    fail_on="error",
    logs=[
        HOSTILE,
        replace(HOSTILE, findings=[replace(HOSTILE.findings[0], suppressed=HOSTILE_NAME)]),
    ],
    config=HOSTILE_NAME,
    settings=[Setting(HOSTILE_NAME, [HOSTILE_NAME], HOSTILE_NAME)],
    suppressions=[
        SuppressionUse(
            rule=HOSTILE_NAME,
            reason=HOSTILE_NAME,
            log=HOSTILE_NAME,
            metric=HOSTILE_NAME,
            until=HOSTILE_NAME,
            origin=HOSTILE_NAME,
            state="expired",
            findings=3,
        )
    ],
    baseline=HOSTILE_NAME,
    gone=[
        Gone(
            fingerprint="00",
            rule=HOSTILE_NAME,
            severity="error",
            split=HOSTILE_NAME,
            metrics=[HOSTILE_NAME],
            state="fixed",
        )
    ],
)


def curve(series: str, ys: list[float], first: float, every: float, points: int) -> Curve:
    """Return a curve with equal distances between its points."""
    split, _, _ = series.rpartition("/")
    return Curve(
        series=series,
        split=split,
        xs=[first + every * i for i in range(len(ys))],
        ys=ys,
        points=points,
    )


DRAWING = Drawing(
    unit="step",
    first=1.0,
    last=2833.0,
    epochs=[(690.0, 10), (1380.0, 20), (2070.0, 30), (2760.0, 40)],
    charts=[
        Chart(
            metric="mel_loss",
            label="mel",
            is_head=True,
            curves=[
                curve("train/mel_loss", [1.9, 1.2, 0.9, nan, 0.8, 0.61], 1.0, 500.0, 2829),
                curve("val/mel_loss", [1.3, 0.8, 0.6, 0.55, 0.5, 0.47], 69.0, 552.0, 41),
            ],
            bands=[
                Band("Formless", 1.0, None),
                Band("Static", 0.4, 1.0),
                Band("Professional", None, 0.4),
            ],
        ),
        Chart(
            metric="spectral_convergence",
            label="spectral",
            is_head=True,
            curves=[curve("val/spectral_convergence", [0.4, nan, 0.1875, 0.2114], 69.0, 690.0, 41)],
        ),
        Chart(
            metric="lr",
            label="lr",
            is_head=False,
            curves=[curve("lr", [2e-4, 2e-4], 1.0, 2832.0, 2829)],
        ),
        Chart(
            metric="kl_loss",
            label="kl_loss",
            is_head=False,
            curves=[curve("val/kl_loss", [nan, nan], 69.0, 69.0, 2)],
        ),
        Chart(
            metric="flow_loss",
            label="flow_loss",
            is_head=False,
            curves=[curve("flow_loss", [-1.0, -2.0], 1.0, 9.0, 2)],
        ),
    ],
    left_out=["a", "b"],
)

DRAWN = Report(
    version="0.1.0",
    fail_on="error",
    logs=[replace(SICK, drawing=DRAWING), replace(ACCEPTED, drawing=DRAWING)],
)

REPORTS = {
    "sick": Report(version="0.1.0", fail_on="error", logs=[SICK]),
    "healthy": Report(version="0.1.0", fail_on="error", logs=[HEALTHY]),
    "several": Report(
        version="0.1.0", fail_on="warning", logs=[HEALTHY, SICK, MISSING, WEB, SHORT]
    ),
    "hostile": HOSTILE_REPORT,
    "accepted": ACCEPTING,
    "empty": Report(version="0.1.0", fail_on="error", logs=[]),
    "drawn": DRAWN,
}
