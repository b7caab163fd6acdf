"""Cookies over plain HTTP: in by a ticket, out by a button, preferences; other sites stay outside."""

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import JSONResponse

from tests.modules.people_kit import House, open_house
from yunshequ.bootstrap import Container
from yunshequ.core.errors import AppError
from yunshequ.gateway import session
from yunshequ.gateway.session import COOKIE, safe_path

HOST = 'http://sq.test'
OURS = {'sec-fetch-site': 'same-origin'}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house('sqlite', tmp_path) as opened:
        yield opened


def application(house: House) -> FastAPI:
    app = FastAPI()
    container = cast('Container', SimpleNamespace(accounts=house.accounts, community=house.community, settings=house.settings))
    app.include_router(session.router(container))

    @app.exception_handler(AppError)
    async def refuse(_request: Any, error: AppError) -> JSONResponse:
        return JSONResponse({'code': error.code}, error.status)

    return app


@pytest.fixture
async def browser(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application(house)), base_url=HOST) as client:
        yield client


async def ticket(house: House, who: str = 'alice') -> str:
    return await house.accounts.issue_ticket(await house.accounts.open_session(house.people[who].member_id))


@pytest.mark.parametrize('path', ['/', '/rooms/5', '/rooms/5?seq=9#x', '/me'])
def test_paths_of_this_site(path: str) -> None:
    assert safe_path(path) == path


@pytest.mark.parametrize('path', [
    '', None, 'rooms', 'https://evil.test/', '//evil.test', '/\\evil.test', '\\\\evil.test', '/a\nb', 'javascript:alert(1)', '/\t/evil.test',
    '/%0d%0a\r\nSet-Cookie: a=b',
])
def test_paths_elsewhere(path: str | None) -> None:
    assert safe_path(path) == '/'


async def test_enter_and_leave(house: House, browser: httpx.AsyncClient) -> None:
    answer = await browser.get('/session/enter', params={'ticket': await ticket(house), 'next': '/rooms/3'}, headers=OURS)
    assert (answer.status_code, answer.headers['location']) == (303, '/rooms/3')
    cookie = answer.headers.get_list('set-cookie')[0]
    assert COOKIE in cookie
    assert 'HttpOnly' in cookie
    assert 'SameSite=lax' in cookie
    assert answer.headers['cache-control'] == 'no-store'
    actor = await house.accounts.actor_of(browser.cookies[COOKIE])
    assert actor is not None
    assert actor.member_id == house.people['alice'].member_id
    token = browser.cookies[COOKIE]
    answer = await browser.post('/session/leave', headers={'origin': HOST})
    assert answer.headers['location'] == '/login'
    assert COOKIE not in browser.cookies
    assert await house.accounts.actor_of(token) is None


async def test_a_ticket_is_spent_after_one_use(house: House, browser: httpx.AsyncClient) -> None:
    once = await ticket(house)
    await browser.get('/session/enter', params={'ticket': once}, headers=OURS)
    browser.cookies.clear()
    answer = await browser.get('/session/enter', params={'ticket': once, 'next': '/me'}, headers=OURS)
    assert answer.headers['location'] == '/login?expired=1&next=%2Fme'
    assert COOKIE not in browser.cookies


async def test_secure_cookies(house: House) -> None:
    house.settings.secure_cookies = True
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application(house)), base_url=HOST) as browser:
        answer = await browser.get('/session/enter', params={'ticket': await ticket(house)}, headers=OURS)
    assert all('Secure' in cookie for cookie in answer.headers.get_list('set-cookie'))


async def test_entering_ends_the_login_it_replaces(house: House, browser: httpx.AsyncClient) -> None:
    await browser.get('/session/enter', params={'ticket': await ticket(house)}, headers=OURS)
    first = browser.cookies[COOKIE]
    await browser.get('/session/enter', params={'ticket': await ticket(house, 'bob')}, headers=OURS)
    assert await house.accounts.actor_of(first) is None
    actor = await house.accounts.actor_of(browser.cookies[COOKIE])
    assert actor is not None
    assert actor.member_id == house.people['bob'].member_id


@pytest.mark.parametrize('headers', [
    {'sec-fetch-site': 'cross-site'}, {'sec-fetch-site': 'same-site'}, {'sec-fetch-site': 'none'},
    {'referer': 'http://evil.test/x'}, {'origin': 'null'},
])
async def test_another_site_cannot_sign_a_visitor_in_or_out(house: House, browser: httpx.AsyncClient, headers: dict[str, str]) -> None:
    once = await ticket(house)
    assert (await browser.get('/session/enter', params={'ticket': once}, headers=headers)).status_code == 403
    assert COOKIE not in browser.cookies
    await browser.get('/session/enter', params={'ticket': once}, headers=OURS)  # the refusal did not spend it
    assert (await browser.post('/session/leave', headers=headers)).status_code == 403
    assert await house.accounts.actor_of(browser.cookies[COOKIE]) is not None


async def test_leaving_needs_proof_of_our_own_page(house: House, browser: httpx.AsyncClient) -> None:
    await browser.get('/session/enter', params={'ticket': await ticket(house)}, headers={'referer': f'{HOST}/login'})
    assert (await browser.post('/session/leave')).status_code == 403
    assert (await browser.get('/session/leave')).status_code == 405
    assert COOKIE in browser.cookies


async def test_never_to_another_host(house: House, browser: httpx.AsyncClient) -> None:
    for path in ('https://evil.test/', '//evil.test', '/\\evil.test'):
        answer = await browser.get('/session/enter', params={'ticket': await ticket(house), 'next': path}, headers=OURS)
        assert answer.headers['location'] == '/'
        assert (await browser.get('/prefs', params={'next': path}, headers=OURS)).headers['location'] == '/'


async def test_preferences(house: House, browser: httpx.AsyncClient) -> None:
    answer = await browser.get('/prefs', params={'large': '1', 'dark': '1', 'locale': 'xx', 'next': '/me'}, headers=OURS)
    assert answer.headers['location'] == '/me'
    assert (browser.cookies['ys_large'], browser.cookies['ys_theme']) == ('1', 'dark')
    assert 'ys_locale' not in browser.cookies
    await browser.get('/prefs', params={'dark': 'auto', 'large': '0', 'locale': 'en'}, headers=OURS)
    assert (browser.cookies['ys_large'], browser.cookies['ys_theme'], browser.cookies['ys_locale']) == ('0', 'auto', 'en')


async def test_a_link_changes_nothing_that_belongs_to_the_member(house: House, browser: httpx.AsyncClient) -> None:
    await browser.get('/session/enter', params={'ticket': await ticket(house)}, headers=OURS)
    await browser.get('/prefs', params={'locale': 'en'}, headers=OURS)
    assert browser.cookies['ys_locale'] == 'en'
    assert (await house.community.profile(house.people['alice'])).locale == 'zh-CN'
