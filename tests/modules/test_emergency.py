"""The emergency board: incidents, calls, seats, check-in. Everything on SQLite and PostgreSQL."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from tests.bench.seats import Plan, is_right, measure
from tests.modules.emergency_world import World, need, open_world, read, scratch
from yunshequ.core.audit import AuditEntry
from yunshequ.core.errors import AppError, Conflict, Invalid, NotFound, NotPermitted, TooMany
from yunshequ.core.ids import token
from yunshequ.core.policy import Actor
from yunshequ.emergency import checkin
from yunshequ.emergency.events import (
    CallChanged,
    IncidentClosed,
    IncidentOpened,
    IncidentStale,
    SeatsChanged,
    SignupChanged,
)
from yunshequ.emergency.models import Shift, Signup
from yunshequ.emergency.policy import ACTIONS
from yunshequ.emergency.schemas import (
    LIVE_STATES,
    SEATED,
    CallDraft,
    CallState,
    EntryKind,
    IncidentDraft,
    IncidentState,
    Level,
    ShiftState,
    SignupState,
)
from yunshequ.emergency.words import asks_to_sign_up, when

_shift = Shift.__table__  # type: ignore[attr-defined]
_signup = Signup.__table__  # type: ignore[attr-defined]
_audit = AuditEntry.__table__  # type: ignore[attr-defined]


@pytest.fixture(params=['sqlite', 'postgresql'])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    need(request.param)
    with scratch(request.param, tmp_path) as address:
        yield address


@pytest.fixture
async def world(url: str) -> AsyncIterator[World]:
    async with open_world(url) as world:
        yield world


async def sign_up(world: World, name: str, shift_id: int, client_id: str | None = None) -> Any:
    return await world.emergency.sign_up(world.people[name], shift_id, client_id or token())


async def consistent(world: World) -> None:
    """The counters on each shift are what its rows say; nobody is there twice; no seat is one too many."""
    rows = await read(world.db, select(_signup))
    for shift in await read(world.db, select(_shift)):
        mine = [row for row in rows if row.shift_id == shift.id]
        live = [row.member_id for row in mine if row.state in LIVE_STATES]
        assert len(live) == len(set(live))
        if shift.state != ShiftState.ENDED:
            assert shift.taken == sum(row.state in SEATED for row in mine)
        assert shift.waiting == sum(row.state == SignupState.WAITLISTED for row in mine)
        assert shift.tickets == len(mine)


# --- seats -----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('database', ['sqlite', 'postgresql'])
@pytest.mark.parametrize('processes', [1, 2])
def test_never_one_seat_too_many(database: str, processes: int, tmp_path: Path) -> None:
    need(database)
    plan = Plan(seats=7, signups=60, double_taps=15, cancellations=25, processes=processes)
    with scratch(database, tmp_path) as url:
        result = measure(url, database, plan)
    assert is_right(result, plan), json.dumps(result)
    assert (result['confirmed'], result['waitlisted'], result['doubled'], result['lost']) == (7, 38, 0, 0)
    assert (result['confirmed_after'], result['waitlisted_after'], result['line_kept']) == (7, 13, True)


async def test_one_tap_takes_a_seat_and_the_next_one_waits(world: World) -> None:
    call = await world.call(2)
    shift = call.shifts[0]
    first, second, third = [await sign_up(world, name, shift.id) for name in ('r0', 'r1', 'r2')]
    assert [one.state for one in (first, second, third)] == ['confirmed', 'confirmed', 'waitlisted']
    assert (third.line, third.position) == (1, 3)
    assert [(e.taken, e.waiting) for e in world.seen(SeatsChanged)] == [(1, 0), (2, 0), (2, 1)]
    versions = [e.version for e in world.seen(SeatsChanged)]
    assert versions == sorted(set(versions))
    assert {e.topic for e in world.seen(SeatsChanged)} == {f'call:{call.id}'}
    card = await world.emergency.card_state(world.people['r2'], call.id)
    assert (card.shifts[0].taken, card.shifts[0].waiting, card.shifts[0].capacity) == (2, 1, 2)
    assert card.shifts[0].mine == third
    assert card.may_sign_up
    assert not card.may_lead
    await consistent(world)


async def test_a_repeated_tap_gets_the_first_answer(world: World) -> None:
    shift = (await world.call(5)).shifts[0]
    first = await sign_up(world, 'r0', shift.id, 'the-same-tap')
    assert await sign_up(world, 'r0', shift.id, 'the-same-tap') == first
    assert await sign_up(world, 'r0', shift.id, 'another-phone') == first
    assert len(world.seen(SeatsChanged)) == 1
    await consistent(world)


async def test_a_late_retry_of_a_cancelled_signup_does_not_sign_up_again(world: World) -> None:
    shift = (await world.call(5)).shifts[0]
    first = await sign_up(world, 'r0', shift.id, 'tap-one-1')
    await world.emergency.cancel(world.people['r0'], first.id)
    assert (await sign_up(world, 'r0', shift.id, 'tap-one-1')).state is SignupState.CANCELLED
    again = await sign_up(world, 'r0', shift.id, 'tap-two-2')
    assert again.state is SignupState.CONFIRMED
    assert again.id != first.id
    await consistent(world)


async def test_the_database_itself_refuses_a_second_live_signup(world: World) -> None:
    shift = (await world.call(5)).shifts[0]
    signup = await sign_up(world, 'r0', shift.id)
    row = {'shift_id': shift.id, 'member_id': world.people['r0'].member_id, 'state': 'waitlisted', 'position': 99,
           'client_id': 'by-hand', 'created_at': world.clock.now(), 'version': 1}
    with pytest.raises(IntegrityError):
        await world.db.write(lambda tx: tx.session.connection().execute(insert(_signup).values(row)).rowcount)
    await world.emergency.cancel(world.people['r0'], signup.id)
    await world.db.write(lambda tx: tx.session.connection().execute(insert(_signup).values(row)).rowcount)


async def test_overlapping_shifts_are_refused_and_touching_ones_are_not(world: World) -> None:
    incident = await world.incident()
    drafts = [world.shift(3, hours=2, length=2, title='上午'), world.shift(3, hours=3, length=2, title='中午'),
              world.shift(3, hours=4, length=2, title='下午')]
    call = await world.emergency.open_call(world.people['worker'], CallDraft(
        incident_id=incident.id, place_id=incident.place_id, title='值守', shifts=drafts, client_id=token()))
    morning, noon, afternoon = call.shifts
    await sign_up(world, 'r0', morning.id)
    with pytest.raises(Conflict) as refusal:
        await sign_up(world, 'r0', noon.id)
    assert refusal.value.rule == 'overlap'
    assert '上午' in refusal.value.words('zh-CN')
    assert (await sign_up(world, 'r0', afternoon.id)).state is SignupState.CONFIRMED
    await consistent(world)


async def test_two_overlapping_shifts_at_one_moment_cannot_both_succeed(world: World) -> None:
    call = await world.call(50, 50, 50, overlapping=True)
    for round_number in range(6):
        name = f'r{round_number}'
        answers = await asyncio.gather(
            *(sign_up(world, name, shift.id) for shift in call.shifts), return_exceptions=True)
        taken = [one for one in answers if not isinstance(one, BaseException)]
        refused = [one for one in answers if isinstance(one, Conflict)]
        assert (len(taken), len(refused)) == (1, 2), answers
    await consistent(world)


async def test_cancelling_promotes_the_first_in_line_in_the_same_unit(world: World) -> None:
    call = await world.call(1)
    shift = call.shifts[0]
    seat = await sign_up(world, 'r0', shift.id)
    await sign_up(world, 'r1', shift.id)
    await sign_up(world, 'r2', shift.id)
    assert (await world.emergency.cancel(world.people['r0'], seat.id)).state is SignupState.CANCELLED
    card = await world.emergency.card_state(world.people['r1'], call.id)
    assert card.shifts[0].mine is not None
    assert card.shifts[0].mine.state is SignupState.CONFIRMED
    (waiting,) = await world.emergency.my_signups(world.people['r2'])
    assert waiting.line == 1
    (told,) = [event for event in world.seen(SignupChanged) if event.promoted]
    assert told.topic == f'member:{world.people["r1"].member_id}'
    last = world.seen(SeatsChanged)[-1]
    assert (last.taken, last.waiting) == (1, 1)
    await world.jobs.run_due()
    ((room, words, mentions),) = world.poster.notices.values()
    assert room == 7
    assert mentions == (world.people['r1'].member_id,)
    assert '@r1' in words
    await consistent(world)
    assert (await world.emergency.cancel(world.people['r0'], seat.id)).state is SignupState.CANCELLED  # again: nothing
    await consistent(world)


async def test_promotion_passes_over_who_is_busy_by_now_and_comes_back(world: World) -> None:
    first, second = (await world.call(1, 2, overlapping=True)).shifts
    seat = await sign_up(world, 'r0', first.id)
    await sign_up(world, 'r1', first.id)
    await sign_up(world, 'r2', first.id)
    elsewhere = await sign_up(world, 'r1', second.id)  # still in line for the first: allowed
    await world.emergency.cancel(world.people['r0'], seat.id)
    states = {row.member_id: row.state for row in await read(world.db, select(_signup).where(_signup.c.shift_id == first.id))}
    assert states[world.people['r1'].member_id] == SignupState.WAITLISTED
    assert states[world.people['r2'].member_id] == SignupState.CONFIRMED
    await consistent(world)
    await world.emergency.set_capacity(world.people['worker'], first.id, 2)  # a free seat nobody in line can take
    await world.emergency.cancel(world.people['r1'], elsewhere.id)
    await world.jobs.run_due()  # now she can
    mine = await world.emergency.my_signups(world.people['r1'])
    assert [(one.shift_id, one.state) for one in mine] == [(first.id, SignupState.CONFIRMED)]
    await consistent(world)


async def test_capacity_raised_promotes_and_lowered_evicts_nobody(world: World) -> None:
    call = await world.call(2)
    shift = call.shifts[0]
    signups = [await sign_up(world, f'r{number}', shift.id) for number in range(6)]
    after = (await world.emergency.set_capacity(world.people['worker'], shift.id, 4)).shifts[0]
    assert (after.taken, after.waiting, after.capacity) == (4, 2, 4)
    assert len([event for event in world.seen(SignupChanged) if event.promoted]) == 2
    after = (await world.emergency.set_capacity(world.people['worker'], shift.id, 1)).shifts[0]
    assert (after.taken, after.waiting, after.capacity) == (4, 2, 1)
    assert (await sign_up(world, 'r9', shift.id)).state is SignupState.WAITLISTED
    await world.emergency.cancel(world.people['r0'], signups[0].id)
    after = (await world.emergency.card_state(world.people['r0'], call.id)).shifts[0]
    assert (after.taken, after.waiting) == (3, 3)  # nobody moves up while there are more people than seats
    await consistent(world)
    with pytest.raises(Invalid):
        await world.emergency.set_capacity(world.people['worker'], shift.id, 0)


async def test_a_shift_called_off_frees_everybody_and_tells_them(world: World) -> None:
    call = await world.call(1, 1, overlapping=True)
    shift, other = call.shifts
    await sign_up(world, 'r0', shift.id)
    await sign_up(world, 'r1', shift.id)
    card = await world.emergency.call_off_shift(world.people['worker'], shift.id)
    assert card.shifts[0].state is ShiftState.CANCELLED
    await world.jobs.run_due()
    ((_room, words, mentions),) = world.poster.notices.values()
    assert set(mentions) == {world.people['r0'].member_id, world.people['r1'].member_id}
    assert '取消' in words
    assert (await sign_up(world, 'r0', other.id)).state is SignupState.CONFIRMED
    with pytest.raises(Conflict):
        await sign_up(world, 'r3', shift.id)
    await consistent(world)


async def test_taps_beyond_reason_are_refused(world: World) -> None:
    shift = (await world.call(5)).shifts[0]
    for _ in range(20):
        await sign_up(world, 'r0', shift.id)
    with pytest.raises(TooMany):
        await sign_up(world, 'r0', shift.id)


# --- signing up by word ----------------------------------------------------------------------------------------------

async def test_writing_sign_me_up_takes_the_only_open_shift(world: World) -> None:
    call = await world.call(1)
    answer = await world.emergency.sign_up_by_word(world.people['r0'], 7, '我报名！', client_id='message-1')
    assert answer is not None
    assert answer.signup is not None
    assert answer.signup.state is SignupState.CONFIRMED
    assert '报名成功' in answer.words
    assert answer.call_id == call.id
    twice = await world.emergency.sign_up_by_word(world.people['r0'], 7, '我报名！', client_id='message-1')
    assert twice == answer
    full = await world.emergency.sign_up_by_word(world.people['r1'], 7, '报名', call.id)
    assert full is not None
    assert '候补第 1 位' in full.words
    await consistent(world)


async def test_a_choice_is_asked_for_and_understood(world: World) -> None:
    call = await world.call(1, 2)
    answer = await world.emergency.sign_up_by_word(world.people['r0'], 7, '我报名')
    assert answer is not None
    assert answer.signup is None
    assert '2. 第2班' in answer.words
    for name, words, index in (('r0', '我报名2', 1), ('r1', '我报名第一班', 0), ('r2', '报名 第2班', 1)):
        answer = await world.emergency.sign_up_by_word(world.people[name], 7, words)
        assert answer is not None
        assert answer.signup is not None, answer.words
        assert answer.signup.shift_id == call.shifts[index].id
    await world.emergency.close_call(world.people['worker'], call.id)
    assert await world.emergency.sign_up_by_word(world.people['r3'], 7, '我报名') is None
    closed = await world.emergency.sign_up_by_word(world.people['r3'], 7, '我报名', call.id)
    assert closed is not None
    assert '停止报名' in closed.words


async def test_words_mean_nothing_elsewhere(world: World) -> None:
    call = await world.call(1)
    assert await world.emergency.sign_up_by_word(world.people['r0'], 8, '我报名') is None
    assert await world.emergency.sign_up_by_word(world.people['r0'], 8, '我报名', call.id) is None
    assert await world.emergency.sign_up_by_word(world.people['r0'], 7, '怎么报名？') is None
    assert await world.emergency.sign_up_by_word(world.people['r0'], 7, '报名表在哪里领') is None
    second = await world.call(1)
    many = await world.emergency.sign_up_by_word(world.people['r0'], 7, '我报名')
    assert many is not None
    assert '2 个招募' in many.words
    under = await world.emergency.sign_up_by_word(world.people['r0'], 7, '我报名', second.id)
    assert under is not None
    assert under.signup is not None
    stranger = await world.emergency.sign_up_by_word(world.people['stranger'], 7, '我报名', second.id)
    assert stranger is not None
    assert stranger.signup is None


@pytest.mark.parametrize(('text', 'wish'), [
    ('我报名', (None, '')), ('我报名！', (None, '')), ('报名', (None, '')), ('我要报名', (None, '')), ('我想报名参加', (None, '')),
    ('我也报名', (None, '')), ('我报名2', (2, '')), ('报名第二班', (2, '')), ('我报名 上午', (None, '上午')),
    ('@小栖 我报名', (None, '')), ('我来报名啦', (None, '')), ('报名表在哪领', (None, '表在哪领')),
    ('怎么报名', None), ('报名了吗？', None), ('已经有人报名了', None),
    ('我昨天去社区报名的时候人很多，大家都说早点来比较好', None),
    ('', None),
])
def test_what_counts_as_signing_up(text: str, wish: Any) -> None:
    assert asks_to_sign_up(text) == wish


# --- check-in --------------------------------------------------------------------------------------------------------

async def test_checking_in_with_the_venue_code(world: World) -> None:
    shift = (await world.call(2)).shifts[0]
    await sign_up(world, 'r0', shift.id)
    code = (await world.emergency.venue_code(world.people['officer'], shift.id)).code
    with pytest.raises(Conflict):  # two hours early
        await world.emergency.check_in(world.people['r0'], shift.id, code)
    world.move(hours=1, minutes=30)
    shown = await world.emergency.venue_code(world.people['worker'], shift.id)
    assert 1 <= shown.seconds_left <= 60
    with pytest.raises(Invalid):
        await world.emergency.check_in(world.people['r0'], shift.id, f'{(int(shown.code) + 1) % 10**6:06d}')
    world.move(seconds=60)  # the code before is still good
    here = await world.emergency.check_in(world.people['r0'], shift.id, shown.code)
    assert here.state is SignupState.CHECKED_IN
    assert here.checked_in_at == world.clock.now()
    again = (await world.emergency.venue_code(world.people['worker'], shift.id)).code
    assert (await world.emergency.check_in(world.people['r0'], shift.id, again)).checked_in_at == here.checked_in_at
    with pytest.raises(Conflict):  # not signed up
        await world.emergency.check_in(world.people['r1'], shift.id, again)
    with pytest.raises(Conflict):
        await world.emergency.cancel(world.people['r0'], here.id)
    await consistent(world)


async def test_guessing_codes_ends_soon_and_the_lead_can_help(world: World) -> None:
    shift = (await world.call(2)).shifts[0]
    signup = await sign_up(world, 'r0', shift.id)
    world.move(hours=2)
    right = checkin.code_at((await read(world.db, select(_shift)))[0].secret, world.clock.now())
    wrong = f'{(int(right) + 7) % 10**6:06d}'
    for _ in range(6):
        with pytest.raises(Invalid):
            await world.emergency.check_in(world.people['r0'], shift.id, wrong)
    with pytest.raises(TooMany) as refusal:
        await world.emergency.check_in(world.people['r0'], shift.id, right)
    assert '代签' in refusal.value.words('zh-CN')
    with pytest.raises(NotPermitted):
        await world.emergency.check_in_by_hand(world.people['r0'], signup.id)
    assert (await world.emergency.check_in_by_hand(world.people['officer'], signup.id)).state is SignupState.CHECKED_IN
    (line,) = (await world.emergency.roster(world.people['officer'], shift.id)).lines
    assert line.by_hand


async def test_who_waits_in_line_cannot_check_in(world: World) -> None:
    shift = (await world.call(1)).shifts[0]
    await sign_up(world, 'r0', shift.id)
    await sign_up(world, 'r1', shift.id)
    world.move(hours=2)
    code = (await world.emergency.venue_code(world.people['worker'], shift.id)).code
    with pytest.raises(Conflict):
        await world.emergency.check_in(world.people['r1'], shift.id, code)


async def test_the_end_of_a_shift_checks_out_marks_absence_and_closes_the_call(world: World) -> None:
    call = await world.call(2)
    shift = call.shifts[0]
    for name in ('r0', 'r1', 'r2'):
        await sign_up(world, name, shift.id)
    world.move(hours=2)
    code = (await world.emergency.venue_code(world.people['worker'], shift.id)).code
    await world.emergency.check_in(world.people['r0'], shift.id, code)
    world.move(hours=2, minutes=29)
    await world.jobs.run_due()
    assert (await world.emergency.card_state(world.people['r0'], call.id)).shifts[0].state is ShiftState.OPEN
    with pytest.raises(Conflict):  # over, though not settled yet
        await sign_up(world, 'r5', shift.id)
    world.move(minutes=1)
    await world.jobs.run_due()
    card = await world.emergency.card_state(world.people['worker'], call.id)
    assert card.shifts[0].state is ShiftState.ENDED
    assert card.state is CallState.CLOSED
    lines = (await world.emergency.roster(world.people['worker'], shift.id)).lines
    assert [line.state for line in lines] == ['checked_in', 'no_show', 'cancelled']
    assert lines[0].checked_out_at == shift.ends_at
    assert [line.minutes for line in lines] == [120, 0, 0]
    assert world.seen(CallChanged)[-1].state == 'closed'
    before = await read(world.db, select(_signup))
    await world.emergency.jobs()['emergency.end_shift']({'shift_id': shift.id})  # a job may run twice
    assert await read(world.db, select(_signup)) == before
    await consistent(world)


# --- roster, party, export -------------------------------------------------------------------------------------------

async def test_party_members_are_marked_only_where_they_consent(world: World) -> None:
    call = await world.call(5)
    shift = call.shifts[0]
    for name in ('r0', 'r1', 'r2'):  # r0: member who consents, r1: no member, r2: member who does not consent
        await sign_up(world, name, shift.id)
    roster = await world.emergency.roster(world.people['worker'], shift.id)
    assert [(line.member.name, line.member.party) for line in roster.lines] == [('r0', True), ('r1', False), ('r2', False)]
    text = await world.emergency.export_csv(world.people['worker'], call.id)
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0][5:8] == ['姓名', '党员', '状态']
    assert [row[5:8] for row in rows[1:]] == [['r0', '是', '已报名'], ['r1', '', '已报名'], ['r2', '', '已报名']]
    assert rows[1][2] == '2025-07-01 11:00'
    assert len(await read(world.db, select(_audit).where(_audit.c.action == 'emergency.export'))) == 1


async def test_a_name_cannot_become_a_formula(world: World) -> None:
    incident = await world.incident()
    call = await world.emergency.open_call(world.people['worker'], CallDraft(
        incident_id=incident.id, place_id=incident.place_id, title='=1+1', shifts=[world.shift(2, title='@SUM(A1)')],
        client_id=token()))
    await sign_up(world, 'r0', call.shifts[0].id)
    row = list(csv.reader(io.StringIO(await world.emergency.export_csv(world.people['worker'], call.id))))[1]
    assert row[:2] == ["'=1+1", "'@SUM(A1)"]


async def test_the_one_who_leads_a_shift_sees_its_roster_and_code(world: World) -> None:
    incident = await world.incident()
    lead = world.people['r3']
    call = await world.emergency.open_call(world.people['worker'], CallDraft(
        incident_id=incident.id, place_id=incident.place_id, title='值守', client_id=token(),
        shifts=[world.shift(2, lead_id=lead.member_id), world.shift(2, hours=9)]))
    led, other = call.shifts
    assert (await world.emergency.roster(lead, led.id)).shift.id == led.id
    assert len((await world.emergency.venue_code(lead, led.id)).code) == 6
    with pytest.raises(NotPermitted):
        await world.emergency.roster(lead, other.id)


# --- incidents -------------------------------------------------------------------------------------------------------

async def test_an_incident_from_opening_to_closing(world: World) -> None:
    worker = world.people['worker']
    incident = await world.incident(drill=True)
    garden = world.places['garden'].id
    assert [(e.topic, e.drill) for e in world.seen(IncidentOpened)] == [(f'place:{garden}', True)]
    page = await world.emergency.report(world.people['lead4'], incident.id, '4栋门口水深 20 厘米')  # from her part of it
    report = page.timeline[-1]
    assert report.by is not None
    assert report.by.name == 'lead4'
    page = await world.emergency.report(worker, incident.id, '已核实，约 15 厘米', kind=EntryKind.VERIFIED, corrects_id=report.id)
    page = await world.emergency.set_level(worker, incident.id, Level.ORANGE, '雨势加大')
    page = await world.emergency.close_incident(worker, incident.id, '积水已退')
    assert [line.kind for line in page.timeline] == ['opened', 'report', 'verified', 'level', 'closed']
    assert page.timeline[2].corrects_id == report.id
    assert page.timeline[3].level is Level.ORANGE
    assert page.timeline[1] == report  # nothing was rewritten
    assert page.incident.state is IncidentState.CLOSED
    assert not page.may_call
    assert [e.topic for e in world.seen(IncidentClosed)] == [f'place:{garden}']
    await world.emergency.close_incident(worker, incident.id)  # again: nothing
    assert len(world.seen(IncidentClosed)) == 1
    with pytest.raises(Conflict):
        await world.emergency.set_level(worker, incident.id, Level.RED)
    with pytest.raises(Conflict):
        await world.emergency.confirm_incident(worker, incident.id)


async def test_a_correction_must_name_a_line_of_the_same_incident(world: World) -> None:
    one, two = await world.incident(), await world.incident()
    worker = world.people['worker']
    line = (await world.emergency.incident(worker, one.id)).timeline[0]
    with pytest.raises(Invalid):
        await world.emergency.report(worker, two.id, '不对', kind=EntryKind.REFUTED, corrects_id=line.id)
    with pytest.raises(Invalid):
        await world.emergency.report(worker, two.id, '不对', kind=EntryKind.REFUTED)
    with pytest.raises(Invalid):
        await world.emergency.report(worker, two.id, '   ')
    with pytest.raises(Invalid):
        await world.emergency.report(worker, two.id, '结束', kind=EntryKind.CLOSED)


async def test_a_second_press_opens_no_second_incident_or_call(world: World) -> None:
    draft = IncidentDraft(place_id=world.places['garden'].id, title='停水', client_id='form-0001')
    first = await world.emergency.open_incident(world.people['worker'], draft)
    assert (await world.emergency.open_incident(world.people['worker'], draft)).id == first.id
    call = CallDraft(incident_id=first.id, place_id=first.place_id, room_id=7, title='送水', shifts=[world.shift(3)],
                     client_id='form-0002')
    opened = await world.emergency.open_call(world.people['worker'], call)
    assert (await world.emergency.open_call(world.people['worker'], call)).id == opened.id
    assert len((await world.emergency.incident(world.people['worker'], first.id)).calls[0].shifts) == 1
    world.move(seconds=10)
    await world.jobs.run_due()
    ((sender, room, ref, text),) = world.poster.cards.values()
    assert (sender, room, ref) == (world.people['worker'].member_id, 7, opened.id)
    assert '3 个名额' in text


async def test_a_card_the_room_would_not_take_is_posted_by_the_job(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_args: Any) -> None:
        raise Conflict('群正在维护')

    with monkeypatch.context() as patched:
        patched.setattr(world.poster, 'post_card', refuse)
        call = await world.call(1)
    assert world.poster.cards == {}
    world.move(seconds=6)
    await world.jobs.run_due()
    assert [card[2] for card in world.poster.cards.values()] == [call.id]


async def test_a_drill_marks_everything_that_is_posted(world: World) -> None:
    call = await world.call(1, drill=True)
    seat = await sign_up(world, 'r0', call.shifts[0].id)
    answer = await world.emergency.sign_up_by_word(world.people['r1'], 7, '我报名')
    await world.emergency.cancel(world.people['r0'], seat.id)
    await world.jobs.run_due()
    assert answer is not None
    texts = [answer.words, *(card[3] for card in world.poster.cards.values()), *(n[1] for n in world.poster.notices.values())]
    assert len(texts) == 3
    assert all(text.startswith('【演练】') for text in texts)
    assert call.incident.drill
    assert (await world.emergency.roster(world.people['worker'], call.shifts[0].id)).drill


async def test_a_silent_incident_is_asked_about_each_day_until_it_is_closed(world: World) -> None:
    incident = await world.incident()
    world.move(hours=23)
    await world.emergency.confirm_incident(world.people['officer'], incident.id)
    world.move(hours=1)
    await world.jobs.run_due()
    assert world.seen(IncidentStale) == []  # confirmed an hour ago
    world.move(hours=23)
    await world.jobs.run_due()
    (stale,) = world.seen(IncidentStale)
    assert stale.topic == f'member:{world.people["worker"].member_id}'
    world.move(hours=24)
    await world.jobs.run_due()
    assert len(world.seen(IncidentStale)) == 2
    await world.emergency.close_incident(world.people['worker'], incident.id)
    world.move(hours=48)
    await world.jobs.run_due()
    assert len(world.seen(IncidentStale)) == 2


async def test_a_call_closes_on_time_and_with_its_incident(world: World) -> None:
    incident = await world.incident()
    drafts = [
        CallDraft(incident_id=incident.id, place_id=incident.place_id, title='值守', shifts=[world.shift(1, hours=5)],
                  closes_at=world.clock.now() + timedelta(hours=1) if timed else None, client_id=token())
        for timed in (True, False)
    ]
    timed, other = [await world.emergency.open_call(world.people['worker'], draft) for draft in drafts]
    await sign_up(world, 'r0', timed.shifts[0].id)
    world.move(hours=1)
    await world.jobs.run_due()
    card = await world.emergency.card_state(world.people['r0'], timed.id)
    assert (card.state, card.shifts[0].state, card.may_sign_up) == (CallState.CLOSED, ShiftState.CLOSED, False)
    with pytest.raises(Conflict):
        await sign_up(world, 'r1', timed.shifts[0].id)
    await world.emergency.close_incident(world.people['worker'], incident.id)
    assert (await world.emergency.card_state(world.people['r0'], other.id)).state is CallState.CLOSED
    with pytest.raises(Conflict):
        await world.emergency.add_shift(world.people['worker'], other.id, world.shift(1))
    world.move(hours=4)  # the agreed shift is held
    code = (await world.emergency.venue_code(world.people['worker'], timed.shifts[0].id)).code
    assert (await world.emergency.check_in(world.people['r0'], timed.shifts[0].id, code)).state is SignupState.CHECKED_IN


@pytest.mark.parametrize(('hours', 'length'), [(2, 0), (2, -1), (2, 16.1), (-3, 2)])
async def test_times_that_make_no_sense_are_refused(world: World, hours: float, length: float) -> None:
    call = await world.call(1)
    with pytest.raises(Invalid) as refusal:
        await world.emergency.add_shift(world.people['worker'], call.id, world.shift(1, hours=hours, length=length))
    assert refusal.value.field == 'ends_at'
    assert len((await world.emergency.card_state(world.people['worker'], call.id)).shifts) == 1


# --- who sees and may what -------------------------------------------------------------------------------------------

async def test_an_incident_concerns_its_community_and_nobody_elses(world: World) -> None:
    own = await world.incident('building')
    wide = await world.emergency.open_incident(world.people['street'], IncidentDraft(
        place_id=world.places['street'].id, title='台风', level=Level.RED, client_id=token()))
    assert {e.topic for e in world.seen(IncidentOpened) if e.incident_id == wide.id} == {
        f'place:{world.places["garden"].id}', f'place:{world.places["away"].id}'}
    assert [one.id for one in await world.emergency.red_bar(world.people['r0'])] == [wide.id, own.id]
    assert [one.id for one in await world.emergency.red_bar(world.people['lead4'])] == [wide.id, own.id]  # an office inside
    assert [one.id for one in await world.emergency.red_bar(world.people['stranger'])] == [wide.id]
    with pytest.raises(NotPermitted):
        await world.emergency.incident(world.people['stranger'], own.id)
    with pytest.raises(NotFound):
        await world.emergency.incident(world.people['r0'], 999)
    board = await world.emergency.board(world.people['worker'], world.places['garden'].id)
    assert {one.id for one in board.incidents} == {wide.id, own.id}
    assert board.may_open
    assert own.place_name == '花园村社区 3栋'


async def test_the_board_shows_open_calls_with_ones_own_seats(world: World) -> None:
    call = await world.call(2)
    await sign_up(world, 'r0', call.shifts[0].id)
    board = await world.emergency.nearby(world.people['r0'])
    (mine,) = board.calls
    assert mine.id == call.id
    assert mine.shifts[0].mine is not None
    assert (await world.emergency.nearby(world.people['stranger'])).calls == ()
    with pytest.raises(NotPermitted):
        await world.emergency.board(world.people['stranger'], world.places['garden'].id)
    with pytest.raises(NotPermitted):
        await world.emergency.card_state(world.people['stranger'], call.id)
    await world.emergency.close_call(world.people['worker'], call.id)
    assert (await world.emergency.nearby(world.people['r0'])).calls == ()


DEEDS = {
    'emergency.see': lambda w, a, c: w.emergency.card_state(a, c.id),
    'emergency.sign_up': lambda w, a, c: w.emergency.sign_up(a, c.shifts[0].id, token()),
    'emergency.report': lambda w, a, c: w.emergency.report(a, c.incident.id, '水退了'),
    'emergency.open_incident': lambda w, a, c: w.emergency.open_incident(
        a, IncidentDraft(place_id=c.place_id, title='停电', client_id=token())),
    'emergency.close_incident': lambda w, a, c: w.emergency.close_incident(a, c.incident.id),
    'emergency.call': lambda w, a, c: w.emergency.add_shift(a, c.id, w.shift(1)),
    'emergency.lead': lambda w, a, c: w.emergency.roster(a, c.shifts[0].id),
    'emergency.export': lambda w, a, c: w.emergency.export_csv(a, c.id),
}


@pytest.mark.parametrize(('name', 'allowed'), [
    ('r0', {'emergency.see', 'emergency.sign_up'}),
    ('stranger', set()),
    ('away_worker', set()),
    ('lead4', {'emergency.see', 'emergency.sign_up', 'emergency.report'}),
    ('officer', {'emergency.see', 'emergency.sign_up', 'emergency.report', 'emergency.call', 'emergency.lead'}),
    ('worker', set(ACTIONS)),
    ('street', set(ACTIONS)),
])
async def test_who_may_do_what(tmp_path: Path, name: str, allowed: set[str]) -> None:
    assert DEEDS.keys() == ACTIONS.keys()
    with scratch('sqlite', tmp_path) as url:
        async with open_world(url) as world:
            done = set()
            for action, deed in DEEDS.items():
                call = await world.call(3)
                try:
                    await deed(world, world.people[name], call)
                except NotPermitted:
                    continue
                done.add(action)
                if action == 'emergency.sign_up':
                    await world.emergency.call_off_shift(world.people['worker'], call.shifts[0].id)  # the next call overlaps
    assert done == allowed


async def test_nobody_cancels_for_another_but_the_lead(world: World) -> None:
    shift = (await world.call(3)).shifts[0]
    signup = await sign_up(world, 'r0', shift.id)
    with pytest.raises(NotPermitted):
        await world.emergency.cancel(world.people['r1'], signup.id)
    assert (await world.emergency.cancel(world.people['officer'], signup.id)).state is SignupState.CANCELLED
    with pytest.raises(AppError):
        await world.emergency.cancel(world.people['r0'], 999)


async def test_state_and_events_give_the_fresh_state(world: World) -> None:
    """A page that loads once and follows the events ends where a page that loads now begins."""
    call = await world.call(3)
    shift = call.shifts[0]
    page = {'taken': 0, 'waiting': 0, 'capacity': 3, 'version': 0}

    def follow(event: SeatsChanged) -> None:
        if event.version > page['version']:
            page.update(event.model_dump(include={'taken', 'waiting', 'capacity', 'version'}))

    world.bus.subscribe(f'call:{call.id}', lambda event: follow(event) if isinstance(event, SeatsChanged) else None)
    signups = await asyncio.gather(*(sign_up(world, f'r{n}', shift.id) for n in range(8)))
    await asyncio.gather(*(
        world.emergency.cancel(Actor(world.people[f'r{n}'].member_id), one.id) for n, one in enumerate(signups) if n % 3 == 0))
    await world.emergency.set_capacity(world.people['worker'], shift.id, 4)
    fresh = (await world.emergency.card_state(world.people['r0'], call.id)).shifts[0]
    assert page == fresh.model_dump(include={'taken', 'waiting', 'capacity', 'version'})
    await consistent(world)


async def test_a_rolled_back_unit_announces_nothing(world: World) -> None:
    call = await world.call(1, 1, overlapping=True)
    await sign_up(world, 'r0', call.shifts[0].id)
    before = len(world.events)
    with pytest.raises(Conflict):
        await sign_up(world, 'r0', call.shifts[1].id)
    assert len(world.events) == before
    await world.db.write(lambda tx: tx.session.connection().execute(update(_shift).values(state='open')).rowcount)
    await consistent(world)


def test_a_span_reads_as_in_a_room() -> None:
    start = datetime(2025, 7, 3, 0, 0, tzinfo=UTC)
    assert when(start, start + timedelta(hours=2)) == '7月3日 08:00–10:00'
    assert when(start, start + timedelta(hours=20)) == '7月3日 08:00–7月4日 04:00'
