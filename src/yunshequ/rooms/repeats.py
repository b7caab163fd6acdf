"""刷屏: the same text again and again, however its signs and spaces are changed. A rule of one sentence, and a small memory.

Kept in memory for the few minutes the rule looks back, so that a post reads nothing. ``Gate.remember`` fills it from the rooms'
logs when a process starts, and what other processes take in is heard on the bus: neither costs a post of this process anything.
"""

from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import add
from typing import NamedTuple

from yunshequ.rooms.limits import Duplicates
from yunshequ.rooms.words import normalise

REMEMBERED = 6
"""Texts kept of one person."""
@dataclass(frozen=True, slots=True)
class Text:
    """What is compared of a text."""

    folded: str
    letters: frozenset[str]


NOTHING = Text('', frozenset())
"""A text too short to tell."""


def similarity(first: str, second: str) -> float:
    """Return which part of their pairs of neighbouring letters two texts share, signs and spaces left out, 0 to 1."""
    return _shared(_text(first), _text(second))


def _text(text: str) -> Text:
    folded = normalise(text)
    return Text(folded, frozenset(folded))


def _shared(one: Text, other: Text) -> float:
    these, those = _pairs(one), _pairs(other)
    both = len(these & those)
    all_of_them = len(these) + len(those) - both
    return both / all_of_them if all_of_them else 0.0


def _pairs(text: Text) -> frozenset[str]:
    return frozenset(map(add, text.folded, text.folded[1:]))


def at_most(one: Text, other: Text) -> float:
    """Return what their similarity cannot exceed, from the letters alone: a letter only one text has spoils a pair of it, two spoil one at least."""
    alone = (len(one.letters - other.letters) + 1) // 2
    return (len(one.folded) - 1 - alone) / max(1, len(other.letters) - 1 + alone)


class _Said(NamedTuple):
    at: datetime
    client_id: str
    text: Text


class Repeats:
    """What people have said lately."""

    def __init__(self, rule: Duplicates) -> None:
        self._rule = rule
        self._said: dict[int, deque[_Said]] = defaultdict(lambda: deque(maxlen=REMEMBERED))

    def weigh(self, text: str) -> Text:
        """Return what is compared of a text; nothing of one too short to tell."""
        found = _text(text)
        return found if len(found.folded) >= self._rule.letters else NOTHING

    def too_often(self, member_id: int, client_id: str, text: Text, now: datetime) -> bool:
        """Tell whether a text would be said more often than the rule allows; a retry of what was sent is no repetition."""
        said = self._said.get(member_id)
        if said is None or text is NOTHING or len(said) < self._rule.same:
            return False
        since, similarity = now - timedelta(minutes=self._rule.minutes), self._rule.similarity
        others, alike = len(said) - self._rule.same, []
        for one in said:
            if one.at > since and at_most(text, one.text) >= similarity and _shared(text, one.text) >= similarity:
                alike.append(one.client_id)
            elif not others:
                return False
            else:
                others -= 1
        return client_id not in alike

    def note(self, member_id: int, client_id: str, text: Text, now: datetime) -> None:
        """Remember a text that went out; once, however often it was sent."""
        if text is NOTHING:
            return
        said = self._said[member_id]
        for one in said:
            if one.client_id == client_id:
                return
        said.append(_Said(now, client_id, text))
        self._sweep(now)

    def _sweep(self, now: datetime) -> None:
        if len(self._said) > 5000:
            since = now - timedelta(minutes=self._rule.minutes)
            for member_id in [one for one, said in self._said.items() if said[-1].at <= since]:
                del self._said[member_id]
