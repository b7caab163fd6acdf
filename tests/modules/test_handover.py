"""交接: an office passes to a successor on its day with all that is open, and goes back within a week; on both databases."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.conftest import World
from yunshequ.assistant.schemas import EntryDraft
from yunshequ.ballots.schemas import BallotDraft, OptionDraft, Stance
from yunshequ.bootstrap import Container
from yunshequ.chains.schemas import ChainDraft
from yunshequ.community import tables as t
from yunshequ.community.handover import AHEAD_MOST, BACK_WITHIN, HandoverState
from yunshequ.core.audit import AuditEntry
from yunshequ.core.clock import MovableClock
from yunshequ.core.errors import AppError, Conflict, Invalid, NotFound, NotPermitted
from yunshequ.core.policy import Actor, Role
from yunshequ.deliberation.schemas import NewTopic
from yunshequ.emergency.schemas import CallDraft, IncidentDraft, ShiftDraft
from yunshequ.rooms.order_schemas import Reason
from yunshequ.rooms.schemas import MessageKind, PostDraft

KINDS = {'case', 'entry', 'report', 'notice', 'chain', 'ballot', 'topic', 'call', 'shift'}


async def grant_of(c: Container, actor: Actor, role: Role) -> int:
    return await c.db.read(lambda s: s.connection().execute(select(t.role_grant.c.id).where(
        t.role_grant.c.member_id == actor.member_id, t.role_grant.c.role == str(role), t.role_grant.c.revoked_at.is_(None))).scalar_one())


async def told(c: Container, actor: Actor) -> list[str]:
    await c.jobs.run_due()
    chat = await c.assistant.open_chat(actor)
    return [m.body for m in (await c.rooms.open_room(actor, chat.id)).messages]


async def refused(deed: Any, kind: type[AppError], field: str | None = None) -> None:
    with pytest.raises(kind) as caught:
        await deed
    assert caught.value.field == field


async def busy(c: Container, world: World) -> int:
    """Give the worker one of each; return the room of alice's case."""
    worker, now, room = world['worker'], c.clock.now(), world.room.id
    await c.rooms.post(world['alice'], PostDraft(room_id=room, client_id='first-words', body='吵什么吵'))
    await c.rooms.report(world['bob'], room, 1, Reason.ABUSE)
    [case] = await c.rooms.reports.cases(worker, world.community)
    await c.rooms.reports.claim(worker, case.id)
    notice = await c.rooms.post(worker, PostDraft(room_id=room, client_id='a-notice', kind=MessageKind.NOTICE, body='周六停水'))
    await c.rooms.receipts.remind(worker, room, notice.seq)
    await c.chains.start(worker, ChainDraft(room_id=room, client_id='chain-one', title='领口罩'))
    await c.ballots.create(worker, BallotDraft(
        client_id='ballot-one', place_id=world.community, title='装充电桩', rule='consultation.open', closes_at=now + timedelta(days=20),
        options=(OptionDraft(text='同意', stance=Stance.YES), OptionDraft(text='不同意', stance=Stance.NO),
                 OptionDraft(text='弃权', stance=Stance.ABSTAIN))))
    await c.deliberation.create_topic(worker, NewTopic(client_id='topic-one', place_id=world.community, title='楼道堆物'))
    incident = await c.emergency.open_incident(worker, IncidentDraft(place_id=world.community, title='暴雨', client_id='incident-1'))
    await c.emergency.open_call(worker, CallDraft(
        incident_id=incident.id, place_id=world.community, title='搬沙袋', client_id='call-one', shifts=[ShiftDraft(
            title='沙袋', lead_id=worker.member_id, starts_at=now + timedelta(days=9), ends_at=now + timedelta(days=9, hours=2), capacity=5)]))
    await c.assistant.knowledge.create(worker, EntryDraft(
        question='居住证怎么办理？', answer='带合同去。', place_id=world.community, owner_id=worker.member_id))
    chat = await c.assistant.open_chat(world['alice'])
    handoff = await c.assistant.handoff(world['alice'], chat.id)
    await c.assistant.desk.take(worker, handoff.case.id)
    await c.jobs.run_due()
    return chat.id


