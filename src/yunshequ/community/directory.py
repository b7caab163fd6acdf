"""Looking people and places up: the policy's directory, member cards, the tree. Everything here is remembered briefly."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select
from sqlmodel import Session

from yunshequ.community import tables as t
from yunshequ.community.events import MemberChanged, PlacesChanged, RolesChanged
from yunshequ.community.models import Member
from yunshequ.community.policy import RANK
from yunshequ.community.schemas import MemberCard, Office, Person, PlaceKind, PlaceView, Relation
from yunshequ.core.bus import Bus, Event
from yunshequ.core.clock import Clock
from yunshequ.core.database import Database
from yunshequ.core.errors import NotFound
from yunshequ.core.policy import RESIDENT_ROLES, Actor, Grant, Role
from yunshequ.core.recent import Recent
from yunshequ.core.unit import Tx, insert_ignore

TTL = timedelta(seconds=30)
"""How long an answer may be old if the event that should have dropped it was lost (Redis away)."""

TREE_TTL = timedelta(minutes=2)
"""The same for the tree of places, which a whole district reads as one and hardly ever changes."""

BOT_NAME = '小栖'
EVERYWHERE = '/'
"""A path that begins every path."""

_CHUNK = 500

# Built once: for each visitor anew they would cost more than their answers.
_PERSON = select(t.member.c.locale, t.member.c.left_at, t.member.c.is_bot).where(t.member.c.id == bindparam('member'))
_GIVEN = (
    select(t.role_grant.c.role, t.place.c.path, t.role_grant.c.valid_from, t.role_grant.c.valid_until)
    .join(t.place, t.place.c.id == t.role_grant.c.place_id)
    .where(t.role_grant.c.member_id == bindparam('member'), t.role_grant.c.revoked_at.is_(None)))
_HOMES = (
    select(t.household_member.c.relation, t.place.c.path, t.household_member.c.verified_at, t.household_member.c.valid_until,
           t.household_member.c.checked_until)
    .join(t.household, t.household.c.id == t.household_member.c.household_id)
    .join(t.place, t.place.c.id == t.household.c.place_id)
    .where(t.household_member.c.member_id == bindparam('member'), t.household_member.c.verified_at.is_not(None)))
_BADGES = (
    select(t.role_grant.c.member_id, t.role_grant.c.role, t.role_grant.c.valid_from, t.role_grant.c.valid_until)
    .where(t.role_grant.c.member_id.in_(bindparam('members', expanding=True)), t.role_grant.c.revoked_at.is_(None),
           t.role_grant.c.role.not_in(sorted(RESIDENT_ROLES))))
_CARDS = (
    select(t.member.c.id, t.member.c.nickname, t.member.c.is_bot, t.member.c.party_member, t.member.c.party_visible)
    .where(t.member.c.id.in_(bindparam('members', expanding=True))))


@dataclass(frozen=True, slots=True)
class PlaceTree:
    """All places at one moment."""

    by_id: dict[int, PlaceView]
    children: dict[int | None, tuple[PlaceView, ...]]


class Memories:
    """What is remembered, and the events that make it forgotten; shared by the directory and the service."""

    def __init__(self, bus: Bus, clock: Clock) -> None:
        self.tree: Recent[str, PlaceTree] = Recent(clock, TREE_TTL, limit=1)
        self.grants: Recent[int, tuple[Grant, ...]] = Recent(clock, TTL)
        self.cards: Recent[int, MemberCard] = Recent(clock, TTL)
        self.people: Recent[int, Person] = Recent(clock, TTL)
        self.bot: Actor | None = None
        bus.subscribe('member:', self._member_changed)
        bus.subscribe('places:', self._places_changed)

    def _member_changed(self, event: Event) -> None:
        self.people.forget(int(event.topic.removeprefix('member:')))
        if isinstance(event, RolesChanged | MemberChanged):
            self.cards.forget(event.member_id)
        if isinstance(event, RolesChanged):
            self.grants.forget(event.member_id)

    def _places_changed(self, event: Event) -> None:
        if isinstance(event, PlacesChanged):
            self.tree.clear()


class CommunityDirectory:
    """Reads of people and places; implements ``core.policy.Directory``."""

    def __init__(self, db: Database, bus: Bus, clock: Clock, *, memories: Memories | None = None) -> None:
        self._db = db
        self._clock = clock
        self.memories = memories or Memories(bus, clock)

    # rights

    async def grants_of(self, member_id: int) -> tuple[Grant, ...]:
        """Return what a member is, everywhere: given roles, and those that follow from a confirmed household."""
        known = self.memories.grants.get(member_id)
        if known is not None:
            return known
        return await self.memories.grants.fetch(member_id, lambda: self._db.read(lambda s: read_grants(s, member_id)))

    async def path_of(self, place_id: int) -> str | None:
        """Return the path of a place, or None if there is none."""
        found = (await self._tree()).by_id.get(place_id)
        return None if found is None else found.path

    async def offices(self, member_id: int) -> list[Office]:
        """Return where a member is in office now (楼栋长 and staff), the most responsible role first."""
        tree, now = await self._tree(), self._clock.now()
        found: list[Office] = []
        for grant in await self.grants_of(member_id):
            if grant.role in RESIDENT_ROLES or grant.role == Role.BOT or not grant.holds_at(grant.path, now):
                continue
            place = tree.by_id.get(int(grant.path.rstrip('/').rpartition('/')[2]))
            if place is not None:
                found.append(Office(role=grant.role, place=place))
        return sorted(found, key=lambda office: -RANK[office.role])

    # places

    async def place(self, place_id: int) -> PlaceView:
        """Return a place.

        :raises NotFound: there is none.
        """
        found = (await self._tree()).by_id.get(place_id)
        if found is None:
            raise NotFound
        return found

    async def ancestors(self, place_id: int) -> list[PlaceView]:
        """Return the places above, from the top down, without the place itself."""
        tree = await self._tree()
        found = tree.by_id.get(place_id)
        if found is None:
            raise NotFound
        ids = [int(part) for part in found.path.strip('/').split('/')]
        return [tree.by_id[above] for above in ids[:-1] if above in tree.by_id]

    async def children(self, place_id: int | None, kind: PlaceKind | None = None) -> list[PlaceView]:
        """Return the places right below (``None``: the top ones), in order of creation."""
        return [p for p in (await self._tree()).children.get(place_id, ()) if kind is None or p.kind == kind]

    async def below(self, place_id: int, kind: PlaceKind | None = None) -> list[PlaceView]:
        """Return all places below, of one kind or any, without the place itself; parents before children."""
        tree = await self._tree()
        found: list[PlaceView] = []
        queue = list(tree.children.get(place_id, ()))
        while queue:
            found.extend(p for p in queue if kind is None or p.kind == kind)
            queue = [child for p in queue for child in tree.children.get(p.id, ())]
        return found

    async def community_of(self, place_id: int) -> PlaceView | None:
        """Return the 社区 a place lies in or is; None above that level or for an unknown place."""
        tree = await self._tree()
        found = tree.by_id.get(place_id)
        while found is not None and found.kind != PlaceKind.COMMUNITY:
            found = tree.by_id.get(found.parent_id) if found.parent_id is not None else None
        return found

    async def label_of(self, place_id: int) -> str:
        """Return a place's name with the community in front where that helps, e.g. ``花园村社区 3栋``."""
        here = await self.place(place_id)
        community = await self.community_of(place_id)
        return here.name if community is None or community.id == here.id else f'{community.name} {here.name}'

    async def _tree(self) -> PlaceTree:
        known = self.memories.tree.get('tree')
        if known is not None:
            return known
        return await self.memories.tree.fetch('tree', lambda: self._db.read(read_tree))

    # people

    async def card(self, member_id: int) -> MemberCard:
        """Return what others see of a member.

        :raises NotFound: there is no such member.
        """
        known = self.memories.cards.get(member_id)
        if known is not None:
            return known

        async def load() -> MemberCard:
            now = self._clock.now()
            found = (await self._db.read(lambda session: read_cards(session, [member_id], now))).get(member_id)
            if found is None:
                raise NotFound
            return found

        return await self.memories.cards.fetch(member_id, load)

    async def cards(self, ids: Iterable[int]) -> dict[int, MemberCard]:
        """Return the cards of those of ``ids`` that exist."""
        cards = self.memories.cards
        found: dict[int, MemberCard] = {}
        missing: list[int] = []
        for member_id in set(ids):
            card = cards.get(member_id)
            if card is None:
                missing.append(member_id)
            else:
                found[member_id] = card
        if missing:
            generation, now = cards.generation, self._clock.now()
            loaded = await self._db.read(lambda session: read_cards(session, missing, now))
            if cards.generation == generation:
                for member_id, card in loaded.items():
                    cards.keep(member_id, card)
            found.update(loaded)
        return found

    async def person(self, member_id: int) -> Person | None:
        """Return language and standing of a member, None if unknown.

        It is the first thing asked of somebody who comes, so what is asked next is looked up and remembered along with it.
        """
        known = self.memories.people.get(member_id)
        if known is not None:
            return known
        memories = self.memories
        before, now = (memories.people.generation, memories.grants.generation, memories.cards.generation), self._clock.now()
        person, grants, card = await self._db.read(lambda session: _meet(session, member_id, now))
        if person is None:
            return None
        if before == (memories.people.generation, memories.grants.generation, memories.cards.generation):
            memories.people.keep(member_id, person)
            memories.grants.keep(member_id, grants)
            if card is not None:
                memories.cards.keep(member_id, card)
        return person

    async def member_by_phone(self, phone_hash: str) -> int | None:
        """Return the member with this keyed phone hash."""
        return await self._db.read(lambda s: s.connection().execute(
            select(t.member.c.id).where(t.member.c.phone_hash == phone_hash)).scalar())

    async def bot(self) -> Actor:
        """Return 小栖's identity; the member is made on first use and is one in the whole system."""
        if self.memories.bot is None:
            self.memories.bot = Actor(member_id=await self._db.write(_ensure_bot))
        return self.memories.bot


