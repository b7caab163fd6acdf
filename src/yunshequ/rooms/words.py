"""Sensitive words (敏感词), matched on folded text: what stands between the letters, or how they are written, does not help.

Folding goes letter by letter, so a place in the folded text is a place in the written one, and what was found can be shown.
"""

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path

from pypinyin import Style, pinyin

RULES = Path(__file__).parents[3] / 'data' / 'rules' / 'words'
HOUSE_LIST = RULES / 'house.json'
"""The list every room starts with; what a place adds to it stands in the database."""
FOLDING = RULES / 'folding.txt'
"""Traditional letters and the simplified ones they are read as."""

_UNSEEN = frozenset('\u115f\u1160\u3164\uffa0')
"""Letters to Unicode, nothing to the eye: Hangul fillers."""


class WordAction(StrEnum):
    """What becomes of a text with a sensitive word."""

    BLOCK = 'block'  # 拦下: it does not go out
    HOLD = 'hold'  # 待审核: it waits until a moderator has looked
    MARK = 'mark'  # 标记: it goes out, and moderators are told


_GRAVITY = (WordAction.BLOCK, WordAction.HOLD, WordAction.MARK)


@dataclass(frozen=True, slots=True)
class Term:
    """A sensitive word and what it leads to. ``place_id`` says whose list it stands in; None is the house's own."""

    word: str
    category: str
    action: WordAction = WordAction.BLOCK
    place_id: int | None = None
    homophones: bool = False
    """同音字: letters that sound the same count too, their tone left out."""


@dataclass(frozen=True, slots=True)
class Match:
    """A term found in a text. ``written`` is how it stands there; ``excused_by`` the allowed phrase it is only a part of."""

    term: str
    category: str
    action: WordAction
    written: str
    place_id: int | None = None
    excused_by: str | None = None


@cache
def _simplified() -> dict[str, str]:
    lines = FOLDING.read_text(encoding='utf-8').splitlines()[1:]
    return {letter: word[0] for line in lines for word in line.split() for letter in word[1:]}


@lru_cache(maxsize=16_384)
def _letter(char: str) -> str:
    """Return what a character is matched as: nothing if it is no letter or digit, sometimes several (``㎏``)."""
    simple = _simplified()
    plain = unicodedata.normalize('NFKD', char).casefold()
    return ''.join(simple.get(one, one) for one in plain if one.isalnum() and one not in _UNSEEN)


@lru_cache(maxsize=256)  # one message is looked at by several rules, one after the other
def normalise(text: str) -> str:
    """Return ``text`` folded for matching: width, accents, case, traditional letters; all that is no letter or digit taken out."""
    return ''.join(map(_letter, text))


@cache
def house_terms() -> tuple[Term, ...]:
    """Return the terms that hold everywhere, each with its category: phrases of adverts, not words a neighbour in need would use."""
    terms = json.loads(HOUSE_LIST.read_text(encoding='utf-8'))['terms']
    return tuple(Term(word, category) for category, listed in terms.items() for word in listed)


@lru_cache(maxsize=16_384)
def _sounds(letter: str) -> frozenset[str]:
    """Return how a folded letter may be read, without tones; a letter that has no pinyin is read as itself."""
    found = pinyin(letter, style=Style.NORMAL, heteronym=True, errors='default')
    return frozenset(found[0])


def sounds_alike(word: str, heard: str) -> bool:
    """Tell whether two folded texts of the same length can be read the same, letter by letter."""
    return all(one == other or _sounds(one) & _sounds(other) for one, other in zip(word, heard, strict=True))


class _BySound:
    """Folded words that are found by their sound."""

    def __init__(self, words: Iterable[str]) -> None:
        self._by_first: dict[str, list[str]] = defaultdict(list)
        for word in words:
            for sound in _sounds(word[0]):
                self._by_first[sound].append(word)

    def places(self, folded: str) -> Iterator[tuple[int, str]]:
        """Return where each word begins."""
        if not self._by_first:
            return
        for at, letter in enumerate(folded):
            for word in {one for sound in _sounds(letter) for one in self._by_first.get(sound, ())}:
                heard = folded[at:at + len(word)]
                if len(heard) == len(word) and sounds_alike(word, heard):
                    yield at, word


class _Phrases:
    """Folded phrases and all the places where they stand in a folded text, overlapping ones too."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._by_first: dict[str, list[str]] = defaultdict(list)
        for phrase in dict.fromkeys(phrases):
            if phrase:
                self._by_first[phrase[0]].append(phrase)
        self._begins = re.compile(f'[{re.escape("".join(self._by_first))}]') if self._by_first else None

    def places(self, folded: str) -> Iterator[tuple[int, str]]:
        """Return where each phrase begins."""
        if self._begins is None:
            return
        for found in self._begins.finditer(folded):
            for phrase in self._by_first[found.group()]:
                if folded.startswith(phrase, found.start()):
                    yield found.start(), phrase


class WordFilter:
    """A compiled list of terms and of the phrases (放行) that excuse a term inside them.

    A phrase excuses only what is shorter than itself: it can be an exception of a term, never switch one off.
    """

    def __init__(self, terms: Iterable[Term], allowed: Iterable[str] = ()) -> None:
        self._terms: dict[str, Term] = {}
        for term in terms:
            folded = normalise(term.word)
            known = self._terms.get(folded)
            if folded and (known is None or term.action is WordAction.BLOCK is not known.action):
                self._terms[folded] = term  # listed twice: the stricter one counts, else the first
        self._allowed = {normalise(phrase): phrase for phrase in allowed}
        self._wanted = _Phrases(self._terms)
        self._by_sound = _BySound(word for word, term in self._terms.items() if term.homophones)
        self._excuses = _Phrases(self._allowed)

    def find(self, text: str) -> Match | None:
        """Return what decides about ``text``: the first term that blocks it, else that holds it, else that marks it, or None."""
        counted = [match for match in self.matches(text) if match.excused_by is None]
        return min(counted, key=lambda match: _GRAVITY.index(match.action), default=None)

    def matches(self, text: str) -> list[Match]:
        """Return every term in ``text`` in the order of their places, those that are excused included."""
        folded = normalise(text)
        found = sorted({*self._wanted.places(folded), *self._by_sound.places(folded)})
        if not found:
            return []
        excuses = [(start, start + len(phrase), phrase) for start, phrase in self._excuses.places(folded)]
        origin = [at for at, char in enumerate(text) for _one in _letter(char)]
        matches = []
        for start, word in found:
            end = start + len(word)
            excuse = next((phrase for low, high, phrase in excuses if low <= start and end <= high and len(phrase) > len(word)), None)
            term = self._terms[word]
            matches.append(Match(
                term=term.word, category=term.category, action=term.action, written=text[origin[start]:origin[end - 1] + 1],
                place_id=term.place_id, excused_by=None if excuse is None else self._allowed[excuse]))
        return matches