async def test_the_office_and_all_that_is_open_pass_on_and_back(container: Container, world: World, clock: MovableClock) -> None:
    c, worker, next_one = container, world['worker'], world['guest']
    chat = await busy(c, world)
    grant = await grant_of(c, worker, Role.COMMUNITY_WORKER)
    items = await c.handovers.open_work(world['secretary'], grant)
    assert {item.kind for item in items} == KINDS
    assert {item.title for item in items} >= {'吵什么吵', '周六停水', '领口罩', '装充电桩', '楼道堆物', '搬沙袋', '沙袋', '居住证怎么办理？'}

    handover = await c.handovers.plan(
        world['secretary'], grant, next_one.member_id, due_at=clock.now() + timedelta(hours=3), note='调去别的社区')
    assert await c.policy.may(worker, 'rooms.create', world.community)
    assert not await c.policy.may(next_one, 'rooms.create', world.community)
    for who in (worker, next_one):
        assert '没办完的事会一并转过去' in (await told(c, who))[-1]
    clock.move(timedelta(hours=3))
    assert '转过去 9 件' in (await told(c, worker))[-1]
    assert '转过去 9 件' in (await told(c, next_one))[-1]
    assert not await c.policy.may(worker, 'rooms.create', world.community)
    assert await c.policy.may(next_one, 'rooms.create', world.community)
    inside = await c.rooms.member_ids(chat)
    assert (worker.member_id in inside, next_one.member_id in inside) == (False, True)
    await refused(c.rooms.since(worker, chat, 0), NotFound)
    [case] = await c.assistant.desk.cases(next_one, world.community)
    assert case.worker is not None
    assert case.worker.id == next_one.member_id
    [view] = await c.handovers.mine(next_one)
    assert (view.state, view.passed, view.back_until) == (HandoverState.DONE, 9, clock.now() + BACK_WITHIN)

    await c.assistant.desk.close(next_one, case.id)  # what is finished stays finished
    await c.handovers.undo(world['secretary'], handover)
    assert '退回' in (await told(c, worker))[-1]
    assert await c.policy.may(worker, 'rooms.create', world.community)
    assert not await c.policy.may(next_one, 'rooms.create', world.community)
    again = await grant_of(c, worker, Role.COMMUNITY_WORKER)
    assert {item.kind for item in await c.handovers.open_work(world['secretary'], again)} == KINDS - {'case'}
    await refused(c.handovers.undo(world['secretary'], handover), Conflict)
    actions = await c.db.read(lambda s: list(s.connection().execute(select(AuditEntry.__table__.c.action).where(
        AuditEntry.__table__.c.action.like('%handover')).order_by(AuditEntry.__table__.c.id)).scalars()))
    assert actions == ['community.plan_handover', 'community.handover', 'community.undo_handover']


async def test_at_once_without_a_day_and_only_what_lies_there(container: Container, world: World) -> None:
    c = container
    grant = await grant_of(c, world['lead'], Role.BUILDING_LEAD)
    await c.chains.start(world['lead'], ChainDraft(room_id=world.room.id, client_id='chain-in-3', title='楼里的'))
    await c.chains.start(world['lead'], ChainDraft(room_id=world.community_room.id, client_id='chain-wide', title='社区的'))
    assert [item.title for item in await c.handovers.open_work(world['worker'], grant)] == ['楼里的']
    await c.handovers.plan(world['worker'], grant, world['bob'].member_id)
    assert await c.policy.may(world['bob'], 'rooms.admit', world.building)
    assert not await c.policy.may(world['lead'], 'rooms.admit', world.building)
    [view] = await c.handovers.at(world['worker'], world.community)
    assert (view.role, view.taker_name, view.passed) == (Role.BUILDING_LEAD, 'bob先生', 1)


