"""An answer from the first word to its end, by two keepers and a resident: written, sent back, published, told, confirmed, retired."""

import re
from datetime import datetime, timedelta
from pathlib import Path

from playwright.async_api import Page, expect

from tests.e2e.conftest import SCREENS, Stage
from tests.e2e.people import CONNECTED, Person, picture
from yunshequ.core.clock import SHANGHAI

WORKER, SECRETARY, AUNT = '社区小沈', '夏书记', '3栋-张阿姨'
QUESTION = '社区健身房怎么预约？'


async def seen(page: Page, name: str) -> None:
    size = page.viewport_size or {}
    await picture(page, SCREENS / f'knowledge-{name}-{size["width"]}x{size["height"]}.png')


async def whole(page: Page, name: str) -> None:
    size = page.viewport_size or {}
    path: Path = SCREENS / f'knowledge-{name}-{size["width"]}x{size["height"]}.png'
    await page.screenshot(path=path, animations='disabled', full_page=True)


async def choose(page: Page, label: str, option: str) -> None:
    """Choose from a list of a staff form; on a phone it is a dialog."""
    await page.get_by_label(label, exact=True).click()
    await page.locator('.q-menu .q-item, .q-dialog .q-item', has_text=option).first.click()
    await expect(page.locator('.q-menu, .q-dialog')).to_have_count(0)


async def entry_page(person: Person, page: Page, number: int) -> None:
    await person.go(page, f'/staff/knowledge/{number}')


async def arrived(page: Page) -> None:
    await page.wait_for_load_state()
    await page.wait_for_function(CONNECTED)


async def test_an_answer_from_its_first_word_to_its_end(stage: Stage) -> None:
    worker, secretary = await stage.phone(WORKER), await stage.desk(SECRETARY)
    mobile, desk = await worker.enter(WORKER), await secretary.enter(SECRETARY)
    await secretary.go(desk, '/staff')

    # written on a phone; a bad link is refused beside its field, all that was typed stays
    await worker.go(mobile, '/staff/knowledge/new')
    await mobile.get_by_label('问题', exact=True).fill(QUESTION)
    await mobile.get_by_label('答案（先说结论，用“您”）').fill('**每天九点到八点**，您可以：\n- 到前台登记\n- 扫门口的码')
    await mobile.get_by_label('办理步骤（一行一步，可以不写）').fill('带上身份证\n登记')
    await mobile.get_by_label('办事链接（一行一个：名称 空格 地址，可以不写）').fill('去议事 javascript:alert(1)')
    last = (datetime.now(SHANGHAI) + timedelta(days=10)).strftime('%Y-%m-%d')
    await mobile.get_by_label('最后有效的一天（可以不填）').fill(last)
    await choose(mobile, '部门', '虚拟养老')
    await mobile.get_by_role('button', name='送审', exact=True).click()
    await expect(mobile.get_by_text('链接只能是本站页面')).to_be_visible()
    await mobile.get_by_text('链接只能是本站页面').scroll_into_view_if_needed()
    await seen(mobile, 'bad-link')
    await mobile.get_by_label('办事链接（一行一个：名称 空格 地址，可以不写）').fill('去议事 /deliberate')
    await mobile.get_by_role('button', name='送审', exact=True).dblclick()  # a trembling thumb
    await mobile.wait_for_url(re.compile(r'/staff/knowledge/\d+$'))
    await arrived(mobile)
    assert stage.site.rows('SELECT count(*) FROM kb_entry WHERE question = ?', QUESTION) == [(1,)]
    number = int(mobile.url.rpartition('/')[2])
    await expect(mobile.get_by_text('您写的，等另一位看过：夏书记')).to_be_visible()
    await whole(mobile, 'handed-in')

    # it comes onto the other's open workbench, is sent back with a note, and the writer's open page says so
    line = desk.locator('.ys-queue li', has_text=f'请看一下：{QUESTION}')
    await expect(line).to_be_visible()
    await seen(desk, 'workbench')
    await line.locator('a').click()
    await desk.wait_for_url(f'**/staff/knowledge/{number}')
    await arrived(desk)
    await desk.get_by_role('button', name='退回', exact=True).click()
    await desk.get_by_label('要改什么（写的人会看到）').fill('请写上哪里能扫码')
    await desk.locator('.q-dialog').get_by_role('button', name='退回', exact=True).click()
    await expect(mobile.get_by_text('夏书记 刚处理过这条')).to_be_visible()
    await mobile.get_by_role('link', name='看最新的').click()
    await arrived(mobile)
    await expect(mobile.get_by_text('请写上哪里能扫码')).to_be_visible()
    await seen(mobile, 'sent-back')
    await mobile.get_by_label('答案（先说结论，用“您”）').fill('**每天九点到八点**，您可以：\n- 到前台登记\n- 扫西门的码')
    await mobile.get_by_role('button', name='保存并送审').click()
    await expect(mobile.get_by_text('您写的，等另一位看过：夏书记')).to_be_visible()
    await entry_page(secretary, desk, number)
    await whole(desk, 'review')
    await desk.get_by_role('button', name='通过并发布').click()
    await expect(desk.get_by_text('已发布').first).to_be_visible()

    # a resident is told: lists and links as such, the reserve by itself
    aunt = await stage.phone(AUNT)
    chat = await aunt.enter(AUNT)
    await aunt.go(chat, '/assistant')
    await chat.locator('textarea').fill(QUESTION)
    await chat.keyboard.press('Enter')
    await chat.locator('.ys-chip-btn', has_text=QUESTION).first.click()
    answer = chat.locator('.ys-answer', has_text='您可以').last
    await expect(answer.locator('.ys-rich ul li')).to_have_text(['到前台登记', '扫西门的码'])
    await expect(answer.locator('.ys-rich b')).to_have_text('每天九点到八点')
    await expect(answer).to_contain_text('到期，请以虚拟养老届时公布的为准')
    await expect(answer.get_by_role('link', name='去议事')).to_have_attribute('href', '/deliberate')
    await seen(chat, 'told')

    # it ends soon: it lies on the desk of the office; one tap, and back
    await secretary.go(desk, '/staff')
    due = desk.locator('.ys-queue li', has=desk.locator('.ys-entry-acts'), has_text=QUESTION)
    await expect(due).to_contain_text('快到期')
    await seen(desk, 'due')
    await due.get_by_role('button').click()
    await expect(desk.locator('.ys-undo')).to_contain_text('已确认还有效')
    await expect(due).to_have_count(0)
    await seen(desk, 'confirmed')
    await desk.locator('.ys-undo button').click()
    await expect(due).to_be_visible()
    await worker.go(mobile, '/staff/knowledge/due')
    await seen(mobile, 'due')
    await mobile.get_by_role('button', name=re.compile('还有效')).click()
    await expect(mobile.get_by_text('您这里没有要核对的条目')).to_be_visible()
    await expect(due).to_have_count(0)  # the colleague's open queue follows

    # a change waits beside what is told; two versions side by side; an old one comes back
    await entry_page(worker, mobile, number)
    await mobile.get_by_label('答案（先说结论，用“您”）').fill('**每天八点到八点**，您可以到前台登记。')
    await mobile.get_by_role('button', name='保存并送审').click()
    await expect(mobile.get_by_text('发布之前，小栖还按原来的内容回答')).to_be_visible()
    await expect(mobile.locator('.ys-redline del').first).to_be_visible()
    await whole(mobile, 'redline')
    await entry_page(secretary, desk, number)
    await desk.get_by_role('button', name='通过并发布').click()
    await expect(desk.get_by_text('要发布的修改')).to_have_count(0)
    await secretary.go(desk, f'/staff/knowledge/{number}?view=history')
    await whole(desk, 'history')
    await desk.locator('li', has_text='确认还有效').last.get_by_role('button', name='恢复').click()
    await desk.wait_for_url(f'**/staff/knowledge/{number}')
    await expect(desk.locator('.ys-redline ins').first).to_be_visible()
    await desk.get_by_role('button', name='放弃修改').click()
    await expect(desk.locator('.ys-redline')).to_have_count(0)

    # retired, and taken back
    await desk.get_by_role('button', name='停用', exact=True).click()
    await expect(desk.get_by_text('已停用').first).to_be_visible()
    await desk.get_by_role('button', name='撤销停用').click()
    await expect(desk.get_by_role('button', name='停用', exact=True)).to_be_visible()


