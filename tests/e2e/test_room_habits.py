"""The habits of a room on a phone of 390 × 844: a long log that stays light and stays put, its menu, forwarding, links, pictures, keys.

Speed is measured by ``tests.bench.scroll``; here is what must hold however slow the phone.
"""

import io
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.async_api import Locator, Page, expect

from tests.e2e import site as sites
from tests.e2e.conftest import SCREENS, Stage
from tests.e2e.people import Person, picture
from tests.e2e.site import Site
from tests.e2e.test_offline import ROOM, enter_room
from tests.e2e.views import Conversation

COMMUNITY_ROOM = '景和园社区群'
MANY = 1500
RARE = '井盖松动'
LOOSE = f'三单元门口{RARE}，路过当心'
MOST_ROWS = 120
"""Messages that may stand in the page at once."""

NUMBERS = "() => [...document.querySelectorAll('.ys-room [data-seq]')].map((row) => Number(row.dataset.seq))"
TOP_ROW = """() => {
  const box = document.querySelector('.ys-room .ys-scroll');
  const edge = box.getBoundingClientRect().top;
  const row = [...box.querySelectorAll('[data-seq]')].find((one) => one.getBoundingClientRect().top >= edge);
  return [Number(row.dataset.seq), row.getBoundingClientRect().top];
}"""
TOP_OF = "(seq) => document.querySelector(`.ys-room [data-seq='${seq}']`).getBoundingClientRect().top"
HEIGHT = "() => document.querySelector('.ys-room .ys-scroll').scrollHeight"


