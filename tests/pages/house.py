"""A served house in which things happen while pages are open: what the tests of "state + events = fresh state" share."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from difflib import unified_diff
from pathlib import Path
from typing import Any, TypeVar

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

import pages
from tests.conftest import World
from tests.e2e.people import CONNECTED, DESK, launch
from tests.pages.live.conftest import serving
from yunshequ.bootstrap import Container
from yunshequ.core.clock import MovableClock
from yunshequ.core.errors import AppError
from yunshequ.core.policy import Actor
from yunshequ.gateway.app import create

AGREE_SECONDS = 15.0
PATIENCE = 180_000
"""ms until a page that does not open counts as not opening; a busy machine is no failure."""
H = TypeVar('H', bound='House')
Way = Callable[[], Coroutine[Any, Any, object]]
"""Something that may happen."""

ALL = """root => {
    document.querySelectorAll('details').forEach(one => { one.open = true; });
    return [...document.querySelectorAll(`.ys-shell, ${root}`)].map(one => [
        one.innerText.split('\\n').map(line => line.trim()).filter(line => line),
        [...one.querySelectorAll('.ys-bar i')].map(bar => bar.style.transform),
        [...one.querySelectorAll('a[href]')].map(link => link.getAttribute('href')),
        [...one.querySelectorAll('button')].map(button => [button.disabled, button.ariaPressed])]);
}"""
"""What a page says: the words, bars, links and buttons of the frame around it and of what ``root`` selects."""
LIST = """() => [...document.querySelectorAll('.ys-shell')].map(one => one.innerText).concat(
    ...[...document.querySelectorAll('.ys-rooms .ys-room-item')].map(row => [
        row.querySelector('.ys-room-name').innerText, (row.querySelector('.ys-badge-num') || {}).innerText || '',
        row.querySelector('.ys-room-last').innerText, !!row.querySelector('.ys-dot')]))"""
ROOM = """() => [document.querySelectorAll('.ys-notice-head[aria-expanded=false]').forEach(one => one.click()),
    document.querySelector('.ys-room-head h1').innerText, [...document.querySelectorAll('.ys-notice-bar')].map(one => one.innerText),
    ...[...document.querySelectorAll('.ys-room .ys-list [data-seq]')].map(row => {
        const bubble = row.querySelector('.ys-bubble');
        const bars = [...row.querySelectorAll('.ys-bar i')].map(one => one.style.transform);
        return [Number(row.dataset.seq), (bubble || row).innerText.trim(), bars]; })]"""


@dataclass(frozen=True, slots=True)
class Watched:
    """A page that somebody leaves open.

    ``route`` is its address as it is registered, its places filled with the house's attributes of the same names; ``root`` selects
    the part that speaks of what others do (forms keep what their reader typed), ``says`` reads it.
    """

    route: str
    who: str = 'alice'
    root: str = 'main'
    says: str = ALL


@dataclass
class House:
    """The whole application, served, what happens in it, and who watches."""

    base: str
    c: Container
    world: World
    clock: MovableClock
    browser: Browser
    chance: random.Random
    contexts: dict[str, BrowserContext] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    lately: list[str] = field(default_factory=list)
    """What happened since the pages were last compared."""
    problems: list[str] = field(default_factory=list)

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
        """Set up what the pages show; each test its own."""

    def ways(self) -> Sequence[Way]:
        """Return what may happen, the likely more than once; each test its own."""
        raise NotImplementedError

    async def open(self, watched: Watched) -> Page:
        """Open a page for who watches it. Its clock stands, so that no word differs by the moment at which it was written."""
        context = self.contexts.get(watched.who)
        if context is None:
            opened = await self.c.accounts.open_session(self.world[watched.who].member_id)
            context = self.contexts[watched.who] = await self.browser.new_context(**DESK, locale='zh-CN', timezone_id='Asia/Shanghai')
            await context.clock.set_fixed_time(self.clock.now())
            await context.add_cookies([{'name': 'ys_session', 'value': opened.session_token, 'url': self.base}])
        page = await context.new_page()
        page.set_default_timeout(PATIENCE)
        await page.goto(self.base + watched.route.format_map(_Attributes(self)))
        await page.wait_for_function(CONNECTED)
        return page

    async def happen(self, count: int) -> None:
        """Let so many things happen; what the rules forbid at that moment does not."""
        ways, self.lately = self.ways(), []
        for _ in range(count * 5):
            way = self.chance.choice(ways)
            self.clock.move(timedelta(seconds=self.chance.randint(1, 9)))
            try:
                await way()
            except (AppError, IndexError):
                continue
            self.lately.append(way.__name__)
            if len(self.lately) == count:
                break
        self.done += self.lately
        await self.c.jobs.run_due()

    async def agree(self, left_open: dict[Watched, Page]) -> None:
        """Compare every page left open with a fresh one, and begin anew with the fresh one; news may be on its way for a moment."""
        for watched, page in left_open.items():
            fresh = await self.open(watched)
            deadline = asyncio.get_running_loop().time() + AGREE_SECONDS
            while (seen := await page.evaluate(watched.says, watched.root)) != (wanted := await fresh.evaluate(watched.says, watched.root)):
                if asyncio.get_running_loop().time() > deadline:
                    self.problems.append('\n'.join([f'{watched.route} of {watched.who} after {self.lately}:', *_difference(seen, wanted)]))
                    await page.reload()
                    await page.wait_for_function(CONNECTED)
                    break
                await asyncio.sleep(0.1)
            await fresh.close()

    async def watch(self, pages_left_open: Sequence[Watched], rounds: int, acts: int, *, last: Way | None = None) -> None:
        """Leave the pages open while things happen, ``acts`` at a time, and compare after each round, and after ``last``."""
        left_open = {watched: await self.open(watched) for watched in pages_left_open}
        for _ in range(rounds):
            await self.happen(acts)
            await self.agree(left_open)
        if last is not None:
            self.lately = [last.__name__]
            await last()
            await self.c.jobs.run_due()
            await self.agree(left_open)
        assert not self.problems, '\n\n'.join(self.problems)


def _difference(seen: Any, wanted: Any) -> list[str]:
    """Return what a page says and should not, and what it should say and does not."""
    found = unified_diff(list(_lines(seen)), list(_lines(wanted)), 'left open', 'fresh', lineterm='', n=0)
    return [line for line in found if not line.startswith('@@')]


def _lines(said: Any) -> Iterator[str]:
    if isinstance(said, list):
        for one in said:
            yield from _lines(one)
    else:
        yield str(said)


class _Attributes(dict[str, Any]):
    """What a route names, from the house."""

    def __init__(self, house: House) -> None:
        super().__init__()
        self._house = house

    def __missing__(self, key: str) -> Any:
        return getattr(self._house, key)


@asynccontextmanager
async def open_house(kind: type[H], container: Container, world: World, clock: MovableClock, seed: int) -> AsyncIterator[H]:
    """Serve a house of this kind and prepare it."""
    served = pages.mount(create(container), container, quiet_collector=False)
    async with serving(served) as base, async_playwright() as playwright:
        browser = await launch(playwright)
        house = kind(base, container, world, clock, browser, random.Random(seed))
        await house.prepare()
        await container.jobs.run_due()
        yield house
        await browser.close()


@pytest.fixture(params=['sqlite'])
def database_url(tmp_path: Path, sqlite_template: Path) -> str:
    """Pages are the same on both databases."""
    path = tmp_path / 'yunshequ.db'
    path.write_bytes(sqlite_template.read_bytes())
    return f'sqlite:///{path}'


@pytest.fixture
def clock() -> MovableClock:
    """The browsers' clock begins with it: a vote that is open must be open there too."""
    return MovableClock(datetime.now(UTC))
