"""Figures of merit against their plain definitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.metrics import (
    answered_at_precision,
    auroc,
    recall_at,
    reciprocal_rank,
    threshold_for_precision,
    traffic_weights,
)

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


LABELLED = st.lists(st.tuples(st.floats(0, 1, width=16), st.booleans(), st.booleans()), min_size=1, max_size=30)


def columns(rows: list[tuple[float, bool, bool]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    scores = np.array([score for score, _, _ in rows], np.float64)
    right, in_scope = np.array([flags for _, *flags in rows], np.bool_).T
    return scores, right & in_scope, in_scope


@given(SCORED)
def test_auroc_turns_round_with_the_scores_and_keeps_under_any_rising_scale(rows: list[tuple[int, bool]]) -> None:
    scores = np.array([score for score, _ in rows], np.float64)
    positive = np.array([flag for _, flag in rows], np.bool_)
    found = auroc(scores, positive)
    assert auroc(np.exp(scores), positive) == found
    if found is not None:
        assert 0 <= found <= 1
        assert auroc(-scores, positive) == pytest.approx(1 - found)
        assert auroc(scores, ~positive) == pytest.approx(1 - found)


@given(LABELLED, st.sampled_from([0.5, 0.8, 0.95]))
def test_what_is_answered_keeps_the_precision_and_nothing_more_would(
    rows: list[tuple[float, bool, bool]], precision: float
) -> None:
    scores, right, in_scope = columns(rows)
    found = answered_at_precision(scores, right, in_scope, precision, 0.3)
    weights = traffic_weights(in_scope, 0.3)
    kept = scores >= found.threshold
    if kept.any():
        assert (weights * right)[kept].sum() / weights[kept].sum() >= precision - 1e-9
    for lower in {score for score in scores if score < found.threshold}:
        more = scores >= lower
        assert (weights * right)[more].sum() / weights[more].sum() < precision + 1e-9
    assert found.in_scope == (pytest.approx(kept[in_scope].mean()) if in_scope.any() else None)
    assert found.out_of_scope == (pytest.approx(kept[~in_scope].mean()) if (~in_scope).any() else None)


@given(LABELLED)
def test_less_precision_never_answers_less(rows: list[tuple[float, bool, bool]]) -> None:
    scores, right, in_scope = columns(rows)
    strict, lenient = (answered_at_precision(scores, right, in_scope, wanted, 0.3) for wanted in (0.95, 0.6))
    assert lenient.threshold <= strict.threshold
    assert (lenient.in_scope or 0) >= (strict.in_scope or 0)


@given(st.integers(1, 20), st.integers(1, 20), st.integers(1, 20))
def test_traffic_does_not_depend_on_how_many_lines_out_of_scope_there_are(inside: int, few: int, many: int) -> None:
    for outside in (few, many):
        in_scope = np.array([True] * inside + [False] * outside)
        weights = traffic_weights(in_scope, 0.3)
        assert weights[in_scope].sum() == pytest.approx(0.7)
        assert weights[~in_scope].sum() == pytest.approx(0.3)


def test_answered_by_hand() -> None:
    """Two rows in scope weigh 0.35 each, two out of scope 0.15 each: 0.35 / 0.35, then 0.7 / 0.7, then 0.7 / 0.85."""
    scores = np.array([0.9, 0.8, 0.7, 0.1])
    right, in_scope = np.array([True, True, False, False]), np.array([True, True, False, False])
    found = answered_at_precision(scores, right, in_scope, 0.95, 0.3)
    assert (found.threshold, found.in_scope, found.out_of_scope) == (0.8, 1.0, 0.0)
    assert answered_at_precision(scores, right, in_scope, 0.82, 0.3).out_of_scope == 0.5
    none = answered_at_precision(scores, ~right, in_scope, 0.95, 0.3)
    assert (none.threshold, none.in_scope) == (np.inf, 0.0)


def test_auroc_by_hand() -> None:
    """Of the four pairs the positive wins two and shares one: 2.5 / 4."""
    scores = np.array([0.9, 0.5, 0.5, 0.7])
    assert auroc(scores, np.array([True, True, False, False])) == 0.625
    assert auroc(scores, np.array([True] * 4)) is None
