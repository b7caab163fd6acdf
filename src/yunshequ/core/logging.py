"""Logging: loguru everywhere, the standard library bridged, who and which request bound, no personal data."""

import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from loguru import logger

if TYPE_CHECKING:
    from loguru import Record

request_id: ContextVar[str] = ContextVar('request_id', default='-')
actor_id: ContextVar[str] = ContextVar('actor_id', default='-')

_PHONE = re.compile(r'(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)')
_ID_CARD = re.compile(r'(?<!\d)(\d{4})\d{10}(\d{3}[\dXx])(?!\d)')
_FORMAT = (
    '<green>{time:YYYY-MM-DD HH:mm:ss.SSS}</green> <level>{level: <7}</level> '
    '{extra[request]} {extra[actor]} <cyan>{name}</cyan> {message}'
)


def redact(text: str) -> str:
    """Return ``text`` with mobile and identity-card numbers masked."""
    return _ID_CARD.sub(r'\1**********\2', _PHONE.sub(r'\1****\2', text))


def _prepare(record: 'Record') -> None:
    record['extra'].setdefault('request', request_id.get())
    record['extra'].setdefault('actor', actor_id.get())
    record['message'] = redact(record['message'])


class _Bridge(logging.Handler):
    """Hands records of the standard library to loguru."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            level: str | int = logger.level(record.levelname).name
        except ValueError:
            level = record.levelno
        frame, depth = logging.currentframe(), 2
        while frame and frame.f_code.co_filename == logging.__file__:
            back = frame.f_back
            if back is None:
                break
            frame, depth = back, depth + 1
        logger.opt(depth=depth, exception=record.exc_info).log(level, '{}', record.getMessage())


def setup(level: str = 'INFO', *, as_json: bool = False) -> None:
    """Send everything to standard error, as lines or as JSON; call once at start."""
    logger.remove()
    logger.configure(patcher=_prepare)
    logger.add(sys.stderr, level=level, format=_FORMAT, serialize=as_json, diagnose=False, enqueue=False)
    logging.basicConfig(handlers=[_Bridge()], level=logging.INFO, force=True)
    for noisy in ('httpx', 'sentence_transformers', 'urllib3', 'faiss', 'engineio', 'socketio'):
        logging.getLogger(noisy).setLevel(logging.WARNING)


@contextmanager
def bound(*, request: str | None = None, actor: int | None = None) -> Iterator[None]:
    """Bind a request and an actor to every line logged inside the block."""
    resets = []
    if request is not None:
        resets.append((request_id, request_id.set(request)))
    if actor is not None:
        resets.append((actor_id, actor_id.set(f'm{actor}')))
    try:
        yield
    finally:
        for variable, reset in reversed(resets):
            variable.reset(reset)