def fill(folder: Path) -> None:
    """Put a long talk into the room of the building, as if it had gone on for weeks."""
    with closing(sqlite3.connect(folder / 'yunshequ.db')) as db, db:
        room, last_seq, last_n = db.execute('SELECT id, last_seq, last_n FROM room WHERE title = ?', (ROOM,)).fetchone()
        people = [one for (one,) in db.execute('SELECT member_id FROM room_member WHERE room_id = ? ORDER BY member_id', (room,))]
        at = db.execute('SELECT max(at) FROM message WHERE room_id = ?', (room,)).fetchone()[0]
        rows = []
        for n in range(1, MANY + 1):
            body = LOOSE if n == 40 else f'第 {n} 句：' + '邻居们说的话有长有短，' * (n % 4)
            rows.append(((room << 32) | (last_seq + n), room, last_seq + n, last_n + n, people[n // 2 % len(people)], f'filled-{n:05d}',
                         'text', body, at))
        db.executemany('INSERT INTO message (id, room_id, seq, n, sender_id, client_id, kind, body, at) VALUES (?,?,?,?,?,?,?,?,?)', rows)
        db.execute('INSERT INTO message_search(rowid, grams) VALUES (?, ?)', (rows[39][0], '井盖 盖松 松动'))
        db.execute('UPDATE room SET last_seq = ?, last_n = ? WHERE id = ?', (last_seq + MANY, last_n + MANY, room))
        db.execute('UPDATE room_member SET read_seq = ?, read_n = ? WHERE room_id = ?', (last_seq + MANY, last_n + MANY, room))


@pytest.fixture(scope='session')
def talkative(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo with a long talk in it."""
    folder = sites.copy(filled, tmp_path_factory.mktemp('talkative') / 'data')
    fill(folder)
    return folder


@pytest.fixture
def site(talkative: Path, tmp_path: Path) -> Iterator[Site]:
    """The server with the long talk."""
    made = Site(sites.copy(talkative, tmp_path / 'data'))
    yield made
    made.kill()


async def look(page: Page) -> list[int]:
    """Return the numbers that stand in the page: few, in order, none left out between them."""
    numbers: list[int] = await page.evaluate(NUMBERS)
    assert numbers
    assert len(numbers) <= MOST_ROWS
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    return numbers


async def older_come_in(page: Page) -> None:
    """Scroll to where older messages are fetched; what is read must not move when they come."""
    height = await page.evaluate(HEIGHT)
    await page.evaluate("() => { document.querySelector('.ys-room .ys-scroll').scrollTop = 900; }")
    await page.evaluate('() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
    seq, top = await page.evaluate(TOP_ROW)
    await page.wait_for_function(f'(before) => ({HEIGHT})() > before + 500', arg=height)
    await expect(page.locator(f'.ys-room [data-seq="{seq}"]')).to_be_attached()
    assert abs(await page.evaluate(TOP_OF, seq) - top) < 2


async def in_sight(row: Locator) -> None:
    """Wait until a row flashes and stands between the head and the composer."""
    await expect(row).to_have_class(re.compile('is-flash'))
    await expect(row).to_be_in_viewport()


async def test_a_long_log_is_light_in_order_and_stays_put(stage: Stage) -> None:
    aunt, lad = await stage.phone('zhang'), await stage.phone('liu')
    hers = await enter_room(aunt, '3栋-张阿姨')
    page = hers.page
    await expect(hers.bubble(f'第 {MANY} 句：')).to_be_in_viewport()
    last = (await look(page))[-1]
    first = last
    for _ in range(6):
        await older_come_in(page)
        first = min(first, (await look(page))[0])
    assert first < last - 250

    his = await enter_room(lad, '3栋-小刘')
    await his.say('您往上翻的时候，我说一句')
    chip = page.locator('.ys-jump', has_text=re.compile(r'\d 条新消息'))
    await expect(chip).to_be_visible()
    seq, top = await page.evaluate(TOP_ROW)
    assert abs(await page.evaluate(TOP_OF, seq) - top) < 2  # never forced down while reading
    await chip.click()
    await expect(hers.bubble('您往上翻的时候，我说一句')).to_be_in_viewport()
    assert (await look(page))[-1] > last

    await page.get_by_role('button', name='查找聊天内容').click()
    await page.locator('.ys-search input').fill(RARE)
    await page.locator('.ys-results button').first.click()
    found = hers.bubble(LOOSE)
    await in_sight(found)
    await look(page)
    await picture(page, SCREENS / 'habits-found.png')

    await menu_of(found)
    await page.get_by_role('menuitem', name='引用').click()
    await hers.say('这个井盖修好了吗')
    await expect(hers.bubble('这个井盖修好了吗')).to_be_in_viewport()
    await hers.bubble('这个井盖修好了吗').locator('.ys-quote').click()
    await in_sight(found)

    for _ in range(12):
        if (await page.locator('.ys-oldest').text_content() or '').strip() == '没有更早的内容了':
            break
        await older_come_in(page)
    await page.evaluate("() => { document.querySelector('.ys-room .ys-scroll').scrollTop = 0; }")
    await expect(page.get_by_text('没有更早的内容了')).to_be_in_viewport()
    await expect(page.locator('.ys-room [data-seq="1"]')).to_be_in_viewport()
    await page.locator('.ys-jump:not(.is-above)').click()  # 回到底部, or the number of messages that came meanwhile
    await expect(hers.bubble('这个井盖修好了吗')).to_be_in_viewport()
    await look(page)


async def menu_of(message: Locator) -> None:
    """Hold a thumb on a message until its menu opens."""
    page = message.page
    bubble = message.locator('.ys-bubble')
    await bubble.scroll_into_view_if_needed()
    await bubble.dispatch_event('pointerdown', {'pointerType': 'touch', 'isPrimary': True, 'clientX': 100, 'clientY': 100})
    await expect(page.locator('.ys-menu')).to_be_visible()
    await bubble.dispatch_event('pointerup', {'pointerType': 'touch', 'isPrimary': True})


async def test_a_message_goes_to_another_room_and_a_link_shows_only_what_its_reader_may_see(stage: Stage) -> None:
    aunt, lad, worker = await stage.phone('zhang'), await stage.phone('liu'), await stage.desk('worker')
    hers, his = await enter_room(aunt, '3栋-张阿姨'), await enter_room(lad, '3栋-小刘')
    building = hers.page.url
    await his.say('晚上八点地库停水，请存水')
    await hers.has('晚上八点地库停水，请存水')
    await menu_of(hers.bubble('晚上八点地库停水，请存水'))
    names = [one.strip() for one in await hers.page.get_by_role('menuitem').all_inner_texts()]
    assert names == ['复制', '引用', '转发', '@TA', '举报']
    await picture(hers.page, SCREENS / 'habits-menu.png')
    await hers.page.get_by_role('menuitem', name='转发').click()
    sheet = hers.page.locator('.ys-forward')
    await sheet.get_by_role('radio', name=COMMUNITY_ROOM).click()
    await picture(hers.page, SCREENS / 'habits-forward.png')
    await sheet.get_by_role('button', name=f'转发到“{COMMUNITY_ROOM}”').click()
    await expect(sheet).to_have_count(0)

    desk = await worker.enter('社区小沈')
    await desk.get_by_text(COMMUNITY_ROOM).first.click()
    await desk.wait_for_url('**/rooms/*')
    there = Conversation(desk)
    await there.has('晚上八点地库停水，请存水')
    await expect(there.bubble('晚上八点地库停水，请存水').locator('.ys-forwarded')).to_have_text(f'转发自 {ROOM}')
    await there.bubble('晚上八点地库停水，请存水').locator('.ys-bubble').click(button='right')
    await expect(desk.locator('.ys-menu')).to_be_visible()
    await desk.keyboard.press('Escape')
    await there.bubble('晚上八点地库停水，请存水').locator('.ys-more').focus()
    await desk.keyboard.press('Enter')
    await expect(desk.get_by_role('menuitem', name='复制')).to_be_focused()
    await desk.keyboard.press('Escape')
    await expect(there.bubble('晚上八点地库停水，请存水').locator('.ys-more')).to_be_focused()

    await there.say(f'住3栋的看这里 {building} 其他人看 https://example.com/rooms/1')
    await aunt.go(hers.page, desk.url.replace(worker.base, ''))
    card = hers.page.locator('.ys-msg', has_text='住3栋的看这里').locator('.ys-link-card')
    await expect(card).to_have_count(1)
    await expect(card).to_contain_text(ROOM)
    await picture(hers.page, SCREENS / 'habits-link.png')
    await card.click()
    await hers.page.wait_for_url(building)
    secretary = await (await stage.phone('xia')).enter('夏书记')  # not in that room
    await secretary.get_by_text(COMMUNITY_ROOM).first.click()
    line = secretary.locator('.ys-msg', has_text='住3栋的看这里')
    await expect(line.get_by_role('link')).to_have_count(2)
    await expect(line.locator('.ys-link-card')).to_have_count(0)


def photo(colour: str) -> dict[str, Any]:
    """Return a picture as a file is chosen."""
    out = io.BytesIO()
    Image.new('RGB', (600, 900), colour).save(out, 'JPEG')
    return {'name': f'{colour}.jpg', 'mimeType': 'image/jpeg', 'buffer': out.getvalue()}


class Fingers:
    """Real touches, by the developer tools of Chromium."""

    def __init__(self, session: Any) -> None:
        self._send = session.send

    @classmethod
    async def of(cls, page: Page) -> 'Fingers':
        """The fingers on a page."""
        return cls(await page.context.new_cdp_session(page))

    async def _touch(self, kind: str, *points: tuple[float, float]) -> None:
        await self._send('Input.dispatchTouchEvent', {
            'type': kind, 'touchPoints': [{'x': x, 'y': y, 'id': n} for n, (x, y) in enumerate(points)]})

    async def move(self, *paths: tuple[tuple[float, float], tuple[float, float]]) -> None:
        """Move one finger or more from one place to another at once."""
        await self._touch('touchStart', *(path[0] for path in paths))
        for step in range(1, 9):
            await self._touch('touchMove', *(
                (a[0] + (b[0] - a[0]) * step / 8, a[1] + (b[1] - a[1]) * step / 8) for a, b in paths))
        await self._touch('touchEnd')

    async def tap(self, x: float, y: float) -> None:
        """Touch once."""
        await self._touch('touchStart', (x, y))
        await self._touch('touchEnd')


async def test_pictures_are_looked_at_with_fingers_and_closed_three_ways(stage: Stage) -> None:
    aunt = await stage.phone('zhang')
    hers = await enter_room(aunt, '3栋-张阿姨')
    page = hers.page
    address = page.url
    await page.locator('.ys-write .ys-icon-btn').click()
    await page.locator('.ys-tools input[accept="image/*"]').set_input_files([photo('red'), photo('blue')])
    pictures = page.locator('.ys-msg[data-seq] .ys-picture')
    await expect(pictures).to_have_count(2)
    viewer = page.locator('.ys-viewer')
    image, count = viewer.locator('img'), viewer.locator('.ys-viewer-count')
    fingers = await Fingers.of(page)

    await pictures.last.click()
    await expect(count).to_have_text('2 / 2')
    await fingers.move(((120, 400), (320, 410)))
    await expect(count).to_have_text('1 / 2')
    await fingers.move(((320, 400), (100, 390)))
    await expect(count).to_have_text('2 / 2')
    await fingers.move(((180, 380), (60, 200)), ((210, 420), (330, 640)))
    await expect(viewer.locator('.ys-viewer-zoom')).to_have_attribute('aria-pressed', 'true')
    await picture(page, SCREENS / 'habits-zoomed.png')
    await fingers.tap(195, 400)
    await fingers.tap(195, 400)
    await expect(viewer.locator('.ys-viewer-zoom')).to_have_attribute('aria-pressed', 'false')
    await expect(image).to_have_attribute('style', re.compile(r'translate\(0px, 0px\) scale\(1\)'))
    await picture(page, SCREENS / 'habits-viewer.png')
    await fingers.move(((195, 300), (200, 620)))
    await expect(viewer).to_have_count(0)
    assert page.url == address

    await pictures.first.click()
    await expect(viewer).to_be_visible()
    await page.go_back()
    await expect(viewer).to_have_count(0)
    assert page.url == address

    await pictures.first.focus()
    await page.keyboard.press('Enter')
    await expect(viewer).to_be_visible()
    await page.keyboard.press('Escape')
    await expect(viewer).to_have_count(0)
    await expect(pictures.first).to_be_focused()
    assert page.url == address


async def sending_fails(hers: Conversation, aunt: Person) -> None:
    """Without a network the bubble is there at once with a spinner, then with a red mark; a tap tries again."""
    page = hers.page
    with aunt.losing_the_line():
        await aunt.context.set_offline(True)
        await hers.say('电梯里发的')
        waiting = page.locator('.ys-msg:not([data-seq])', has_text='电梯里发的')
        await expect(waiting.locator('.ys-spin')).to_be_visible()
        await expect(waiting.locator('.is-failed')).to_be_visible()
        await picture(page, SCREENS / 'habits-failed.png')
        await waiting.locator('.is-failed').click()
        await expect(waiting.locator('.ys-spin')).to_be_visible()
        await aunt.context.set_offline(False)
        await hers.has('电梯里发的')


async def test_keys_never_cover_what_is_written_and_what_fails_can_be_sent_again(stage: Stage) -> None:
    aunt = await stage.phone('zhang')
    hers = await enter_room(aunt, '3栋-张阿姨')
    page = hers.page
    await hers.say('键盘打开之前')
    await hers.has('键盘打开之前')
    await hers.box.click()
    await page.set_viewport_size({'width': 390, 'height': 480})  # what a phone's keyboard leaves
    await expect(hers.box).to_be_in_viewport(ratio=1)
    await expect(hers.bubble('键盘打开之前')).to_be_in_viewport(ratio=1)
    await hers.say('键盘开着也看得见')
    await hers.has('键盘开着也看得见')
    await expect(hers.bubble('键盘开着也看得见')).to_be_in_viewport(ratio=1)
    await expect(hers.box).to_be_focused()
    await page.set_viewport_size({'width': 390, 'height': 844})
    await expect(hers.bubble('键盘开着也看得见')).to_be_in_viewport(ratio=1)
    await sending_fails(hers, aunt)


async def test_a_face_opens_a_card_and_only_those_in_office_call_everybody(stage: Stage) -> None:
    aunt, lead = await stage.phone('zhang'), await stage.phone('worker')
    hers, leads = await enter_room(aunt, '3栋-张阿姨'), await enter_room(lead, '社区小沈')
    await leads.page.get_by_label('说点什么').press_sequentially('@')
    people = leads.page.locator('.ys-people')
    await expect(people.get_by_role('option').first).to_have_text(re.compile('所有人'))
    await people.get_by_role('option', name='所有人').click()
    await leads.page.get_by_label('说点什么').press_sequentially('明早停水')
    await leads.page.get_by_label('发送').click()
    await hers.has('@所有人 明早停水')
    await hers.page.get_by_label('说点什么').press_sequentially('@')
    await expect(hers.page.locator('.ys-people').get_by_role('option').first).to_be_visible()
    await expect(hers.page.locator('.ys-people').get_by_role('option', name='所有人')).to_have_count(0)
    await hers.page.keyboard.press('Escape')
    await hers.page.get_by_role('button', name=re.compile('社区小沈 的名片')).last.click()
    card = hers.page.locator('.ys-person-card')
    await expect(card).to_contain_text('社区工作者 · 景和园社区')
    await picture(hers.page, SCREENS / 'habits-card.png')
    await card.get_by_role('button', name='@TA').click()
    await expect(hers.page.get_by_label('说点什么')).to_have_value(re.compile('@社区小沈 '))
