"""A small village with an emergency service, on a database of its own; for the tests and for ``tests.bench.seats``."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from sqlmodel import SQLModel

from yunshequ.community import models as community_tables
from yunshequ.community.policy import ACTIONS as COMMUNITY_ACTIONS
from yunshequ.community.schemas import PlaceKind, PlaceView
from yunshequ.community.seed import BulkSeed
from yunshequ.community.service import CommunityService
from yunshequ.core import audit, ids, schedule
from yunshequ.core.bus import Event, LocalBus
from yunshequ.core.clock import Clock, MovableClock
from yunshequ.core.database import Database, ping, sqlite_engine
from yunshequ.core.policy import Actor, Policy, Role
from yunshequ.core.settings import Settings
from yunshequ.core.unit import Tx
from yunshequ.emergency import models as emergency_tables
from yunshequ.emergency.schemas import CallDraft, CallView, IncidentDraft, ShiftDraft
from yunshequ.emergency.service import EmergencyService
from yunshequ.jobs.runner import JobRunner

POSTGRES = os.environ.get('YUNSHEQU_TEST_POSTGRES', 'postgresql://postgres@127.0.0.1:5432').replace(
    'postgresql://', 'postgresql+psycopg://') + '/postgres'
TABLES = [
    model.__table__  # type: ignore[attr-defined]
    for module in (audit, schedule, community_tables, emergency_tables)
    for model in vars(module).values() if isinstance(model, type) and issubclass(model, SQLModel) and hasattr(model, '__table__')
]
"""Only what is used here: two dozen tables more would cost each test more than what it tests."""
START = datetime(2025, 7, 1, 1, 0, tzinfo=UTC)
"""Nine in the morning in Nanjing."""


class TellingDirectory:
    """Lets the policy be built before the community service it asks."""

    service: CommunityService

    async def grants_of(self, member_id: int) -> Any:
        return await self.service.grants_of(member_id)

    async def path_of(self, place_id: int) -> str | None:
        return await self.service.path_of(place_id)


@dataclass
class Poster:
    """Remembers what was posted; posting twice under one client id posts once, as in the rooms module."""

    cards: dict[str, tuple[int, int, int, str]] = field(default_factory=dict)
    notices: dict[str, tuple[int, str, tuple[int, ...]]] = field(default_factory=dict)

    async def post_card(self, actor: Actor, room_id: int, kind: str, ref_id: int, client_id: str, text: str) -> None:
        assert kind == 'call'
        self.cards.setdefault(client_id, (actor.member_id, room_id, ref_id, text))

    async def post_notice(self, room_id: int, client_id: str, text: str, mentions: Any) -> None:
        self.notices.setdefault(client_id, (room_id, text, tuple(mentions)))


@dataclass
class World:
    """Everything a test of emergencies needs."""

    db: Database
    clock: Clock
    bus: LocalBus
    policy: Policy
    community: CommunityService
    emergency: EmergencyService
    jobs: JobRunner
    poster: Poster
    events: list[Event] = field(default_factory=list)
    places: dict[str, PlaceView] = field(default_factory=dict)
    people: dict[str, Actor] = field(default_factory=dict)

    def move(self, **delta: float) -> None:
        assert isinstance(self.clock, MovableClock)
        self.clock.move(timedelta(**delta))

    def seen(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    async def incident(self, place: str = 'garden', *, drill: bool = False, title: str = '暴雨积水') -> Any:
        return await self.emergency.open_incident(self.people['worker'], IncidentDraft(
            place_id=self.places[place].id, title=title, text='低洼处积水', drill=drill, client_id=ids.token()))

    async def call(self, *capacities: int, room_id: int | None = 7, drill: bool = False, overlapping: bool = False) -> CallView:
        """Open an incident and a call whose shifts have these seats, one after another or all at one time."""
        incident = await self.incident(drill=drill)
        shifts = [
            self.shift(capacity, hours=2 if overlapping else 2 + 3 * index, title=f'第{index + 1}班 沙袋')
            for index, capacity in enumerate(capacities)
        ]
        return await self.emergency.open_call(self.people['worker'], CallDraft(
            incident_id=incident.id, place_id=self.places['garden'].id, room_id=room_id, title='搬沙袋', shifts=shifts,
            client_id=ids.token()))

    def shift(self, capacity: int, *, hours: float = 2, length: float = 2, title: str = '沙袋', **more: Any) -> ShiftDraft:
        starts = self.clock.now() + timedelta(hours=hours)
        return ShiftDraft(
            title=title, spot='东门', starts_at=starts, ends_at=starts + timedelta(hours=length), capacity=capacity, **more)


async def read(db: Database, query: Callable[[Any], Any]) -> list[Any]:
    """Return the rows of a statement."""
    return await db.read(lambda session: list(session.connection().execute(query).all()))


def need(kind: str) -> None:
    """Skip the test when its database does not answer here."""
    if kind == 'postgresql' and ping(POSTGRES) is not None:
        pytest.skip(f'PostgreSQL does not answer at {POSTGRES}: start it or set YUNSHEQU_TEST_POSTGRES')


@contextmanager
def scratch(kind: str, folder: Path) -> Iterator[str]:
    """Give the address of an empty database with all tables: a file, or a schema of its own that is dropped afterwards."""
    if kind == 'sqlite':
        url = f'sqlite:///{folder / f"{ids.short_code()}.db"}'
        engine = sqlite_engine(url, writing=True)
        SQLModel.metadata.create_all(engine, tables=TABLES)
        engine.dispose()
        yield url
        return
    schema = f'emergency_{ids.short_code().lower()}'
    admin = create_engine(POSTGRES)
    with admin.begin() as connection:
        connection.exec_driver_sql(f'CREATE SCHEMA {schema}')
    try:
        url = make_url(POSTGRES).update_query_dict({'options': f'-csearch_path={schema}'}).render_as_string(hide_password=False)
        engine = create_engine(url)
        SQLModel.metadata.create_all(engine, tables=TABLES)
        engine.dispose()
        yield url
    finally:
        with admin.begin() as connection:
            connection.exec_driver_sql(f'DROP SCHEMA {schema} CASCADE')
        admin.dispose()


@asynccontextmanager
async def open_world(url: str, *, clock: Clock | None = None, residents: int = 12, fill: bool = True) -> AsyncIterator[World]:
    """Start the services on a database; ``fill`` it with the village unless another process has."""
    clock = clock or MovableClock(START)
    bus = LocalBus()
    db = Database(url, clock=clock, bus=bus)
    await db.start()
    directory = TellingDirectory()
    policy = Policy(directory, clock)
    community = CommunityService(db, policy, bus, clock, Settings(_env_file=None, secret='test'))  # type: ignore[call-arg]
    directory.service = community
    poster = Poster()
    emergency = EmergencyService(db, policy, bus, clock, community, poster=poster)
    policy.register(COMMUNITY_ACTIONS)
    policy.register(emergency.ACTIONS)
    jobs = JobRunner(db, clock, bus, emergency.jobs())
    world = World(db, clock, bus, policy, community, emergency, jobs, poster)
    bus.subscribe('*', world.events.append)
    try:
        if fill:
            world.places, world.people = await db.write(lambda tx: _village(tx, residents))
        yield world
    finally:
        await db.stop()
        await bus.stop()


def _village(tx: Tx, residents: int) -> tuple[dict[str, PlaceView], dict[str, Actor]]:
    seed = BulkSeed(tx)
    district = seed.place(PlaceKind.DISTRICT, '栖霞区', None)
    street = seed.place(PlaceKind.SUBDISTRICT, '龙潭街道', district)
    garden = seed.place(PlaceKind.COMMUNITY, '花园村社区', street)
    building = seed.place(PlaceKind.BUILDING, '3栋', garden)
    other_building = seed.place(PlaceKind.BUILDING, '4栋', garden)
    away = seed.place(PlaceKind.COMMUNITY, '景和园社区', street)
    away_building = seed.place(PlaceKind.BUILDING, '1栋', away)
    people: dict[str, Actor] = {}

    def person(name: str, role: Role, place: PlaceView, **more: Any) -> None:
        member_id = seed.member(name, created_at=tx.now, **more)
        seed.grant(member_id, place.id, role)
        people[name] = Actor(member_id)

    person('worker', Role.COMMUNITY_WORKER, garden)
    person('officer', Role.GRID_OFFICER, garden)
    person('street', Role.STREET_OFFICER, street)
    person('lead4', Role.BUILDING_LEAD, other_building)
    person('stranger', Role.MEMBER, away_building)
    person('away_worker', Role.COMMUNITY_WORKER, away)
    for number in range(residents):
        person(f'r{number}', Role.MEMBER, building, party_member=number % 2 == 0, party_visible=number % 4 == 0)
    seed.flush()
    return {
        'district': district, 'street': street, 'garden': garden, 'building': building, 'other_building': other_building,
        'away': away, 'away_building': away_building,
    }, people
