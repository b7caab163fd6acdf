"""Good order: acts that end and can be taken back, reports, appeals, review, modes, limits, removal by two; on both databases."""

from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from tests.conftest import World
from yunshequ.bootstrap import Container
from yunshequ.core.audit import AuditEntry
from yunshequ.core.clock import MovableClock
from yunshequ.core.errors import AppError, Blocked, Conflict, Invalid, NotFound, NotPermitted, TooMany
from yunshequ.core.policy import Actor
from yunshequ.rooms.events import MessagePosted, OrderChanged, StandingChanged
from yunshequ.rooms.limits import limits
from yunshequ.rooms.order_schemas import ActKind, CaseState, Outcome, Reason
from yunshequ.rooms.schemas import MessageKind, MessageView, PostDraft, RoomKind, RoomMode
from yunshequ.rooms.words import WordAction

INSULT = '你这个人真不要脸'


async def say(c: Container, actor: Actor, room_id: int, body: str, **more: Any) -> MessageView:
    return await c.rooms.post(actor, PostDraft(
        room_id=room_id, body=body, client_id=more.pop('client_id', '') or f'order-{actor.member_id}-{abs(hash(body))}', **more))


async def sees(c: Container, actor: Actor, room_id: int) -> list[str]:
    return [m.body for m in (await c.rooms.open_room(actor, room_id)).messages if m.kind is MessageKind.TEXT and not m.recalled]


async def told(c: Container, actor: Actor) -> list[str]:
    """Return what 小栖 told somebody."""
    await c.jobs.run_due()
    chat = await c.assistant.open_chat(actor)
    return [m.body for m in (await c.rooms.open_room(actor, chat.id)).messages]


async def refused(deed: Awaitable[Any], rule: str) -> AppError:
    with pytest.raises(AppError) as caught:
        await deed
    assert caught.value.rule == rule
    return caught.value


async def audited(c: Container, action: str) -> list[dict[str, Any]]:
    def query(session: Session) -> list[dict[str, Any]]:
        return [row.detail for row in session.exec(select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id))]

    return await c.db.read(query)


async def test_a_mute_says_why_and_until_when_and_ends_by_itself(container: Container, world: World, clock: MovableClock) -> None:
    room, alice = world.room.id, world['alice']
    heard: list[StandingChanged] = []
    container.bus.subscribe(f'room:{room}', lambda event: heard.append(event) if isinstance(event, StandingChanged) else None)
    await container.rooms.acts.mute(world['grid'], room, alice.member_id, 60, Reason.ABUSE, '骂人')
    refusal = await refused(say(container, alice, room, '我还要说'), 'rooms.muted')
    assert '10:00' in refusal.words()
    standing = await container.rooms.standing(alice, room)
    assert (standing.may_post, standing.closed) == (False, refusal.words())
    assert await say(container, world['bob'], room, '别人照常')
    assert await say(container, alice, world.community_room.id, '别的群照常')
    [words] = await told(container, alice)
    for part in ('景和园3栋楼栋群', '10:00', '辱骂', '骂人', '申诉'):
        assert part in words
    clock.move(timedelta(minutes=60))
    assert await say(container, alice, room, '时间到了')
    assert '已到期' in ''.join(await told(container, alice))
    assert [event.member_id for event in heard] == [alice.member_id] * 2
    assert (await audited(container, 'rooms.mute'))[0]['reason'] == 'abuse'


async def test_a_mute_is_lifted_early(container: Container, world: World) -> None:
    room, alice = world.room.id, world['alice']
    act = await container.rooms.acts.mute(world['grid'], room, alice.member_id, 60, Reason.SPAM)
    await container.rooms.acts.undo(world['worker'], act, '弄错人了')
    await container.rooms.acts.undo(world['worker'], act, '再点一次')
    assert await say(container, alice, room, '谢谢')
    assert '弄错人了' in ''.join(await told(container, alice))
    assert len(await audited(container, 'rooms.undo_mute')) == 1


