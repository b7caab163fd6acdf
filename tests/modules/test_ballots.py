"""Votes on both databases: who may, what stands, what nobody may see, and that everything counts exactly once."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlmodel import SQLModel

from tests.modules.ballots_world import BUILDING, COMMUNITY, ELSEWHERE, PATHS, World, gathered, world_on
from yunshequ.ballots import tables as t
from yunshequ.ballots.casting import secret_key
from yunshequ.ballots.events import BallotClosed, BallotOpened, BallotTick
from yunshequ.ballots.schemas import Method, OptionDraft, State, Unit, Verdict
from yunshequ.community.acting import Purpose
from yunshequ.community.levels import Level
from yunshequ.core.audit import AuditEntry
from yunshequ.core.errors import Conflict, Invalid, NotFound, NotPermitted
from yunshequ.core.ids import token
from yunshequ.core.policy import Actor, Role
from yunshequ.core.unit import Tx

COLOURS = (OptionDraft(text='红'), OptionDraft(text='绿'), OptionDraft(text='蓝'))


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    async with world_on(database_url) as built:
        yield built


@pytest.fixture
def staff(world: World) -> Actor:
    return world.town.live(1, Role.COMMUNITY_WORKER, PATHS[COMMUNITY])


async def cast(world: World, actor: Actor, ballot_id: int, *options: int, **kwargs: Any) -> Any:
    return await world.ballots.cast(actor, ballot_id, tuple((o, 1) for o in options), **({'client_id': token()} | kwargs))


async def counts(world: World, ballot_id: int) -> list[int]:
    return [row.votes for row in sorted(
        await world.rows(t.tally), key=lambda row: row.option_id) if row.ballot_id == ballot_id]


# who may vote


async def test_each_person_of_the_level_has_one_vote(world: World, staff: Actor) -> None:
    member, verified, owner = world.town.live(11, Role.MEMBER), world.town.live(12), world.town.live(13, Role.OWNER)
    for level, may in ((Level.MEMBER, [1, 1, 1]), (Level.VERIFIED, [0, 1, 1]), (Level.OWNER, [0, 0, 1])):
        ballot_id, (yes, *_) = await world.opened(staff, title=level, level=level)
        assert (await world.ballots.state(staff, ballot_id)).roll.units == sum(may)
        for actor, allowed in zip((member, verified, owner), may, strict=True):
            standing = (await world.ballots.state(actor, ballot_id)).mine
            assert standing.may_vote == bool(allowed)
            if allowed:
                assert (await cast(world, actor, ballot_id, yes)).cast.units >= 1
            else:
                assert '名册' in standing.why
                with pytest.raises(NotPermitted):
                    await cast(world, actor, ballot_id, yes)


async def test_only_those_who_live_at_the_place_are_asked(world: World, staff: Actor) -> None:
    here, there = world.town.live(11), world.town.live(12, path=PATHS[ELSEWHERE])
    ballot_id, (yes, *_) = await world.opened(staff)
    assert (await cast(world, here, ballot_id, yes)).version == 1
    for look in (world.ballots.state(there, ballot_id), cast(world, there, ballot_id, yes)):
        with pytest.raises(NotPermitted):
            await look
    assert await world.ballots.list_open(there) == []
    assert [item.to_do for item in await world.ballots.list_open(here)] == [False]
    assert await world.ballots.to_do(here) == 0
    with pytest.raises(NotFound):
        await world.ballots.state(here, 999_999)


async def test_a_household_has_one_vote_and_says_whose_stands(world: World, staff: Actor) -> None:
    world.town.flat(101, 9000, (11, 12), (11,))
    world.town.flat(102, 9000)
    ballot_id, (yes, no, _) = await world.opened(staff, unit=Unit.HOUSEHOLD)
    alice, bob = Actor(11), Actor(12)
    assert (await world.ballots.state(alice, ballot_id)).roll.units == 2
    await cast(world, alice, ballot_id, yes)
    with pytest.raises(Conflict):
        await cast(world, bob, ballot_id, no)  # bob had not seen alice's vote
    seen = (await world.ballots.state(bob, ballot_id)).mine.units[0]
    assert (seen.by_name, seen.by_me, seen.version, seen.choice) == ('居民11', False, 1, ((yes, 1),))
    changed = await cast(world, bob, ballot_id, no, version=seen.version)
    assert changed.version == 2
    assert await counts(world, ballot_id) == [0, 1, 0]
    assert [(e.member_id, e.version) for e in await world.rows(t.named_vote_entry)] == [(11, 1), (12, 2)]
    assert (await world.ballots.state(alice, ballot_id)).cast.units == 1


async def test_area_and_heads_are_tallied_together(world: World, staff: Actor) -> None:
    world.town.flat(101, 9050, (11,), (11,))
    world.town.flat(102, 8000, (11, 14), (11,))  # the same owner: one head, both areas; 14 is a tenant
    world.town.flat(103, 7000, (13,), (13,))
    ballot_id, (yes, no, _) = await world.opened(staff, unit=Unit.AREA_HEADS, rule='civil_code_278.ordinary')
    state = await world.ballots.state(staff, ballot_id)
    assert (state.roll.units, state.roll.area, state.roll.heads) == (2, 24050, 2)
    assert not (await world.ballots.state(Actor(14), ballot_id)).mine.may_vote
    await cast(world, Actor(11), ballot_id, yes)
    live = await world.ballots.state(Actor(13), ballot_id)
    assert [check.met for check in live.checks] == [True, False, True, True]
    assert live.checks[1].words == '参加业主 1 人，需 2 人（全体 2 人的三分之二以上）：还差 1 人'
    await cast(world, Actor(13), ballot_id, no)
    await world.finish(ballot_id)
    closed = await world.ballots.state(staff, ballot_id)
    assert closed.outcome is not None
    assert closed.outcome.verdict is Verdict.REJECTED  # more than half of the area, only half of the heads
    assert closed.outcome.lines[2] == '同意面积 170.50 平方米，需 120.26 平方米（参加的 240.50 平方米的过半数）：达到'
    assert (closed.options[0].area, closed.options[0].heads) == (17050, 1)


async def test_who_has_two_households_votes_for_each(world: World, staff: Actor) -> None:
    world.town.flat(101, 0, (11,))
    world.town.flat(102, 0, (11,))
    ballot_id, (yes, no, _) = await world.opened(staff, unit=Unit.HOUSEHOLD)
    with pytest.raises(Invalid) as asked:
        await cast(world, Actor(11), ballot_id, yes)
    assert asked.value.field == 'unit'
    await cast(world, Actor(11), ballot_id, yes, unit='h:101')
    await cast(world, Actor(11), ballot_id, no, unit='h:102')
    assert await counts(world, ballot_id) == [1, 1, 0]
    with pytest.raises(NotPermitted):
        await cast(world, Actor(11), ballot_id, yes, unit='h:999')


async def test_the_roll_is_frozen_at_opening(world: World, staff: Actor) -> None:
    world.town.live(11)
    ballot_id, (yes, *_) = await world.opened(staff)
    assert await world.ballots.to_do(Actor(11)) == 1
    late = world.town.live(12)
    standing = (await world.ballots.state(late, ballot_id)).mine
    assert not standing.may_vote
    assert '下一次' in standing.why
    with pytest.raises(NotPermitted) as refused:
        await cast(world, late, ballot_id, yes)
    assert refused.value.rule == 'ballots.roll'
    assert (await world.ballots.state(staff, ballot_id)).roll.units == 1


async def test_who_moved_away_is_refused_although_on_the_roll(world: World, staff: Actor) -> None:
    gone = world.town.live(11)
    ballot_id, (yes, *_) = await world.opened(staff)
    world.town.grants[11] = []
    with pytest.raises(NotPermitted):
        await cast(world, gone, ballot_id, yes)


# casting


async def test_a_double_tap_and_a_retry_count_once(world: World, staff: Actor) -> None:
    actor = world.town.live(11)
    ballot_id, (yes, no, _) = await world.opened(staff)
    both = await gathered(cast(world, actor, ballot_id, yes, version=0), cast(world, actor, ballot_id, yes, version=0))
    assert [one.version for one in both] == [1, 1]
    first = await cast(world, actor, ballot_id, no, client_id='same')
    again = await cast(world, actor, ballot_id, no, client_id='same')
    assert (first.repeated, again.repeated, first.version, again.version) == (False, True, 2, 2)
    assert await counts(world, ballot_id) == [0, 1, 0]
    assert len(await world.rows(t.named_vote_entry)) == 2


async def test_a_retry_after_the_close_is_answered_with_what_was_accepted(world: World, staff: Actor) -> None:
    actor = world.town.live(11)
    ballot_id, (yes, *_) = await world.opened(staff)
    await cast(world, actor, ballot_id, yes, client_id='lost')
    await world.finish(ballot_id)
    assert (await cast(world, actor, ballot_id, yes, client_id='lost')).repeated
    with pytest.raises(Conflict):
        await cast(world, actor, ballot_id, yes, client_id='new')


async def test_two_hundred_of_one_household_at_once_count_once(world: World, staff: Actor) -> None:
    members = tuple(range(100, 300))
    world.town.flat(101, 0, members)
    world.town.flat(102, 0, (301,))
    ballot_id, (yes, no, _) = await world.opened(staff, unit=Unit.HOUSEHOLD)
    results = await gathered(*(cast(world, Actor(m), ballot_id, yes if m % 2 else no) for m in members))
    accepted = [r for r in results if not isinstance(r, Exception)]
    assert len(accepted) == 1
    assert {type(r) for r in results if isinstance(r, Exception)} == {Conflict}
    assert sum(await counts(world, ballot_id)) == 1
    assert (await world.ballots.state(Actor(301), ballot_id)).cast.units == 1


async def test_many_at_once_lose_nothing_and_double_nothing(world: World, staff: Actor) -> None:
    members = [world.town.live(m) for m in range(100, 250)]
    ballot_id, options = await world.opened(staff)
    await gathered(*(cast(world, m, ballot_id, options[m.member_id % 3]) for m in members))
    changed = await gathered(*(cast(world, m, ballot_id, options[0]) for m in members[:60]))
    assert not [r for r in changed if isinstance(r, Exception)]
    expected = [0, 0, 0]
    for index, m in enumerate(members):
        expected[0 if index < 60 else m.member_id % 3] += 1
    assert await counts(world, ballot_id) == expected
    last = [event for event in world.events if isinstance(event, BallotTick)][-1]
    assert last.cast.units == 150
    best = max((e for e in world.events if isinstance(e, BallotTick)), key=lambda e: e.seq)
    assert [n.votes for n in best.counts or ()] == expected


async def test_state_and_events_together_are_the_fresh_state(world: World, staff: Actor) -> None:
    members = [world.town.live(m) for m in range(100, 120)]
    ballot_id, options = await world.opened(staff)
    await gathered(*(cast(world, m, ballot_id, options[0]) for m in members[:5]))
    loaded = await world.ballots.state(staff, ballot_id)
    await gathered(*(cast(world, m, ballot_id, options[1]) for m in members))
    shown = loaded.model_dump(include={'seq', 'cast'}) | {'votes': [o.votes for o in loaded.options]}
    for event in world.events:
        if isinstance(event, BallotTick) and event.seq > shown['seq']:
            shown = {'seq': event.seq, 'cast': event.cast.model_dump(), 'votes': [n.votes for n in event.counts or ()]}
    fresh = await world.ballots.state(staff, ballot_id)
    assert shown == fresh.model_dump(include={'seq', 'cast'}) | {'votes': [o.votes for o in fresh.options]}


@pytest.mark.parametrize(('method', 'extra', 'choice', 'expected'), [
    (Method.MULTIPLE, {'max_choices': 2}, {0: 1, 2: 1}, [(1, 0), (0, 0), (1, 0)]),
    (Method.APPROVAL, {}, {}, [(0, 0), (0, 0), (0, 0)]),
    (Method.SCORE, {'max_score': 5}, {0: 5, 1: 2, 2: 0}, [(1, 5), (1, 2), (0, 0)]),
])
async def test_methods_are_tallied_as_they_are_defined(
    world: World, staff: Actor, method: Method, extra: dict[str, int], choice: dict[int, int], expected: list[tuple[int, int]],
) -> None:
    actor = world.town.live(11)
    ballot_id, options = await world.opened(staff, method=method, options=COLOURS, **extra)
    given = tuple((options[index], value) for index, value in choice.items())
    assert (await world.ballots.cast(actor, ballot_id, given, client_id='a')).cast.units == 1
    state = await world.ballots.state(actor, ballot_id)
    assert [(o.votes, o.score) for o in state.options] == expected
    with pytest.raises(Invalid):
        await world.ballots.cast(actor, ballot_id, ((options[0], 6), (options[1], 1), (options[2], 1)), client_id='b')


# time


async def test_nothing_is_taken_after_the_close_even_if_the_job_is_late(world: World, staff: Actor) -> None:
    actor = world.town.live(11)
    ballot_id, (yes, *_) = await world.opened(staff)
    world.clock.move(timedelta(days=1))
    with pytest.raises(Conflict) as late:
        await cast(world, actor, ballot_id, yes)
    assert '截止' in late.value.words()
    state = await world.ballots.state(actor, ballot_id)
    assert (state.state, state.mine.may_vote) == (State.OPEN, False)
    assert await world.ballots.list_open(actor) == []


async def test_two_runners_close_once(world: World, staff: Actor) -> None:
    actor = world.town.live(11)
    ballot_id, (yes, *_) = await world.opened(staff, room_id=7)
    await world.runner().run_due()
    await cast(world, actor, ballot_id, yes)
    world.clock.move(timedelta(days=1))
    await asyncio.gather(world.runner().run_due(), world.runner().run_due(), world.ballots.close_due(ballot_id))
    assert not await world.ballots.close_due(ballot_id)
    closed = [event for event in world.events if isinstance(event, BallotClosed)]
    assert [event.verdict for event in closed] == [Verdict.PASSED]
    assert len([a for a in await world.rows(AuditEntry.__table__) if a.action == 'ballots.close']) == 1
    assert list(world.posts.cards.values()) == [
        (7, 'ballot', ballot_id, '表决开始：要不要装充电桩'), (7, 'ballot', ballot_id, '表决结果：要不要装充电桩')]


async def test_a_close_is_refused_before_its_time(world: World, staff: Actor) -> None:
    world.town.live(11)
    ballot_id, _ = await world.opened(staff)
    assert not await world.ballots.close_due(ballot_id)


async def test_it_opens_by_job_on_time(world: World, staff: Actor) -> None:
    actor = world.town.live(11)
    opens = world.clock.now() + timedelta(hours=1)
    ballot_id = await world.ballots.create(staff, world.draft(opens_at=opens))
    state = await world.ballots.state(actor, ballot_id)
    yes = state.options[0].id
    assert (state.state, state.results_visible, state.options[0].votes) == (State.DRAFT, False, None)
    with pytest.raises(Conflict):
        await cast(world, actor, ballot_id, yes)
    assert await world.runner().run_due() == 0
    late = world.town.live(12)  # joins before the opening: on the roll
    world.clock.move(timedelta(hours=1))
    await world.runner().run_due()
    await world.runner().run_due()
    assert (await cast(world, late, ballot_id, yes)).cast.units == 1
    assert [e.roll.units for e in world.events if isinstance(e, BallotOpened)] == [2]
    with pytest.raises(Conflict):
        await world.ballots.open(staff, ballot_id)


async def test_what_is_called_off_has_no_result(world: World, staff: Actor) -> None:
    actor = world.town.live(11)
    ballot_id, (yes, *_) = await world.opened(staff, secret=True)
    await cast(world, actor, ballot_id, yes, receipt=token())
    with pytest.raises(Invalid):
        await world.ballots.cancel(staff, ballot_id, '  ')
    await world.ballots.cancel(staff, ballot_id, '方案要改')
    with pytest.raises(Conflict):
        await cast(world, actor, ballot_id, yes, receipt=token())
    await world.finish(ballot_id)
    state = await world.ballots.state(actor, ballot_id)
    assert (state.state, state.outcome, state.cancel_reason) == (State.CANCELLED, None, '方案要改')
    assert await world.rows(t.secret_vote) == []
    with pytest.raises(Conflict):
        await world.ballots.cancel(staff, ballot_id, '再取消')


# secrecy


async def test_nobody_sees_a_secret_result_before_the_close(world: World, staff: Actor) -> None:
    admin = world.town.live(2, Role.ADMIN, PATHS[1])
    actor = world.town.live(11)
    ballot_id, (yes, *_) = await world.opened(staff, secret=True)
    await cast(world, actor, ballot_id, yes, receipt=token())
    for who in (admin, staff, actor):
        state = await world.ballots.state(who, ballot_id)
        assert not state.results_visible
        assert {(o.votes, o.area, o.heads, o.score) for o in state.options} == {(None, None, None, None)}
        assert state.cast.units == 1
        with pytest.raises((Conflict, NotPermitted)):
            await world.ballots.export_csv(who, ballot_id)
    assert {row.votes for row in await world.rows(t.tally)} == {0}
    ticks = [event for event in world.events if isinstance(event, BallotTick)]
    assert [tick.counts for tick in ticks] == [None]
    await world.finish(ballot_id)
    state = await world.ballots.state(actor, ballot_id)
    assert [o.votes for o in state.options] == [1, 0, 0]
    assert state.outcome is not None
    assert state.outcome.verdict is Verdict.PASSED


async def test_a_secret_vote_is_changed_only_with_its_token(world: World, staff: Actor) -> None:
    world.town.flat(101, 0, (11, 12))
    world.town.flat(102, 0, (13,))
    ballot_id, (yes, no, _) = await world.opened(staff, secret=True, unit=Unit.HOUSEHOLD)
    mine, other = token(), token()
    first = await cast(world, Actor(11), ballot_id, yes, receipt=mine)
    assert (await cast(world, Actor(11), ballot_id, yes, receipt=mine)).repeated
    assert first.cast.units == 1
    for actor, key in ((Actor(12), other), (Actor(11), other)):
        with pytest.raises(Conflict):
            await cast(world, actor, ballot_id, no, receipt=key)
    with pytest.raises(Invalid):
        await cast(world, Actor(13), ballot_id, no, receipt=mine)  # another unit, somebody's used token
    with pytest.raises(Invalid):
        await cast(world, Actor(13), ballot_id, no, receipt='short')
    assert (await cast(world, Actor(11), ballot_id, no, receipt=mine)).cast.units == 1
    assert (await world.ballots.state(Actor(11), ballot_id, receipt=mine)).mine.units[0].choice == ((no, 1),)
    assert (await world.ballots.state(Actor(11), ballot_id)).mine.units[0].choice is None
    await world.finish(ballot_id)
    assert await counts(world, ballot_id) == [0, 1, 0]
    assert (await cast(world, Actor(11), ballot_id, no, receipt=mine)).repeated
    with pytest.raises(Conflict):
        await cast(world, Actor(11), ballot_id, yes, receipt=mine)


async def test_many_secret_votes_with_lost_replies_count_once_each(world: World, staff: Actor) -> None:
    members = [world.town.live(m) for m in range(100, 180)]
    ballot_id, options = await world.opened(staff, secret=True)
    keys = {m.member_id: token() for m in members}
    requests = [cast(world, m, ballot_id, options[m.member_id % 3], receipt=keys[m.member_id]) for m in members for _ in range(2)]
    assert not [r for r in await gathered(*requests) if isinstance(r, Exception)]
    assert (await world.ballots.state(staff, ballot_id)).cast.units == 80
    await world.finish(ballot_id)
    assert sum(await counts(world, ballot_id)) == 80
    assert {row.key for row in await world.rows(t.secret_vote)} == {secret_key(ballot_id, key) for key in keys.values()}


def test_the_secret_table_has_nothing_to_join_a_voter_by() -> None:
    columns = {column.name: str(column.type) for column in t.secret_vote.columns}
    assert columns.keys() == {'key', 'ballot_id', 'choice'}
    assert [column.name for column in t.secret_vote.primary_key] == ['key']
    others = [table for table in SQLModel.metadata.tables.values() if table is not t.secret_vote]
    assert not [
        (table.name, column.name) for table in others for column in table.columns
        if any(key.column.table is t.secret_vote for key in column.foreign_keys) or column.name.startswith('secret_')
    ]
    assert not [column for column in t.roll.columns if 'at' in column.name.split('_') or 'time' in column.name]


async def test_nothing_stored_links_voter_time_and_choice(world: World, staff: Actor) -> None:
    actor, _ = world.town.live(11), world.town.live(12)
    ballot_id, (yes, *_) = await world.opened(staff, secret=True)
    world.clock.move(timedelta(minutes=7))
    key = token()
    await cast(world, actor, ballot_id, yes, receipt=key)
    assert await world.rows(t.named_vote) == []
    assert await world.rows(t.named_vote_entry) == []
    at_that_time = [entry for entry in await world.rows(AuditEntry.__table__) if entry.at == world.clock.now()]
    assert at_that_time == []
    ours = [table for table in t.ballot.metadata.sorted_tables if table.name.startswith('ballot')]
    stored = [str(row) for table in ours for row in await world.rows(table)]
    assert not [row for row in stored if key in row]
    assert len([row for row in stored if secret_key(ballot_id, key) in row]) == 1
    if world.db.is_sqlite:
        made = await world.db.read(lambda s: s.connection().execute(
            text("SELECT sql FROM sqlite_master WHERE name = 'ballot_secret_vote'")).scalar_one())
        assert 'WITHOUT ROWID' in made
    else:
        await world.finish(ballot_id)
        stamps = await world.db.read(lambda s: (
            s.connection().execute(text('SELECT DISTINCT xmin::text FROM ballot_secret_vote')).scalars().all(),
            s.connection().execute(text('SELECT DISTINCT xmin::text FROM ballot_roll')).scalars().all(),
        ))
        assert stamps[0] == stamps[1]
        assert len(stamps[0]) == 1


async def test_my_votes_show_what_may_be_shown(world: World, staff: Actor) -> None:
    actor = world.town.live(11)
    named, (yes, *_) = await world.opened(staff, title='记名')
    secret, (also, *_) = await world.opened(staff, title='无记名', secret=True)
    await cast(world, actor, named, yes)
    await cast(world, actor, secret, also, receipt=token())
    mine = await world.ballots.my_votes(actor)
    assert [(vote.ballot.title, vote.choice_words) for vote in mine] == [
        ('无记名', '无记名：选择只保存在投票的设备上'), ('记名', '同意')]
    assert mine[0].at is None


# staff


async def test_only_staff_of_the_place_prepare_and_open(world: World, staff: Actor) -> None:
    resident = world.town.live(11)
    foreign = world.town.live(12, Role.COMMUNITY_WORKER, PATHS[ELSEWHERE])
    for who in (resident, foreign):
        with pytest.raises(NotPermitted):
            await world.ballots.create(who, world.draft())
    ballot_id = await world.ballots.create(staff, world.draft())
    assert [item.id for item in await world.ballots.list_prepared(staff)] == [ballot_id]
    assert await world.ballots.list_open(resident) == []
    for act in (world.ballots.open(foreign, ballot_id), world.ballots.cancel(resident, ballot_id, '不'),
                world.ballots.export_csv(resident, ballot_id)):
        with pytest.raises(NotPermitted):
            await act
    world.town.grants[1] = []  # demoted with the page still open
    with pytest.raises(NotPermitted):
        await world.ballots.open(staff, ballot_id)
    with pytest.raises(NotPermitted):
        await world.ballots.export_csv(staff, ballot_id)


async def test_the_same_draft_sent_twice_is_one_vote(world: World, staff: Actor) -> None:
    draft = world.draft(client_id='once')
    first, second = await asyncio.gather(world.ballots.create(staff, draft), world.ballots.create(staff, draft))
    assert first == second
    assert len(await world.rows(t.option)) == 3


async def test_a_roll_without_voters_is_not_opened(world: World, staff: Actor) -> None:
    ballot_id = await world.ballots.create(staff, world.draft())
    with pytest.raises(Conflict):
        await world.ballots.open(staff, ballot_id)
    assert (await world.ballots.state(staff, ballot_id)).state is State.DRAFT


@pytest.mark.parametrize(('changes', 'field'), [
    ({'title': ' '}, 'title'), ({'title': '长' * 81}, 'title'), ({'options': COLOURS[:1]}, 'options'),
    ({'options': (*COLOURS, COLOURS[0])}, 'options'), ({'rule': 'nonsense.rule'}, 'rule'),
    ({'unit': Unit.AREA_HEADS, 'secret': True}, 'secret'),
    ({'unit': Unit.AREA_HEADS, 'rule': 'residents_assembly.decision'}, 'rule'),
    ({'unit': Unit.HOUSEHOLD, 'level': Level.MEMBER}, 'level'), ({'method': Method.SCORE, 'options': COLOURS}, 'max_score'),
    ({'method': Method.MULTIPLE, 'options': COLOURS, 'max_choices': 4}, 'max_choices'), ({'method': Method.APPROVAL}, 'options'),
    ({'method': Method.SCORE, 'options': COLOURS, 'max_score': 5, 'rule': 'consultation.majority'}, 'rule'),
])
async def test_a_draft_that_makes_no_sense_is_refused_at_its_field(
    world: World, staff: Actor, changes: dict[str, Any], field: str,
) -> None:
    with pytest.raises(Invalid) as refused:
        await world.ballots.create(staff, world.draft(**changes))
    assert refused.value.field == field


async def test_a_draft_closing_in_the_past_is_refused(world: World, staff: Actor) -> None:
    for changes in ({'closes_at': world.clock.now()}, {'closes_at': world.clock.now() + timedelta(days=400)},
                    {'opens_at': world.clock.now() - timedelta(hours=2)}):
        with pytest.raises(Invalid):
            await world.ballots.create(staff, world.draft(**changes))


async def test_csv_holds_every_named_vote_and_no_formula(world: World, staff: Actor) -> None:
    world.town.flat(101, 9050, (11,), (11,))
    ballot_id, (_, plus, *_) = await world.opened(
        staff, unit=Unit.HOUSEHOLD, title='=HYPERLINK("http://x")', options=(OptionDraft(text='红'), OptionDraft(text='+1')))
    await cast(world, Actor(11), ballot_id, plus)
    content = await world.ballots.export_csv(staff, ballot_id)
    rows = list(csv.reader(io.StringIO(content.removeprefix('\ufeff'))))
    assert content.startswith('\ufeff')
    assert rows[0] == ['表决', "'=HYPERLINK(\"http://x\")"]
    assert rows[-1] == ['3栋-101', '居民11', "'+1"]
    assert not [value for row in rows for value in row if value.startswith(('=', '+', '-', '@'))]
    assert [a.action for a in await world.rows(AuditEntry.__table__)][-1] == 'ballots.export'


async def test_csv_of_a_secret_vote_names_nobody(world: World, staff: Actor) -> None:
    actor = world.town.live(11)
    ballot_id, (yes, *_) = await world.opened(staff, secret=True)
    key = token()
    await cast(world, actor, ballot_id, yes, receipt=key)
    await world.finish(ballot_id)
    content = await world.ballots.export_csv(staff, ballot_id)
    assert '居民11' not in content
    assert f'{secret_key(ballot_id, key)},同意' in content


async def test_lists_say_what_was_decided(world: World, staff: Actor) -> None:
    actor = world.town.live(11)
    ballot_id, (yes, *_) = await world.opened(staff, topic_id=5)
    assert await world.ballots.is_voting_on(5)
    await cast(world, actor, ballot_id, yes)
    await world.finish(ballot_id)
    assert [(item.id, item.words, item.voted) for item in await world.ballots.list_decided(actor)] == [(ballot_id, '表决通过', True)]
    assert [item.id for item in await world.ballots.of_topic(actor, 5)] == [ballot_id]
    assert not await world.ballots.is_voting_on(5)
    building = world.town.live(20, Role.BUILDING_LEAD, PATHS[BUILDING])
    assert await world.ballots.list_decided(building) == []


async def test_in_english_the_result_is_english(world: World, staff: Actor) -> None:
    actor = world.town.live(11)
    ballot_id, (yes, *_) = await world.opened(staff, unit=Unit.PERSON, rule='consultation.two_thirds_present')
    await cast(world, actor, ballot_id, yes)
    await world.finish(ballot_id)
    outcome = (await world.ballots.state(Actor(11, locale='en'), ballot_id)).outcome
    assert outcome is not None
    assert outcome.words == 'Adopted'
    assert 'took part' in outcome.lines[0]
    assert await world.db.read(lambda s: s.connection().execute(select(t.ballot.c.state)).scalar()) == State.CLOSED


# acting for others


class Daughters:
    """Who acts for whom, and what was written down."""

    def __init__(self, **helped: int) -> None:
        self.helped = {int(helper.strip('_')): principal for helper, principal in helped.items()}
        self.noted: list[tuple[int, int, str]] = []

    async def principals(self, helper_id: int, purpose: Purpose) -> list[int]:
        return [self.helped[helper_id]] if helper_id in self.helped and purpose is Purpose.VOTE else []

    def record(self, tx: Tx, principal_id: int, helper_id: int, purpose: Purpose, subject: str, words: str) -> None:
        if self.helped.get(helper_id) != principal_id:
            raise NotPermitted('taken back', rule='community.acting')
        self.noted.append((principal_id, helper_id, subject))


async def test_a_daughter_votes_for_her_mother_and_everybody_sees_who_did(world: World, staff: Actor) -> None:
    mother, daughter = world.town.live(11), world.town.live(12, Role.MEMBER)
    ballot_id, (yes, no, *_) = await world.opened(staff)
    with pytest.raises(NotPermitted):
        await cast(world, daughter, ballot_id, yes, principal_id=mother.member_id)
    world.ballots.helpers = daughters = Daughters(_12=11)
    (unit,) = (await world.ballots.state(daughter, ballot_id)).mine.units
    assert (unit.principal_id, unit.voted) == (mother.member_id, False)
    await cast(world, daughter, ballot_id, yes, principal_id=mother.member_id, unit=unit.unit)
    assert daughters.noted == [(11, 12, f'ballot:{ballot_id}')]
    assert '代办' in (await world.ballots.votes(staff, ballot_id))[0].name
    assert (await world.ballots.state(mother, ballot_id)).mine.units[0].helper_name is not None
    await cast(world, mother, ballot_id, no)  # her own word stands for it
    assert (await world.ballots.state(mother, ballot_id)).mine.units[0].helper_name is None
    assert await counts(world, ballot_id) == [0, 1, 0]
    daughters.helped.clear()
    with pytest.raises(NotPermitted):
        await cast(world, daughter, ballot_id, yes, principal_id=mother.member_id, version=2)
    assert await counts(world, ballot_id) == [0, 1, 0]


async def test_neither_a_secret_vote_nor_a_rule_that_forbids_it_can_be_given_for_others(world: World, staff: Actor) -> None:
    world.town.flat(1, 5000, (11,), (11,))
    daughter = world.town.live(12, Role.MEMBER)
    world.ballots.helpers = Daughters(_12=11)
    secret, (yes, *_) = await world.opened(staff, secret=True)
    by_law, (for_it, *_) = await world.opened(staff, unit=Unit.AREA_HEADS, rule='civil_code_278.ordinary')
    for ballot_id, option in ((secret, yes), (by_law, for_it)):
        with pytest.raises(NotPermitted) as refused:
            await cast(world, daughter, ballot_id, option, principal_id=11, receipt=token())
        assert refused.value.rule == 'ballots.helper'
        assert (await world.ballots.state(daughter, ballot_id)).mine.units == ()
