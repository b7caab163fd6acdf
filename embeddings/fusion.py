"""How the scores of several sides, and of several texts of one entry, become one score (融合)."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

TOGETHER = 3
"""Texts of one entry that count together."""

_SHORT = 40
_LONG = 100


@dataclass(frozen=True, slots=True)
class FusionWeights:
    """How much wording and the second encoder add to the main cosine. Measured: rank fusion is worse."""

    lexical: float = 0.05
    second: float = 0.1
    lexical_long: float = 0.15
    """Of long messages, where wording tells more and the second encoder only disturbs."""

    spread: float = 0.03
    """How far below an entry's best text its other texts still add to its score; small is the maximum alone."""
    usual_gap: float = 0.01
    """How far a second text of the right entry usually lies below its best. An entry with fewer texts is treated as if
    it had such ones, so that entries with many similar questions do not push aside those with none."""

    def grouped(self, scores: Floats, starts: Places) -> Floats:
        """Score of each entry from the scores of all its texts: a soft maximum of the best three.

        The texts of one entry lie together in ``scores``; ``starts`` are the places of the first ones, no entry being empty.
        """
        counts = np.diff(starts, append=len(scores))
        owners = np.repeat(np.arange(len(starts)), counts)
        order = np.lexsort((-scores, owners))  # within each entry, the best first
        ranks = np.arange(len(scores)) - starts[owners]
        best = scores[order[starts]]
        near = np.where(ranks < TOGETHER, np.exp((scores[order] - best[owners]) / self.spread), 0)
        absent = np.maximum(TOGETHER - counts, 0) * math.exp(-self.usual_gap / self.spread)
        return np.asarray(best + self.spread * np.log(np.add.reduceat(near, starts) + absent), np.float64)

    def of_length(self, characters: int) -> tuple[float, float]:
        """Weights of wording and of the second encoder for a query of so many characters."""
        long = min(1.0, max(0.0, (characters - _SHORT) / (_LONG - _SHORT)))
        return self.lexical + long * (self.lexical_long - self.lexical), self.second * (1 - long)