async def test_a_recall_is_taken_back_whole_also_for_who_was_away(container: Container, world: World) -> None:
    room, bob = world.room.id, world['bob']
    first = await say(container, bob, room, INSULT)
    act = await container.rooms.acts.recall(world['grid'], room, first.seq, Reason.ABUSE)
    away = (await container.rooms.open_room(world['alice'], room)).room.last_seq
    shown = (await container.rooms.around(world['alice'], room, first.seq))[-2]
    assert (shown.recalled, shown.struck, shown.body) == (True, True, '')
    assert (await container.rooms.rooms_of(bob))[0].last_line.endswith('一条消息已由管理人员撤回')
    with pytest.raises(NotFound):
        await container.rooms.acts.recall(world['worker'], room, first.seq, Reason.ABUSE)
    await container.rooms.acts.undo(world['grid'], act)
    assert await sees(container, world['alice'], room) == [INSULT]
    [entry] = [m for m in (await container.rooms.since(world['alice'], room, away))[0] if m.kind is MessageKind.RESTORE]
    assert entry.restored is not None
    assert (entry.target, entry.restored.body, entry.restored.recalled) == (first.seq, INSULT, False)
    assert INSULT in (await container.rooms.rooms_of(bob))[0].last_line
    again = await container.rooms.acts.recall(world['grid'], room, first.seq, Reason.ABUSE)
    assert again != act
    assert await sees(container, world['alice'], room) == []


async def test_only_moderators_of_the_place_act_and_never_on_staff_or_themselves(container: Container, world: World) -> None:
    room, alice = world.room.id, world['alice']
    first = await say(container, world['bob'], room, INSULT)
    acts = container.rooms.acts
    for who in ('alice', 'lead', 'other_worker', 'stranger'):
        for deed in (
            lambda a=world[who]: acts.mute(a, room, alice.member_id, 10, Reason.ABUSE), lambda a=world[who]: acts.in_room(a, room),
            lambda a=world[who]: acts.recall(a, room, first.seq, Reason.ABUSE),
            lambda a=world[who]: container.rooms.order.set_mode(a, room, RoomMode.STAFF),
            lambda a=world[who]: container.rooms.removals.propose(a, room, alice.member_id, Reason.ABUSE),
        ):
            with pytest.raises(NotPermitted):
                await deed()
    await refused(acts.mute(world['grid'], room, world['worker'].member_id, 10, Reason.ABUSE), 'rooms.act_on_staff')
    with pytest.raises(NotFound):
        await acts.mute(world['grid'], room, world['carol'].member_id, 10, Reason.ABUSE)
    for minutes in (0, limits().mute.longest_minutes + 1):
        with pytest.raises(Invalid):
            await acts.mute(world['grid'], room, alice.member_id, minutes, Reason.ABUSE)
    with pytest.raises(Invalid):
        await acts.mute(world['grid'], room, alice.member_id, 10, Reason.OTHER)


