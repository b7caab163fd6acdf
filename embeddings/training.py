"""Makes labelled samples out of a knowledge base alone, and fits the confidence on them (拟合).

Every similar question of an entry is a question somebody might ask, with a known right answer: it is asked of an index
that holds the plain questions only. Lines that belong to no knowledge base are the rest of the traffic, asked of the
index with everything in it.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from embeddings.confidence import Bands, Confidence, Sample
from embeddings.encoder import Encoder
from embeddings.entry import IndexEntry
from embeddings.fusion import FusionWeights
from embeddings.hybrid import HybridIndex
from embeddings.metrics import threshold_for_precision

OUT_OF_SCOPE_TRAFFIC = 0.3
"""Share of all traffic that out-of-scope questions stand for, however many lines of them there are."""

_DEPTH = 10
_DIRECT_PRECISION = 0.92
"""Counted. Labels name one right entry where sometimes two answer: of the seed base's confident mistakes about half are
such (read one by one), so answers counted right in 92 of 100 are right in about 95."""
_REFUSE_PRECISION = 0.75
"""Of the questions refused, so many have no right entry among the first three."""


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
    weights: FusionWeights | None = None,
) -> list[Sample]:
    """Labelled samples from ``entries`` with similar questions and from lines that are out of scope for them."""
    index = HybridIndex(encoder, second, weights)
    index.replace(replace(entry, similar=()) for entry in entries)
    asked = [(text, entry.key) for entry in entries for text in entry.similar]
    inside = index.search_many([text for text, _ in asked], _DEPTH)
    index.replace(entries)  # the more is stored, the more a foreign line resembles something: the harder case counts
    outside = index.search_many(out_of_scope, _DEPTH)
    share_inside = (1 - OUT_OF_SCOPE_TRAFFIC) / max(1, len(asked))
    share_outside = OUT_OF_SCOPE_TRAFFIC / max(1, len(out_of_scope))
    return [
        *(Sample(text, found, key, share_inside) for (text, key), found in zip(asked, inside, strict=True)),
        *(Sample(text, found, None, share_outside) for text, found in zip(out_of_scope, outside, strict=True)),
    ]
