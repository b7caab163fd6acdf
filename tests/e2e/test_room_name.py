"""我在本群的昵称 on two phones: one changes it, the other sees it at once, under what was said before too."""

import re

from playwright.async_api import Page, expect

from tests.e2e.conftest import SCREENS, Stage
from tests.e2e.people import picture
from tests.e2e.views import Conversation

AUNT, LAD, ROOM, NEW = '3栋-张阿姨', '3栋-小刘', '景和园3栋楼栋群', '3栋-跳舞的张姐'


async def seen(page: Page, name: str) -> None:
    await picture(page, SCREENS / f'room-name-{name}.png')


async def test_a_name_for_this_room_shows_at_once_on_both_phones(stage: Stage) -> None:
    room = stage.site.value('SELECT id FROM room WHERE title = ?', ROOM)
    aunt, lad = await stage.phone(AUNT), await stage.phone(LAD)
    hers, his = await aunt.enter(AUNT), await lad.enter(LAD)
    for person, page in ((aunt, hers), (lad, his)):
        await person.go(page, f'/rooms/{room}')
    await Conversation(hers).say('今晚谁去跳广场舞')
    await Conversation(his).has('今晚谁去跳广场舞')
    who = his.locator('.ys-msg', has_text='今晚谁去跳广场舞').last.locator('.ys-who')
    await expect(who).to_contain_text(AUNT)

    await hers.get_by_role('button', name='群资料').click()
    await hers.get_by_role('button', name='我在本群的昵称').click()
    field = hers.get_by_label('这个群里怎么称呼您')
    await expect(field).to_have_value(AUNT)
    await field.fill('小栖的助手')
    with aunt.being_refused():
        await hers.get_by_role('button', name='保存').click()
        await expect(hers.get_by_role('alert')).to_contain_text('容易被当成机器人')
    await expect(field).to_have_value('小栖的助手')
    await seen(hers, 'refused')
    await field.fill(NEW)
    await seen(hers, 'sheet')
    await hers.get_by_role('button', name='保存').click()
    await expect(hers.get_by_role('button', name='我在本群的昵称')).to_contain_text(NEW)
    await seen(hers, 'about')
    await expect(who).to_contain_text(NEW)

    await his.get_by_role('button', name=f'{NEW} 的名片').last.click()
    await expect(his.locator('.ys-person-card')).to_contain_text(f'账号昵称：{AUNT}')
    await seen(his, 'card')
    await his.get_by_role('button', name='关闭').click()
    await his.locator('textarea').fill('@twd')
    await expect(his.locator('.ys-people').get_by_role('option', name=NEW)).to_be_visible()
    await seen(his, 'picker')
    await his.locator('textarea').fill('')

    await hers.get_by_role('button', name='我在本群的昵称').click()
    await hers.get_by_role('button', name=f'用账号昵称“{AUNT}”').click()
    await hers.get_by_role('button', name='保存').click()
    await expect(who).to_contain_text(AUNT)
    await expect(his.get_by_text(re.compile('跳舞的张姐')).locator('visible=true')).to_have_count(0)