async def test_several_reports_are_one_case_and_one_moderator_has_it(container: Container, world: World) -> None:
    room, reports = world.room.id, container.rooms.reports
    heard: list[OrderChanged] = []
    container.bus.subscribe('order:', heard.append)
    first = await say(container, world['bob'], room, INSULT)
    for who, note in (('alice', ''), ('lead', '每天都骂'), ('alice', '再报一次')):
        await container.rooms.report(world[who], room, first.seq, Reason.ABUSE, note)
    await container.rooms.recall(world['bob'], room, first.seq)  # the evidence stays
    [case] = await reports.cases(world['grid'], world.building)
    assert (case.body, case.reports, case.notes, case.recalled) == (INSULT, 2, ('每天都骂',), True)
    assert str(world['alice'].member_id) not in str(case.model_dump(exclude={'id', 'room_id', 'seq', 'opened_at', 'due_at', 'member'}))
    assert len(heard) == 2
    await reports.claim(world['grid'], case.id)
    await refused(reports.claim(world['worker'], case.id), 'rooms.claimed')
    await refused(reports.decide(world['worker'], case.id, Outcome.NONE), 'rooms.claim_first')
    [shown] = await reports.cases(world['worker'], world.community)
    assert shown.state is CaseState.CLAIMED
    assert shown.claimed_by is not None
    assert shown.claimed_by.id == world['grid'].member_id
    await reports.unclaim(world['grid'], case.id)
    await reports.claim(world['worker'], case.id)
    await reports.decide(world['worker'], case.id, Outcome.BOTH, Reason.ABUSE, minutes=60)
    assert await reports.cases(world['worker'], world.community) == []
    await refused(say(container, world['bob'], room, '凭什么'), 'rooms.muted')
    assert '禁言' in ''.join(await told(container, world['alice']))
    assert '举报已处理' in ''.join(await told(container, world['lead']))
    for words in await told(container, world['bob']):
        assert 'alice' not in words
        assert 'lead' not in words
    [mine] = await reports.mine(world['alice'])
    assert (mine.state, mine.outcome) == (CaseState.DECIDED, Outcome.BOTH)


async def test_who_is_concerned_decides_nothing_and_reports_are_limited(container: Container, world: World) -> None:
    room, reports = world.room.id, container.rooms.reports
    own = await say(container, world['worker'], room, '我说的话')
    other = await say(container, world['bob'], room, INSULT)
    await container.rooms.report(world['alice'], room, own.seq, Reason.OTHER, '听不惯')
    await container.rooms.report(world['worker'], room, other.seq, Reason.ABUSE)
    assert await reports.cases(world['worker'], world.building) == []
    first, second = await reports.cases(world['grid'], world.building)
    for case in (first, second):
        await refused(reports.claim(world['worker'], case.id), 'rooms.own_case')
    await refused(container.rooms.report(world['bob'], room, other.seq, Reason.ABUSE), 'rooms.report_other')
    with pytest.raises(NotFound):
        await container.rooms.report(world['carol'], room, other.seq, Reason.ABUSE)
    with pytest.raises(NotPermitted):
        await reports.cases(world['other_worker'], world.building)
    with pytest.raises(TooMany):
        for _again in range(limits().reports.most + 1):
            await container.rooms.report(world['lead'], room, other.seq, Reason.ABUSE)


async def test_a_stale_claim_is_taken_over_and_a_late_reporter_is_told(container: Container, world: World, clock: MovableClock) -> None:
    room, reports = world.room.id, container.rooms.reports
    first = await say(container, world['bob'], room, INSULT)
    await container.rooms.report(world['alice'], room, first.seq, Reason.ABUSE)
    [case] = await reports.cases(world['grid'], world.building)
    await reports.claim(world['grid'], case.id)
    clock.move(timedelta(minutes=limits().reports.claim_minutes + 1))
    await reports.claim(world['worker'], case.id)
    await reports.decide(world['worker'], case.id, Outcome.NONE)
    await container.rooms.report(world['lead'], room, first.seq, Reason.ABUSE)
    assert await reports.cases(world['grid'], world.building) == []
    assert '没有发现违规' in ''.join(await told(container, world['lead']))


