"""Learns an adapter (适配训练) from the questions of entries: those of one entry together, all others apart."""

import math
from collections.abc import Sequence

import numpy as np

from embeddings.adapter import Adapter
from embeddings.encoder import Encoder
from embeddings.entry import IndexEntry
from embeddings.normalise import normalise

_BATCH = 256
_ROUNDS = 15
_LEAST_STEPS = 150
_RATE = 1e-3
_TEMPERATURE = 0.04
_STAY = 0.05
"""Pull towards changing nothing. Chosen on topics of the seed base that were not learnt from: less of it fits the
learnt topics better and loses on foreign ones."""


def fit_adapter(entries: Sequence[IndexEntry], encoder: Encoder) -> Adapter:
    """An adapter for ``encoder``, learnt in seconds; the same for the same entries.

    Raises ValueError with fewer than two entries that have similar questions.
    """
    import torch  # noqa: PLC0415 - takes seconds to load
    from torch.nn import functional  # noqa: PLC0415

    asked = [(text, entry.key) for entry in entries for text in dict.fromkeys(map(normalise, entry.texts)) if entry.similar]
    owners = np.array([key for _, key in asked], np.int64)
    if len(set(owners.tolist())) < 2:
        raise ValueError('an adapter needs at least two entries with similar questions')
    frozen = encoder.encode_documents([text for text, _ in asked])
    vectors, owner = torch.from_numpy(frozen), torch.from_numpy(owners)
    unit, change = torch.eye(encoder.dimension), torch.zeros(encoder.dimension, encoder.dimension, requires_grad=True)
    optimiser = torch.optim.Adam([change], lr=_RATE)
    dice = torch.Generator().manual_seed(0)
    rounds = max(_ROUNDS, _LEAST_STEPS // math.ceil(len(owner) / _BATCH))
    batches = [batch for _ in range(rounds) for batch in torch.randperm(len(owner), generator=dice).split(_BATCH)]  # type: ignore[no-untyped-call]
    for step, batch in enumerate(batches):
        moved = functional.normalize(vectors @ (unit + change), dim=1)
        itself = batch[:, None] == torch.arange(len(owner))[None, :]
        alike = (moved[batch] @ moved.T / _TEMPERATURE).masked_fill(itself, -torch.inf)
        same = (owner[batch][:, None] == owner[None, :]) & ~itself
        paired = same.any(dim=1)
        wanted = alike.masked_fill(~same, -torch.inf)[paired].logsumexp(dim=1)
        loss = (alike[paired].logsumexp(dim=1) - wanted).mean() + _STAY * change.square().sum()
        optimiser.param_groups[0]['lr'] = _RATE * (1 - step / len(batches))
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    matrix = (unit + change).detach().numpy()
    moved_vectors = frozen @ matrix
    moved_vectors /= np.maximum(np.linalg.norm(moved_vectors, axis=1, keepdims=True), 1e-12)
    return Adapter(matrix, min(1.0, _spread(frozen) / max(_spread(moved_vectors), 1e-6)))


def _spread(vectors: np.ndarray) -> float:
    """Standard deviation of the cosines between different texts, of a thousand texts at most."""
    chosen = vectors[:: max(1, len(vectors) // 1000)]
    cosines = chosen @ chosen.T
    return float(cosines[~np.eye(len(chosen), dtype=bool)].std())
