"""The loop from a question nobody foresaw to an answer everybody who asked is told."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.modules.assistant_kit import PENSION, Kit, open_kit
from yunshequ.assistant import learning, telling
from yunshequ.assistant.models import AnswerLog
from yunshequ.assistant.schemas import EntryDraft, EntryState, EntryView
from yunshequ.core.clock import local
from yunshequ.core.errors import NotPermitted
from yunshequ.rooms.schemas import MessageKind, MessageView

GYM, GYM_AGAIN = '社区健身房怎么预约呀', '社区健身房怎么预约'
ANSWER = '在前台登记，带门禁卡。'

log_table = AnswerLog.__table__


@pytest.fixture(params=['sqlite', 'postgresql'])
async def kit(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Kit]:
    async with open_kit(request.param, tmp_path) as kit:
        while not 9 <= local(kit.house.clock.now()).hour < 18:
            kit.house.clock.move(timedelta(hours=1))
        yield kit


async def settle_by_entry(kit: Kit, *, publish: bool = True) -> EntryView:
    """A worker writes the entry that answers the open question."""
    [open_one] = await kit.assistant.unanswered(kit['worker'], kit.house.at('community'))
    draft = EntryDraft(question=GYM_AGAIN, answer=ANSWER, place_id=kit.house.at('community'))
    entry = await kit.assistant.knowledge.create(kit['worker'], draft, publish=publish, log_ids=open_one.log_ids)
    await kit.settle()
    return entry


async def told(kit: Kit, room_id: int) -> list[MessageView]:
    """Run what is due and return 小栖's replies that tell of an answer."""
    await kit.boot.jobs.run_due()
    await kit.settle()
    return [one for one in await kit.said(room_id) if one.kind is MessageKind.ANSWER and ANSWER in one.body]


async def test_everyone_who_asked_is_told_once_where_they_asked(kit: Kit) -> None:
    room, chat = kit.rooms['building'], await kit.chat('bob')
    first = await kit.post('alice', 'building', f'@小栖 {GYM}')
    await kit.settle()
    last = await kit.post('lead', 'building', f'@小栖 {GYM}')
    await kit.settle()
    private = await kit.post('bob', chat.id, GYM)
    await kit.settle()
    await settle_by_entry(kit)
    [reply] = await told(kit, room.id)
    assert reply.reply is not None
    assert reply.reply.seq == last.seq > first.seq
    assert set(reply.mentions) == {kit['alice'].member_id, kit['lead'].member_id}
    assert reply.answer is not None
    assert reply.answer['question'] == GYM_AGAIN
    [alone] = await told(kit, chat.id)
    assert alone.reply is not None
    assert alone.reply.seq == private.seq
    assert len(await told(kit, room.id)) == len(await told(kit, chat.id)) == 1
    rated = await kit.assistant.feedback(kit['alice'], reply.answer['log_id'], helpful=True)
    assert rated.helpful
    [again] = await kit.ask('alice', 'building', f'@小栖 {GYM_AGAIN}')
    assert again.body.startswith(ANSWER)


async def test_a_draft_tells_nobody_until_it_is_published(kit: Kit) -> None:
    await kit.ask('alice', 'building', f'@小栖 {GYM}')
    entry = await settle_by_entry(kit, publish=False)
    assert entry.state is EntryState.DRAFT
    assert await told(kit, kit.rooms['building'].id) == []
    await kit.assistant.knowledge.publish(kit['worker'], entry.id, entry.version)
    await kit.settle()
    assert len(await told(kit, kit.rooms['building'].id)) == 1


async def test_what_askers_are_told_later_carries_the_reserve_of_any_answer(kit: Kit) -> None:
    """An answer that ends soon, or was not confirmed for long, is no surer because somebody waited for it."""
    await kit.ask('alice', 'building', f'@小栖 {GYM}')
    [open_one] = await kit.assistant.unanswered(kit['worker'], kit.house.at('community'))
    draft = EntryDraft(
        question=GYM_AGAIN, answer=ANSWER, place_id=kit.house.at('community'), valid_until=kit.house.clock.now() + timedelta(days=5))
    await kit.assistant.knowledge.create(kit['worker'], draft, publish=True, log_ids=open_one.log_ids)
    await kit.settle()
    [reply] = await told(kit, kit.rooms['building'].id)
    assert '到期，请以社区届时公布的为准。' in reply.body
    assert reply.answer is not None
    assert reply.answer['stale']
    assert reply.answer['reserve']
    [asked] = await kit.ask('bob', 'building', f'@小栖 {GYM_AGAIN}')
    assert reply.body.endswith(asked.body)


