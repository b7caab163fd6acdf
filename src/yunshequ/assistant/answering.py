"""How 小栖 decides, without any I/O: is this a question, is it for me, and how sure am I of an answer."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from yunshequ.assistant.schemas import Band

NAME = '小栖'

_ADDRESS = re.compile(rf'^\s*(?:[@＠]?{NAME}(?:同学|机器人)?[\s,，:：。!！、]*)+|[@＠]{NAME}(?:\([^)]*\))?')
_GREETING = re.compile(r'^(?:您好|你好|请问(?:一下|下)?|问一下|想问(?:一下|下)?|麻烦问下|咨询(?:一下|下)?)[\s,，。!！、:：]*')
_ASKS = re.compile(
    r'[?？]|怎么|咋|如何|怎样|哪里|哪儿|哪块|哪个|哪些|哪天|在哪|去哪|到哪|啥|什么|几点|几号|多久|多少|多长时间|能不能|可不可以|'
    r'可以.{0,12}[吗嘛不]|能.{0,12}[吗嘛不]$|要不要|有没有|是不是|会不会|用不用|行不行|为什么|为何|请问|求问|[吗呢嘛么]$|[吗呢嘛么][。!！~～]*$'
)
_TO_NEIGHBOURS = re.compile(
    r'大家|各位|邻居|你们|你家|你是|你在|你们家|谁家|谁的|哪家|哪位|有人|有没有谁|谁有|谁要|谁在|谁去|谁能|谁会|拼单|拼车|一起|组队|团购|转让|出售|求购|闲置|'
    r'[你您](?:怎么|咋|为什么|吃|来|去|说|看|觉得|知道)|老[王李张刘陈杨赵黄周吴]|[@＠]'
)
_WANTS_PERSON = re.compile(
    r'^(?:我?要?|请|帮我|给我)?\s*(?:转|找|接|换)?\s*(?:一?[下个])?\s*'
    r'(?:人工|真人|工作人员|社区的人|活人)(?:客服|服务)?[\s。!！吧呢]*$'
)
_CHOICE = re.compile(r'^\s*(?:第?\s*([1-3一二三])\s*[个条]?)\s*[。.!！]?\s*$')
_DIGITS = {'1': 0, '2': 1, '3': 2, '一': 0, '二': 1, '三': 2}

CANDIDATES = 3
"""How many questions 您是想问 offers."""
SHORTEST, LONGEST = 4, 80
"""Length in characters of a message that may be a question to nobody: shorter says too little, longer is a story."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Calibrated confidence at which 小栖 dares what. ``unasked`` is stricter: nobody has asked for its voice.

    ``near``: an entry of the own community goes before a wider one that scores at most this much higher.
    ``trailing``: a candidate that scores this much below the first is not offered beside it.
    """

    direct: float = 0.8
    suggest: float = 0.3
    unasked: float = 0.95
    near: float = 0.02
    trailing: float = 0.25


@dataclass(frozen=True, slots=True)
class Found:
    """A visible entry that was found. ``depth`` is how narrow its scope is: 1 the district, more below it."""

    entry_id: int
    score: float
    depth: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do: the entry of a DIRECT answer, or candidates to offer, best first."""

    band: Band
    entry_id: int | None = None
    confidence: float = 0.0
    candidates: tuple[int, ...] = ()


def normalised(text: str) -> str:
    """Return ``text`` in NFKC, lower case, without space and punctuation: for comparing short phrases."""
    text = unicodedata.normalize('NFKC', text).lower()
    return ''.join(c for c in text if unicodedata.category(c)[0] in 'LN')


def spoken_to(text: str) -> bool:
    """Tell whether a text calls 小栖 by name: ``@小栖`` anywhere or the name first."""
    return bool(_ADDRESS.search(text))


def question_of(text: str) -> str:
    """Return the question without the address and, unless it is all that was said, the greeting before it."""
    bare = _ADDRESS.sub(' ', text).strip()
    asked = _GREETING.sub('', bare).strip()
    return asked if len(normalised(asked)) > 1 else bare


def is_question(text: str) -> bool:
    """Tell whether a message nobody was named in is a question to the house rather than talk between neighbours."""
    text = unicodedata.normalize('NFKC', text).strip()
    if not SHORTEST <= len(text) <= LONGEST or 'http' in text:
        return False
    return bool(_ASKS.search(text)) and not _TO_NEIGHBOURS.search(text)


def wants_person(text: str) -> bool:
    """Tell whether a text asks for a person instead of 小栖."""
    return bool(_WANTS_PERSON.match(question_of(text)))


def in_latin(text: str) -> bool:
    """Tell whether a text is written in Latin letters: pinyin, English; one character of Chinese makes it none."""
    letters = [one for one in unicodedata.normalize('NFKC', text) if one.isalpha()]
    return len(letters) >= SHORTEST and all(one.isascii() or 'LATIN' in unicodedata.name(one, '') for one in letters)


def chosen(text: str) -> int | None:
    """Return the index of the candidate a short reply like ``2`` or 第二个 names, else None."""
    match = _CHOICE.match(unicodedata.normalize('NFKC', text))
    return _DIGITS[match.group(1)] if match else None


def decide(
    found: Sequence[Found], confidence: float, thresholds: Thresholds, *, by_meaning: bool = True, unasked: bool = False,
) -> Decision:
    """Choose the band for what was found.

    :param confidence: calibrated chance that the best one is right
    :param by_meaning: False while only words can be compared: nothing is sure then, candidates are offered at most
    :param unasked: nobody asked 小栖: either it is very sure or it says nothing
    """
    ranked = _own_first(found, thresholds.near)
    if unasked:
        if ranked and by_meaning and confidence >= thresholds.unasked:
            return Decision(Band.DIRECT, ranked[0].entry_id, confidence)
        return Decision(Band.SILENT, confidence=confidence)
    offered = tuple(f.entry_id for f in ranked[:CANDIDATES] if f.score >= ranked[0].score - thresholds.trailing)
    if not by_meaning:
        return Decision(Band.LOADING, candidates=offered)
    if ranked and confidence >= thresholds.direct:
        return Decision(Band.DIRECT, ranked[0].entry_id, confidence)
    if ranked and confidence >= thresholds.suggest:
        return Decision(Band.SUGGEST, confidence=confidence, candidates=offered)
    return Decision(Band.REFUSE, confidence=confidence)


def _own_first(found: Sequence[Found], near: float) -> list[Found]:
    """Order by score, but let the narrowest scope among the almost equal best speak first (社区口径优先)."""
    ranked = sorted(found, key=lambda f: -f.score)
    if len(ranked) < 2:
        return ranked
    close = [f for f in ranked if f.score >= ranked[0].score - near]
    best = max(close, key=lambda f: (f.depth, f.score))
    return [best, *(f for f in ranked if f is not best)]
