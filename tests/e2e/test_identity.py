"""Who somebody is, played on phones of 390 × 844: verified by the roll, an owner by two of the staff, a refusal that helps."""

import re
from pathlib import Path

from playwright.async_api import Page, expect

from tests.e2e.conftest import SCREENS, Stage
from tests.e2e.people import CONNECTED, Person, picture

ROOM, BALLOT = '景和园3栋楼栋群', '要不要装一部新电梯'
ROLL = '小区,楼栋,室号,面积,姓名,关系,手机\n景和园,3栋,2601,89.35,陈秀兰,业主,10000009001\n'
NUMBER = '320113195403071239'


async def move_in(stage: Stage, name: str, phone: str, flat: str) -> tuple[Person, Page]:
    """Somebody scans the code in the stairwell and says which flat."""
    person = await stage.phone(name)
    token = stage.site.value('SELECT token FROM join_code JOIN room ON room.id = join_code.room_id WHERE title = ?', ROOM)
    page = await person.open(f'/join/{token}')
    await page.get_by_label('手机号').fill(phone)
    await page.get_by_role('button', name='获取验证码').click()
    shown = page.locator('.ys-note', has_text=re.compile(r'\d{6}'))
    await expect(shown).to_be_visible()
    code = re.search(r'\d{6}', await shown.inner_text())
    assert code is not None
    await page.get_by_label('短信验证码').fill(code.group())
    await page.get_by_role('button', name='进入', exact=True).click()
    await page.get_by_label('大家怎么称呼您').fill(name)
    await page.get_by_label('房号（可以不填）').fill(flat)
    await page.get_by_role('button', name='加入', exact=True).click()
    await expect(page.get_by_role('heading', name='欢迎您')).to_be_visible()
    return person, page


async def choose(page: Page, label: str, option: str) -> None:
    """Choose from a list of a staff form; on a phone it is a dialog."""
    await page.get_by_label(label, exact=True).click()
    await page.locator('.q-menu .q-item, .q-dialog .q-item', has_text=option).first.click()
    await expect(page.locator('.q-menu, .q-dialog')).to_have_count(0)


async def open_ballot(page: Page) -> str:
    """Put a question to the households of the building."""
    await choose(page, '哪里的人投票', '3栋')
    await page.get_by_label('要决定什么').fill(BALLOT)
    await page.get_by_role('button', name='保存').click()
    await page.wait_for_url(re.compile(r'/ballots/\d+$'))
    return '/' + page.url.split('/', 3)[3]


async def test_the_roll_two_of_the_staff_and_a_refusal_that_helps(stage: Stage, tmp_path: Path) -> None:
    chen, hers = await move_in(stage, '3栋-陈阿姨', '10000009001', '2601')
    wang, his = await move_in(stage, '3栋-老王', '10000009002', '2602')

    worker = await stage.phone('社区小沈')
    desk = await worker.enter('社区小沈')
    await worker.go(desk, '/ballots/new')
    ballot = await open_ballot(desk)

    # a refusal names what is missing and leads there
    await wang.go(his, ballot)
    card = his.locator('.ys-ballot')
    await expect(card).to_contain_text('您填的 3栋-2602 还在等社区核实')
    await picture(his, SCREENS / 'identity-refused-390x844.png')
    await card.get_by_role('link', name='去“我的身份”').click()
    await his.wait_for_url('**/me/identity')
    await his.wait_for_function(CONNECTED)
    await expect(his.locator('.ys-identity')).to_contain_text('景和园社区：成员')
    await picture(his, SCREENS / 'identity-member-390x844.png')

    # by the roll
    file = tmp_path / '住户名册.csv'
    file.write_text(ROLL, encoding='utf-8-sig')
    await worker.go(desk, '/staff/people?view=file')
    await desk.locator('.ys-roll-file input[type=file]').set_input_files(file)
    await expect(desk.locator('.ys-roll-file')).to_contain_text('可由本人核对 1 人')
    await desk.get_by_role('button', name='导入', exact=True).click()
    await expect(desk.locator('.ys-roll-file')).to_contain_text('导入好了')
    await chen.go(hers, '/me/identity')
    await hers.get_by_label('姓名（与身份证一致）').fill('陈秀英')
    await hers.get_by_role('button', name='核对', exact=True).click()
    await expect(hers.locator('.ys-identity')).to_contain_text('与社区名册对不上')
    await expect(hers.get_by_label('姓名（与身份证一致）')).to_have_value('陈秀英')
    await hers.get_by_label('姓名（与身份证一致）').fill('陈秀兰')
    await hers.get_by_role('button', name='核对', exact=True).click()
    await expect(hers.locator('.ys-identity')).to_contain_text('景和园社区：业主')
    await expect(hers.locator('.ys-identity')).to_contain_text('陈**')
    await picture(hers, SCREENS / 'identity-owner-390x844.png')

    # by two of the staff
    await worker.go(desk, '/staff/people?view=identity')
    form = desk.locator('section', has=desk.get_by_role('heading', name='提交一份核验', exact=True))
    await form.get_by_label('按称呼或房号查找').fill('老王')
    await form.get_by_role('button', name='查找').click()
    await form.get_by_label('身份证上的姓名').fill('王建国')
    await form.get_by_label('身份证号码').fill(NUMBER)
    await form.get_by_text('身份证', exact=True).click()
    await form.get_by_text('房产证或购房合同', exact=True).click()
    await form.get_by_label('业主份额（%）').fill('50')
    await picture(desk, SCREENS / 'identity-propose-390x844.png')
    await form.get_by_role('button', name='提交给同事确认').click()
    await expect(desk.get_by_text('您提交的，要由另一位同事确认')).to_be_visible()
    await expect(desk.get_by_role('button', name='确认', exact=True)).to_have_count(0)
    secretary = await stage.desk('夏书记')
    office = await secretary.enter('夏书记')
    await secretary.go(office, '/staff/people?view=identity')
    await expect(office.get_by_text('3栋-老王 · 王**')).to_be_visible()
    await picture(office, SCREENS / 'identity-confirm-1440x900.png')
    await office.get_by_role('button', name='确认', exact=True).click()
    await expect(office.get_by_text('3栋-老王 · 王**')).to_have_count(0)
    await expect(his.locator('.ys-identity')).to_contain_text('景和园社区：业主')  # her page loads anew by itself
    await expect(his.locator('.ys-identity')).to_contain_text('份额 50%')
    assert NUMBER not in stage.site.log.read_text(encoding='utf-8')
    for table in ('real_name', 'identity_check', 'audit_entry', 'roll_person'):
        assert NUMBER not in repr(stage.site.rows(f'SELECT * FROM {table}'))