async def test_a_local_version_says_what_it_stands_in_for(stage: Stage) -> None:
    worker = await stage.phone(WORKER)
    page = await worker.enter(WORKER)
    number, question = stage.site.rows("SELECT id, question FROM kb_entry WHERE key = 'elderly-001'")[0]
    await worker.go(page, f'/staff/knowledge/{number}')
    await whole(page, 'wider')
    await page.get_by_role('link', name='写一条本地口径').click()
    await page.wait_for_url(f'**/staff/knowledge/new?like={number}')
    await arrived(page)
    await expect(page.locator('.ys-kb-note')).to_contain_text('发布后，在景和园社区会代替栖霞区的这一条')
    await expect(page.get_by_label('问题', exact=True)).to_have_value(question)
    await whole(page, 'override')
    desk = await stage.desk('区网格中心-陈主任')
    office = await desk.enter('区网格中心-陈主任')
    await desk.go(office, '/staff/knowledge/departments')
    await expect(office.get_by_role('heading', name='虚拟养老')).to_be_visible()
    section = office.locator('section', has=office.get_by_role('heading', name='虚拟养老'))
    await section.get_by_label('加一位知识员').click()
    await office.locator('.q-menu .q-item', has_text='网格员-小宋').first.click()
    await section.get_by_role('button', name='加上').click()
    await expect(section.get_by_text('网格员-小宋')).to_be_visible()
    await seen(office, 'departments')
    await desk.go(office, '/staff/knowledge?department=虚拟养老')
    await expect(office.locator('.ys-kb-line').first).to_be_visible()
    await seen(office, 'list')
    await worker.go(page, '/staff/knowledge')
    await seen(page, 'list')
    await worker.go(page, '/staff/knowledge/departments')
    await seen(page, 'departments')
