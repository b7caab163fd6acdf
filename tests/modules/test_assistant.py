"""小栖: three bands, hand-off, unasked answers, restarts, scope, feedback, knowledge; on both databases."""

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from tests.modules.assistant_kit import PENSION, PERMIT, WASTE, FakeEncoder, Kit, fake_model, no_model, open_kit
from yunshequ.assistant.drafts import draft_of
from yunshequ.assistant.events import HandoffClosed, HandoffOpened, HandoffOverdue, HandoffTaken, KnowledgeChanged
from yunshequ.assistant.models import AnswerLog, KbRevision
from yunshequ.assistant.schemas import Band, CaseState, EntryDraft, EntryState, ModelState
from yunshequ.community.models import RoleGrant
from yunshequ.core.audit import AuditEntry
from yunshequ.core.errors import Conflict, Invalid, NotFound, NotPermitted, TooMany
from yunshequ.core.schedule import DueJob
from yunshequ.rooms.models import Room
from yunshequ.rooms.schemas import MessageKind

log_table = AnswerLog.__table__


@pytest.fixture(params=['sqlite', 'postgresql'])
async def kit(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Kit]:
    async with open_kit(request.param, tmp_path) as kit:
        yield kit


@pytest.fixture
async def lone(tmp_path: Path) -> AsyncIterator[Kit]:
    """On SQLite only: what does not depend on the database."""
    async with open_kit('sqlite', tmp_path) as kit:
        yield kit


# -- three bands -------------------------------------------------------------------------------------------------------


async def test_a_known_question_gets_its_sourced_answer(kit: Kit) -> None:
    [answer] = await kit.ask('alice', 'building', '@小栖 老人补贴咋领')
    assert answer.kind is MessageKind.ANSWER
    assert answer.sender.bot
    assert answer.body.startswith('带老人身份证、户口簿到户籍所在社区登记。')
    assert '1. 备好证件' in answer.body
    assert answer.reply is not None
    payload = answer.answer
    assert payload is not None
    assert (payload['band'], payload['source'], payload['candidates'], payload['handoff']) == ('direct', '社区工作者整理', [],
        False)
    assert payload['question'] == PENSION
    assert await kit.assistant.log_of(kit['alice'], answer.room_id, answer.seq) == payload['log_id']


async def test_an_unsure_question_gets_three_candidates_and_a_tap_answers_once(kit: Kit) -> None:
    chat = await kit.chat('alice')
    [offer] = await kit.ask('alice', chat.id, '居住证能不能办理预约')
    payload = offer.answer
    assert payload is not None
    assert payload['band'] == 'suggest'
    assert 1 <= len(payload['candidates']) <= 3
    assert payload['candidates'][0]['question'] == PERMIT
    chosen = payload['candidates'][0]['id']
    first, second = await asyncio.gather(*(kit.assistant.pick(kit['alice'], payload['log_id'], chosen) for _ in range(2)))
    assert first == second
    answers = await kit.answers(chat.id, after=offer.seq)
    assert [answer.body for answer in answers] == ['带租房合同到派出所户籍窗口。']
    with pytest.raises(NotFound):
        await kit.assistant.pick(kit['alice'], payload['log_id'], 999)


async def test_a_bare_number_picks_a_candidate(lone: Kit) -> None:
    chat = await lone.chat('alice')
    [offer] = await lone.ask('alice', chat.id, '居住证能不能办理预约')
    assert offer.answer is not None
    assert offer.answer['band'] == 'suggest'
    [answer] = await lone.ask('alice', chat.id, '1')
    assert answer.answer is not None
    assert answer.answer['band'] == 'direct'
    assert answer.answer['entry_id'] == offer.answer['candidates'][0]['id']


async def test_only_the_asker_picks(lone: Kit) -> None:
    [offer] = await lone.ask('alice', 'building', '@小栖 居住证能不能办理预约')
    assert offer.answer is not None
    with pytest.raises(NotPermitted):
        await lone.assistant.pick(lone['bob'], offer.answer['log_id'], offer.answer['candidates'][0]['id'])
    with pytest.raises(NotFound):  # not even inside the room
        await lone.assistant.pick(lone['stranger'], offer.answer['log_id'], offer.answer['candidates'][0]['id'])


async def test_an_unknown_question_is_refused_honestly(kit: Kit) -> None:
    [answer] = await kit.ask('alice', 'building', '@小栖 Wifi密码忘啦')
    assert answer.answer is not None
    assert (answer.answer['band'], answer.answer['handoff'], answer.answer['entry_id']) == ('refusal', True, None)
    assert '这个我还不会' in answer.body
    [open_question] = await kit.assistant.unanswered(kit['worker'], kit.house.at('community'))
    assert (open_question.text, open_question.askers, open_question.why) == ('Wifi密码忘啦', 1, Band.REFUSE)


