"""The grammar of consoles: a line of text to the named numbers and the place that it tells.

A line is parsed into items, a name before a number: ``Mel Loss: 0.51``, ``loss=nan``, ``lr 1e-4``,
``Step [10/3125]``, ``(epoch: 1, iters: 100)``, ``loss ... 0.8``. Words between the items mean
nothing. An item is an axis by its name (``Step: 1k``, ``it 300``, ``Batch 7/100``), a metric by the
sign between name and number or, behind a mere blank, by a name that speaks of a loss. What no
trainer means by a metric is none: source lines (``(trainer:566)``), clocks, rates, sizes, ranks.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Literal, NamedTuple

from healthlint.logs.families import is_higher_better
from healthlint.logs.shipped import words
from healthlint.logs.vocabulary import ToldSplit, recognise, split_of, split_words, told_split
from healthlint.readers.numbers import parse

OF_VALIDATION = frozenset({"val", "test"})
"""Splits that are measured, not trained on."""
LONGEST = 4_096
"""Characters of the longest line that is looked at; longer ones are configurations."""

Role = Literal["epoch", "step", "batch", "loss", "split", "other", "none"]

_GROUPED = r"[1-9]\d{0,2}(?:,\d{3})+"
_END = r"(?!\d|,\d)"  # of digits: `0,51` is a decimal as some countries write it, or a list
_NUMBER = (
    rf"[-+]?(?:{_GROUPED}(?:\.\d+)?{_END}|\d++(?!,\d)\.?\d*(?:[eE][-+]?\d+)?"
    r"|\.\d+(?:[eE][-+]?\d+)?|(?i:nan|inf(?:inity)?)\b)"
)
_ROUNDED_AWAY = re.compile(r"0?\.0{3,}")
"""A rate of which no digit is left: ``lr 0.0000`` may have been ``1e-5``."""
_NO_NUMBER = r"(?!(?i:nan|inf(?:inity)?)\b)"
_ITEM = re.compile(
    rf"(?<![\w./\-])(?P<name>{_NO_NUMBER}[^\W\d][\w/.@\-]{{0,80}}+"
    rf"(?: ++{_NO_NUMBER}(?:[^\W\d]|\()[\w/.@\-)]{{0,80}}+){{0,7}}+)"
    r"(?P<sign> *+(?:[:=#]++|-> ?|\.{3,}:?) *+(?:\[ *+)?| *+[\[(] *+|[ \t]++)"
    rf"(?P<number>{_NUMBER})(?P<k>[kKM]\b)?"
    rf"(?:(?: ?/ *+| of )(?P<of>{_GROUPED}|\d{{1,18}})(?!\.){_END})?"
    r"(?!(?!(?:dB|Hz)\b)\w|:\d|/|-\d|\.[-\d])"
    r"(?! ?(?:it|steps?|sec|samples|tokens?|batch(?:es)?|words)?/s)"
    r"(?! (?:m?s|secs?|seconds|minutes|hours|[kKMG]i?B)\b)"
)
# Spellings that are made plain before a line is parsed: only where the sign before it is there.
WRAPPED = re.compile(
    r"\b(?:tensor|array|np\.\w{1,20}|numpy\.\w{1,20}|float)\(\[?([-+\w.]{1,40})\]?"
    r"(?:, *\w{1,20}=[^(),]{1,40}){0,4}\)"
)
_TUPLE = re.compile(r"\((\w[\w/ .\-]{0,80}), ([-+\d][\w.+\-]{0,40}|nan|inf)\)")
_MEMBER = re.compile(r"(\w{1,80})=")
_BAR = re.compile(
    r"((?i:\bepochs?): +)?\d{1,12}%\|[^|]{0,400}\| *(\d{1,12})/(\d{1,12}) \[([^\]]{0,2000})\]?"
)
_BAR_AFTER = re.compile(
    r"\[(\d{1,12})/(\d{1,12})\]: *\d{1,12}%\|[^|]{0,400}\| *\[([^\]]{0,2000})\]?"
)
"""A bar whose count stands before it: ``[5760/64000]:   9%|#    | [00:12, loss=0.29]``."""
_VALUE = re.compile(r"[A-Za-z)][:=] ?-?\d{1,12}\.\d")
_OPEN_BAR = re.compile(
    r"(?<![\w.])(\d{1,12})[a-z]{0,8} ?\[(?:\d{1,12}:){1,2}\d{1,12}, *[^\],=]{1,40}, "
    r"([^\]=]{1,40}=[^\]]{0,2000})\]?"
)
"""A bar whose end is not known: ``500it [02:34,  3.31it/s, loss=0.62]``."""
_COUNT_BAR = re.compile(r": : \d{1,12}it \[[^\]]{0,80}\]")
"""The end of a bar whose words hold the means so far: ``L1: 0.24, Sync: 0.7: : 30it [..]``."""
_SPREAD = re.compile(r" \((?:std|stdev|sd)[:=]? ?[-+\w.]{1,40}\)", re.IGNORECASE)
_OBJECTIVE = re.compile(
    r"\b[Oo]bjective function for ([\w\-]{1,40}) for minibatches \d{1,12}-(\d{1,12}) is (?=[-\d])"
)
"""What Kaldi says of some batches."""
_OVERALL = re.compile(
    r"(?:\[(train|valid)_subset, iter (\d{1,12})\] )?\bOverall (?:average )?"
    r"(objective function|accuracy|log-\w{1,20}) for ([\w\-]{1,40}) is (?=[-\d])"
)
"""What it says of all of them, and of those that it keeps apart."""
_KALDI = re.compile(
    r"\bIter: (\d{1,12}/\d{1,12}) +(?:Jobs: \d{1,12} +)?"
    r"Epoch: [\d./]{1,40} \([\d.]{1,12}% complete\)"
)
"""Its iteration, each of a model of its own: the batches begin anew in it."""
_KERAS_BAR = re.compile(r"^\s*(\d{1,12})/(\d{1,12}) +(?:\[[=>.]|━)")
_MMENGINE = re.compile(r"\bEpoch\((\w{1,12})\) *\[(\d{1,12})\]\[ *(\d{1,12})/(\d{1,12})\]")
_MEASURED_AT = re.compile(
    rf"([^\W\d][\w/.\-]{{0,40}}) ?@ ?(epoch|step|iter(?:ation)?) ?(\d{{1,12}}): ?(?={_NUMBER})"
)
"""A measure, and where it was taken: ``FID @ epoch 4: 145.88``."""
_MEASURED_FOR = re.compile(
    rf"([^\W\d][\w/.@\-]{{0,40}}(?: [^\W\d][\w/.@\-]{{0,40}}){{0,3}}?) "
    r"(?:for|at|after|po|nach|dopo) (?:(?:global )?(epoch|step|iteration) (\d{1,12})"
    rf"|(\d{{1,12}}) (epoch|step|iteration)s?): ?(?={_NUMBER})"
)
"""The same in words: ``Eval loss for global step 40: 1.66``, ``Test MAE after 10 epochs: 1.66``."""
_SPREADS = frozenset({"std", "sd", "min", "max"})
_APART = re.compile(r"[ ,.]+")
_AFTER_SO_MANY = re.compile(
    rf"^(\W*(?!(?i:stop|wait|early|patience))(?:[^\W\d]\w{{0,20}} )?)(?i:after|at) "
    rf"({_GROUPED}|\d{{1,12}}) (updates|steps|iterations|iters|epochs)\b"
    r"(?! (?:of|with|without|no) )"
)
"""The place at the head of a sentence: ``After 1,000 updates (epoch 1) the training loss is``."""
_OF_THREE = re.compile(
    r"([^\W\d][\w@.\-]{0,40}) (train)/(val|valid|dev)/(test) ?[=:] ?"
    rf"({_NUMBER})%? ?/ ?({_NUMBER})%? ?/ ?({_NUMBER})%?"
)
"""A score of three splits: ``MRR train/val/test = 0.14 / 0.10 / 0.09``."""
_ROW_OF_SCORES = re.compile(
    rf"^(\s*([^\W\d][\w@.\-]{{0,40}})): {{1,4}}"
    rf"((?:[^\W\d]\w{{0,30}} {_NUMBER}%?(?: {{2,8}}|\s*$)){{2,80}})$"
)
"""A score of each class: ``IoU:  road 88.10  car 69.90``."""
_IN_EPOCH = re.compile(
    rf"(\w{{1,40}}) in epoch (\d{{1,12}}) (?:iteration|step|batch) (\d{{1,12}}): ?(?={_NUMBER})"
)
"""The same by epoch and batch: ``loss in epoch 3 iteration 0: 1.3042``."""
_SPLIT_AND_PLACE = re.compile(
    r"([^\W\d][\w@./\-]{0,40}) \((train|val|valid|dev|test), ?"
    r"(ep|epoch|step|iter)[: ]{0,2}(\d{1,12})\)(?= ?[:=])"
)
"""A split and the place beside it: ``PER (dev, ep:3): 43.65``."""
_OF_PART = re.compile(
    r"(?i)\b(train|val|valid|validation|dev|test) ?\(([^\W\d][^()=]{0,40}: [^()]{1,400})\)"
)
"""What brackets behind a split hold: ``valid (NDCG@10: 0.1479, HR@10: 0.2947)``."""
_THREE_LISTS = re.compile(
    r"^(\d{1,12}) +\[([-+\w., ]{3,400})\] +\[([-+\w., ]{3,400})\] +\[([-+\w., ]{0,400})\] *$"
)
"""DeepXDE's row: step, losses of training, of a test, measures of the test."""
_OVER_SO_MANY = re.compile(r" (?:over|across) (?:the )?(?:last )?\d{1,12} \w{1,20}(?= ?[:=])")
"""Of how many something is the mean: ``return over 10 games: 3.8``."""
_SO_MANY_OF = re.compile(
    r"([:=] ?)\d{1,12} ?/ ?\d{1,12} ?(?:= ?|\() ?(\d{1,12}(?:\.\d{1,20})?)%?\)?(?=[ ,;|)]|$)"
)
"""A count and the share that it is: ``Accuracy: 9231/10000 (92%)``."""
_ADDRESS = re.compile(r"(?i)\b(?:[\da-f]{2}:){5}[\da-f]{2}\b")
"""The address of a network card."""
_RATE_SET = re.compile(
    r"\b(?:[A-Za-z]\w{0,30} ){0,3}[Ll]earning rate(?: of group \d{1,12})?"
    r"(?:(?: [a-z]{2,9}ed)?(?: from [-+.\de]{1,20})? to:?|"
    r" is set (?:as|to):?|:? [-+.\de]{1,20} ->) (?=[\d.])"
)
"""What a schedule says that it does: ``reducing learning rate of group 0 to 5.0000e-04``."""
_BECOMES = re.compile(r"\)? {0,3}(?:>>|-{1,3}>|=>|to\b|\u2192)")
_AT_STEP = re.compile(r"(?i)\b(results?|step|iter|eval|val|valid|validation|test) ?@ ?(\d{1,12})\b")
_OF_GAME = re.compile(r"\b([DG])\((\w{1,4})\)")
"""What the discriminator says of real and made items: ``D(x): 0.8``, ``D(G(z)): 0.3``."""
_COCO = re.compile(
    r"Average (?:Precision|Recall) +\((A[PR])\) @\[ ?IoU=([\d.]{1,12}:?[\d.]{0,12}) *\| "
    r"area= *(\w{1,10}) *\| maxDets= *(\d{1,12}) ?\] ="
)
_LIST = re.compile(
    rf"\b([A-Za-z]\w{{0,20}}(?: [a-z]\w{{0,20}})?) ?[:=]? ?"
    rf"\[ ?((?:{_NUMBER}(?:, ?| {{1,4}})){{1,11}}{_NUMBER}) ?\]"
)
"""Losses by their place alone: ``loss [5.57 1.13 0.05]``."""
_NAMED_LIST = re.compile(
    rf"\[([A-Za-z][^\[\]]{{2,200}})\] ?[:=] ?\[ ?((?:{_NUMBER}[, ]{{1,4}}){{1,11}}{_NUMBER}) ?\]"
)
"""Names in one list and their numbers in another: ``[pdf, det] : [-1.08 2.31]``."""
_REQUEST = re.compile(r'"(?:GET|POST|PUT|HEAD|PATCH|DELETE|OPTIONS) \S{1,2000} HTTP/')
"""What a server logs of a request."""
_TACOTRON = re.compile(
    r"^\W*(Train|Validation) loss (\d{1,18}):? +([-+\w.]{1,40})(?: Grad Norm (?=\S))?"
)
_TIMM = re.compile(
    r"\b(Train|Valid|Validate|Eval|Test): *(\d{1,12}) +\[ *(\d{1,12}/\d{1,12})(?=[\] ])"
)
_IN_BRACKET = re.compile(
    r"(?i)\b(epoch|step|iter|iteration|update)s?(?: ?\.{2,3})? ?"
    r"\((\d{1,12})(?: ?/ ?(\d{1,12}))? ?\|"
)
"""An axis at the head of what brackets hold: ``Step... (30 / 2000 | Loss: 7.2)``."""
_SIDE = re.compile(r"[xX]\d{1,12}")
"""A side of an array: ``13 x 13 x1024``."""
_SETTING = re.compile(r"[A-Z\d]{2,40}(?:_[A-Z\d]{1,40}){2,8}")
"""A variable of the environment: ``HYDRA_FULL_ERROR=1``."""
_WITHIN_VAL = re.compile(r"[^(]{0,200}\[ *\d{1,12}/\d")
_METERED = re.compile(rf"(?<![\w.])(?:{_NUMBER}) ?\( *({_NUMBER}) *\)")
"""A value and its running average: of a validation, which is one measure, the latter counts."""
_PLACED = re.compile(
    r"^\s*(?:\[ *(\d{1,12}(?:/\d{1,12})?)\] ?\[ *(\d{1,12}/\d{1,12})\]|"
    r"[\[(] *(\d{1,12}), *(\d{1,12})[\])]):?(?=\s)"
)
"""Epoch and batch before all: ``[3/8][50/150]``, ``[1,  2000]``."""
_SPLIT_BEHIND = re.compile(
    r"(?i)^\s*\[ *(\d{1,12})\] ?\[ *(train(?:ing)?|val|valid(?:ation)?|eval|dev|test) *\]"
)
"""Epoch and split before all: ``[3] [valid]``."""
_PERCENT_PLACED = re.compile(
    r"^\s*\[ *(\d{1,12})\] (?=[A-Z].{0,80}\b[Tt]raining: \d{1,3}\.\d{1,6}%)"
)
"""An epoch alone before all, and how much of it is done: ``[ 3] Lr: 0.001, Training: 18.32%``."""
_STEP_TIME = re.compile(
    r"(?<![\w/] )(?<![\w/])(?:time|dt|step_time|iter_time)[ :=]{1,2}"
    r"(\d{1,12}\.\d{1,12}) ?ms(?=[ ,|]|$)"
)
"""How long a step took, as nanoGPT and its like print it: ``time 252.46ms``."""
_SLASHED = re.compile(
    r"(?:(?<=\d)|(?<=\d\)))/(?!(?:it|iter|iteration|step|batch|epoch|s|sec)s?\b)"
    r"(?=[A-Za-z]\w{0,19}: ?\d)"
)
"""A slash between items: ``loss:119.982(131.926)/lr:0.001/bs:50``."""
_STEP_OF_MODEL = re.compile(r"^([A-Z]\w{0,9}):\[(\d{1,12}/\d{1,12})\](?=,? [A-Za-z])")
"""A step behind the name of a model: ``AE:[16/900], loss_rec=0.88``."""
_OF_SOURCE = re.compile(r"\.(?:py|pyx|cc|cpp|cu|lua|jl)$")
"""A file of a program, before the number of a line: ``[train.py: 178]``."""
_ROUNDED_STEP = re.compile(r"^\s*\[(\d{1,12})(?:\.0 |(\.\d)?([KMk]) ?)(?:/\d{1,12}[KMk])?\] (?=\w)")
"""A step alone before all, thousands as such: ``[1.2K ] Tr stat``."""
_TWO_STATISTICS = re.compile(rf"\b(mean|min)/(median|max) (\w{{1,30}}) ({_NUMBER})/(?={_NUMBER})")
"""Two statistics of one thing: ``mean/median reward 2048.6/2060.6``."""
_GLUED = re.compile(
    r"(?i)^\W*(?:epoch|ep|e)[-_]?(\d{1,12})(?:/\d{1,12})?\W{1,3}"
    r"(?:(step|iter|it|s|batch|b)[-_]?(\d{1,12})(?:/\d{1,12})?\b)?"
    r"(?=\W|(?:it|iter|step|batch|dev|val|valid|validation|eval|test|train|training|lr)\b)"
)
"""Axes before all in a letter or two: ``E1 S100 |``, ``ep003/100: ``, ``e00 b0040 |``."""
_ON = re.compile(r"^on (\d{1,12}): (?=[A-Za-z])")
"""What alive_progress puts before a line that is printed while its bar is drawn."""
_OF_BEST = re.compile(
    r"(?i)\bbest\b[^\d|]{0,40}[\d.][\d.eE+\-]{0,20} {0,4}"
    r"(?:[(@] {0,4}|\(? {0,4}(?:in|at|from) )\w+$"
)
"""A place of the best so far, which is not where the training is: ``best 0.53 in epoch 12``."""
_LISTED_BELOW = re.compile(
    rf"^( {{2,}}[^\W\d][\w/.\-]{{0,40}}(?: \w{{1,20}}){{0,2}}) {{2,}}({_NUMBER}) ?%?\s*$"
)
"""A name and its number alone on an indented line, far from each other."""
_LAST_CELL = re.compile(rf"^([^|]*[A-Za-z)]) *\| *({_NUMBER})\s*$")
_BEHIND = re.compile(
    rf"(?i)(?:(?<=[,;|])|(?<=^))\s*({_NUMBER}) "
    r"((?:\w{1,20} )?(?:loss|lr|acc|accuracy))(?= *(?:[,;|]|$))"
)
"""A number before its name: ``0.51 avg loss, 0.001 LR``."""
_ASIDE = re.compile(
    r"(?<=[\dfn%]) ?\((?! ?(?i:ep|epoch|step|it|iter|gs|train|training|val|valid|validat\w{1,3}|"
    r"eval|test|dev)\b)([^()=:]{0,80})\)"
)
_PAIRS = re.compile(rf"(?:^|[,;] ?| )[^\W\d]\w{{0,20}}\.? {_NUMBER}(?=[,; ]|$)")
_OF_EPOCH = re.compile(r"(?i)(\bepoch:? \d{1,12}(?: ?/ ?\d{1,12})?) \((\d{1,12} ?/ ?\d{1,12})\)")
"""A batch in brackets behind its epoch: ``Epoch: 7/80 (100/400)``."""
_CELL_OF_EPOCH = re.compile(
    r"(?i)(\bepoch:? *\d{1,12}(?: ?/ ?\d{1,12})? *\|) *(\d{1,12})/(\d{1,12}) *(?=\|)"
)
"""A batch between bars behind its epoch: ``Epoch 1 | 150/500 |``."""
_DARKNET = re.compile(
    r"^ *(\d{1,12}): (-?[\w.]{1,20}), (-?[\w.]{1,20}) avg(?: loss)?, ([\d.]{1,20}) rate,"
)
_BRIEF_BAR = re.compile(
    r"(?:^|- )((?:[a-z]{1,3} -?[\w.]{1,20} ?){2,8})\| step (\d{1,12})(?::|\s*$)"
)
"""Losses by a letter or two before the bar: ``g 4.4900 d 0.0000 ad 0.0000| step 108: 33%|``."""
_FIRST = re.compile(
    r"(?:^\W*(?:\[[a-z]\w{0,15}\] +)?|\.py:\d{1,12}\] \[ *)"
    r"(\d{1,12})(?:/(\d{1,12}))?\]?(?::| \||,)?"
    r"(?: \[[^\[\]]{1,60}\])?[ \t]+(?=[A-Za-z(]|-?(?:nan|\d{1,12}\.\d{1,12})(?:,| [a-z]))"
)
_PLACE = re.compile(r"^[\w.\-/]+$")
_DOING = re.compile(r"(?i)[a-z]{3,20}ing")
_PROGRAM = re.compile(r"\.(?:py|c|cc|cpp|cu|cuh|h|hpp|jl|js|ts|rs|go|java|scala|lua)$")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SAID = words(Path(__file__).parent)
_LOSSES = frozenset(_SAID["losses"])
"""Words that say of a number without a sign before it that it is a metric."""
_ERRORS = _words("err error errors")
"""Words that do so beside another one: `train error`, but not `Errors: 0`."""
_FILLERS = frozenset(_SAID["fillers"])
_STATISTICS = _words("std mean median variance sum norm")
_LOADS = re.compile(
    r"(?i)^(?:(?!\d\.\d).){0,120}\b(?:re)?(?:load(?:ed|ing)?|restor(?:ed|ing))\b[^:=]{0,80}\b(?:checkpoint|model|weights)"
    r"|better model found at epoch \d{1,12} with \w{1,40} value\b"
)
"""What is loaded tells where another training was: ``loaded epoch 50 checkpoint``. What was found
better was told when it was measured."""
_OF_DATA = re.compile(r"\b(?:mel|pitch|f0|energy|duration)s?[ _]mean$")
_OF_ITEM = re.compile(
    r"(?i)\b(?:utt|utterance|sentence|wav) ?[:=#]? ?\d{1,12}\b"
    r"|^(?!.{0,4096}loss).{0,4096}\brtf ?[:=] ?\d{1,12}\.\d"
    r"|\bEpoch\[\d{1,12}\] Complete\. Time taken\b"
)
"""One of the things that are measured after a training: ``utt 0001/2939 ... WER 0.00%``.

Ignite's evaluators count epochs of their own.
"""
_OF_SCORING = re.compile(
    r"(?i)^(?!.{0,4096}\b(?:loss|epoch|step)\b)(?:\W{0,9}(?:[\d:]{1,12}\W{1,3})?(?:align|decod|"
    r"transcrib|synthesi|extract)\w{0,6} (?:batch|file|clip|utterance)\b|.{0,4096}\brtf \d)"
)
"""The same where no training is spoken of: ``align batch 1/26 ...``, ``RTF 0.071``."""
_WARNS = re.compile(r"\bWARN(?:ING)?\b|\b[Ww]arning:")
_LEVELS = _words("INFO DEBUG WARNING WARN ERROR CRITICAL TRACE NOTICE")
_NEVER = frozenset(_SAID["never"])
_UNITS = _words("s ms sec secs seconds")
_NEVER_LAST = _NEVER | _words("from than below above until within by")  # `val_loss improved from 2`
_PLANNED = frozenset(_SAID["planned"])
_EPOCHS = frozenset(_SAID["epochs"])
_STEPS = {name: rank for rank, names in enumerate(_SAID["steps"]) for name in names}
_BATCHES = frozenset({"batch", "batch_idx", "minibatch", "mini-batch", "mb", "batches"})
_RATE = re.compile(r"lr\d{0,2}")
_RATES = frozenset({"lr", "grad_norm", "grad_norm_clipped", "amp_scale"})