async def test_an_old_answer_that_settles_a_new_question_says_so(kit: Kit) -> None:
    entry = await kit.entry(GYM_AGAIN, ANSWER, place='community', by='worker', similar=['健身卡哪里登记'])
    kit.house.clock.move(timedelta(days=200))
    while not 9 <= local(kit.house.clock.now()).hour < 18:
        kit.house.clock.move(timedelta(hours=1))
    await kit.ask('alice', 'building', '@小栖 练力气的地方开不开门')
    [open_one] = await kit.assistant.unanswered(kit['worker'], kit.house.at('community'))
    await kit.assistant.knowledge.add_similar(kit['worker'], entry.id, open_one.text, log_ids=open_one.log_ids)
    await kit.settle()
    [reply] = await told(kit, kit.rooms['building'].id)
    assert '办理前请向社区再确认一次。' in reply.body


async def test_what_is_over_by_the_morning_is_not_told_until_it_holds_again(kit: Kit) -> None:
    await kit.ask('alice', 'building', f'@小栖 {GYM}')
    while local(kit.house.clock.now()).hour != 23:
        kit.house.clock.move(timedelta(hours=1))
    [open_one] = await kit.assistant.unanswered(kit['worker'], kit.house.at('community'))
    draft = EntryDraft(
        question=GYM_AGAIN, answer=ANSWER, place_id=kit.house.at('community'), valid_until=kit.house.clock.now() + timedelta(hours=1))
    entry = await kit.assistant.knowledge.create(kit['worker'], draft, publish=True, log_ids=open_one.log_ids)
    await kit.settle()
    kit.house.clock.move(timedelta(hours=10))
    assert await told(kit, kit.rooms['building'].id) == []
    await kit.assistant.keeping.confirm(kit['worker'], entry.id, entry.version)
    await kit.settle()
    assert len(await told(kit, kit.rooms['building'].id)) == 1


async def test_what_begins_later_is_told_when_it_begins(kit: Kit) -> None:
    await kit.ask('alice', 'building', f'@小栖 {GYM}')
    [open_one] = await kit.assistant.unanswered(kit['worker'], kit.house.at('community'))
    draft = EntryDraft(
        question=GYM_AGAIN, answer=ANSWER, place_id=kit.house.at('community'), valid_from=kit.house.clock.now() + timedelta(days=2))
    await kit.assistant.knowledge.create(kit['worker'], draft, publish=True, log_ids=open_one.log_ids)
    await kit.settle()
    assert await told(kit, kit.rooms['building'].id) == []
    kit.house.clock.move(timedelta(days=3))
    assert len(await told(kit, kit.rooms['building'].id)) == 1


async def test_askers_hear_the_words_of_their_own_place(kit: Kit) -> None:
    await kit.ask('alice', 'building', f'@小栖 {GYM}')
    [open_one] = await kit.assistant.unanswered(kit['admin'], kit.house.at('district'))
    await kit.entry(GYM_AGAIN, f'我们小区：{ANSWER}', place='community', by='worker')
    draft = EntryDraft(question=GYM_AGAIN, answer='全区统一在区体育中心登记。', place_id=kit.house.at('district'))
    await kit.assistant.knowledge.create(kit['admin'], draft, publish=True, log_ids=open_one.log_ids)
    await kit.settle()
    [reply] = await told(kit, kit.rooms['building'].id)
    assert '我们小区' in reply.body


