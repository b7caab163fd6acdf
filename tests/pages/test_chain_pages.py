"""A sign-up chain with two people looking: what one writes, the other sees, without a reload."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from pages import chains, guards, live, rooms
from pages.cards import LiveCards
from tests.bench.browser import ActRefusedError, BrowserClient
from tests.conftest import World
from tests.pages.live.conftest import fresh_nicegui, serving  # noqa: F401 - a fixture
from yunshequ.bootstrap import Container
from yunshequ.chains.schemas import ChainDraft
from yunshequ.core.ids import token


@dataclass
class Site:
    """The room page, served, with a chain in it."""

    base: str
    c: Container
    world: World
    chain_id: int

    async def in_the_room(self, who: str) -> BrowserClient:
        """Return somebody's tab on the room."""
        opened = await self.c.accounts.open_session(self.world[who].member_id)
        tab = BrowserClient(self.base, cookie=f'ys_session={opened.session_token}')
        await tab.open(f'/rooms/{self.world.community_room.id}')  # type: ignore[union-attr]
        return tab


@pytest.fixture(params=['sqlite'])
def database_url(tmp_path: Path, sqlite_template: Path) -> str:
    """Pages are the same on both databases."""
    path = tmp_path / 'yunshequ.db'
    path.write_bytes(sqlite_template.read_bytes())
    return f'sqlite:///{path}'


@pytest.fixture
async def site(fresh_nicegui: None, container: Container, world: World) -> AsyncIterator[Site]:  # noqa: F811
    served = live.mount(FastAPI(), title='test', quiet_collector=False)
    guards.bind(container)
    guards.watch(live.fanout())
    cards = LiveCards(live.fanout())
    chains.add_cards(cards, container)
    chains.bridge(container, live.fanout())
    chains.register(container)
    rooms.register(container, live.fanout(), cards)
    draft = ChainDraft(room_id=world.community_room.id, client_id=token(), title='周六去菜场要带菜的', most=2)  # type: ignore[union-attr]
    chain_id = await container.chains.start(world['alice'], draft)
    async with serving(served) as base:
        yield Site(base, container, world, chain_id)


def after(card: dict[str, Any], frames: list[dict[str, Any]]) -> list[tuple[int, str]]:
    """Return the lines a page shows that was opened with ``card`` and has heard ``frames`` since."""
    lines = {one['id']: one['text'] for one in card['lines']}
    for frame in frames:
        if frame['k'] == 'line':
            lines[frame['line']['id']] = frame['line']['text']
        elif frame['k'] == 'gone':
            del lines[frame['line_id']]
    return list(lines.items())


async def test_what_one_writes_the_other_sees(site: Site) -> None:
    alice, bob = await site.in_the_room('alice'), await site.in_the_room('bob')
    opened = await bob.act('card', {'kind': 'chain', 'id': site.chain_id}, tag='room')
    assert (opened['lines'], opened['me'], opened['may_manage']) == ([], 'bob先生', False)
    mine = await alice.act('chain.put', {'chain_id': site.chain_id, 'text': '两斤青菜'}, tag='room')
    assert [one['text'] for one in mine['lines']] == ['两斤青菜']
    heard = await bob.wait_for(lambda frame: frame['k'] == 'line')
    assert (heard['version'], heard['line']['name'], heard['line']['text']) == (2, 'alice先生', '两斤青菜')
    await bob.act('chain.put', {'chain_id': site.chain_id, 'text': '一把葱'}, tag='room')
    await alice.act('chain.put', {'chain_id': site.chain_id, 'text': '三斤青菜'}, tag='room')
    with pytest.raises(ActRefusedError, match='满') as full:
        await (await site.in_the_room('carol')).act('chain.put', {'chain_id': site.chain_id, 'text': '我也要'}, tag='room')
    assert '名额已满' in full.value.error['words']
    await bob.act('chain.take', {'chain_id': site.chain_id}, tag='room')
    await bob.wait_for(lambda frame: frame['k'] == 'gone')
    frames = bob.of(f'chain:{site.chain_id}')
    assert [frame['version'] for frame in frames] == [2, 3, 4, 5]  # nothing missing, nothing twice
    fresh = await bob.act('card', {'kind': 'chain', 'id': site.chain_id}, tag='room')
    assert after(opened, frames) == [(one['id'], one['text']) for one in fresh['lines']]


async def test_an_ended_chain_is_ended_on_every_page(site: Site) -> None:
    alice, bob = await site.in_the_room('alice'), await site.in_the_room('bob')
    await bob.act('card', {'kind': 'chain', 'id': site.chain_id}, tag='room')
    with pytest.raises(ActRefusedError):
        await bob.act('chain.turn', {'chain_id': site.chain_id, 'closed': True}, tag='room')
    await alice.act('chain.turn', {'chain_id': site.chain_id, 'closed': True}, tag='room')
    assert (await bob.wait_for(lambda frame: frame['k'] == 'turned'))['closed'] is True
    with pytest.raises(ActRefusedError, match='结束'):
        await bob.act('chain.put', {'chain_id': site.chain_id, 'text': '晚了'}, tag='room')
