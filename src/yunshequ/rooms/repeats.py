"""刷屏: the same text again and again, however its signs and spaces are changed. A rule of one sentence, and a small memory.

Kept by each process for the few minutes the rule looks back; a restart forgets it, and nothing else depends on it.
"""

from collections import defaultdict, deque
from datetime import datetime, timedelta
from operator import add

from yunshequ.rooms.limits import Duplicates
from yunshequ.rooms.words import normalise

REMEMBERED = 6
"""Texts kept of one person."""


Pairs = frozenset[str]
"""What is compared of a text: its pairs of neighbouring letters, signs and spaces left out."""
NOTHING: Pairs = frozenset()


def similarity(first: str, second: str) -> float:
    """Return which part of their pairs two texts share, 0 to 1."""
    return _shared(pairs_of(first), pairs_of(second))


def _shared(one: Pairs, other: Pairs) -> float:
    both = len(one & other)
    all_of_them = len(one) + len(other) - both
    return both / all_of_them if all_of_them else 0.0


def pairs_of(text: str) -> Pairs:
    """Return the pairs of a text."""
    folded = normalise(text)
    return frozenset(map(add, folded, folded[1:]))


class Repeats:
    """What people have said lately."""

    def __init__(self, rule: Duplicates) -> None:
        self._rule = rule
        self._said: dict[int, deque[tuple[datetime, str, Pairs]]] = defaultdict(lambda: deque(maxlen=REMEMBERED))

    def weigh(self, text: str) -> Pairs:
        """Return what is compared of a text; nothing of one too short to tell."""
        return pairs_of(text) if len(normalise(text)) >= self._rule.letters else NOTHING

    def too_often(self, member_id: int, client_id: str, pairs: Pairs, now: datetime) -> bool:
        """Tell whether a text would be said more often than the rule allows; a retry of what was sent is no repetition."""
        if not pairs or member_id not in self._said:
            return False
        since = now - timedelta(minutes=self._rule.minutes)
        said = self._said[member_id]
        if len(said) < self._rule.same:
            return False
        alike = [one for at, one, before in said if at > since and _shared(before, pairs) >= self._rule.similarity]
        return client_id not in alike and len(alike) >= self._rule.same

    def note(self, member_id: int, client_id: str, pairs: Pairs, now: datetime) -> None:
        """Remember a text that went out; once, however often it was sent."""
        if not pairs:
            return
        said = self._said[member_id]
        for _at, one, _before in said:
            if one == client_id:
                return
        said.append((now, client_id, pairs))
        self._sweep(now)

    def _sweep(self, now: datetime) -> None:
        if len(self._said) > 5000:
            since = now - timedelta(minutes=self._rule.minutes)
            for member_id in [one for one, said in self._said.items() if said[-1][0] <= since]:
                del self._said[member_id]
