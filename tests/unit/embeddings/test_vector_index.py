"""The vector index against brute force, through any sequence of changes."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings import IndexMismatch, VectorIndex, Vectors, read_manifest

DIMENSION = 6
CHANGES = st.lists(st.tuples(st.sampled_from(['set', 'remove']), st.integers(0, 9), st.integers(0, 99)), max_size=30)


def vector(seed: int) -> Vectors:
    drawn = np.random.default_rng(seed).normal(size=DIMENSION).astype(np.float32)
    return np.asarray(drawn / np.linalg.norm(drawn), np.float32)


@given(CHANGES, st.integers(100, 199))
@settings(max_examples=60, deadline=None)
def test_any_changes_then_search_equals_brute_force(changes: list[tuple[str, int, int]], query: int) -> None:
    index, plain = VectorIndex(DIMENSION), {}
    for change, key, seed in changes:
        if change == 'set':
            index.replace([key], vector(seed)[None, :])
            plain[key] = vector(seed)
        else:
            assert index.remove([key]) == (plain.pop(key, None) is not None)
    keys, cosines = index.search(vector(query), 5)
    expected = sorted((float(vector(query) @ stored) for stored in plain.values()), reverse=True)[:5]
    assert len(index) == len(plain)
    assert cosines.tolist() == pytest.approx(expected, abs=1e-5)
    assert [float(vector(query) @ plain[key]) for key in keys.tolist()] == pytest.approx(expected, abs=1e-5)


def test_saved_and_loaded(tmp_path: Path) -> None:
    index = VectorIndex(DIMENSION)
    index.add([7, 8], np.stack([vector(1), vector(2)]))
    index.save(tmp_path / 'v', 'hash', 'abc')
    loaded, manifest = VectorIndex.load(tmp_path / 'v')
    assert manifest == read_manifest(tmp_path / 'v')
    assert (manifest.model, manifest.dimension, manifest.count, manifest.fingerprint) == ('hash', DIMENSION, 2, 'abc')
    assert loaded.search(vector(2), 1)[0].tolist() == [8]
    loaded.remove([8])
    assert loaded.search(vector(2), 5)[0].tolist() == [7]


def test_a_damaged_index_says_so(tmp_path: Path) -> None:
    index = VectorIndex(DIMENSION)
    index.add([7], vector(1)[None, :])
    index.save(tmp_path / 'v', 'hash', 'abc')
    (tmp_path / 'v' / 'vectors.faiss').write_bytes(b'torn')
    with pytest.raises(IndexMismatch):
        VectorIndex.load(tmp_path / 'v')
    (tmp_path / 'v' / 'manifest.json').write_text('{')
    with pytest.raises(IndexMismatch):
        read_manifest(tmp_path / 'v')


def test_wrong_shapes_and_unknown_keys_are_refused() -> None:
    index = VectorIndex(DIMENSION)
    with pytest.raises(ValueError, match='dimension'):
        index.add([1], np.ones((1, DIMENSION + 1), np.float32))
    with pytest.raises(KeyError):
        index.vectors([1])
    assert index.search(vector(1), 3)[0].tolist() == []
