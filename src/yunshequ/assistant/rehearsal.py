"""Trying a change of the index (预演): a copy is changed and asked, the index that answers people is left alone."""

from collections import OrderedDict
from collections.abc import Callable, Sequence

import numpy as np

from embeddings import Candidate, Encoder, HybridIndex, IndexEntry, Vectors
from yunshequ.assistant.ports import Finding, Hit, Trial

REMEMBERED = 2_000
"""Vectors of questions kept between two rehearsals: 4 MB; the same last questions are asked again and again."""
BATCH = 32
LOOK_AT = 10
"""Hits of one search, as in ``retriever``."""

Sure = Callable[[str, Sequence[Candidate]], float]


class Remembering:
    """An encoder that keeps the vectors of the last questions. For one thread."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._kept: OrderedDict[str, Vectors] = OrderedDict()
        self.name = encoder.name
        self.dimension = encoder.dimension
        self.encode_documents = encoder.encode_documents

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors from memory where known."""
        new = list(dict.fromkeys(text for text in texts if text not in self._kept))
        fresh: dict[str, Vectors] = {}
        for start in range(0, len(new), BATCH):
            part = new[start:start + BATCH]
            fresh |= dict(zip(part, self._encoder.encode_queries(part), strict=True))
        result = np.stack([fresh[text] if text in fresh else self._kept[text] for text in texts])
        self._kept |= fresh
        while len(self._kept) > REMEMBERED:
            self._kept.popitem(last=False)
        return result


class Rehearsal:
    """Asks a copy of an index; holds the encoders of one model. Runs in one thread of its own."""

    def __init__(self, encoder: Encoder, second: Encoder | None, sure: Sure) -> None:
        self._main = Remembering(encoder)
        self._second = Remembering(second) if second else None
        self._sure = sure

    def run(
        self, index: HybridIndex, trials: Sequence[Trial], entries: Sequence[IndexEntry], gone: Sequence[int],
    ) -> list[tuple[Finding, Finding]]:
        """Return what is found for each question before and after the change."""
        copy = index.copy(self._main, self._second)
        texts = [copy.as_searched(one.text) for one in trials]
        for encoder in (self._main, self._second):
            if encoder is not None and texts:
                encoder.encode_queries(texts)
        before = [self._find(copy, one.text, one.before) for one in trials]
        copy.remove(gone)
        copy.replace(entries)
        return [(was, self._find(copy, one.text, one.after)) for one, was in zip(trials, before, strict=True)]

    def _find(self, index: HybridIndex, text: str, keep: Callable[[int], bool] | None) -> Finding:
        if keep is None:
            return Finding((), 0.0, index.has_meaning)
        found = index.search(text, LOOK_AT, keep)
        return Finding(tuple(Hit(one.key, one.score) for one in found), self._sure(text, found), index.has_meaning)
