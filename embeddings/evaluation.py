"""Measures retrieval (检索评测) on labelled questions with a throw-away index."""

import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from embeddings.confidence import Confidence
from embeddings.encoder import Encoder
from embeddings.entry import Candidate, IndexEntry
from embeddings.hybrid import HybridIndex
from embeddings.metrics import Flags, Floats, auroc, recall_at, reciprocal_rank, threshold_for_precision
from embeddings.training import OUT_OF_SCOPE_TRAFFIC

_PRECISION = 0.95
_DEPTH = 10
_TIMED = 200
_WARM_UP = 10


class BadEvaluationData(Exception):
    """A file of entries or questions is not as described; the text names file and line."""


@dataclass(frozen=True, slots=True)
class _Labelled:
    question: str
    gold: int | None
    """Key of the right entry, None for out of scope."""


def evaluate(
    kb_path: Path,
    queries_path: Path,
    out_of_scope_path: Path | None,
    encoder: Encoder | None,
    *,
    second: Encoder | None = None,
    confidence: Confidence | None = None,
) -> dict[str, float | int | None]:
    """Build an index of ``kb_path``, ask all questions, and return the figures (shares are fractions of 1).

    Files are JSON lines. Entries: id (or key), question, answer, optional similar[]; questions: question, gold; out of
    scope: question. Keys: recall_at_1, recall_at_3, recall_at_10, mrr_at_10; auroc (confidence of right first candidates
    against wrong ones and out of scope); answered_at_95 (share of questions in scope answered at 95 % precision, out
    of scope counted as 30 % of the traffic) and threshold_at_95, out_of_scope_answered at that threshold; the same at
    the shipped threshold (direct_answered, direct_precision, direct_out_of_scope); query_p50_ms, query_p99_ms for one
    query from text to decision; build_s (encoding included, loading the model not); index_mb on disk; entries, queries,
    out_of_scope. Raises BadEvaluationData.
    """
    entries, numbers = read_entries(kb_path)
    asked = list(_read_queries(queries_path, numbers))
    outside = read_out_of_scope(out_of_scope_path) if out_of_scope_path else []
    foreign = [_Labelled(question, None) for question in outside]
    judge = confidence or Confidence.default()

    started = time.perf_counter()
    index = HybridIndex(encoder, second)
    index.replace(entries)
    built = time.perf_counter() - started

    everything = asked + foreign
    found = index.search_many([item.question for item in everything], _DEPTH)
    timings = _timings(index, judge, [item.question for item in asked])
    figures: dict[str, float | int | None] = {
        **_ranking(asked, found[: len(asked)]),
        **_decisions(everything, found, judge),
        'query_p50_ms': float(np.percentile(timings, 50)),
        'query_p99_ms': float(np.percentile(timings, 99)),
        'build_s': built,
        'index_mb': _size_mb(index),
    }
    rounded = {name: None if value is None else round(value, 4) for name, value in figures.items()}
    return {**rounded, 'entries': len(entries), 'queries': len(asked), 'out_of_scope': len(foreign)}


def read_entries(path: Path) -> tuple[list[IndexEntry], dict[str, int]]:
    """Entries of a JSON lines file with keys 0, 1, 2 …, and the key of each id in the file."""
    entries: list[IndexEntry] = []
    numbers: dict[str, int] = {}
    for place, row in _rows(path):
        try:
            name, question = str(row['id'] if 'id' in row else row['key']), str(row['question'])
            similar = tuple(map(str, row.get('similar') or ()))
        except (KeyError, TypeError) as error:
            raise BadEvaluationData(f'{place}: an entry needs id and question, similar is a list') from error
        if name in numbers:
            raise BadEvaluationData(f'{place}: id {name} occurs twice')
        numbers[name] = len(entries)
        entries.append(IndexEntry(len(entries), question, similar))
    return entries, numbers


