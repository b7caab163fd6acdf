"""Fixtures of the browser tests: a filled data folder made once, a server and people for each test."""

import contextlib
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import async_playwright, expect

from tests.e2e import site as sites
from tests.e2e.people import CHROMIUM, DESK, PATIENCE, PHONE, Person, launch, picture
from tests.e2e.site import Site

SCREENS = Path(__file__).parent / 'screens'

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope='session')
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the demo in it, to copy."""
    folder = tmp_path_factory.mktemp('demo')
    sites.seed(folder)
    return folder


class Stage:
    """A server and those who visit it."""

    def __init__(self, site: Site, browser: Any) -> None:
        self.site = site
        self.browser = browser
        self.people: list[Person] = []

    async def phone(self, name: str, **more: Any) -> Person:
        """Somebody with a phone of 390 × 844."""
        return await self.somebody(name, **(PHONE | more))

    async def desk(self, name: str, **more: Any) -> Person:
        """Somebody at a desk, 1440 × 900."""
        return await self.somebody(name, **(DESK | more))

    async def somebody(self, name: str, **device: Any) -> Person:
        """Somebody with a browser of any size."""
        person = await Person.arrive(self.browser, self.site, name, **device)
        self.people.append(person)
        return person

    @property
    def problems(self) -> list[str]:
        """Everything that went wrong in anybody's pages or in the server."""
        return [problem for person in self.people for problem in person.problems] + list(self.site.complaints())


@pytest.fixture
def assistant() -> bool:
    """Whether 小栖's model is loaded; a test that wants it overrides this."""
    return False


@pytest.fixture
def site(filled: Path, tmp_path: Path, assistant: bool) -> Iterator[Site]:
    """The server's place; not started yet."""
    made = Site(sites.copy(filled, tmp_path / 'data'), assistant=assistant)
    yield made
    made.kill()


@pytest.fixture
async def stage(site: Site, request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """A running server and a browser; at the end nothing may have gone wrong on any page."""
    if not Path(CHROMIUM).exists():
        pytest.fail(f'{CHROMIUM} is missing: make browser')
    await site.start()
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        made = Stage(site, browser)
        yield made
        failed = getattr(request.node, 'failed', False)
        if failed:
            await _leave_evidence(made, request.node.name)
        await browser.close()
    site.kill()
    if not failed:
        assert not made.problems, '\n'.join(made.problems)


async def _leave_evidence(stage: Stage, name: str) -> None:
    folder = SCREENS / 'failed' / name
    shutil.rmtree(folder, ignore_errors=True)
    for person in stage.people:
        for number, page in enumerate(one for one in person.pages if not one.is_closed()):
            with contextlib.suppress(PlaywrightError):
                await picture(page, folder / f'{person.name}-{number}.png')
    folder.mkdir(parents=True, exist_ok=True)
    (folder / 'problems.txt').write_text('\n'.join(stage.problems) + '\n\n' + stage.site.tail(200))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Let fixtures know that the test failed."""
    outcome: Any = yield
    if call.when == 'call' and outcome.get_result().failed:
        item.failed = True  # type: ignore[attr-defined]
