"""Russian sentences of our own, any number of them, the same for the same seed.

Each is grammatical (gender agrees, places stand in the prepositional case) and means little; what
matters is that together they hold every phoneme in many contexts and last two to four seconds.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

_WORDS = json.loads(Path(__file__).with_name("_words.json").read_text(encoding="utf-8"))


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
        return f"{rng.choice(_WORDS['openings'])} {clause}."
    if shape < 0.6:
        return f"{clause[0].upper()}{clause[1:]}, а {_short_clause(rng)}."
    return f"{clause[0].upper()}{clause[1:]}{rng.choice('..?!')}"


def _clause(rng: random.Random) -> str:
    """Adjective, noun, manner, verb and place, agreeing in gender."""
    gender = rng.choice("mfn")
    noun = rng.choice(_WORDS["nouns"][gender])
    words = [_adjective(rng, gender), noun, rng.choice(_WORDS["manners"]), _verb(rng, gender)]
    return " ".join([*words, rng.choice(_WORDS["places"])])


def _short_clause(rng: random.Random) -> str:
    gender = rng.choice("mfn")
    return f"{rng.choice(_WORDS['nouns'][gender])} {_verb(rng, gender)}"


def _adjective(rng: random.Random, gender: str) -> str:
    kind = "hard" if rng.random() < 0.7 else "soft"
    stem: str = rng.choice(_WORDS["adjectives"][kind])
    return stem + str(_WORDS["adjective_endings"][kind][gender])


def _verb(rng: random.Random, gender: str) -> str:
    verb: str = rng.choice(_WORDS["verbs"])
    kind = "reflexive_endings" if verb.endswith("лся") else "verb_endings"
    return verb.removesuffix("лся") + str(_WORDS[kind][gender])