@pytest.mark.parametrize('upheld', [True, False])
async def test_an_appeal_goes_to_another_moderator(container: Container, world: World, upheld: bool) -> None:
    room, bob, appeals = world.room.id, world['bob'], container.rooms.appeals
    first = await say(container, bob, room, INSULT)
    act = await container.rooms.acts.recall(world['grid'], room, first.seq, Reason.ABUSE)
    with pytest.raises(NotFound):
        await appeals.appeal(world['alice'], act, '替他说句话')
    with pytest.raises(Invalid):
        await appeals.appeal(bob, act, ' ')
    await appeals.appeal(bob, act, '我在念台词')
    with pytest.raises(Conflict):
        await appeals.appeal(bob, act, '再说一次')
    [own] = await appeals.waiting(world['grid'], world.building)
    assert own.mine
    await refused(appeals.decide(world['grid'], act, upheld=True, answer='维持'), 'rooms.appeal_other')
    with pytest.raises(NotPermitted):
        await appeals.decide(world['other_worker'], act, upheld=False, answer='可以')
    with pytest.raises(Invalid):
        await appeals.decide(world['worker'], act, upheld=upheld, answer='')
    await appeals.decide(world['worker'], act, upheld=upheld, answer='看过上下文')
    with pytest.raises(Conflict):
        await appeals.decide(world['secretary'], act, upheld=upheld, answer='晚了')
    assert await appeals.waiting(world['worker'], world.building) == []
    assert await sees(container, world['alice'], room) == ([] if upheld else [INSULT])
    assert '看过上下文' in ''.join(await told(container, bob))
    [mine] = await container.rooms.acts.mine(bob)
    assert mine.by is None
    assert mine.appeal is not None
    assert (mine.appeal.upheld, mine.body) == (upheld, INSULT)


async def test_modes_hold_from_the_next_message_on(container: Container, world: World) -> None:
    room, order = world.room.id, container.rooms.order
    await order.set_mode(world['grid'], room, RoomMode.STAFF)
    await refused(say(container, world['alice'], room, '现在呢'), 'rooms.mode_staff')
    assert await say(container, world['lead'], room, '楼栋长可以')
    await order.set_mode(world['grid'], room, RoomMode.READ_ONLY)
    await refused(say(container, world['lead'], room, '楼栋长也不行'), 'rooms.mode_read_only')
    assert await say(container, world['lead'], room, '停水通知', kind=MessageKind.NOTICE)
    assert not (await container.rooms.standing(world['worker'], room)).may_post
    await order.set_mode(world['grid'], room, RoomMode.OPEN)
    await order.set_slow(world['grid'], room, 60)
    assert await say(container, world['alice'], room, '第一句')
    with pytest.raises(TooMany):
        await say(container, world['alice'], room, '第二句')
    assert await say(container, world['bob'], room, '别人的第一句')
    for text in ('楼栋长不限', '楼栋长还是不限'):
        assert await say(container, world['lead'], room, text)
    await order.set_slow(world['grid'], room, 0)
    assert await say(container, world['alice'], room, '第二句来了')
    with pytest.raises(Invalid):
        await order.set_slow(world['grid'], room, 3601)
    assert await audited(container, 'rooms.mode') == [{'mode': 'staff'}, {'mode': 'read_only'}, {'mode': 'open'}]


async def held_word(c: Container, world: World) -> None:
    await c.rooms.words.add_term(world['worker'], world.community, '集体退费', '待核实')
    await c.rooms.words.set_action(world['worker'], world.community, '待核实', WordAction.HOLD)


async def test_a_held_message_is_seen_by_its_writer_and_released_to_all(container: Container, world: World) -> None:
    room, held, alice = world.room.id, container.rooms.held, world['alice']
    await held_word(container, world)
    for _retry in range(2):
        view = await say(container, alice, room, '明天去集体退费吧', client_id='held-0001')
        assert (view.held, view.seq) == (True, 0)
    assert await sees(container, world['bob'], room) == []
    [mine] = await held.mine(alice, room)
    assert await held.mine(world['bob'], room) == []
    [waiting] = await held.waiting(world['grid'], world.building)
    assert (waiting.id, waiting.body, waiting.term) == (mine.id, '明天去集体退费吧', '集体退费')
    await say(container, world['bob'], room, '中间一句')
    for who in ('alice', 'other_worker'):
        with pytest.raises(NotPermitted):
            await held.release(world[who], mine.id)
    await held.release(world['grid'], mine.id)
    with pytest.raises(Conflict):
        await held.refuse(world['worker'], mine.id, Reason.RUMOUR)
    assert await sees(container, world['bob'], room) == ['中间一句', '明天去集体退费吧']
    [bobs] = [line for line in await container.rooms.rooms_of(world['bob']) if line.id == room]
    assert bobs.unread == 1
    assert '已通过审核' in ''.join(await told(container, alice))
    assert (await say(container, alice, room, '明天去集体退费吧', client_id='held-0001')).held  # an outbox that asks again
    assert await held.waiting(world['grid'], world.building) == []
    with pytest.raises(Blocked):
        await container.rooms.check_words(world.building, '集体退费')


