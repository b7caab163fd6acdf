"""An encoder for tests: character pairs hashed into a small vector, so that similar texts are near; no model needed."""

import zlib
from collections.abc import Sequence

import numpy as np

from embeddings import Vectors


class HashEncoder:
    """Deterministic, instant, and counts what it is asked."""

    def __init__(self, dimension: int = 48, name: str = 'hash') -> None:
        self._dimension = dimension
        self._name = name
        self.encoded: list[str] = []

    @property
    def name(self) -> str:
        return self._name

    @property
    def dimension(self) -> int:
        return self._dimension

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self._dimension), np.float32)
        for row, text in enumerate(texts):
            marked = f'^{text}$'
            for at in range(len(marked) - 1):
                vectors[row, zlib.crc32(marked[at : at + 2].encode('utf-8', 'surrogatepass')) % self._dimension] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        self.encoded.extend(texts)
        return self.encode_queries(texts)
