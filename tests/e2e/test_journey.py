"""The story of the pilot, played by three people at real browsers: two phones and a desk, and one power cut.

A resident scans a join code, is welcomed, talks in the room of her building, asks 小栖 and gets a sourced answer, votes and
sees the bars move, takes one of the last seats of a volunteer board; nobody reloads anything. Then the process is killed
with SIGKILL and started again: nothing accepted is missing, nothing is twice, every open page recovers by itself.
"""

import asyncio
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import segno
from playwright.async_api import Page, expect

from tests.e2e import site as sites
from tests.e2e.conftest import SCREENS, Stage
from tests.e2e.people import CONNECTED, Person, picture
from tests.e2e.site import Site
from tests.e2e.truth import accepted, said, same_as_database
from tests.e2e.views import Ballot, Board, Conversation

ROOM = '景和园3栋楼栋群'
BOARD = '北门接水送水'
BALLOT = '二单元门口装一盏感应灯'
QUESTION = '老年人优待证怎么办？'
UNSENT = '这句话还没发出去，先放着'


@pytest.fixture(scope='session')
def knowing(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The filled folder with the index of the knowledge base built, as on the second day of a pilot."""
    site = Site(sites.copy(filled, tmp_path_factory.mktemp('knowing') / 'data'), assistant=True)

    async def build() -> None:
        await site.start()
        await site.model_ready()

    try:
        asyncio.run(build())
    finally:
        site.stop()
    return site.folder


@pytest.fixture
def site(knowing: Path, tmp_path: Path) -> Any:
    """The server with 小栖's model loaded."""
    made = Site(sites.copy(knowing, tmp_path / 'data'), assistant=True)
    yield made
    made.kill()


class Album:
    """Pictures of every step, of a phone and of the desk."""

    def __init__(self) -> None:
        self._number = 0

    async def step(self, name: str, **pages: Page) -> None:
        """Leave a picture of each page."""
        self._number += 1
        for who, page in pages.items():
            size = page.viewport_size or {}
            await picture(page, SCREENS / f'{self._number:02d}-{name}-{who}-{size["width"]}x{size["height"]}.png')


async def choose(page: Page, label: str, option: str) -> None:
    """Choose from a list of a staff form."""
    await page.get_by_label(label, exact=True).click()
    await page.locator('.q-menu .q-item', has_text=option).first.click()
    await expect(page.locator('.q-menu')).to_have_count(0)


async def make_join_code(desk: Page) -> str:
    """At the desk: make a code for the building and return the address its sheet carries."""
    await choose(desk, '地点', '3栋 · 楼栋')
    await desk.wait_for_url(re.compile(r'place=\d+&view=codes'))
    await desk.wait_for_function(CONNECTED)
    await desk.get_by_label('备注').fill('3栋一楼公告栏')
    await desk.get_by_role('button', name='新建并打印').click()
    await desk.wait_for_url('**/join-sheet/*')
    await desk.wait_for_function(CONNECTED)
    typed = (await desk.locator('.ys-sheet-code').inner_text()).replace('-', '')
    base = (await desk.locator('.ys-sheet-small').first.inner_text()).strip()
    drawn = await desk.locator('.ys-sheet-paper svg path').last.get_attribute('d')
    token = desk.url.rpartition('/')[2]
    assert token.upper() == typed.upper()
    address = f'{base}/{token}'
    assert f'd="{drawn}"' in segno.make(address, error='q', micro=False).svg_inline(scale=8, border=4, omitsize=True)
    return address


async def join(phone: Page, address: str, album: Album) -> None:
    """On the phone: open the link, sign up with a one-time code, say who one is, go in."""
    await phone.goto(address)
    await phone.wait_for_function(CONNECTED)
    await expect(phone.get_by_role('heading', name=ROOM)).to_be_visible()
    await phone.get_by_label('手机号').fill('100 0000 0099')
    await phone.get_by_role('button', name='获取验证码').click()
    shown = phone.locator('.ys-note', has_text=re.compile(r'\d{6}'))
    await expect(shown).to_be_visible()
    code = re.search(r'\d{6}', await shown.inner_text())
    assert code is not None
    await phone.get_by_label('短信验证码').fill(code.group())
    await album.step('one-time-code', phone=phone)
    await phone.get_by_role('button', name='进入', exact=True).click()
    await phone.get_by_label('大家怎么称呼您').fill('3栋-小芳')
    await phone.get_by_label('房号（可以不填）').fill('1102')
    await phone.get_by_text('租客', exact=True).click()
    await album.step('who-i-am', phone=phone)
    await phone.get_by_role('button', name='加入', exact=True).click()
    await expect(phone.get_by_role('heading', name='欢迎您')).to_be_visible()
    await album.step('welcomed', phone=phone)
    await phone.get_by_role('link', name='进去看看').click()
    await phone.wait_for_url('**/rooms/*')
    await phone.wait_for_function(CONNECTED)


async def open_ballot(desk: Page) -> None:
    """At the desk: put a question to everybody in the building and send its card into the room."""
    await choose(desk, '哪里的人投票', '3栋')
    await desk.get_by_label('要决定什么').fill(BALLOT)
    await choose(desk, '怎么计票', '一人一票')
    await choose(desk, '谁有资格', '所有成员')
    await choose(desk, '把表决卡片发到哪个群', ROOM)
    await desk.get_by_role('button', name='保存').click()
    await desk.wait_for_url(re.compile(r'/ballots/\d+$'))
    await desk.wait_for_function(CONNECTED)


async def to_the_board(phone: Page) -> None:
    """On a phone: from the bar over every page to the incident, from there to its call."""
    await phone.locator('.ys-alarm').click()
    await phone.wait_for_url('**/emergency/*')
    await phone.locator('.ys-call a', has_text='查看详情').first.click()
    await phone.wait_for_url('**/calls/*')
    await phone.wait_for_function(CONNECTED)


async def test_two_phones_a_desk_and_a_power_cut(stage: Stage) -> None:
    album, site = Album(), stage.site
    await site.model_ready()
    worker, liu, fang = await stage.desk('desk'), await stage.phone('liu'), await stage.phone('fang')

    # the desk makes a code, a resident scans it and is welcomed
    desk = await worker.enter('社区小沈')
    await worker.go(desk, '/staff/people?view=codes')
    address = await make_join_code(desk)
    await album.step('join-sheet', desk=desk)
    neighbour = await liu.enter('3栋-小刘')
    await neighbour.get_by_text(ROOM).click()
    await neighbour.wait_for_url('**/rooms/*')
    room_id = int(neighbour.url.rpartition('/')[2])
    path = f'/rooms/{room_id}'
    await worker.go(desk, path)
    phone = await fang.context.new_page()
    await join(phone, address, album)
    assert phone.url.endswith(path)
    her, his, at_desk = Conversation(phone), Conversation(neighbour), Conversation(desk)
    greeting = site.value("SELECT body FROM message WHERE room_id = ? ORDER BY seq DESC LIMIT 1", room_id)
    assert '3栋-小芳' in greeting
    for page in (phone, neighbour, desk):
        await expect(page.locator('.ys-room', has_text=greeting)).to_be_visible()
    await album.step('in-the-room', phone=phone, desk=desk)

    # they talk; each sees the others without a reload
    for page in (phone, neighbour, desk):
        await page.evaluate('window.neverReloaded = true')
    await her.say('大家好，我刚搬来 11 楼，请多关照')
    for room in (his, at_desk, her):
        await room.has('大家好，我刚搬来 11 楼，请多关照')
    await his.say('欢迎欢迎，有事在群里说一声')
    await at_desk.say('欢迎小芳，社区服务站在 1 栋楼下')
    for room in (her, his, at_desk):
        await room.has('欢迎欢迎，有事在群里说一声')
        await room.has('欢迎小芳，社区服务站在 1 栋楼下')
    await album.step('talking', phone=phone, desk=desk)

    # 小栖 answers, with a source; the answer is there for all, she rates it
    await her.say(QUESTION, at_xiaoqi=True)
    answers = [page.locator('.ys-msg', has_text=f'@小栖 {QUESTION}').locator('.ys-answer') for page in (phone, neighbour, desk)]
    for answer in answers:
        await expect(answer).to_be_visible()
        await expect(answer.locator('.ys-source').first).to_contain_text('来源')
    await album.step('answered', phone=phone, desk=desk)
    await answers[0].get_by_role('button', name='有用').click()
    await expect(answers[0].locator('.ys-thanks')).to_be_visible()
    await album.step('rated', phone=phone)

    # a vote; the bars move for all three
    worker_ballot = await worker.open('/ballots/new')
    await open_ballot(worker_ballot)
    ballot_path = '/' + worker_ballot.url.split('/', 3)[3]
    hers, his_card, on_desk = Ballot(phone, BALLOT), Ballot(neighbour, BALLOT), Ballot(worker_ballot, BALLOT)
    for ballot in (hers, his_card, on_desk):
        await expect(ballot.card).to_be_visible()
    await album.step('vote-opened', phone=phone, desk=worker_ballot)
    await hers.vote('同意')
    for ballot in (hers, his_card, on_desk):
        await ballot.shows('同意', 1, 1)
    await his_card.vote('不同意')
    for ballot in (hers, his_card, on_desk):
        await ballot.shows('同意', 1, 2)
        await ballot.shows('不同意', 1, 2)
    await album.step('bars-moved', phone=phone, desk=worker_ballot)

    # one of the last seats
    boards = []
    for person in (fang, liu):
        page = await person.open('/messages')
        await to_the_board(page)
        boards.append(page)
    call_path = '/' + boards[0].url.split('/', 3)[3]
    boards.append(await worker.open(call_path))
    for page in boards:
        await Board(page).shows(BOARD, '还剩 2 个')
    await album.step('seats-left', phone=boards[0], desk=boards[2])
    await Board(boards[0]).sign_up(BOARD)
    for page in boards:
        await Board(page).shows(BOARD, '还剩 1 个')
    await album.step('seat-taken', phone=boards[0], desk=boards[2])
    for page in (phone, neighbour, desk):
        assert await page.evaluate('window.neverReloaded') is True

    # more pages stand open, a sentence is typed and not sent, another is just being sent: then the power goes
    ballots = [await fang.open(ballot_path), await liu.open(ballot_path), worker_ballot]
    others = [await fang.open('/messages'), await liu.open('/services'), await liu.open('/deliberate'), await fang.open('/me'),
              await worker.open('/messages'), await worker.open('/staff/people')]
    rooms = [phone, neighbour, desk]
    every = [*rooms, *boards, *ballots, *others]
    for page in every:
        await page.evaluate('window.beforeTheCut = true')
    await her.write(UNSENT)
    told = accepted(site)
    with fang.losing_the_line(), liu.losing_the_line(), worker.losing_the_line():
        await his.say('断电前的最后一句')
        site.kill()
        for page in rooms:
            await expect(page.locator('#ys-line')).to_be_visible()
        await expect(desk.locator('#ys-line')).to_have_text('连接中…')
        await at_desk.say('停电时写下的一句')
        assert '停电时写下的一句' in await at_desk.unsent()
        await album.step('power-cut', phone=phone, desk=desk)
        await site.start()
        await asyncio.gather(*(page.wait_for_function(f'() => !window.beforeTheCut && ({CONNECTED})()') for page in every))
    await album.step('recovered', phone=phone, desk=desk)

    # nothing accepted is missing, nothing is twice
    for room in (her, his, at_desk):
        await room.has('断电前的最后一句')
        await room.has('停电时写下的一句')
    now = accepted(site)
    for kind, before in told.items():
        assert before <= now[kind], f'{kind} lost: {before - now[kind]}'
    for kind in ('votes', 'tallies', 'signups', 'seats', 'members', 'places', 'ratings'):
        assert now[kind] == told[kind], f'{kind} changed: {now[kind] ^ told[kind]}'
    twice = [body for body, times in Counter(row[5] for row in now['messages'] - told['messages']).items() if times > 1]
    assert not twice
    assert [seq for seq, _ in said(site, room_id)] == list(range(1, len(said(site, room_id)) + 1))
    await same_as_database(site, room_id, *rooms)
    for page in ballots:
        await Ballot(page, BALLOT).shows('同意', 1, 2)
        await Ballot(page, BALLOT).shows('不同意', 1, 2)
    for page in boards:
        await Board(page).shows(BOARD, '还剩 1 个')
    await expect(Board(boards[0]).shift(BOARD).locator('.ys-shift-mine')).to_be_visible()
    assert await her.box.input_value() == UNSENT

    # and it is live again, on every page, without a reload
    for page in every:
        await page.evaluate('window.afterTheCut = true')
    await her.page.locator('.ys-send').click()
    await at_desk.say('电来了，大家都好吗')
    for room in (her, his, at_desk):
        await room.has(UNSENT)
        await room.has('电来了，大家都好吗')
    await Ballot(neighbour, BALLOT).change('同意')
    for ballot in (Ballot(page, BALLOT) for page in (*rooms, *ballots)):
        await ballot.shows('同意', 2, 2)
    await Board(boards[2]).sign_up(BOARD)
    for page in boards:
        await Board(page).shows(BOARD, '已满')
    for page in (others[0], others[4]):
        await expect(page.locator('.ys-rooms', has_text='电来了，大家都好吗')).to_be_visible()
    await same_as_database(site, room_id, *rooms)
    await album.step('live-again', phone=phone, desk=desk)
    for page in every:
        assert await page.evaluate('window.afterTheCut') is True
