"""工作台 with two people looking: what a resident does enters the queue of the worker without a reload."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from pages import workbench
from tests.bench.browser import ActRefusedError
from tests.pages.site import Site
from yunshequ.ballots.schemas import BallotDraft, OptionDraft
from yunshequ.community.schemas import Relation
from yunshequ.core.clock import local
from yunshequ.core.ids import token
from yunshequ.emergency.incidents import REMIND_INCIDENT, STALE_AFTER
from yunshequ.emergency.schemas import CallDraft, IncidentDraft, Level, ShiftDraft

YES_NO = (OptionDraft(text='同意'), OptionDraft(text='不同意'))
Lines = dict[str, dict[str, Any]]


async def queue(site: Site, who: str) -> Lines:
    """Return somebody's lines by key, in order."""
    return {line['key']: line for line in await workbench.queue(site.c, site.world[who])}


async def test_a_resident_who_asks_for_a_person_enters_the_queue_without_a_reload(site: Site) -> None:
    worker, alice = await site.browser('worker'), await site.browser('alice')
    page = await worker.open('/staff')
    assert page.props('workbench')['lines'] == []
    assert f'desk:{site.world.community}' in page.props('workbench')['topics']
    handoff = await site.c.assistant.handoff(site.world['alice'], (await site.c.assistant.open_chat(site.world['alice'])).id)
    heard = await worker.wait_for(lambda frame: frame['k'] == 'changed')
    assert heard['t'] == f'desk:{site.world.community}'
    [line] = (await worker.act('workbench.list', {}, tag='workbench'))['lines']
    assert (line['key'], line['title'], line['href']) == (f'case:{handoff.case.id}', 'alice先生 在等工作人员', '/staff/knowledge/desk')
    assert line['due_at'] == handoff.case.due_at.isoformat()
    await site.c.assistant.desk.take(site.world['worker'], handoff.case.id)
    [mine] = (await worker.act('workbench.list', {}, tag='workbench'))['lines']
    assert (mine['title'], mine['href'], mine['due_at']) == ('alice先生 在等您答复', f'/rooms/{handoff.case.room_id}', None)
    assert list(await queue(site, 'secretary')) == []  # a colleague has it
    await site.c.assistant.desk.close(site.world['worker'], handoff.case.id)
    assert list(await queue(site, 'worker')) == []
    await alice.close()
    await worker.close()


async def test_who_is_on_duty_sees_a_case_first_and_everybody_once_it_is_late(site: Site) -> None:
    roster, place = site.c.assistant.roster, site.world.community
    today = local(site.clock.now()).date()
    await roster.put(site.world['secretary'], place, today, site.world['secretary'].member_id)
    handoff = await site.c.assistant.handoff(site.world['alice'], (await site.c.assistant.open_chat(site.world['alice'])).id)
    assert list(await queue(site, 'secretary')) == [f'case:{handoff.case.id}']
    assert list(await queue(site, 'worker')) == []
    site.clock.move(handoff.case.due_at - site.clock.now())
    if local(site.clock.now()).date() == today:
        assert list(await queue(site, 'worker')) == [f'case:{handoff.case.id}']



async def test_residents_and_neighbours_see_nothing_of_it(site: Site) -> None:
    await site.c.assistant.handoff(site.world['alice'], (await site.c.assistant.open_chat(site.world['alice'])).id)
    alice, other = await site.browser('alice'), await site.browser('other_worker')
    refused = await alice.load('/staff')
    assert any('只对楼栋长' in str(element) for element in refused.elements.values())
    with pytest.raises(LookupError):
        refused.props('workbench')
    page = await other.open('/staff')
    assert page.props('workbench')['lines'] == []
    assert f'desk:{site.world.community}' not in page.props('workbench')['topics']
    await site.c.community.revoke_role(site.world['secretary'], (await site.c.community.profile(site.world['worker'])).roles[0].id)
    assert list(await queue(site, 'worker')) == []  # nobody in office any more
    assert list(await queue(site, 'lead')) == []
    await alice.close()
    await other.close()


async def test_what_has_a_deadline_comes_first_by_deadline(site: Site) -> None:
    c, world, now = site.c, site.world, site.clock.now()
    worker = world['worker']
    await c.community.settle(world['worker'], world.households['bob'], world['carol'].member_id, Relation.TENANT, verified=False)
    closing = await c.ballots.create(worker, BallotDraft(
        client_id=token(), place_id=world.community, title='车棚', rule='consultation.open', options=YES_NO, closes_at=now + timedelta(hours=20)))
    later = await c.ballots.create(worker, BallotDraft(
        client_id=token(), place_id=world.community, title='绿化', rule='consultation.open', options=YES_NO, closes_at=now + timedelta(days=9)))
    await c.ballots.open(worker, closing)
    incident = await c.emergency.open_incident(worker, IncidentDraft(
        place_id=world.community, title='暴雨积水', level=Level.ORANGE, client_id=token()))
    start = now + timedelta(hours=5)
    call = await c.emergency.open_call(worker, CallDraft(
        incident_id=incident.id, place_id=world.community, title='守堤', client_id=token(),
        shifts=[ShiftDraft(title='上午', starts_at=start, ends_at=start + timedelta(hours=3), capacity=1)]))
    lines = await queue(site, 'worker')
    assert list(lines) == [f'call:{call.id}', f'ballot:{closing}', f'ballot:{later}', f'claims:{world.community}']
    assert lines[f'ballot:{closing}']['detail'] == '景和园社区 · 已投 0/3'
    assert lines[f'claims:{world.community}']['href'] == f'/staff/people?place={world.community}&view=claims'
    await c.emergency.sign_up(world['alice'], call.shifts[0].id, token())
    assert f'call:{call.id}' not in await queue(site, 'worker')
    await c.ballots.open(worker, later)
    assert f'ballot:{later}' not in await queue(site, 'worker')  # open, and far from its end


async def test_an_incident_nobody_confirms_comes_back(site: Site) -> None:
    c, world = site.c, site.world
    browser = await site.browser('worker')
    await browser.open('/staff')
    incident = await c.emergency.open_incident(world['worker'], IncidentDraft(
        place_id=world.community, title='暴雨积水', level=Level.ORANGE, client_id=token()))
    assert list(await queue(site, 'worker')) == []
    site.clock.move(STALE_AFTER)
    await c.emergency.jobs()[REMIND_INCIDENT]({'incident_id': incident.id})
    await browser.wait_for(lambda frame: frame['k'] == 'changed' and frame['t'] == f'member:{world["worker"].member_id}')
    [line] = (await browser.act('workbench.list', {}, tag='workbench'))['lines']
    assert (line['key'], line['href']) == (f'incident:{incident.id}', f'/staff/emergency/{incident.id}')
    await c.emergency.confirm_incident(world['worker'], incident.id)
    assert list(await queue(site, 'worker')) == []
    await browser.close()


async def test_the_act_is_refused_once_the_login_has_ended(site: Site) -> None:
    browser = await site.browser('worker')
    await browser.open('/staff')
    for session in await site.c.accounts.sessions(site.world['worker']):
        await site.c.accounts.revoke(site.world['worker'], session.id)
    await asyncio.sleep(0)
    with pytest.raises(ActRefusedError):
        await browser.act('workbench.list', {}, tag='workbench')
    await browser.close()
