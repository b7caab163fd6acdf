"""At the counter of the office: a lost phone, an office that passes on, a sheet for the noticeboard."""

import re

from playwright.async_api import Page, expect

from tests.e2e.conftest import SCREENS, Stage
from tests.e2e.people import CONNECTED, picture
from tests.e2e.test_journey import choose

AUNT, WORKER, SECRETARY = '3栋-张阿姨', '社区小沈', '夏书记'
NEW = '13912345678'


async def shots(page: Page, name: str) -> None:
    """Leave pictures at both sizes."""
    for width, height in ((1440, 900), (390, 844)):
        await page.set_viewport_size({'width': width, 'height': height})
        await picture(page, SCREENS / f'{name}-{width}x{height}.png')
    await page.set_viewport_size({'width': 1440, 'height': 900})


async def test_two_at_the_counter_set_a_lost_phone_anew(stage: Stage) -> None:
    aunt, worker, secretary = await stage.phone(AUNT), await stage.desk(WORKER), await stage.desk(SECRETARY)
    hers = await aunt.enter(AUNT)
    first = await worker.enter(WORKER)
    await worker.go(first, '/staff/people?view=phones')
    await first.get_by_label('按称呼或房号查找').fill('张阿姨')
    await first.get_by_role('button', name='查找', exact=True).click()
    await first.get_by_label('新手机号').fill('139')
    await first.get_by_label('看过什么证件、为什么换').fill('看过身份证，旧手机昨天丢了')
    await first.get_by_role('button', name='发验证码到新号码').click()
    await expect(first.get_by_text('请输入 11 位手机号')).to_be_visible()
    await first.get_by_label('新手机号').fill(NEW)
    await first.get_by_role('button', name='发验证码到新号码').click()
    said = first.get_by_text(re.compile('演示：'))
    await expect(said).to_be_visible()
    await first.get_by_label('新号码收到的验证码').fill(re.findall(r'：(\d{6})', await said.inner_text())[0])
    await shots(first, 'lost-phone-ask')
    await first.get_by_role('button', name='提交给同事确认').click()
    await expect(first.get_by_text('您提交的，要由另一位同事确认')).to_be_visible()

    await aunt.go(hers, '/me/identity')
    await expect(hers.get_by_text('社区正在为您换登录手机号')).to_be_visible()
    await picture(hers, SCREENS / 'lost-phone-mine-390x844.png')

    second = await secretary.enter(SECRETARY)
    await secretary.go(second, '/staff/people?view=phones')
    await expect(second.get_by_text('139****5678')).to_be_visible()
    await second.get_by_role('button', name='确认', exact=True).click()
    await shots(second, 'lost-phone-confirm')
    await second.get_by_role('button', name='确认换号').click()
    await expect(second.get_by_text('已换号，旧手机上的登录已全部退出')).to_be_visible()
    await hers.wait_for_url('**/login*')  # what was open on the lost phone closes at once
    assert stage.site.value('SELECT phone_mask FROM member WHERE nickname = ?', AUNT) == '139****5678'


async def test_an_office_passes_on_and_back(stage: Stage) -> None:
    worker, secretary = await stage.phone(WORKER), await stage.desk(SECRETARY)
    old = await worker.enter(WORKER)
    await worker.go(old, '/staff')
    page = await secretary.enter(SECRETARY)
    await secretary.go(page, '/staff/people?view=holders')
    line = page.locator('.ys-lines li', has_text=WORKER).first
    await line.get_by_role('button', name='交接', exact=True).click()
    await expect(page.get_by_role('heading', name='社区工作者交接')).to_be_visible()
    await choose(page, '交给谁', AUNT)
    await shots(page, 'handover-form')
    with worker.being_refused():
        await page.get_by_role('button', name='确定交接').click()
        done = page.locator('.ys-lines li', has_text=f'{WORKER} → {AUNT}')
        await expect(done).to_be_visible()
        await expect(old.get_by_text('这一页只对楼栋长、网格员和社区工作人员开放')).to_be_visible()  # at once, on the open page
    await page.wait_for_function(CONNECTED)
    await shots(page, 'handover-done')
    await done.get_by_role('button', name='退回', exact=True).click()
    await page.get_by_role('button', name='确定', exact=True).click()
    await expect(page.get_by_text('已办好，双方会收到通知')).to_be_visible()
    await worker.go(old, '/staff')
    await expect(old.get_by_text('这一页只对楼栋长、网格员和社区工作人员开放')).to_have_count(0)


async def test_a_sheet_for_the_noticeboard_is_one_page_and_a_stopped_code_says_so(stage: Stage) -> None:
    worker, newcomer = await stage.desk(WORKER), await stage.phone('newcomer')
    page = await worker.enter(WORKER)
    await worker.go(page, '/staff/people?view=codes')
    await page.get_by_label('最多几人（不填不限）').fill('1')
    await page.get_by_label('有效天数（不填一直有效）').fill('30')
    await page.get_by_label('备注，例如：3栋一楼公告栏').fill('走廊公告栏')
    await page.get_by_role('button', name='新建并打印').click()
    await page.wait_for_url('**/join-sheet/*')
    token = page.url.rpartition('/')[2]
    await expect(page.locator('.ys-sheet-paper svg')).to_be_visible()
    await page.emulate_media(media='print')
    await expect(page.locator('.ys-sheet-acts')).to_be_hidden()
    paper = await page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb'/Type\s*/Page\b', paper)) == 1
    box = await page.locator('.ys-sheet-paper svg').bounding_box()
    assert box is not None
    assert box['width'] >= 200  # five centimetres on paper: read by a phone at arm's length
    await picture(page, SCREENS / 'join-sheet-print.png')
    await page.emulate_media(media='screen')

    door = await newcomer.open(f'/join/{token}')
    await expect(door.get_by_text('停用')).to_have_count(0)
    await worker.go(page, '/staff/people?view=codes')
    line = page.locator('.ys-lines li', has_text='走廊公告栏')
    await expect(line).to_contain_text('加入 0/1 人')
    await line.get_by_role('button', name='停用').click()
    await expect(page.get_by_text('已停用，之前加入的人不受影响')).to_be_visible()
    with newcomer.being_refused():
        await door.goto(f'/join/{token}')
        await expect(door.get_by_text('这个入群码已停用，请向社区要一个新的')).to_be_visible()
