"""Figures of merit (指标) over labelled questions; plain numpy, shares as fractions of 1."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def recall_at(ranks: Sequence[int | None], depth: int) -> float:
    """Share of questions whose right entry is among the first ``depth``; ranks start at 0, None is not found."""
    return sum(rank is not None and rank < depth for rank in ranks) / max(1, len(ranks))


def reciprocal_rank(ranks: Sequence[int | None], depth: int) -> float:
    """Mean reciprocal rank within the first ``depth``."""
    return sum(1 / (rank + 1) for rank in ranks if rank is not None and rank < depth) / max(1, len(ranks))


def auroc(scores: Floats, positive: Flags) -> float | None:
    """Chance that a positive scores above a negative (ties count half); None when one kind is missing."""
    wins = int(positive.sum())
    losses = len(positive) - wins
    if not wins or not losses:
        return None
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    mean_rank = ends - (counts - 1) / 2
    return float((mean_rank[place][positive].sum() - wins * (wins + 1) / 2) / (wins * losses))


def threshold_for_precision(scores: Floats, right: Flags, weights: Floats, precision: float) -> float:
    """The lowest score from which on answers are right with at least ``precision``; infinity when none is.

    ``weights`` are the shares of traffic the rows stand for.
    """
    order = np.argsort(-scores, kind='stable')
    reached = np.cumsum(weights[order] * right[order]) / np.maximum(np.cumsum(weights[order]), 1e-12)
    ordered = scores[order]
    last_of_ties = np.append(ordered[1:] != ordered[:-1], True)
    good = np.flatnonzero((reached >= precision) & last_of_ties)
    return float(ordered[good[-1]]) if len(good) else float('inf')
