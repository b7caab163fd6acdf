"""Bytes on the wire: a payload becomes one ready-made WebSocket frame that fits every browser.

A live frame is the Socket.IO event ``live`` with one object: ``42["live",{"t":topic,"k":kind,...}]``. ``4`` is
Engine.IO's *message*, ``2`` Socket.IO's *event*. Server frames are never masked and never compressed here, so the same
bytes can be written to any number of sockets.
"""

from collections.abc import Mapping
from typing import Any

import orjson
from pydantic import BaseModel

EVENT = 'live'
"""Name of the Socket.IO event all live frames travel under."""

_HEAD = b'42["live",'
_TEXT_FRAME = 0x81  # FIN + opcode 1
_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z | orjson.OPT_SERIALIZE_NUMPY


def _plain(value: object) -> object:
    """Tell orjson how to write what it does not know."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode='json')
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f'{type(value).__name__} cannot be sent to a browser')


def encode(payload: Mapping[str, Any]) -> bytes:
    """Return ``payload`` as compact JSON. Datetimes become ISO 8601 ending in ``Z``, pydantic models plain objects.

    :raises TypeError: it holds something a browser cannot be sent.
    """
    return orjson.dumps(payload, default=_plain, option=_OPTIONS)


def decode(body: bytes) -> dict[str, Any]:
    """Return the object that ``encode`` wrote."""
    value: dict[str, Any] = orjson.loads(body)
    return value


def frame(body: bytes) -> bytes:
    """Wrap an encoded object into the event and into one unmasked WebSocket text frame (RFC 6455, 5.2)."""
    size = len(_HEAD) + len(body) + 1
    if size < 126:
        head = bytes((_TEXT_FRAME, size))
    elif size < 65536:
        head = bytes((_TEXT_FRAME, 126)) + size.to_bytes(2, 'big')
    else:
        head = bytes((_TEXT_FRAME, 127)) + size.to_bytes(8, 'big')
    return b''.join((head, _HEAD, body, b']'))
