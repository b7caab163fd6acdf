"""The knowledge office with two people looking: one writes and hands in, the other sees it at once, reviews, publishes."""

from datetime import time, timedelta

import pytest

from pages import workbench
from tests.bench.browser import ActRefusedError
from tests.pages.site import Site
from tests.pages.test_assistant_pages import container, gate, site  # noqa: F401 - fixtures
from yunshequ.assistant.schemas import DeskHours, EntryDraft, EntryState
from yunshequ.bootstrap import Container

GYM = '健身房怎么预约'


@pytest.fixture
def office(site: Site) -> Site:  # noqa: F811
    """The application, where two look at every answer."""
    site.c.assistant.knowledge.rights._four_eyes = True
    return site


def shown(page: object, words: str) -> bool:
    return any(words in str(element) for element in page.elements.values())  # type: ignore[attr-defined]


def gym(c: Container, place_id: int, answer: str = '前台登记。', **more: object) -> EntryDraft:
    return EntryDraft.model_validate({'question': GYM, 'answer': answer, 'place_id': place_id} | more)


async def test_the_second_person_sees_it_at_once_and_publishes(office: Site) -> None:
    c, world = office.c, office.world
    secretary, worker = await office.browser('secretary'), await office.browser('worker')
    desk = await secretary.open('/staff')
    assert not [line for line in desk.props('workbench')['lines'] if line['key'].startswith('review:')]
    form = await worker.load('/staff/knowledge/new')
    assert shown(form, '送审')
    assert shown(form, '自己写的要由另一位看过才发布：secretary先生')
    entry = await c.assistant.knowledge.create(world['worker'], gym(c, world.community))
    assert shown(await worker.load(f'/staff/knowledge/{entry.id}?view=history'), '这条还没有改过')
    entry = await c.assistant.knowledge.submit(world['worker'], entry.id, entry.version)
    await secretary.wait_for(lambda frame: frame['k'] == 'changed')
    [line] = [one for one in (await secretary.act('workbench.list', {}, tag='workbench'))['lines'] if one['key'] == f'review:{entry.id}']
    assert (line['kind'], line['href']) == ('待审核', f'/staff/knowledge/{entry.id}')
    assert GYM in line['title']
    mine = await worker.open(f'/staff/knowledge/{entry.id}')
    assert shown(mine, '您写的，等另一位看过：secretary先生')
    assert not shown(mine, '通过并发布')
    hers = await secretary.load(f'/staff/knowledge/{entry.id}')
    assert shown(hers, '通过并发布')
    assert shown(hers, '退回')
    entry = await c.assistant.knowledge.publish(world['secretary'], entry.id, entry.version)
    told = await worker.wait_for(lambda frame: frame['t'] == f'kbentry:{entry.id}')
    assert (told['k'], told['version']) == ('changed', entry.version)
    changed = await c.assistant.knowledge.edit(world['worker'], entry.id, entry.version, gym(c, world.community, '扫码登记。'))
    assert (changed.state, changed.pending_state) == (EntryState.PUBLISHED, EntryState.DRAFT)
    page = await secretary.load(f'/staff/knowledge/{entry.id}')
    assert shown(page, '发布之前，小栖还按原来的内容回答。')
    assert shown(page, '前台')
    history = await secretary.load(f'/staff/knowledge/{entry.id}?view=history')
    assert shown(history, '划掉的是删去的')
    for browser in (secretary, worker):
        await browser.close()