def read_tree(session: Session) -> PlaceTree:
    """Load all places."""
    rows = session.connection().execute(
        select(t.place.c.id, t.place.c.parent_id, t.place.c.kind, t.place.c.name, t.place.c.path).order_by(t.place.c.id))
    by_id = {
        row.id: PlaceView.model_construct(  # our own rows: thousands at once need no second look
            id=row.id, parent_id=row.parent_id, kind=PlaceKind(row.kind), name=row.name, path=row.path)
        for row in rows
    }
    children: dict[int | None, list[PlaceView]] = {}
    for found in by_id.values():
        children.setdefault(found.parent_id, []).append(found)
    return PlaceTree(by_id, {parent: tuple(below) for parent, below in children.items()})


def _meet(session: Session, member_id: int, now: datetime) -> tuple[Person | None, tuple[Grant, ...], MemberCard | None]:
    row = session.connection().execute(_PERSON, {'member': member_id}).first()
    if row is None:
        return None, (), None
    person = Person(id=member_id, locale=row.locale, active=row.left_at is None)
    return person, read_grants(session, member_id), read_cards(session, [member_id], now).get(member_id)


def read_grants(session: Session, member_id: int) -> tuple[Grant, ...]:
    """Load a member's grants; somebody who has left has none."""
    connection = session.connection()
    person = connection.execute(_PERSON, {'member': member_id}).first()
    if person is None or person.left_at is not None:
        return ()
    grants = [Grant(Role.BOT, EVERYWHERE)] if person.is_bot else []
    given = connection.execute(_GIVEN, {'member': member_id})
    grants.extend(Grant(Role(row.role), row.path, row.valid_from, row.valid_until) for row in given)
    for row in connection.execute(_HOMES, {'member': member_id}):
        until = min((end for end in (row.valid_until, row.checked_until) if end is not None), default=None)
        grants.append(Grant(Role.VERIFIED, row.path, row.verified_at, until))
        if row.relation == Relation.OWNER:
            grants.append(Grant(Role.OWNER, row.path, row.verified_at, until))
        if row.checked_until is not None and row.checked_until == until:  # still at home, only unverified: a member
            grants.append(Grant(Role.MEMBER, row.path, until, row.valid_until))
    return tuple(grants)


