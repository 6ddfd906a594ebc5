"""Names of real logs mean what they mean, and nothing that only looks alike does."""

import pytest

from healthlint.logs import QUANTITIES, recognise
from healthlint.logs.axes import axis_of
from healthlint.logs.vocabulary import split_of

KNOWN = {
    # canonical
    **{f"train/{name}": (name, "train") for name in QUANTITIES},
    **{f"val/{name}": (name, "val") for name in QUANTITIES},
    **{name: (name, "") for name in QUANTITIES},
    # kokoro-ruslan
    "loss/mel": ("mel_loss", ""),
    "loss/train_mel_epoch": ("mel_loss", "train"),
    "loss/val_duration_epoch": ("duration_loss", "val"),
    "loss/train_total_epoch": ("total_loss", "train"),
    "metrics/train_spectral_convergence": ("spectral_convergence", "train"),
    "stats/grad_norm": ("grad_norm", ""),
    "stats/grad_norm_clipped": ("grad_norm_clipped", ""),
    # FastSpeech2 and forks
    "Mel Loss": ("mel_loss", ""),
    "Mel PostNet Loss": ("mel_loss", ""),
    "Dur Loss": ("duration_loss", ""),
    "Duration Predictor Loss": ("duration_loss", ""),
    "Total Loss": ("total_loss", ""),
    "Loss/mel_postnet_loss": ("mel_loss", ""),
    # NVIDIA FastPitch, NeMo, ForwardTacotron, TensorFlowTTS
    "train_mel_loss": ("mel_loss", "train"),
    "duration_predictor_loss": ("duration_loss", ""),
    "t_mel_loss": ("mel_loss", "train"),
    "t_pitch_loss": ("pitch_loss", "train"),
    "Mel_Loss/val": ("mel_loss", "val"),
    "Duration_Loss/val": ("duration_loss", "val"),
    "Params/learning_rate": ("lr", ""),
    "train_f0_loss": ("pitch_loss", "train"),
    "train_mel_loss_after": ("mel_loss", "train"),
    # VITS, HiFi-GAN, Coqui, StyleTTS2, ESPnet
    "loss/g/mel": ("mel_loss", ""),
    "loss/g/total": ("total_loss", ""),
    "loss/d/total": ("disc_loss", ""),
    "loss/g/fm": ("feature_matching_loss", ""),
    "loss/g/dur": ("duration_loss", ""),
    "loss/g/kl": ("kl_loss", ""),
    "loss/g/gen": ("gen_loss", ""),
    "training/gen_loss_total": ("total_loss", "train"),
    "training/mel_spec_error": ("mel_loss", "train"),
    "validation/mel_spec_error": ("mel_loss", "val"),
    "TrainIterStats/loss_mel": ("mel_loss", "train"),
    "EvalStats/avg_loss_duration": ("duration_loss", "val"),
    "avg_loss": ("total_loss", ""),
    "current_lr_0": ("lr", ""),
    "grad_norm_0": ("grad_norm", ""),
    "loss_disc": ("disc_loss", ""),
    "loss_gen": ("gen_loss", ""),
    "train/gen_loss": ("gen_loss", "train"),
    "eval/mel_loss": ("mel_loss", "val"),
    "optim0_lr0": ("lr", ""),
    "stopnet_loss": ("stop_loss", ""),
    "gate_loss": ("stop_loss", ""),
    "alignment_diagonal_score": ("alignment_score", ""),
    "generator_g_mel_loss": ("mel_loss", ""),
    "train/generator_generator_mel_loss": ("mel_loss", "train"),
    "generator_g_adv_loss": ("gen_loss", ""),
    "generator_feat_match_loss": ("feature_matching_loss", ""),
    "generator_var_dur_loss": ("duration_loss", ""),
    "generator_variance_energy_loss": ("energy_loss", ""),
    "g_l1_loss": ("mel_loss", ""),
    "avg_postnet_loss": ("mel_loss", ""),
    "sub_loss/train_dur_loss_step": ("duration_loss", "train"),
    # general trainers
    "loss": ("total_loss", ""),
    "eval_loss": ("total_loss", "val"),
    "train_loss_step": ("total_loss", "train"),
    "validLoss": ("total_loss", "val"),
    "test-loss": ("total_loss", "val"),
    "learning_rate": ("lr", ""),
    "lr-AdamW": ("lr", ""),
    "gradient_norm": ("grad_norm", ""),
    "train.loss": ("total_loss", "train"),
    "dev loss": ("total_loss", "val"),
    "loss_scale": ("amp_scale", ""),
    "SpectralConv": ("spectral_convergence", ""),
    "sc_loss": ("spectral_convergence", ""),
    "mel": ("mel_loss", ""),
    "val_mel": ("mel_loss", "val"),
    "losses/kl": ("kl_loss", ""),
    "kld_loss": ("kl_loss", ""),
    "duration_huber_loss": ("duration_loss", ""),
}