async def test_a_refused_message_can_be_appealed_and_then_goes_out(container: Container, world: World) -> None:
    room, held, alice = world.room.id, container.rooms.held, world['alice']
    await held_word(container, world)
    await say(container, alice, room, '集体退费的通知是真的')
    [waiting] = await held.waiting(world['grid'], world.building)
    await held.refuse(world['grid'], waiting.id, Reason.RUMOUR, '没有这回事')
    assert await held.mine(alice, room) == []
    assert '没有这回事' in ''.join(await told(container, alice))
    [act] = await container.rooms.acts.mine(alice)
    assert (act.kind, act.body) == (ActKind.REFUSE, '集体退费的通知是真的')
    await container.rooms.appeals.appeal(alice, act.id, '公告栏上有')
    await container.rooms.appeals.decide(world['worker'], act.id, upheld=False, answer='核实过，是真的')
    assert await sees(container, world['bob'], room) == ['集体退费的通知是真的']


async def test_the_same_again_and_again_in_many_rooms(container: Container, world: World, clock: MovableClock) -> None:
    alice, rooms = world['alice'], (world.room.id, world.community_room.id)
    rule = limits().duplicates
    for n in range(rule.same):
        await say(container, alice, rooms[n % 2], f'家政保洁，随叫随到{"！" * n}', client_id=f'same-000{n}')
    await refused(say(container, alice, rooms[0], '家政 保洁，随叫 随到～', client_id='same-more'), 'rooms.duplicates')
    await say(container, alice, rooms[0], '家政保洁，随叫随到', client_id='same-0000')  # a retry of the first
    await say(container, alice, rooms[0], '今天的云真好看')
    for n in range(6):
        await say(container, alice, rooms[0], '收到', client_id=f'short-000{n}')
    clock.move(timedelta(minutes=rule.minutes + 1))
    await say(container, alice, rooms[0], '家政保洁，随叫随到', client_id='same-late')
    said = [body for room in rooms for body in await sees(container, world['bob'], room) if body.startswith('家政')]
    assert len(said) == rule.same + 1  # neither the refused one nor the retry


async def test_a_restart_and_another_process_know_what_was_said(container: Container, world: World, clock: MovableClock) -> None:
    rule, alice, room = limits().duplicates, world['alice'], world.room.id
    for n in range(rule.same):
        await say(container, alice, room, '家政保洁随叫随到', client_id=f'before-{n}')
    anew = Container(container.settings, clock=clock)
    await anew.db.start()
    try:
        await anew.rooms.gate.remember()
        await refused(say(anew, alice, world.community_room.id, '家政保洁，随叫随到', client_id='after-01'), 'rooms.duplicates')
        for event in [
            MessagePosted(room_id=room, room_kind=RoomKind.BUILDING, place_id=world.building, message=MessageView(
                id=0, room_id=room, seq=90 + n, n=90 + n, kind=MessageKind.TEXT, sender=await container.community.card(world['bob'].member_id),
                at=clock.now(), client_id=f'elsewhere-{n}', body='电动车出租一天十元')) for n in range(rule.same)]:
            anew.rooms.gate.heard(event)
        await refused(say(anew, world['bob'], room, '电动车出租，一天十元', client_id='after-02'), 'rooms.duplicates')
        assert await say(anew, world['bob'], room, '今天下午停水吗请问一下', client_id='after-03')
        clock.move(timedelta(minutes=rule.minutes, seconds=1))
        assert await say(anew, alice, room, '家政保洁随叫随到', client_id='after-04')
        anew.rooms.gate._repeats._said.clear()
        await anew.rooms.gate.remember()
        assert [len(one) for one in anew.rooms.gate._repeats._said.values()] == [1]  # what is older is looked past
    finally:
        await anew.db.stop()



