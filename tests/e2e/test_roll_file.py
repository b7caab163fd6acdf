"""The committee brings its roll in as a file: looked at first, imported once, at the desk and on a phone."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import SCREENS, Stage
from tests.e2e.people import picture

ROLL = '小区,楼栋,室号,面积,姓名,关系\n景和园,3栋,2601,89.35,,\n景和园,3栋,2602,102.5,,\n景和园,99栋,101,88,,\n'


@pytest.mark.parametrize('device', ['desk', 'phone'])
async def test_a_roll_is_shown_before_it_is_imported_and_a_second_time_changes_nothing(
    stage: Stage, device: str, tmp_path: Path,
) -> None:
    worker = await (stage.desk if device == 'desk' else stage.phone)('社区小沈')
    page = await worker.enter('社区小沈')
    await worker.go(page, '/staff/people?view=file')
    file = tmp_path / '住户名册.csv'
    file.write_text(ROLL, encoding='utf-8-sig')
    await picture(page, SCREENS / f'roll-file-empty-{device}.png')
    await page.locator('.ys-roll-file input[type=file]').set_input_files(file)
    plan = page.locator('.ys-roll-file')
    await expect(plan).to_contain_text('新登记 2 户')
    await expect(plan).to_contain_text('有问题 1 行')
    await expect(plan).to_contain_text('第 4 行')
    await picture(page, SCREENS / f'roll-file-plan-{device}.png')
    await page.get_by_role('button', name='导入', exact=True).click()
    await expect(plan).to_contain_text('导入好了')
    await page.locator('.ys-roll-file input[type=file]').set_input_files(file)
    await expect(plan).to_contain_text('不变 2 行')
    await expect(plan).to_contain_text('不用导入')
    await expect(page.get_by_role('button', name='导入', exact=True)).to_have_count(0)
    with worker.being_refused():
        await page.locator('.ys-roll-file input[type=file]').set_input_files(
            {'name': '合影.csv', 'mimeType': 'text/csv', 'buffer': b'\x89PNG not a roll'})
        await expect(page.locator('.ys-roll-file [role=alert]')).to_be_visible()
    await picture(page, SCREENS / f'roll-file-refused-{device}.png')