class Item(NamedTuple):
    """A name before a number.

    Attributes:
        role: What the name means.
        name: The name, without the words that are not of it; of an axis all words, in lower case.
        value: The number.
        of: The number behind a slash, None without one.
        is_signed: Whether a sign stands between name and number, not a mere blank.
        is_count: Whether the number is written as a whole one.
        start: Where the name begins.
        is_rounded: Whether the number is one of thousands, ``2k``, or ``1.2e+03``.
    """

    role: Role
    name: str
    value: float
    of: int | None
    is_signed: bool
    is_count: bool
    start: int
    is_rounded: bool = False


_PLACES = ("epoch", "step", "batch")
Place = tuple[float, int | None]
"""An epoch, step or batch, and how many of them there are, None where that is not told."""


@dataclass(slots=True)
class Said:
    """What one line tells.

    Attributes:
        epoch: Epoch, a fraction of one too.
        step: Step over the run, or within the epoch: that is not known from a line.
        batch: Batch within the epoch.
        split: Split that the words before the first metric name.
        values: Metrics by name.
        is_loss: Whether one of them is known, or speaks of a loss.
        is_running: Whether they are averages so far, of which the last one of a pass counts.
        is_rounded_away: Whether a rate is left out, for no digit of it was printed.
        is_bar: Whether the step is that of a progress bar.
        part: The name of the set that a validation is of, where it has one of its own.
    """

    epoch: Place | None = None
    step: Place | None = None
    batch: Place | None = None
    split: ToldSplit = ""
    values: dict[str, float] = field(default_factory=dict)
    is_loss: bool = False
    is_running: bool = False
    is_rounded_away: bool = False
    is_bar: bool = False
    part: str = ""

    @property
    def has_axis(self) -> bool:
        """Return whether it tells where in the training it is."""
        return self.epoch is not None or self.step is not None or self.batch is not None