async def test_small_talk_is_short_and_a_call_without_a_question_is_answered(lone: Kit) -> None:
    chat = await lone.chat('alice')
    [hello] = await lone.ask('alice', chat.id, '你好呀！')
    assert hello.body == '您好，我是小栖，想问什么直接写。'
    [called] = await lone.ask('alice', 'building', '@小栖')
    assert '想问什么直接写' in called.body
    [asked] = await lone.ask('alice', chat.id, f'你好，{PENSION}')
    assert asked.answer is not None
    assert asked.answer['band'] == 'direct'


async def test_what_is_asked_is_kept_without_personal_numbers(kit: Kit) -> None:
    chat = await kit.chat('alice')
    await kit.ask('alice', chat.id, '我电话 138 1234 5678，身份证320113199001011234，3栋2单元502室的补贴咋没到')
    [row] = await kit.house.rows(select(log_table.c.text, log_table.c.asker))
    assert not any(part in row.text for part in ('138', '1234', '320113', '502'))
    assert row.asker != str(kit['alice'].member_id)
    assert len(row.asker) == 32


async def test_a_recalled_question_is_forgotten(kit: Kit) -> None:
    message = await kit.post('alice', 'building', '@小栖 老人补贴咋领')
    await kit.settle()
    await kit.boot.rooms.recall(kit['alice'], message.room_id, message.seq)
    [row] = await kit.house.rows(select(log_table.c.text))
    assert row.text == ''


# -- never twice, never lost -------------------------------------------------------------------------------------------


async def test_events_and_jobs_again_answer_once(kit: Kit) -> None:
    message = await kit.post('alice', 'building', f'@小栖 {PENSION}')
    key = f'answer:{message.id}'
    await asyncio.gather(*(kit.assistant._conversation.run_job({'key': key, 'asker_id': 1}) for _ in range(5)))
    await kit.settle()
    kit.house.clock.move(timedelta(minutes=1))
    await kit.boot.jobs.run_due()
    assert len(await kit.answers(message.room_id)) == 1
    assert not await kit.house.rows(select(DueJob.__table__).where(DueJob.__table__.c.kind == 'assistant.answer'))


async def test_a_death_between_question_and_answer_still_answers_once(kit: Kit) -> None:
    kit.assistant._deaf[0]()  # the process dies before it hears its own post
    message = await kit.post('alice', 'building', f'@小栖 {PENSION}')
    await kit.die()
    assert await kit.answers(message.room_id) == []
    await kit.start(fake_model())
    await kit.boot.jobs.run_due()
    assert await kit.answers(message.room_id) == []  # not due yet
    kit.house.clock.move(timedelta(seconds=11))
    await kit.boot.jobs.run_due()
    await kit.boot.jobs.run_due()
    assert len(await kit.answers(message.room_id)) == 1


