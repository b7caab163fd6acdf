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
from tests.e2e.people import CONNECTED, picture
from tests.e2e.site import Site
from tests.e2e.truth import accepted, said, same_as_database, same_as_fresh
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
        for old in SCREENS.glob('[0-9][0-9]-*.png'):
            old.unlink()

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


class Journey:
    """The three of them, what stands open before them, and where the story is."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.site = stage.site
        self.album = Album()
        self.room_id = 0
        self.path = ''

    async def gather(self) -> None:
        """The worker comes to the desk, a neighbour to his phone, both into the room; a third phone waits."""
        self.worker, self.liu = await self.stage.desk('desk'), await self.stage.phone('liu')
        self.fang = await self.stage.phone('fang')
        self.desk = await self.worker.enter('社区小沈')
        self.neighbour = await self.liu.enter('3栋-小刘')
        await self.neighbour.get_by_text(ROOM).click()
        await self.neighbour.wait_for_url('**/rooms/*')
        self.room_id = int(self.neighbour.url.rpartition('/')[2])
        self.path = f'/rooms/{self.room_id}'

    async def join(self) -> None:
        """The desk makes a code; a resident scans it and is welcomed in the room of her building."""
        await self.worker.go(self.desk, '/staff/people?view=codes')
        address = await make_join_code(self.desk)
        await self.album.step('join-sheet', desk=self.desk)
        await self.worker.go(self.desk, self.path)
        self.phone = await self.fang.context.new_page()
        await join(self.phone, address, self.album)
        assert self.phone.url.endswith(self.path)
        await self.phone.get_by_role('dialog', name='群规').get_by_role('button', name='知道了').click()
        await expect(self.phone.locator('.ys-room', has_text='欢迎 3栋-小芳 加入')).to_be_visible()
        greeting = self.site.value('SELECT body FROM message WHERE room_id = ? ORDER BY seq DESC LIMIT 1', self.room_id)
        for page in self.rooms:
            await expect(page.locator('.ys-room', has_text=greeting)).to_be_visible()
            await page.evaluate('window.neverReloaded = true')
        await self.album.step('in-the-room', phone=self.phone, desk=self.desk)

    @property
    def rooms(self) -> list[Page]:
        """The room on each screen: hers, his, the desk's."""
        return [self.phone, self.neighbour, self.desk]

    @property
    def talks(self) -> list[Conversation]:
        """The same, to talk in."""
        return [Conversation(page) for page in self.rooms]

    async def all_read(self, *texts: str) -> None:
        """Everybody sees these lines, once, accepted."""
        for room in self.talks:
            for text in texts:
                await room.has(text)

    async def talk(self) -> None:
        """They talk; each sees the others without a reload."""
        hers, his, at_desk = self.talks
        await hers.say('大家好，我刚搬来 11 楼，请多关照')
        await self.all_read('大家好，我刚搬来 11 楼，请多关照')
        await his.say('欢迎欢迎，有事在群里说一声')
        await at_desk.say('欢迎小芳，社区服务站在 1 栋楼下')
        await self.all_read('欢迎欢迎，有事在群里说一声', '欢迎小芳，社区服务站在 1 栋楼下')
        await self.album.step('talking', phone=self.phone, desk=self.desk)

    async def ask(self) -> None:
        """小栖 answers her, with a source; the answer is there for all; she rates it."""
        await self.talks[0].say(QUESTION, at_xiaoqi=True)
        answers = [page.locator('.ys-msg', has_text=f'@小栖 {QUESTION}').locator('.ys-answer') for page in self.rooms]
        for answer in answers:
            await expect(answer).to_be_visible()
            await expect(answer.locator('.ys-source').first).to_contain_text('来源')
        await self.album.step('answered', phone=self.phone, desk=self.desk)
        await answers[0].get_by_role('button', name='有用').click()
        await expect(answers[0].locator('.ys-thanks')).to_be_visible()
        assert self.site.value('SELECT count(*) FROM answer_feedback WHERE helpful') == 1
        await self.album.step('rated', phone=self.phone)

    async def bars(self, pages: list[Page], yes: int, no: int) -> None:
        """Wait until the bars of the vote stand so on these pages."""
        for page in pages:
            await Ballot(page, BALLOT).shows('同意', yes, yes + no)
            await Ballot(page, BALLOT).shows('不同意', no, yes + no)

    async def vote(self) -> None:
        """The desk opens a vote, its card comes into the room; two vote, the bars move for all three."""
        page = await self.worker.open('/ballots/new')
        await open_ballot(page)
        self.ballot_path = '/' + page.url.split('/', 3)[3]
        self.ballots = [page]
        shown = [self.phone, self.neighbour, page]
        for one in shown:
            await expect(Ballot(one, BALLOT).card).to_be_visible()
        await self.album.step('vote-opened', phone=self.phone, desk=page)
        await Ballot(self.phone, BALLOT).vote('同意')
        await self.bars(shown, 1, 0)
        await Ballot(self.neighbour, BALLOT).vote('不同意')
        await self.bars(shown, 1, 1)
        await self.album.step('bars-moved', phone=self.phone, desk=page)

    async def seats(self, words: str) -> None:
        """Wait until the counter of the shift says so on every board."""
        for page in self.boards:
            await Board(page).shows(BOARD, words)

    async def take_a_seat(self) -> None:
        """She takes one of the last seats; the counter moves for all."""
        self.boards = []
        for person in (self.fang, self.liu):
            page = await person.open('/messages')
            await to_the_board(page)
            self.boards.append(page)
        self.boards.append(await self.worker.open('/' + page.url.split('/', 3)[3]))
        await self.seats('还剩 2 个')
        await self.album.step('seats-left', phone=self.boards[0], desk=self.boards[2])
        await Board(self.boards[0]).sign_up(BOARD)
        await self.seats('还剩 1 个')
        await self.album.step('seat-taken', phone=self.boards[0], desk=self.boards[2])
        for page in self.rooms:
            assert await page.evaluate('window.neverReloaded') is True

    async def cut_the_power(self) -> None:
        """More pages stand open; one sentence is typed, one is just being sent, one is written in the dark."""
        self.ballots += [await person.open(self.ballot_path) for person in (self.fang, self.liu)]
        self.lists = [await self.fang.open('/messages'), await self.worker.open('/messages')]
        others = [await self.liu.open('/services'), await self.liu.open('/deliberate'), await self.fang.open('/me'),
                  await self.worker.open('/staff/people'), await self.worker.open('/staff')]
        self.every = [*self.rooms, *self.boards, *self.ballots, *self.lists, *others]
        for page in self.every:
            await page.evaluate('window.beforeTheCut = true')
        hers, his, at_desk = self.talks
        await hers.write(UNSENT)
        self.told = accepted(self.site)
        with self.fang.losing_the_line(), self.liu.losing_the_line(), self.worker.losing_the_line():
            await his.say('断电前的最后一句')
            self.site.kill()
            for page in self.rooms:
                await expect(page.locator('#ys-line')).to_be_visible()
            await expect(self.desk.locator('#ys-line')).to_have_text('连接中…')
            await at_desk.say('停电时写下的一句')
            assert '停电时写下的一句' in await at_desk.unsent()
            await self.album.step('power-cut', phone=self.phone, desk=self.desk)
            await self.site.start()
            back = f'() => !window.beforeTheCut && ({CONNECTED})()'
            await asyncio.gather(*(page.wait_for_function(back) for page in self.every))
        await self.album.step('recovered', phone=self.phone, desk=self.desk)

    async def compare(self) -> None:
        """Nothing accepted is missing, nothing is twice: in the database and on every page."""
        await self.all_read('断电前的最后一句', '停电时写下的一句')
        now = accepted(self.site)
        for kind, before in self.told.items():
            assert before <= now[kind], f'{kind} lost: {before - now[kind]}'
        for kind in ('votes', 'tallies', 'signups', 'seats', 'members', 'places', 'ratings'):
            assert now[kind] == self.told[kind], f'{kind} changed: {now[kind] ^ self.told[kind]}'
        new = Counter(row[5] for row in now['messages'] - self.told['messages'])
        assert set(new) <= {'断电前的最后一句', '停电时写下的一句'}
        assert max(new.values()) == 1
        log = said(self.site, self.room_id)
        assert [seq for seq, _ in log] == list(range(1, len(log) + 1))
        await same_as_database(self.site, self.room_id, *self.rooms)
        for page in set(self.every) - set(self.rooms):
            await same_as_fresh(page)
        await self.bars([*self.rooms, *self.ballots], 1, 1)
        await self.seats('还剩 1 个')
        await expect(Board(self.boards[0]).shift(BOARD).locator('.ys-shift-mine')).to_be_visible()
        assert await self.talks[0].box.input_value() == UNSENT

    async def live_again(self) -> None:
        """Everything moves again on every page, without a reload."""
        for page in self.every:
            await page.evaluate('window.afterTheCut = true')
        await self.phone.locator('.ys-send').click()
        await self.talks[2].say('电来了，大家都好吗')
        await self.all_read(UNSENT, '电来了，大家都好吗')
        await Ballot(self.neighbour, BALLOT).change('同意')
        await self.bars([*self.rooms, *self.ballots], 2, 0)
        await Board(self.boards[2]).sign_up(BOARD)
        await self.seats('已满')
        for page in self.lists:
            await expect(page.locator('.ys-rooms', has_text='电来了，大家都好吗')).to_be_visible()
        await same_as_database(self.site, self.room_id, *self.rooms)
        await self.album.step('live-again', phone=self.phone, desk=self.desk)
        for page in self.every:
            assert await page.evaluate('window.afterTheCut') is True


async def test_two_phones_a_desk_and_a_power_cut(stage: Stage) -> None:
    await stage.site.model_ready()
    journey = Journey(stage)
    await journey.gather()
    await journey.join()
    await journey.talk()
    await journey.ask()
    await journey.vote()
    await journey.take_a_seat()
    await journey.cut_the_power()
    await journey.compare()
    await journey.live_again()
