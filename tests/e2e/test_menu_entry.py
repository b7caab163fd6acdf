"""An entry that another module adds to the menu of a message (转工单), registered as any module would, held and picked in Chromium."""

import re

from playwright.async_api import async_playwright, expect

from tests.e2e.conftest import SCREENS
from tests.e2e.people import CONNECTED, PHONE, launch, picture
from tests.e2e.test_room_habits import menu_of
from tests.e2e.views import Conversation
from tests.pages.conftest import database_url, fresh_nicegui  # noqa: F401 - fixtures
from tests.pages.site import Site
from tests.pages.test_room_menu import picked, site  # noqa: F401 - fixtures: the rooms with two entries of other modules
from yunshequ.core.ids import token
from yunshequ.rooms.schemas import PostDraft


async def test_a_module_adds_to_the_menu_and_is_asked_when_it_is_picked(
    site: Site, picked: list[tuple[int, int, int]],  # noqa: F811
) -> None:
    room = site.world.community_room.id
    said = await site.c.rooms.post(site.world['alice'], PostDraft(room_id=room, client_id=token(), body='楼道灯坏了'))
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        for who, offered in (('bob', ['举报']), ('secretary', ['举报', '转工单'])):
            opened = await site.c.accounts.open_session(site.world[who].member_id)
            context = await browser.new_context(base_url=site.base, locale='zh-CN', **PHONE)
            await context.add_cookies([{'name': 'ys_session', 'value': opened.session_token, 'url': site.base}])
            page = await context.new_page()
            await page.goto(f'/rooms/{room}')
            await page.wait_for_function(CONNECTED)
            await menu_of(Conversation(page).bubble('楼道灯坏了'))
            names = [one.strip() for one in await page.get_by_role('menuitem').all_inner_texts()]
            assert names[-len(offered):] == offered  # behind what every room offers
        await picture(page, SCREENS / 'habit-12-menu-extended.png')
        await page.get_by_role('menuitem', name='转工单').click()
        await expect(page.locator('.ys-toast')).to_have_text(re.compile('已经举报'))
        assert picked == [(site.world['secretary'].member_id, room, said.seq)]
        await browser.close()