def said_by(text: str) -> Said:
    """Return what a line tells.

    >>> said_by("(Step: 2400) train_gen_loss = 4.0412.").values
    {'train_gen_loss': 4.0412}
    >>> said = said_by("TRAIN Batch 7/100 loss nan lr 0.0005 rank 2")
    >>> said.epoch, said.batch, said.split, said.values
    ((7, None), (100, None), 'train', {'loss': nan, 'lr': 0.0005})
    """
    return _SHAPES.said_by(text)


def parsed(text: str) -> Said:
    """Return what a line tells, parsed anew."""
    is_running = _is_running(text)
    # again at the same place
    is_drawn = "%|" in text or _KERAS_BAR.match(text) is not None or _COUNT_BAR.search(text)
    is_of_means = is_running or text.startswith("Averaged stats: ")  # its means are in brackets
    text = _plain(_METERED.sub(r"\1", text) if is_of_means else text)
    said = Said(is_running=is_running or bool(is_drawn))
    if not text or _LOADS.match(text) or _OF_ITEM.search(text) or _OF_SCORING.match(text):
        return said
    text, part, said.part = _part_of(text)
    items = [item for item in _items(text) if item.role != "none"]
    if any(item.name.lower() == "loss" for item in items):
        items = [_beside_loss(item) for item in items]
    metrics = [item for item in items if _is_metric(item, items)]
    if _is_of_data(metrics):
        return said
    if not metrics:  # `Reading 100 of 4708: 40.01 Hz`
        items = [item for item in items if not _DOING.fullmatch(item.name)]
    if _WARNS.search(text) and not any(item.role == "loss" for item in metrics):
        return said
    if metrics and "best" in text.lower():
        items = [item for item in items if not _is_of_best(item, text)]
    _take_axes(said, items, text, has_metrics=bool(metrics))
    if metrics and (said.has_axis or not _is_the_best(metrics[0], text)):
        said.split = _split_before(text[: metrics[0].start])
        _take_values(said, metrics, text)
        if part:
            said.values = {f"{name} {part}": value for name, value in said.values.items()}
        said.is_loss = any(item.role == "loss" for item in metrics)
    return said


