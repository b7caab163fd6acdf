"""A real server for tests of live delivery: our uvicorn on a free port, in this process, with a toy page."""

import asyncio
import contextlib
import os
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault('NICEGUI_STORAGE_PATH', tempfile.mkdtemp())

import pytest
import uvicorn
from fastapi import FastAPI
from nicegui import core, ui
from nicegui.element import Element
from nicegui.testing.general import nicegui_reset_globals

from pages import live
from pages.live.acts import Args, Call
from pages.live.assets import Assets
from pages.live.server import configure
from tests.bench.browser import BrowserClient
from yunshequ.core.errors import Invalid
from yunshequ.core.policy import Actor


class Toy(Element, component='echo_toy.js'):
    """The smallest component that acts."""


@dataclass
class Running:
    """A server under test."""

    base: str
    fanout: live.Fanout
    assets: Assets
    calls: list[tuple[str, Any]]

    def browser(self, **options: Any) -> BrowserClient:
        """Return a new tab."""
        return BrowserClient(self.base, **options)


def build() -> tuple[Assets, list[tuple[str, Any]]]:
    """Return an application with one page that joins the topics its query names."""
    assets = live.mount(FastAPI(), title='toy', quiet_collector=False)
    ui.add_head_html(f'<script defer src="{assets.url("live.js")}"></script>', shared=True)
    fanout = live.fanout()
    calls: list[tuple[str, Any]] = []
    acts = live.Acts(fanout)

    @acts.on('echo')
    async def echo(actor: Actor, args: Args) -> dict[str, Any]:
        calls.append(('echo', args.get('text')))
        await asyncio.sleep(args.get('wait', 0))
        return {'text': args.get('text'), 'member': actor.member_id}

    @acts.on('slow', ordered=False)
    async def slow(_actor: Actor, args: Args, call: Call) -> str:
        await asyncio.sleep(args['wait'])
        return call.client_id

    @acts.on('refuse')
    async def refuse(_actor: Actor, _args: Args) -> None:
        raise Invalid('太长了，最多 {n} 个字', field='text', n=5)

    @acts.on('break')
    async def broken(_actor: Actor, _args: Args) -> None:
        raise RuntimeError('secret detail')

    @acts.on('unsendable')
    async def unsendable(_actor: Actor, _args: Args) -> object:
        return object()

    @ui.page('/brief', reconnect_timeout=0.1)
    @ui.page('/toy')
    def toy(topics: str = 'room:1') -> None:
        fanout.join(ui.context.client, *topics.split(','))
        acts.bind(Toy(), Actor(7))

    return assets, calls


@contextlib.asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    """Serve ``app`` on a free port of this process."""
    sock = socket.create_server(('127.0.0.1', 0))
    server = uvicorn.Server(configure(app, host='127.0.0.1', port=0))
    task = asyncio.create_task(server.serve(sockets=[sock]))
    while not server.started:
        await asyncio.sleep(0.01)
        if task.done():
            task.result()
    try:
        yield f'http://127.0.0.1:{sock.getsockname()[1]}'
    finally:
        server.should_exit = True
        await task


@pytest.fixture
def fresh_nicegui() -> Iterator[None]:
    """Start from a NiceGUI nobody has used."""
    with nicegui_reset_globals():
        yield


@pytest.fixture
async def running(fresh_nicegui: None, tmp_path: Path) -> AsyncIterator[Running]:
    """A running toy application."""
    assets, calls = build()
    async with serving(assets) as base:
        assert core.loop is asyncio.get_running_loop()
        yield Running(base, live.fanout(), assets, calls)
