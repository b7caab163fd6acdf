"""A community for benchmarks: one room, as many members as are needed, sessions for them if they are to log in."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from yunshequ.bootstrap import Container
from yunshequ.community.schemas import PlaceKind, Relation
from yunshequ.community.seed import BulkSeed
from yunshequ.core.policy import Actor, Role
from yunshequ.core.settings import Settings
from yunshequ.core.throttle import Throttle
from yunshequ.core.unit import Tx
from yunshequ.migrate import upgrade
from yunshequ.rooms.schemas import RoomKind


@dataclass
class SmallWorld:
    """What a benchmark works on."""

    container: Container
    path: Path
    district_id: int
    community_id: int
    building_id: int
    worker: Actor
    actors: list[Actor]
    room_id: int = 0
    tokens: list[str] = field(default_factory=list)


@asynccontextmanager
async def open_world(
    folder: Path, *, members: int, sessions: int = 0, database_url: str = '', throttle: Throttle | None = None,
) -> AsyncIterator[SmallWorld]:
    """Make a world in an empty folder (or database) and hold it open: no jobs, no model, nothing listens."""
    settings = Settings(_env_file=None, data_dir=folder, database_url=database_url, assistant=False)
    upgrade(settings.resolved_database_url())
    container = Container(settings, throttle=throttle)
    await container.db.start()
    await container.bus.start()
    try:
        yield await _settle(container, folder, members, sessions)
    finally:
        await container.bus.stop()
        await container.db.stop()


async def _settle(container: Container, folder: Path, members: int, sessions: int) -> SmallWorld:
    def people(tx: Tx) -> tuple[int, int, int, int, list[int]]:
        bulk = BulkSeed(tx)
        district = bulk.place(PlaceKind.DISTRICT, '栖霞区', None)
        street = bulk.place(PlaceKind.SUBDISTRICT, '燕子矶街道', district)
        community = bulk.place(PlaceKind.COMMUNITY, '景和园社区', street)
        building = bulk.place(PlaceKind.BUILDING, '3栋', community)
        worker = bulk.member('社区小沈', created_at=tx.now)
        bulk.grant(worker, community.id, Role.COMMUNITY_WORKER)
        ids = []
        for n in range(members):
            ids.append(bulk.member(f'3栋-居民{n}', created_at=tx.now))
            bulk.settle(bulk.household(building.id, f'{n // 10 + 1}{n % 10:02d}', 8835), ids[-1], Relation.OWNER, verified_at=tx.now)
        bulk.flush()
        return district.id, community.id, building.id, worker, ids

    district_id, community_id, building_id, worker, ids = await container.db.write(people)
    room = await container.rooms.create_room(Actor(worker), building_id, RoomKind.BUILDING, '3栋楼栋群', members=ids)
    tokens = [(await container.accounts.open_session(one, 'bench')).session_token for one in ids[:sessions]]
    return SmallWorld(
        container, folder / 'yunshequ.db', district_id, community_id, building_id, Actor(worker), [Actor(one) for one in ids], room.id,
        tokens)


@contextmanager
def database(kind: str) -> Iterator[str]:
    """Return the URL of an empty database: SQLite in the data folder (an empty URL), or one made on the test PostgreSQL."""
    if kind == 'sqlite':
        yield ''
        return
    server = os.environ.get('YUNSHEQU_TEST_POSTGRES', 'postgresql://postgres@127.0.0.1:5432')
    name = f'ys_bench_{os.getpid()}'
    with psycopg.connect(f'{server}/postgres', autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE {name}')
    try:
        yield f'{server.replace("postgresql://", "postgresql+psycopg://")}/{name}'
    finally:
        with psycopg.connect(f'{server}/postgres', autocommit=True) as connection:
            connection.execute(f'DROP DATABASE {name} WITH (FORCE)')
