"""Who hears what: refused pages, ended logins and lost rights hear nothing; other sites cannot open a socket."""

from urllib.parse import urlsplit

import httpx
import pytest

from pages import live
from pages.cards import LiveCards
from tests.bench.browser import ActRefusedError, BrowserClient
from tests.bench.wire import WebSocketClient
from tests.pages.site import Site
from yunshequ.core.errors import NotPermitted
from yunshequ.core.policy import Actor


async def signed_in(site: Site, who: str) -> tuple[BrowserClient, Actor]:
    """Return a tab of somebody signed in, and the login it has."""
    opened = await site.c.accounts.open_session(site.world[who].member_id)
    return BrowserClient(site.base, cookie=f'ys_session={opened.session_token}'), opened.actor


async def test_a_refused_page_hears_nothing(site: Site) -> None:
    tab = await site.browser('stranger')
    for path in (f'/rooms/{site.world.room.id}', '/ballots/999', '/calls/999', '/deliberate/999', '/emergency/999'):
        page = await tab.load(path)
        assert page.response.status in {403, 404}, path
        assert live.fanout().topics_of(page.client_id) == frozenset(), path


async def test_an_ended_login_is_told_and_then_hears_nothing(site: Site) -> None:
    tab, actor = await signed_in(site, 'alice')
    page = await tab.open(f'/rooms/{site.world.room.id}')
    topic = f'room:{site.world.room.id}'
    assert topic in live.fanout().topics_of(page.client_id)
    await site.c.accounts.revoke(actor, actor.session_id or 0)
    await tab.wait_for(lambda frame: frame.get('k') == 'reload')
    assert live.fanout().topics_of(page.client_id) == {f'session:{actor.session_id}'}
    with pytest.raises(ActRefusedError):
        await tab.act('sync', {'after': 0})
    await tab.close()


def test_a_card_the_reader_may_not_see_is_not_listened_to() -> None:
    shown = {'card': {'kind': 'ballot', 'id': 1, 'title': '停车'}}
    refused = {'card': {'kind': 'call', 'id': 2}}
    assert LiveCards.topics([shown, refused, {'body': '早上好'}]) == ['ballot:1']


async def test_filling_leaves_a_refused_card_bare() -> None:
    async def state(_actor: Actor, card_id: int) -> dict[str, object]:
        if card_id == 2:
            raise NotPermitted('不行', rule='test')
        return {'title': '停车'}

    cards = LiveCards(live.Fanout())
    cards.add('ballot', state, lambda _acts: None)
    filled = await cards.fill(Actor(1), [{'card': {'kind': 'ballot', 'id': 1}}, {'card': {'kind': 'ballot', 'id': 2}}])
    assert LiveCards.topics(filled) == ['ballot:1']


async def test_other_sites_cannot_open_a_socket(site: Site) -> None:
    def ignore(*_: object) -> None:
        pass

    path = '/_nicegui_ws/socket.io/?EIO=4&transport=websocket'
    for origin in ('https://evil.test', 'null', 'http://127.0.0.1.evil.test'):
        with pytest.raises(ConnectionError, match='403'):
            await WebSocketClient.connect(site.base, path, ignore, ignore, headers={'origin': origin})
    host = urlsplit(site.base).hostname
    for origin in (site.base, f'https://{host}'):  # a proxy in front speaks HTTPS on another port
        (await WebSocketClient.connect(site.base, path, ignore, ignore, headers={'origin': origin})).close()


async def test_other_sites_cannot_poll_in_place_of_a_socket(site: Site) -> None:
    async with httpx.AsyncClient(base_url=site.base) as client:
        path = '/_nicegui_ws/socket.io/?EIO=4&transport=polling'
        assert (await client.get(path, headers={'origin': 'https://evil.test'})).status_code == 403
        assert (await client.get(path, headers={'origin': site.base})).status_code == 200


async def test_pages_carry_a_policy_that_names_their_own_host_only(site: Site) -> None:
    async with httpx.AsyncClient(base_url=site.base) as client:
        policy = (await client.get('/login')).headers['content-security-policy']
        host = urlsplit(site.base).netloc
        assert f"connect-src 'self' ws://{host} wss://{host};" in policy
        hostile = await client.get('/login', headers={'host': 'a; script-src *'})
        assert 'script-src *' not in hostile.headers.get('content-security-policy', '')
