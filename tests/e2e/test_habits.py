"""The habits people bring from the messenger they know, one test for each and numbered like the list they come from (19, voice, is left out).

All are played on one server by the same three people: two phones and a desk. What another test shows at length is short here and real;
12, as far as other modules add to the menu, is in ``test_menu_entry``.
"""

import io
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Locator, Page, async_playwright, expect

from tests.e2e import site as sites
from tests.e2e.conftest import SCREENS, Stage
from tests.e2e.people import CONNECTED, PHONE, Person, launch, picture
from tests.e2e.site import Site
from tests.e2e.test_offline import ROOM
from tests.e2e.test_room_habits import (
    COMMUNITY_ROOM,
    LOOSE,
    MANY,
    RARE,
    TOP_OF,
    TOP_ROW,
    Fingers,
    fill,
    in_sight,
    menu_of,
    older_come_in,
    photo,
)
from tests.e2e.test_room_life import sign_up
from tests.e2e.views import Conversation

AUNT, LAD, WORKER = '3栋-张阿姨', '3栋-小刘', '社区小沈'
NEXT_DOOR = '景和园5栋楼栋群'
MISSED, MISSED_MANY = 40, 150
"""Messages that came while the aunt, and the lad, were away."""

pytestmark = pytest.mark.asyncio(loop_scope='module')


def while_away(folder: Path) -> None:
    """Set back how far two have read; ask for approval next door."""
    with closing(sqlite3.connect(folder / 'yunshequ.db')) as db, db:
        [(room, seq, n)] = db.execute('SELECT id, last_seq, last_n FROM room WHERE title = ?', (ROOM,)).fetchall()
        for who, missed in ((AUNT, MISSED), (LAD, MISSED_MANY)):
            [(member,)] = db.execute('SELECT id FROM member WHERE nickname = ?', (who,)).fetchall()
            db.execute('UPDATE room_member SET read_seq = ?, read_n = ? WHERE room_id = ? AND member_id = ?',
                       (seq - missed, n - missed, room, member))
        db.execute("UPDATE room SET asks = 1, question = '您住几栋几号？' WHERE title = ?", (NEXT_DOOR,))


@dataclass
class Street:
    """Two phones and a desk, each with a tab of its own."""

    stage: Stage
    aunt: Person
    lad: Person
    worker: Person
    hers: Page
    his: Page
    desk: Page
    room: int
    community: int

    @property
    def site(self) -> Site:
        """The server."""
        return self.stage.site

    async def both_in_the_room(self) -> tuple[Conversation, Conversation]:
        """Lead both phones into the room of their building; return what is open there."""
        return await self.she_in(self.room), await self.he_in(self.room)

    async def she_in(self, room: int) -> Conversation:
        """Lead her phone into a room."""
        return await there(self.aunt, self.hers, room)

    async def he_in(self, room: int) -> Conversation:
        """Lead his phone into a room."""
        return await there(self.lad, self.his, room)

    async def desk_in(self, room: int) -> Conversation:
        """Lead the desk into a room."""
        return await there(self.worker, self.desk, room)

    def listed(self, page: Page, title: str) -> Locator:
        """Return a room's line on the list."""
        return page.locator('.ys-room-item', has=page.locator('.ys-room-name').get_by_text(title, exact=True))


async def there(person: Person, page: Page, room: int) -> Conversation:
    """Lead a tab into a room, down to its end."""
    await person.go(page, f'/rooms/{room}')
    await to_the_end(page)
    return Conversation(page)


async def to_the_end(page: Page) -> None:
    """Go down to the end of a room, as by its chip, or with the thumb."""
    for _ in range(2):
        chip = page.locator('.ys-jump:not(.is-above)')
        if await chip.count():
            await chip.first.click()
    await page.evaluate("() => { const box = document.querySelector('.ys-room .ys-scroll'); box.scrollTop = box.scrollHeight; }")


async def seen(page: Page, name: str) -> None:
    """Leave a picture."""
    await picture(page, SCREENS / f'habit-{name}.png')


