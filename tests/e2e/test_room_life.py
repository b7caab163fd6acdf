"""Two journeys on phones: coming into a room that asks for approval, and a notice with who has said 收到."""

import re

from playwright.async_api import Page, expect

from tests.e2e.conftest import SCREENS, Stage
from tests.e2e.people import CONNECTED, Person, picture

WORKER, AUNT, YOUNG = '社区小沈', '3栋-张阿姨', '3栋-小刘'
PDF = b'%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n'


def room_of(stage: Stage, title: str) -> int:
    return int(stage.site.value('SELECT id FROM room WHERE title = ?', title))


async def seen(page: Page, name: str) -> None:
    await picture(page, SCREENS / f'room-life-{name}.png')


async def sign_up(page: Page) -> None:
    """Come in by a one-time code, as somebody new."""
    await page.get_by_label('手机号').fill('100 0000 0098')
    await page.get_by_role('button', name='获取验证码').click()
    shown = page.locator('.ys-note', has_text=re.compile(r'\d{6}'))
    await expect(shown).to_be_visible()
    code = re.search(r'\d{6}', await shown.inner_text())
    assert code is not None
    await page.get_by_label('短信验证码').fill(code.group())
    await page.get_by_role('button', name='进入', exact=True).click()


async def ask_for_approval(worker: Person, page: Page, room: int) -> None:
    """Set the welcome, the rules and the question of a room."""
    await worker.go(page, f'/staff/rooms/{room}')
    await page.get_by_label('欢迎语').fill('您好，请把群昵称改成“3栋-称呼”。')
    await page.get_by_label('群规').first.fill('1. 楼里的事楼里说\n2. 不发广告\n3. 晚上十点以后少发消息')
    await expect(page.locator('.ys-preview')).to_contain_text('晚上十点以后少发消息')
    await seen(page, 'manage-words')
    await page.get_by_role('button', name='保存欢迎语和群规').click()
    await expect(page.get_by_text('欢迎语和群规已保存')).to_be_visible()
    await page.get_by_text('进群要审核').click()
    await page.get_by_label('问申请人的问题').fill('您住几栋几号？')
    await page.get_by_role('button', name='保存审核设置').click()
    await expect(page.get_by_text('审核设置已保存')).to_be_visible()
    await page.get_by_role('button', name='保存审核设置').scroll_into_view_if_needed()
    await seen(page, 'manage-door')


async def test_an_applicant_waits_is_refused_asks_again_and_is_let_in(stage: Stage) -> None:
    room = room_of(stage, '景和园3栋楼栋群')
    token = stage.site.value('SELECT token FROM join_code WHERE room_id = ?', room)
    worker = await stage.phone(WORKER)
    desk = await worker.enter(WORKER)
    await ask_for_approval(worker, desk, room)
    await worker.go(desk, '/staff')

    newcomer = await stage.phone('3栋-小林')
    phone = await newcomer.open(f'/join/{token}')
    await sign_up(phone)
    await phone.get_by_label('大家怎么称呼您').fill('3栋-小林')
    await phone.get_by_label('房号（可以不填）').fill('702')
    await phone.get_by_text('租客', exact=True).click()
    await phone.get_by_role('button', name='提交申请').click()
    await expect(phone.locator('.ys-error')).to_contain_text('请回答这个问题')
    await phone.get_by_label('您住几栋几号？').fill('3栋7楼')
    await seen(phone, 'apply')
    await phone.get_by_role('button', name='提交申请').click()
    await expect(phone.get_by_role('heading', name='申请已提交')).to_be_visible()
    await seen(phone, 'waiting')

    line = desk.locator('.ys-queue li', has_text='3栋-小林 申请加入')
    await expect(line).to_contain_text('您住几栋几号？ 3栋7楼')
    await seen(desk, 'workbench')
    await line.get_by_role('button', name='不通过 3栋-小林 的申请').click()
    await seen(desk, 'workbench-reasons')
    await line.get_by_role('button', name='请写清楼栋和房号').click()
    await expect(desk.locator('.ys-undo')).to_contain_text('未通过')
    await expect(line).to_have_count(0)
    await expect(phone.get_by_text('理由：请写清楼栋和房号')).to_be_visible()
    await seen(phone, 'refused')

    await phone.get_by_role('button', name='补充后再申请').click()
    await phone.get_by_label('您住几栋几号？').fill('3栋702，房东姓李')
    await phone.get_by_role('button', name='提交申请').click()
    await line.get_by_role('button', name='通过 3栋-小林 的申请', exact=True).click()
    await expect(phone.get_by_role('heading', name='申请已通过')).to_be_visible()
    await seen(phone, 'accepted')
    await seen(desk, 'workbench-undo')
    await desk.locator('.ys-undo').get_by_role('button', name='撤销').click()
    await expect(phone.get_by_role('heading', name='申请已提交')).to_be_visible()
    await line.get_by_role('button', name='通过 3栋-小林 的申请', exact=True).click()
    await phone.get_by_role('link', name='进去看看').click()
    await phone.wait_for_url(f'**/rooms/{room}')
    await phone.wait_for_function(CONNECTED)

    rules = phone.get_by_role('dialog', name='群规')
    await expect(rules).to_contain_text('不发广告')
    await seen(phone, 'rules')
    await rules.get_by_role('button', name='知道了').click()
    await expect(rules).to_have_count(0)
    await expect(phone.locator('.ys-room')).to_contain_text('欢迎 3栋-小林 加入。您好，请把群昵称改成')
    await newcomer.go(phone, f'/rooms/{room}')
    await expect(phone.locator('.ys-room')).to_contain_text('欢迎 3栋-小林 加入')
    await expect(rules).to_have_count(0)
    await worker.go(desk, f'/staff/rooms/{room}')
    await desk.locator('.ys-door').scroll_into_view_if_needed()
    await seen(desk, 'door-list')


