"""Fixtures: a container on each database, a small world in it, a clock that moves."""

import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

os.environ.setdefault('NICEGUI_STORAGE_PATH', '/tmp/yunshequ-nicegui')
os.environ.setdefault('HF_HUB_OFFLINE', '1')

from yunshequ.bootstrap import Container
from yunshequ.community import places
from yunshequ.community.schemas import PlaceKind, Relation
from yunshequ.core.clock import MovableClock
from yunshequ.core.policy import Actor, Role
from yunshequ.core.settings import Settings
from yunshequ.core.unit import Tx
from yunshequ.migrate import upgrade
from yunshequ.rooms.schemas import RoomKind, RoomView

POSTGRES = os.environ.get('YUNSHEQU_TEST_POSTGRES', 'postgresql://postgres@127.0.0.1:5432')
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # a Monday, 9:00 in Nanjing


def _postgres_answers() -> bool:
    try:
        with psycopg.connect(f'{POSTGRES}/postgres', connect_timeout=3):
            return True
    except psycopg.OperationalError:
        return False


HAS_POSTGRES = _postgres_answers()


@pytest.fixture(scope='session')
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite database to copy."""
    path = tmp_path_factory.mktemp('template') / 'yunshequ.db'
    upgrade(f'sqlite:///{path}')
    return path


@pytest.fixture(scope='session')
def postgres_template() -> Iterator[str]:
    """A migrated, empty PostgreSQL database to copy."""
    if not HAS_POSTGRES:
        pytest.skip(f'PostgreSQL does not answer at {POSTGRES}: start it or set YUNSHEQU_TEST_POSTGRES')
    name = f'ys_template_{os.getpid()}'
    with psycopg.connect(f'{POSTGRES}/postgres', autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE {name}')
    upgrade(f'{POSTGRES.replace("postgresql://", "postgresql+psycopg://")}/{name}')
    yield name
    with psycopg.connect(f'{POSTGRES}/postgres', autocommit=True) as connection:
        connection.execute(f'DROP DATABASE {name} WITH (FORCE)')


@pytest.fixture(params=['sqlite', 'postgresql'])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh, migrated database: each test that asks runs on both."""
    if request.param == 'sqlite':
        template: Path = request.getfixturevalue('sqlite_template')
        path = tmp_path / 'yunshequ.db'
        path.write_bytes(template.read_bytes())
        yield f'sqlite:///{path}'
        return
    name = f'ys_test_{os.getpid()}'
    source = request.getfixturevalue('postgres_template')
    with psycopg.connect(f'{POSTGRES}/postgres', autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS {name} WITH (FORCE)')
        connection.execute(f'CREATE DATABASE {name} TEMPLATE {source}')
    yield f'{POSTGRES.replace("postgresql://", "postgresql+psycopg://")}/{name}'
    with psycopg.connect(f'{POSTGRES}/postgres', autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS {name} WITH (FORCE)')


@pytest.fixture
def clock() -> MovableClock:
    """A clock that stands at Monday 9:00 in Nanjing."""
    return MovableClock(START)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of a test process: no model, no ``.env``."""
    return Settings(
        _env_file=None, database_url=database_url, data_dir=tmp_path, assistant=False, secret='s' * 32, knowledge_review='one')


@pytest.fixture
async def container(settings: Settings, clock: MovableClock) -> AsyncIterator[Container]:
    """A running container; jobs run when ``container.jobs.run_due()`` is called."""
    built = Container(settings, clock=clock)
    await built.db.start()
    await built.bus.start()
    yield built
    await built.bus.stop()
    await built.db.stop()


@dataclass
class World:
    """A district with two communities; people by key; a room for 3栋 and one for the community."""

    district: int = 0
    street: int = 0
    community: int = 0
    other_community: int = 0
    building: int = 0
    building_2: int = 0
    actors: dict[str, Actor] = field(default_factory=dict)
    households: dict[str, int] = field(default_factory=dict)
    room: RoomView | None = None
    community_room: RoomView | None = None

    def __getitem__(self, key: str) -> Actor:
        return self.actors[key]


PEOPLE = {
    'admin': Role.ADMIN, 'district': Role.DISTRICT_OFFICER, 'street': Role.STREET_OFFICER, 'secretary': Role.COMMUNITY_SECRETARY,
    'worker': Role.COMMUNITY_WORKER, 'grid': Role.GRID_OFFICER, 'lead': Role.BUILDING_LEAD, 'alice': None, 'bob': None, 'carol': None,
    'guest': Role.MEMBER, 'stranger': Role.MEMBER, 'other_worker': Role.COMMUNITY_WORKER,
}
"""alice and bob live in 3栋 (owners, verified), carol in 5栋 (tenant, verified); stranger and other_worker belong elsewhere."""


@pytest.fixture
async def world(container: Container) -> World:
    """The small world, its rooms included."""
    world = World()

    def work(tx: Tx) -> None:
        district = places.add_place(tx, PlaceKind.DISTRICT, '栖霞区', None)
        street = places.add_place(tx, PlaceKind.SUBDISTRICT, '燕子矶街道', district)
        community = places.add_place(tx, PlaceKind.COMMUNITY, '景和园社区', street)
        other = places.add_place(tx, PlaceKind.COMMUNITY, '太平村社区', street)
        grid = places.add_place(tx, PlaceKind.GRID, '第一网格', community)
        estate = places.add_place(tx, PlaceKind.ESTATE, '景和园', grid)
        building = places.add_place(tx, PlaceKind.BUILDING, '3栋', estate)
        building_2 = places.add_place(tx, PlaceKind.BUILDING, '5栋', estate)
        world.district, world.street, world.community, world.other_community = district.id, street.id, community.id, other.id
        world.building, world.building_2 = building.id, building_2.id
        at = {'admin': district, 'district': district, 'street': street, 'grid': grid, 'lead': building, 'guest': building,
              'stranger': other, 'other_worker': other}
        for key, role in PEOPLE.items():
            member_id = places.create_member(tx, f'{key}先生', phone_hash=None, phone_mask=None, locale='zh-CN')
            world.actors[key] = Actor(member_id)
            if role is not None:
                places.grant_role(tx, member_id, at.get(key, community).id, role, granted_by=None, valid_from=None, valid_until=None)
        for key, place, number, relation in (
            ('alice', building, '502', Relation.OWNER), ('bob', building, '803', Relation.OWNER), ('carol', building_2, '201', Relation.TENANT),
        ):
            world.households[key] = places.ensure_household(tx, place.id, number, area_cm2=8835)
            places.settle(tx, world.households[key], world.actors[key].member_id, relation, verified=True)

    await container.db.write(work)
    worker = world['worker']
    world.room = await container.rooms.create_room(
        worker, world.building, RoomKind.BUILDING, '景和园3栋楼栋群', welcome='请把群昵称改成楼栋加称呼。',
        members=[world[key].member_id for key in ('alice', 'bob', 'lead')])
    world.community_room = await container.rooms.create_room(
        worker, world.community, RoomKind.COMMUNITY, '景和园社区群',
        members=[world[key].member_id for key in ('secretary', 'alice', 'bob', 'carol', 'lead', 'grid')])
    return world