async def test_who_may_and_what_is_refused(container: Container, world: World, clock: MovableClock) -> None:
    c = container
    grant, bob = await grant_of(c, world['worker'], Role.COMMUNITY_WORKER), world['bob'].member_id
    for who in ('worker', 'grid', 'lead', 'alice', 'other_worker'):
        await refused(c.handovers.plan(world[who], grant, bob), NotPermitted)
        await refused(c.handovers.open_work(world[who], grant), NotPermitted)
    await refused(c.handovers.plan(world['secretary'], grant, world['worker'].member_id), Invalid, 'taker')
    await refused(c.handovers.plan(world['secretary'], grant, world['secretary'].member_id), NotPermitted)
    await refused(c.handovers.plan(world['secretary'], grant, 9999), NotFound)
    await refused(c.handovers.plan(world['secretary'], grant, bob, due_at=clock.now() - timedelta(hours=1)), Invalid, 'due_at')
    await refused(c.handovers.plan(world['secretary'], grant, bob, due_at=clock.now() + AHEAD_MOST * 2), Invalid, 'due_at')
    await refused(c.handovers.plan(world['secretary'], grant, bob, note='长' * 201), Invalid, 'note')
    await refused(c.handovers.plan(world['worker'], await grant_of(c, world['guest'], Role.MEMBER), bob), NotFound)
    day = clock.now() + timedelta(days=1)
    planned = await c.handovers.plan(world['secretary'], grant, bob, due_at=day)
    await refused(c.handovers.plan(world['secretary'], grant, world['carol'].member_id), Conflict)
    await refused(c.handovers.cancel(world['worker'], planned), NotPermitted)
    await refused(c.handovers.undo(world['secretary'], planned), Conflict)
    await c.jobs.run_due()  # each is told in its turn: what is due at one moment runs side by side
    await c.handovers.cancel(world['secretary'], planned)
    assert '取消' in (await told(c, world['worker']))[-1]
    clock.move(timedelta(days=2))
    await c.jobs.run_due()
    assert await c.policy.may(world['worker'], 'rooms.create', world.community)


async def test_a_week_later_it_stays(container: Container, world: World, clock: MovableClock) -> None:
    c = container
    handover = await c.handovers.plan(
        world['secretary'], await grant_of(c, world['worker'], Role.COMMUNITY_WORKER), world['bob'].member_id)
    clock.move(BACK_WITHIN)
    await refused(c.handovers.undo(world['secretary'], handover), Conflict)
    assert await c.handovers.at(world['secretary'], world.community) == []
    assert await c.policy.may(world['bob'], 'rooms.create', world.community)


async def test_a_term_goes_with_the_office_and_a_holder_keeps_their_own(container: Container, world: World, clock: MovableClock) -> None:
    c, grants = container, t.role_grant.c
    end = clock.now() + timedelta(days=30)

    async def terms(who: str) -> list[Any]:
        return await c.db.read(lambda s: [row.valid_until for row in s.connection().execute(select(grants.valid_until).where(
            grants.member_id == world[who].member_id, grants.role == str(Role.BUILDING_LEAD), grants.revoked_at.is_(None)))])

    await c.community.grant_role(world['worker'], world['lead'].member_id, world.building, Role.BUILDING_LEAD, valid_until=end)
    first = await c.handovers.plan(world['worker'], await grant_of(c, world['lead'], Role.BUILDING_LEAD), world['bob'].member_id)
    assert (await terms('lead'), await terms('bob')) == ([], [end])
    await c.handovers.undo(world['worker'], first)
    assert (await terms('lead'), await terms('bob')) == ([end], [])
    await c.community.grant_role(world['worker'], world['bob'].member_id, world.building, Role.BUILDING_LEAD)
    second = await c.handovers.plan(world['worker'], await grant_of(c, world['lead'], Role.BUILDING_LEAD), world['bob'].member_id)
    assert (await terms('lead'), await terms('bob')) == ([], [None])
    await c.db.write(lambda tx: tx.connection.execute(t.member.update().where(
        t.member.c.id == world['lead'].member_id).values(left_at=tx.now)))
    await refused(c.handovers.undo(world['worker'], second), Conflict)
    assert await terms('bob') == [None]


async def test_who_left_takes_nothing(container: Container, world: World, clock: MovableClock) -> None:
    c = container
    await c.handovers.plan(
        world['secretary'], await grant_of(c, world['worker'], Role.COMMUNITY_WORKER), world['bob'].member_id,
        due_at=clock.now() + timedelta(days=1))
    await c.db.write(lambda tx: tx.connection.execute(t.member.update().where(
        t.member.c.id == world['bob'].member_id).values(left_at=tx.now)))
    clock.move(timedelta(days=1))
    await c.jobs.run_due()
    assert await c.policy.may(world['worker'], 'rooms.create', world.community)
    assert await c.handovers.at(world['secretary'], world.community) == []
