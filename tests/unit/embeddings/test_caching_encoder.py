"""A text is embedded once per model, also after a restart."""

from pathlib import Path

import numpy as np

from embeddings import CachingEncoder
from tests.unit.embeddings.fakes import HashEncoder


def test_known_texts_are_not_encoded_again(tmp_path: Path) -> None:
    plain = HashEncoder()
    cached = CachingEncoder(plain, tmp_path / 'c' / 'v.sqlite')
    first = cached.encode_documents(['甲', '乙', '甲'])
    assert plain.encoded == ['甲', '乙']
    cached.close()

    again = CachingEncoder(plain, tmp_path / 'c' / 'v.sqlite')
    second = again.encode_documents(['乙', '丙', '甲'])
    assert plain.encoded == ['甲', '乙', '丙']
    assert np.array_equal(second[[2, 0]], first[:2])
    assert again.encode_documents([]).shape == (0, plain.dimension)


def test_models_do_not_share_vectors(tmp_path: Path) -> None:
    CachingEncoder(HashEncoder(name='a'), tmp_path / 'v.sqlite').encode_documents(['甲'])
    other = HashEncoder(name='b')
    CachingEncoder(other, tmp_path / 'v.sqlite').encode_documents(['甲'])
    longer = HashEncoder(name='a', dimension=64)
    vectors = CachingEncoder(longer, tmp_path / 'v.sqlite').encode_documents(['甲'])
    assert other.encoded == longer.encoded == ['甲']
    assert vectors.shape == (1, 64)