UNKNOWN = {
    "mel_lr": "",
    "stats/lr_decoder": "",
    "lr_scheduler": "",
    "duration": "",
    "dur": "",
    "energy": "",
    "pitch": "",
    "stop": "",
    "total": "",
    "kl": "",
    "gen": "",
    "time": "",
    "epoch_time": "",
    "train/duration": "train",
    "val_energy": "val",
    "dur_error": "",
    "duration_seconds_loss_free": "",
    "pitch_mae": "",
    "val_f0_rmse": "val",
    "mel_loss_weight": "",
    "loss_weight/mel": "",
    "best_val_loss": "",
    "lossless": "",
    "loss_count": "",
    "loss_scale_window": "",
    "num_mels": "",
    "melody_loss": "",
    "total_steps": "",
    "grad_norm_g": "",
    "grad_norm_clip": "",
    "grad_norm_mel": "",
    "loss/g/0": "",
    "mel_dur_loss": "",
    "train_val_loss": "",
    "stop_accuracy": "",
    "accuracy": "",
    "latency": "",
    "mse_loss": "",
    "t": "",
    "": "",
    "contrast": "",
    "training": "",
}


@pytest.mark.parametrize("name", KNOWN)
def test_known_name(name):
    meaning = recognise(name)
    assert (meaning.metric, meaning.split, meaning.is_known) == (*KNOWN[name], True)


@pytest.mark.parametrize("name", UNKNOWN)
def test_near_miss_is_kept_as_it_is(name):
    meaning = recognise(name)
    assert (meaning.is_known, meaning.split, meaning.scale) == (False, UNKNOWN[name], None)
    assert name.endswith(meaning.metric)


@pytest.mark.parametrize(
    ("name", "scale"),
    [
        ("loss/g/mel", {"kind": "l1", "space": "ln-amp-mel", "logged_factor": 45.0}),
        ("val/loss/g/mel", {"kind": "l1", "space": "ln-amp-mel", "logged_factor": 45.0}),
        ("mel_spec_error", {"kind": "l1", "space": "ln-amp-mel", "logged_factor": 1.0}),
        ("g_l1_loss", {"kind": "l1"}),
        ("mel_mse", {"kind": "mse"}),
        ("loss_mel_ce", {"kind": "ce"}),
        ("mel_loss", None),
        ("loss_mel", None),
    ],
)
def test_scale_that_a_name_tells(name, scale):
    assert (recognise(name).metric, recognise(name).scale) == ("mel_loss", scale)


@pytest.mark.parametrize(
    ("plainer", "other"),
    [
        ("loss", "avg_loss"),
        ("mel_loss", "mel_postnet_loss"),
        ("mel_loss", "loss_mel"),
        ("val_loss", "test_loss"),
        ("train_loss", "train_loss_epoch"),
        ("train/mel_loss", "train_mel_loss"),
    ],
)
def test_plainer_name_ranks_first(plainer, other):
    assert recognise(plainer).rank < recognise(other).rank


@pytest.mark.parametrize(
    ("name", "axis"),
    [
        ("step", "step"),
        ("Step", "step"),
        ("_step", "step"),
        ("globalStep", "step"),
        ("trainer/global_step", "step"),
        ("num_updates", "step"),
        ("Iteration", "step"),
        ("train/epoch", "epoch"),
        ("_epoch", "epoch"),
        ("_timestamp", "time"),
        ("wall time", "time"),
        ("step_time", None),
        ("epoch_time", None),
        ("steps_per_epoch", None),
        ("epochs_left", None),
        ("num_epochs", None),
        ("stepwise", None),
        ("updates", None),
        ("_runtime", None),
        ("train_runtime", None),
    ],
)
def test_axes(name, axis):
    found = axis_of(name)
    assert (found[0] if found else None) == axis


def test_global_step_outranks_others():
    ranks = [axis_of(name)[1] for name in ("global_step", "num_updates", "step", "iter")]
    assert ranks == sorted(set(ranks))


@pytest.mark.parametrize(
    ("word", "split"),
    [
        ("val", "val"),
        ("Valid", "val"),
        ("test ", "val"),
        ("train", "train"),
        ("infer", ""),
        (3, ""),
    ],
)
def test_split_of_a_word(word, split):
    assert split_of(word) == split


def test_a_sum_of_losses_gives_way_to_the_adversarial_loss():
    assert recognise("generator_g_adv_loss").rank < recognise("generator_loss").rank
    assert recognise("gen_loss").rank == 0
