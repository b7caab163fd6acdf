"""Whose page may load anew when: a thousand pages of a restarted server come one after the other, as fast as it serves them.

All at once, each would wait for all the others, and what gives up and asks again makes it worse: 1,000 pages took 37 s
instead of the time their work takes (``python -m tests.bench.restart --clients 1000``).
"""

import time
from collections.abc import Callable
from typing import NamedTuple

FASTEST, SLOWEST = 1 / 300, 1 / 20
"""Bounds of what a page may seem to cost, in seconds."""
OF_START = 1 / 320
"""What a page and its connection cost, as a share of the processor time of the start: both are this machine running Python."""
SHARE = 0.85
"""How much of a core pages may take: the rest is for what is said meanwhile."""
EVERY = 32
"""Pages between two looks at the processor's clock: a look is dear in a process with many threads."""
WEIGHT = 0.5
"""How much the latest pages count against those before them."""
SOON = 1.5
"""Seconds: who is to wait longer asks once more at half the time, when it is better known what pages cost."""


class Turn(NamedTuple):
    """When to load, or when to ask again."""

    number: int
    """Place in the queue."""
    wait: float
    """Seconds."""
    again: bool
    """After the wait, ask again with ``number``; do not load yet."""

    def header(self) -> str:
        """Return it as a browser is told: milliseconds, and the number to ask again with."""
        milliseconds = str(int(1000 * self.wait))
        return f'{milliseconds} {self.number}' if self.again else milliseconds


class Turns:
    """Spreads reloads by what a page costs, learned from the pages served.

    :param spent: processor seconds of this process so far (``time.process_time``).
    :param clock: seconds that only grow.
    """

    def __init__(self, *, spent: Callable[[], float] = time.process_time, clock: Callable[[], float] = time.monotonic) -> None:
        self._spent = spent
        self._clock = clock
        self._given = 0
        self._due = 0.0
        self._at = clock()
        self._last = spent()
        self._unread = 0
        self.cost = _bounded(self._last * OF_START)
        """Seconds of processor time for a page, its connection and what else goes on meanwhile."""

    def started(self) -> None:
        """The start is over: take from it how fast this machine is."""
        self._last = self._spent()
        self._unread = 0
        self.cost = _bounded(self._last * OF_START)

    def served(self) -> None:
        """A page has been served."""
        self._unread += 1
        if self._unread < EVERY:
            return
        spent = self._spent()
        self.cost += WEIGHT * (_bounded((spent - self._last) / self._unread) - self.cost)
        self._last = spent
        self._unread = 0

    def take(self, number: int | None = None) -> Turn:
        """Return the turn of a page that asks for the first time, or again with the number it was given."""
        pace = self.cost / SHARE
        now = self._clock()
        self._due = min(self._given, self._due + (now - self._at) / pace)
        self._at = now
        if number is None:
            number = self._given
            self._given += 1
        wait = max(0.0, (min(number, self._given) - self._due) * pace)
        return Turn(number, wait / 2, again=True) if wait > SOON else Turn(number, wait, again=False)


def _bounded(seconds: float) -> float:
    return min(SLOWEST, max(FASTEST, seconds))
