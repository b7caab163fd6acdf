"""A small community with its services, on either database, for the tests of people, places and accounts."""

import atexit
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import create_engine
from sqlmodel import SQLModel

import yunshequ.accounts.models
import yunshequ.community.models
import yunshequ.core.audit
import yunshequ.core.schedule  # noqa: F401
from yunshequ.accounts.passwords import Passwords
from yunshequ.accounts.service import AccountsService
from yunshequ.community import policy as community_policy
from yunshequ.community.acting import ActingService
from yunshequ.community.directory import CommunityDirectory
from yunshequ.community.households import HouseholdsService
from yunshequ.community.identity import IdentityService
from yunshequ.community.schemas import PlaceKind, PlaceView, Relation
from yunshequ.community.seed import BulkSeed
from yunshequ.community.service import CommunityService
from yunshequ.core.bus import Event, LocalBus
from yunshequ.core.clock import MovableClock
from yunshequ.core.database import Database, sqlite_engine
from yunshequ.core.policy import Actor, Policy, Role
from yunshequ.core.settings import Settings
from yunshequ.core.throttle import Throttle
from yunshequ.core.unit import Tx

SERVER = os.environ.get('YUNSHEQU_TEST_POSTGRES', 'postgresql://postgres@127.0.0.1:5432')
TABLES = (
    'place', 'household', 'member', 'household_member', 'role_grant', 'office_handover', 'join_code', 'join_use', 'credential', 'one_time_code',
    'login_session', 'second_factor', 'phone_change', 'demo_account', 'roll_person', 'real_name', 'identity_check', 'household_change',
    'acting_consent', 'acting_entry', 'audit_entry', 'due_job',
)
START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


class KeptSms:
    """A gateway that keeps what it was given; ``fails`` makes it refuse."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.fails: Exception | None = None

    async def send_code(self, phone: str, code: str, locale: str) -> str | None:
        if self.fails is not None:
            raise self.fails
        self.sent.append((phone, code))
        return code

    def code(self) -> str:
        """Return the code sent last."""
        return self.sent[-1][1]


@dataclass
class House:
    """The services and the people of the small world."""

    db: Database
    bus: LocalBus
    clock: MovableClock
    settings: Settings
    policy: Policy
    community: CommunityService
    accounts: AccountsService
    identity: IdentityService
    households: HouseholdsService
    acting: ActingService
    sms: KeptSms
    places: dict[str, PlaceView] = field(default_factory=dict)
    people: dict[str, Actor] = field(default_factory=dict)
    flats: dict[str, int] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def at(self, name: str) -> int:
        """The id of a place."""
        return self.places[name].id

    async def rows(self, statement: Any) -> list[Any]:
        """Rows as they are in the database."""
        return await self.db.read(lambda s: list(s.connection().execute(statement).all()))


def _seed(house: House, tx: Tx) -> None:
    seed = BulkSeed(tx)

    def place(key: str, kind: PlaceKind, name: str, parent: str | None) -> None:
        house.places[key] = seed.place(kind, name, house.places[parent] if parent else None)

    place('district', PlaceKind.DISTRICT, '栖霞区', None)
    place('street', PlaceKind.SUBDISTRICT, '尧化街道', 'district')
    place('street2', PlaceKind.SUBDISTRICT, '马群街道', 'district')
    place('community', PlaceKind.COMMUNITY, '翠林社区', 'street')
    place('community2', PlaceKind.COMMUNITY, '银杏社区', 'street')
    place('grid', PlaceKind.GRID, '第一网格', 'community')
    place('grid2', PlaceKind.GRID, '第二网格', 'community')
    place('building', PlaceKind.BUILDING, '3栋', 'grid')
    place('building2', PlaceKind.BUILDING, '5栋', 'grid2')
    place('far', PlaceKind.BUILDING, '1栋', 'community2')

    def person(key: str, role: Role | None = None, where: str | None = None) -> None:
        member_id = seed.member(key, created_at=tx.now)
        house.people[key] = Actor(member_id)
        if role is not None and where is not None:
            seed.grant(member_id, house.at(where), role)

    person('admin', Role.ADMIN, 'district')
    person('district_officer', Role.DISTRICT_OFFICER, 'district')
    person('street_officer', Role.STREET_OFFICER, 'street')
    person('secretary', Role.COMMUNITY_SECRETARY, 'community')
    person('worker', Role.COMMUNITY_WORKER, 'community')
    person('worker2', Role.COMMUNITY_WORKER, 'community2')
    person('grid_officer', Role.GRID_OFFICER, 'grid')
    person('lead', Role.BUILDING_LEAD, 'building')
    person('alice', Role.MEMBER, 'building')
    person('bob', Role.MEMBER, 'building')
    person('carol')
    person('stranger')
    for number, building, area in (('502', 'building', 8950), ('601', 'building', 12000), ('101', 'building2', 7000)):
        house.flats[number] = seed.household(house.at(building), number, area)
    seed.settle(house.flats['502'], house.people['alice'].member_id, Relation.OWNER, verified_at=tx.now)
    seed.settle(house.flats['601'], house.people['carol'].member_id, Relation.TENANT, verified_at=tx.now)
    seed.flush()


_made: list[str] = []


def _postgres() -> str:
    """Return the URL of this process's database, made with the first test and emptied for each."""
    first = not _made
    if first:
        name = f'ys_people_{os.getpid()}'
        try:
            with psycopg.connect(f'{SERVER}/postgres', autocommit=True, connect_timeout=3) as connection:
                connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
                connection.execute(f'CREATE DATABASE "{name}"')
        except psycopg.OperationalError:
            pytest.skip(f'PostgreSQL does not answer at {SERVER}')
        _made.append(name)
        atexit.register(_drop_postgres, name)
    url = f'{SERVER.replace("postgresql://", "postgresql+psycopg://")}/{_made[0]}'
    engine = create_engine(url)
    if first:
        SQLModel.metadata.create_all(engine)
    else:
        names = ', '.join(f'"{name}"' for name in TABLES)
        with engine.begin() as connection_:
            connection_.exec_driver_sql(f'TRUNCATE {names} RESTART IDENTITY')
    engine.dispose()
    return url


