"""Keeps document vectors on disk (向量缓存), by hash of the text and name of the model: a text is embedded once."""

import hashlib
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from embeddings.encoder import Encoder, Vectors

_SCHEMA = (
    'CREATE TABLE IF NOT EXISTS vectors (model TEXT, text BLOB, vector BLOB, PRIMARY KEY (model, text)) WITHOUT ROWID'
)
_SELECT = 'SELECT vector FROM vectors WHERE model = ? AND text = ?'
_PIECE = 256


class CachingEncoder:
    """An encoder before which a small SQLite file of document vectors stands. Queries pass through: they vary."""

    def __init__(self, encoder: Encoder, path: Path) -> None:
        """Vectors of ``encoder`` are kept in the file ``path``, which may serve several models."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._encoder = encoder
        self._lock = threading.Lock()
        self._file = sqlite3.connect(path, check_same_thread=False, timeout=30)
        self._file.execute('PRAGMA journal_mode = WAL')
        self._file.execute('PRAGMA synchronous = NORMAL')
        self._file.execute(_SCHEMA)
        self._file.commit()

    @property
    def name(self) -> str:
        """Name of the encoder behind."""
        return self._encoder.name

    @property
    def dimension(self) -> int:
        """Dimension of the encoder behind."""
        return self._encoder.dimension

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Straight from the encoder behind."""
        return self._encoder.encode_queries(texts)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Vectors from the file where known, from the encoder behind otherwise; what is new is kept at once."""
        digests = [hashlib.sha256(text.encode('utf-8', 'surrogatepass')).digest() for text in texts]
        known = self._known(digests)
        unknown = {digest: text for digest, text in zip(digests, texts, strict=True) if digest not in known}
        wanted = list(unknown.items())
        for start in range(0, len(wanted), _PIECE):  # in pieces, so that an interrupted start loses little
            piece = wanted[start : start + _PIECE]
            vectors = self._encoder.encode_documents([text for _, text in piece])
            fresh = dict(zip((digest for digest, _ in piece), vectors, strict=True))
            self._keep(fresh)
            known |= fresh
        result = np.empty((len(texts), self.dimension), np.float32)
        for row, digest in enumerate(digests):
            result[row] = known[digest]
        return result

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._file.close()

    def _known(self, digests: Sequence[bytes]) -> dict[bytes, Vectors]:
        known: dict[bytes, Vectors] = {}
        with self._lock:
            for digest in dict.fromkeys(digests):
                row = self._file.execute(_SELECT, (self.name, digest)).fetchone()
                if row and len(row[0]) == 4 * self.dimension:
                    known[digest] = np.frombuffer(row[0], np.float32)
        return known

    def _keep(self, fresh: dict[bytes, Vectors]) -> None:
        with self._lock:
            self._file.executemany(
                'INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)',
                [(self.name, digest, vector.tobytes()) for digest, vector in fresh.items()],
            )
            self._file.commit()
