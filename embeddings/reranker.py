"""A second look (重排): a cross-encoder reads the question beside each of the first candidates, where a model is configured.

It tells apart what vectors cannot, for a price: each candidate is one more run of a model. None is shipped; with one set,
``kb fit`` learns how far to trust what it says.
"""

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import ModelMissing
from embeddings.entry import Candidate

Chances = NDArray[np.float32]

LOOKED_AT = 10
"""Candidates that are looked at a second time; what is below the tenth is seldom right."""

_WEIGHT = 0.2
"""What a chance of 1 adds to a score: as much as lies between a good cosine and one that means nothing."""


class Reranker(Protocol):
    """What the index needs of such a model. Calls come from several threads."""

    def chances(self, query: str, texts: Sequence[str]) -> Chances:
        """How likely each of ``texts`` asks the same as ``query``, 0 to 1."""
        ...


class CrossEncoderReranker:
    """Any sentence-transformers cross-encoder with one output: a local folder or, with a model hub, its name there."""

    def __init__(self, path_or_name: str | Path, *, max_tokens: int = 256) -> None:
        """Load the model on the CPU as float32. Raises ModelMissing with words for the operator."""
        import torch  # noqa: PLC0415 - takes seconds to load
        from sentence_transformers import CrossEncoder  # noqa: PLC0415

        try:
            self._model = CrossEncoder(
                str(path_or_name), device='cpu', local_files_only=Path(path_or_name).is_dir(), num_labels=1,
                max_length=max_tokens, activation_fn=torch.nn.Sigmoid(), model_kwargs={'dtype': torch.float32},
            )
        except Exception as error:
            raise ModelMissing(f'reranker {path_or_name} cannot be loaded: {error}') from error
        self._lock = threading.Lock()

    def chances(self, query: str, texts: Sequence[str]) -> Chances:
        """See ``Reranker``."""
        if not texts:
            return np.empty(0, np.float32)
        with self._lock:
            found = self._model.predict([(query, text) for text in texts], show_progress_bar=False)
        return np.asarray(found, np.float32).reshape(-1)


def reordered(reranker: Reranker, query: str, candidates: Sequence[Candidate]) -> list[Candidate]:
    """``candidates`` in the order of both opinions; those beyond ``LOOKED_AT`` stay behind."""
    looked_at, rest = candidates[:LOOKED_AT], candidates[LOOKED_AT:]
    chances = reranker.chances(query, [one.text for one in looked_at]).tolist()
    judged = [replace(one, score=one.score + _WEIGHT * chance) for one, chance in zip(looked_at, chances, strict=True)]
    return [*sorted(judged, key=lambda one: (-one.score, one.key)), *rest]
