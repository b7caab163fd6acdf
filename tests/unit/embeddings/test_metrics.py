"""Figures of merit against their plain definitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.metrics import auroc, recall_at, reciprocal_rank, threshold_for_precision

SCORED = st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=30)


@given(SCORED)
def test_auroc_is_the_chance_that_a_positive_wins(rows: list[tuple[int, bool]]) -> None:
    scores = np.array([score for score, _ in rows], np.float64)
    positive = np.array([flag for _, flag in rows], np.bool_)
    pairs = [(a > b) + 0.5 * (a == b) for a in scores[positive] for b in scores[~positive]]
    found = auroc(scores, positive)
    assert found is None if not pairs else found == pytest.approx(np.mean(pairs))


@given(SCORED, st.sampled_from([0.5, 0.8, 0.95]))
def test_the_threshold_is_the_lowest_that_keeps_the_precision(rows: list[tuple[int, bool]], precision: float) -> None:
    scores = np.array([score for score, _ in rows], np.float64)
    right = np.array([flag for _, flag in rows], np.bool_)
    good = [t for t in sorted(set(scores)) if right[scores >= t].mean() >= precision]
    assert threshold_for_precision(scores, right, np.ones(len(rows)), precision) == (good[0] if good else np.inf)


def test_ranks() -> None:
    ranks = [0, 2, None, 9, 10]
    assert recall_at(ranks, 1) == 0.2
    assert recall_at(ranks, 10) == 0.6
    assert reciprocal_rank(ranks, 10) == pytest.approx((1 + 1 / 3 + 1 / 10) / 5)
