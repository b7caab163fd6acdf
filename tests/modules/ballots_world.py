"""A small electorate without the community module: places, homes and roles as plain data, on any database."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from yunshequ.ballots.policy import ACTIONS
from yunshequ.ballots.rules import RuleBook
from yunshequ.ballots.schemas import BallotDraft, OptionDraft, Stance
from yunshequ.ballots.service import BallotsService
from yunshequ.community.levels import Fact, Known
from yunshequ.community.schemas import HouseholdView, MemberCard, PlaceKind, PlaceView
from yunshequ.core.bus import Event, LocalBus
from yunshequ.core.clock import MovableClock
from yunshequ.core.database import Database
from yunshequ.core.errors import NotFound
from yunshequ.core.policy import Actor, Grant, Policy, Role
from yunshequ.jobs.runner import JobRunner

START = datetime(2026, 11, 23, 8, tzinfo=UTC)
COMMUNITY, BUILDING, ELSEWHERE = 3, 4, 5
PATHS = {1: '/1/', 2: '/1/2/', COMMUNITY: '/1/2/3/', BUILDING: '/1/2/3/4/', ELSEWHERE: '/1/2/5/'}
KINDS = {1: PlaceKind.DISTRICT, 2: PlaceKind.SUBDISTRICT, 3: PlaceKind.COMMUNITY, 4: PlaceKind.BUILDING, 5: PlaceKind.COMMUNITY}

YES_NO = (OptionDraft(text='同意', stance=Stance.YES), OptionDraft(text='不同意', stance=Stance.NO),
          OptionDraft(text='弃权', stance=Stance.ABSTAIN))


@dataclass
class Town:
    """Who lives where; changed freely by tests."""

    grants: dict[int, list[Grant]] = field(default_factory=dict)
    flats: list[HouseholdView] = field(default_factory=list)

    def live(self, member: int, role: Role = Role.VERIFIED, path: str = PATHS[BUILDING]) -> Actor:
        self.grants.setdefault(member, []).append(Grant(role, path))
        return Actor(member)

    def flat(self, number: int, area: int, members: tuple[int, ...] = (), owners: tuple[int, ...] = ()) -> None:
        self.flats.append(HouseholdView(
            id=number, place_id=BUILDING, label=f'3栋-{number}', area_cm2=area, member_ids=members, owner_ids=owners))
        for member in members:
            self.live(member, Role.OWNER if member in owners else Role.VERIFIED)

    async def grants_of(self, member_id: int) -> tuple[Grant, ...]:
        return tuple(self.grants.get(member_id, ()))

    async def known(self, member_id: int, place_id: int) -> Known:
        roles = {grant.role for grant in self.grants.get(member_id, []) if grant.path.startswith(PATHS[place_id])}
        lives = bool(roles & {Role.VERIFIED, Role.OWNER})
        return Known(joined=bool(roles), residence=Fact.VERIFIED if lives else Fact.NONE, owner=Role.OWNER in roles)

    async def path_of(self, place_id: int) -> str | None:
        return PATHS.get(place_id)

    async def place(self, place_id: int) -> PlaceView:
        if place_id not in PATHS:
            raise NotFound
        return PlaceView(id=place_id, parent_id=None, kind=KINDS[place_id], name=f'地点{place_id}', path=PATHS[place_id])

    async def households(self, place_id: int) -> list[HouseholdView]:
        return [flat for flat in self.flats if PATHS[flat.place_id].startswith(PATHS[place_id])]

    async def residents(self, place_id: int, level: str) -> list[int]:
        order = ['member', 'verified', 'owner']
        wanted = {Role(name) for name in order[order.index(level):]}
        return sorted(
            member for member, grants in self.grants.items()
            if any(g.role in wanted and g.path.startswith(PATHS[place_id]) for g in grants))

    async def cards(self, ids: Collection[int]) -> dict[int, MemberCard]:
        return {member: MemberCard(id=member, name=f'居民{member}') for member in ids}


class Posts:
    """Remembers what would have been posted into rooms, once for each client id."""

    def __init__(self) -> None:
        self.cards: dict[str, tuple[int, str, int, str]] = {}

    async def post_card(self, actor: Actor, room_id: int, kind: str, ref_id: int, client_id: str, text: str) -> None:
        self.cards.setdefault(client_id, (room_id, kind, ref_id, text))


@dataclass
class World:
    """The module on a fresh database."""

    db: Database
    clock: MovableClock
    bus: LocalBus
    policy: Policy
    town: Town
    ballots: BallotsService
    posts: Posts
    events: list[Event]

    def runner(self) -> JobRunner:
        return JobRunner(self.db, self.clock, self.bus, self.ballots.jobs())

    def draft(self, **changes: Any) -> BallotDraft:
        return BallotDraft(**({
            'client_id': f'draft-{len(self.events)}-{changes.get("title", "")}', 'place_id': COMMUNITY, 'title': '要不要装充电桩',
            'options': YES_NO, 'rule': 'consultation.open', 'closes_at': self.clock.now() + timedelta(days=1),
        } | changes))

    async def opened(self, staff: Actor, **changes: Any) -> tuple[int, list[int]]:
        """Make and open a vote; return its id and its options' ids."""
        ballot_id = await self.ballots.create(staff, self.draft(**changes))
        await self.ballots.open(staff, ballot_id)
        return ballot_id, [option.id for option in (await self.ballots.state(staff, ballot_id)).options]

    async def finish(self, ballot_id: int, *, after: timedelta = timedelta(days=1)) -> None:
        """Move the clock beyond the close and run what is due."""
        self.clock.move(after)
        await self.runner().run_due()

    def rows(self, table: Any) -> Any:
        return self.db.read(lambda s: s.connection().execute(select(table)).all())


@asynccontextmanager
async def world_on(url: str) -> AsyncIterator[World]:
    """Build the module over a migrated, empty database."""
    clock, bus, town, events = MovableClock(START), LocalBus(), Town(), []
    bus.subscribe('*', events.append)
    db = Database(url, clock=clock, bus=bus, readers=2, writers=4)
    await db.start()
    policy = Policy(town, clock)
    policy.register(ACTIONS)
    ballots = BallotsService(db, policy, clock, town, RuleBook.load())
    ballots.poster = posts = Posts()
    try:
        yield World(db, clock, bus, policy, town, ballots, posts, events)
    finally:
        await db.stop()


async def gathered(*work: Any) -> list[Any]:
    """Run coroutines side by side and return results and exceptions."""
    return await asyncio.gather(*work, return_exceptions=True)