def read_cards(session: Session, ids: Sequence[int], now: datetime) -> dict[int, MemberCard]:
    """Load cards with the badge in force at ``now``; residents carry none."""
    connection = session.connection()
    cards: dict[int, MemberCard] = {}
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start:start + _CHUNK]
        badges: dict[int, Role] = {}
        for row in connection.execute(_BADGES, {'members': chunk}):
            if (row.valid_from is not None and now < row.valid_from) or (row.valid_until is not None and now >= row.valid_until):
                continue
            role = Role(row.role)
            if row.member_id not in badges or RANK[role] > RANK[badges[row.member_id]]:
                badges[row.member_id] = role
        for who in connection.execute(_CARDS, {'members': chunk}):
            cards[who.id] = MemberCard(
                id=who.id, name=who.nickname, badge=Role.BOT if who.is_bot else badges.get(who.id), bot=who.is_bot,
                party=who.party_member and who.party_visible,
            )
    return cards


def _ensure_bot(tx: Tx) -> int:
    insert_ignore(tx.session, Member, [{
        'nickname': BOT_NAME, 'is_bot': True, 'party_member': False, 'party_visible': False, 'skills': [],
        'locale': 'zh-CN', 'created_at': tx.now,
    }])
    found = tx.connection.execute(select(t.member.c.id).where(t.member.c.is_bot)).scalar_one()
    return int(found)
