"""People at real browsers: phones and a desk, each watched for whatever a page must never do."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Request

from tests.e2e.site import SEED, Site

CHROMIUM = '/usr/bin/chromium'
FLAGS = [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
    '--disable-sync', '--disable-dev-shm-usage', '--force-color-profile=srgb', '--hide-scrollbars',
]
PHONE: dict[str, Any] = {
    'viewport': {'width': 390, 'height': 844}, 'device_scale_factor': 2, 'has_touch': True, 'is_mobile': True,
    'user_agent': 'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36',
}
DESK: dict[str, Any] = {'viewport': {'width': 1440, 'height': 900}}
PATIENCE = 60_000
"""ms until something that must happen counts as not happening; a busy machine is no failure."""
LINE_LOST = re.compile(r'net::ERR_|WebSocket connection to|Failed to fetch')
"""What Chromium itself says while there is no server or no network."""
REFUSED = re.compile(r'status of (?:40[34]|422)')
ENTRANCES: dict[str, str] = {
    one['name']: one['about'] for one in json.loads((SEED / 'demo' / 'people.json').read_text(encoding='utf-8')) if one.get('login')}
"""What the button on the login page says, by the name of whom it lets in."""

CONNECTED = '() => !!(window.YS && YS.live && YS.live.connected)'


async def launch(playwright: Playwright) -> Browser:
    """Start Debian's Chromium."""
    return await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)


class Person:
    """Somebody with a browser. What goes wrong in any of their pages is in ``problems``."""

    def __init__(self, site: Site, base: str, name: str, context: BrowserContext) -> None:
        self.site = site
        self.base = base
        self.name = name
        self.context = context
        self.problems: list[str] = []
        self.pages: list[Page] = []
        self.line_lost = False
        self.refused = False
        context.set_default_timeout(PATIENCE)
        context.set_default_navigation_timeout(PATIENCE)
        context.on('page', self._watch)
        context.on('request', self._asked)

    @classmethod
    async def arrive(cls, browser: Browser, site: Site, name: str, *, base: str = '', **device: Any) -> 'Person':
        """Open a browser of their own; ``base`` is where they reach the site, if not directly."""
        base = base or site.base
        return cls(site, base, name, await browser.new_context(base_url=base, locale='zh-CN', timezone_id='Asia/Shanghai', **device))

    def _watch(self, page: Page) -> None:
        self.pages.append(page)
        page.on('pageerror', lambda error: self.problems.append(f'{self.name}: {page.url}: {error}'))
        page.on('console', lambda message: self._said(page, message))

    def _said(self, page: Page, message: ConsoleMessage) -> None:
        expected = (self.line_lost and LINE_LOST.search(message.text)) or (self.refused and REFUSED.search(message.text))
        if message.type == 'error' and not expected:
            self.problems.append(f'{self.name}: {page.url}: {message.text}')

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((f'{self.base}/', 'data:', 'blob:')):
            self.problems.append(f'{self.name}: asks another host: {request.url}')

    @contextmanager
    def losing_the_line(self) -> Iterator[None]:
        """Chromium may complain of the network in here, and of nothing else."""
        self.line_lost = True
        try:
            yield
        finally:
            self.line_lost = False

    @contextmanager
    def being_refused(self) -> Iterator[None]:
        """Chromium may note that a page or a form was refused in here."""
        self.refused = True
        try:
            yield
        finally:
            self.refused = False

    async def open(self, path: str) -> Page:
        """Open ``path`` in a new tab and wait until it is live."""
        page = await self.context.new_page()
        await self.go(page, path)
        return page

    async def go(self, page: Page, path: str) -> None:
        """Lead a tab to ``path`` and wait until it is live."""
        await page.goto(path)
        await page.wait_for_function(CONNECTED)

    async def enter(self, as_whom: str) -> Page:
        """Enter as one of the demo's people, by the button on the login page that says who it is."""
        page = await self.open('/login')
        await page.locator('.ys-demo').get_by_role('button', name=ENTRANCES[as_whom], exact=True).click()
        await page.wait_for_url('**/messages')
        await page.wait_for_function(CONNECTED)
        return page

    async def leave(self) -> None:
        """Close the browser."""
        await self.context.close()


async def picture(page: Page, path: Path) -> None:
    """Leave a picture of what is on the screen."""
    path.parent.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=path, animations='disabled', caret='hide')