def _part_of(text: str) -> tuple[str, str, str]:
    """Return a line without the name of its set; that of ``dev-clean``, that of ``set=unseen``."""
    if part := _PART.search(text):
        return f"{text[: part.start()]}{part[1]} {text[part.end() :]}", part[2], ""
    part = _SET.search(text)
    if part and not split_of(part[1]) and _split_before(text[: part.start()]) in OF_VALIDATION:
        return f"{text[: part.start()]}{text[part.end() :]}", "", part[1]
    return text, "", ""


def _is_of_data(metrics: Sequence[Item]) -> bool:
    """Return whether a line tells what data are like: ``mel mean -5.4 std 2.1``."""
    names = [item.name.lower() for item in metrics]
    return "std" in names and any(map(_OF_DATA.search, names))


def _beside_loss(item: Item) -> Item:
    """Return what only a split names as a score: ``Loss: 1.9, Train: 0.34, Val: 0.27``."""
    split, slash, name = item.name.rpartition("/")
    if slash and name == "loss" and split_of(split) and item.role == "loss":
        return item._replace(name=f"{split}/score")
    return item


def _is_the_best(first: Item, text: str) -> bool:
    """Return whether metrics without an axis are no progress: ``Best result: dice 91``."""
    words = f"{text[: first.start]}{first.name}".lower()
    return "best" in words or "final" in words


def _is_of_best(item: Item, text: str) -> bool:
    """Return whether an axis tells where the best so far was."""
    return item.role in _PLACES and _OF_BEST.search(text[: item.start] + item.name) is not None


def _is_running(text: str) -> bool:
    """Return whether a line tells the running averages of a validation: ``Test: [8/9] Loss 2 (1)``.

    What stands in brackets behind a value may be the best one so far where no batch is told.
    """
    return (
        "(" in text
        and _WITHIN_VAL.match(text) is not None
        and _split_before(text.partition("(")[0]) in OF_VALIDATION
        and _METERED.search(text) is not None
    )


def _take_values(said: Said, metrics: Sequence[Item], text: str) -> None:
    """Take the metrics; a name that comes again behind the word of a split is of that split.

    So are those behind the word where it stands in a name and none else does, and ``V-loss`` beside
    ``T-loss``.

    ``train: loss=1.2 mel=0.6 | val: loss=1.3 mel=0.7``, ``val Loss: 0.5 Acc: 0.8``
    """
    split: ToldSplit = ""
    of_names = {_split_of_words(item.name) for item in metrics} - {""}
    paired = {item.name[2:] for item in metrics if _BRIEF.match(item.name)}
    trained = {item.name.removesuffix("_tr") for item in metrics if item.name.endswith("_tr")}
    for item in metrics:
        own = _split_before(text[: item.start])
        is_again = item.name in said.values and own != said.split
        if own and (is_again or of_names == {own}):
            split = own
        name = item.name
        if name[0] in "vV" and _BRIEF.match("t" + name[1:]) and name[2:] in paired:
            name = f"val/{name[2:]}"
        elif name.startswith("va_") and any(each.name.startswith("tr_") for each in metrics):
            name = name[3:] if is_rate(name[3:]) else f"val/{name[3:]}"
        elif name.endswith("_te") and name.removesuffix("_te") in trained:
            name = f"test/{name}"
        elif split and not recognise(name).split and not is_rate(name):
            name = f"{split}/{name}"
        said.values.setdefault(name, item.value)


def _split_of_words(name: str) -> ToldSplit:
    """Return the split that a word apart tells: ``val Loss``, not ``val_loss``."""
    first = name.partition(" ")[0].lower() if " " in name else ""
    return _OF_SPLIT.get(first) or told_split(first)


def numbers_in(text: str) -> list[str]:
    """Return the names of all numbers that a line gives a name and a sign.

    >>> numbers_in("torch==2.1, took 3 s"), numbers_in("batch_size: 32")
    (['torch'], ['batch_size'])
    """
    found = _ITEM.finditer(text[:LONGEST])
    return [match["name"] for match in found if set(match["sign"]) & {":", "="}]


def is_rate(name: str) -> bool:
    """Return whether a metric belongs to the optimizer, so to no split."""
    metric = recognise(name).metric
    if metric in _RATES:
        return True
    is_of_rate = any(map(_RATE.fullmatch, split_words(metric)))
    return is_of_rate and not speaks_of_loss(name)  # `g_lr`, but not `lr_psnr`


def _plain(text: str) -> str:
    """Return a line without what surrounds its numbers; empty for one that tells nothing."""
    text = _named_before(text)
    if "'" in text or '"' in text:
        text = text.replace("'s ", " ").replace("'", "").replace('"', "")
    for sign, pattern, plain in _SPELLINGS:
        if sign in text:
            text = pattern.sub(plain, text)
    bar = _KERAS_BAR.match(text)
    return "" if bar and bar[1] != bar[2] else text


def _named_before(text: str) -> str:
    """Return a line with each name before its number, behind a colon."""
    first = text.lstrip()[:1]
    if first in "[(":
        text = _SPLIT_BEHIND.sub(r"epoch \1, \2", text, 1)
        text = _PERCENT_PLACED.sub(r"epoch \1, ", text, 1)
        text = _PLACED.sub(_placed, text, 1)
    elif first in "eE":
        text = _GLUED.sub(_glued, text, 1)
    elif first == "o":
        text = _ON.sub(r"batch \1, ", text, 1)
    if " rate," in text:
        text = _DARKNET.sub(r"step \1, loss: \2, avg loss: \3, lr: \4 ", text)
    if text.startswith("  "):
        text = _LISTED_BELOW.sub(r"\1: \2", text)
    if text.count("|") == 1:
        text = _LAST_CELL.sub(r"\1: \2", text)
    return _BEHIND.sub(r" \2: \1", text) if "," in text else text


def _ungrouped(match: re.Match[str]) -> str:
    """Return ``loss[loss=1, ctc=2]`` as ``loss=1, loss/ctc=2``."""
    group = match[1]

    def member(found: re.Match[str]) -> str:
        own = found[1]
        return f"{group}=" if group == own or group.endswith(f"_{own}") else f"{group}/{own}="

    return " " + _MEMBER.sub(member, match[2]) + " "


def _headed(match: re.Match[str]) -> str:
    return f"{match[1]} {match[2]}/{match[3]}, " if match[3] else f"{match[1]} {match[2]}, "


def _tacotron(match: re.Match[str]) -> str:
    norm = " grad norm " if match[0].endswith("Norm ") else " "
    return f"{match[1]} step {match[2]}, {match[1]} loss: {match[3]}{norm}"


def _iterated(match: re.Match[str]) -> str:
    axis = "train step:" if match[1] else f"{match[2]} batch:"
    return f"{axis} {match[3]}/{match[4]}, "


def _listed(match: re.Match[str]) -> str:
    if not speaks_of_loss(match[1]):
        return match[0]
    numbers = match[2].replace(",", " ").split()
    return ", ".join(f"{match[1]}/{at}: {number}" for at, number in enumerate(numbers, 1))


def _paired(match: re.Match[str]) -> str:
    names, numbers = match[1].split(","), match[2].replace(",", " ").split()
    if len(names) != len(numbers):
        return match[0]
    bare = [name.strip().replace("(", "_").replace(")", "") for name in names]
    return ", ".join(f"{name}: {number}" for name, number in zip(bare, numbers, strict=True))


def _coco(match: re.Match[str]) -> str:
    name = "mAP" if match[1] == "AP" else "recall"
    return f"val {name}@{match[2].replace(':', '-')}/{match[3]}/{match[4]} ="


def _beside(match: re.Match[str]) -> str:
    """Return what brackets behind a value hold where it is a list of further ones."""
    inner: str = match[1] or ""
    pairs = _PAIRS.findall(inner)
    is_part = len(pairs) == 1 and inner == pairs[0] and speaks_of_loss(inner.split()[0])
    return f", {inner}, " if (len(pairs) > 1 or is_part) and "best" not in inner else ""


def _placed(match: re.Match[str]) -> str:
    return f"epoch {match[1] or match[3]}, batch {match[2] or match[4]}, "


def _of_model(match: re.Match[str]) -> str:
    is_metric = recognise(match[1]).is_known or speaks_of_loss(match[1])
    return match[0] if is_metric else f"step {match[2]}"


def _rounded_step(match: re.Match[str]) -> str:
    return f"step {match[1]}{match[2] or ''}{(match[3] or '').lower()}, "


def _glued(match: re.Match[str]) -> str:
    if not match[2]:
        return f"epoch {match[1]}, "
    axis = "batch" if match[2].lower() in ("b", "batch") else "step"
    return f"epoch {match[1]}, {axis} {match[3]}, "


def _of_part(match: re.Match[str]) -> str:
    """Return ``valid (NDCG: 0.1, HR: 0.2)`` with the split in each name."""
    return _PAIR_NAME.sub(rf"\g<1>{match[1]}/\2", match[2])


def _qualified(match: re.Match[str]) -> str:
    """Return what tells a split, or two of one name apart, as a word of it; else nothing.

    ``lr(text) 1e-4 lr(decoder) 3e-4``
    """
    if split_of(match[2]):
        return f"{match[1]} {match[2]}"
    is_again = match.string.count(f"{match[1]}(") > 1 or match[2] in _SPREADS
    return f"{match[1]}_{_APART.sub('_', match[2])}" if is_again else match[1]


