"""The pictures of the README, made from the demo: ``python -m tests.e2e.screenshots`` (``make screenshots``)."""

import asyncio
import tempfile
from pathlib import Path

from PIL import Image
from playwright.async_api import Page, async_playwright

from tests.e2e import site as sites
from tests.e2e.conftest import Stage
from tests.e2e.people import launch, picture

FOLDER = Path(__file__).parents[2] / 'docs' / 'screenshots'
RESIDENT, VILLAGER, WORKER = '3栋-张阿姨', '东埂组-仇阿姨', '社区小沈'


async def keep(page: Page, name: str) -> None:
    """Leave a picture with few colours, so that the README stays light."""
    path = FOLDER / f'{name}.png'
    await page.wait_for_load_state('networkidle')
    await picture(page, path)
    with Image.open(path) as shot:
        shot.convert('RGB').quantize(128).save(path, optimize=True)


async def first_link(page: Page, prefix: str) -> str:
    """Return the first address on the page that begins with ``prefix``."""
    found = await page.locator(f'a[href^="{prefix}"]').first.get_attribute('href')
    assert found
    return found


async def main() -> None:
    """Fill a folder, serve it, walk through it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / 'demo'
        folder.mkdir()
        sites.seed(folder)
        site = sites.Site(folder, assistant=True)
        await site.start()
        try:
            await site.model_ready()
            async with async_playwright() as playwright:
                stage = Stage(site, await launch(playwright))
                phone = await stage.phone(RESIDENT)
                page = await phone.enter(RESIDENT)
                await keep(page, 'messages')
                await page.get_by_text('景和园社区群').first.click()
                await page.get_by_role('button', name='我报名').first.wait_for()
                await keep(page, 'room')
                await phone.go(page, '/emergency')
                await phone.go(page, await first_link(page, '/calls/'))
                await keep(page, 'board')
                await phone.go(page, '/assistant')
                await page.locator('textarea').first.fill('高龄津贴怎么申请')
                await page.locator('textarea').first.press('Enter')
                await page.locator('.ys-answer').first.wait_for()
                await keep(page, 'assistant')
                villager = await stage.phone(VILLAGER)
                page = await villager.enter(VILLAGER)
                await villager.go(page, '/deliberate')
                await villager.go(page, await first_link(page, '/ballots/'))
                await keep(page, 'vote')
                desk = await stage.desk(WORKER)
                page = await desk.enter(WORKER)
                await desk.go(page, '/staff')
                await keep(page, 'desk')
                await stage.browser.close()
        finally:
            site.stop()


if __name__ == '__main__':
    asyncio.run(main())
