"""How we start: the options that matter for speed, and a collector that does not disturb."""

import asyncio
import gc
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request
from nicegui import ui

from pages.live import server
from pages.live.mount import RESPONSE_SECONDS
from pages.live.protocol import LiveWebSocketProtocol
from tests.pages.live.conftest import Running


@pytest.fixture
def collector() -> Iterator[None]:
    """Give the collector back as it was."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def test_frames_are_not_compressed_and_nobody_is_believed_unasked() -> None:
    config = server.configure(FastAPI(), host='127.0.0.1', port=0)
    assert (config.ws, config.http, config.loop, config.lifespan) == (LiveWebSocketProtocol, 'httptools', 'uvloop', 'on')
    assert (config.ws_per_message_deflate, config.access_log, config.proxy_headers) == (False, False, False)
    behind = server.configure(FastAPI(), host='127.0.0.1', port=0, proxy_headers=True, trusted_proxies=['10.0.0.0/8'])
    assert (behind.proxy_headers, behind.forwarded_allow_ips) == (True, ['10.0.0.0/8'])


async def test_a_proxy_on_the_same_machine_comes_through_a_unix_socket_and_is_believed(tmp_path: Path) -> None:
    app = FastAPI()

    @app.get('/who')
    async def who(request: Request) -> str:
        return request.client.host if request.client else 'nobody'

    path = str(tmp_path / 's')
    served = uvicorn.Server(server.configure(app, host='', port=0, uds=path, proxy_headers=True))
    running = asyncio.create_task(served.serve())
    try:
        async with asyncio.timeout(10), httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=path)) as proxy:
            while not served.started:
                await asyncio.sleep(0.01)
            assert (await proxy.get('http://x/who', headers={'x-forwarded-for': '203.0.113.7'})).json() == '203.0.113.7'
            assert (await proxy.get('http://x/who')).json() == 'nobody'
    finally:
        served.should_exit = True
        await running


def test_what_start_made_is_never_looked_at_again(collector: None) -> None:
    server.gc_policy()
    assert gc.get_threshold() == (50_000, 20, 50)
    assert gc.get_freeze_count() > 10_000


async def test_cycles_are_collected_in_quiet_moments_only(collector: None, monkeypatch: pytest.MonkeyPatch) -> None:
    collected = asyncio.Event()

    def collect() -> int:
        collected.set()
        return 0

    monkeypatch.setattr(gc, 'collect', collect)
    idle = asyncio.create_task(server.collect_when_quiet(every=0, look=0.01, busy=1e9))
    await asyncio.wait_for(collected.wait(), 5)
    idle.cancel()
    collected.clear()
    busy = asyncio.create_task(server.collect_when_quiet(every=0, look=0.01, busy=-1.0, patience=1e9))
    await asyncio.sleep(0.1)
    assert not collected.is_set()
    busy.cancel()
    overdue = asyncio.create_task(server.collect_when_quiet(every=0, look=0.01, busy=-1.0, patience=0.0))
    await asyncio.wait_for(collected.wait(), 5)
    overdue.cancel()


async def test_a_page_may_take_its_time(running: Running) -> None:
    """A machine that has just started built pages for longer than 3 s, and people saw an error page."""
    assert ui.page('/slow').response_timeout == RESPONSE_SECONDS
    assert ui.page('/hasty', response_timeout=1.0).response_timeout == 1.0