async def test_a_notice_is_confirmed_by_building_while_the_office_looks_on(stage: Stage) -> None:
    room = room_of(stage, '景和园社区群')
    worker, aunt, young = await stage.phone(WORKER), await stage.phone(AUNT), await stage.phone(YOUNG)
    desk, hers, his = await worker.enter(WORKER), await aunt.enter(AUNT), await young.enter(YOUNG)
    await aunt.go(hers, f'/rooms/{room}')
    await worker.go(desk, f'/rooms/{room}')
    await desk.locator('.ys-write .ys-icon-btn').click()
    await desk.locator('.ys-tool', has_text='公告').click()
    await desk.get_by_label('公告内容').fill('明早 8 点到 11 点，3 栋、5 栋停水检修，请提前接水。')
    await desk.get_by_role('button', name='发出公告').click()
    bar = desk.locator('.ys-notice-bar', has_text='停水检修')
    await bar.locator('.ys-notice-head').click()
    await bar.get_by_role('link', name='看名单').click()
    await desk.wait_for_url(re.compile(r'/staff/rooms/\d+/notices/\d+'))
    await desk.wait_for_function(CONNECTED)
    total = desk.locator('.ys-receipts-sum b')
    await expect(total).to_have_text(re.compile(r'已收到 0/\d+'))

    await hers.locator('.ys-notice-head').click()
    await hers.get_by_role('button', name='收到', exact=True).click()
    await expect(hers.get_by_text(re.compile(r'1/\d+ 人已收到'))).to_be_visible()
    await expect(hers.get_by_role('link', name='看名单')).to_have_count(0)  # counts only
    await expect(total).to_have_text(re.compile(r'已收到 1/\d+'))
    building = desk.locator('.ys-receipts-list > li', has_text='3栋').first
    await expect(building.locator('.ys-receipts-row')).to_contain_text('1/3')
    await building.locator('summary').click()
    await expect(building.locator('.is-done')).to_contain_text(AUNT)
    await expect(building.locator('.ys-names').first).to_contain_text(YOUNG)
    await seen(desk, 'receipts')
    await desk.get_by_role('button', name='提醒未收到的人').click()
    await expect(desk.locator('.ys-receipts [role=status]', has_text=re.compile('上次提醒|已安排'))).to_be_visible()
    with worker.being_refused():
        await desk.get_by_role('button', name='提醒未收到的人').click()
        await expect(desk.locator('.ys-receipts .ys-error')).to_contain_text('一天只提醒一次')
    await seen(desk, 'receipts-reminded')
    async with desk.expect_download() as download:
        await desk.get_by_role('link', name='导出名单').click()
    csv = (await (await download.value).path()).read_text(encoding='utf-8-sig')
    assert f'3栋,{AUNT},已收到' in csv
    assert f'3栋,{YOUNG},未收到' in csv

    # a document goes round, is found in the gallery, and is gone once recalled
    await young.go(his, f'/rooms/{room}')
    await his.locator('.ys-write .ys-icon-btn').click()
    await his.locator('.ys-tool input[accept*=pdf]').set_input_files({'name': '停水安排表.pdf', 'mimeType': 'application/pdf', 'buffer': PDF})
    await expect(hers.locator('.ys-file', has_text='停水安排表.pdf')).to_be_visible()
    await seen(hers, 'file-bubble')
    for touched in ('button.ys-face', '.ys-quote', '.ys-file'):
        for box in [await one.bounding_box() for one in await hers.locator(touched).all()]:
            assert box is None or min(box['width'], box['height']) >= 44, touched
    async with hers.expect_download() as fetched:
        await hers.locator('.ys-file').click()
    assert (await (await fetched.value).path()).read_bytes() == PDF
    await hers.get_by_role('button', name='群资料').click()
    await hers.get_by_role('link', name='图片和文件').click()
    await hers.wait_for_function(CONNECTED)
    await seen(hers, 'gallery-empty')
    await hers.get_by_role('tab', name='文件').click()
    await expect(hers.locator('.ys-gallery-files')).to_contain_text('停水安排表.pdf')
    await seen(hers, 'gallery-files')
    await his.locator('.ys-msg.is-mine .ys-bubble').last.click(button='right')
    await his.locator('.ys-menu').get_by_role('menuitem', name='撤回').click()
    await expect(hers.get_by_text('这个群里还没有文件')).to_be_visible()