async def test_one_message_names_five_people(container: Container, world: World) -> None:
    many = [actor.member_id for actor in world.actors.values()][:limits().mentions.most + 1]
    await refused(say(container, world['alice'], world.room.id, '都来', mentions=many), 'rooms.mentions')
    assert await say(container, world['worker'], world.room.id, '工作人员点名', mentions=many)


async def test_a_newcomer_sends_no_links_until_known(container: Container, world: World, clock: MovableClock) -> None:
    room, guest, figures = world.room.id, world['guest'], limits().probation
    await container.rooms.admit(room, [guest.member_id])
    await refused(say(container, guest, room, '看这个 http://a.example.cn'), 'rooms.newcomer_links')
    await refused(say(container, guest, room, '看这个 a-b.com/x'), 'rooms.newcomer_links')
    assert await say(container, world['alice'], room, '核实过的住户 https://www.nanjing.gov.cn')
    assert [one.id for one in (await container.community.cards(await container.rooms.order.newcomers(world['grid'], room))).values()]
    await container.rooms.order.vouch(world['grid'], room, guest.member_id)
    assert await say(container, guest, room, '看这个 http://b.example.cn')
    await container.rooms.order.vouch(world['grid'], room, guest.member_id, on=False)
    await refused(say(container, guest, room, '看这个 http://c.example.cn'), 'rooms.newcomer_links')
    clock.move(timedelta(days=figures.days, minutes=1))
    for n in range(figures.messages):
        await say(container, guest, room, f'第 {n} 句家常')
    assert await say(container, guest, room, '看这个 http://d.example.cn')


async def test_the_public_log_is_for_members_and_masks_names(container: Container, world: World) -> None:
    room, bob = world.room.id, world['bob']
    act = await container.rooms.acts.mute(world['grid'], room, bob.member_id, 10, Reason.ABUSE, '私下的说明')
    await container.rooms.acts.undo(world['grid'], act)
    [line] = await container.rooms.public_log(world['alice'], room)
    assert (line.who, line.kind, line.undone) == ('**生', ActKind.MUTE, True)
    assert 'bob' not in str(line.model_dump())
    assert '私下' not in str(line.model_dump())
    with pytest.raises(NotFound):
        await container.rooms.public_log(world['carol'], room)


async def test_a_removal_needs_a_second_pair_of_eyes(container: Container, world: World) -> None:
    room, bob, removals = world.room.id, world['bob'], container.rooms.removals
    proposal = await removals.propose(world['grid'], room, bob.member_id, Reason.FRAUD)
    with pytest.raises(Conflict):
        await removals.propose(world['worker'], room, bob.member_id, Reason.FRAUD)
    await refused(removals.decide(world['grid'], proposal, confirmed=True), 'rooms.second_pair_of_eyes')
    assert bob.member_id in await container.rooms.member_ids(room)
    [waiting] = await removals.waiting(world['worker'], world.building)
    assert not waiting.mine
    await removals.decide(world['worker'], proposal, confirmed=True)
    with pytest.raises(Conflict):
        await removals.decide(world['secretary'], proposal, confirmed=False)
    with pytest.raises(NotFound):
        await say(container, bob, room, '还在吗')
    await refused(container.rooms.admit(room, [bob.member_id]), 'rooms.removed')
    [act] = await container.rooms.acts.mine(bob)
    await container.rooms.appeals.appeal(bob, act.id, '不是我')
    await container.rooms.appeals.decide(world['secretary'], act.id, upheld=False, answer='查清了')
    assert await say(container, bob, room, '我回来了')


