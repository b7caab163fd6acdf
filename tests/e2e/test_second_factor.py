"""二次验证 on a phone, on a site with real people: the first login sets an app up, the second asks for its code, a lost phone for a spare."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.async_api import Page, expect

from tests.e2e import site as sites
from tests.e2e.conftest import SCREENS, Stage
from tests.e2e.people import Person, picture
from tests.e2e.site import ROOT, Site, environment

PHONE, PASSWORD = '13800138001', 'lantern-market-77'


@pytest.fixture
def site(filled: Path, tmp_path: Path) -> Iterator[Site]:
    """The demo's data without the demo's doors, and an administrator."""
    folder = sites.copy(filled, tmp_path / 'data')
    subprocess.run(
        [sys.executable, '-m', 'yunshequ.cli', 'create-admin', PHONE, '系统管理员', '--password', PASSWORD], cwd=ROOT,
        env=environment(folder, YUNSHEQU_DEMO='false', YUNSHEQU_ASSISTANT='false'), check=True)
    made = Site(folder, YUNSHEQU_DEMO='false')
    yield made
    made.kill()


async def with_password(stage: Stage, name: str) -> tuple[Person, Page]:
    """Somebody opens the site and gives phone and password."""
    person = await stage.phone(name)
    page = await person.open('/login?next=/me')
    await page.get_by_role('button', name='用密码登录').click()
    await page.get_by_label('手机号').fill(PHONE)
    await page.get_by_label('密码').fill(PASSWORD)
    await page.get_by_role('button', name='进入', exact=True).click()
    return person, page


async def test_an_administrator_sets_an_app_up_logs_in_by_it_and_by_a_spare_code(stage: Stage) -> None:
    _, page = await with_password(stage, '系统管理员')
    await expect(page.get_by_role('heading', name='工作账号要设置二次验证')).to_be_visible()
    key = (await page.locator('.ys-login code').inner_text()).replace(' ', '')
    await picture(page, SCREENS / 'factor-setup-390x844.png')
    await page.get_by_label('动态码或备用码').fill('000000')
    await page.get_by_role('button', name='进入', exact=True).click()
    await expect(page.get_by_text('动态码不对或已经用过')).to_be_visible()
    await page.get_by_label('动态码或备用码').fill(pyotp.TOTP(key).now())
    await page.get_by_role('button', name='进入', exact=True).click()
    await expect(page.get_by_role('heading', name='请抄下备用码')).to_be_visible()
    spare = await page.locator('.ys-recovery code').all_inner_texts()
    assert len(spare) == 10
    await picture(page, SCREENS / 'factor-recovery-390x844.png')
    await page.get_by_role('button', name='我抄好了，进入').click()
    await page.wait_for_url('**/me')

    _, second = await with_password(stage, '系统管理员，另一台')
    await expect(second.get_by_role('heading', name='再证明一次是您本人')).to_be_visible()
    await picture(second, SCREENS / 'factor-390x844.png')
    await second.get_by_label('动态码或备用码').fill(pyotp.TOTP(key).at(int(time.time()) + 30))  # the next one: the first is used
    await second.get_by_role('button', name='进入', exact=True).click()
    await second.wait_for_url('**/me')

    _, third = await with_password(stage, '系统管理员，手机丢了')
    await third.get_by_label('动态码或备用码').fill(spare[3].lower())
    await third.get_by_role('button', name='进入', exact=True).click()
    await third.wait_for_url('**/me')
