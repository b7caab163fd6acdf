"""张阿姨 sees what is held about her, takes it home and reads it, withdraws a consent, nearly deletes her account."""

import zipfile
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import SCREENS, Stage
from tests.e2e.people import picture

NAME = '3栋-小刘'


async def shot(page: Page, name: str, *, full: bool = False) -> None:
    path = SCREENS / f'my-data-{name}.png'
    path.parent.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=path, animations='disabled', caret='hide', full_page=full)


async def test_see_take_withdraw_and_think_again(stage: Stage, tmp_path: Path) -> None:
    person = await stage.phone(NAME)
    page = await person.enter(NAME)
    await person.go(page, '/me')
    await page.get_by_role('link', name='隐私和我的数据').click()
    await page.wait_for_url('**/me/privacy')
    await page.locator('summary', has_text='群和消息').click()
    await expect(page.get_by_text('我发的消息')).to_be_visible()
    await shot(page, 'held')

    await page.get_by_role('button', name='导出一份').click()
    link = page.get_by_role('link', name='下载我的数据')
    await expect(link).to_be_visible()
    async with page.expect_download() as started:
        await link.click()
    archive = tmp_path / 'my-data.zip'
    await (await started.value).save_as(archive)
    zipfile.ZipFile(archive).extractall(tmp_path)
    await shot(page, 'ready')
    reader = await stage.browser.new_context(viewport={'width': 390, 'height': 844})
    home = await reader.new_page()
    await home.goto(f'file://{tmp_path}/my-data.html')
    await expect(home.get_by_role('heading', name='我的数据 · 3栋-小刘')).to_be_visible()
    await expect(home.locator('body')).to_contain_text('开车、搬运')
    await shot(home, 'page')
    await reader.close()

    skills = page.get_by_role('switch', name='用特长匹配志愿招募')
    await expect(skills).to_have_attribute('aria-checked', 'true')
    await skills.click()
    await expect(skills).to_have_attribute('aria-checked', 'false')
    await skills.scroll_into_view_if_needed()
    await shot(page, 'withdrawn')
    assert stage.site.value('SELECT skills FROM member WHERE nickname = ?', NAME) == '[]'

    await page.get_by_role('link', name='注销账号').click()
    await page.wait_for_url('**/me/privacy/leave')
    await expect(page.get_by_text('会保留，只显示“已注销用户”')).to_be_visible()
    await shot(page, 'leave', full=True)
    await page.get_by_role('button', name='我要注销账号').click()
    await page.get_by_role('button', name='申请注销').click()
    await expect(page.get_by_role('button', name='撤回注销，保留账号')).to_be_visible()
    await shot(page, 'waiting')
    await page.get_by_role('button', name='撤回注销，保留账号').click()
    await expect(page.get_by_role('button', name='我要注销账号')).to_be_visible()


@pytest.mark.parametrize('device', ['phone', 'desk'])
async def test_staff_look_with_a_reason_and_export_with_two_persons(stage: Stage, device: str) -> None:
    worker = await (stage.phone if device == 'phone' else stage.desk)('社区小沈')
    page = await worker.enter('社区小沈')
    await worker.go(page, '/staff/people?view=roll')
    await page.get_by_label('按称呼或房号查找').fill('803')
    await expect(page.get_by_text('共 1 人')).to_be_visible()
    await page.locator('td button', has_text='查看').first.click()
    dialog = page.locator('.q-dialog')
    await expect(dialog).to_contain_text('3栋-小*')
    await dialog.get_by_label('为什么要看').click()
    await page.get_by_role('option', name='联系本人办事').click()
    await picture(page, SCREENS / f'my-data-masked-{device}.png')
    await dialog.get_by_role('button', name='显示').click()
    await expect(page.locator('.q-dialog').last).to_contain_text('3栋-小刘')
    await picture(page, SCREENS / f'my-data-shown-{device}.png')
    looked = await stage.phone(NAME)
    mine = await looked.enter(NAME)
    await looked.go(mine, '/me/privacy')
    await expect(mine.get_by_text('联系本人办事')).to_be_visible()

    await worker.go(page, '/staff/people?view=file')
    await page.get_by_label('做什么用').fill('第八次人口核对')
    await page.get_by_role('button', name='申请导出').click()
    await expect(page.get_by_text('等第二个人批准')).to_be_visible()
    await picture(page, SCREENS / f'my-data-asked-{device}.png')
    secretary = await stage.desk('夏书记')
    desk = await secretary.enter('夏书记')
    await secretary.go(desk, '/staff')
    await desk.get_by_text('申请导出名册').click()
    await desk.wait_for_url('**/staff/privacy')
    await picture(desk, SCREENS / f'my-data-approve-{device}.png')
    await desk.get_by_role('button', name='批准', exact=True).click()
    await expect(desk.get_by_text('没有等待批准的导出')).to_be_visible()
    await worker.go(page, '/staff/people?view=file')
    async with page.expect_download() as started:
        await page.get_by_role('link', name='下载（只能一次）').click()
    assert (await started.value).suggested_filename.endswith('.xlsx')
