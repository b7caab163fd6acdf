"""Pages are found by one look; what the look does not know goes the way NiceGUI made."""

import inspect

import httpx
import pytest
from fastapi import FastAPI
from nicegui import app as nicegui_app
from nicegui import ui
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from pages import live
from pages.live.routes import PageRoutes
from tests.pages.live.conftest import Running


async def test_a_page_that_breaks_is_answered_in_our_words(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    @ui.page('/broken/{number}')
    def broken(number: int) -> None:
        raise HTTPException(410) if number else ValueError

    async def ours(_request: Request, error: Exception) -> PlainTextResponse:
        return PlainTextResponse(f'ours: {type(error).__name__}', 500)

    monkeypatch.setitem(nicegui_app.exception_handlers, Exception, ours)
    app = FastAPI()
    live.page_routes(app)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url='http://sq.test') as client:
        assert (await client.get('/broken/0')).text == 'ours: ValueError'
        assert (await client.get('/broken/1')).status_code == 410
    monkeypatch.delitem(nicegui_app.exception_handlers, Exception)
    monkeypatch.setattr(nicegui_app, 'exception_handlers', {})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url='http://sq.test') as client:
        assert (await client.get('/broken/0')).status_code == 500


async def test_a_page_gets_its_number_and_its_words_and_others_go_the_old_way(running: Running) -> None:
    seen: list[tuple[int, str]] = []

    @ui.page('/numbered/{number}')
    def numbered(number: int, word: str = 'none') -> None:
        seen.append((number, word))
        ui.label(f'{number} {word}')

    @ui.page('/odd/{share}')
    def odd(share: float) -> None:
        ui.label(f'share {share}')

    app = FastAPI()
    live.page_routes(app)
    routes = app.router.routes[0]
    assert isinstance(routes, PageRoutes)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url='http://sq.test') as client:
        assert (await client.get('/numbered/7?word=灯')).status_code == 200
        assert (await client.get('/numbered/8')).status_code == 200
        assert seen == [(7, '灯'), (8, 'none')]
        for path in ('/numbered/x', '/odd/0.5', '/nowhere'):  # not in the table: this application has nothing else
            assert (await client.get(path)).status_code == 404
        assert (await client.post('/numbered/7')).status_code == 404
        assert len(seen) == 2
    browser = running.browser()  # and there is something else behind it in a whole one
    assert (await browser.get('/numbered/x')).status in {404, 422}  # whose handlers are installed decides
    assert b'share 0.5' in (await browser.get('/odd/0.5')).body
    assert inspect.signature(numbered).parameters.keys() == {'number', 'word'}
