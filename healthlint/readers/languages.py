"""Words and decimal signs of other languages than English, made plain before a line is parsed.

Whether a text has them is told by its beginning: an English one costs a look at that. The words
are those of axes, splits and measures; any other word stays the name that it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache

Plain = Callable[[str], str]
"""Makes a line plain."""

_WORDS: Mapping[str, str] = {
    "epoch": r"轮次|轮数|周期|エポック|에포크|에폭|епох\w*|эпох\w*|époque|época|"
    r"epoca|epochen?|epoka|epoce|\bepok\b|\bdurchgang|\bepoque|\bdönem",
    "step": r"步数|步骤|步(?=[ :：]{0,3}\d)|迭代次数|迭代|ステップ|스텝|"
    r"반복|\bшаг(?!\w* обучен)\w*|\bитераци\w*|\bкрок\b|"
    r"\bitération|\biteración|\biteração|\biterazione|\bschritt|\bpas(?= ?[=:] ?\d)|"
    r"\bétape|\bpasos?(?![^\W_])|\bpasso\b|\bkrok\b|\badım",
    "episode": r"\bepisodios?\b",
    "skipped": r"跳过|スキップ|\bпропущен[^\W\d_]*|\bomitid[oa]s?\b|übersprungen",
    "batch": r"\blotes?\b|\blots?\b|批次|バッチ|배치|\bбатч\w*|\bпакет\w*",
    "learning rate": r"\bη\b|\btaux\b(?! d)|学习率|学習率|학습률|скорость обучения|шаг обучения|"
    r"lernrate|taux d'apprentissage|tasa de aprendizaje|taxa de aprendizado",
    "train": r"训练集?|訓練|学習|トレーニング|학습|훈련|\bобуч\w*|\bтрениров\w*|\bнавчан\w*|"
    r"trainings|\bappr\b\.?|\bentren\b\.?|\blern\b|\bentraînement|\bapprentissage|\bentrenamiento|\btreino|\btreinamento|\baddestramento|"
    r"\beğitim",
    "val": r"验证集?|校验集?|评估集?|検証|評価|バリデーション|검증|평가|\bвалидац\w*|\bвалідац\w*|"
    r"\bвал\b\.?|\bвал(?=_)|\bпровер(?:к|оч)\w*|validierungs?|"
    r"entwicklungs(?=verlust|fehler)|prüf(?:ungs?)?(?=verlust|fehler|genau|[ :)])|"
    r"\bvalidaci[oó]n|\bvalidação|\bvalidazione|"
    r"\bwalidacj[aią]|(?<=_)wal\b|\bdoğrulama",
    "test": r"测试集?|テスト|테스트|\bтестов\w*",
    "loss": r"损失值?|損失|ロス|손실|\bпотер[яиьюе]\w*|\bлосс\w*|\bвтрат\w*|verlust|"
    r"förlust|\bperte(?![^\W_])|\bp[eé]rdida|\bperda\b|\bperdita(?![^\W_])|\bstrata(?![^\W_])|\bkayıp|\bkayb[ıi]",
    "error": r"\bошибк\w*|誤差|误差|\bfehler",
    "accuracy": r"准确率|正确率|精度|正解率|정확도|\bточност\w*|\bточність|genauigkeit|"
    r"\bexactitude?|\bacurácia|\baccuratezza|\bdokładność|\bdoğruluk",
    "precision": r"\bprécision|\bprecisión|\bprecisione|\bprecisão",
    "recall": r"\brappel\b|\brichiamo\b",
    "avg": r"平均|평균|\bсредн\w*",
    "grad norm": r"‖[∇g]\w*‖|\bnorme du gradient|\bnorma del gradiente|"
    r"梯度范数|勾配ノルム|기울기(?: ?(?:크기|노름))?|\bнорма градиент\w*",
    "duration": r"时长|継続長|\bдлительност\w*|\bдлит\b\.?",
    "pitch": r"音高|ピッチ|음높이|피치|\bтон\b|\bвысот\w* тона",
    "energy": r"能量|エネルギー|에너지|\bэнерги\w*",
    "total": r"总(?=损)|総(?=損)|총(?=손)|\bобщ[^\W\d_]{1,3}(?= (?:ошиб|потер|лосс))",
    "global": r"全局(?=步|迭)|グローバル(?=ステップ)",
    "mel": r"梅尔|メル|멜|\bмел\b",
    "best": r"最佳|最优|最良|최고|최적|\bлучш[^\W\d_]*|\bbester?\b|"
    r"\bmeilleure?|\bmejor|\bmelhor|\bmigliore|\bnajleps\w*",
    "of": r"(?<=\d )(?:von|из|sur|di|de)(?= \d)",
    "warning": r"\bavertissement|\bachtung|предупреждение|\bwarnung|\badvertencia|警告|경고",
    "generator": r"生成器|ジェネレータ|생성자|\bгенератор\w*",
    "discriminator": r"判别器|判別器|識別器|판별자|\bдискриминатор\w*|\bдискр\b\.?|\bdiskriminator",
    "adversarial": r"对抗|\bсостязат\w*|\bсост\b\.?",
    "reward": r"\brecompensa|奖励|報酬|보상|\bнаград\w*|\bbelohnung|\brécompense|\bricompensa",
    "score": r"\bpuntuación|得分|スコア|점수",
    "feature matching loss": r"特征匹配(?!损)",
    "feature matching": r"特征匹配|\bпризнак\w*|\bпризн\b\.?",
    "": r"结束|完成|終了|\b(?:на|при|для|de|di|du|da) |\bd'",
}
"""Patterns of a word by what it is in English; of what stands between two words too."""
_COUNTED = re.compile(
    r"第 {0,3}(\d{1,12}) ?(轮|步|エポック|ステップ)(?: ?[/,、(]? ?共 ?(\d{1,12}) ?\2\)?)?"
)
_BEFORE = re.compile(r"(?<![\w:])(\d{1,12}(?: ?/ ?\d{1,12})?)[ -]?(epoch|step)\b(?! *[:=]? *\d)")
"""A count before its axis: `3/14 エポック`."""
_FEWEST = 3
_ASCII = re.compile(r"epoca|epoche|epoka|epoque|verlust|schritt|perte|perd(?:a|ita|ida)|krok", re.I)
"""Some that have no letter beyond ASCII, each with one of which a training is told."""
_AS_DECIMAL = re.compile(
    r"(?:[:=.;] ?|\| {0,20}|[^\W\d] |  )(\d{1,12}),(\d{1,12})(?=[\s;|)%]|,\s|$)", re.MULTILINE
)
_AS_POINT = re.compile(r"(?:[:=.;] ?|\| {0,20}|[^\W\d] |  )\d{1,12}\.\d")
_DIGITS = re.compile(r"(\d+)")
_COMMA = re.compile(r"(?<=\d),(?=\d)")
_APART = re.compile(r"(?<=\d)[\u00a0\u202f](?=\d{3}(?!\d))")
"""A blank between thousands that no line may break at."""
_THOUSANDS = re.compile(r"(?<=\d)\.(?=\d{3}(?!\d))")


def plain_of(head: bytes) -> Plain | None:
    """Return what makes the lines of a text plain, None where they are.

    Args:
        head: The first bytes.
    """
    has_comma = _has_decimal_comma(head)
    has_words = _may_be_foreign(head) and count_of_words(head.decode(errors="replace")) >= _FEWEST
    if not has_comma and not has_words:
        return None

    @lru_cache(maxsize=4_096)
    def said(line: str) -> Sequence[str]:
        line = _COMMA.sub(".", line) if has_comma else line
        return (in_english(line) if has_words else line).split("0")

    def plain(text: str) -> str:
        """Return a line made plain, as all are that differ in their digits alone."""
        if "\u202f" in text or "\xa0" in text:
            text = _APART.sub("", text)
        text = _THOUSANDS.sub("", text) if has_comma else text
        parts = _DIGITS.split(text)
        words = said("0".join(parts[::2]))
        if 2 * len(words) != len(parts) + 1:  # a number was of a word
            return in_english(text)
        parts[::2] = words
        return "".join(parts)

    return plain


def count_of_words(text: str) -> int:
    """Return how many words of trainings in other languages a text has, in any of its lines."""
    foreign = (line for line in text.splitlines() if not line.isascii() or _has_ascii_word(line))
    return sum(bool(_english(match)) for line in foreign for match in _pattern().finditer(line))


def _has_ascii_word(line: str) -> bool:
    return _ASCII.search(line) is not None


def in_english(text: str) -> str:
    """Return a line with its words in English.

    >>> in_english("Эпоха 3: потери на валидации = 0.5"), in_english("第3轮,训练损失:0.5")
    ('epoch 3: loss val = 0.5', 'epoch 3,train loss:0.5')
    """
    if "第" in text:
        text = _COUNTED.sub(_of_all, text)
    return _BEFORE.sub(r"\2 \1", _pattern().sub(_spaced, text))


def _of_all(match: re.Match[str]) -> str:
    axis = "epoch" if match[2] in "轮エポック" else "step"
    after = "," if match.string[match.end() : match.end() + 1].isalpha() else ""
    of = f"/{match[3]}" if match[3] else ""
    return f"{axis} {match[1]}{of}{after}"


def _spaced(match: re.Match[str]) -> str:
    """Return the English word, apart from the letters about it: some languages have no blanks."""
    word, text = _english(match), match.string
    before: str = text[max(0, match.start() - 1) : match.start()]
    after: str = text[match.end() : match.end() + 1]
    is_apart = before.isalpha() and (before.isascii() or word in ("epoch", "step"))
    apart = " " if word and is_apart else ""  # `Generatorverlust`, `通算ステップ`
    return f"{apart}{word} " if word and after.isalnum() else f"{apart}{word}"


def _english(match: re.Match[str]) -> str:
    return tuple(_WORDS)[(match.lastindex or 1) - 1]


@cache
def _pattern() -> re.Pattern[str]:
    # the rest of a word is letters: `эпоха_10` ends with a number
    words = (words.replace(r"\w*", r"[^\W\d_]*") for words in _WORDS.values())
    return re.compile("|".join(f"({each})" for each in words), re.IGNORECASE)


def _may_be_foreign(head: bytes) -> bool:
    return not head.isascii() or _has_ascii_word(head.decode())


def _has_decimal_comma(head: bytes) -> bool:
    """Return whether numbers have a comma before their fraction, and none a point.

    Three digits behind a comma may be thousands, but not behind a zero.
    """
    if b"," not in head:
        return False
    text = head.decode(errors="replace")
    found = _AS_DECIMAL.findall(text)
    sure: int = sum(whole == "0" or len(rest) != 3 for whole, rest in found)
    return sure >= _FEWEST and sure > len(_AS_POINT.findall(text))