async def test_nobody_is_woken_at_night(kit: Kit) -> None:
    await kit.ask('alice', 'building', f'@小栖 {GYM}')
    while local(kit.house.clock.now()).hour != 23:
        kit.house.clock.move(timedelta(hours=1))
    await settle_by_entry(kit)
    assert await told(kit, kit.rooms['building'].id) == []
    kit.house.clock.move(timedelta(hours=9))
    assert len(await told(kit, kit.rooms['building'].id)) == 1
    assert local(telling.awake(kit.house.clock.now())).hour >= telling.AWAKE[0].hour


async def test_a_question_taken_back_is_not_answered(kit: Kit) -> None:
    other = await kit.post('alice', 'building', f'@小栖 {GYM}')
    await kit.settle()
    mine = await kit.post('bob', 'building', f'@小栖 {GYM}')
    await kit.settle()
    await kit.boot.rooms.recall(kit['bob'], mine.room_id, mine.seq)
    await settle_by_entry(kit)
    [reply] = await told(kit, mine.room_id)
    assert reply.reply is not None
    assert (reply.reply.seq, reply.mentions) == (other.seq, (kit['alice'].member_id,))


async def test_a_person_in_the_chat_is_not_talked_over(kit: Kit) -> None:
    chat = await kit.chat('alice')
    await kit.ask('alice', chat.id, GYM)
    handoff = await kit.assistant.handoff(kit['alice'], chat.id)
    await kit.assistant.desk.take(kit['worker'], handoff.case.id)
    await settle_by_entry(kit)
    assert await told(kit, chat.id) == []
    await kit.assistant.desk.close(kit['worker'], handoff.case.id)
    kit.house.clock.move(telling.PERSON_THERE)
    assert len(await told(kit, chat.id)) == 1


async def test_the_night_puts_questions_together_that_mean_the_same(kit: Kit) -> None:
    for who, words in (('alice', '装修押金退不退'), ('bob', '装修押金退不退呀'), ('carol', '楼上深夜练琴')):
        await kit.ask(who, 'community', f'@小栖 {words}')
    where = kit['worker'], kit.house.at('community')
    assert len(await kit.assistant.unanswered(*where)) == 3
    await kit.boot.jobs.run_due()
    kit.house.clock.move(timedelta(days=1))
    await kit.boot.jobs.run_due()
    groups = await kit.assistant.unanswered(*where)
    assert [(one.askers, len(one.log_ids)) for one in groups] == [(2, 2), (1, 1)]
    assert {groups[0].text, *groups[0].others} == {'装修押金退不退', '装修押金退不退呀'}
    rows = await kit.db.read(lambda session: session.connection().execute(select(log_table.c.group_id)).all())
    assert all(row.group_id is not None for row in rows)
    assert learning.GROUP_JOB in kit.assistant.jobs()


async def test_figures_count_what_was_asked_answered_and_judged(kit: Kit) -> None:
    where = kit['worker'], kit.house.at('community')
    [answer] = await kit.ask('alice', 'building', '@小栖 老人补贴咋领')
    await kit.ask('bob', 'community', f'@小栖 {GYM}')
    await kit.ask('bob', 'community', '今天天气真好')
    for who in ('alice', 'bob', 'lead'):
        assert answer.answer is not None
        await kit.assistant.feedback(kit[who], answer.answer['log_id'], helpful=who == 'bob')
    found = await kit.assistant.figures(*where)
    week = found.weeks[-1]
    assert (week.asked, week.askers, week.answered, week.refused) == (2, 2, 1, 1)
    assert (week.helpful, week.useless) == (1, 2)
    assert [one.asked for one in found.weeks[:-1]] == [0] * 7
    assert [(one.question, one.judged, one.useless) for one in found.misleading] == [(PENSION, 3, 2)]
    assert [(one.told, one.helpful, one.useless) for one in found.communities] == [(1, 1, 2)]
    assert found.communities[0].name
    assert found.unused_total == 0
    with pytest.raises(NotPermitted):
        await kit.assistant.figures(kit['alice'], kit.house.at('community'))
    kit.house.clock.move(timedelta(days=120))
    later = await kit.assistant.figures(kit['admin'], kit.house.at('district'))
    assert later.unused_total == 3
    assert later.weeks[-1].asked == 0