@pytest_asyncio.fixture(scope='module', loop_scope='module')
async def street(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Street]:
    """The three of them on a server with a long talk; in the end nothing may have gone wrong on any page."""
    folder = sites.copy(filled, tmp_path_factory.mktemp('habits') / 'data')
    fill(folder)
    while_away(folder)
    site = Site(folder, assistant=True)
    await site.start()
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        stage = Stage(site, browser)
        aunt, lad, worker = await stage.phone(AUNT), await stage.phone(LAD), await stage.desk(WORKER)
        hers, his, desk = [await one.enter(one.name) for one in (aunt, lad, worker)]
        rooms = [int(site.value('SELECT id FROM room WHERE title = ?', title)) for title in (ROOM, COMMUNITY_ROOM)]
        yield Street(stage, aunt, lad, worker, hers, his, desk, *rooms)
        await browser.close()
    site.kill()
    assert not stage.problems, '\n'.join(stage.problems)


@pytest_asyncio.fixture(autouse=True, loop_scope='module')
async def evidence(street: Street, request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """Leave pictures of what a failed test saw."""
    yield
    if getattr(request.node, 'failed', False):
        for who, page in (('aunt', street.hers), ('lad', street.his), ('desk', street.desk)):
            await picture(page, SCREENS / 'failed' / request.node.name / f'{who}.png')


async def test_01_the_four_tabs_stand_under_the_thumb(street: Street) -> None:
    await street.aunt.go(street.hers, '/messages')
    tabs = street.hers.locator('.ys-tab')
    assert [one.strip() for one in await tabs.locator('.ys-tab-word').all_inner_texts()] == ['消息', '服务', '议事', '我的']
    for box in [await tab.bounding_box() for tab in await tabs.all()]:
        assert box is not None
        assert min(box['width'], box['height']) >= 44
        assert 844 - 100 <= box['y'] + box['height'] <= 844
    assert 'viewport-fit=cover' in str(await street.hers.locator('meta[name=viewport]').get_attribute('content'))
    await seen(street.hers, '01-tabs')


async def test_02_the_list_shows_the_last_line_and_time_the_latest_first(street: Street) -> None:
    await street.aunt.go(street.hers, '/messages')
    his = await street.he_in(street.community)
    await his.say('谁家的猫跑到地库了')
    first = street.hers.locator('.ys-room-item').first
    await expect(first.locator('.ys-room-name')).to_have_text(COMMUNITY_ROOM)
    await expect(first.locator('.ys-room-last')).to_contain_text(f'{LAD}: 谁家的猫跑到地库了')
    await expect(first.locator('time')).to_have_text('刚刚')
    await expect(first.locator('.ys-avatar')).to_be_visible()
    await seen(street.hers, '02-list')


async def test_03_red_numbers_count_and_stop_at_99(street: Street) -> None:
    for person, page in ((street.aunt, street.hers), (street.lad, street.his)):
        await person.go(page, '/messages')
    await expect(street.listed(street.hers, ROOM).locator('.ys-badge-num')).to_have_text(str(MISSED))
    await expect(street.listed(street.his, ROOM).locator('.ys-badge-num')).to_have_text('99+')
    await expect(street.his.locator('.ys-tab').first.locator('.ys-badge-num')).to_have_text('99+')
    await seen(street.his, '03-numbers')


async def test_04_a_draft_and_a_mention_stand_before_the_last_line(street: Street) -> None:
    hers = await street.she_in(street.community)
    await hers.write('还没想好要不要说')
    await street.aunt.go(street.hers, '/messages')
    line = street.listed(street.hers, COMMUNITY_ROOM).locator('.ys-room-last')
    await expect(line).to_contain_text('[草稿]还没想好要不要说')
    desk = await street.desk_in(street.community)
    await desk.box.press_sequentially('@张')
    await street.desk.locator('.ys-people').get_by_role('option', name=AUNT).click()
    await desk.box.press_sequentially('您家的快递在值班室')
    await street.desk.locator('.ys-send').click()
    await expect(line).to_contain_text('[有人@我]')
    await seen(street.hers, '04-prefixes')
    hers = await street.she_in(street.community)
    await hers.has(f'@{AUNT} 您家的快递在值班室')
    await hers.write('')
    await street.aunt.go(street.hers, '/messages')
    await expect(line).not_to_contain_text('[有人@我]')
    await expect(line).not_to_contain_text('[草稿]')


async def test_05_a_room_opens_at_the_first_unread_and_a_chip_leads_to_the_end(street: Street) -> None:
    await street.aunt.go(street.hers, f'/rooms/{street.room}')
    await expect(street.hers.locator('.ys-unread')).to_be_in_viewport()
    await seen(street.hers, '05-first-unread')
    await street.lad.go(street.his, f'/rooms/{street.room}')  # more than a page was missed
    await expect(street.his.locator('.ys-unread')).to_be_in_viewport()
    chip = street.his.locator('.ys-jump')
    await expect(chip).to_have_text(re.compile(r'99\+ 条新消息'))
    await seen(street.his, '05-chip')
    await chip.click()
    await expect(Conversation(street.his).bubble(f'第 {MANY} 句：')).to_be_in_viewport()


async def test_06_older_messages_come_in_without_a_jump(street: Street) -> None:
    await street.she_in(street.room)
    newest, _ = await street.hers.evaluate(TOP_ROW)
    for _ in range(2):
        await older_come_in(street.hers)
    oldest, _ = await street.hers.evaluate(TOP_ROW)
    assert oldest < newest
    await seen(street.hers, '06-history')


async def test_07_who_reads_above_is_left_there_until_they_want_down(street: Street) -> None:
    hers, his = await street.both_in_the_room()
    await older_come_in(street.hers)
    seq, top = await street.hers.evaluate(TOP_ROW)
    await his.say('您往上翻的时候，楼下来了快递')
    chip = street.hers.locator('.ys-jump', has_text=re.compile(r'\d 条新消息'))
    await expect(chip).to_be_visible()
    assert abs(await street.hers.evaluate(TOP_OF, seq) - top) < 2
    await chip.click()
    await expect(hers.bubble('您往上翻的时候，楼下来了快递')).to_be_in_viewport()
    await expect(street.hers.locator('.ys-jump')).to_have_count(0)
    await older_come_in(street.hers)
    await street.hers.locator('.ys-jump').click()  # 回到底部, or how many have come meanwhile
    await expect(street.hers.locator('.ys-jump')).to_have_count(0)
    await expect(hers.bubble('您往上翻的时候，楼下来了快递')).to_be_in_viewport()


async def test_08_a_bubble_is_there_at_once_then_a_spinner_then_a_red_mark_to_try_again(street: Street) -> None:
    hers = await street.she_in(street.room)
    with street.aunt.losing_the_line():
        await street.aunt.context.set_offline(True)
        await hers.say('在电梯里说的一句')
        waiting = street.hers.locator('.ys-msg:not([data-seq])', has_text='在电梯里说的一句')
        await expect(waiting.locator('.ys-spin')).to_be_visible()
        await expect(waiting.locator('.is-failed')).to_be_visible()
        await seen(street.hers, '08-red-mark')
        await waiting.locator('.is-failed').click()
        await expect(waiting.locator('.ys-spin')).to_be_visible()
        await street.aunt.context.set_offline(False)
        await hers.has('在电梯里说的一句')


async def test_09_a_draft_outlives_a_reload_and_a_lost_line(street: Street) -> None:
    hers = await street.she_in(street.room)
    with street.aunt.losing_the_line():
        await street.aunt.context.set_offline(True)
        await hers.write('写了一半，信号没了')
        await expect(street.hers.locator('#ys-line')).to_be_visible()
        await street.aunt.context.set_offline(False)
        await expect(street.hers.locator('#ys-line')).to_be_hidden()
    await street.hers.reload()
    await street.hers.wait_for_function(CONNECTED)
    await expect(hers.box).to_have_value('写了一半，信号没了')
    await hers.write('')


async def test_10_the_keyboard_never_covers_what_is_written_and_stays_open(street: Street) -> None:
    hers = await street.she_in(street.room)
    await hers.box.click()
    await street.hers.set_viewport_size({'width': 390, 'height': 480})  # what a phone's keyboard leaves
    try:
        await hers.say('键盘开着说的一句')
        await hers.has('键盘开着说的一句')
        await expect(hers.bubble('键盘开着说的一句')).to_be_in_viewport(ratio=1)
        await expect(hers.box).to_be_in_viewport(ratio=1)
        await expect(hers.box).to_be_focused()
        await seen(street.hers, '10-keyboard')
    finally:
        await street.hers.set_viewport_size(PHONE['viewport'])


async def test_11_behind_an_at_people_are_found_by_pinyin_and_only_office_calls_all(street: Street) -> None:
    his, desk = await street.he_in(street.room), await street.desk_in(street.room)
    everybody = '所有人'
    await his.box.press_sequentially('@zay')
    offered = street.his.locator('.ys-people').get_by_role('option')
    await expect(offered).to_have_text([re.compile('张阿姨')])
    await seen(street.his, '11-picker')
    await his.write('')
    await his.box.press_sequentially('@')
    await expect(offered.first).to_be_visible()
    await expect(offered.filter(has_text=everybody)).to_have_count(0)
    await his.write('')
    await desk.box.press_sequentially('@')
    await expect(street.desk.locator('.ys-people').get_by_role('option').first).to_contain_text(everybody)
    await desk.write('')


async def test_12_a_long_press_offers_what_can_be_done_with_a_message(street: Street) -> None:
    hers, his = await street.both_in_the_room()
    await his.say('晚上地库停水，请存水')
    await hers.has('晚上地库停水，请存水')
    await menu_of(hers.bubble('晚上地库停水，请存水'))
    names = [one.strip() for one in await street.hers.get_by_role('menuitem').all_inner_texts()]
    assert {'复制', '引用', '转发', '举报'} <= set(names)
    await seen(street.hers, '12-menu')
    await street.hers.keyboard.press('Escape')
    await menu_of(his.bubble('晚上地库停水，请存水'))
    await expect(street.his.get_by_role('menuitem', name='撤回')).to_be_visible()
    await street.his.keyboard.press('Escape')


async def test_13_taken_back_within_two_minutes_it_says_so_and_may_be_written_anew(street: Street) -> None:
    hers, his = await street.both_in_the_room()
    await his.say('打错字了的一剧话')
    await hers.has('打错字了的一剧话')
    await menu_of(his.bubble('打错字了的一剧话'))
    await street.his.get_by_role('menuitem', name='撤回').click()
    await expect(street.hers.get_by_text(f'{LAD} 撤回了一条消息').last).to_be_visible()
    await expect(hers.bubble('打错字了的一剧话')).to_have_count(0)
    await seen(street.his, '13-recalled')
    await street.his.get_by_role('button', name='重新编辑').last.click()
    await expect(his.box).to_have_value('打错字了的一剧话')
    await his.write('')


async def test_14_a_quote_shows_its_first_words_and_leads_to_them_with_a_flash(street: Street) -> None:
    hers = await street.she_in(street.room)
    await street.hers.get_by_role('button', name='查找聊天内容').click()
    await street.hers.locator('.ys-search input').fill(RARE)
    await street.hers.locator('.ys-results button').first.click()
    await in_sight(hers.bubble(LOOSE))
    await menu_of(hers.bubble(LOOSE))
    await street.hers.get_by_role('menuitem', name='引用').click()
    await hers.say('这个井盖谁来修')
    quote = hers.bubble('这个井盖谁来修').locator('.ys-quote')
    await expect(quote).to_contain_text(RARE)
    await quote.click()
    await in_sight(hers.bubble(LOOSE))
    await seen(street.hers, '14-quote')


def lying(colour: str) -> dict[str, Any]:
    """Return a photograph a phone took upright and stored lying, with a note how to turn it."""
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.new('RGB', (900, 600), colour).save(out, 'JPEG', exif=exif)
    return {'name': 'upright.jpg', 'mimeType': 'image/jpeg', 'buffer': out.getvalue()}


async def test_15_pictures_stand_upright_open_whole_and_are_turned_and_pinched(street: Street) -> None:
    hers = await street.she_in(street.room)
    page = street.hers
    await page.get_by_label('图片和更多').click()
    before = await page.locator('.ys-msg[data-seq] .ys-picture').count()
    await page.locator('.ys-tools input[accept="image/*"]').set_input_files([photo('green'), lying('orange')])
    pictures = page.locator('.ys-msg[data-seq] .ys-picture')
    await expect(pictures).to_have_count(before + 2)
    await expect(hers.box).to_be_visible()
    await page.wait_for_function("""() => {
      const one = [...document.querySelectorAll('.ys-msg[data-seq] .ys-picture img')].pop();
      return one.complete && one.naturalWidth && one.naturalHeight > one.naturalWidth; }""")
    await pictures.last.click()
    viewer, fingers = page.locator('.ys-viewer'), await Fingers.of(page)
    count = viewer.locator('.ys-viewer-count')
    shown = str(await count.text_content())
    await fingers.move(((120, 400), (320, 410)))
    await expect(count).not_to_have_text(shown)
    await fingers.move(((180, 380), (60, 200)), ((210, 420), (330, 640)))
    await expect(viewer.locator('.ys-viewer-zoom')).to_have_attribute('aria-pressed', 'true')
    await seen(page, '15-pinched')
    await page.keyboard.press('Escape')
    await expect(viewer).to_have_count(0)


async def test_16_times_stand_between_lines_in_a_row_are_grouped_mine_are_right_and_green(street: Street) -> None:
    hers, his = await street.both_in_the_room()
    for words in ('第一句连着说', '第二句连着说'):
        await his.say(words)
        await his.has(words)
        await hers.has(words)
    await expect(hers.bubble('第二句连着说')).not_to_have_class(re.compile('is-head'))
    await expect(street.his.locator('p.ys-middle time').first).to_be_attached()
    boxes = [await one.bubble('第二句连着说').locator('.ys-bubble').bounding_box() for one in (hers, his)]
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert boxes[0]['x'] < 390 / 4  # another's stands left
    assert boxes[1]['x'] + boxes[1]['width'] > 390 * 3 / 4  # mine right
    colour = await his.bubble('第二句连着说').locator('.ys-bubble').evaluate('one => getComputedStyle(one).backgroundColor')
    red, green, blue = [int(one) for one in re.findall(r'\d+', colour)[:3]]
    assert green > red
    assert green > blue
    await seen(street.his, '16-groups')


async def test_17_a_pinned_notice_opens_and_is_confirmed(street: Street) -> None:
    await street.she_in(street.room)
    await street.desk_in(street.room)
    await street.desk.locator('.ys-write .ys-icon-btn').click()
    await street.desk.locator('.ys-tool', has_text='公告').click()
    await street.desk.get_by_label('公告内容').fill('明早 8 点到 11 点，3 栋停水检修，请提前接水。')
    await street.desk.get_by_role('button', name='发出公告').click()
    bar = street.hers.locator('.ys-notice-bar', has_text='停水检修')
    await bar.locator('.ys-notice-head').click()
    await expect(bar.locator('.ys-notice-body')).to_be_visible()
    await seen(street.hers, '17-notice')
    await bar.get_by_role('button', name='收到', exact=True).click()
    await expect(bar).to_contain_text('您已收到')


async def started_chain(street: Street, title: str) -> list[Locator]:
    """Start a 接龙 on her phone and come back to the room; return its card on both phones."""
    await street.both_in_the_room()
    await street.hers.get_by_label('图片和更多').click()
    await street.hers.get_by_role('link', name='接龙').click()
    await street.hers.get_by_label('接什么').fill(title)
    await street.hers.get_by_role('button', name='发到群里').click()
    await street.hers.wait_for_url(f'**/rooms/{street.room}')
    return [page.locator('.ys-chain', has_text=title) for page in (street.hers, street.his)]


async def test_18_a_sign_up_chain_is_joined_by_one_tap_changed_and_counted(street: Street) -> None:
    cards = await started_chain(street, '周日去菜场要搭车的')
    await cards[1].get_by_role('button', name='我来接').click()
    await cards[1].get_by_role('button', name='改一下').click()
    await cards[1].get_by_label('我接的内容').fill(f'{LAD} 两个人')
    await cards[1].get_by_role('button', name='接上').click()
    for card in cards:
        await expect(card.locator('li')).to_contain_text([f'{LAD} 两个人'])
        await expect(card).to_contain_text('1 人已接')
    async with street.hers.expect_download() as download:
        await cards[0].get_by_role('link', name='导出表格').click()
    assert (await download.value).suggested_filename.endswith('.xlsx')
    await seen(street.hers, '18-chain')


async def test_20_names_say_the_building_and_badges_the_office(street: Street) -> None:
    hers, desk = await street.she_in(street.room), await street.desk_in(street.room)
    await desk.say('三栋的邻居们好')
    await hers.has('三栋的邻居们好')
    who = street.hers.locator('.ys-msg', has_text='三栋的邻居们好').last.locator('.ys-who')
    await expect(who).to_contain_text(WORKER)
    await expect(who.locator('.ys-tag-red')).to_be_visible()
    await expect(street.hers.locator('.ys-who', has_text=LAD).last).to_be_attached()
    await street.hers.get_by_role('button', name=f'{WORKER} 的名片').last.click()
    await expect(street.hers.locator('.ys-person-card')).to_contain_text('社区工作者')
    await seen(street.hers, '20-card')
    await street.hers.get_by_role('button', name='关闭').click()
    await street.hers.get_by_role('button', name='群资料').click()
    await expect(street.hers.get_by_role('button', name='我在本群的昵称')).to_contain_text(AUNT)
    await seen(street.hers, '20-about')


async def test_21_the_bot_says_it_is_one_names_its_source_and_hands_over(street: Street) -> None:
    await street.site.model_ready()
    hers = await street.she_in(street.room)
    await hers.say('老年人优待证怎么办？', at_xiaoqi=True)
    answer = street.hers.locator('.ys-msg', has=street.hers.locator('.ys-answer')).filter(has_text='@小栖 老年人优待证怎么办？')
    await expect(answer.locator('.ys-source').first).to_contain_text('来源')
    await expect(answer.locator('.ys-who')).to_contain_text('机器人')
    for name in ('没用', '转人工'):
        await expect(answer.get_by_role('button', name=name)).to_be_visible()
    await seen(street.hers, '21-answer')
    await answer.get_by_role('button', name='有用', exact=True).click()
    await expect(answer.locator('.ys-thanks')).to_be_visible()


async def test_22_a_form_opens_inside_and_leads_back_to_the_talk(street: Street) -> None:
    [card, _his] = await started_chain(street, '谁家有梯子借一下')
    await expect(card).to_be_visible()
    await expect(Conversation(street.hers).box).to_be_visible()
    await seen(street.hers, '22-back')


async def test_23_two_characters_find_it_and_a_tap_leads_there(street: Street) -> None:
    hers = await street.she_in(street.room)
    await street.hers.get_by_role('button', name='查找聊天内容').click()
    await street.hers.locator('.ys-search input').fill(RARE[:2])
    await expect(street.hers.locator('.ys-results')).to_contain_text(RARE)
    await seen(street.hers, '23-search')
    await street.hers.locator('.ys-results button', has_text=RARE).last.click()
    await expect(street.hers.locator('.ys-msg.is-flash')).to_be_in_viewport()
    await expect(hers.box).to_be_visible()


async def test_24_by_a_code_one_asks_waits_and_is_welcomed_with_a_name_of_ones_building(street: Street) -> None:
    token = street.site.value('SELECT token FROM join_code WHERE room_id = (SELECT id FROM room WHERE title = ?)', NEXT_DOOR)
    newcomer = await street.stage.phone('5栋-小林')
    phone = await newcomer.open(f'/join/{token}')
    await sign_up(phone)
    name = phone.get_by_label('大家怎么称呼您')
    await expect(name).to_have_value('5栋-')
    await phone.get_by_label('您住几栋几号？').fill('5栋702')
    await phone.get_by_role('button', name='提交申请').click()
    await expect(phone.locator('.ys-error')).to_contain_text('5栋-张阿姨')  # the beginning of a name is none yet
    await name.fill('5栋-小林')
    await seen(phone, '24-apply')
    await phone.get_by_role('button', name='提交申请').click()
    await expect(phone.get_by_role('heading', name='申请已提交')).to_be_visible()
    await street.worker.go(street.desk, '/staff')
    await street.desk.get_by_role('button', name='通过 5栋-小林 的申请', exact=True).click()
    await phone.get_by_role('link', name='进去看看').click()
    await phone.wait_for_function(CONNECTED)
    await expect(phone.get_by_role('dialog', name='群规')).to_be_visible()
    await phone.get_by_role('button', name='知道了').click()
    await expect(phone.locator('.ys-room')).to_contain_text('欢迎 5栋-小林 加入')
    await Conversation(phone).say('大家好，我是新来的')
    await Conversation(phone).has('大家好，我是新来的')
    await seen(phone, '24-welcomed')
    await newcomer.leave()


async def test_25_a_thin_bar_says_the_line_is_away_over_a_page_that_stays(street: Street) -> None:
    hers = await street.she_in(street.room)
    with street.aunt.losing_the_line():
        await street.aunt.context.set_offline(True)
        bar = street.hers.locator('#ys-line')
        await expect(bar).to_be_visible()
        box = await bar.bounding_box()
        assert box is not None
        assert box['height'] < 60
        await expect(street.hers.locator('.ys-room .ys-msg').last).to_be_visible()
        await expect(hers.box).to_be_visible()
        await seen(street.hers, '25-line')
        await street.aunt.context.set_offline(False)
        await expect(bar).to_be_hidden()


SIZE = '() => parseFloat(getComputedStyle(document.documentElement).fontSize)'


async def test_26_large_letters_reflow_and_motion_and_contrast_follow_the_phone(street: Street) -> None:
    await street.aunt.go(street.hers, '/me')
    small = await street.hers.evaluate(SIZE)
    large = street.hers.get_by_role('switch', name='大字模式')
    await large.click()
    try:
        await street.she_in(street.room)
        assert await street.hers.evaluate(SIZE) >= 22 > small
        assert await street.hers.evaluate('() => document.documentElement.scrollWidth <= innerWidth')  # it reflows, nothing is cut off
        await seen(street.hers, '26-large')
        await street.hers.emulate_media(reduced_motion='reduce', contrast='more')
        moving = """() => { const one = document.body.appendChild(document.createElement('i')); one.className = 'ys-spin';
          const style = getComputedStyle(one); one.remove();
          return Math.max(parseFloat(style.animationDuration) || 0, parseFloat(style.transitionDuration) || 0); }"""
        ink = "() => getComputedStyle(document.documentElement).getPropertyValue('--ys-ink-2')"
        strong = await street.hers.evaluate(ink)
        assert await street.hers.evaluate(moving) < 0.01
        await street.hers.emulate_media(reduced_motion='no-preference', contrast='no-preference')
        assert await street.hers.evaluate(ink) != strong
    finally:
        await street.aunt.go(street.hers, '/me')
        await large.click()
    assert await street.hers.evaluate(SIZE) == small


async def about(page: Page, switch: str) -> None:
    """Turn one of the switches of a room."""
    await page.get_by_role('button', name='群资料').click()
    turned = page.get_by_role('switch', name=re.compile(switch))
    was = await turned.get_attribute('aria-checked')
    await turned.click()
    await expect(turned).to_have_attribute('aria-checked', 'false' if was == 'true' else 'true')
    await page.get_by_role('button', name='关闭').click()


async def test_27_quiet_and_pinned_are_set_by_room_and_a_mention_leads_to_its_message(street: Street) -> None:
    await street.she_in(street.room)
    await about(street.hers, '置顶')
    await street.she_in(street.community)
    await about(street.hers, '免打扰')
    await street.aunt.go(street.hers, '/messages')
    await expect(street.hers.locator('.ys-room-item').first.locator('.ys-room-name')).to_have_text(ROOM)
    desk = await street.desk_in(street.community)
    await desk.box.press_sequentially('@张')
    await street.desk.locator('.ys-people').get_by_role('option', name=AUNT).click()
    await desk.box.press_sequentially('请来值班室一趟')
    await street.desk.locator('.ys-send').click()
    line = street.listed(street.hers, COMMUNITY_ROOM)
    await expect(line.locator('.ys-dot')).to_be_visible()  # a point, no number
    await expect(line.locator('.ys-badge-num')).to_have_count(0)
    await expect(line).to_contain_text('[有人@我]')  # which is told all the same
    await seen(street.hers, '27-quiet')
    await line.click()
    await street.hers.wait_for_url(f'**/rooms/{street.community}')
    await expect(Conversation(street.hers).bubble(f'@{AUNT} 请来值班室一趟')).to_be_in_viewport()
    await about(street.hers, '免打扰')


async def test_28_what_is_blocked_names_its_rule_and_keeps_the_words(street: Street) -> None:
    his = await street.he_in(street.community)
    text = '低价转让二手冰箱一台'
    mine = street.his.locator('.ys-msg.is-mine', has_text=text)
    for n in range(3):
        await his.say(text)
        await expect(street.his.locator('.ys-msg.is-mine[data-seq]', has_text=text)).to_have_count(n + 1)
    await his.say(text)
    refused = mine.locator('.ys-problem')
    await expect(refused).to_contain_text('同样的内容')
    await expect(refused).to_contain_text('换个说法')
    await seen(street.his, '28-blocked')
    await refused.get_by_role('button', name='修改后再发').click()
    await expect(his.box).to_have_value(text)
    await his.write('')
