"""Adapters: lengths stay 1, what belongs together comes nearer, files of no use are refused, vectors never mixed."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from embeddings import AdaptedEncoder, Adapter, HybridIndex, IndexEntry, IndexMismatch, adapted
from embeddings.adapter import adapter_file
from embeddings.adapter_training import fit_adapter
from tests.unit.embeddings.fakes import HashEncoder

THINGS = ['居住证', '医保卡', '老年卡', '停车位', '垃圾桶', '路灯', '电梯', '水表']
ENTRIES = [IndexEntry(key, f'{thing}如何办理', (f'俺的{thing}咋整', f'{thing}搁哪块弄')) for key, thing in enumerate(THINGS)]
NUMBERS = st.floats(-3, 3, width=32)


@given(arrays.arrays(np.float32, (4, 6), elements=NUMBERS), st.floats(0.05, 1))
@settings(deadline=None)
def test_moved_vectors_have_length_one(vectors: np.ndarray, share: float) -> None:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors = np.where(lengths > 0.1, vectors / np.maximum(lengths, 0.1), np.eye(6, dtype=np.float32)[:4])
    moved = Adapter(np.eye(6, dtype=np.float32), share).apply(vectors)
    assert moved.shape == (4, 7)
    assert np.linalg.norm(moved, axis=1) == pytest.approx(np.ones(4), abs=1e-3)
    # a matrix that moves nothing changes no order: every cosine lies on one line
    assert moved @ moved.T == pytest.approx(1 - share + share * (vectors @ vectors.T), abs=1e-3)


def test_what_was_learnt_brings_the_ways_of_asking_together() -> None:
    encoder = HashEncoder()
    learnt = AdaptedEncoder(encoder, fit_adapter(ENTRIES, encoder))

    def lead(of: HashEncoder | AdaptedEncoder) -> float:
        """By how much an entry leads over the best other one, asked in its similar question; in spreads of the others."""
        cosines = of.encode_queries([entry.similar[0] for entry in ENTRIES])
        cosines = cosines @ of.encode_documents([entry.question for entry in ENTRIES]).T
        itself = np.eye(len(ENTRIES), dtype=bool)
        best_other = np.where(itself, -1, cosines).max(axis=1)
        return float((cosines[itself] - best_other).mean() / cosines[~itself].std())

    assert lead(learnt) > lead(encoder)


def test_learning_twice_gives_the_same() -> None:
    assert fit_adapter(ENTRIES, HashEncoder()).digest == fit_adapter(ENTRIES, HashEncoder()).digest


def test_too_little_to_learn_from_is_said() -> None:
    with pytest.raises(ValueError, match='at least two entries'):
        fit_adapter([ENTRIES[0], IndexEntry(9, '没有相似问')], HashEncoder())


def test_the_sites_own_comes_before_the_shipped_one_and_neither_is_needed(tmp_path: Path) -> None:
    encoder = HashEncoder(name='org/model@0123')
    assert adapted(encoder, tmp_path) is encoder
    own = fit_adapter(ENTRIES, encoder)
    own.save(adapter_file(tmp_path, encoder))
    chosen = adapted(encoder, tmp_path)
    assert chosen.name == f'org/model@0123+{own.digest}'
    assert chosen.dimension == encoder.dimension + 1
    assert (chosen.encode_queries(['路灯']) == own.apply(encoder.encode_queries(['路灯']))).all()
    shipped = adapted(HashEncoder(384, 'multilingual-e5-small-zh@any'), tmp_path)
    assert isinstance(shipped, AdaptedEncoder)


def test_files_of_no_use_are_refused(tmp_path: Path) -> None:
    encoder = HashEncoder(name='model')
    adapter_file(tmp_path, encoder).write_bytes(b'no adapter')
    with pytest.raises(ValueError, match='fit it again'):
        adapted(encoder, tmp_path)
    Adapter(np.eye(4, dtype=np.float32), 1).save(adapter_file(tmp_path, encoder))
    with pytest.raises(ValueError, match='takes 4 numbers'):
        adapted(encoder, tmp_path)


def test_an_index_made_with_another_adapter_is_not_read(tmp_path: Path) -> None:
    encoder = HashEncoder()
    first = AdaptedEncoder(encoder, fit_adapter(ENTRIES[:4], encoder))
    index = HybridIndex(first)
    index.replace(ENTRIES)
    index.save(tmp_path / 'kb')
    assert HybridIndex.load(tmp_path / 'kb', first).search('路灯')[0].key == THINGS.index('路灯')
    with pytest.raises(IndexMismatch):
        HybridIndex.load(tmp_path / 'kb', AdaptedEncoder(encoder, fit_adapter(ENTRIES[4:], encoder)))
