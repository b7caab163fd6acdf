"""An adapter (适配): one matrix behind a frozen encoder, learnt from questions that are known to mean the same.

It moves vectors of a knowledge base's own ways of asking together, costs microseconds a query, needs no new encoding
when it is learnt again, and may be left out: without it the encoder works as its makers left it.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from embeddings.encoder import Encoder, Vectors

_SHIPPED = Path(__file__).parent / 'data'


class Adapter:
    """A square matrix, and the share of the cosine it may move."""

    def __init__(self, matrix: Vectors, share: float) -> None:
        """``matrix`` has the encoder's dimension on both sides; ``share`` lies in (0, 1].

        An adapted cosine is ``1 - share + share * cosine of the moved vectors``. With a share chosen so that cosines
        spread as they did before, the weights of the fusion hold with the adapter and without.
        """
        self._matrix = np.ascontiguousarray(matrix.astype(np.float16), np.float32)  # as it is after saving
        self._share = float(np.float32(share))

    @property
    def digest(self) -> str:
        """Short hash: vectors of two adapters must never be mixed."""
        content = self._matrix.tobytes() + np.float32(self._share).tobytes()
        return hashlib.sha256(content).hexdigest()[:8]

    @property
    def dimension(self) -> int:
        """Numbers in a vector it takes; what it gives has one more."""
        return len(self._matrix)

    def apply(self, vectors: Vectors) -> Vectors:
        """Move vectors of length 1, shape (n, dimension), to vectors of length 1, shape (n, dimension + 1)."""
        moved = vectors @ self._matrix
        lengths = np.linalg.norm(moved, axis=1, keepdims=True)
        common = np.full((len(vectors), 1), np.sqrt(1 - self._share))  # equal in all: what every two texts share
        return np.hstack([moved / np.maximum(lengths, 1e-12) * np.sqrt(self._share), common]).astype(np.float32)

    def save(self, path: Path) -> None:
        """Write it, replacing the file as a whole."""
        path.parent.mkdir(parents=True, exist_ok=True)
        work = path.with_name(path.name + '.new')
        with work.open('wb') as file:
            np.savez_compressed(file, matrix=self._matrix.astype(np.float16), share=np.float32(self._share))
        work.replace(path)

    @classmethod
    def load(cls, path: Path) -> 'Adapter':
        """Read what ``save`` wrote. Raises FileNotFoundError, or ValueError for a file that is none."""
        with path.open('rb') as file:
            try:
                stored = np.load(file, allow_pickle=False)
                return cls(stored['matrix'], float(stored['share']))
            except (ValueError, KeyError, OSError, EOFError, TypeError, AttributeError) as error:
                raise ValueError(f'{path} holds no adapter; fit it again') from error


class AdaptedEncoder:
    """An encoder with an adapter behind it."""

    def __init__(self, encoder: Encoder, adapter: Adapter) -> None:
        """Raises ValueError when the adapter was learnt for vectors of another length."""
        if adapter.dimension != encoder.dimension:
            raise ValueError(f'the adapter takes {adapter.dimension} numbers, {encoder.name} gives {encoder.dimension}')
        self._encoder = encoder
        self._adapter = adapter

    @property
    def name(self) -> str:
        """Name of the encoder and digest of the adapter."""
        return f'{self._encoder.name}+{self._adapter.digest}'

    @property
    def dimension(self) -> int:
        """One more than the encoder's."""
        return self._encoder.dimension + 1

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Moved vectors of what people ask."""
        return self._adapter.apply(self._encoder.encode_queries(texts))

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Moved vectors of stored questions."""
        return self._adapter.apply(self._encoder.encode_documents(texts))


def adapter_file(folder: Path, encoder: Encoder) -> Path:
    """Where the adapter of an encoder lies in ``folder``; the digest of a model's files is no part of the name."""
    return folder / f'adapter-{encoder.name.split("@")[0].replace("/", "-")}.npz'


def adapted(encoder: Encoder, folder: Path) -> Encoder:
    """``encoder`` with the adapter in ``folder``, or the one shipped for its model; as it is when there is neither.

    Raises ValueError for a file that cannot be used.
    """
    for place in (folder, _SHIPPED):
        path = adapter_file(place, encoder)
        if path.exists():
            return AdaptedEncoder(encoder, Adapter.load(path))
    return encoder
