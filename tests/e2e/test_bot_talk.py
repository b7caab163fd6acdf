"""小栖 in talk, on a phone: a follow-up, a guide, a person who takes over, stars, opened again; the desk beside it."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import SCREENS, Stage
from tests.e2e.people import CONNECTED, picture

AUNT, WORKER = '3栋-张阿姨', '社区小沈'


@pytest.fixture
def assistant() -> bool:
    """小栖 answers by meaning here."""
    return True


async def ask(page: Page, words: str) -> None:
    """Write to 小栖 and wait for one more answer of its own."""
    before = await page.locator('.ys-answer').count()
    await page.locator('.ys-composer textarea').fill(words)
    await page.locator('.ys-send').click()
    await expect(page.locator('.ys-answer')).to_have_count(before + 1)


async def test_from_a_question_to_a_person_and_back(stage: Stage) -> None:
    await stage.site.model_ready()
    phone, desk = await stage.phone('zhang'), await stage.desk('shen')
    aunt, worker = await phone.enter(AUNT), await desk.enter(WORKER)
    await phone.go(aunt, '/assistant')

    await ask(aunt, '高龄老人津贴怎么申请？')
    await expect(aunt.locator('.ys-answer').last.get_by_role('link', name='看办事指南')).to_be_visible()
    await ask(aunt, '那要带什么材料')
    await expect(aunt.locator('.ys-answer').last).to_contain_text(re.compile('身份证|证件|材料|户口'))
    await picture(aunt, SCREENS / 'bot-talk-390.png')

    await aunt.locator('.ys-answer').first.get_by_role('link', name='看办事指南').click()
    await aunt.wait_for_url('**/services/guide/*')
    await aunt.wait_for_function(CONNECTED)
    sheet = aunt.locator('.ys-guide-sheet')
    await expect(sheet).to_contain_text('高龄')
    await expect(sheet).to_contain_text('要带什么')
    await aunt.get_by_role('button', name='大字看').click()
    await expect(sheet).to_have_class(re.compile('is-large'))
    assert await aunt.evaluate('document.documentElement.scrollWidth <= window.innerWidth')
    await picture(aunt, SCREENS / 'bot-guide-390.png')
    await phone.go(aunt, '/assistant')

    await ask(aunt, '转人工')
    await desk.go(worker, '/staff/knowledge/desk')
    case = worker.locator('.ys-case', has_text=AUNT)
    await expect(case.locator('summary')).to_contain_text('之前问过什么')
    await case.locator('summary').click()
    await expect(case).to_contain_text('高龄老人津贴怎么申请')
    await picture(worker, SCREENS / 'bot-desk-1440.png')
    await case.get_by_role('button', name='接手并进入对话').click()
    await worker.wait_for_url('**/rooms/*')
    await expect(aunt.locator('.ys-room-head')).to_contain_text('正在答复')
    await aunt.locator('.ys-composer textarea').fill('高龄老人津贴怎么申请？')
    await aunt.locator('.ys-send').click()
    await worker.locator('.ys-composer textarea').fill('带身份证来服务站，我帮您登记')
    await worker.locator('.ys-send').click()
    await expect(aunt.locator('.ys-msg', has_text='我帮您登记')).to_be_visible()
    answers = await aunt.locator('.ys-answer').count()

    await desk.go(worker, '/staff/knowledge/desk')
    await worker.locator('.ys-case', has_text=AUNT).get_by_role('button', name='办结').click()
    card = aunt.locator('.ys-handoff-card')
    await expect(card).to_contain_text('这次答复怎么样')
    assert await aunt.locator('.ys-answer').count() == answers  # 小栖 said nothing meanwhile
    await expect(aunt.get_by_text('小栖正在想')).to_have_count(0)
    await card.get_by_role('button', name='4 颗星').click()
    await expect(card).to_contain_text('您给了 4 颗星')
    box = await card.get_by_role('button', name='4 颗星').bounding_box()
    assert box is not None
    assert min(box['width'], box['height']) >= 44
    await picture(aunt, SCREENS / 'bot-stars-390.png')
    await card.get_by_role('button', name='没解决，重新打开').click()
    await expect(card).to_contain_text('等待工作人员')
    await expect(worker.locator('.ys-case', has_text=AUNT)).to_contain_text('居民重新打开')


async def test_the_roster_a_department_and_a_case_passed_on(stage: Stage) -> None:
    desk, phone = await stage.desk('xia'), await stage.phone('zhang')
    secretary, aunt = await desk.enter('夏书记'), await phone.enter(AUNT)
    await desk.go(secretary, '/staff/knowledge/duty')
    first = secretary.locator('.ys-lines li').first
    await first.locator('.q-select').click()
    await secretary.locator('.q-menu .q-item', has_text=WORKER).click()
    await first.get_by_role('button', name=re.compile('排上$')).click()
    await expect(first.locator('.ys-lines-what')).to_contain_text(WORKER)
    await picture(secretary, SCREENS / 'duty-1440.png')

    await desk.go(secretary, '/staff/knowledge/departments')
    await secretary.get_by_text('设一个部门').click()
    new = secretary.locator('details', has=secretary.get_by_role('button', name='设这个部门'))
    await new.get_by_label('部门名称').fill('民政')
    await new.get_by_role('button', name='设这个部门').click()
    card = secretary.locator('section', has=secretary.get_by_role('heading', name='民政', exact=True))
    await card.get_by_label('加一位知识员').click()
    await secretary.locator('.q-menu .q-item', has_text=WORKER).click()
    await card.get_by_role('button', name='加上').click()
    await expect(card.locator('.ys-lines')).to_contain_text(WORKER)
    await card.get_by_text('改名、转人工、停用').click()
    await card.get_by_text('接转人工：知识员接手居民的问题').click()
    await picture(secretary, SCREENS / 'departments-1440.png')
    await card.get_by_role('button', name='保存转人工设置').click()
    await expect(card).to_contain_text('接转人工：社区办公时间')

    await phone.go(aunt, '/assistant')
    await ask(aunt, '转人工')
    await desk.go(secretary, '/staff/knowledge/desk')
    case = secretary.locator('.ys-case', has_text=AUNT)
    await case.get_by_role('button', name='转到别的窗口').click()
    await case.get_by_label('转到哪个窗口').select_option('民政')
    await case.get_by_role('button', name='转过去').click()
    await expect(case).to_contain_text('民政窗口')
    await expect(aunt.locator('.ys-room')).to_contain_text('已转到民政窗口')

    # renamed in another tab: whoever has the desk open reads the new name at once
    other = await desk.open('/staff/knowledge/departments')
    card = other.locator('section', has=other.get_by_role('heading', name='民政', exact=True))
    await card.get_by_text('改名、转人工、停用').click()
    await card.get_by_label('部门名称').fill('民政助老')
    await card.get_by_role('button', name='保存名称').click()
    await expect(other.get_by_role('heading', name='民政助老', exact=True)).to_be_visible()
    await expect(case).to_contain_text('民政助老窗口')


async def test_quiet_hours_are_set_by_staff(stage: Stage) -> None:
    desk = await stage.desk('shen')
    worker = await desk.enter(WORKER)
    room = stage.site.value('SELECT id FROM room WHERE title = ?', '景和园社区群')
    await desk.go(worker, f'/staff/rooms/{room}')
    part = worker.locator('section', has_text='小栖的免打扰时段')
    await part.get_by_label('从').fill('22:30')
    await part.get_by_label('到', exact=True).fill('06:30')
    await part.get_by_role('button', name='保存').click()
    await expect(part.get_by_role('button', name='取消免打扰时段')).to_be_visible()
    assert stage.site.rows('SELECT hush_from, hush_until FROM room WHERE id = ?', room) == [(1350, 390)]
    await part.get_by_role('button', name='取消免打扰时段').click()
    await expect(part).to_contain_text('现在没有设免打扰时段')
