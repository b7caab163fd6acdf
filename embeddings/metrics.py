"""Figures of merit (指标) over labelled questions; plain numpy, shares as fractions of 1."""

from collections.abc import Sequence
from dataclasses import dataclass

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


def share(flags: Flags, among: Flags) -> float | None:
    """Share of the rows ``among`` that are flagged; None when there are no such rows."""
    return float(flags[among].mean()) if among.any() else None


def traffic_weights(in_scope: Flags, out_of_scope_share: float) -> Floats:
    """Weight of each row, all together 1: out of scope stands for its share of the traffic, however many rows it has.

    With rows of one kind only all count alike, 1 each.
    """
    inside, outside = int(in_scope.sum()), int((~in_scope).sum())
    if not inside or not outside:
        return np.ones(len(in_scope))
    return np.where(in_scope, (1 - out_of_scope_share) / inside, out_of_scope_share / outside)


@dataclass(frozen=True, slots=True)
class Answered:
    """What is answered at a wanted precision."""

    threshold: float
    """Lowest confidence that is answered; infinity when the precision cannot be reached."""
    in_scope: float | None
    """Share of the questions in scope that are answered, 0 to 1, rightly or not; None without such questions."""
    out_of_scope: float | None
    """Share of the questions out of scope that are answered, 0 to 1; None without such questions."""


def answered_at_precision(
    scores: Floats, right: Flags, in_scope: Flags, precision: float, out_of_scope_share: float
) -> Answered:
    """How much can be answered while at least ``precision`` of all answers are right.

    Traffic holds ``out_of_scope_share`` of questions out of scope, whose answers are all wrong.
    """
    weights = traffic_weights(in_scope, out_of_scope_share)
    threshold = threshold_for_precision(scores, right & in_scope, weights, precision)
    answered = scores >= threshold
    return Answered(threshold, share(answered, in_scope), share(answered, ~in_scope))