def _scores(match: re.Match[str]) -> str:
    """Return a score of each class under the name of the score, another row as it is."""
    if not is_higher_better(match[2]):
        return match[0]
    pairs = match[3].split()
    if any(split_of(name) or _is_of_axis(name) for name in pairs[::2]):
        return match[0]
    named = zip(pairs[::2], pairs[1::2], strict=True)
    return ", ".join(f"{match[2]}/{each}: {number}" for each, number in named)


def _three_lists(match: re.Match[str]) -> str:
    parts = zip(("train loss", "test loss", "test metric"), match.groups()[1:], strict=True)
    named = [
        f"{name}/{at}: {number.strip()}"
        for name, numbers in parts
        for at, number in enumerate(filter(str.strip, numbers.split(",")), 1)
    ]
    return f"step {match[1]}, {', '.join(named)}"


def _share_of(match: re.Match[str]) -> str:
    """Return a share without its count; a place stays: ``Step: 100/1000 (10%)``."""
    before = match.string[: match.start()].split()
    return match[0] if before and _is_of_axis(before[-1]) else f"{match[1]}{match[2]} "


def _overall(match: re.Match[str]) -> str:
    place = f"{match[1]} epoch {match[2]}, " if match[1] else ""
    return f"{place}Overall {match[3]}/{match[4]}: "


def _measured(match: re.Match[str]) -> str:
    return f"{match[2] or match[5]} {match[3] or match[4]}, {match[1]}: "


def _briefly(match: re.Match[str]) -> str:
    words = match[1].split()
    losses = [f"{name} loss: {value}" for name, value in zip(words[::2], words[1::2], strict=False)]
    return f"step {match[2]}, {', '.join(losses)} "


def _unbarred(match: re.Match[str]) -> str:
    """Return a progress bar as the step that it shows, where it shows metrics beside it.

    One of epochs tells the epoch in any case.
    """
    epochs, at, of, beside = match.groups()
    if epochs:
        return f", epoch {at}/{of}, {beside} , "
    has_values = "=" in beside or _VALUE.search(match.string[: match.start()])
    return f", bar {at}/{of}, {beside} , " if has_values else " , "


_PAIR_NAME = re.compile(r"(^|[,;] )([^\W\d][\w@./\-]{0,40}: )")
_Spelling = tuple[str, str | re.Pattern[str], str | Callable[[re.Match[str]], str]]
_PLAIN: Sequence[_Spelling] = (
    ("]  ", _THREE_LISTS, _three_lists),
    ("Overall", _OVERALL, _overall),
    ("% complete)", _KALDI, r"epoch \1, "),
    # How many episodes LeRobot has seen, which are no epochs, and what it calls those
    ("epch:", r"\b(?:ep:[\d.]{1,12}[KM]? )?epch:", "epoch:"),
    # A unit before its number: ``active %: 7.4``
    (" %: ", r"(?<=\w) %(?=: ?\d)", ""),
    # How long an epoch was, on the line that sums it up
    ("Val steps", r"\bTrain steps: \d{1,12} Val steps: \d{1,12} ", ""),
    # The second set of LightGBM, where the first one is that of training
    ("training ", r"\bvalid_1 (?=\w{1,40}:)(?!.{0,2000}\bvalid_2 )", "valid "),
    (": : ", _COUNT_BAR, ""),
    # Whether less is better, and units, behind a name: ``mel\u2193: 0.77``, ``SI-SDR [dB]: 2.6``
    *((sign, rf"(?<=[\w)\]]) ?{sign}(?= ?[:=|])", "") for sign in "\u2191\u2193"),
    ("->", r"(?<=[^\W\d_])->(?=[^\W\d_]{1,30} ?[:=] ?[-+.\d])", "-"),
    *((a, r"(?<=[\w)]) ?[\[(](?:k?Hz|m?s|dB|%|bits?|nats)[\])](?= ?[:=])", "") for a in "[("),
    ("[", r"(?<!\w)(?!epoch|step)([A-Za-z]\w*)\[([A-Za-z][\w\-]*)\](?= ?[:=] ?[-+.\d])", r"\1/\2"),
    ("[", r"\b(val|valid|dev|eval|test)\[([A-Za-z][\w\-]{1,30})\](?= ?[@:])", r"\1 set=\2 "),
    ("(", _SPLIT_AND_PLACE, r"\2 \3 \4, \1"),
    ("ocessed ", r"\b[Pp]rocessed (\d{1,12}) batches(?=[ (,:])", r"batch \1, "),
    (" (", _SPREAD, ""),
    # Dots between a name and its number: ``recon......... 2.0953``
    ("....", rf"(?<=\w)\.{{3,80}}:? *(?={_NUMBER})", ": "),
    ("....", r"(?<=\w)\.{4,80}(?=[A-Za-z])", ", "),
    ("(", _OF_PART, _of_part),
    # What Python puts before a member of an enumeration: ``Stage.VALID loss: 5.42``
    (".", r"\b[A-Z][A-Za-z]{0,20}\.(?=(?:TRAIN|VALID|VAL|TEST|EVAL|DEV)\b)", ""),
    ("lr:(", r"\blr:\(([-+\w.]{1,20}),[-+\w., ]{0,200}\)", r"lr: \1"),
    # A name and its value in one word: ``loss_3.9016 acc_0.2526``
    ("_", r"(?<![\w/])([A-Za-z]\w{0,40}?)_(\d{1,9}\.\d{3,20})(?![\w.])", r", \1: \2"),
    ("| step ", _BRIEF_BAR, _briefly),
    ("\u2501", r"(?i)(\bepoch:? \d{1,12})/-\d", r"\1"),
    ("\u2501", r"[\u2501\u2578\u257a]{2,200} *(\d{1,12})/(\d{1,12})\b", r", batch \1/\2, "),
    ("(", _IN_BRACKET, _headed),
    *((sign, WRAPPED, r"\1") for sign in ("tensor(", "np.", "numpy.", "float(")),
    *((sign, _TUPLE, r"\1: \2") for sign in ("), (", "[(")),
    ("(", _MMENGINE, r"\1 epoch: \2, batch: \3/\4, "),
    ("(", _OF_EPOCH, r"\1, batch \2 "),
    *[("(", _OF_GAME, r"\1_\2")] * 2,  # from within
    ("| ", _CELL_OF_EPOCH, r"\1 batch \2/\3 "),
    ("/", _SO_MANY_OF, _share_of),
    ("(", _ASIDE, _beside),
    ("@[", _COCO, _coco),
    ("[", _NAMED_LIST, _paired),
    ("[", _LIST, _listed),
    ("[", r"\b(\w{1,80})\[([^\[\]]{0,400}?\w=[^\[\]]{0,2000})\]", _ungrouped),
    ("[", _TIMM, r"\1 epoch \2, batch \3 "),
    ("[", r"(?<=\d)(?:\] *\[| +\[) *(\d{1,12})/(\d{1,12})(?=[\] ])", r", batch \1/\2 "),
    # A bar that a message is printed behind, without a new line
    ("%|", r"^[^|]{0,200}\d%\|[^|]{0,400}\|[^\]|]{0,400}\](?=[A-Z]|\d{1,12}-\d{1,12}-\d)", ""),
    ("%|", _BAR, _unbarred),
    (", ", _OPEN_BAR, r", bar \1, \2 , "),
    ("minibatches", _OBJECTIVE, r"batch \2, objf/\1: "),
    ("%|", _BAR_AFTER, r", bar \1/\2, \3 , "),
    # The norm of a gradient in its own sign: ``|gD| 2.11``
    ("|g", r"(?<!\w)\|(g\w{0,20})\| (?:\.{3,80} )?(?=[-+\d.]|nan|inf)", r", \1_norm: "),
    # What TensorFlow's estimators say of an evaluation
    ("Saving dict", r"\bSaving dict for global step (\d{1,12}): ", r"eval step \1, "),
    ("loss ", _TACOTRON, _tacotron),
    (" Batch ", r"\b(TRAIN|CV) Batch (\d{1,12})/(\d{1,12})\b", r"\1 epoch \2, batch \3,"),
    ("Iter(", r"\bIter\((?:(train)|(\w{1,12}))\) *\[ *(\d{1,12})/(\d{1,12})\]", _iterated),
    ("(", r"(?<=\w)\((\d{1,12})\)(?= ?[:=] ?[-+\d.])", r"_\1"),
    ("(", r"(?<=\w)\((avg|mean|average|ema|smoothed)\)", r"_\1"),
    ("(", r"(?<=[a-z]) \((scale|level|stage|band) (\d{1,12}(?:\.\d{1,4})?)\)(?= \w)", r"_\1_\2"),
    # What brackets behind a name tell of it: ``RMSE(val) = 0.88``, ``FID(5k, ema) = 92.01``
    ("(", rf"(?<!\w)(\w{{1,40}})\((\w[\w ,.]{{0,30}})\)(?= ?[=:]? ?{_NUMBER})", _qualified),
    (" in epoch ", _IN_EPOCH, r"epoch \2, batch \3, \1: "),
    ("@", _MEASURED_AT, r"\2 \3, \1: "),
    *(
        (sign, _MEASURED_FOR, _measured)
        for sign in (" for ", " at ", " after ", " po ", " nach ", " dopo ")
    ),
    *((sign, _AFTER_SO_MANY, r"\1\3 \2, ") for sign in ("fter ", "t ")),
    ("train/", _OF_THREE, r"\2 \1: \5, \3 \1: \6, \4 \1: \7"),
    # How Tesseract counts: those that learned, those seen, those tried
    ("iteration ", r"(\biteration \d{1,12})(?:/\d{1,12}){2}(?=,)", r"\1"),
    (":  ", _ROW_OF_SCORES, _scores),
    ("/", _SLASHED, ", "),
    ("ms", _STEP_TIME, r"step_time: \1"),
    ("poch", r"^\s*(\d{1,12}) (?:epoch, |(?=Epoch [A-Z]))", r"epoch \1, "),
    # An epoch without a sign before its number: ``Start training epoch001``
    ("poch", r"(?<![\w./\-])([Ee]poch)(\d{1,12})(?![\w./\-])", r"\1 \2"),
    # The place before all, as char-rnn and its like print it: ``18/21150 (epoch 0.043),``
    (" (epoch ", r"^(\d{1,12}/\d{1,12}) \(epoch (\d{1,9}\.\d{1,9})\),", r"step \1, epoch \2,"),
    (":[", _STEP_OF_MODEL, _of_model),
    # A dash between name and number: ``| Loss - 8.30 | Grad. Norm - 5.13``
    (" - ", r"(\| [A-Z][\w. ]{0,30}) - (?=[-+]?\d{1,12}\.\d|nan\b|inf\b)", r"\1: "),
    *((sign, _TWO_STATISTICS, r"\1 \3: \4, \2 \3: ") for sign in ("mean/median ", "min/max ")),
    ("e=", r"(?<![\w.])e=(\d{1,12})(?=[ ,/]{1,3}(?:it|iter|step|s|b|batch)=)", r"epoch=\1"),
    ("=%", r"=%(?=\d)", "="),
    *((sign, _OVER_SO_MANY, "") for sign in (" over ", " across ")),
    # What PaddleOCR says of the evaluation it ends
    ("cur metric", r"\bcur metric, ", "eval: "),
    # Settings that Darknet prints with each batch
    ("(iou loss", r"\(iou loss, Normalizer: \([^)]{0,80}\) Region \d{1,12} Avg", ""),
    ("(lrate", r"\((lrate)(?=[\d.])", r"(\1: "),
    # Thousands of images, by which StyleGAN counts
    ("kimg", r"(?<![\w/])kimg *[:=]? *(\d{1,12}(?:\.\d{1,9})?)(?=[ ,;]|$)", r"step \1k "),
    ("earning rate on ", r"([Ll]earning rate) on \w{1,40}(?= ?[=:])", r"\1"),
    ("earning rate", _RATE_SET, ", learning rate: "),
    # Time past and to come, the step and its share before an unnamed loss: ``(200 1%) 6.5091``
    ("%) ", r"(?<=\) )\((\d{1,12}) \d{1,12}%\) (?=\d{1,9}\.\d{1,12}\s*$)", r"step \1, loss: "),
    # A measure before and after, of which the first is taken: ``D(G(z)): [0.48/0.41]``
    ("/", r"([:=] ?)\[ ?(-?\d{1,9}\.\d{1,12}) ?/ ?-?\d{1,9}\.\d{1,12} ?\]", r"\1\2 "),
    # `mAP@.5:.95` is one name
    ("@", r"(@[\d.]{1,12}):([\d.]{1,12})", r"\1-\2"),
    ("@", _AT_STEP, r"\1 step \2, "),
)
"""Spellings that are made plain, in this order: a sign that each has, where it is, and what for."""
_SPELLINGS = [(sign, re.compile(pattern), plain) for sign, pattern, plain in _PLAIN]