def _drop_postgres(name: str) -> None:
    with psycopg.connect(f'{SERVER}/postgres', autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _sqlite(path: Path) -> str:
    url = f'sqlite:///{path}/people.db'
    engine = sqlite_engine(url, writing=True)
    SQLModel.metadata.create_all(engine)
    engine.dispose()
    return url


@asynccontextmanager
async def open_house(kind: str, tmp_path: Path, *, demo: bool = False) -> AsyncIterator[House]:
    """Build the world on ``sqlite`` or ``postgresql`` and take it down again."""
    url = _sqlite(tmp_path) if kind == 'sqlite' else _postgres()
    clock, bus = MovableClock(START), LocalBus()
    db = Database(url, clock=clock, bus=bus)
    await db.start()
    settings = Settings(data_dir=tmp_path, demo=demo, secret='test-secret', _env_file=None)
    directory = CommunityDirectory(db, bus, clock)
    policy = Policy(directory, clock)
    policy.register(community_policy.ACTIONS)
    community = CommunityService(db, policy, bus, clock, settings, memories=directory.memories)
    sms = KeptSms()
    cheap = Passwords(Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1))
    accounts = AccountsService(db, community, sms, bus, clock, settings, Throttle(), passwords=cheap)
    identity = IdentityService(db, policy, clock, community, Throttle(), secret=settings.secret_key())
    acting = ActingService(db, policy, clock, community, Throttle(), secret=settings.secret_key())
    house = House(db, bus, clock, settings, policy, community, accounts, identity, HouseholdsService(db, policy, clock, community), acting, sms)
    bus.subscribe('*', house.events.append)
    await db.write(lambda tx: _seed(house, tx))
    house.events.clear()
    try:
        yield house
    finally:
        await accounts.stop()
        await db.stop()