async def test_a_death_between_decision_and_post_posts_the_same_words(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    async def dies(row: object) -> int:
        raise asyncio.CancelledError

    monkeypatch.setattr(kit.assistant._conversation, 'publish', dies)
    message = await kit.post('alice', 'building', f'@小栖 {PENSION}')
    await kit.settle()
    await kit.die()
    await kit.start(no_model)  # the next life could not even have found it
    kit.house.clock.move(timedelta(seconds=11))
    await kit.boot.jobs.run_due()
    [answer] = await kit.answers(message.room_id)
    assert answer.body.startswith('带老人身份证')


async def test_two_processes_answer_once(kit: Kit) -> None:
    first = kit.boot
    await kit.start(fake_model())
    kit.boot.assistant._deaf[0]()
    message = await kit.post('alice', 'building', f'@小栖 {PENSION}')
    job = {'key': f'answer:{message.id}', 'asker_id': kit['alice'].member_id}
    await asyncio.gather(first.assistant._conversation.run_job(job), kit.assistant._conversation.run_job(job))
    await kit.settle()
    assert len(await kit.answers(message.room_id)) == 1
    await first.assistant.stop()


async def test_bursts_are_answered_a_little_later_by_the_job(lone: Kit) -> None:
    chat = await lone.chat('alice')
    for number in range(12):
        await lone.post('alice', chat.id, f'{PENSION}{number}')
    await lone.settle()
    assert len(await lone.answers(chat.id)) == 10
    lone.house.clock.move(timedelta(seconds=11))
    await lone.boot.jobs.run_due()
    assert len(await lone.answers(chat.id)) == 12


# -- unasked -----------------------------------------------------------------------------------------------------------


async def test_unasked_only_when_sure_and_only_once_in_a_while(kit: Kit) -> None:
    [answer] = await kit.ask('alice', 'building', '老人补贴咋领')
    assert answer.answer is not None
    assert answer.answer['band'] == 'direct'
    assert await kit.ask('bob', 'building', '老人补贴咋领') == []
    kit.house.clock.move(timedelta(hours=13))
    assert len(await kit.ask('bob', 'building', '老人补贴咋领')) == 1


@pytest.mark.parametrize('body', [
    '居住证能不能办理预约',  # a question, but not sure
    '老人补贴真不错',  # sure of nothing asked
    '你们老人补贴咋领的',  # to neighbours
    '老王，老人补贴咋领',
    '谁家的车堵门了？',
])
async def test_silent_in_talk_between_residents(lone: Kit, body: str) -> None:
    assert await lone.ask('alice', 'building', body) == []
    assert await lone.house.rows(select(log_table.c.id)) == []  # and nothing is kept of it


async def test_silent_for_replies_mentions_staff_and_quiet_rooms(lone: Kit) -> None:
    first = await lone.post('bob', 'building', '今天真冷')
    await lone.settle()
    assert await lone.ask('alice', 'building', '老人补贴咋领', reply_seq=first.seq) == []
    assert await lone.ask('alice', 'building', '老人补贴咋领', mentions=[lone['bob'].member_id]) == []
    assert await lone.ask('worker', 'building', '老人补贴咋领') == []
    room = Room.__table__
    await lone.db.write(lambda tx: tx.session.connection().execute(
        update(room).where(room.c.id == lone.rooms['building'].id).values(quiet=True)).rowcount)
    lone.house.clock.move(timedelta(minutes=1))
    assert await lone.ask('alice', 'building', '老人补贴咋领') == []
    assert len(await lone.ask('alice', 'building', '@小栖 老人补贴咋领')) == 1  # spoken to, it answers


# -- hand-off ----------------------------------------------------------------------------------------------------------


async def test_refusal_to_person_and_back(kit: Kit) -> None:
    chat = await kit.chat('alice')
    [refusal] = await kit.ask('alice', chat.id, 'Wifi密码忘啦')
    assert refusal.answer is not None
    opened = await kit.assistant.handoff(kit['alice'], chat.id, log_id=refusal.answer['log_id'])
    again = await kit.assistant.handoff(kit['alice'], chat.id, log_id=refusal.answer['log_id'])
    assert again.case.id == opened.case.id
    assert (opened.case.state, opened.on_duty, opened.office_opens_at) == (CaseState.WAITING, 1, None)
    assert len(await kit.ask('alice', chat.id, PENSION)) == 1  # nobody owns it yet: 小栖 goes on

    [waiting] = await kit.assistant.desk.cases(kit['worker'], kit.house.at('community'))
    assert (waiting.asker.name, waiting.question) == ('alice', 'Wifi密码忘啦')
    with pytest.raises(NotPermitted):
        await kit.assistant.desk.take(kit['bob'], waiting.id)
    with pytest.raises(NotPermitted):
        await kit.assistant.desk.take(kit['worker2'], waiting.id)
    taken = await kit.assistant.desk.take(kit['worker'], waiting.id)
    assert (taken.state, taken.worker is not None and taken.worker.name) == (CaseState.OWNED, 'worker')
    assert (await kit.assistant.desk.take(kit['worker'], waiting.id)).id == taken.id
    with pytest.raises(Conflict):
        await kit.assistant.desk.take(kit['secretary'], waiting.id)

    assert await kit.ask('alice', chat.id, PENSION) == []  # silent
    assert await kit.ask('alice', 'building', '老人补贴咋领') == []  # nor unasked elsewhere
    await kit.post('worker', chat.id, '密码在服务站的墙上')
    await kit.assistant.desk.close(kit['worker'], waiting.id)
    with pytest.raises(Conflict):
        await kit.assistant.desk.close(kit['worker'], waiting.id)
    with pytest.raises(NotFound):  # the worker has left
        await kit.post('worker', chat.id, '还有一句')
    assert len(await kit.ask('alice', chat.id, PENSION)) == 1
    told = [message.body for message in await kit.said(chat.id) if message.kind is MessageKind.SYSTEM]
    assert told == ['已转给社区值班的工作人员，请稍等，回复会出现在这里。', 'worker 来为您答复，小栖先不插话。',
                    'worker 已办结这次答复，小栖回来了。还有问题直接写就行。']
    kinds = [type(event) for event in kit.house.events if type(event) in {HandoffOpened, HandoffTaken, HandoffClosed}]
    assert kinds == [HandoffOpened, HandoffTaken, HandoffClosed]
    kit.house.clock.move(timedelta(hours=1))
    await kit.boot.jobs.run_due()  # the safety nets find nothing to do
    assert [m.body for m in await kit.said(chat.id) if m.kind is MessageKind.SYSTEM] == told


async def test_one_worker_takes_a_case(kit: Kit) -> None:
    chat = await kit.chat('alice')
    view = await kit.assistant.handoff(kit['alice'], chat.id)
    results = await asyncio.gather(
        *(kit.assistant.desk.take(kit[name], view.case.id) for name in ('worker', 'secretary')), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ['CaseView', 'Conflict']


async def test_a_demoted_worker_loses_the_case_and_the_chat(kit: Kit) -> None:
    chat = await kit.chat('alice')
    view = await kit.assistant.handoff(kit['alice'], chat.id)
    await kit.assistant.desk.take(kit['worker'], view.case.id)
    [grant] = await kit.house.rows(select(RoleGrant.__table__.c.id).where(RoleGrant.__table__.c.member_id == kit['worker'].member_id))
    await kit.house.community.revoke_role(kit['admin'], grant.id)
    await kit.settle()
    with pytest.raises(NotFound):
        await kit.post('worker', chat.id, '我还能看到吗')
    case = await kit.assistant.desk.case_of(kit['alice'], chat.id)
    assert case is not None
    assert (case.state, case.worker) == (CaseState.WAITING, None)
    assert '另找同事' in (await kit.said(chat.id))[-1].body
    await kit.assistant.desk.take(kit['secretary'], view.case.id)
    with pytest.raises(NotPermitted):
        await kit.assistant.desk.release(kit['worker'], view.case.id)
    await kit.assistant.desk.release(kit['secretary'], view.case.id)
    with pytest.raises(Conflict):
        await kit.assistant.desk.release(kit['secretary'], view.case.id)
    kit.house.clock.move(timedelta(minutes=20))
    await kit.boot.jobs.run_due()
    assert sum(isinstance(event, HandoffOverdue) for event in kit.house.events) >= 1


async def test_a_question_in_a_room_is_handed_over_in_the_private_chat(kit: Kit) -> None:
    said = await kit.ask('alice', 'building', '@小栖 转人工')
    assert [message.body for message in said] == ['已转给社区工作人员，会在您和小栖的私聊里回复您。']
    chat = await kit.chat('alice')
    [case] = await kit.assistant.desk.cases(kit['worker'], kit.house.at('community'))
    assert case.room_id == chat.id
    assert '已转给社区值班' in (await kit.said(chat.id))[-1].body
    seen = await kit.assistant.desk.case_of(kit['alice'], chat.id)
    assert seen is not None
    assert seen.id == case.id
    with pytest.raises(NotFound):
        await kit.assistant.desk.case_of(kit['bob'], chat.id)


async def test_off_duty_the_time_is_told_and_the_clock_runs_in_office_hours(kit: Kit) -> None:
    kit.house.clock.move(timedelta(hours=12))  # Monday, nine in the evening
    chat = await kit.chat('alice')
    [answer] = await kit.ask('alice', chat.id, '我要人工')
    assert '明天 9:00' in answer.body
    view = await kit.assistant.handoff(kit['alice'], chat.id)
    assert view.office_opens_at is not None
    assert view.case.due_at - view.office_opens_at == timedelta(minutes=15)
    kit.house.clock.move(timedelta(hours=12, minutes=20))
    await kit.boot.jobs.run_due()
    assert (await kit.said(chat.id))[-1].body == '还没有工作人员接手，已再次提醒，抱歉让您久等。'
    assert sum(isinstance(event, HandoffOverdue) for event in kit.house.events) == 1


async def test_a_death_after_taking_still_brings_the_worker_in(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    chat = await kit.chat('alice')
    view = await kit.assistant.handoff(kit['alice'], chat.id)

    async def dies(*_: object, **__: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as broken:
        broken.setattr(kit.assistant.desk, '_follow', dies)
        with pytest.raises(asyncio.CancelledError):
            await kit.assistant.desk.take(kit['worker'], view.case.id)
    kit.house.clock.move(timedelta(seconds=11))
    await kit.boot.jobs.run_due()
    await kit.post('worker', chat.id, '我来了')
    assert 'worker 来为您答复' in (await kit.said(chat.id))[-1].body


async def test_a_forgotten_case_goes_back_to_the_bot(kit: Kit) -> None:
    chat = await kit.chat('alice')
    view = await kit.assistant.handoff(kit['alice'], chat.id)
    await kit.assistant.desk.take(kit['worker'], view.case.id)
    kit.house.clock.move(timedelta(hours=24, minutes=1))
    await kit.boot.jobs.run_due()  # something was said since: it waits another day
    assert (await kit.assistant.desk.case_of(kit['alice'], chat.id)) is not None
    kit.house.clock.move(timedelta(hours=24, minutes=1))
    await kit.boot.jobs.run_due()
    assert (await kit.assistant.desk.case_of(kit['alice'], chat.id)) is None
    assert len(await kit.ask('alice', chat.id, PENSION)) == 1


async def test_pressing_for_a_person_again_and_again_is_stopped(lone: Kit) -> None:
    chat = await lone.chat('alice')
    for _ in range(6):
        await lone.assistant.handoff(lone['alice'], chat.id)
    with pytest.raises(TooMany):
        await lone.assistant.handoff(lone['alice'], chat.id)
    with pytest.raises(NotFound):
        await lone.assistant.handoff(lone['stranger'], lone.rooms['building'].id)


# -- feedback and learning ---------------------------------------------------------------------------------------------


async def test_feedback_counts_once(kit: Kit) -> None:
    [answer] = await kit.ask('alice', 'building', '@小栖 老人补贴咋领')
    assert answer.answer is not None
    log_id = answer.answer['log_id']
    assert (await kit.assistant.feedback(kit['alice'], log_id, helpful=False)).helpful is False
    assert (await kit.assistant.feedback(kit['alice'], log_id, helpful=True)).helpful is False
    assert (await kit.assistant.feedback(kit['bob'], log_id, helpful=True)).helpful is True
    with pytest.raises(NotFound):
        await kit.assistant.feedback(kit['stranger'], log_id, helpful=True)
    [bad] = await kit.assistant.unanswered(kit['worker'], kit.house.at('community'))
    assert bad.why is Band.DIRECT


async def test_top_questions_need_three_people_and_show_no_ones_words(kit: Kit) -> None:
    place = kit.house.at('community')
    for who in ('alice', 'bob'):
        await kit.ask(who, 'community', '@小栖 老人补贴咋领')
        await kit.ask(who, 'community', '@小栖 老人补贴咋领')
    assert await kit.assistant.top_asked(place) == []
    await kit.ask('carol', 'community', '@小栖 尊老金哪块办')
    [top] = await kit.assistant.top_asked(place)
    assert (top.question, top.askers) == (PENSION, 3)
    assert await kit.assistant.top_asked(kit.house.at('community2')) == []
    kit.house.clock.move(timedelta(days=8))
    assert await kit.assistant.top_asked(place) == []


async def test_an_unanswered_question_is_answered_next_time(kit: Kit) -> None:
    await kit.ask('alice', 'building', '@小栖 Wifi密码忘啦')
    await kit.ask('bob', 'building', '@小栖 Wifi密码忘啦')
    [asked] = await kit.assistant.unanswered(kit['worker'], kit.house.at('community'))
    assert (asked.askers, asked.times) == (2, 2)
    draft = EntryDraft(question='Wifi密码忘啦', answer='密码贴在服务站的墙上。', place_id=kit.house.at('community'))
    await kit.assistant.knowledge.create(kit['worker'], draft, publish=True, log_ids=asked.log_ids)
    await kit.settle()
    assert await kit.assistant.unanswered(kit['worker'], kit.house.at('community')) == []
    [answer] = await kit.ask('alice', 'building', '@小栖 Wifi密码忘啦')
    assert answer.body == '密码贴在服务站的墙上。'
    with pytest.raises(NotPermitted):
        await kit.assistant.unanswered(kit['alice'], kit.house.at('community'))


async def test_a_learned_way_to_ask_is_found(kit: Kit) -> None:
    [entry] = (await kit.assistant.knowledge.page(kit['worker'], kit.house.at('community'), text='高龄')).entries
    with pytest.raises(NotPermitted):  # the district's entry is not the community's to change
        await kit.assistant.knowledge.add_similar(kit['worker'], entry.id, '俺娘的钱钱')
    changed = await kit.assistant.knowledge.add_similar(kit['admin'], entry.id, '俺娘的钱钱')
    assert changed.similar[-1] == '俺娘的钱钱'
    await kit.settle()
    [answer] = await kit.ask('alice', 'building', '@小栖 俺娘的钱钱')
    assert answer.answer is not None
    assert answer.answer['entry_id'] == entry.id


# -- knowledge ---------------------------------------------------------------------------------------------------------


async def test_another_communitys_entry_is_never_told(kit: Kit) -> None:
    entry = await kit.entry('活动室几点开门', '九点。', place='community2', by='worker2')
    said = await kit.ask('alice', 'building', '@小栖 活动室几点开门')
    assert said[0].answer is not None
    assert said[0].answer['entry_id'] is None
    assert all(candidate['id'] != entry.id for candidate in said[0].answer['candidates'])
    with pytest.raises(NotFound):
        await kit.assistant.knowledge.get(kit['worker'], entry.id)
    assert (await kit.assistant.knowledge.page(kit['worker'], kit.house.at('community'), text='活动室')).total == 0
    assert (await kit.assistant.knowledge.get(kit['street_officer'], entry.id)).id == entry.id


async def test_the_communitys_own_answer_goes_first(kit: Kit) -> None:
    own = await kit.entry(PENSION, '本社区每周二上午集中登记。', place='community', by='worker')
    [answer] = await kit.ask('alice', 'building', '@小栖 高龄老人津贴怎么申请？')
    assert answer.answer is not None
    assert answer.answer['entry_id'] == own.id
    await kit.assistant.knowledge.retire(kit['worker'], own.id, own.version)
    await kit.settle()
    [answer] = await kit.ask('alice', 'building', '@小栖 高龄老人津贴怎么申请？')
    assert answer.body.startswith('带老人身份证')


async def test_edit_publish_retire_with_versions_and_audit(kit: Kit) -> None:
    entry = await kit.entry('健身房怎么预约', '前台登记。', place='community', by='worker', publish=False)
    [silent] = await kit.ask('alice', 'building', '@小栖 健身房怎么预约')
    assert silent.answer is not None
    assert silent.answer['entry_id'] is None
    published = await kit.assistant.knowledge.publish(kit['worker'], entry.id, entry.version)
    await kit.settle()
    [told] = await kit.ask('alice', 'building', '@小栖 健身房怎么预约')
    assert told.body == '前台登记。'
    draft = draft_of(published).model_copy(update={'answer': '扫码登记。'})
    changed = await kit.assistant.knowledge.edit(kit['worker'], entry.id, published.version, draft)
    with pytest.raises(Conflict):
        await kit.assistant.knowledge.edit(kit['worker'], entry.id, published.version, draft)
    await kit.settle()
    assert (await kit.ask('alice', 'building', '@小栖 健身房怎么预约'))[0].body == '扫码登记。'
    retired = await kit.assistant.knowledge.retire(kit['worker'], entry.id, changed.version)
    assert retired.state is EntryState.RETIRED
    await kit.settle()
    [gone] = await kit.ask('bob', 'building', '@小栖 健身房怎么预约')
    assert gone.answer is not None
    assert gone.answer['entry_id'] is None
    revisions = await kit.house.rows(select(KbRevision.__table__).where(KbRevision.__table__.c.entry_id == entry.id))
    assert [revision.version for revision in revisions] == [1, 2, 3, 4]
    audit = AuditEntry.__table__
    actions = await kit.house.rows(select(audit.c.action).where(audit.c.subject == f'kb:{entry.id}').order_by(audit.c.id))
    assert [row.action for row in actions] == [
        'assistant.create_entry', 'assistant.entry_published', 'assistant.edit_entry', 'assistant.entry_retired']
    for who in ('alice', 'worker2', 'grid_officer'):
        with pytest.raises((NotPermitted, NotFound)):
            await kit.assistant.knowledge.edit(kit[who], entry.id, retired.version, draft)


async def test_an_entry_is_told_only_in_its_time(kit: Kit) -> None:
    now = kit.house.clock.now()
    entry = await kit.entry('春节值班表在哪看', '看公告栏。', valid_from=now + timedelta(days=1),
        valid_until=now + timedelta(days=3))
    for days, known in ((0, False), (2, True), (2, False)):
        kit.house.clock.move(timedelta(days=days))
        [answer] = await kit.ask('alice', 'building', '@小栖 春节值班表在哪看')
        assert answer.answer is not None
        assert (answer.answer['entry_id'] == entry.id) is known
        assert answer.answer['stale'] is known
    with pytest.raises(Invalid):
        await kit.entry('倒着的日期', '不行。', valid_from=now, valid_until=now - timedelta(days=1))


async def test_seed_files_come_in_once_and_keepers_win(kit: Kit, tmp_path: Path) -> None:
    folder = tmp_path / 'kb'
    folder.mkdir()
    file = folder / 'elderly.jsonl'
    row = (
        '{"key": "e-1", "question": "%s", "similar": ["助餐点几点开饭"], "answer": "看公告栏。", '
        '"category": "养老", "scope": "%s"}\n')
    file.write_text(row % ('老年食堂在哪里', 'district') + row.replace('e-1', 'e-2') % ('助浴怎么约', 'community')
                    + row.replace('e-1', 'e-3') % ('外地的', 'moon') + '{"key": "e-4", "question": ""}\nnot json\n',
                        encoding='utf-8')
    places = {'district': kit.house.at('district')}
    report = await kit.assistant.knowledge.import_seed(folder, places)
    assert (report.added, report.changed, report.unchanged, len(report.refused)) == (2, 0, 0, 3)
    await kit.settle()
    [answer] = await kit.ask('alice', 'building', '@小栖 老年食堂在哪里')
    assert answer.body == '看公告栏。'
    again = await kit.assistant.knowledge.import_seed(folder, places)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)
    [line] = (await kit.assistant.knowledge.page(kit['admin'], kit.house.at('district'), text='老年食堂')).entries
    entry = await kit.assistant.knowledge.get(kit['admin'], line.id)
    await kit.assistant.knowledge.edit(
        kit['admin'], entry.id, entry.version, draft_of(entry).model_copy(update={'answer': '一楼。'}))
    file.write_text(row.replace('看公告栏', '问管家') % ('老年食堂在哪里', 'district')
                    + row.replace('e-1', 'e-2').replace('看公告栏', '问管家') % ('助浴怎么约', 'community'), encoding='utf-8')
    third = await kit.assistant.knowledge.import_seed(folder, places)
    assert (third.added, third.changed, third.unchanged) == (0, 1, 1)
    assert (await kit.assistant.knowledge.get(kit['admin'], line.id)).answer == '一楼。'


async def test_lists_filter_and_page(kit: Kit) -> None:
    place = kit.house.at('community')
    await kit.entry('健身房怎么预约', '前台登记。', place='community', by='worker', publish=False, category='文体')
    page = await kit.assistant.knowledge.page(kit['worker'], place, limit=2)
    assert (page.total, len(page.entries)) == (4, 2)
    drafts = await kit.assistant.knowledge.page(kit['worker'], place, state=EntryState.DRAFT)
    assert [line.question for line in drafts.entries] == ['健身房怎么预约']
    assert (await kit.assistant.knowledge.page(kit['worker'], place, category='文体')).total == 1
    assert (await kit.assistant.knowledge.page(kit['worker'], place, text='旧沙发')).entries[0].question == WASTE
    assert (await kit.assistant.knowledge.page(kit['worker'], place, text='100%')).total == 0
    assert '文体' in await kit.assistant.knowledge.categories(kit['worker'], place)
    alike = await kit.assistant.knowledge.alike(kit['worker'], place, '怎么办居住证')
    assert alike[0].question == PERMIT
    with pytest.raises(NotPermitted):
        await kit.assistant.knowledge.page(kit['alice'], place)


# -- model and index ---------------------------------------------------------------------------------------------------


async def test_the_index_mends_what_changed_while_it_was_down(kit: Kit, tmp_path: Path) -> None:
    [line] = (await kit.assistant.knowledge.page(kit['admin'], kit.house.at('district'), text='大件')).entries
    entry = await kit.assistant.knowledge.get(kit['admin'], line.id)
    await kit.die()
    await kit.start(None)  # a process without a model writes to the same database; the stored index stays as it was
    await kit.entry('健身房怎么预约', '前台登记。')
    await kit.assistant.knowledge.retire(kit['admin'], entry.id, entry.version)
    await kit.settle()
    await kit.die()
    encoder = FakeEncoder()
    boot = await kit.start(fake_model(encoder))
    assert boot.retriever.status().entries == 3
    assert encoder.documents == 1  # only the new text was encoded
    [answer] = await kit.ask('alice', 'building', '@小栖 健身房怎么预约')
    assert answer.body == '前台登记。'
    [gone] = await kit.ask('alice', 'building', '@小栖 旧沙发怎么扔')
    assert gone.answer is not None
    assert gone.answer['entry_id'] is None


async def test_a_damaged_index_is_built_anew(lone: Kit) -> None:
    await lone.die()
    for path in (lone.folder / 'index').rglob('*'):
        if path.is_file():
            path.write_bytes(b'broken')
    boot = await lone.start(fake_model())
    assert boot.retriever.status().state is ModelState.READY
    assert len(await lone.ask('alice', 'building', '@小栖 老人补贴咋领')) == 1


async def test_every_process_follows_a_change(kit: Kit) -> None:
    first = kit.boot
    await kit.start(fake_model())
    await kit.entry('健身房怎么预约', '前台登记。')
    assert sum(isinstance(event, KnowledgeChanged) for event in kit.house.events) == 4
    for boot in (first, kit.boot):
        found, finding = await boot.assistant._catalogue.find('健身房怎么预约', '/1/', kit.house.clock.now())
        assert finding.by_meaning
        assert found[0].score > 0.9
    await first.assistant.stop()


@pytest.mark.parametrize(('opener', 'state', 'words'), [
    (None, ModelState.OFF, '语义检索没有开启'), (no_model, ModelState.MISSING, '语义检索没有开启')])
async def test_without_a_model_it_says_so_and_finds_by_words(tmp_path: Path, opener: object, state: ModelState, words: str) -> None:
    async with open_kit('sqlite', tmp_path) as kit:
        await kit.die()
        boot = await kit.start(opener)  # type: ignore[arg-type]
        assert boot.assistant.status().state is state
        [answer] = await kit.ask('alice', 'building', '@小栖 老人补贴咋领')
        assert words in answer.body
        assert answer.answer is not None
        assert (answer.answer['band'], answer.answer['candidates'][0]['question']) == ('loading', PENSION)
        picked = await kit.assistant.pick(kit['alice'], answer.answer['log_id'], answer.answer['candidates'][0]['id'])
        assert (await kit.answers(picked.room_id))[-1].body.startswith('带老人身份证')
        assert await kit.ask('bob', 'building', '老人补贴咋领') == []  # never unasked
        await kit.entry('健身房怎么预约', '前台登记。')
        [found] = await kit.ask('alice', 'building', '@小栖 健身房怎么预约')
        assert found.answer is not None
        assert found.answer['candidates'][0]['question'] == '健身房怎么预约'


async def test_while_loading_rooms_go_on_and_it_says_so(tmp_path: Path) -> None:
    gate = threading.Event()
    model = fake_model()

    def slow() -> object:
        gate.wait(20)
        return model()

    async with open_kit('sqlite', tmp_path) as kit:
        await kit.die()
        await kit.start(slow, loaded=False)  # type: ignore[arg-type]
        [answer] = await kit.ask('alice', 'building', '@小栖 老人补贴咋领')
        assert '我还在准备' in answer.body
        assert kit.assistant.status().state is ModelState.LOADING
        creating = asyncio.create_task(kit.entry('健身房怎么预约', '前台登记。'))
        await asyncio.sleep(0.05)
        gate.set()
        await creating
        await kit.boot.retriever.settled()
        assert kit.assistant.status().state is ModelState.READY
        for body, words in (('@小栖 老人补贴咋领', '带老人身份证'), ('@小栖 健身房怎么预约', '前台登记')):
            [answer] = await kit.ask('bob', 'building', body)
            assert answer.body.startswith(words)


async def test_a_question_from_before_the_start_waits_for_the_model(tmp_path: Path) -> None:
    gate = threading.Event()
    model = fake_model()

    def slow() -> object:
        gate.wait(20)
        return model()

    async with open_kit('sqlite', tmp_path) as kit:
        kit.assistant._deaf[0]()  # the process that took the question dies before it hears of it
        message = await kit.post('alice', 'building', '@小栖 老人补贴咋领')
        await kit.die()
        await kit.start(slow, loaded=False)  # type: ignore[arg-type]
        kit.house.clock.move(timedelta(seconds=11))
        await kit.boot.jobs.run_due()
        assert await kit.answers(message.room_id) == []
        gate.set()
        await kit.boot.retriever.settled()
        kit.house.clock.move(timedelta(seconds=6))
        await kit.boot.jobs.run_due()
        [answer] = await kit.answers(message.room_id)
        assert answer.body.startswith('带老人身份证')


async def test_the_model_never_runs_on_the_loop_and_questions_are_batched(tmp_path: Path) -> None:
    encoder = FakeEncoder()
    async with open_kit('sqlite', tmp_path, fake_model(encoder)) as kit:
        now = kit.house.clock.now()
        findings = await asyncio.gather(*(kit.assistant._catalogue.find(f'{PENSION}{n}', '/1/', now) for n in range(40)))
        assert all(found for found, _ in findings)
        assert all(name.startswith('kb-') for name in encoder.threads)
