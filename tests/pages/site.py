"""The whole application under test: its address, what is behind it, and tabs of people signed in."""

from dataclasses import dataclass

from tests.bench.browser import BrowserClient, Page
from tests.conftest import World
from yunshequ.bootstrap import Container
from yunshequ.core.clock import MovableClock

OURS = {'sec-fetch-site': 'same-origin'}
"""What a browser says of requests from our own pages."""


@dataclass
class Site:
    """The application, served, and the world behind it."""

    base: str
    c: Container
    world: World
    clock: MovableClock

    async def browser(self, who: str, device: str = '') -> BrowserClient:
        """Return a tab of somebody signed in."""
        opened = await self.c.accounts.open_session(self.world[who].member_id, device)
        return BrowserClient(self.base, cookie=f'ys_session={opened.session_token}')

    async def at(self, who: str, path: str) -> BrowserClient:
        """Return a tab of somebody signed in with a page open."""
        tab = await self.browser(who)
        await tab.open(path)
        return tab

    async def in_room(self, who: str) -> BrowserClient:
        """Return a tab of somebody in the room of 3栋."""
        assert self.world.room is not None
        return await self.at(who, f'/rooms/{self.world.room.id}')

    async def load(self, who: str, path: str) -> Page:
        """Return a page as somebody signed in sees it, and leave."""
        tab = await self.browser(who)
        page = await tab.load(path)
        await tab.close()
        return page


async def cookie(container: Container, world: World, who: str) -> dict[str, str]:
    """Return the headers of somebody signed in."""
    opened = await container.accounts.open_session(world[who].member_id)
    return {'cookie': f'ys_session={opened.session_token}'}
