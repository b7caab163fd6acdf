"""Learns from a knowledge base alone (拟合): adapters of both encoders, and the confidence in what is found with them.

Every similar question of an entry is a question somebody might ask, with a known right answer: it is asked of an index
that holds the plain questions only. Lines that belong to no knowledge base are the rest of the traffic, asked of the
index with everything in it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from embeddings.adapter import AdaptedEncoder, Adapter, adapter_file
from embeddings.adapter_training import fit_adapter
from embeddings.confidence import Bands, Confidence, Sample
from embeddings.encoder import Encoder
from embeddings.entry import IndexEntry
from embeddings.hybrid import HybridIndex
from embeddings.metrics import threshold_for_precision
from embeddings.reranker import Reranker

OUT_OF_SCOPE_TRAFFIC = 0.3
"""Share of all traffic that out-of-scope questions stand for, however many lines of them there are."""

CONFIDENCE_FILE = 'confidence.json'
"""Name of the calibration beside the adapters."""

_DEPTH = 10
_FOLDS = 3
_BLOCKS = 12
_DIRECT_PRECISION = 0.88
"""Counted. Labels name one right entry where sometimes two answer: of the seed base's confident mistakes more than half are
such (read one by one), so answers counted right in 88 of 100 are right in about 95."""
_REFUSE_PRECISION = 0.75
"""Of the questions refused, so many have no right entry among the first three."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """What was learnt from a knowledge base."""

    main: Adapter
    second: Adapter | None
    confidence: Confidence
    samples: int

    def save(self, folder: Path, encoder: Encoder, second: Encoder | None) -> None:
        """Write all to ``folder``, for the encoders it was fitted with."""
        self.main.save(adapter_file(folder, encoder))
        if self.second and second:
            self.second.save(adapter_file(folder, second))
        self.confidence.save(folder / CONFIDENCE_FILE)


def fit(
    entries: Sequence[IndexEntry],
    out_of_scope: Sequence[str],
    encoder: Encoder,
    second: Encoder | None = None,
    reranker: Reranker | None = None,
) -> Fitted:
    """Learn adapters and confidence for plain encoders, in a minute or two; what a reranker changes is learnt with it.

    The confidence is fitted on entries the adapters did not learn from: contiguous blocks, for neighbours share a topic.
    Raises ValueError when there are too few entries with similar questions.
    """
    samples: list[Sample] = []
    for fold in range(_FOLDS):
        held = {entry.key for at, entry in enumerate(entries) if at * _BLOCKS // len(entries) % _FOLDS == fold}
        known = [entry for entry in entries if entry.key not in held]
        main = AdaptedEncoder(encoder, fit_adapter(known, encoder))
        other = AdaptedEncoder(second, fit_adapter(known, second)) if second else None
        samples += samples_of(entries, out_of_scope[fold::_FOLDS], main, other, held, reranker)
    return Fitted(
        fit_adapter(entries, encoder), fit_adapter(entries, second) if second else None, fit_confidence(samples), len(samples)
    )


def fit_confidence(samples: Sequence[Sample]) -> Confidence:
    """Weights and bands from ``samples``. Raises ValueError unless some are right and some wrong."""
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
    asked: Collection[int] | None = None,
    reranker: Reranker | None = None,
) -> list[Sample]:
    """Labelled samples from ``entries`` with similar questions and from lines that are out of scope for them.

    Only the entries with keys ``asked`` are asked for, all without it; all are in the index.
    """
    index = HybridIndex(encoder, second, reranker=reranker)
    index.replace(replace(entry, similar=()) for entry in entries)
    wanted = [entry for entry in entries if asked is None or entry.key in asked]
    questions = [(text, entry.key) for entry in wanted for text in entry.similar]
    found = index.search_many([text for text, _ in questions], _DEPTH)
    index.replace(entries)  # the more is stored, the more a foreign line resembles something: the harder case counts
    outside = index.search_many(out_of_scope, _DEPTH)
    share_inside = (1 - OUT_OF_SCOPE_TRAFFIC) / max(1, len(questions))
    share_outside = OUT_OF_SCOPE_TRAFFIC / max(1, len(out_of_scope))
    return [
        *(Sample(text, ranked, key, share_inside) for (text, key), ranked in zip(questions, found, strict=True)),
        *(Sample(text, ranked, None, share_outside) for text, ranked in zip(out_of_scope, outside, strict=True)),
    ]