def _read_queries(path: Path, numbers: dict[str, int]) -> Iterator[_Labelled]:
    for place, row in _rows(path):
        if 'question' not in row or str(row.get('gold')) not in numbers:
            raise BadEvaluationData(f'{place}: a question needs question, and gold: the id of an entry')
        yield _Labelled(str(row['question']), numbers[str(row['gold'])])


def read_out_of_scope(path: Path) -> list[str]:
    """Questions of a JSON lines file. Raises BadEvaluationData where one is missing."""
    questions = []
    for place, row in _rows(path):
        if 'question' not in row:
            raise BadEvaluationData(f'{place}: question is missing')
        questions.append(str(row['question']))
    return questions


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    with path.open(encoding='utf-8') as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            place = f'{path.name}:{number}'
            try:
                row = json.loads(line)
            except ValueError as error:
                raise BadEvaluationData(f'{place}: no JSON') from error
            if not isinstance(row, dict):
                raise BadEvaluationData(f'{place}: no JSON object')
            yield place, row


def _ranking(asked: Sequence[_Labelled], found: Sequence[Sequence[Candidate]]) -> dict[str, float]:
    ranks: list[int | None] = []
    for item, candidates in zip(asked, found, strict=True):
        keys = [candidate.key for candidate in candidates]
        ranks.append(keys.index(item.gold) if item.gold in keys else None)
    recalls = {f'recall_at_{depth}': recall_at(ranks, depth) for depth in (1, 3, _DEPTH)}
    return {**recalls, f'mrr_at_{_DEPTH}': reciprocal_rank(ranks, _DEPTH)}


def _decisions(
    items: Sequence[_Labelled], found: Sequence[Sequence[Candidate]], judge: Confidence
) -> dict[str, float | None]:
    scores = np.array([judge.probability(i.question, c) for i, c in zip(items, found, strict=True)], np.float64)
    right = np.array([bool(c) and c[0].key == i.gold for i, c in zip(items, found, strict=True)], np.bool_)
    in_scope = np.array([item.gold is not None for item in items], np.bool_)
    weights = _traffic(in_scope)
    threshold = threshold_for_precision(scores, right, weights, _PRECISION)
    answered, direct = scores >= threshold, scores >= judge.bands.direct
    return {
        'auroc': auroc(scores, right),
        'answered_at_95': _share(answered, in_scope),
        'threshold_at_95': threshold if np.isfinite(threshold) else None,
        'out_of_scope_answered': _share(answered, ~in_scope),
        'direct_answered': _share(direct, in_scope),
        'direct_precision': float((weights * right)[direct].sum() / weights[direct].sum()) if direct.any() else None,
        'direct_out_of_scope': _share(direct, ~in_scope),
    }


def _traffic(in_scope: Flags) -> Floats:
    """Weight of each row: out of scope stands for its share of the traffic, however many lines were given."""
    inside, outside = int(in_scope.sum()), int((~in_scope).sum())
    if not inside or not outside:
        return np.ones(len(in_scope))
    return np.where(in_scope, (1 - OUT_OF_SCOPE_TRAFFIC) / inside, OUT_OF_SCOPE_TRAFFIC / outside)


def _share(flags: Flags, among: Flags) -> float | None:
    return float(flags[among].mean()) if among.any() else None


def _timings(index: HybridIndex, judge: Confidence, questions: Sequence[str]) -> list[float]:
    """Milliseconds of single queries, spread evenly over the file."""
    step = max(1, len(questions) // _TIMED)
    chosen = list(questions[::step][:_TIMED])
    timings = []
    for question in chosen[:_WARM_UP] + chosen:
        started = time.perf_counter()
        judge.decide(question, index.search(question, _DEPTH))
        timings.append(1000 * (time.perf_counter() - started))
    return timings[min(_WARM_UP, len(chosen)) :] or [0.0]


def _size_mb(index: HybridIndex) -> float:
    with tempfile.TemporaryDirectory() as folder:
        index.save(Path(folder) / 'index')
        return sum(path.stat().st_size for path in Path(folder).rglob('*') if path.is_file()) / 2**20
