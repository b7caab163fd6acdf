"""What other modules add to the menu of a message, forwarding from a page, and links to our own pages: each for its own reader."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI

from pages import guards, live, rooms, theme
from pages.cards import LiveCards
from pages.links import own_links
from tests.bench.browser import ActRefusedError, BrowserClient
from tests.conftest import World
from tests.pages.live.conftest import serving
from tests.pages.site import Site
from yunshequ.bootstrap import Container
from yunshequ.core.clock import MovableClock
from yunshequ.core.ids import token
from yunshequ.core.policy import Actor
from yunshequ.rooms.schemas import PostDraft, RoomView


@pytest.fixture
def picked() -> list[tuple[int, int, int]]:
    """Who has picked an entry of another module: member, room, message."""
    return []


@pytest.fixture
async def site(
    fresh_nicegui: None, container: Container, world: World, clock: MovableClock, picked: list[tuple[int, int, int]],
) -> AsyncIterator[Site]:
    """The pages of rooms with entries of another module in their menu."""
    served = live.mount(FastAPI(), title='test', quiet_collector=False)
    guards.bind(container)
    guards.watch(live.fanout())
    theme.install(served)
    menu = rooms.MessageMenu()

    async def report(actor: Actor, room_id: int, seq: int) -> dict[str, Any]:
        picked.append((actor.member_id, room_id, seq))
        return {'words': '已经举报'}

    async def staff_only(actor: Actor, room: RoomView) -> bool:
        return await container.policy.may(actor, 'rooms.moderate', room.place_id)

    menu.add(rooms.Entry('report.open', 'flag', '举报', others=True), report)
    menu.add(rooms.Entry('order.open', 'assignment', '转工单', shown=staff_only), report)
    rooms.register(container, live.fanout(), LiveCards(live.fanout()), menu=menu, links=own_links(container))
    async with serving(served) as base:
        yield Site(base, container, world, clock)


def entries(browser: BrowserClient) -> list[tuple[str, bool]]:
    """Return what other modules have added to the menu on a page."""
    assert browser.page is not None
    head = next(element['props']['room'] for element in browser.page.elements.values() if 'first_unread' in element.get('props', {}))
    return [(one['label'], one['others']) for one in head['message_acts']]


async def test_the_menu_holds_what_modules_add_for_those_who_may(site: Site, picked: list[tuple[int, int, int]]) -> None:
    resident, staff = [await site.at(who, f'/rooms/{site.world.community_room.id}') for who in ('alice', 'worker')]
    assert entries(resident) == [('举报', True)]
    assert entries(staff) == [('举报', True), ('转工单', False)]
    assert await resident.act('report.open', {'seq': 4}) == {'words': '已经举报'}
    assert picked == [(site.world['alice'].member_id, site.world.community_room.id, 4)]
    for browser in (resident, staff):
        await browser.close()


async def test_a_tap_repeated_forwards_once(site: Site) -> None:
    room, other = site.world.room.id, site.world.community_room.id
    said = await site.c.rooms.post(site.world['bob'], PostDraft(room_id=room, client_id=token(), body='停水通知'))
    browser = await site.at('alice', f'/rooms/{room}')
    assert [one['id'] for one in (await browser.act('targets', {'q': ''}))['rooms']] == [other]
    for _ in range(2):
        assert await browser.act('forward', {'seq': said.seq, 'room_id': other}, act_id='tap-0001') == {'href': f'/rooms/{other}'}
    assert [one.body for one in (await site.c.rooms.open_room(site.world['carol'], other)).messages] == ['停水通知']
    with pytest.raises(ActRefusedError):
        await browser.act('forward', {'seq': said.seq, 'room_id': room})
    await browser.close()


async def test_a_link_shows_its_title_to_those_who_may_open_it(site: Site) -> None:
    path = f'/rooms/{site.world.room.id}'
    asked = {'paths': [path, '/rooms/999999', '/staff/people', '/ballots/7', '/me/../rooms/1']}
    inside, outside = [await site.at(who, f'/rooms/{site.world.community_room.id}') for who in ('alice', 'carol')]
    cards = (await inside.act('links', asked))['cards']
    assert {key: card['title'] for key, card in cards.items()} == {path: site.world.room.title}
    assert (await outside.act('links', asked))['cards'] == {}
    with pytest.raises(ActRefusedError):
        await inside.act('links', {'paths': [path] * 21})
    for browser in (inside, outside):
        await browser.close()