def _phrase(text: str, match: re.Match[str]) -> str:
    """Return the words before a number, without one that was a value or its unit."""
    phrase: str = match["name"]
    before = text[: match.start()]
    if before.endswith("=") and " " in phrase:
        return phrase.partition(" ")[2].lstrip()  # `set=dev wer=3`
    is_unit = phrase.startswith("ms ") and before.rstrip()[-1:].isdigit()
    return phrase[3:].lstrip() if is_unit else phrase  # `jitter 0.03 ms loss 0.7%`


def _items(text: str) -> Iterator[Item]:
    for match in _ITEM.finditer(text):
        sign = match["sign"]
        role, name = _meaning(_phrase(text, match))
        number = match["number"]
        if role == "none" or (role == "other" and "#" in sign) or _is_source_line(text, match):
            continue
        if match["of"] and role == "other" and number.isdigit() and _DOING.fullmatch(name):
            role = "batch"  # `Processing 200 of 111200: Loss 4.55`
        if _is_share(role, name, match) or (role == "split" and _is_size(match)):
            continue
        if number[0] in "iI" and _BECOMES.match(text, match.end()):
            continue  # `Loss Decreasing.. inf >> 0.44`: nothing was measured before
        if role == "split":
            role = "batch" if match["of"] else "loss"  # `Test: [48/48]`
        if role == "other" and recognise(name).metric == "lr" and _ROUNDED_AWAY.fullmatch(number):
            continue
        value = _value(number, match["k"], is_axis=role in ("epoch", "step", "batch"))
        if value is None:
            continue
        if role in ("step", "epoch") and "." in number and "loss" in name:
            role, name = "loss", " ".join(match["name"].split())  # `loss/train_step: 2.13`
        of = int(match["of"].replace(",", "")) if match["of"] else None
        is_signed = bool(sign.strip(" \t[("))
        digits = number.removesuffix(".") if role in _PLACES else number  # `Step: 30000. Time`
        is_count = digits.replace(",", "").isdigit()
        is_rounded = bool(match["k"]) or (role == "step" and "e" in number.lower())
        start = match.start() + max(0, match["name"].rfind(name))  # words before it tell the split
        yield Item(
            role=role,
            name=name,
            value=value,
            of=of,
            is_signed=is_signed,
            is_count=is_count,
            start=start,
            is_rounded=is_rounded,
        )


def _is_share(role: Role, name: str, match: re.Match[str]) -> bool:
    """Return whether a number tells how far something has come, or how many packets were lost."""
    if match["of"] and role not in (*_PLACES, "split"):
        return match["number"].isdigit()  # `evaluating HellaSwag: 10/40`
    return name.lower() == "loss" and match.string.startswith("%", match.end("number"))


def _is_size(match: re.Match[str]) -> bool:
    """Return whether the number behind a split is how many it has, or how far it has come.

    ``train: 5000, val: 500``, ``Training: 12.50%``
    """
    is_share = match["name"].endswith("ing") and match.string.startswith("%", match.end("number"))
    return is_share or (match["number"].isdigit() and not match["of"])


def _value(number: str, thousands: str | None, *, is_axis: bool) -> float | None:
    """Return a number; ``12k`` is one where steps are counted only."""
    value = parse(number.replace(",", ""))
    if value is None or (thousands and not is_axis):
        return None
    return value * (1e6 if thousands == "M" else 1e3) if thousands else value


def _is_source_line(text: str, match: re.Match[str]) -> bool:
    """Return whether a number is that of a line in a program: ``(trainer:566)``, ``fit:231``."""
    if match["sign"] != ":" or not match["number"].isdigit():
        return False
    if _PROGRAM.search(match["name"]):
        return True  # at the end of a line too: `saved      train.py:238`
    if not _PLACE.match(match["name"]):
        return False
    before, after = text[: match.start()][-1:], text[match.end() :][:1]
    is_around = before in (":", "(", "[") and after in (")", "]", " ", "")
    return is_around and not speaks_of_loss(match["name"])


def _name_from(words: Sequence[str]) -> int:
    """Return which word a name begins with: behind fillers, levels of a logger and paths."""
    for at in range(len(words) - 2, -1, -1):
        is_filler = words[at] in _LEVELS or words[at].strip(".").lower() in _FILLERS
        is_filler |= words[at] == "s."  # `took 47.470 s. Mean Reward: 18.5`
        if words[at] == "of" and words[at - 1 : at] and words[at - 1].lower() in _STATISTICS:
            continue  # `Std of Reward` is no reward
        if is_filler or words[at].count("/") > 1:
            return at + 1
    return 0


@lru_cache(maxsize=16_384)
def _meaning(phrase: str) -> tuple[Role, str]:
    """Return what the words before a number mean, and which of them are the name."""
    words = phrase.split()
    while words and words[-1] in ("is", "was", "at", "to", "now", "reached"):  # `IS` is a score
        words.pop()
    if axis := _axis(words):
        return axis, " ".join(words).lower()
    words = words[_name_from(words) :]
    words = [bare if split_of(bare := word.strip("().")) else word for word in words]
    words = [word for word in words if not word.startswith("(")] or words
    name = " ".join(words).strip(" -/.()")
    if name == "SECS":
        return "loss", name  # how alike two voices are, no seconds
    bare = name.lower().replace(" ", "_")
    if (
        not name
        or words[0] == "assert"
        or (_is_of_axis(words[-1]) and not speaks_of_loss(name))  # `from epoch`, `max steps`
        or _SIDE.fullmatch(name)
        or bare in _NEVER
        or ("/" in bare and bare.partition("/")[0] in _UNITS)  # `sec/step`
        or words[-1].lower() in _NEVER_LAST
        or _OF_SOURCE.search(words[-1])
        or name in _LEVELS
    ):
        return "none", name
    if words[-1] == "loss" and words[-2:-1] and words[-2].lower() in ("packet", "packets"):
        return "none", name
    if _SETTING.fullmatch(words[-1]) and not words[-1].endswith("LOSS"):
        return "none", name
    if all(split_of(word) for word in split_words(name)):
        return "split", f"{name}/loss"  # `250 val 2.06`
    is_of_split = "/" in name and split_of(name.partition("/")[0])  # `eval/cyc: 0.5`
    return ("loss" if is_of_split or speaks_of_loss(name) else "other"), name


