"""Sign-up chains on both databases: one line each, never one too many, over in time."""

import asyncio
import io
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from tests.conftest import World
from yunshequ.bootstrap import Container
from yunshequ.chains.schemas import ChainDraft, ChainView
from yunshequ.core.clock import MovableClock
from yunshequ.core.errors import AppError, Blocked, Conflict, Invalid, NotFound, NotPermitted
from yunshequ.core.ids import token
from yunshequ.core.policy import Actor
from yunshequ.rooms.schemas import MessageKind


async def started(container: Container, world: World, who: str = 'alice', **more: object) -> int:
    draft = ChainDraft(**{'room_id': world.community_room.id, 'client_id': token(), 'title': '周六去菜场要带菜的'} | more)  # type: ignore[union-attr]
    return await container.chains.start(world[who], draft)


def said(chain: ChainView) -> list[str]:
    return [one.text for one in chain.lines]


async def test_people_join_change_and_leave(container: Container, world: World) -> None:
    chain_id = await started(container, world, client_id='the-same-01')
    assert await started(container, world, client_id='the-same-01') == chain_id
    page = await container.rooms.open_room(world['bob'], world.community_room.id)  # type: ignore[union-attr]
    [card] = [one for one in page.messages if one.kind is MessageKind.CARD]
    assert card.card == {'kind': 'chain', 'id': chain_id}
    await container.chains.put(world['bob'], chain_id, ' 两斤 青菜 ')
    await container.chains.put(world['alice'], chain_id, '')
    await container.chains.put(world['bob'], chain_id, '三斤青菜')
    await container.chains.put(world['bob'], chain_id, '三斤青菜')
    chain = await container.chains.view(world['carol'], chain_id)
    assert said(chain) == ['三斤青菜', 'alice先生']
    assert (chain.version, chain.may_manage) == (4, False)
    await container.chains.take(world['bob'], chain_id)
    await container.chains.take(world['bob'], chain_id)
    assert said(await container.chains.view(world['bob'], chain_id)) == ['alice先生']


async def test_never_one_line_too_many_and_never_twice(container: Container, world: World) -> None:
    chain_id = await started(container, world, most=2)
    people = [world[key] for key in ('alice', 'bob', 'carol', 'lead', 'grid', 'secretary')]

    asked = [*people, *[people[0]] * 3]
    done = await asyncio.gather(*(container.chains.put(actor, chain_id, '') for actor in asked), return_exceptions=True)
    refused = [one for one in done if one is not None]
    assert {one.rule for one in refused if isinstance(one, Conflict)} == {'chains.full'}
    assert all(isinstance(one, Conflict) for one in refused)
    chain = await container.chains.view(world['alice'], chain_id)
    members = [one.member.id for one in chain.lines]
    assert len(members) == len(set(members)) == 2
    await container.chains.take(Actor(members[0]), chain_id)
    await container.chains.put(next(actor for actor in people if actor.member_id not in members), chain_id, '我补上')
    assert said(await container.chains.view(world['alice'], chain_id))[-1] == '我补上'


async def test_it_ends_at_its_deadline_once_and_can_be_opened_again(container: Container, world: World, clock: MovableClock) -> None:
    chain_id = await started(container, world, closes_at=clock.now() + timedelta(hours=2))
    await container.chains.put(world['bob'], chain_id, '我要')
    clock.move(timedelta(hours=2))
    with pytest.raises(Conflict, match='结束'):  # by the clock, even before the job has run
        await container.chains.put(world['carol'], chain_id, '我也要')
    await container.jobs.run_due()
    assert (await container.chains.view(world['bob'], chain_id)).closed
    await container.chains.turn(world['alice'], chain_id, closed=False)
    await container.jobs.run_due()
    await container.chains.put(world['carol'], chain_id, '我也要')
    chain = await container.chains.view(world['alice'], chain_id)
    assert (chain.closed, chain.closes_at, said(chain)) == (False, None, ['我要', '我也要'])
    with pytest.raises(Invalid):
        await started(container, world, closes_at=clock.now())


async def test_only_its_starter_and_the_office_end_it_and_take_it_home(container: Container, world: World) -> None:
    chain_id = await started(container, world)
    await container.chains.put(world['bob'], chain_id, '=1+1')
    for deed in (container.chains.turn(world['bob'], chain_id, closed=True), container.chains.export_csv(world['bob'], chain_id),
                 container.chains.export_xlsx(world['bob'], chain_id)):
        with pytest.raises(NotPermitted):
            await deed
    text = await container.chains.export_csv(world['secretary'], chain_id)
    assert "bob先生,'=1+1" in text
    book = load_workbook(io.BytesIO(await container.chains.export_xlsx(world['secretary'], chain_id)))
    assert [[(cell.value, cell.data_type) for cell in row] for row in book.active.iter_rows()] == [  # text, nothing to compute
        [('序号', 's'), ('称呼', 's'), ('内容', 's')], [('1', 's'), ('bob先生', 's'), ("'=1+1", 's')]]
    await container.chains.turn(world['secretary'], chain_id, closed=True)
    assert (await container.chains.view(world['bob'], chain_id)).closed


@pytest.mark.parametrize('key', ['stranger', 'other_worker', 'guest'])
async def test_outside_the_room_there_is_no_chain(container: Container, world: World, key: str) -> None:
    chain_id = await started(container, world)
    for deed in (
        container.chains.view(world[key], chain_id), container.chains.put(world[key], chain_id, '我'),
        container.chains.take(world[key], chain_id), container.chains.export_csv(world[key], chain_id), started(container, world, key),
    ):
        with pytest.raises(NotFound):
            await deed


async def test_the_rules_of_the_room_hold_for_lines(container: Container, world: World) -> None:
    await container.rooms.words.add_term(world['secretary'], world.community, '二手电动车', '买卖')
    chain_id = await started(container, world)
    with pytest.raises(Blocked):
        await container.chains.put(world['bob'], chain_id, '出 二手 电动车')
    with pytest.raises(Blocked):
        await started(container, world, title='谁要二手电动车')
    with pytest.raises(Invalid):
        await container.chains.put(world['bob'], chain_id, '长' * 61)
    assert said(await container.chains.view(world['bob'], chain_id)) == []
    chat = await container.assistant.open_chat(world['alice'])
    with pytest.raises(AppError) as refusal:
        await started(container, world, room_id=chat.id)
    assert refusal.value.rule == 'chains.private'
