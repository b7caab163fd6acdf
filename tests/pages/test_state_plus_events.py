"""State + events = fresh state: a page that was open while things happened shows what a page opened afterwards shows.

A real browser watches the room list, a room, a vote and a volunteer board while others (and the watcher on another phone)
act in random order; after every few acts each page is compared with a freshly loaded one.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, async_playwright

import pages
from tests.conftest import World
from tests.e2e.people import CONNECTED, DESK, launch
from tests.pages.live.conftest import fresh_nicegui, serving  # noqa: F401 - a fixture
from yunshequ.ballots.schemas import BallotDraft, OptionDraft, Unit, as_choice
from yunshequ.bootstrap import Container
from yunshequ.core.clock import MovableClock
from yunshequ.core.errors import AppError
from yunshequ.core.ids import token
from yunshequ.core.policy import Actor
from yunshequ.emergency.schemas import CallDraft, IncidentDraft, ShiftDraft
from yunshequ.gateway.app import create
from yunshequ.rooms.schemas import MessageKind, PostDraft

AGREE_SECONDS = 15.0
ROUNDS, ACTS = 6, 6

SHAPES = {
    'list': """() => [...document.querySelectorAll('.ys-rooms .ys-room-item')].map(row => [
        row.querySelector('.ys-room-name').innerText, (row.querySelector('.ys-badge-num') || {}).innerText || '',
        row.querySelector('.ys-room-last').innerText, !!row.querySelector('.ys-dot')])""",
    'room': """() => [document.querySelectorAll('.ys-notice-head[aria-expanded=false]').forEach(one => one.click()),
        document.querySelector('.ys-room-head h1').innerText, [...document.querySelectorAll('.ys-notice-bar')].map(one => one.innerText),
        ...[...document.querySelectorAll('.ys-room .ys-list [data-seq]')].map(row => {
            const bubble = row.querySelector('.ys-bubble');
            const bars = [...row.querySelectorAll('.ys-bar i')].map(one => one.style.transform);
            return [Number(row.dataset.seq), (bubble || row).innerText.trim(), bars]; })]""",
    'ballot': """() => [...document.querySelectorAll('.ys-ballot')].map(one => [
        one.innerText, [...one.querySelectorAll('.ys-bar i')].map(bar => bar.style.transform)])""",
    'board': """() => [...document.querySelectorAll('.ys-call')].map(one => [
        one.innerText, [...one.querySelectorAll('.ys-bar i')].map(bar => bar.style.transform)])""",
}
"""What each page says, by a function that runs in it."""


@pytest.fixture(params=['sqlite'])
def database_url(tmp_path: Path, sqlite_template: Path) -> str:
    """Pages are the same on both databases."""
    path = tmp_path / 'yunshequ.db'
    path.write_bytes(sqlite_template.read_bytes())
    return f'sqlite:///{path}'


@pytest.fixture
def clock() -> MovableClock:
    """The browser's clock is the real one: a vote that is open must be open there too."""
    return MovableClock(datetime.now(UTC))


