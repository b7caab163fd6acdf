"""What the rooms service asks at every call, kept in memory and forgotten when it changes."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from yunshequ.community.schemas import MemberCard
from yunshequ.community.service import CommunityService
from yunshequ.core.bus import Bus, Event
from yunshequ.core.clock import Clock
from yunshequ.core.database import Database
from yunshequ.core.recent import Recent
from yunshequ.rooms import reading, wordlist
from yunshequ.rooms.events import MemberRenamed, MessagePosted, RoomChanged, RoomsChanged, StandingChanged
from yunshequ.rooms.schemas import RoomView
from yunshequ.rooms.words import WordFilter

FRESH = timedelta(seconds=30)
"""How long a memory may outlive a lost event of another process."""


@dataclass(slots=True)
class _People:
    """Who is in a room, and what some go by there."""

    inside: frozenset[int]
    names: dict[int, str]
    cards: dict[int, tuple[MemberCard, MemberCard]] = field(default_factory=dict)
    """By member: the account's card, and the one with the name of the room."""

    def card(self, card: MemberCard) -> MemberCard:
        """Return a card under the name its owner has in this room."""
        name = self.names.get(card.id)
        if name is None:
            return card
        known = self.cards.get(card.id)
        if known is None or known[0] is not card:
            known = self.cards[card.id] = (card, card.model_copy(update={'name': name}))
        return known[1]


class RoomDirectory:
    """Rooms, who is inside and by which names, the last number of each log, the word lists."""

    def __init__(self, db: Database, bus: Bus, clock: Clock, community: CommunityService) -> None:
        self._db = db
        self._community = community
        self._rooms: Recent[int, RoomView | None] = Recent(clock, FRESH)
        self._people: Recent[int, _People] = Recent(clock, FRESH)
        self._words: Recent[int, WordFilter] = Recent(clock, FRESH)
        self._mutes: Recent[int, dict[int, datetime]] = Recent(clock, FRESH)
        self._heads: Recent[int, int] = Recent(clock, FRESH)
        self._holding: Recent[int, frozenset[int]] = Recent(clock, FRESH)
        self.on_change: list[Callable[[int], None]] = []
        """Called with a room whose settings or members are others now."""
        bus.subscribe('member:', self._on_member)
        bus.subscribe('room:', self._on_room)
        bus.subscribe('words:', lambda _event: self._words.clear())

    def _on_member(self, event: Event) -> None:
        if isinstance(event, RoomsChanged):
            self._people.forget(event.room_id)
            self._changed(event.room_id)

    def _on_room(self, event: Event) -> None:
        if isinstance(event, MessagePosted) and (self._heads.get(event.room_id) or 0) < event.message.seq:
            self._heads.keep(event.room_id, event.message.seq)
        elif isinstance(event, RoomChanged):
            self._rooms.forget(event.room_id)
            self._changed(event.room_id)
        elif isinstance(event, MemberRenamed):
            self._people.forget(event.room_id)
        elif isinstance(event, StandingChanged):
            self._mutes.forget(event.room_id)
            self._holding.forget(event.room_id)

    def _changed(self, room_id: int) -> None:
        for tell in self.on_change:
            tell(room_id)

    async def room(self, room_id: int) -> RoomView | None:
        """Return a room that is not archived."""
        known = self._rooms.get(room_id)
        if known is not None:
            return known

        async def load() -> RoomView | None:
            row = await self._db.read(lambda session: reading.room_row(session, room_id))
            return None if row is None else RoomView.model_validate(row, from_attributes=True)

        return await self._rooms.fetch(room_id, load)

    async def member_ids(self, room_id: int) -> frozenset[int]:
        """Return who is in a room."""
        return (await self._met(room_id)).inside

    async def is_inside(self, room_id: int, member_id: int) -> bool:
        """Tell whether a member is in a room."""
        return member_id in (await self._met(room_id)).inside

    async def card(self, room_id: int, member_id: int) -> MemberCard:
        """Return what others in a room see of a member, by the name they have there (我在本群的昵称).

        :raises NotFound: there is no such member.
        """
        return (await self._met(room_id)).card(await self._community.card(member_id))

    async def cards(self, room_id: int, ids: Iterable[int]) -> dict[int, MemberCard]:
        """As ``card``, for those of ``ids`` that exist."""
        cards = await self._community.cards(ids)
        people = await self._met(room_id)
        return {one: people.card(card) for one, card in cards.items()} if people.names else cards

    async def called(self, whom: Iterable[tuple[int, int]]) -> dict[tuple[int, int], MemberCard]:
        """As ``card``, for many pairs of a room and a member; for lists that run across rooms."""
        rooms: dict[int, set[int]] = defaultdict(set)
        for room_id, member_id in whom:
            rooms[room_id].add(member_id)
        return {(room_id, one): card for room_id, ids in rooms.items() for one, card in (await self.cards(room_id, ids)).items()}

    async def _met(self, room_id: int) -> _People:
        known = self._people.get(room_id)
        if known is not None:
            return known

        async def load() -> _People:
            inside, names = await self._db.read(lambda session: reading.named(session, room_id))
            return _People(frozenset(inside), names)

        return await self._people.fetch(room_id, load)

    async def head(self, room_id: int) -> int:
        """Return the last number of a room's log."""

        async def load() -> int:
            row = await self._db.read(lambda session: reading.room_row(session, room_id))
            return int(row.last_seq) if row is not None else 0

        return await self._heads.fetch(room_id, load)

    async def mutes(self, room_id: int) -> dict[int, datetime]:
        """Return who is muted in a room until when; some of it may be over."""
        known = self._mutes.get(room_id)
        if known is not None:
            return known

        async def load() -> dict[int, datetime]:
            return await self._db.read(lambda session: reading.mutes(session, room_id))

        return await self._mutes.fetch(room_id, load)

    async def holding(self, room_id: int) -> frozenset[int]:
        """Return whose messages wait for review in a room."""
        known = self._holding.get(room_id)
        if known is not None:
            return known

        async def load() -> frozenset[int]:
            return frozenset(await self._db.read(lambda session: reading.holding(session, room_id)))

        return await self._holding.fetch(room_id, load)

    def known_words(self, place_id: int) -> WordFilter | None:
        """Return the word list of a place if it is remembered."""
        return self._words.get(place_id)

    async def word_filter(self, place_id: int, above: list[int]) -> WordFilter:
        """Return the sensitive words that hold at a place: its own and those of the places above."""

        async def load() -> WordFilter:
            return (await self._db.read(lambda session: wordlist.load(session, [*above, place_id]))).compiled()

        return await self._words.fetch(place_id, load)
