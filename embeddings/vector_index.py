"""Exact vector search (向量索引) by FAISS, with keys of our own and changes in place.

Flat search is exact and fast enough up to about 100,000 vectors (6 ms); nothing has to be trained or rebuilt.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from embeddings.atomic_folder import readable_folder, replaced_folder
from embeddings.encoder import Vectors

Keys = NDArray[np.int64]

# One query at a time gains nothing from more threads, and they would spin against the event loop on a small machine.
faiss.omp_set_num_threads(1)

_VECTORS = 'vectors.faiss'
_MANIFEST = 'manifest.json'


class IndexMismatch(Exception):
    """A saved index does not fit: other model, other dimension, or its files disagree. Build it anew."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a saved index says about itself, readable without loading it."""

    model: str
    dimension: int
    count: int
    fingerprint: str


class VectorIndex:
    """Vectors of length 1 by int key; similarity is the cosine. Not locked: its owner does that."""

    def __init__(self, dimension: int) -> None:
        """An empty index for vectors of ``dimension`` numbers."""
        self.dimension = dimension
        self._index = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))

    def __len__(self) -> int:
        """Number of vectors."""
        return int(self._index.ntotal)

    def add(self, keys: Sequence[int] | Keys, vectors: Vectors) -> None:
        """Add vectors under keys that are not in the index yet. Raises ValueError for a wrong shape."""
        ids = np.asarray(keys, np.int64)
        if vectors.shape != (len(ids), self.dimension):
            raise ValueError(f'{vectors.shape} vectors for {len(ids)} keys of dimension {self.dimension}')
        if len(ids):
            self._index.add_with_ids(np.ascontiguousarray(vectors, np.float32), ids)

    def remove(self, keys: Sequence[int] | Keys) -> int:
        """Remove keys, those unknown are passed over; returns how many vectors went."""
        ids = np.asarray(keys, np.int64)
        return int(self._index.remove_ids(faiss.IDSelectorBatch(ids))) if len(ids) else 0

    def replace(self, keys: Sequence[int] | Keys, vectors: Vectors) -> None:
        """Set the vectors of ``keys``, whether known or not."""
        self.remove(keys)
        self.add(keys, vectors)

    def search(self, vector: Vectors, limit: int) -> tuple[Keys, Vectors]:
        """The ``limit`` nearest keys with their cosines, best first; fewer when the index is smaller."""
        limit = min(limit, len(self))
        if limit <= 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        cosines, keys = self._index.search(np.ascontiguousarray(vector.reshape(1, -1), np.float32), limit)
        return np.asarray(keys[0], np.int64), np.asarray(cosines[0], np.float32)

    def vectors(self, keys: Sequence[int] | Keys) -> Vectors:
        """The stored vectors of ``keys``, in that order. Raises KeyError when one is unknown."""
        ids = np.asarray(keys, np.int64)
        if not len(ids):
            return np.empty((0, self.dimension), np.float32)
        try:
            return np.asarray(self._index.reconstruct_batch(ids), np.float32)
        except RuntimeError as error:
            raise KeyError(f'unknown key among {len(ids)}') from error

    def copy(self) -> 'VectorIndex':
        """An index of its own with the same vectors."""
        made = VectorIndex(self.dimension)
        made._index = faiss.clone_index(self._index)  # type: ignore[assignment]  # of the same kind
        return made

    def save(self, folder: Path, model: str, fingerprint: str) -> None:
        """Write the index and its manifest to ``folder``, replacing it as a whole."""
        with replaced_folder(folder) as work:
            faiss.write_index(self._index, str(work / _VECTORS))
            manifest = Manifest(model, self.dimension, len(self), fingerprint)
            (work / _MANIFEST).write_text(json.dumps(asdict(manifest)), encoding='utf-8')

    @classmethod
    def load(cls, folder: Path) -> tuple['VectorIndex', Manifest]:
        """Read what ``save`` wrote. Raises FileNotFoundError, or IndexMismatch when the files disagree."""
        place = readable_folder(folder)
        manifest = read_manifest(place)
        try:
            stored = faiss.read_index(str(place / _VECTORS))
        except RuntimeError as error:
            raise IndexMismatch(f'{place} holds no readable index: {error}') from error
        if not isinstance(stored, faiss.IndexIDMap2):
            raise IndexMismatch(f'{place} holds another kind of index')
        if stored.d != manifest.dimension or stored.ntotal != manifest.count:
            raise IndexMismatch(f'{place} holds {stored.ntotal} x {stored.d}, its manifest says otherwise')
        index = cls(manifest.dimension)
        index._index = stored
        return index, manifest


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a saved index. Raises FileNotFoundError, or IndexMismatch when it is not readable."""
    place = readable_folder(folder)
    try:
        return Manifest(**json.loads((place / _MANIFEST).read_text(encoding='utf-8')))
    except (ValueError, TypeError) as error:
        raise IndexMismatch(f'{place} holds no readable manifest') from error