async def test_still_valid_is_said_in_the_queue_and_taken_back(office: Site) -> None:
    c, world = office.c, office.world
    knowledge = c.assistant.knowledge
    until = c.clock.now() + timedelta(days=10)
    entry = await knowledge.create(world['worker'], gym(c, world.community, valid_until=until, owner_id=world['worker'].member_id))
    entry = await knowledge.publish(world['secretary'], entry.id, entry.version)
    worker, secretary = await office.browser('worker'), await office.browser('secretary')
    desk = await worker.open('/staff')
    [line] = [one for one in desk.props('workbench')['lines'] if one['key'] == f'due:{entry.id}']
    assert (line['due_at'], line['confirm']['version']) == (until.isoformat(), entry.version)
    assert line['confirm']['until']
    other = await secretary.open('/staff')
    assert not [one for one in other.props('workbench')['lines'] if one['key'] == f'due:{entry.id}']
    tab = await office.browser('worker')
    assert shown(await tab.load('/staff/knowledge/due'), GYM)
    assert shown(await secretary.load('/staff/knowledge/due'), '您这里没有要核对的条目')
    done = await worker.act('knowledge.confirm', {'id': entry.id, 'version': entry.version}, tag='workbench', act_id='confirm-0000001')
    again = await worker.act('knowledge.confirm', {'id': entry.id, 'version': entry.version}, tag='workbench', act_id='confirm-0000001')
    assert done == again == {'version': entry.version + 1}
    with pytest.raises(ActRefusedError) as refusal:
        await worker.act('knowledge.confirm', {'id': entry.id, 'version': entry.version}, tag='workbench')
    assert refusal.value.error['code'] == 'conflict'
    lines = (await worker.act('workbench.list', {}, tag='workbench'))['lines']
    assert not [one for one in lines if one['key'] == f'due:{entry.id}']
    await worker.act('knowledge.unconfirm', {'id': entry.id, 'version': done['version']}, tag='workbench')
    lines = (await worker.act('workbench.list', {}, tag='workbench'))['lines']
    assert [one['due_at'] for one in lines if one['key'] == f'due:{entry.id}'] == [until.isoformat()]
    for browser in (worker, secretary, tab):
        await browser.close()


async def test_a_resident_reads_lists_and_links_as_a_tree(office: Site) -> None:
    c, world = office.c, office.world
    knowledge = c.assistant.knowledge
    draft = gym(c, world.community, '**带上**：\n- 身份证', links=[{'title': '预约表', 'href': '/services'}])
    entry = await knowledge.create(world['worker'], draft)
    await knowledge.publish(world['secretary'], entry.id, entry.version)
    alice = await office.browser('alice')
    page = await alice.open('/assistant')
    room_id = page.props('room')['room']['id']
    await alice.act('post', {'room_id': room_id, 'client_id': 'alice-gym-000001', 'kind': 'text', 'body': GYM, 'mentions': []}, tag='room')
    said = await alice.wait_for(lambda frame: frame['k'] == 'message' and frame['m']['kind'] == 'answer')
    answer = said['m']['answer']
    assert said['m']['body'] == '带上：\n· 身份证'
    assert [block['t'] for block in answer['rich']['blocks']] == ['p', 'ul']
    assert answer['links'] == [{'title': '预约表', 'href': '/services'}]
    await alice.close()


async def test_departments_are_shown_to_staff_and_set_up_from_above(office: Site) -> None:
    c, world = office.c, office.world
    departments = c.assistant.knowledge.departments
    safety = await departments.create(world['admin'], world.district, '安全生产', '用火用电')
    await departments.name_keeper(world['admin'], safety, world['grid'].member_id)
    worker, admin, grid = await office.browser('worker'), await office.browser('admin'), await office.browser('grid')
    page = await worker.load('/staff/knowledge/departments')
    assert shown(page, '安全生产')
    assert shown(page, 'grid先生')
    assert not shown(page, '不再担任')
    page = await admin.load('/staff/knowledge/departments')
    assert shown(page, '不再担任')
    assert shown(page, '加一位知识员')
    entry = await c.assistant.knowledge.create(
        world['grid'], EntryDraft(question='电动车能上楼充电吗', answer='不能。', place_id=world.district, department='安全生产'))
    page = await grid.load(f'/staff/knowledge/{entry.id}')
    assert shown(page, '保存并送审')
    [wide] = (await c.assistant.knowledge.page(world['admin'], world.district, text='居住证')).entries
    page = await grid.load(f'/staff/knowledge/{wide.id}')
    assert not shown(page, '保存并送审')
    for browser in (worker, admin, grid):
        await browser.close()


