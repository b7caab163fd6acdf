"""The knowledge base as an office: four eyes, working copies, scope, departments, time, and an index that never leaves a gap."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from tests.modules.assistant_kit import PENSION, FakeEncoder, Kit, fake_model, open_kit
from yunshequ.assistant.events import DepartmentChanged, KnowledgeChanged, KnowledgeWorked
from yunshequ.assistant.freshness import DueReason
from yunshequ.assistant.knowledge import own_key
from yunshequ.assistant.models import KbEntry
from yunshequ.assistant.schemas import Act, Band, EntryDraft, EntryLink, EntryState, EntryView
from yunshequ.community.models import RoleGrant
from yunshequ.core.audit import AuditEntry
from yunshequ.core.errors import Conflict, Invalid, NotFound, NotPermitted

GYM, FRONT_DESK, SCAN = '健身房怎么预约', '前台登记。', '扫码登记。'


@pytest.fixture(params=['sqlite', 'postgresql'])
async def kit(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Kit]:
    """Four eyes: what residents are told is looked at by two."""
    async with open_kit(request.param, tmp_path) as kit:
        kit.assistant.knowledge.rights._four_eyes = True
        yield kit


@pytest.fixture
async def lone(tmp_path: Path) -> AsyncIterator[Kit]:
    async with open_kit('sqlite', tmp_path) as kit:
        kit.assistant.knowledge.rights._four_eyes = True
        yield kit


def gym(kit: Kit, answer: str = FRONT_DESK, place: str = 'community', **more: object) -> EntryDraft:
    return EntryDraft.model_validate({'question': GYM, 'answer': answer, 'place_id': kit.house.at(place)} | more)


async def published(kit: Kit, draft: EntryDraft, writer: str = 'worker', second: str = 'secretary') -> EntryView:
    """Write, hand in, publish with a second person."""
    knowledge = kit.assistant.knowledge
    entry = await knowledge.create(kit[writer], draft)
    entry = await knowledge.submit(kit[writer], entry.id, entry.version)
    entry = await knowledge.publish(kit[second], entry.id, entry.version)
    await kit.settle()
    return entry


async def told(kit: Kit, question: str = GYM, who: str = 'alice', room: str = 'building') -> str:
    """What 小栖 says."""
    [answer] = await kit.ask(who, room, f'@小栖 {question}')
    assert answer.answer is not None
    return answer.body if answer.answer['band'] == Band.DIRECT else ''


# -- four eyes ---------------------------------------------------------------------------------------------------------


async def test_what_one_writes_another_publishes(kit: Kit) -> None:
    knowledge = kit.assistant.knowledge
    with pytest.raises(NotPermitted) as refusal:
        await knowledge.create(kit['worker'], gym(kit), publish=True)
    assert refusal.value.rule == 'assistant.four_eyes'
    assert 'secretary' in refusal.value.words('zh-CN')
    entry = await knowledge.create(kit['worker'], gym(kit))
    with pytest.raises(NotPermitted, match='送审'):
        await knowledge.publish(kit['worker'], entry.id, entry.version)
    handed_in = await knowledge.submit(kit['worker'], entry.id, entry.version)
    assert (handed_in.state, handed_in.reviewing) == (EntryState.REVIEW, True)
    assert [one.id for one in await kit.assistant.keeping.reviews(kit['secretary'])] == [entry.id]
    assert [one.id for one in await kit.assistant.keeping.reviews(kit['street_officer'])] == [entry.id]
    for who in ('worker', 'worker2', 'grid_officer', 'alice'):
        assert await kit.assistant.keeping.reviews(kit[who]) == [], who
    assert await told(kit) == ''
    done = await knowledge.publish(kit['secretary'], entry.id, handed_in.version)
    assert (done.state, done.published_at, done.confirmed_by) == (
        EntryState.PUBLISHED, kit.house.clock.now(), kit['secretary'].member_id)
    await kit.settle()
    assert await told(kit) == FRONT_DESK
    history = await kit.assistant.keeping.history(kit['worker'], entry.id)
    assert [(one.act, one.by.name if one.by else '') for one in history] == [
        (Act.PUBLISH, 'secretary'), (Act.SUBMIT, 'worker'), (Act.CREATE, 'worker')]
    audit = AuditEntry.__table__
    actions = await kit.house.rows(select(audit.c.action).where(audit.c.subject == f'kb:{entry.id}').order_by(audit.c.id))
    assert [row.action for row in actions] == ['assistant.create_entry', 'assistant.submit_entry', 'assistant.entry_published']
    assert sum(isinstance(event, KnowledgeWorked) and event.entry_id == entry.id for event in kit.house.events) == 3


async def test_two_taps_on_one_form_write_one_entry(kit: Kit) -> None:
    knowledge, key = kit.assistant.knowledge, own_key()
    one, two = await asyncio.gather(*(knowledge.create(kit['worker'], gym(kit), key=key) for _ in range(2)))
    assert (one.id, one.key) == (two.id, key)
    again = await knowledge.create(kit['worker'], gym(kit), key=key)  # after a lost reply
    assert (again.id, again.version) == (one.id, 1)
    with pytest.raises(Conflict):
        await knowledge.create(kit['secretary'], gym(kit), key=key)  # somebody else's key opens nothing
    assert (await knowledge.create(kit['worker'], gym(kit), key=own_key())).id != one.id


async def test_who_changes_the_words_last_does_not_publish_them(kit: Kit) -> None:
    knowledge = kit.assistant.knowledge
    entry = await knowledge.create(kit['worker'], gym(kit))
    entry = await knowledge.submit(kit['worker'], entry.id, entry.version)
    touched = await knowledge.edit(kit['secretary'], entry.id, entry.version, gym(kit, SCAN))
    assert touched.state is EntryState.REVIEW  # it still waits, for the other one now
    with pytest.raises(NotPermitted) as refusal:
        await knowledge.publish(kit['secretary'], entry.id, touched.version)
    assert refusal.value.rule == 'assistant.four_eyes'
    assert (await knowledge.publish(kit['worker'], entry.id, touched.version)).state is EntryState.PUBLISHED


async def test_the_only_keeper_may_alone_and_is_told_so(kit: Kit) -> None:
    knowledge = kit.assistant.knowledge
    standing = await knowledge.standing(kit['worker2'], gym(kit, place='community2'))
    assert (standing.may_publish, standing.alone, standing.others) == (True, True, ())
    entry = await knowledge.create(kit['worker2'], gym(kit, place='community2'), publish=True)
    assert entry.state is EntryState.PUBLISHED
    standing = await knowledge.standing(kit['worker'], gym(kit))
    assert (standing.alone, standing.own, standing.others) == (False, True, ('secretary',))
    await kit.house.db.write(lambda tx: tx.connection.execute(update(RoleGrant.__table__).where(
        RoleGrant.__table__.c.member_id == kit['secretary'].member_id).values(valid_until=tx.now)))
    assert (await knowledge.create(kit['worker'], gym(kit), publish=True)).state is EntryState.PUBLISHED


async def test_sent_back_with_a_note_and_handed_in_again(kit: Kit) -> None:
    knowledge, keeping = kit.assistant.knowledge, kit.assistant.keeping
    entry = await knowledge.create(kit['worker'], gym(kit))
    with pytest.raises(Invalid):
        await knowledge.send_back(kit['secretary'], entry.id, entry.version, '还没有送审')
    entry = await knowledge.submit(kit['worker'], entry.id, entry.version)
    with pytest.raises(Invalid) as refusal:
        await knowledge.send_back(kit['secretary'], entry.id, entry.version, ' ')
    assert refusal.value.field == 'note'
    entry = await knowledge.send_back(kit['secretary'], entry.id, entry.version, '请写上开放时间')
    assert (entry.state, entry.review_note) == (EntryState.DRAFT, '请写上开放时间')
    assert [one.id for one in await keeping.sent_back(kit['worker'])] == [entry.id]
    entry = await knowledge.edit(kit['worker'], entry.id, entry.version, gym(kit, '九点到五点，前台登记。'))
    entry = await knowledge.submit(kit['worker'], entry.id, entry.version)
    assert (entry.state, entry.review_note) == (EntryState.REVIEW, '')
    assert await keeping.sent_back(kit['worker']) == []


# -- a published entry is changed without a gap ------------------------------------------------------------------------


async def test_a_published_answer_goes_on_while_its_change_waits(kit: Kit) -> None:
    knowledge = kit.assistant.knowledge
    entry = await published(kit, gym(kit))
    changed = await knowledge.edit(kit['worker'], entry.id, entry.version, gym(kit, SCAN, similar=['健身房咋约']))
    assert (changed.answer, changed.pending_state) == (FRONT_DESK, EntryState.DRAFT)
    assert changed.wanted().answer == SCAN
    await kit.settle()
    assert await told(kit) == FRONT_DESK
    with pytest.raises(Conflict):
        await knowledge.edit(kit['worker'], entry.id, entry.version, gym(kit, '别的。'))
    assert [one.id for one in (await knowledge.page(kit['worker'], kit.house.at('community'), state=EntryState.DRAFT)).entries] == [entry.id]
    changed = await knowledge.submit(kit['worker'], entry.id, changed.version)
    done = await knowledge.publish(kit['secretary'], entry.id, changed.version)
    assert (done.answer, done.pending, done.pending_state, done.similar) == (SCAN, None, None, ('健身房咋约',))
    await kit.settle()
    assert await told(kit) == SCAN
    assert await told(kit, '健身房咋约', 'bob') == SCAN
    fields = {one.field: [(p.kind, p.text) for p in one.pieces]
              for one in await kit.assistant.keeping.compare(kit['worker'], entry.id, entry.version, done.version)}
    assert fields['answer'] == [('cut', '前台'), ('add', '扫码'), ('same', '登记。')]
    assert fields['similar'] == [('add', '健身房咋约')]


async def test_a_change_is_let_go_and_an_old_version_comes_back(kit: Kit) -> None:
    knowledge, keeping = kit.assistant.knowledge, kit.assistant.keeping
    entry = await published(kit, gym(kit))
    with pytest.raises(Invalid):
        await knowledge.discard(kit['worker'], entry.id, entry.version)
    with pytest.raises(Invalid):
        await knowledge.submit(kit['worker'], entry.id, entry.version)
    changed = await knowledge.edit(kit['worker'], entry.id, entry.version, gym(kit, SCAN))
    dropped = await knowledge.discard(kit['worker'], entry.id, changed.version)
    assert (dropped.pending, dropped.answer) == (None, FRONT_DESK)
    back = await knowledge.restore(kit['worker'], entry.id, dropped.version, changed.version)
    assert back.wanted().answer == SCAN
    assert back.pending_state is EntryState.DRAFT
    done = await knowledge.publish(kit['secretary'], entry.id, back.version)
    again = await knowledge.restore(kit['secretary'], entry.id, done.version, entry.version)
    assert again.wanted().answer == FRONT_DESK
    newest = (await keeping.history(kit['worker'], entry.id))[0]
    assert (newest.act, newest.note, newest.draft.answer) == (Act.RESTORE, str(entry.version), FRONT_DESK)
    with pytest.raises(NotFound):
        await knowledge.restore(kit['worker'], entry.id, again.version, 99)
    for who in ('worker2', 'alice'):
        with pytest.raises(NotFound):
            await keeping.history(kit[who], entry.id)


async def test_similar_questions_need_no_second_person_and_reach_the_waiting_words(kit: Kit) -> None:
    knowledge = kit.assistant.knowledge
    entry = await published(kit, gym(kit))
    changed = await knowledge.edit(kit['worker'], entry.id, entry.version, gym(kit, SCAN))
    learnt = await knowledge.add_similar(kit['worker'], entry.id, '俺想去练练')
    assert learnt.similar == ('俺想去练练',)
    assert learnt.wanted().similar == ['俺想去练练']
    assert learnt.version == changed.version + 1
    await kit.settle()
    assert await told(kit, '俺想去练练') == FRONT_DESK
    other = await published(kit, gym(kit, question='图书室几点开门'))
    live = await knowledge.edit(
        kit['worker'], other.id, other.version, gym(kit, question='图书室几点开门', similar=['啥时候能看书'], owner_id=kit['worker'].member_id))
    assert (live.pending, live.similar) == (None, ('啥时候能看书',))


async def test_retired_and_taken_back(kit: Kit) -> None:
    knowledge = kit.assistant.knowledge
    entry = await published(kit, gym(kit))
    changed = await knowledge.edit(kit['worker'], entry.id, entry.version, gym(kit, SCAN))
    retired = await knowledge.retire(kit['worker'], entry.id, changed.version)
    await kit.settle()
    assert await told(kit) == ''
    back = await knowledge.unretire(kit['worker'], entry.id, retired.version)
    assert (back.state, back.answer, back.wanted().answer) == (EntryState.PUBLISHED, FRONT_DESK, SCAN)
    await kit.settle()
    assert await told(kit) == FRONT_DESK
    retired = await knowledge.retire(kit['worker'], entry.id, back.version)
    kit.house.clock.move(timedelta(days=2))
    with pytest.raises(Invalid):
        await knowledge.unretire(kit['worker'], entry.id, retired.version)
    with pytest.raises(NotPermitted):  # the waiting words are the worker's own
        await knowledge.publish(kit['worker'], entry.id, retired.version)
    assert (await knowledge.publish(kit['secretary'], entry.id, retired.version)).answer == SCAN


# -- what an entry may say ---------------------------------------------------------------------------------------------


async def test_links_are_https_or_our_own_and_the_answer_is_read_as_a_tree(kit: Kit) -> None:
    knowledge = kit.assistant.knowledge
    for bad in ('javascript:alert(1)', 'http://a.cn', '//evil.test'):
        with pytest.raises(Invalid) as refusal:
            await knowledge.create(kit['worker'], gym(kit, links=[{'title': '预约', 'href': bad}]))
        assert refusal.value.field == 'links'
        with pytest.raises(Invalid) as refusal:
            await knowledge.create(kit['worker'], gym(kit, f'见[这里]({bad})'))
        assert refusal.value.field == 'answer'
    with pytest.raises(Invalid) as refusal:
        await knowledge.create(kit['worker'], gym(kit, '长' * 1500, steps=['步' * 450]))
    assert refusal.value.field == 'answer'
    links = [EntryLink(title='预约表', href='/chains/3'), EntryLink(title='区政府', href='https://www.njqxq.gov.cn/a')]
    entry = await published(kit, gym(kit, '**带上**：\n- 身份证\n- <b>卡</b>', links=links, policy_no='栖政办〔2026〕3 号', steps=['登记']))
    assert entry.links == tuple(links)
    [answer] = await kit.ask('alice', 'building', f'@小栖 {GYM}')
    assert answer.body == '带上：\n· 身份证\n· <b>卡</b>\n\n办理步骤：\n1. 登记'
    payload = answer.answer
    assert payload is not None
    assert [block['t'] for block in payload['rich']['blocks']] == ['p', 'ul']
    assert payload['links'] == [link.model_dump() for link in links]
    assert payload['policy_no'] == '栖政办〔2026〕3 号'
    found = await knowledge.page(kit['worker'], kit.house.at('community'), text='栖政办〔2026〕3 号')
    assert found.total == 1


# -- scope -------------------------------------------------------------------------------------------------------------


async def test_a_local_version_says_what_it_overrides_and_is_found_in_the_wider_words(kit: Kit) -> None:
    knowledge = kit.assistant.knowledge
    [line] = (await knowledge.page(kit['admin'], kit.house.at('district'), text='高龄')).entries
    check = await knowledge.scope(kit['worker'], kit.house.at('community'), PENSION)
    assert [(one.id, one.same, one.place_id) for one in check.wider] == [(line.id, True, kit.house.at('district'))]
    assert (check.twice, check.narrower) == ((), ())
    own = await published(kit, gym(kit, '本社区每周二集中登记。', question='高龄津贴在翠林怎么领', overrides_id=line.id))
    # asked in the words of the wider entry, in the community and beside it
    assert await told(kit, '老人补贴咋领') == '本社区每周二集中登记。'
    found, _finding = await kit.assistant._catalogue.find('老人补贴咋领', f'{kit.house.places["community2"].path}', kit.house.clock.now())
    assert found[0].entry_id == line.id
    check = await knowledge.scope(kit['admin'], kit.house.at('district'), PENSION, entry_id=line.id)
    assert [one.id for one in check.narrower] == [own.id]
    twice = await knowledge.scope(kit['worker'], kit.house.at('community'), '高龄津贴在翠林怎么领')
    assert [one.id for one in twice.twice] == [own.id]
    with pytest.raises(Invalid) as refusal:
        await knowledge.create(kit['admin'], gym(kit, place='district', overrides_id=line.id))
    assert refusal.value.field == 'place_id'
    # the wider words change: the local version lies on its keepers' desk, and the new wording finds it
    wide = await knowledge.get(kit['admin'], line.id)
    kit.house.clock.move(timedelta(hours=1))
    wide = await knowledge.edit(kit['admin'], line.id, wide.version, wide.draft().model_copy(
        update={'answer': '改为网上申请。', 'similar': [*wide.similar, '尊老钱']}))
    await knowledge.publish(kit['district_officer'], line.id, wide.version)
    await kit.settle()
    assert await told(kit, '尊老钱', 'bob') == '本社区每周二集中登记。'
    [due] = await kit.assistant.keeping.due(kit['worker'])
    assert (due.id, due.reason) == (own.id, DueReason.WIDER)
    confirmed = await kit.assistant.keeping.confirm(kit['worker'], own.id, due.version)
    assert await kit.assistant.keeping.due(kit['worker']) == []
    # retired: the wider one speaks again
    await knowledge.retire(kit['worker'], own.id, confirmed.version)
    await kit.settle()
    assert await told(kit, '老人补贴咋领', 'lead') == '改为网上申请。\n\n办理步骤：\n1. 备好证件\n2. 到社区登记'


# -- departments -------------------------------------------------------------------------------------------------------


async def test_a_keeper_keeps_the_entries_of_the_department_and_no_others(kit: Kit) -> None:
    knowledge, departments = kit.assistant.knowledge, kit.assistant.knowledge.departments
    district = kit.house.at('district')
    for who in ('worker', 'alice'):
        with pytest.raises(NotPermitted) as refusal:
            await departments.create(kit[who], district, '安全生产')
        assert refusal.value.rule == 'assistant.manage_departments'
    safety = await departments.create(kit['admin'], district, '安全生产', '用火用电')
    await departments.create(kit['admin'], district, '社保')
    with pytest.raises(Conflict):
        await departments.create(kit['district_officer'], district, ' 安全生产 ')
    with pytest.raises(Invalid):
        await departments.create(kit['admin'], district, '安')
    with pytest.raises(Invalid):
        await departments.name_keeper(kit['admin'], safety, kit['alice'].member_id)
    for _twice in range(2):
        await departments.name_keeper(kit['admin'], safety, kit['grid_officer'].member_id)
    [one, _social] = await departments.all(kit['worker'], kit.house.at('community'))
    assert (one.name, [card.name for card in one.keepers], one.entries) == ('安全生产', ['grid_officer'], 0)
    keeper = kit['grid_officer']
    fire = EntryDraft(question='电动车能上楼充电吗', answer='不能。', place_id=district, department='安全生产')
    entry = await knowledge.create(keeper, fire)
    for other in ('社保', ''):
        with pytest.raises(NotPermitted) as not_mine:
            await knowledge.create(keeper, fire.model_copy(update={'department': other}))
        assert (not_mine.value.rule, not_mine.value.field) == ('assistant.keep_department', 'department')
        with pytest.raises(NotPermitted):
            await knowledge.edit(keeper, entry.id, entry.version, fire.model_copy(update={'department': other}))
    with pytest.raises(Invalid) as refusal_:
        await knowledge.create(kit['admin'], fire.model_copy(update={'department': '没有的部门'}))
    assert refusal_.value.field == 'department'
    [pension] = (await knowledge.page(kit['admin'], district, text='高龄')).entries
    with pytest.raises(NotPermitted):
        await knowledge.retire(keeper, pension.id, pension.version)
    entry = await knowledge.submit(keeper, entry.id, entry.version)
    with pytest.raises(NotPermitted) as own:
        await knowledge.publish(keeper, entry.id, entry.version)
    assert own.value.rule == 'assistant.four_eyes'
    entry = await knowledge.publish(kit['admin'], entry.id, entry.version)
    # an entry of the department in another community is the keeper's too, one of the other's own is not
    local = await knowledge.create(kit['worker2'], fire.model_copy(update={'place_id': kit.house.at('community2')}))
    assert (await knowledge.get(keeper, local.id)).id == local.id
    assert (await knowledge.publish(keeper, local.id, local.version)).state is EntryState.PUBLISHED
    await departments.drop_keeper(kit['admin'], safety, keeper.member_id)
    with pytest.raises((NotPermitted, NotFound)):
        await knowledge.retire(keeper, entry.id, entry.version)
    assert (await departments.all(kit['worker'], kit.house.at('community')))[0].keepers == ()


async def test_a_department_is_renamed_and_its_entries_with_it(kit: Kit) -> None:
    kit.assistant.knowledge.rights._four_eyes = False
    knowledge, departments, district = kit.assistant.knowledge, kit.assistant.knowledge.departments, kit.house.at('district')
    safety = await departments.create(kit['admin'], district, '安全生产')
    await departments.create(kit['admin'], district, '社保')
    own = await departments.create(kit['secretary'], kit.house.at('community'), '安全生产')  # the community's of the same name
    await departments.name_keeper(kit['admin'], safety, kit['grid_officer'].member_id)
    fire = EntryDraft(question='电动车能上楼充电吗', answer='不能。', place_id=district, department='安全生产')
    told_ = await knowledge.create(kit['admin'], fire, publish=True)
    kit.assistant.knowledge.rights._four_eyes = True
    changing = await knowledge.edit(kit['grid_officer'], told_.id, told_.version, fire.model_copy(update={'answer': '一律不能。'}))
    kit.assistant.knowledge.rights._four_eyes = False
    local = await knowledge.create(kit['worker'], fire.model_copy(update={'place_id': kit.house.at('community')}), publish=True)
    for name, refusal in (('安', Invalid), ('社保', Conflict), ('长' * 21, Invalid)):
        with pytest.raises(refusal) as problem:
            await departments.rename(kit['admin'], safety, name, '')
        assert problem.value.field == 'name'
    with pytest.raises(NotPermitted):
        await departments.rename(kit['secretary'], safety, '应急', '')
    for _twice in range(2):
        await departments.rename(kit['district_officer'], safety, ' 应急 管理 ', '用火用电')
    now = await knowledge.get(kit['admin'], told_.id)
    assert now.pending is not None
    assert (now.department, now.pending.department, now.pending.answer, now.version) == ('应急 管理', '应急 管理', '一律不能。', changing.version + 1)
    assert (await kit.assistant.keeping.history(kit['admin'], told_.id))[0].act is Act.DEPARTMENT
    assert (await knowledge.get(kit['admin'], local.id)).department == '安全生产'  # nearer: the community's own department
    shown = {one.id: one for one in await departments.all(kit['worker'], kit.house.at('community'))}
    assert (shown[safety].entries, shown[own].entries) == (1, 1)
    assert await departments.keeps(kit['grid_officer'].member_id, '应急 管理', now.place_path)
    renamed = [event for event in kit.house.events if isinstance(event, DepartmentChanged) and event.department_id == safety]
    assert len(renamed) == 3  # set up, a keeper, renamed once
    audit = AuditEntry.__table__
    [line] = await kit.house.rows(select(audit.c.actor_id, audit.c.detail).where(audit.c.action == 'assistant.rename_department'))
    assert (line.actor_id, line.detail) == (kit['district_officer'].member_id, {'before': '安全生产', 'name': '应急 管理'})


async def test_a_department_closes_when_it_is_empty_or_another_takes_its_entries(kit: Kit) -> None:
    kit.assistant.knowledge.rights._four_eyes = False
    knowledge, departments, district = kit.assistant.knowledge, kit.assistant.knowledge.departments, kit.house.at('district')
    safety = await departments.create(kit['admin'], district, '安全生产')
    rescue = await departments.create(kit['admin'], district, '应急')
    small = await departments.create(kit['secretary'], kit.house.at('community'), '消防站')
    fire = EntryDraft(question='电动车能上楼充电吗', answer='不能。', place_id=district, department='安全生产')
    entry = await knowledge.create(kit['admin'], fire, publish=True)
    with pytest.raises(Conflict) as full:
        await departments.close(kit['admin'], safety)
    assert full.value.field == 'into'
    for into in (safety, small):
        with pytest.raises(Invalid):
            await departments.close(kit['admin'], safety, into=into)
    assert (await knowledge.get(kit['admin'], entry.id)).department == '安全生产'
    await departments.close(kit['admin'], safety, into=rescue)
    assert (await knowledge.get(kit['admin'], entry.id)).department == '应急'
    with pytest.raises(Invalid):
        await knowledge.create(kit['admin'], fire.model_copy(update={'question': '楼道能停电动车吗'}))
    with pytest.raises(Invalid):
        await departments.close(kit['admin'], rescue, into=safety)
    await departments.reopen(kit['admin'], safety)
    await knowledge.create(kit['admin'], fire.model_copy(update={'question': '楼道能停电动车吗'}))
    entry = await knowledge.get(kit['admin'], entry.id)
    await knowledge.retire(kit['admin'], entry.id, entry.version)
    await departments.close(kit['admin'], rescue)  # nothing but what is retired
    assert [one.closed for one in await departments.all(kit['admin'], district) if one.id == rescue] == [True]


async def test_keeping_ends_with_the_office(kit: Kit) -> None:
    knowledge, departments = kit.assistant.knowledge, kit.assistant.knowledge.departments
    safety = await departments.create(kit['admin'], kit.house.at('district'), '安全生产')
    await departments.name_keeper(kit['admin'], safety, kit['grid_officer'].member_id)
    assert await departments.kept_by(kit['grid_officer'].member_id) == [('安全生产', kit.house.places['district'].path)]
    await kit.house.db.write(lambda tx: tx.connection.execute(update(RoleGrant.__table__).where(
        RoleGrant.__table__.c.member_id == kit['grid_officer'].member_id).values(valid_until=tx.now)))
    kit.house.clock.move(timedelta(minutes=1))
    assert await departments.kept_by(kit['grid_officer'].member_id) == []
    with pytest.raises(NotPermitted):
        await knowledge.create(kit['grid_officer'], EntryDraft(
            question='电动车能上楼充电吗', answer='不能。', place_id=kit.house.at('district'), department='安全生产'))


# -- time --------------------------------------------------------------------------------------------------------------


async def test_an_ending_answer_hedges_lies_on_its_owners_desk_and_is_confirmed_in_one_tap(kit: Kit) -> None:
    keeping = kit.assistant.keeping
    now = kit.house.clock.now()
    until = now + timedelta(days=40)
    entry = await published(kit, gym(kit, valid_until=until, owner_id=kit['secretary'].member_id))
    assert await told(kit) == FRONT_DESK
    assert await keeping.due(kit['secretary']) == []
    kit.house.clock.move(timedelta(days=13))
    [due] = await keeping.due(kit['secretary'])  # on the desk before residents hear of it
    assert (due.id, due.reason, due.due_at) == (entry.id, DueReason.EXPIRING, until)
    assert await keeping.due(kit['worker']) == []  # not theirs
    assert await told(kit, who='bob') == FRONT_DESK
    kit.house.clock.move(timedelta(days=14))
    [answer] = await kit.ask('alice', 'building', f'@小栖 {GYM}')
    assert '这条信息将于1月2日到期，请以社区届时公布的为准。' in answer.body
    assert answer.answer is not None
    assert answer.answer['stale']
    for who in ('worker2', 'grid_officer'):
        with pytest.raises((NotPermitted, NotFound)):
            await keeping.confirm(kit[who], entry.id, due.version)
    confirmed = await keeping.confirm(kit['secretary'], entry.id, due.version)
    assert confirmed.valid_until == due.until == until + timedelta(days=180)
    await kit.settle()
    assert await keeping.due(kit['secretary']) == []
    assert await told(kit, who='lead') == FRONT_DESK
    with pytest.raises(Conflict):
        await keeping.confirm(kit['secretary'], entry.id, due.version)
    undone = await keeping.unconfirm(kit['secretary'], entry.id, confirmed.version)
    assert (undone.valid_until, undone.confirmed_at) == (until, now)
    assert [one.id for one in await keeping.due(kit['secretary'])] == [entry.id]
    with pytest.raises(Conflict):
        await keeping.unconfirm(kit['secretary'], entry.id, undone.version)
    kit.house.clock.move(timedelta(days=14))
    await kit.settle()
    assert await told(kit, who='bob') == ''  # over: told no longer, by no process, without anybody doing anything
    [over] = await keeping.due(kit['secretary'])
    assert over.reason is DueReason.EXPIRED
    await keeping.confirm(kit['secretary'], entry.id, over.version)
    await kit.settle()
    assert await told(kit, who='alice') == FRONT_DESK


async def test_an_answer_nobody_confirmed_for_long_says_so(kit: Kit) -> None:
    knowledge, keeping = kit.assistant.knowledge, kit.assistant.keeping
    safety = await knowledge.departments.create(kit['admin'], kit.house.at('district'), '安全生产')
    entry = await published(kit, gym(kit, department='安全生产'))
    kit.house.clock.move(timedelta(days=170))
    mine = [one for one in await keeping.due(kit['worker']) if one.id == entry.id]
    assert [one.reason for one in mine] == [DueReason.STALE]
    assert await told(kit) == FRONT_DESK
    await knowledge.departments.name_keeper(kit['admin'], safety, kit['grid_officer'].member_id)
    assert [one.id for one in await keeping.due(kit['grid_officer'])] == [entry.id]  # the department's keeper before the office
    assert entry.id not in {one.id for one in await keeping.due(kit['worker'])}
    kit.house.clock.move(timedelta(days=20))
    assert '上次核对是2026年11月23日，办理前请向安全生产再确认一次' in await told(kit, who='bob')
    confirmed = await keeping.confirm(kit['grid_officer'], entry.id, mine[0].version)
    await kit.settle()
    assert (confirmed.confirmed_at, confirmed.valid_until) == (kit.house.clock.now(), None)
    assert await told(kit, who='lead') == FRONT_DESK
    district = {one.id for one in await keeping.due(kit['admin'])}
    assert len(district) == 3  # the three of the district, without owner or department: on the desk of its office
    assert {one.id for one in await keeping.due(kit['district_officer'])} == district


# -- the index ---------------------------------------------------------------------------------------------------------


async def until(met: Callable[[], bool]) -> None:
    while not met():
        await asyncio.sleep(0)


async def test_no_moment_without_an_answer_while_an_entry_changes(kit: Kit) -> None:
    entry = await published(kit, gym(kit))
    [line] = (await kit.assistant.knowledge.page(kit['admin'], kit.house.at('district'), text='高龄')).entries
    path, catalogue = kit.house.places['community'].path, kit.assistant._catalogue
    seen: set[int] = set()
    empty = 0
    done = asyncio.Event()

    async def ask_on() -> None:
        nonlocal empty
        while not done.is_set():
            for question in (GYM, PENSION):
                found, _finding = await catalogue.find(question, path, kit.house.clock.now())
                right = [one for one in found if one.score > 0.9]
                empty += not right
                seen.update(one.entry_id for one in right)
                empty += any(catalogue.visible(one.entry_id, path, kit.house.clock.now()) is None for one in right)
            await asyncio.sleep(0)

    asking = asyncio.create_task(ask_on())
    knowledge = kit.assistant.knowledge
    held = entry
    for answer in (SCAN, FRONT_DESK, SCAN):
        held = await knowledge.edit(kit['worker'], entry.id, held.version, gym(kit, answer, similar=[f'怎么约{answer}']))
        held = await knowledge.publish(kit['secretary'], entry.id, held.version)
        await kit.settle()
    own = await published(kit, gym(kit, '每周二。', question=PENSION, overrides_id=line.id))
    await asyncio.wait_for(until(lambda: own.id in seen), 20)
    await knowledge.retire(kit['worker'], own.id, own.version)
    await kit.settle()
    done.set()
    await asking
    assert empty == 0
    assert {entry.id, line.id, own.id} <= seen


async def test_every_process_follows_and_one_that_heard_nothing_catches_up(kit: Kit) -> None:
    first = kit.boot
    await kit.start(fake_model())
    kit.assistant.knowledge.rights._four_eyes = True
    first.assistant._catalogue._deaf()  # Redis is away for this one
    entry = await published(kit, gym(kit))
    path, now = kit.house.places['community'].path, kit.house.clock.now()
    assert kit.assistant._catalogue.visible(entry.id, path, now) is not None
    assert first.assistant._catalogue.visible(entry.id, path, now) is None
    await first.assistant._catalogue.catch_up()
    found, finding = await first.assistant._catalogue.find(GYM, path, now)
    assert (found[0].entry_id, finding.by_meaning) == (entry.id, True)
    encoder = FakeEncoder()
    assert first.retriever._model is not None
    first.retriever._model.encoder.encode_documents = encoder.encode_documents  # type: ignore[method-assign]
    await first.assistant._catalogue.catch_up()
    assert encoder.documents == 0  # nothing new: nothing is encoded
    retired = await kit.assistant.knowledge.retire(kit['worker'], entry.id, entry.version)
    await first.assistant._catalogue.catch_up()
    assert first.assistant._catalogue.visible(retired.id, path, now) is None
    await first.assistant.stop()


async def test_a_confirmation_changes_no_vector(lone: Kit) -> None:
    entry = await published(lone, gym(lone))
    lone.house.events.clear()
    encoder = lone.boot.retriever._model.encoder if lone.boot.retriever._model else None
    assert isinstance(encoder, FakeEncoder)
    await lone.assistant.keeping.confirm(lone['worker'], entry.id, entry.version)
    await lone.settle()
    assert [event.entry_ids for event in lone.house.events if isinstance(event, KnowledgeChanged)] == [(entry.id,)]
    [row] = await lone.house.rows(select(KbEntry.__table__.c.confirmed_by).where(KbEntry.__table__.c.id == entry.id))
    assert row.confirmed_by == lone['worker'].member_id


async def test_seed_departments_take_in_what_is_theirs(lone: Kit, tmp_path: Path) -> None:
    folder = tmp_path / 'kb'
    folder.mkdir()
    (folder / 'departments.json').write_text(
        '[{"name": "安全生产", "about": "用火用电", "takes": [{"department": "应急管理办"}]}]', encoding='utf-8')
    (folder / 'fire.jsonl').write_text(
        '{"key": "f-1", "question": "灭火器多久换", "answer": "看压力表。", "department": "应急管理办", "scope": "district"}\n'
        '{"key": "f-2", "question": "医保怎么转", "answer": "带身份证。", "department": "医保窗口", "scope": "district"}\n', encoding='utf-8')
    places = {'district': lone.house.at('district')}
    assert (await lone.assistant.knowledge.import_seed(folder, places)).added == 2
    assert (await lone.assistant.knowledge.import_seed(folder, places)).unchanged == 2
    names = {one.name: one.entries for one in await lone.assistant.knowledge.departments.all(lone['admin'], lone.house.at('district'))}
    assert names == {'安全生产': 1, '医保窗口': 1}
    found = await lone.assistant.knowledge.page(lone['admin'], lone.house.at('district'), department='安全生产')
    assert [(line.question, line.department) for line in found.entries] == [('灭火器多久换', '安全生产')]
