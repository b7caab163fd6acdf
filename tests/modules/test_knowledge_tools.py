"""Tools of the knowledge base: files, what says the same, bulk edits, the replay before publishing; on both databases."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.modules.assistant_kit import PENSION, PERMIT, WASTE, Kit, no_model, open_kit
from yunshequ.assistant.answering import Decision
from yunshequ.assistant.drafts import draft_of
from yunshequ.assistant.models import AnswerLog, KbEntry, KbSignature
from yunshequ.assistant.replay import NeedsSignature, judge
from yunshequ.assistant.replay_questions import Asked, last_questions
from yunshequ.assistant.schemas import Band, EntryDraft, EntryState
from yunshequ.assistant.tool_schemas import BulkChange, Verdict
from yunshequ.core.audit import AuditEntry
from yunshequ.core.errors import Conflict, Invalid, NotFound, NotPermitted

ASKED = '老人补贴咋领'
HEAD = '编号,问题,相似问法,答案,分类'
signatures = KbSignature.__table__
audit = AuditEntry.__table__


@pytest.fixture(params=['sqlite', 'postgresql'])
async def kit(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Kit]:
    async with open_kit(request.param, tmp_path) as kit:
        yield kit


@pytest.fixture
async def lone(tmp_path: Path) -> AsyncIterator[Kit]:
    """On SQLite only: what does not depend on the database."""
    async with open_kit('sqlite', tmp_path) as kit:
        yield kit


def csv_of(*lines: str) -> bytes:
    return '\n'.join((HEAD, *lines)).encode()


def draft(kit: Kit, question: str, *, place: str = 'community', **more: Any) -> EntryDraft:
    return EntryDraft(question=question, answer='请到社区服务站登记。', place_id=kit.house.at(place), **more)


async def audited(kit: Kit, action: str) -> list[Any]:
    return await kit.house.rows(select(audit).where(audit.c.action == action))


async def ask_and_praise(kit: Kit, *, helpful: bool = True) -> int:
    """Alice asks in her building and says what she thinks of the answer; returns the entry that was told."""
    [answer] = await kit.ask('alice', 'building', f'@小栖 {ASKED}')
    assert answer.answer is not None
    await kit.assistant.feedback(kit['alice'], answer.answer['log_id'], helpful=helpful)
    row, = await kit.house.rows(select(AnswerLog.__table__).where(AnswerLog.__table__.c.id == answer.answer['log_id']))
    return int(row.entry_id)


# -- replay ------------------------------------------------------------------------------------------------------------


async def test_a_good_answer_that_would_be_lost_blocks_until_somebody_signs(kit: Kit) -> None:
    told = await ask_and_praise(kit)
    wanted = draft(kit, ASKED)
    with pytest.raises(NeedsSignature) as refusal:
        await kit.assistant.knowledge.create(kit['worker'], wanted, publish=True)
    replay = refusal.value.replay
    [one] = replay.regressions
    assert (one.text, one.before.entry_id, one.after.entry_id, one.helpful) == (ASKED, told, -1, 1)
    assert '1 个' in refusal.value.words('zh-CN')
    assert not await kit.house.rows(select(KbEntry.__table__).where(KbEntry.__table__.c.question == ASKED))

    with pytest.raises(Invalid):
        await kit.assistant.replays.sign(kit['worker'], replay, '好')
    with pytest.raises(NotPermitted):
        await kit.assistant.replays.sign(kit['worker2'], replay, '本社区有自己的办法')
    await kit.assistant.replays.sign(kit['worker'], replay, '本社区有自己的办法')
    other = wanted.model_copy(update={'similar': ['尊老金哪块办']})
    with pytest.raises(NeedsSignature):  # a signature holds for exactly what was shown
        await kit.assistant.knowledge.create(kit['worker'], other, publish=True)
    entry = await kit.assistant.knowledge.create(kit['worker'], wanted, publish=True)
    assert entry.state is EntryState.PUBLISHED
    signed, = await kit.house.rows(select(signatures))
    assert (signed.by, signed.reason, signed.regressions) == (kit['worker'].member_id, '本社区有自己的办法', [[one.log_id, told, -1]])
    noted, = await audited(kit, 'assistant.sign_replay')
    assert (noted.actor_id, noted.detail['reason'], noted.detail['regressions']) == (kit['worker'].member_id, '本社区有自己的办法', 1)


async def test_a_replay_changes_nothing_for_those_who_ask_meanwhile(kit: Kit) -> None:
    told = await ask_and_praise(kit)
    with pytest.raises(NeedsSignature):
        await kit.assistant.knowledge.create(kit['worker'], draft(kit, ASKED), publish=True)
    assert kit.boot.retriever.status().entries == 3
    [answer] = await kit.ask('bob', 'building', f'@小栖 {ASKED}')
    assert answer.answer is not None
    row, = await kit.house.rows(select(AnswerLog.__table__).where(AnswerLog.__table__.c.id == answer.answer['log_id']))
    assert row.entry_id == told


async def test_what_gets_better_is_shown_and_blocks_nobody(kit: Kit) -> None:
    await kit.ask('alice', 'building', '@小栖 社区健身房怎么预约')
    from yunshequ.assistant.ports import Change

    community = kit.house.places['community']
    replay = await kit.assistant.replays.look([Change(-1, draft(kit, '社区健身房怎么预约'), community.path)])
    assert [(one.text, one.verdict, one.after.band) for one in replay.changes] == [('社区健身房怎么预约', Verdict.BETTER, Band.DIRECT)]
    assert not replay.blocked
    far = await kit.assistant.replays.look([Change(-1, draft(kit, '社区健身房怎么预约', place='community2'), kit.house.places['community2'].path)])
    assert (far.asked, far.changes) == (0, ())


async def test_an_answer_people_called_useless_may_go(kit: Kit) -> None:
    await ask_and_praise(kit, helpful=False)
    entry = await kit.assistant.knowledge.create(kit['worker'], draft(kit, ASKED), publish=True)
    assert entry.state is EntryState.PUBLISHED


async def test_other_words_of_an_answer_are_shown_and_taking_back_is_free(kit: Kit) -> None:
    told = await ask_and_praise(kit)
    entry = await kit.assistant.knowledge.get(kit['admin'], told)
    from yunshequ.assistant.ports import Change

    words = draft_of(entry).model_copy(update={'answer': '请在线上登记。'})
    replay = await kit.assistant.replays.look([Change(told, words, entry.place_path)])
    assert [(one.verdict, one.before.answer[:4], one.after.answer[:4]) for one in replay.changes] == [(Verdict.REWORDED, '带老人身', '请在线上')]
    changed = await kit.assistant.knowledge.edit(kit['admin'], told, entry.version, words)
    with pytest.raises(NeedsSignature):  # its questions are gone from what can be found
        await kit.assistant.knowledge.edit(
            kit['admin'], told, changed.version, words.model_copy(update={'question': '港澳通行证续签', 'similar': []}))
    assert (await kit.assistant.knowledge.retire(kit['admin'], told, changed.version)).state is EntryState.RETIRED


async def test_a_question_its_asker_has_forgotten_is_not_replayed(kit: Kit) -> None:
    await ask_and_praise(kit)
    await kit.assistant.forget_questions(kit['alice'])
    since = datetime(2020, 1, 1, tzinfo=UTC)
    assert await kit.db.read(lambda session: last_questions(session, ['/'], since)) == []
    await kit.assistant.knowledge.create(kit['worker'], draft(kit, ASKED), publish=True)


async def test_the_same_question_counts_once_with_all_that_was_said_of_it(kit: Kit) -> None:
    told = await ask_and_praise(kit)
    await kit.ask('bob', 'building', f'@小栖 {ASKED}？')
    [one] = await kit.db.read(lambda session: last_questions(session, ['/'], datetime(2020, 1, 1, tzinfo=UTC)))
    assert (one.times, one.helpful, one.told, one.best) == (2, {told: 1}, {told}, told)
    chat = await kit.chat('alice')
    [offer] = await kit.ask('alice', chat.id, '居住证能不能办理预约')
    assert offer.answer is not None
    candidates = offer.answer['candidates']
    await kit.assistant.pick(kit['alice'], offer.answer['log_id'], candidates[0]['id'])
    asked = {one.text: one for one in await kit.db.read(lambda session: last_questions(session, ['/'], datetime(2020, 1, 1, tzinfo=UTC)))}
    assert asked['居住证能不能办理预约'].best == candidates[0]['id']


async def test_without_a_model_nothing_is_compared_and_nothing_blocked(tmp_path: Path) -> None:
    async with open_kit('sqlite', tmp_path, no_model) as kit:
        entry = await kit.assistant.knowledge.create(kit['worker'], draft(kit, ASKED), publish=True)
        assert entry.state is EntryState.PUBLISHED
        plan = await kit.assistant.exchange.check(
            kit['worker'], kit.house.at('community'), csv_of(',同样的问题,,答案一答案一,', ',同样的问题吗,,答案二答案二,'))
        assert (plan.added, plan.twins) == (2, ())


def direct(entry_id: int) -> Decision:
    return Decision(Band.DIRECT, entry_id, 0.9)


def offer(*entry_ids: int) -> Decision:
    return Decision(Band.SUGGEST, None, 0.5, entry_ids)


NONE = Decision(Band.REFUSE)


@pytest.mark.parametrize(('helpful', 'useless', 'told', 'old', 'new', 'verdict'), [
    ({1: 1}, {}, {1}, direct(1), direct(2), Verdict.REGRESSION),
    ({1: 1}, {}, {1}, direct(1), offer(1, 2), Verdict.REGRESSION),
    ({1: 1}, {}, {1}, direct(1), direct(1), None),
    ({}, {}, {1}, direct(1), NONE, Verdict.REGRESSION),
    ({}, {}, {1}, direct(1), direct(2), Verdict.CHANGED),
    ({}, {}, {1}, direct(1), offer(2), Verdict.REGRESSION),
    ({}, {}, {1}, direct(1), offer(1, 2), Verdict.CHANGED),
    ({}, {}, set(), direct(1), NONE, Verdict.WORSE),
    ({}, {1: 1}, {1}, direct(1), NONE, Verdict.BETTER),
    ({}, {1: 1, 2: 2}, {1}, direct(1), direct(2), Verdict.WORSE),
    ({1: 1}, {1: 1}, {1}, direct(1), direct(2), Verdict.CHANGED),
    ({1: 1}, {}, set(), offer(1, 2), direct(2), Verdict.REGRESSION),
    ({1: 1}, {}, set(), offer(1, 2), NONE, Verdict.REGRESSION),
    ({1: 1}, {}, set(), offer(1, 2), direct(1), Verdict.BETTER),
    ({}, {}, set(), NONE, direct(2), Verdict.BETTER),
    ({}, {2: 1}, set(), NONE, direct(2), Verdict.WORSE),
    ({}, {}, set(), NONE, offer(2), Verdict.BETTER),
    ({}, {}, set(), offer(2), NONE, Verdict.WORSE),
    ({}, {}, set(), offer(2), offer(3), Verdict.CHANGED),
])
def test_what_counts_as_worse(
    helpful: dict[int, int], useless: dict[int, int], told: set[int], old: Decision, new: Decision, verdict: Verdict | None,
) -> None:
    asked = Asked(1, ASKED, '/1/', False, datetime(2027, 1, 1, tzinfo=UTC), told=told)
    asked.helpful.update(helpful)
    asked.useless.update(useless)
    assert judge(asked, old, new) is verdict


# -- duplicates --------------------------------------------------------------------------------------------------------


async def test_what_says_the_same_is_found_by_meaning_and_drafts_by_wording(kit: Kit) -> None:
    path = kit.house.places['community'].path
    first, *_ = await kit.assistant.duplicates.near('老人补贴咋领呀', [], path)
    assert (first.question, first.state) == (PENSION, EntryState.PUBLISHED)
    assert first.sure > 0.5
    assert await kit.assistant.duplicates.near('港澳通行证续签', [], path) == []
    own = await kit.entry('社区健身房怎么预约', place='community', publish=False)
    assert [one.entry_id for one in await kit.assistant.duplicates.near('社区健身房怎么预约呢', [], path)] == [own.id]
    assert await kit.assistant.duplicates.near('社区健身房怎么预约呢', [], path, own_id=own.id) == []
    other = kit.house.places['community2'].path
    assert await kit.assistant.duplicates.near('社区健身房怎么预约呢', [], other) == []


# -- files -------------------------------------------------------------------------------------------------------------


async def test_a_file_is_shown_then_taken_and_a_second_time_changes_nothing(kit: Kit) -> None:
    exchange, worker, here = kit.assistant.exchange, kit['worker'], kit.house.at('community')
    data = csv_of(
        'lib-1,图书室几点开门,借书几点|图书室时间,早上九点。,文化', ',健身房怎么预约,,前台登记。,体育', ',缺答案的问题,,,', 'lib-1,又写一遍,,答案答案,',
        ',健身房怎么预约？,,另一个答案。,').decode().encode('gb18030')
    plan = await exchange.check(worker, here, data, publish=True)
    assert (plan.added, plan.changed, plan.unchanged) == (2, 0, 0)
    assert [(one.line, one.words('zh-CN')) for one in plan.problems] == [
        (4, '没有写“答案”'), (5, '与第 2 行重复'), (6, '与第 3 行重复')]
    assert len(await kit.house.rows(select(KbEntry.__table__))) == 3
    done = await exchange.take(worker, here, data, plan.digest, publish=True)
    await kit.settle()
    assert (done.added, done.changed) == (2, 0)
    rows = {row.question: row for row in await kit.house.rows(select(KbEntry.__table__))}
    assert (rows['图书室几点开门'].key, rows['图书室几点开门'].state, rows['图书室几点开门'].changed_by) == ('lib-1', 'published', worker.member_id)
    [answer] = await kit.ask('alice', 'building', '@小栖 图书室几点开门')
    assert answer.body.startswith('早上九点。')

    again = await exchange.check(worker, here, data, publish=True)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)
    assert await exchange.take(worker, here, data, 'anything', publish=True) == again
    noted, = await audited(kit, 'assistant.import_knowledge')
    assert (noted.detail['added'], noted.detail['problems']) == (2, 3)


async def test_a_file_changes_only_what_it_has_columns_for(kit: Kit) -> None:
    entry = await kit.entry('图书室几点开门', place='community', steps=['一', '二'], category='文化', similar=['借书几点'])
    here = kit.house.at('community')
    data = f'编号,问题,答案\n{entry.key},图书室几点开门,改成十点。\n'.encode()
    plan = await kit.assistant.exchange.check(kit['worker'], here, data)
    assert [(one.added, one.fields, one.live) for one in plan.changes] == [(False, ('答案',), True)]
    await kit.assistant.exchange.take(kit['worker'], here, data, plan.digest)
    now = await kit.assistant.knowledge.get(kit['worker'], entry.id)
    assert (now.answer, now.steps, now.similar, now.version) == ('改成十点。', ('一', '二'), ('借书几点',), 2)
    off = f'编号,问题,答案,状态\n{entry.key},图书室几点开门,改成十点。,已停用\n'.encode()
    plan = await kit.assistant.exchange.check(kit['worker'], here, off)
    await kit.assistant.exchange.take(kit['worker'], here, off, plan.digest)
    assert (await kit.assistant.knowledge.get(kit['worker'], entry.id)).state is EntryState.RETIRED


async def test_only_what_was_looked_at_is_imported(kit: Kit) -> None:
    exchange, worker, here = kit.assistant.exchange, kit['worker'], kit.house.at('community')
    entry = await kit.entry('图书室几点开门', place='community')
    data = f'编号,问题,答案\n{entry.key},图书室几点开门,改成十点。\n,{ASKED}呀,到社区登记。\n,老人的补贴{ASKED}呀,登记登记。\n'.encode()
    plan = await exchange.check(worker, here, data)
    assert (plan.twins[0].line, plan.twins[0].other) == (3, PENSION)
    with pytest.raises(Conflict) as refusal:
        await exchange.take(worker, here, data, plan.digest)
    assert refusal.value.field == 'looked'
    await kit.assistant.knowledge.edit(worker, entry.id, 1, draft_of(entry).model_copy(update={'answer': '十一点。'}))
    with pytest.raises(Conflict):
        await exchange.take(worker, here, data, plan.digest, looked=True)
    assert (await kit.assistant.knowledge.get(worker, entry.id)).answer == '十一点。'
    plan = await exchange.check(worker, here, data)
    await exchange.take(worker, here, data, plan.digest, looked=True)
    assert (await kit.assistant.knowledge.get(worker, entry.id)).answer == '改成十点。'


async def test_lines_of_a_file_that_mean_the_same_are_named(lone: Kit) -> None:
    data = csv_of(',社区健身房怎么预约,,前台登记。,', ',社区健身房怎么预约呀,,前台登记。,')
    plan = await lone.assistant.exchange.check(lone['worker'], lone.house.at('community'), data)
    assert [(twin.line, twin.other_line, twin.other) for twin in plan.twins] == [(3, 2, '社区健身房怎么预约')]


async def test_an_import_that_takes_good_answers_away_needs_a_reason(kit: Kit) -> None:
    told = await ask_and_praise(kit)
    exchange, worker, here = kit.assistant.exchange, kit['worker'], kit.house.at('community')
    data = csv_of(f',{ASKED},,到社区登记。,')
    plan = await exchange.check(worker, here, data, publish=True)
    assert plan.replay is not None
    assert [one.before.entry_id for one in plan.replay.regressions] == [told]
    with pytest.raises(NeedsSignature):
        await exchange.take(worker, here, data, plan.digest, publish=True, looked=True)
    done = await exchange.take(worker, here, data, plan.digest, publish=True, looked=True, reason='本社区自己登记')
    assert done.added == 1
    assert len(await audited(kit, 'assistant.sign_replay')) == 1
    draft_only = await exchange.check(worker, here, csv_of(f'x-1,{ASKED}吗,,到社区登记。,'))
    assert draft_only.replay is None


async def test_a_file_writes_only_where_its_sender_may(kit: Kit) -> None:
    exchange = kit.assistant.exchange
    other = await kit.entry('银杏的图书室几点开门', place='community2')
    pension = next(row for row in await kit.house.rows(select(KbEntry.__table__)) if row.question == PENSION)
    head = '编号,问题,答案,适用范围'
    data = '\n'.join([
        head, f'{other.key},银杏的图书室几点开门,改成十点。,', f'{pension.key},{PENSION},改掉改掉。,', ',翠林的图书室几点开门,十点。,翠林社区',
        ',区里的图书室几点开门,十点。,栖霞区']).encode()
    plan = await exchange.check(kit['worker'], kit.house.at('community'), data)
    assert [problem.line for problem in plan.problems] == [2, 3, 5]
    assert '栖霞区' in plan.problems[2].words('zh-CN')
    assert [one.question for one in plan.changes] == ['翠林的图书室几点开门']
    wide = await exchange.check(kit['admin'], kit.house.at('district'), data)
    assert (wide.problems, wide.added, wide.changed) == ((), 2, 2)
    with pytest.raises(NotPermitted):
        await exchange.check(kit['worker2'], kit.house.at('community'), data)
    with pytest.raises(NotPermitted):
        await exchange.check(kit['alice'], kit.house.at('community'), data)


async def test_too_many_changes_at_once_are_refused(lone: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('yunshequ.assistant.exchange.CHANGES_MAX', 1)
    with pytest.raises(Invalid, match='1 条'):
        await lone.assistant.exchange.check(
            lone['worker'], lone.house.at('community'), csv_of(',图书室在哪里,,二楼二楼,', ',健身房怎么约,,前台前台,'))


@pytest.mark.parametrize('kind', ['xlsx', 'csv', 'jsonl'])
async def test_what_is_exported_can_be_imported_and_changes_nothing(kit: Kit, kind: str) -> None:
    await kit.entry('=1+1 怎么算', place='community', similar=['-1 怎么算', '@小栖 算'], steps=['+ 一', '二'],
                    valid_until=datetime(2027, 5, 1, 16, tzinfo=UTC))
    exchange = kit.assistant.exchange
    data = await exchange.export(kit['admin'], kit.house.at('district'), kind)
    plan = await exchange.check(kit['admin'], kit.house.at('district'), data)
    assert (plan.problems, plan.added, plan.changed, plan.unchanged) == ((), 0, 0, 4)
    noted, = await audited(kit, 'assistant.export_knowledge')
    assert (noted.detail, noted.actor_id) == ({'n': 4, 'kind': kind}, kit['admin'].member_id)
    with pytest.raises(NotPermitted):
        await exchange.export(kit['alice'], kit.house.at('community'), kind)


async def test_an_export_holds_what_its_place_keeps(kit: Kit) -> None:
    await kit.entry('翠林的图书室几点开门', place='community', category='文化')
    data = await kit.assistant.exchange.export(kit['worker'], kit.house.at('community'), 'jsonl')
    assert [json.loads(line)['question'] for line in data.splitlines()] == ['翠林的图书室几点开门']
    for chosen in ({'state': EntryState.DRAFT}, {'category': '体育'}):
        assert await kit.assistant.exchange.export(kit['worker'], kit.house.at('community'), 'jsonl', **chosen) == b''  # type: ignore[arg-type]
    with pytest.raises(Invalid):
        await kit.assistant.exchange.export(kit['worker'], kit.house.at('community'), 'pdf')


# -- bulk edits --------------------------------------------------------------------------------------------------------


async def test_many_entries_are_changed_at_once_and_once_taken_back(kit: Kit) -> None:
    bulk, admin = kit.assistant.bulk, kit['admin']
    rows = await kit.house.rows(select(KbEntry.__table__).order_by(KbEntry.__table__.c.id))
    ids = [row.id for row in rows]
    until = datetime(2027, 5, 1, 16, tzinfo=UTC)
    change = BulkChange(category='民生', valid_until=until, owner_id=kit['district_officer'].member_id)
    plan = await bulk.preview(admin, ids, change)
    assert [line.question for line in plan.touched] == [PENSION, PERMIT, WASTE]
    assert plan.touched[0].changes == (('分类', '', '民生'), ('责任人', '', 'district_officer'), ('失效日期', '', '2027-05-02'))
    done = await bulk.apply(admin, ids, change, plan.digest)
    assert done.changed == 3
    assert {row.category for row in await kit.house.rows(select(KbEntry.__table__))} == {'民生'}
    assert await bulk.last(admin) == done
    await kit.assistant.knowledge.edit(admin, ids[2], 2, draft_of(await kit.assistant.knowledge.get(admin, ids[2])).model_copy(
        update={'answer': '改了答案。'}))

    undone = await bulk.undo(admin, done.id)
    assert (undone.changed, undone.skipped) == (2, (WASTE,))
    assert [row.category for row in await kit.house.rows(select(KbEntry.__table__).order_by(KbEntry.__table__.c.id))] == ['', '', '民生']
    assert await bulk.last(admin) is None
    with pytest.raises(Conflict):
        await bulk.undo(admin, done.id)
    assert [row.detail['n'] for row in await audited(kit, 'assistant.bulk_edit')] == [3]
    assert len(await audited(kit, 'assistant.undo_bulk')) == 1


async def test_retiring_many_needs_a_signature_where_good_answers_go_and_can_be_taken_back(kit: Kit) -> None:
    told = await ask_and_praise(kit)
    bulk, admin = kit.assistant.bulk, kit['admin']
    plan = await bulk.preview(admin, [told], BulkChange(retire=True))
    assert plan.replay is not None
    assert plan.replay.blocked
    with pytest.raises(NeedsSignature):
        await bulk.apply(admin, [told], BulkChange(retire=True), plan.digest)
    done = await bulk.apply(admin, [told], BulkChange(retire=True), plan.digest, reason='政策已经废止')
    await kit.settle()
    assert kit.boot.retriever.status().entries == 2
    await bulk.undo(admin, done.id)
    await kit.settle()
    assert kit.boot.retriever.status().entries == 3
    assert (await kit.assistant.knowledge.get(admin, told)).state is EntryState.PUBLISHED


async def test_nobody_changes_in_bulk_what_they_may_not_change_alone(kit: Kit) -> None:
    own = await kit.entry('翠林的图书室几点开门', place='community')
    other = await kit.entry('银杏的图书室几点开门', place='community2')
    pension = next(row.id for row in await kit.house.rows(select(KbEntry.__table__)) if row.question == PENSION)
    bulk, worker = kit.assistant.bulk, kit['worker']
    plan = await bulk.preview(worker, [own.id, other.id, pension], BulkChange(category='文化'))
    assert [(line.entry_id, bool(line.changes), bool(line.refusal)) for line in plan.lines] == [
        (own.id, True, False), (pension, False, True)]  # of the other community's nothing is said
    foreign = await bulk.preview(worker, [own.id], BulkChange(owner_id=kit['worker2'].member_id))
    assert foreign.lines[0].refusal
    await kit.assistant.knowledge.edit(worker, own.id, 1, draft_of(own).model_copy(update={'answer': '十一点。'}))
    with pytest.raises(Conflict):
        await bulk.apply(worker, [own.id], BulkChange(category='文化'), plan.digest)
    fresh = await bulk.preview(worker, [own.id], BulkChange(category='文化'))
    done = await bulk.apply(worker, [own.id], BulkChange(category='文化'), fresh.digest)
    with pytest.raises(NotFound):
        await bulk.undo(kit['admin'], done.id)
    for wrong in ([], list(range(1, 700))):
        with pytest.raises(Invalid):
            await bulk.preview(worker, wrong, BulkChange(category='文化'))
    with pytest.raises(Invalid):
        await bulk.preview(worker, [own.id], BulkChange())
