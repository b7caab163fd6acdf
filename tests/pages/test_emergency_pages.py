"""The emergency pages with two people looking: what one does, the other sees, without a reload."""

from datetime import timedelta
from typing import Any

import pytest

from tests.bench.browser import ActRefusedError, BrowserClient
from tests.pages.site import Site
from yunshequ.core.ids import token
from yunshequ.emergency.schemas import CallDraft, CallView, EntryKind, IncidentDraft, Level, ShiftDraft

RESIDENT_ELEMENTS = 20


def draft(site: Site, capacity: int = 1, **more: Any) -> ShiftDraft:
    start = site.clock.now() + timedelta(minutes=30)
    return ShiftDraft(**{'title': '上午 沙袋', 'starts_at': start, 'ends_at': start + timedelta(hours=2),
                         'capacity': capacity, **more})


async def open_call(site: Site, *shifts: ShiftDraft, drill: bool = False) -> CallView:
    worker = site.world['worker']
    incident = await site.c.emergency.open_incident(worker, IncidentDraft(
        place_id=site.world.community, title='暴雨积水', text='3栋门口', level=Level.ORANGE, drill=drill, client_id=token()))
    return await site.c.emergency.open_call(worker, CallDraft(
        incident_id=incident.id, place_id=site.world.community, title='搬沙袋', shifts=list(shifts), client_id=token()))


async def test_both_see_the_last_seat_go_and_come_back(site: Site) -> None:
    call = await open_call(site, draft(site, 1))
    shift = call.shifts[0]
    alice, bob = await site.browser('alice'), await site.browser('bob')
    page = await alice.open(f'/calls/{call.id}')
    assert len(page.elements) <= RESIDENT_ELEMENTS
    assert page.props('shift_board')['call']['shifts'][0] | {'taken': 0, 'waiting': 0, 'seats': 1} \
        == page.props('shift_board')['call']['shifts'][0]
    await bob.open(f'/calls/{call.id}')
    args = {'call_id': call.id, 'shift_id': shift.id}
    mine = await alice.act('call.signup', args, tag='shift_board')
    assert mine == {'mine': {'state': 'confirmed'}, 'taken': 1, 'waiting': 0, 'seats': 1}
    seen = await bob.wait_for(lambda frame: frame['k'] == 'seats')
    assert (seen['t'], seen['shift_id'], seen['taken'], seen['seats']) == (f'call:{call.id}', shift.id, 1, 1)
    waiting = await bob.act('call.signup', args, tag='shift_board')
    assert waiting['mine'] == {'state': 'waiting', 'position': 1}
    gone = await alice.act('call.cancel', args, tag='shift_board')
    assert gone == {'mine': None, 'taken': 1, 'waiting': 0, 'seats': 1}
    promoted = await bob.wait_for(lambda frame: frame['k'] == 'shift' and frame['promoted'])
    assert promoted['mine'] == {'state': 'confirmed'}
    fresh = (await bob.load(f'/calls/{call.id}')).props('shift_board')['call']['shifts'][0]
    assert (fresh['taken'], fresh['mine']) == (1, {'state': 'confirmed'})
    await alice.close()
    await bob.close()


async def test_a_resent_tap_is_one_seat(site: Site) -> None:
    call = await open_call(site, draft(site, 5))
    alice = await site.browser('alice')
    await alice.open(f'/calls/{call.id}')
    args = {'call_id': call.id, 'shift_id': call.shifts[0].id}
    first = await alice.act('call.signup', args, tag='shift_board', act_id='tap-00000001')
    again = await alice.act('call.signup', args, tag='shift_board', act_id='tap-00000001')
    assert first == again
    assert (await site.c.emergency.public_state(call.id)).shifts[0].taken == 1
    await alice.close()


async def test_the_venue_code_goes_from_the_lead_to_the_volunteer(site: Site) -> None:
    call = await open_call(site, draft(site, 2, lead_id=site.world['bob'].member_id))
    args = {'call_id': call.id, 'shift_id': call.shifts[0].id}
    alice, bob = await site.browser('alice'), await site.browser('bob')
    await alice.open(f'/calls/{call.id}')
    page = await bob.open(f'/calls/{call.id}')
    assert page.props('shift_board')['call']['shifts'][0]['lead']
    await alice.act('call.signup', args, tag='shift_board')
    code = (await bob.act('call.code', args, tag='shift_board'))['code']
    with pytest.raises(ActRefusedError):
        await alice.act('call.code', args, tag='shift_board')
    with pytest.raises(ActRefusedError) as refusal:
        await alice.act('call.checkin', {**args, 'code': '12'}, tag='shift_board')
    assert refusal.value.error['field'] == 'code'
    assert (await alice.act('call.checkin', {**args, 'code': code}, tag='shift_board'))['mine'] == {'state': 'checked_in'}
    people = (await bob.act('call.roster', args, tag='shift_board'))['people']
    assert [(one['name'], one['state']) for one in people] == [('alice先生', 'checked_in')]
    await alice.close()
    await bob.close()