def _axis(words: list[str]) -> Role | None:
    """Return which axis words are, None where they are none: ``max steps`` is a plan."""
    lower = [word.lower().strip("().") for word in words]
    if not lower:
        return None
    is_aside = words[-1][0] == "(" and words[-1][-1] == ")"  # `loss (batch)`
    planned = _PLANNED - {"start"} if "training" in lower else _PLANNED  # `Start training epoch 3`
    if (is_aside and speaks_of_loss(" ".join(words[:-1]))) or planned.intersection(lower[:-1]):
        return None
    unit, _, last = lower[-1].rpartition("/")
    if unit in _NEVER or unit.isdigit():
        return None  # `s/step`
    if last in _EPOCHS:
        return "epoch"
    if last in _STEPS or last == "bar":
        return "step"
    return "batch" if last in _BATCHES else None


def _is_of_axis(word: str) -> bool:
    lower = word.lower()
    return lower in _EPOCHS or lower in _STEPS or lower in _BATCHES


@lru_cache(maxsize=4_096)
def axis_word(name: str) -> str:
    """Return which axis the name of a column is, ``epoch`` or ``step``, empty for any other.

    >>> axis_word("Global Step"), axis_word("Loss")
    ('step', '')
    """
    role = _axis(name.split())
    return "" if role is None else "epoch" if role == "epoch" else "step"


@lru_cache(maxsize=16_384)
def speaks_of_loss(name: str) -> bool:
    """Return whether a name is a known metric but no rate, or has a word of losses in it."""
    known = recognise(name)
    if known.is_known:
        return known.metric not in _RATES
    words = set(split_words(name.replace("@", " ")))
    if "time" in words or {"loss", "scale"} <= words:
        return False  # `Time cost`, `reducing loss scale`
    is_loss = not words.isdisjoint(_LOSSES) or is_higher_better(name.partition("@")[0])
    return is_loss or (bool(_ERRORS & words) and len(words) > 1)


def _is_metric(item: Item, items: list[Item]) -> bool:
    """Return whether an item is a metric: behind a blank by its name, or beside such a one."""
    if item.role == "loss":
        return item.is_signed or not item.is_count
    if item.role != "other":
        return False
    if item.is_signed or recognise(item.name).is_known:
        return True
    if not _is_bare(item):
        return False
    if any(_is_akin(item, other) for other in items):
        return True
    # `Epoch 1, step 139: MLE 0.91  Dur 2.08`: names that nobody knows, side by side
    has_axis = any(other.role in _PLACES for other in items)
    return has_axis and sum(map(_is_bare, items)) > 1


def _is_akin(item: Item, other: Item) -> bool:
    """Return whether a bare item stands beside a loss as bare, or one of its own group.

    ``rcnn_cls: 0.6858, rcnn_box 0.2472``
    """
    if not other.is_signed:
        return other.role == "loss"
    group, line, _ = item.name.partition("_")
    return other.role in ("other", "loss") and bool(line) and other.name.startswith(f"{group}_")


def _is_bare(item: Item) -> bool:
    """Return whether an item is one word, or one behind a split, and a fraction behind a blank."""
    before = item.name.rpartition(" ")[0]
    is_word = not before or bool(split_of(before))
    return item.role == "other" and not item.is_signed and not item.is_count and is_word


def _take_axes(said: Said, items: list[Item], text: str, *, has_metrics: bool) -> None:
    best, is_rounded, is_plan = 9, False, False
    for item in items:
        at = _place_of(item)
        if at is None or (not has_metrics and item.name.endswith("epochs")):
            continue  # `Namespace(epochs=100)` is a plan
        if item.role == "epoch" and (said.epoch is None or is_plan):
            said.epoch, is_plan = at, item.name.endswith("epochs")  # `epochs: 5000, .., epoch: 3`
        elif item.role == "batch" and said.batch is None:
            said.batch = at
        elif item.role == "step" and (rank := _rank(item.name)) < best:
            said.step, best, is_rounded = at, rank, item.is_rounded
            said.is_bar = item.name.endswith("bar")
    if is_rounded and said.epoch and said.batch:
        said.step = None  # many lines are at `Step: 2k`; the batch tells them apart
    if has_metrics and not said.has_axis and (match := _FIRST.search(text)):
        said.step = float(match[1]), int(match[2]) if match[2] else None


def _place_of(item: Item) -> Place | None:
    if item.role not in _PLACES or not math.isfinite(item.value):
        return None
    if item.value < 0 or not (item.is_count or item.role == "epoch" or item.is_rounded):
        return None
    if item.is_rounded and 0 < item.value < 1:
        return None
    return (int(item.value) if item.is_count else item.value), item.of


def _rank(name: str) -> int:
    """Return how far behind others a name of a step stands: one over the run comes first."""
    words = [word.strip("().").rpartition("/")[2] for word in name.split()]
    return _STEPS.get(" ".join(words[-2:]), _STEPS.get(words[-1], 6))


_PART = re.compile(
    r"(?i)(?<![\w/])(dev|test|val|eval)"
    r"(?:[-_](?=(?:clean|other)[ :])|/(?!loss|acc|err)(?=\w{1,20} {2,20}[a-z]))(\w{1,20})"
)
"""One of several sets, as LibriSpeech has: losses of one are not those of the other."""
_BRIEF = re.compile(r"[tT][-_/ ].")
_SET = re.compile(
    r"(?i)(?<![\w./\-])(?:(?:data|test|sub|eval)?set|набор\w{0,3})=([^\W\d][\w\-]{1,30})[,;]? +"
)
"""The same of sets by names of their own: ``val: epoch 2 set=unseen mel=0.67``."""
_SPLIT = re.compile(
    r"(?<![\w/.\-])(train|training|vali|valid|validation|validate|validating|val|eval|evaluation|"
    r"evaluate|test|dev|cv|held-out)(?!\w|\.\w|/\w)",
    re.IGNORECASE,
)
_OF_SPLIT: dict[str, ToldSplit] = dict.fromkeys(("validate", "validating", "evaluate"), "val")


def _split_before(text: str) -> ToldSplit:
    """Return the split that words before the first metric name, the last one of them."""
    words = _SPLIT.findall(text)
    if not words:
        return ""
    word = words[-1].lower()
    return _OF_SPLIT.get(word) or told_split(word)


_TOKEN = re.compile(
    rf"(?<![\w.@])(?<!\d[eE][-+])([-+]?(?:{_GROUPED}(?:\.\d+)?{_END}|\d+(?:\.\d+|\.(?=[eE][-+]?\d))?(?:[eE][-+]?\d+)?"
    r"|\.\d+(?:[eE][-+]?\d+)?))"
)
_NOT_BEGUN = re.compile(r"\b0:00:00\b.{0,40}\bSteps?: 0\b")
"""A bar that shows zeros before its first batch: ``Time: 0:00:00 | Steps: 0 | Loss: 0.0``."""
_SETTINGS = re.compile(r"Namespace\(|^[^{]{0,200}\{[^{}=]{0,20}['\"]: \{(?!.{0,4000}loss)")
"""What a program was started with: ``Namespace(lr=1e-4)``, ``{'train': {'epochs': 100}}``."""
_STAMP = re.compile(
    r"(?:\w{1,8}:)?\W{0,2}(?:\d\d(?:\d\d)?[-/])?\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?Z?"
    r"(?: \| (?:INFO|DEBUG|SUCCESS) *\| [\w.<>:]{1,99}(?: - | \| )"
    r"| \[[\w./\-]{1,200}:\d{1,9} - INFO ?\] ?|[\]:\t ]{0,3}(?=\D))"
    r"|(?:[A-Z][a-z]{2} )?\d\d? [A-Z][a-z]{2}(?: \d{4})? +\d\d:\d\d(?::\d\d)? +(?:INFO|DEBUG) +"
)
"""The date and time that a logger puts before a line, loguru's place in the program too."""
_IN_THOUSANDS = re.compile(r"(?<=\d)'(?=\d{3}(?!\d))")
"""What the Swiss write between thousands: ``2'000``."""
_MOST_SHAPES = 4_096
_LAST_EPOCH = 1e8
_BY_VALUE = ("\u2501", "[=", "[>", "=>]")
"""Signs of a bar whose numbers decide whether the line counts."""
_STANDS_IN = re.compile(r"700000\d{5}|\d\.03125|7,0\d\d")
_COUNT = 70_000_000_000
"""Stand-in of the first number of a line, where that is a whole one: number i is i above it."""


