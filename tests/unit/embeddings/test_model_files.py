"""Readers of the two package files, on small files written here."""

import struct
from pathlib import Path

import numpy as np
import pytest

from embeddings.charsmap import find_charsmap
from embeddings.q4_file import BrokenModelFile, Q4File

PIECES = ['<s>', '<pad>', '</s>', '<unk>', '▁你', '好']


def q4(matrix: np.ndarray) -> bytes:  # type: ignore[type-arg]
    """Quantised as in the package: blocks of 32, scale in fp16, nibbles plus 8, low half first."""
    blocks = matrix.reshape(-1, 32)
    scales = (np.abs(blocks).max(axis=1, keepdims=True) / 7).astype(np.float16)
    nibbles = (np.round(blocks / scales.astype(np.float32)) + 8).clip(0, 15).astype(np.uint8)
    packed = nibbles[:, :16] | nibbles[:, 16:] << 4
    return np.concatenate([scales.view(np.uint8), packed], axis=1).tobytes()


def model_file(path: Path, matrix: np.ndarray, flat: np.ndarray) -> Path:  # type: ignore[type-arg]
    texts = [piece.encode() for piece in PIECES]
    offsets = np.cumsum([0, *map(len, texts)]).astype('<u4')
    head = b'E5S1' + struct.pack('<I7ifi', 1, 64, 0, 2, 128, len(matrix), 16, 1, 1e-12, 32)
    head += struct.pack('<5iQ', len(PIECES), 0, 2, 1, 3, int(offsets[-1]))
    head += offsets.tobytes() + np.arange(len(PIECES), dtype='<f4').tobytes() + b''.join(texts)
    head += struct.pack('<iI', 1, 5) + b'rules' + struct.pack('<i', 2)
    parts = [(b'm', q4(matrix), matrix.size), (b'f', flat.astype('<f4').tobytes(), flat.size)]
    at = len(head) + sum(2 + len(name) + 21 for name, _, _ in parts)
    directory, body = b'', b''
    for name, data, count in parts:
        directory += struct.pack('<H', len(name)) + name + struct.pack('<BIQQ', 0, count, at + len(body), len(data))
        body += data
    path.write_bytes(head + directory + body)
    return path


def test_a_file_written_here_is_read_back(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    matrix, flat = random.normal(size=(6, 64)).astype(np.float32), random.normal(size=10).astype(np.float32)
    file = Q4File(model_file(tmp_path / 'm.bin', matrix, flat))
    assert file.vocabulary.pieces == PIECES
    assert file.vocabulary.scores.tolist() == [0, 1, 2, 3, 4, 5]
    assert (file.shape.hidden, file.shape.vocabulary, file.vocabulary.unk) == (64, 6, 3)
    assert np.array_equal(file.tensor('f'), flat)
    read = file.tensor('m', 64)
    assert np.abs(read - matrix).max() < np.abs(matrix).max() / 13
    assert np.array_equal(file.rows('m', 64, np.array([4, 1])), read[[4, 1]])


@pytest.mark.parametrize('damage', ['magic', 'cut', 'missing', 'size'])
def test_another_layout_is_refused(tmp_path: Path, damage: str) -> None:
    path = model_file(tmp_path / 'm.bin', np.ones((6, 64), np.float32), np.ones(10, np.float32))
    data = path.read_bytes()
    if damage == 'magic':
        path.write_bytes(b'GGUF' + data[4:])
    if damage == 'cut':
        path.write_bytes(data[:120])
    with pytest.raises(BrokenModelFile):
        file = Q4File(path)
        file.rows('f' if damage == 'size' else 'absent', 64, np.array([0]))


def test_the_table_is_found_wherever_it_is_nested() -> None:
    table = struct.pack('<I', 100_000) + bytes(100_000) + b'\x01' * 500

    def field(number: int, value: bytes) -> bytes:
        length, encoded = len(value), b''
        while length > 127:
            encoded += bytes([length & 127 | 128])
            length >>= 7
        return bytes([number << 3 | 2]) + encoded + bytes([length]) + value

    piece = field(1, '▁你'.encode()) + b'\x15' + struct.pack('<f', -1.5)
    assert find_charsmap(field(1, piece) * 3 + field(3, field(1, b'nmt') + field(2, table))) == table
    with pytest.raises(ValueError, match='no normaliser'):
        find_charsmap(field(1, piece))
