"""A sign-up chain with two people looking: what one writes, the other sees, without a reload."""

from typing import Any

import pytest

from tests.bench.browser import ActRefusedError, BrowserClient
from tests.pages.site import Site
from yunshequ.chains.schemas import ChainDraft
from yunshequ.core.ids import token


@pytest.fixture
async def chain_id(site: Site) -> int:
    """A chain in the room of the community."""
    draft = ChainDraft(room_id=site.world.community_room.id, client_id=token(), title='周六去菜场要带菜的', most=2)  # type: ignore[union-attr]
    return await site.c.chains.start(site.world['alice'], draft)


async def in_the_room(site: Site, who: str) -> BrowserClient:
    """Return somebody's tab on the room."""
    return await site.at(who, f'/rooms/{site.world.community_room.id}')  # type: ignore[union-attr]


def after(card: dict[str, Any], frames: list[dict[str, Any]]) -> list[tuple[int, str]]:
    """Return the lines a page shows that was opened with ``card`` and has heard ``frames`` since."""
    lines = {one['id']: one['text'] for one in card['lines']}
    for frame in frames:
        if frame['k'] == 'line':
            lines[frame['line']['id']] = frame['line']['text']
        elif frame['k'] == 'gone':
            del lines[frame['line_id']]
    return list(lines.items())


async def test_what_one_writes_the_other_sees(site: Site, chain_id: int) -> None:
    alice, bob = await in_the_room(site, 'alice'), await in_the_room(site, 'bob')
    opened = await bob.act('card', {'kind': 'chain', 'id': chain_id}, tag='room')
    assert (opened['lines'], opened['me'], opened['may_manage']) == ([], 'bob先生', False)
    mine = await alice.act('chain.put', {'chain_id': chain_id, 'text': '两斤青菜'}, tag='room')
    assert [one['text'] for one in mine['lines']] == ['两斤青菜']
    heard = await bob.wait_for(lambda frame: frame['k'] == 'line')
    assert (heard['version'], heard['line']['name'], heard['line']['text']) == (2, 'alice先生', '两斤青菜')
    await bob.act('chain.put', {'chain_id': chain_id, 'text': '一把葱'}, tag='room')
    await alice.act('chain.put', {'chain_id': chain_id, 'text': '三斤青菜'}, tag='room')
    with pytest.raises(ActRefusedError, match='满') as full:
        await (await in_the_room(site, 'carol')).act('chain.put', {'chain_id': chain_id, 'text': '我也要'}, tag='room')
    assert '名额已满' in full.value.error['words']
    await bob.act('chain.take', {'chain_id': chain_id}, tag='room')
    await bob.wait_for(lambda frame: frame['k'] == 'gone')
    frames = bob.of(f'chain:{chain_id}')
    assert [frame['version'] for frame in frames] == [2, 3, 4, 5]  # nothing missing, nothing twice
    fresh = await bob.act('card', {'kind': 'chain', 'id': chain_id}, tag='room')
    assert after(opened, frames) == [(one['id'], one['text']) for one in fresh['lines']]


async def test_an_ended_chain_is_ended_on_every_page(site: Site, chain_id: int) -> None:
    alice, bob = await in_the_room(site, 'alice'), await in_the_room(site, 'bob')
    await bob.act('card', {'kind': 'chain', 'id': chain_id}, tag='room')
    with pytest.raises(ActRefusedError):
        await bob.act('chain.turn', {'chain_id': chain_id, 'closed': True}, tag='room')
    await alice.act('chain.turn', {'chain_id': chain_id, 'closed': True}, tag='room')
    assert (await bob.wait_for(lambda frame: frame['k'] == 'turned'))['closed'] is True
    with pytest.raises(ActRefusedError, match='结束'):
        await bob.act('chain.put', {'chain_id': chain_id, 'text': '晚了'}, tag='room')
