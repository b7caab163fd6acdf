"""Measures retrieval (检索评测) on labelled questions with a throw-away index."""

import codecs
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
from embeddings.metrics import answered_at_precision, auroc, recall_at, reciprocal_rank, share, traffic_weights
from embeddings.reranker import Reranker
from embeddings.training import OUT_OF_SCOPE_TRAFFIC

FIGURES = (
    'recall_at_1', 'recall_at_3', 'recall_at_10', 'mrr_at_10', 'auroc', 'answered_at_95', 'out_of_scope_answered',
    'query_p50_ms', 'query_p99_ms', 'build_s', 'index_mb',
)
"""Names of the figures everybody may rely on, in the order in which they are shown."""

_PRECISION = 0.95
_DEPTH = 10
_TIMED = 200
_WARM_UP = 10


class BadEvaluationData(Exception):
    """A file of entries or questions is not as described; the text names file and line, and what to do."""


@dataclass(frozen=True, slots=True)
class _Labelled:
    question: str
    gold: int | None
    """Key of the right entry, None for out of scope."""


def evaluate(
    kb_paths: Path | Sequence[Path],
    queries_path: Path,
    out_of_scope_path: Path | None,
    encoder: Encoder | None,
    *,
    second: Encoder | None = None,
    confidence: Confidence | None = None,
    reranker: Reranker | None = None,
) -> dict[str, float | int | None]:
    """Build an index of the files ``kb_paths``, ask all questions, and return the figures (shares are fractions of 1).

    Files are JSON lines. Entries: id (or key), question, answer, optional similar[]; questions: question, gold; out of
    scope: question. Keys: recall_at_1, recall_at_3, recall_at_10, mrr_at_10; auroc (confidence of right first candidates
    against wrong ones and out of scope); answered_at_95 (share of questions in scope answered at 95 % precision, out
    of scope counted as 30 % of the traffic) and threshold_at_95, out_of_scope_answered at that threshold; the same at
    the shipped threshold (direct_answered, direct_precision, direct_out_of_scope); query_p50_ms, query_p99_ms for one
    query from text to decision; build_s (encoding included, loading the model not); index_mb on disk; entries, queries,
    out_of_scope. Raises BadEvaluationData.
    """
    entries, numbers = read_entries(kb_paths)
    asked = list(_read_queries(queries_path, numbers))
    if not asked:
        raise BadEvaluationData(f'{queries_path}:1: no question; write one JSON object a line')
    outside = read_out_of_scope(out_of_scope_path) if out_of_scope_path else []
    foreign = [_Labelled(question, None) for question in outside]
    judge = confidence or Confidence.default()

    started = time.perf_counter()
    index = HybridIndex(encoder, second, reranker=reranker)
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


def read_entries(paths: Path | Sequence[Path]) -> tuple[list[IndexEntry], dict[str, int]]:
    """Entries of one or several JSON lines files with keys 0, 1, 2 …, and the key of each id in them.

    Raises BadEvaluationData, also where an id occurs twice or no entry is there.
    """
    entries: list[IndexEntry] = []
    numbers: dict[str, int] = {}
    files = [paths] if isinstance(paths, Path) else list(paths)
    for path in files:
        for place, row in _rows(path):
            name = row.get('id', row.get('key'))
            if name is None or not str(name):
                raise BadEvaluationData(f'{place}: id is missing; give every entry an id of its own')
            if str(name) in numbers:
                raise BadEvaluationData(f'{place}: id {name} occurs twice; give one of the two another id')
            numbers[str(name)] = len(entries)
            entries.append(IndexEntry(len(entries), _question(place, row), _similar(place, row)))
    if not entries:
        raise BadEvaluationData(f'{", ".join(map(str, files))}:1: no entry; write one JSON object a line')
    return entries, numbers


def _read_queries(path: Path, numbers: dict[str, int]) -> Iterator[_Labelled]:
    for place, row in _rows(path):
        question, gold = _question(place, row), str(row.get('gold', ''))
        if gold not in numbers:
            raise BadEvaluationData(f'{place}: gold {gold!r} is no id of the entries; put the id of the right entry there')
        yield _Labelled(question, numbers[gold])


def read_out_of_scope(path: Path) -> list[str]:
    """Questions of a JSON lines file. Raises BadEvaluationData where one is missing."""
    return [_question(place, row) for place, row in _rows(path)]


def _question(place: str, row: dict[str, Any]) -> str:
    question = row.get('question')
    if not isinstance(question, str) or not question.strip():
        raise BadEvaluationData(f'{place}: question is missing; write the text of the question there')
    return question


def _similar(place: str, row: dict[str, Any]) -> tuple[str, ...]:
    similar = row.get('similar') or []
    if not isinstance(similar, list) or not all(isinstance(text, str) for text in similar):
        raise BadEvaluationData(f'{place}: similar is no list of texts; write ["…", "…"] or leave it out')
    return tuple(similar)


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The JSON objects of a file with their places, empty lines passed over."""
    try:
        lines = path.read_bytes().removeprefix(codecs.BOM_UTF8).split(b'\n')
    except OSError as error:
        raise BadEvaluationData(f'{path}:1: cannot be read ({error.strerror}); check the path') from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            place = f'{path}:{number}'
            yield place, _object(place, line)


def _object(place: str, line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line.decode('utf-8'))
    except UnicodeDecodeError as error:
        raise BadEvaluationData(f'{place}: not UTF-8; save the file as UTF-8') from error
    except ValueError as error:
        raise BadEvaluationData(f'{place}: no JSON ({error}); write one JSON object a line') from error
    if not isinstance(row, dict):
        raise BadEvaluationData(f'{place}: no JSON object; write {{"question": "…", …}}')
    return row


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
    weights = traffic_weights(in_scope, OUT_OF_SCOPE_TRAFFIC)
    reached = answered_at_precision(scores, right, in_scope, _PRECISION, OUT_OF_SCOPE_TRAFFIC)
    direct = scores >= judge.bands.direct
    return {
        'auroc': auroc(scores, right),
        'answered_at_95': reached.in_scope,
        'threshold_at_95': reached.threshold if np.isfinite(reached.threshold) else None,
        'out_of_scope_answered': reached.out_of_scope,
        'direct_answered': share(direct, in_scope),
        'direct_precision': float((weights * right)[direct].sum() / weights[direct].sum()) if direct.any() else None,
        'direct_out_of_scope': share(direct, ~in_scope),
    }


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
