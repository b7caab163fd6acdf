"""The whole application, served from this process on a free port; pages are the same on both databases."""

from collections.abc import AsyncIterator
from contextlib import nullcontext
from pathlib import Path

import httpx
import pytest

import pages
from tests.conftest import World
from tests.pages.live.conftest import fresh_nicegui, serving  # noqa: F401 - a fixture
from tests.pages.site import Site
from yunshequ.bootstrap import Container
from yunshequ.core.clock import MovableClock
from yunshequ.gateway.app import create


@pytest.fixture
def database_url(tmp_path: Path, sqlite_template: Path) -> str:
    """The URL of a fresh, migrated SQLite database."""
    path = tmp_path / 'yunshequ.db'
    path.write_bytes(sqlite_template.read_bytes())
    return f'sqlite:///{path}'


@pytest.fixture
async def site(
    fresh_nicegui: None, container: Container, world: World, clock: MovableClock,  # noqa: F811
) -> AsyncIterator[Site]:
    """The whole application; a file that needs more of it makes its own fixture out of this one."""
    app = create(container)
    app.router.lifespan_context = lambda _app: nullcontext()  # the container runs; its jobs run when a test says so
    async with serving(pages.mount(app, container, quiet_collector=False)) as base:
        yield Site(base, container, world, clock)


@pytest.fixture
async def http(container: Container, world: World) -> AsyncIterator[httpx.AsyncClient]:
    """What is plain HTTP of the application, without pages."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(create(container)), base_url='http://sq.test') as client:
        yield client