async def test_two_flats_become_one_and_apart_again(stage: Stage) -> None:
    worker = await stage.desk('社区小沈')
    page = await worker.enter('社区小沈')
    place = stage.site.value(
        "SELECT id FROM place WHERE name = '3栋' AND path LIKE (SELECT path FROM place WHERE name = '景和园社区') || '%'")
    await worker.go(page, f'/staff/people?view=changes&place={place}')
    rooms = [room for (room,) in stage.site.rows(
        'SELECT room_no FROM household WHERE place_id = ? AND on_roll AND area_cm2 > 0 ORDER BY id LIMIT 2', place)]
    section = page.locator('section', has=page.get_by_role('heading', name='合户', exact=True))
    await section.get_by_label('要合并的户').click()
    for room in rooms:
        await page.locator('.q-menu .q-item', has_text=re.compile(f'^3栋-{room}$')).click()
    await page.keyboard.press('Escape')
    await section.get_by_role('button', name='看看会变成什么').click()
    await expect(section.locator('[role=status]')).to_contain_text('→')
    await picture(page, SCREENS / 'households-preview-1440x900.png')
    before = stage.site.rows('SELECT id, area_cm2, on_roll, merged_into FROM household ORDER BY id')
    await section.get_by_role('button', name='确认', exact=True).click()
    undo = page.get_by_role('button', name='撤销', exact=True)
    await expect(undo).to_be_visible()
    assert stage.site.rows('SELECT id, area_cm2, on_roll, merged_into FROM household ORDER BY id') != before
    await undo.scroll_into_view_if_needed()
    await picture(page, SCREENS / 'households-merged-1440x900.png')
    await undo.click()
    await expect(page.get_by_text('撤销', exact=False).last).to_contain_text('已于')
    assert stage.site.rows('SELECT id, area_cm2, on_roll, merged_into FROM household ORDER BY id') == before


async def test_an_aunt_asks_a_neighbour_to_act_for_her_and_takes_it_back(stage: Stage) -> None:
    aunt = await stage.phone('3栋-张阿姨')
    page = await aunt.enter('3栋-张阿姨')
    await aunt.go(page, '/me/helpers')
    await picture(page, SCREENS / 'helpers-empty-390x844.png')
    await page.get_by_label('家人的手机号').fill('100 0000 0036')
    await page.get_by_text('替我投票（只在表决规则允许代办时）').click()
    await page.get_by_role('button', name='我同意').click()
    await expect(page.locator('.ys-lines', has_text='3栋-小刘')).to_contain_text('替我投票')
    await picture(page, SCREENS / 'helpers-given-390x844.png')

    worker = await stage.desk('社区小沈')
    desk = await worker.enter('社区小沈')
    await worker.go(desk, '/ballots/new')
    await choose(desk, '哪里的人投票', '3栋')
    await desk.get_by_label('要决定什么').fill(BALLOT)
    await desk.get_by_role('button', name='保存').click()
    await desk.wait_for_url(re.compile(r'/ballots/\d+$'))
    ballot = '/' + desk.url.split('/', 3)[3]
    liu = await stage.phone('3栋-小刘')
    his = await liu.enter('3栋-小刘')
    await liu.go(his, ballot)
    await his.get_by_role('button', name='代 3栋-张阿姨 3栋-502').click()
    await his.locator('.ys-option', has_text='同意').first.click()
    await picture(his, SCREENS / 'helpers-voting-390x844.png')
    await his.locator('.ys-ballot button[type=submit]').click()
    await expect(his.locator('.ys-ballot-done')).to_be_visible()
    await aunt.go(page, ballot)
    await expect(page.locator('.ys-ballot')).to_contain_text('3栋-张阿姨（由 3栋-小刘 代办）')
    await picture(page, SCREENS / 'helpers-seen-390x844.png')

    await aunt.go(page, '/me/helpers')
    await expect(page.locator('.ys-identity')).to_contain_text(BALLOT)
    await page.get_by_role('button', name='收回').click()
    await expect(page.locator('.ys-identity')).to_contain_text('您还没有请谁代办')
    await liu.go(his, ballot)
    await expect(his.get_by_role('button', name='代 3栋-张阿姨 3栋-502')).to_have_count(0)
