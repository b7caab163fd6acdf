"""Our own uvicorn: uvloop, httptools, the findable WebSocket protocol, no compression of frames; and the collector's policy.

``ui.run`` hard-codes another WebSocket implementation, so NiceGUI is mounted with ``ui.run_with`` and started here.
"""

import asyncio
import gc
import time
from collections.abc import Sequence
from typing import Any

import uvicorn
from loguru import logger

from pages.live.protocol import LiveWebSocketProtocol

MAX_MESSAGE = 1_000_000
"""Bytes one WebSocket message from a browser may have, as in Engine.IO."""


def configure(
    app: Any, *, host: str, port: int, uds: str | None = None, fd: int | None = None, log_level: str = 'warning',
    proxy_headers: bool = False, trusted_proxies: Sequence[str] = (), root_path: str = '', backlog: int = 4096,
) -> uvicorn.Config:
    """Return the configuration the server runs with.

    :param uds: path of a Unix socket to listen on instead, for a proxy on the same machine: a frame costs half of what it costs
        over TCP. Who can reach it is the proxy, so ``proxy_headers`` are believed from there.
    :param fd: number of a listening socket to take over instead of binding ``host`` and ``port``.
    :param proxy_headers: believe ``X-Forwarded-*`` from ``trusted_proxies`` (addresses or networks).
    """
    return uvicorn.Config(
        app, host=host, port=port, uds=uds, fd=fd, loop='uvloop', http='httptools', ws=LiveWebSocketProtocol,
        ws_per_message_deflate=False, ws_max_size=MAX_MESSAGE, ws_ping_interval=30.0, ws_ping_timeout=20.0,
        lifespan='on', access_log=False, server_header=False, log_config=None, log_level=log_level,
        proxy_headers=proxy_headers, forwarded_allow_ips=['*'] if uds else list(trusted_proxies) or None, root_path=root_path,
        timeout_graceful_shutdown=3, timeout_keep_alive=30, backlog=backlog,
    )


async def serve(app: Any, *, host: str, port: int, **options: Any) -> None:
    """Serve ``app`` until a signal ends it; options as in ``configure``. Run it on a uvloop loop (see ``run``)."""
    await uvicorn.Server(configure(app, host=host, port=port, **options)).serve()


def run(app: Any, *, host: str, port: int, **options: Any) -> None:
    """Serve ``app`` on a uvloop loop of its own until a signal ends it."""
    import uvloop  # noqa: PLC0415 - not on every platform

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(app, host=host, port=port, **options))


def gc_policy() -> None:
    """Settle what start-up made and let the collector run rarely: it is the first cause of late deliveries.

    Everything alive now (modules, model, routes) is never looked at again; young collections come after 50,000 new
    containers. Pages are freed by reference counting, as nothing of ours makes cycles through a ``Client``.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


async def collect_when_quiet(*, every: float = 300.0, look: float = 5.0, busy: float = 0.15, patience: float = 3600.0) -> None:
    """Collect cycles when nobody waits: at most once in ``every`` seconds, and only while the process is idle.

    :param look: seconds over which idleness is measured.
    :param busy: share of one core above which it is not a quiet moment.
    :param patience: seconds after which a collection happens even if it never gets quiet.
    """
    last = time.monotonic()
    while True:
        cpu, began = time.process_time(), time.monotonic()
        await asyncio.sleep(look)
        now = time.monotonic()
        share = (time.process_time() - cpu) / (now - began)
        if now - last < every or (share > busy and now - last < patience):
            continue
        started = time.perf_counter()
        found = gc.collect()
        last = now
        logger.debug('collected {} objects in {:.0f} ms', found, 1000 * (time.perf_counter() - started))