def without_stamp(text: str) -> str:
    """Return a line without the date, the level and the place that a logger puts before it.

    >>> without_stamp("2024-04-11 17:08:44.838 | INFO     | vc.trainer:fit:188 - step 200")
    'step 200'
    """
    stamp = _STAMP.match(text)
    return text[stamp.end() :] if stamp else text


class _Told(NamedTuple):
    """Where a value of a line is: which of its numbers, times what; its own words where none."""

    at: int
    times: float
    value: float


class _Shape:
    """What all lines tell that differ in their numbers alone: where each value is in them."""

    def __init__(self, said: Said, origins: Mapping[float, _Told]) -> None:
        def told(value: float) -> _Told:
            return origins.get(value, _Told(-1, 1.0, value))

        self._said = said
        self.says = bool(said.values) or said.has_axis
        self.is_named_by_number = any(_STANDS_IN.search(name) for name in said.values)
        self._places = [
            (name, isinstance(at, int), told(at), None if of is None else told(of))
            for name in ("epoch", "step", "batch")
            if (place := getattr(said, name)) is not None
            for at, of in (place,)
        ]
        self._values = [(name, told(value)) for name, value in said.values.items()]
        self._names = tuple(said.values)
        self._pick: Callable[[Sequence[str]], tuple[str, ...]] | None = None
        if self._values and all(at.at >= 0 and at.times == 1 for _, at in self._values):
            # the first one again, for one alone would come without its tuple
            self._pick = itemgetter(*(at.at for _, at in self._values), self._values[0][1].at)
        rates = [each for each in self._values if recognise(each[0]).metric == "lr"]
        self._rates = [(name, at.at) for name, at in rates if at.at >= 0]

    def said(self, numbers: Sequence[str]) -> Said:
        """Return what a line with these numbers tells."""
        own = self._said
        values = self._values_of(numbers)
        is_rounded_away = False
        for name, number in self._rates:
            if values[name] == 0 and _ROUNDED_AWAY.fullmatch(numbers[number]):
                del values[name]
                is_rounded_away = True
        said = Said(
            None, None, None, own.split, values, own.is_loss, own.is_running, is_rounded_away,
            own.is_bar, own.part,
        )  # fmt: skip
        for name, is_count, at, of in self._places:
            value = _number_of(at, numbers)
            count = _number_of(of, numbers) if of else 0.0
            is_place = value >= 1 or value == 0 or name == "epoch"  # `step 1e-3` is a size
            is_place &= name != "epoch" or value < _LAST_EPOCH  # `epoch=1711200010` is a clock
            if is_place and value >= 0 and math.isfinite(value + count):
                place = int(value) if is_count else value
                setattr(said, name, (place, int(count) if of else None))
        return said

    def _values_of(self, numbers: Sequence[str]) -> dict[str, float]:
        if self._pick is not None:
            with suppress(ValueError):  # of thousands with commas
                return dict(zip(self._names, map(float, self._pick(numbers)), strict=False))
        return {name: _number_of(told, numbers) for name, told in self._values}


def _number_of(told: _Told, numbers: Sequence[str]) -> float:
    at, times, value = told
    if at < 0:
        return value
    number = numbers[at]
    return float(number.replace(",", "") if "," in number else number) * times


def _kind(number: str) -> str:
    """Return how a number that is not digits alone is written: a line may tell more by it."""
    if "," in number:
        return ",." if "." in number else ","
    return "e" if "e" in number or "E" in number else "."


def _stand_in(at: int, number: str) -> str:
    if "," in number:
        return f"7,{at:03}" + (".5" if "." in number else "")
    if number.isdigit():
        return str(_COUNT + at)
    return f"{at}.03125e0" if "e" in number.lower() else f"{at}.03125"


def _origins(stand_ins: Sequence[str]) -> dict[float, _Told]:
    """Return which number each value is that a line of stand-ins may tell, thousands included."""
    return {
        value * times: _Told(at, times, value)
        for at, value in enumerate(float(one.replace(",", "")) for one in stand_ins)
        for times in (1.0, 1e3, 1e6)
    }


class _Shapes:
    """Parses a line once for all lines that differ from it in their numbers alone."""

    def __init__(self) -> None:
        self._shapes: dict[tuple[str, ...], _Shape] = {}
        self._counts: Counter[_Shape] = Counter()
        self._patterns: list[tuple[Callable[[str], re.Match[str] | None], _Shape]] = []

    def said_by(self, text: str) -> Said:
        """Return what a line tells."""
        if len(text) > LONGEST:
            return _NOTHING
        for at, (matches, shape) in enumerate(self._patterns):
            if match := matches(text):
                if at:
                    self._patterns.insert(0, self._patterns.pop(at))
                return shape.said(match.groups()) if shape.says else _NOTHING
        return self._looked_up(text)

    def _looked_up(self, line: str) -> Said:
        """Return what a line tells that is none of the usual ones."""
        is_request = " HTTP/" in line and _REQUEST.search(line)
        is_other = ".py::" in line or _SETTINGS.search(line) is not None  # a test, settings
        is_other |= line.count("=False") > _MOST_SWITCHES and "loss" not in line
        is_said = "-->" in line and line.startswith("[")  # a transcript
        is_said |= "0:00:00" in line and _NOT_BEGUN.search(line) is not None
        if is_request or is_other or is_said or line.startswith("%WER"):
            return _NOTHING
        text = without_stamp(line)
        if text.find("] ", 0, 16) > 0 and text[0] in "[ ":
            text = _ROUNDED_STEP.sub(_rounded_step, text, 1)
        if "'" in text:
            text = _IN_THOUSANDS.sub("", text)
        if text.count(":") > 4:
            text = _ADDRESS.sub("", text)
        parts = _TOKEN.split(text)
        numbers = parts[1::2]
        kinds = ["0" if n.isdigit() else _kind(n) for n in numbers]
        key = (*parts[::2], *kinds)
        shape = self._shapes.get(key)
        if shape is None:
            if len(numbers) > _MOST_NUMBERS or any(sign in text for sign in _BY_VALUE):
                return parsed(text)
            shape = self._add(key, parts)
        if shape.is_named_by_number:
            return parsed(text)
        self._counts[shape] += 1
        if self._counts[shape] == _WORTH_A_PATTERN and line.endswith(text):
            self._add_pattern(shape, line, parts[::2], kinds)
        return shape.said(numbers) if shape.says else _NOTHING

    def _add_pattern(
        self, shape: _Shape, line: str, words: Sequence[str], kinds: Sequence[str]
    ) -> None:
        """Add a pattern of all lines of a shape, where no digit of them decides more."""
        stamp = line.removesuffix(without_stamp(line))
        may_be_stamp = not stamp and _LIKE_STAMP.search(line, 0, 40) is not None
        is_by_digits = "," in words[1:-1] or _BY_DIGITS.search(line) is not None
        if may_be_stamp or is_by_digits or not _WRITTEN.keys() >= {*kinds}:
            return
        numbers = [*(_WRITTEN[kind] for kind in kinds), ""]
        pattern = re.sub(r"\d", r"\\d", re.escape(stamp))
        pattern += "".join(chain(*zip(map(re.escape, words), numbers, strict=True)))
        self._patterns.insert(0, (re.compile(pattern).fullmatch, shape))
        for _, gone in self._patterns[_MOST_PATTERNS:]:
            del self._counts[gone]
        del self._patterns[_MOST_PATTERNS:]

    def _add(self, key: tuple[str, ...], parts: list[str]) -> _Shape:
        parts = parts.copy()
        for at in range(1, len(parts), 2):
            parts[at] = _stand_in(at // 2, parts[at])
        if len(self._shapes) >= _MOST_SHAPES:
            self._shapes.clear()
            self._counts.clear()
        shape = self._shapes[key] = _Shape(parsed("".join(parts)), _origins(parts[1::2]))
        return shape


_WORTH_A_PATTERN = 16
"""Lines of a shape that are worth a pattern of their own."""
_MOST_PATTERNS = 8
_WRITTEN = {
    "0": r"(\d++)",
    ".": r"([-+]?\d*\.\d++|[-+]\d++(?!\.\d))",
    "e": r"([-+]?(?:\d++(?:\.\d*+)?|\.\d++)[eE][-+]?\d++)",
}
"""Numbers by their kinds; with the words between them they tell what ``_TOKEN`` would."""
_BY_DIGITS = re.compile(
    r"(?i)\d'\d|^ {0,9}\[\d{1,12}\.\d|['\"]: \{|(?:[\da-f]{1,12}:){5}|"
    r"\d:\d{1,12}:\d.{0,99}\bsteps?: \d"
)
"""What is looked at digit by digit: thousands, settings, addresses, bars that have not begun."""
_LIKE_STAMP = re.compile(r"\d[-/]\d{1,12}[T ]\d{1,12}:\d|[A-Z][a-z]{2}[ \d]{0,20} \d{1,12}:\d")
"""A date and a time that other digits might make one of ``_STAMP``."""
_MOST_NUMBERS = 400
_MOST_SWITCHES = 2
_NOTHING = Said()
_SHAPES = _Shapes()
