"""Good order with two people looking: what one does is on the other's page without a reload, and nobody learns who reported."""

import asyncio
from typing import Any

import pytest

from tests.bench.browser import ActRefusedError, BrowserClient
from tests.pages.site import Site
from yunshequ.rooms.order_schemas import Outcome, Reason
from yunshequ.rooms.schemas import RoomMode
from yunshequ.rooms.words import WordAction

INSULT = '你这个人真不要脸'


async def act(tab: BrowserClient, name: str, **args: Any) -> Any:
    return await tab.act(name, args, tag='room')


async def say(site: Site, tab: BrowserClient, body: str) -> dict[str, Any]:
    sent = await act(tab, 'post', room_id=site.world.room.id, client_id=f'page-{abs(hash(body))}', body=body, mentions=[])
    return dict(sent['message'])


async def test_a_report_is_on_the_desk_at_once_and_its_outcome_on_every_page(site: Site) -> None:
    alice, bob, worker = await site.in_room('alice'), await site.in_room('bob'), await site.at('worker', '/staff/order')
    desk = await site.at('secretary', '/staff')
    said = await say(site, bob, INSULT)
    await act(alice, 'report', seq=said['seq'], reason='abuse', note='')
    for tab in (worker, desk):
        heard = await tab.wait_for(lambda frame: frame['k'] == 'changed')
        assert heard['t'] == f'work:{site.world.community}'
    [line] = (await desk.act('workbench.list', {}, tag='workbench'))['lines']
    assert (line['title'], line['href'], line['detail']) == ('景和园3栋楼栋群：1 人举报一条发言', '/staff/order', INSULT)
    assert 'alice' not in str(line)
    [case] = await site.c.rooms.reports.cases(site.world['worker'], site.world.community)
    await site.c.rooms.reports.claim(site.world['worker'], case.id)
    assert (await desk.act('workbench.list', {}, tag='workbench'))['lines'] == []  # a colleague has it
    await site.c.rooms.reports.decide(site.world['worker'], case.id, Outcome.BOTH, Reason.ABUSE, minutes=60)
    recall = await alice.wait_for(lambda frame: frame['k'] == 'message' and frame['m']['kind'] == 'recall')
    assert (recall['m']['target'], recall['m']['sender']['bot']) == (said['seq'], True)
    await bob.wait_for(lambda frame: frame['k'] == 'standing')
    standing = await act(bob, 'standing')
    assert (standing['can_post'], standing['closed_href']) == (False, '/me/order')
    assert '被禁言到' in standing['closed_words']
    with pytest.raises(ActRefusedError):
        await say(site, bob, '凭什么')
    assert (await act(alice, 'standing'))['can_post']


async def test_a_mode_is_on_every_page_at_once(site: Site) -> None:
    alice, lead = await site.in_room('alice'), await site.in_room('lead')
    await site.c.rooms.order.set_mode(site.world['worker'], site.world.room.id, RoomMode.STAFF)
    for tab, may in ((alice, False), (lead, True)):
        await tab.wait_for(lambda frame: frame['k'] == 'standing')
        standing = await act(tab, 'standing')
        assert (standing['can_post'], standing['mode_words']) == (may, '仅工作人员')


async def test_what_waits_for_review_is_on_its_writers_page_only(site: Site) -> None:
    words = site.c.rooms.words
    await words.add_term(site.world['worker'], site.world.community, '集体退费', '待核实')
    await words.set_action(site.world['worker'], site.world.community, '待核实', WordAction.HOLD)
    alice, bob = await site.in_room('alice'), await site.in_room('bob')
    said = await say(site, alice, '明天去集体退费')
    assert (said['held'], said['seq']) == (True, 0)
    assert [one['body'] for one in (await act(alice, 'standing'))['held']] == ['明天去集体退费']
    assert (await act(bob, 'standing'))['held'] == []
    [waiting] = await site.c.rooms.held.waiting(site.world['worker'], site.world.community)
    await site.c.rooms.held.release(site.world['worker'], waiting.id)
    for tab in (alice, bob):
        heard = await tab.wait_for(lambda frame: frame['k'] == 'message')
        assert (heard['m']['body'], heard['m']['client_id']) == ('明天去集体退费', said['client_id'])
    await alice.wait_for(lambda frame: frame['k'] == 'standing')
    assert (await act(alice, 'standing'))['held'] == []


async def test_the_public_log_grows_on_an_open_page_and_names_nobody(site: Site) -> None:
    c, world = site.c, site.world
    path = f'/rooms/{world.room.id}/log'
    alice, other = await site.at('alice', path), await site.at('carol', f'/rooms/{world.community_room.id}/log')
    page = alice.page
    assert page is not None
    assert '还没有任何处理' in str(page.elements)
    mute = await c.rooms.acts.mute(world['worker'], world.room.id, world['bob'].member_id, 60, Reason.ABUSE)
    await c.rooms.acts.undo(world['secretary'], mute, '看错了人')
    await alice.wait_for(lambda frame: frame['k'] == 'changed' and frame['t'] == f'acts:{world.room.id}')
    assert other.of(f'acts:{world.room.id}') == []
    alice.event(page.find(event='news'))  # what the browser does on such a frame
    async with asyncio.timeout(10):
        while '**生' not in (drawn := str(alice.messages)):
            alice._news.clear()
            await alice._news.wait()
    assert '禁言' in drawn
    assert '已撤销' in drawn
    assert 'bob' not in drawn


async def test_only_moderators_deal_with_a_message_where_it_stands(site: Site) -> None:
    alice, bob = await site.in_room('alice'), await site.in_room('bob')
    await site.c.rooms.join(site.world['secretary'], site.world.room.id)
    secretary = await site.in_room('secretary')
    said = await say(site, bob, INSULT)
    deed = {'seq': said['seq'], 'reason': 'abuse', 'note': '', 'outcome': 'recall', 'minutes': 0}
    for tab, bad in ((alice, {}), (secretary, {'reason': 'whim'}), (secretary, {'outcome': 'jail'})):
        with pytest.raises(ActRefusedError):
            await act(tab, 'moderate', **(deed | bad))
    await act(secretary, 'moderate', **deed)
    [done] = await site.c.rooms.acts.mine(site.world['bob'])
    await site.c.rooms.acts.undo(site.world['worker'], done.id)
    back = await alice.wait_for(lambda frame: frame['k'] == 'message' and frame['m']['kind'] == 'restore')
    assert (back['m']['target'], back['m']['restored']['body']) == (said['seq'], INSULT)