async def test_the_list_fills_by_itself_and_the_bar_comes_and_goes(site: Site) -> None:
    alice = await site.browser('alice')
    page = await alice.open('/emergency')
    assert len(page.elements) <= RESIDENT_ELEMENTS
    assert page.props('incident_board')['incidents'] == []
    call = await open_call(site, draft(site, 3), drill=True)
    bar = await alice.wait_for(lambda frame: frame['k'] == 'incident')
    assert bar['t'] == f'place:{site.world.community}'
    assert bar['incident']['title'] == '【演练】暴雨积水'
    assert bar['incident']['level'] == 'orange'
    await alice.wait_for(lambda frame: frame['k'] == 'changed' and frame['t'] == f'place:{site.world.community}')
    board = await alice.act('emergency.board', {}, tag='incident_board')
    assert [one['id'] for one in board['incidents']] == [call.incident.id]
    assert board['calls'][0]['title'] == '【演练】搬沙袋'
    await site.c.emergency.sign_up(site.world['bob'], call.shifts[0].id, token())
    await alice.wait_for(lambda frame: frame['k'] == 'seats' and frame['taken'] == 1)  # joined when it asked
    await site.c.emergency.close_incident(site.world['worker'], call.incident.id)
    await alice.wait_for(lambda frame: frame['k'] == 'incident' and frame['incident'] is None)
    board = await alice.act('emergency.board', {}, tag='incident_board')
    assert board == {'incidents': [], 'calls': []}
    await alice.close()


async def test_the_timeline_grows_while_it_is_read(site: Site) -> None:
    call = await open_call(site, draft(site, 3))
    incident_id = call.incident.id
    alice = await site.browser('alice')
    page = await alice.open(f'/emergency/{incident_id}')
    assert len(page.elements) <= RESIDENT_ELEMENTS
    assert [line['kind'] for line in page.props('incident_board')['timeline']] == ['opened', 'call']
    report = (await site.c.emergency.report(site.world['grid'], incident_id, '水深 20 厘米')).timeline[-1]
    await site.c.emergency.report(site.world['worker'], incident_id, '只有 10 厘米', kind=EntryKind.REFUTED, corrects_id=report.id)
    await alice.wait_for(lambda frame: frame['k'] == 'changed' and frame['t'] == f'incident:{incident_id}')
    fresh = await alice.act('emergency.incident', {'incident_id': incident_id}, tag='incident_board')
    assert [line['kind'] for line in fresh['timeline']] == ['opened', 'call', 'report', 'refuted']
    assert fresh['timeline'][3]['corrects'] == report.id
    await alice.close()


async def test_strangers_and_the_signed_out_are_kept_out(site: Site) -> None:
    call = await open_call(site, draft(site, 3))
    nobody = BrowserClient(site.base)
    answer = await nobody.get(f'/calls/{call.id}')
    assert answer.status == 303
    stranger = await site.browser('stranger')
    assert (await stranger.get(f'/calls/{call.id}')).status == 403
    assert (await stranger.get(f'/staff/shifts/{call.shifts[0].id}')).status == 403
    alice = await site.browser('alice')
    assert (await alice.get('/calls/99999')).status == 404
    assert (await alice.get('/staff/emergency')).status == 403
    await alice.open(f'/calls/{call.id}')
    for args in ({'call_id': 'x', 'shift_id': 1}, {'call_id': call.id}, {'call_id': call.id, 'shift_id': 10**6}, {}):
        with pytest.raises(ActRefusedError):
            await alice.act('call.signup', args, tag='shift_board')
    await alice.close()


async def test_a_shift_called_off_leaves_the_pages_that_show_it(site: Site) -> None:
    call = await open_call(site, draft(site, 3), draft(site, 2, title='下午'))
    alice = await site.browser('alice')
    await alice.open(f'/calls/{call.id}')
    await site.c.emergency.call_off_shift(site.world['worker'], call.shifts[0].id)
    told = await alice.wait_for(lambda frame: frame['k'] == 'call' and frame['t'] == f'call:{call.id}')
    assert [shift['title'] for shift in told['call']['shifts']] == ['下午']
    fresh = await alice.load(f'/calls/{call.id}')
    assert [shift['title'] for shift in fresh.props('shift_board')['call']['shifts']] == ['下午']
    await alice.close()


async def test_staff_pages_open(site: Site) -> None:
    call = await open_call(site, draft(site, 3))
    await site.c.emergency.sign_up(site.world['alice'], call.shifts[0].id, token())
    worker = await site.browser('worker')
    expected = {
        '/staff/emergency': '发布突发事件', '/staff/emergency/new': '影响范围', f'/staff/emergency/{call.incident.id}': '记录情况',
        f'/staff/emergency/{call.incident.id}/call': '第一个班次', f'/staff/calls/{call.id}': '班次管理',
        f'/staff/shifts/{call.shifts[0].id}': 'alice先生',
    }
    for path, words in expected.items():
        answer = await worker.get(path)
        assert answer.status == 200, path
        assert words in answer.body.decode(), path
    lead = await site.browser('lead')
    body = (await lead.get(f'/staff/emergency/{call.incident.id}')).body.decode()
    assert '记录情况' in body
    assert '宣布结束' not in body
    assert '突发事件由社区发布' in (await lead.get('/staff/emergency/new')).body.decode()
