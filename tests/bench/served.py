"""A world with logins and the real server on it, for benchmarks over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.harness import ServerProcess, free_port
from tests.bench.small_world import database, open_world
from yunshequ.rooms.schemas import MessageKind


@dataclass(frozen=True)
class Served:
    """A running server with people who are logged in."""

    server: ServerProcess
    tokens: list[str]
    room: int
    folder: str


@asynccontextmanager
async def served(kind: str, *, people: int, messages: int = 60) -> AsyncIterator[Served]:
    """Serve a world with ``people`` logged in and ``messages`` in their room; ``kind`` is sqlite or postgresql."""
    with TemporaryDirectory() as folder, database(kind) as url:
        async with open_world(Path(folder), members=people, sessions=people, database_url=url) as world:
            for n in range(messages):
                await world.container.rooms.say(
                    world.actors[n % len(world.actors)], world.room_id, f'第 {n} 条：二单元的灯修好了，晚上回来试一下，不亮请说一声',
                    client_id=f'before-{n:04d}', kind=MessageKind.TEXT)
        port = free_port()
        env = {'YUNSHEQU_DATA_DIR': folder, 'YUNSHEQU_DATABASE_URL': url, 'YUNSHEQU_ASSISTANT': 'false'}
        async with ServerProcess(
            ['-m', 'tests.bench.app', str(port)], f'http://127.0.0.1:{port}', env=env, log=f'{folder}/server.log') as server:
            yield Served(server, world.tokens, world.room_id, folder)
