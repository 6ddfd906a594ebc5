"""Russian sentences of our own, any number of them, the same for the same seed.

Each is grammatical (gender agrees, places stand in the prepositional case) and means little; what
matters is that together they hold every phoneme in many contexts and last two to four seconds.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

_NOUNS = {
    "m": "ветер дождь лес город поезд мальчик учитель музыкант корабль снег вечер голос "
    "художник капитан фонарь щенок чертёж врач рояль шорох журавль",
    "f": "река птица девочка музыка дорога звезда зима книга тишина площадь ночь женщина "
    "рыба башня лошадь песня жизнь вьюга щука юность чаща",
    "n": "утро море солнце облако письмо окно эхо поле дерево небо крыльцо зеркало чудо "
    "счастье яблоко животное",
}
_HARD = "стар нежн красн тёмн светл странн нов добр бел чёрн мокр мил тёпл холодн важн груб"
_SOFT = "поздн син древн зимн ранн дальн летн"
_ENDINGS = {
    "hard": {"m": "ый", "f": "ая", "n": "ое"},
    "soft": {"m": "ий", "f": "яя", "n": "ее"},
}
_VERBS = (
    "пел спал ждал молчал сверкал дрожал исчезал мерцал звучал стоял летел шумел дышал "
    "появлялся кружился смеялся двигался прятался улыбался просыпался"
)
_VERB_ENDINGS = {"m": "", "f": "а", "n": "о"}
_REFLEXIVE = {"m": "лся", "f": "лась", "n": "лось"}
_PLACES = (
    "в саду|за рекой|на площади|под мостом|у старой мельницы|в глубине леса|на краю города|"
    "возле школы|над морем|между домами|в пустой комнате|за окном|на чердаке|около фабрики|"
    "в тихой гавани|под снегом|у железной дороги|в цирке|на жёлтом песке|среди холмов"
)
_MANNERS = (
    "тихо|медленно|всю ночь|долго|вдруг|снова|едва слышно|каждый день|по-прежнему|чуть-чуть|"
    "очень громко|не спеша|целый час|осторожно|почти незаметно|иногда"
)
_OPENINGS = "Вчера|Сегодня|Потом|Там|Здесь|Однажды|Зимой|Весной|После грозы|Утром|Ещё вчера|Где-то"


def sentences(seed: int) -> Iterator[str]:
    """Sentences without end and without repetition.

    >>> from itertools import islice
    >>> list(islice(sentences(0), 2)) == list(islice(sentences(0), 2))
    True
    """
    rng = random.Random(seed)  # noqa: S311 - not a secret
    spoken: set[str] = set()
    while True:
        sentence = _sentence(rng)
        if sentence not in spoken:
            spoken.add(sentence)
            yield sentence


def _sentence(rng: random.Random) -> str:
    clause = _clause(rng)
    shape = rng.random()
    if shape < 0.35:
        return f"{rng.choice(_OPENINGS.split('|'))} {clause}."
    if shape < 0.6:
        return f"{clause[0].upper()}{clause[1:]}, а {_short_clause(rng)}."
    return f"{clause[0].upper()}{clause[1:]}{rng.choice('..?!')}"


def _clause(rng: random.Random) -> str:
    """Adjective, noun, manner, verb and place, agreeing in gender."""
    gender = rng.choice("mfn")
    noun = rng.choice(_NOUNS[gender].split())
    words = [_adjective(rng, gender), noun, rng.choice(_MANNERS.split("|")), _verb(rng, gender)]
    return " ".join([*words, rng.choice(_PLACES.split("|"))])


def _short_clause(rng: random.Random) -> str:
    gender = rng.choice("mfn")
    return f"{rng.choice(_NOUNS[gender].split())} {_verb(rng, gender)}"


def _adjective(rng: random.Random, gender: str) -> str:
    kind = "hard" if rng.random() < 0.7 else "soft"
    stem = rng.choice((_HARD if kind == "hard" else _SOFT).split())
    return stem + _ENDINGS[kind][gender]


def _verb(rng: random.Random, gender: str) -> str:
    verb = rng.choice(_VERBS.split())
    if verb.endswith("лся"):
        return verb.removesuffix("лся") + _REFLEXIVE[gender]
    return verb + _VERB_ENDINGS[gender]
