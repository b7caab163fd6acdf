"""How the scores of several sides, and of several texts of one entry, become one score (融合)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

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

    def grouped(self, scores: Sequence[float]) -> float:
        """Score of an entry from the scores of all its texts: a soft maximum of the best three."""
        if len(scores) > 1:
            scores = sorted(scores, reverse=True)[:TOGETHER]
        best = scores[0]
        near = sum(math.exp((score - best) / self.spread) for score in scores)
        absent = (TOGETHER - len(scores)) * math.exp(-self.usual_gap / self.spread)
        return best + self.spread * math.log(near + absent)

    def of_length(self, characters: int) -> tuple[float, float]:
        """Weights of wording and of the second encoder for a query of so many characters."""
        long = min(1.0, max(0.0, (characters - _SHORT) / (_LONG - _SHORT)))
        return self.lexical + long * (self.lexical_long - self.lexical), self.second * (1 - long)