async def test_a_handoff_reaches_the_departments_keeper_live_and_bears_its_new_name(office: Site) -> None:
    """A resident asks for a person about an answer of 文体; its keeper sees it at once, a colleague on duty does not; then 文体 is renamed."""
    c, world = office.c, office.world
    departments = c.assistant.knowledge.departments
    sport = await departments.create(world['worker'], world.community, '文体')
    await departments.name_keeper(world['worker'], sport, world['secretary'].member_id)
    await departments.set_answers(world['worker'], sport, answers=True)
    entry = await c.assistant.knowledge.create(world['worker'], gym(c, world.community, department='文体'))
    await c.assistant.knowledge.publish(world['secretary'], entry.id, entry.version)
    alice, keeper = await office.browser('alice'), await office.browser('secretary')
    board, desk = await keeper.load('/staff/knowledge/desk'), await keeper.open('/staff')
    assert desk.props('workbench')['lines'] == []
    assert board.props('case_board')['departments'] == [{'id': sport, 'name': '文体'}]
    page = await alice.open('/assistant')
    room_id = page.props('room')['room']['id']
    await alice.act('post', {'room_id': room_id, 'client_id': 'alice-sport-00001', 'kind': 'text', 'body': GYM, 'mentions': []}, tag='room')
    said = await alice.wait_for(lambda frame: frame['k'] == 'message' and frame['m']['kind'] == 'answer')
    handoff = await c.assistant.handoff(world['alice'], room_id, log_id=said['m']['answer']['log_id'])
    heard = await keeper.wait_for(lambda frame: frame['k'] == 'changed' and frame['t'] == f'desk:{world.community}')
    assert heard
    [line] = [one for one in (await keeper.act('workbench.list', {}, tag='workbench'))['lines'] if one['key'].startswith('case:')]
    assert (line['key'], line['detail']) == (f'case:{handoff.case.id}', f'文体窗口 · {GYM}')
    assert not [one for one in await workbench.queue(c, world['worker']) if one['key'].startswith('case:')]
    await alice.wait_for(lambda frame: frame['k'] == 'message' and '已转给文体的工作人员' in frame['m']['body'])

    await departments.rename(world['worker'], sport, '文化体育', '健身房、图书室')
    await keeper.wait_for(lambda frame: frame['k'] == 'changed' and frame['t'] == 'departments:all')
    [line] = [one for one in (await keeper.act('workbench.list', {}, tag='workbench'))['lines'] if one['key'].startswith('case:')]
    assert line['detail'] == f'文化体育窗口 · {GYM}'
    await c.assistant.desk.take(world['secretary'], handoff.case.id)
    await c.assistant.desk.close(world['secretary'], handoff.case.id)
    await c.assistant.rating.rate(world['alice'], handoff.case.id, 4)
    figures = await keeper.load('/staff/knowledge/figures')
    assert shown(figures, '转人工评价：按部门')
    assert shown(figures, '文化体育')
    assert shown(figures, '4.0')
    for browser in (alice, keeper):
        await browser.close()


async def test_the_page_of_departments_says_who_takes_handoffs(office: Site) -> None:
    c, world = office.c, office.world
    departments = c.assistant.knowledge.departments
    sport = await departments.create(world['worker'], world.community, '文体')
    worker = await office.browser('worker')
    assert shown(await worker.load('/staff/knowledge/departments'), '不接转人工，由社区值班的人接手')
    await departments.set_answers(world['worker'], sport, answers=True)
    assert shown(await worker.load('/staff/knowledge/departments'), '要接转人工，但还没有知识员')
    await departments.name_keeper(world['worker'], sport, world['secretary'].member_id)
    assert shown(await worker.load('/staff/knowledge/departments'), '接转人工：社区办公时间')
    await departments.set_answers(world['worker'], sport, answers=True, hours=DeskHours(days=(1, 3), spans=((time(9), time(11, 30)),)))
    page = await worker.load('/staff/knowledge/departments')
    assert shown(page, '接转人工：周一、周三 09:00–11:30')
    assert shown(page, '改名、转人工、停用')
    await departments.close(world['worker'], sport)
    assert shown(await worker.load('/staff/knowledge/departments'), '重新启用')
    await worker.close()
