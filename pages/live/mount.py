"""Mounting NiceGUI on the application, our way: one call, used by ``main.py`` and by tests."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from loguru import logger
from nicegui import app as nicegui_app
from nicegui import background_tasks, core, ui

from pages.live import server
from pages.live.assets import Assets
from pages.live.fanout import Fanout
from pages.live.protocol import self_test

RECONNECT_SECONDS = 60.0
"""How long a page waits for its browser: a lost line shorter than this keeps page and draft."""

_current: list[Fanout] = []


def fanout() -> Fanout:
    """Return the fan-out of the mounted application.

    :raises LookupError: ``mount`` has not been called.
    """
    if not _current:
        raise LookupError('live.mount(app) comes first')
    return _current[-1]


def mount(
    app: FastAPI, *, title: str, storage_secret: str | None = None, labels: Mapping[str, str] | None = None,
    quiet_collector: bool = True, **options: Any,
) -> Assets:
    """Mount NiceGUI on ``app`` and return the ASGI application to serve (``pages.live.server.run``).

    Call after the application's own routes are added and before pages are registered.

    :param labels: words of the connection bar: ``connecting``, ``offline``, ``back``.
    :param quiet_collector: settle the garbage collector after start (not in tests).
    :param options: further options of ``ui.run_with``.
    """
    hub = Fanout()
    _current[:] = [hub]
    ui.run_with(
        app, title=title, storage_secret=storage_secret, reconnect_timeout=RECONNECT_SECONDS, tailwind=False,
        gzip_middleware_factory=None, show_welcome_message=False,
        **{'language': 'zh-CN', 'message_history_length': 50, 'binding_refresh_interval': 0.5, **options},
    )
    hub.install()
    core.sio.on('ys_ping', _pong)
    assets = Assets(app, labels=labels or {})

    async def start() -> None:
        problem = await self_test()
        if problem is not None:
            hub.direct = False
            logger.warning('live: frames go through Socket.IO (about a fifth of the speed): {}', problem)
        background_tasks.create(assets.warm(), name='live: compress what every page needs')
        if quiet_collector:
            server.gc_policy()
            background_tasks.create(server.collect_when_quiet(), name='live: collect when quiet')

    nicegui_app.on_startup(start)
    return assets


async def _pong(_sid: str, *_: object) -> bool:
    """Answer the browser's heartbeat."""
    return True