@dataclass
class House:
    """The whole application, served, what happens in it, and who watches."""

    base: str
    c: Container
    world: World
    clock: MovableClock
    context: BrowserContext
    chance: random.Random
    ballot_id: int = 0
    options: tuple[int, ...] = ()
    call_id: int = 0
    shifts: tuple[int, ...] = ()
    notices: list[int] = field(default_factory=list)
    said: list[tuple[str, int]] = field(default_factory=list)
    done: list[str] = field(default_factory=list)

    @property
    def room_id(self) -> int:
        """The room of the building."""
        assert self.world.room is not None
        return self.world.room.id

    def someone(self, *keys: str) -> tuple[str, Actor]:
        """Return one of these people by chance."""
        key = self.chance.choice(keys)
        return key, self.world[key]

    async def prepare(self) -> None:
        """Open a vote and a call, their cards in the room."""
        worker, now = self.world['worker'], self.c.clock.now()
        self.ballot_id = await self.c.ballots.create(worker, BallotDraft(
            client_id=token(), place_id=self.world.building, title='门口装一盏灯', options=(OptionDraft(text='同意'), OptionDraft(text='不同意')),
            unit=Unit.PERSON, rule='consultation.open', closes_at=now + timedelta(days=3), room_id=self.room_id))
        await self.c.ballots.open(worker, self.ballot_id)
        self.options = tuple(option.id for option in (await self.c.ballots.state(worker, self.ballot_id)).options)
        incident = await self.c.emergency.open_incident(worker, IncidentDraft(
            place_id=self.world.community, title='道路积雪', client_id=token()))
        call = await self.c.emergency.open_call(worker, CallDraft(
            incident_id=incident.id, place_id=self.world.community, room_id=self.room_id, title='扫雪', client_id=token(), shifts=[
                ShiftDraft(title=title, starts_at=now + timedelta(hours=20 + 3 * n), ends_at=now + timedelta(hours=22 + 3 * n), capacity=2)
                for n, title in enumerate(('主路', '坡道'))]))
        self.call_id, self.shifts = call.id, tuple(shift.id for shift in call.shifts)
        await self.c.jobs.run_due()

    async def open(self, path: str) -> Page:
        """Open a page of the watcher's."""
        page = await self.context.new_page()
        page.set_default_timeout(60_000)
        await page.goto(f'{self.base}{path}')
        await page.wait_for_function(CONNECTED)
        return page

    # what may happen

    async def post(self) -> None:
        key, actor = self.someone('bob', 'bob', 'lead', 'alice')
        mentions = [self.world['alice'].member_id] if self.chance.random() < 0.3 else []
        reply = self.chance.choice(self.said)[1] if self.said and self.chance.random() < 0.3 else None
        view = await self.c.rooms.post(actor, PostDraft(
            room_id=self.room_id, client_id=token(), body=f'第 {len(self.said)} 句', mentions=mentions, reply_seq=reply))
        self.said.append((key, view.seq))

    async def post_elsewhere(self) -> None:
        assert self.world.community_room is not None
        _, actor = self.someone('bob', 'carol', 'secretary')
        await self.c.rooms.post(actor, PostDraft(room_id=self.world.community_room.id, client_id=token(), body='社区里的一句'))

    async def recall(self) -> None:
        key, seq = self.chance.choice(self.said) if self.chance.random() < 0.5 else self.said[-1]
        await self.c.rooms.recall(self.world[key], self.room_id, seq)

    async def notice(self) -> None:
        view = await self.c.rooms.post(self.world['lead'], PostDraft(
            room_id=self.room_id, client_id=token(), kind=MessageKind.NOTICE, body=f'通知 {len(self.notices)}：明天停水'))
        self.notices.append(view.seq)
        self.said.append(('lead', view.seq))

    async def unpin(self) -> None:
        await self.c.rooms.pin_notice(self.world['lead'], self.room_id, None)

    async def acknowledge(self) -> None:
        _, actor = self.someone('bob', 'worker', 'alice')
        await self.c.rooms.acknowledge(actor, self.room_id, self.notices[-1])

    async def come(self) -> None:
        _, actor = self.someone('carol', 'guest')
        await self.c.rooms.admit(self.room_id, [actor.member_id], greet=True)

    async def go(self) -> None:
        _, actor = self.someone('carol', 'guest')
        await self.c.rooms.dismiss(self.room_id, [actor.member_id])

    async def read(self) -> None:
        assert self.world.community_room is not None
        room_id = self.world.community_room.id
        await self.c.rooms.mark_read(self.world['alice'], room_id, await self.c.rooms.head(room_id))

    async def vote(self) -> None:
        _, actor = self.someone('bob', 'alice')
        await self.c.ballots.cast(actor, self.ballot_id, as_choice([self.chance.choice(self.options)]), client_id=token())

    async def sign_up(self) -> None:
        _, actor = self.someone('bob', 'carol', 'lead', 'alice')
        await self.c.emergency.sign_up(actor, self.chance.choice(self.shifts), token())

    async def cancel(self) -> None:
        _, actor = self.someone('bob', 'carol', 'lead', 'alice')
        call = await self.c.emergency.card_state(actor, self.call_id)
        for shift in call.shifts:
            if shift.mine is not None:
                await self.c.emergency.cancel(actor, shift.mine.id)

    async def more_seats(self) -> None:
        await self.c.emergency.set_capacity(self.world['worker'], self.chance.choice(self.shifts), self.chance.choice((2, 3, 4)))

    async def end(self) -> None:
        """The vote is called off or runs out, the call is closed."""
        if self.chance.random() < 0.3:
            await self.c.ballots.cancel(self.world['worker'], self.ballot_id, '改期再议')
        await self.c.emergency.close_call(self.world['worker'], self.call_id)
        self.clock.move(timedelta(days=4))
        await self.c.jobs.run_due()

    async def happen(self, count: int) -> None:
        """Let so many things happen; what the rules forbid at that moment does not."""
        ways: list[Callable[[], Awaitable[None]]] = [
            self.post, self.post, self.post, self.post_elsewhere, self.recall, self.notice, self.unpin, self.acknowledge, self.come, self.go,
            self.read, self.vote, self.vote, self.sign_up, self.sign_up, self.cancel, self.more_seats]
        for _ in range(count):
            way = self.chance.choice(ways)
            try:
                await way()
            except (AppError, IndexError):
                continue
            self.done.append(way.__name__)
        await self.c.jobs.run_due()


@pytest.fixture
async def house(
    fresh_nicegui: None, container: Container, world: World, clock: MovableClock, request: pytest.FixtureRequest,  # noqa: F811
) -> AsyncIterator[House]:
    served = pages.mount(create(container), container, quiet_collector=False)
    opened = await container.accounts.open_session(world['alice'].member_id)
    async with serving(served) as base, async_playwright() as playwright:
        browser = await launch(playwright)
        context = await browser.new_context(**DESK, locale='zh-CN', timezone_id='Asia/Shanghai')
        await context.add_cookies([{'name': 'ys_session', 'value': opened.session_token, 'url': base}])
        house = House(base, container, world, clock, context, random.Random(request.param))
        await house.prepare()
        yield house
        await browser.close()


async def shape(page: Page, kind: str) -> Any:
    """Return what a page says."""
    return await page.evaluate(SHAPES[kind])


async def agree(house: House, watched: dict[str, Page], paths: dict[str, str]) -> None:
    """Compare every watched page with a fresh one; news may still be on its way for a moment."""
    for kind, page in watched.items():
        fresh = await house.open(paths[kind])
        deadline = asyncio.get_running_loop().time() + AGREE_SECONDS
        while (seen := await shape(page, kind)) != (wanted := await shape(fresh, kind)):
            if asyncio.get_running_loop().time() > deadline:
                assert seen == wanted, f'{kind} after {house.done}'
            await asyncio.sleep(0.2)
        await fresh.close()


@pytest.mark.parametrize('house', range(3), indirect=True)
async def test_pages_left_open_show_what_fresh_pages_show(house: House) -> None:
    paths = {
        'list': '/messages', 'room': f'/rooms/{house.room_id}', 'ballot': f'/ballots/{house.ballot_id}', 'board': f'/calls/{house.call_id}'}
    watched = {kind: await house.open(path) for kind, path in paths.items()}
    for _ in range(ROUNDS):
        await house.happen(ACTS)
        await agree(house, watched, paths)
    await house.end()
    await agree(house, watched, paths)
    assert len(house.done) > ROUNDS * ACTS / 2
