"""Consoles in other languages, with decimal commas, in other encodings: read as English ones."""

import pytest

from healthlint.readers import read
from healthlint.readers.encodings import encoding_of

VALUES = [0.912, 0.812, 0.733, 0.684]
LINES = {
    "russian": "Эпоха {e}/4: потери на обучении = {t}; потери на валидации = {v}; время = 0.1",
    "ukrainian": "Епоха {e}, навчання втрати: {t}, валідація втрати: {v}",
    "chinese": "2023-01-01 10:0{e}:00 第{e}轮/共4轮,训练损失:{t},验证损失:{v}",
    "wide signs": "轮次:{e},训练损失:{t},验证损失:{v}",
    "japanese": "[{e}/4 エポック] 訓練損失: {t} | 検証損失: {v}",
    "korean": "에폭 {e}/4 - 학습 손실: {t} - 검증 손실: {v}",
    "german": "Epoche {e}: Trainingsverlust {t}, Validierungsverlust {v}",
    "spanish": "Época {e} - pérdida: {t} - pérdida validación: {v}",
    "french": "Époque {e} - perte: {t} - perte validation: {v}",
    "portuguese": "Época {e} | perda treino: {t} | perda validação: {v}",
}


def series_of(path):
    log = read(str(path))
    assert log.runs, [problem.message for problem in log.problems]
    found = log.runs[0].timelines[-1].series.values()
    return {
        (one.metric, one.split or "train"): (list(one.epochs), list(one.values)) for one in found
    }


def text_of(line, comma=False):
    values = [(f"{value:.4f}", f"{value + 0.05:.4f}") for value in VALUES]
    lines = [line.format(e=e, t=t, v=v) for e, (t, v) in enumerate(values, 1)]
    return "\n".join(line.replace(".", ",") if comma else line for line in lines) + "\n"


def assert_is_read(path):
    found = series_of(path)
    epochs, values = found["total_loss", "train"]
    assert epochs == [1, 2, 3, 4]
    assert values == VALUES
    assert found["total_loss", "val"][1] == pytest.approx([value + 0.05 for value in VALUES])


@pytest.mark.parametrize("language", LINES)
def test_words_of_a_language_are_read(language, tmp_path):
    path = tmp_path / "train.log"
    path.write_text(text_of(LINES[language]), "utf-8")
    assert_is_read(path)


@pytest.mark.parametrize("language", ["russian", "german", "portuguese"])
def test_decimal_commas_are_read(language, tmp_path):
    path = tmp_path / "train.log"
    path.write_text(text_of(LINES[language], comma=True), "utf-8")
    assert_is_read(path)


@pytest.mark.parametrize(
    ("language", "encoding"),
    [
        ("russian", "utf-16"),
        ("russian", "cp1251"),
        ("russian", "cp866"),
        ("russian", "koi8-r"),
        ("chinese", "gb18030"),
        ("japanese", "shift_jis"),
        ("korean", "euc_kr"),
        ("spanish", "cp1252"),
    ],
)
def test_consoles_of_windows_are_recoded(language, encoding, tmp_path):
    path = tmp_path / "train.log"
    path.write_bytes(text_of(LINES[language]).replace("\n", "\r\n").encode(encoding))
    assert_is_read(path)


def test_thousands_stay_thousands(tmp_path):
    path = tmp_path / "train.log"
    path.write_text("".join(f"step {n},000: loss=0.{9 - n}\n" for n in range(1, 5)))
    found = read(str(path)).runs[0].timelines[-1].series.values()
    assert [list(one.steps) for one in found] == [[1000, 2000, 3000, 4000]]


@pytest.mark.parametrize(
    "line",
    ["Epoch {e}, strata: 4, loss: {t}, val_loss: {v}", "epoch {e} loss {t} val_loss {v} ✓ 完成"],
)
def test_english_stays_as_it_is(line, tmp_path):
    path = tmp_path / "train.log"
    path.write_text(text_of(line), "utf-8")
    assert_is_read(path)


def test_bytes_of_no_language_are_no_encoding():
    assert encoding_of(b"epoch 1 loss 0.5 \xff\xfe\x80 caf\xe9") is None
    assert encoding_of("epoch 1 потери 0.5".encode()) is None
    assert encoding_of("потери".encode()[:-1]) is None  # cut within a letter
