"""Makes labelled samples out of a knowledge base alone, and fits the confidence on them (拟合).

Every similar question of an entry is a question somebody might ask, with a known right answer. Three situations are
played: no similar questions stored yet; all but the asked one stored; and the entry missing from the base, which is
the hardest, for the question looks right. Lines that belong to no knowledge base are the fourth.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

import numpy as np

from embeddings.confidence import Bands, Confidence, Sample
from embeddings.encoder import Encoder, Vectors
from embeddings.entry import IndexEntry
from embeddings.hybrid import FusionWeights, HybridIndex
from embeddings.metrics import threshold_for_precision

_DEPTH = 10
_FOLDS = 3
_DIRECT_PRECISION = 0.95
_REFUSE_PRECISION = 0.8
"""Of the questions refused, so many have no right entry among the first three."""

# Shares of the traffic each situation stands for, however many samples it has.
_BARE, _STORED, _MISSING, _FOREIGN = 0.35, 0.3, 0.05, 0.3


def fit_confidence(samples: Sequence[Sample]) -> Confidence:
    """Weights from ``samples``, and bands: direct answers right in 95 of 100, refusals in 80."""
    fitted = Confidence.fit(samples)
    scores = np.array([fitted.probability(sample.query, sample.candidates) for sample in samples], np.float64)
    right = np.array([sample.right for sample in samples], np.bool_)
    among_three = np.array([sample.among(3) for sample in samples], np.bool_)
    weights = np.array([sample.weight for sample in samples], np.float64)
    direct = min(threshold_for_precision(scores, right, weights, _DIRECT_PRECISION), 0.999)
    # from below: the highest score up to which refusing was right often enough
    suggest = -threshold_for_precision(-scores, ~among_three, weights, _REFUSE_PRECISION)
    return fitted.with_bands(Bands(direct, float(np.clip(suggest, 0.0, direct))))


def samples_of(
    entries: Sequence[IndexEntry],
    out_of_scope: Sequence[str],
    encoder: Encoder | None,
    second: Encoder | None = None,
    weights: FusionWeights | None = None,
) -> list[Sample]:
    """Labelled samples from ``entries`` with similar questions and lines that are out of scope for them."""
    index = HybridIndex(_Remembering(encoder) if encoder else None, _Remembering(second) if second else None, weights)
    asked = [(entry.key, text) for entry in entries for text in entry.similar]

    index.replace(replace(entry, similar=()) for entry in entries)
    bare = _ask(index, asked)
    index.replace(entries)
    foreign = [
        Sample(text, candidates, None)
        for text, candidates in zip(out_of_scope, index.search_many(out_of_scope, _DEPTH), strict=True)
    ]
    missing: list[Sample] = []
    for fold in range(_FOLDS):
        gone = {entry.key for entry in entries if entry.key % _FOLDS == fold}
        missing += _ask(index, [(key, text) for key, text in asked if key in gone], hidden=gone)
    stored: list[Sample] = []
    for turn in range(max((len(entry.similar) for entry in entries), default=0)):
        held = [entry for entry in entries if len(entry.similar) > turn]
        index.replace(_without(entry, turn) for entry in held)
        stored += _ask(index, [(entry.key, entry.similar[turn]) for entry in held])
        index.replace(held)
    shares = ((bare, _BARE), (stored, _STORED), (missing, _MISSING), (foreign, _FOREIGN))
    return [replace(sample, weight=share / len(part)) for part, share in shares for sample in part]


def _without(entry: IndexEntry, turn: int) -> IndexEntry:
    return replace(entry, similar=entry.similar[:turn] + entry.similar[turn + 1 :])


def _ask(index: HybridIndex, asked: Iterable[tuple[int, str]], hidden: Collection[int] = ()) -> list[Sample]:
    pairs = list(asked)
    found = index.search_many([text for _, text in pairs], _DEPTH, lambda key: key not in hidden)
    return [
        Sample(text, candidates, None if key in hidden else key)
        for (key, text), candidates in zip(pairs, found, strict=True)
    ]


class _Remembering:
    """Encodes each text once: the same ones are asked and stored again and again."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._queries: dict[str, Vectors] = {}
        self._documents: dict[str, Vectors] = {}

    @property
    def name(self) -> str:
        return self._encoder.name

    @property
    def dimension(self) -> int:
        return self._encoder.dimension

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        fresh = [text for text in dict.fromkeys(texts) if text not in self._queries]
        self._queries.update(zip(fresh, self._encoder.encode_queries(fresh), strict=True))
        return np.array([self._queries[text] for text in texts], np.float32).reshape(-1, self.dimension)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        fresh = [text for text in dict.fromkeys(texts) if text not in self._documents]
        self._documents.update(zip(fresh, self._encoder.encode_documents(fresh), strict=True))
        return np.array([self._documents[text] for text in texts], np.float32).reshape(-1, self.dimension)
