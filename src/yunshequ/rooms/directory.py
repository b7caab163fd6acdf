"""What the rooms service asks at every call, kept in memory and forgotten when it changes."""

from collections.abc import Callable
from datetime import datetime, timedelta

from yunshequ.core.bus import Bus, Event
from yunshequ.core.clock import Clock
from yunshequ.core.database import Database
from yunshequ.core.recent import Recent
from yunshequ.rooms import reading, wordlist
from yunshequ.rooms.events import MessagePosted, RoomChanged, RoomsChanged, StandingChanged
from yunshequ.rooms.schemas import RoomView
from yunshequ.rooms.words import WordFilter

FRESH = timedelta(seconds=30)
"""How long a memory may outlive a lost event of another process."""


class RoomDirectory:
    """Rooms, who is inside, the last number of each log, the word lists."""

    def __init__(self, db: Database, bus: Bus, clock: Clock) -> None:
        self._db = db
        self._rooms: Recent[int, RoomView | None] = Recent(clock, FRESH)
        self._inside: Recent[int, frozenset[int]] = Recent(clock, FRESH)
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
            self._inside.forget(event.room_id)
            self._changed(event.room_id)

    def _on_room(self, event: Event) -> None:
        if isinstance(event, MessagePosted) and (self._heads.get(event.room_id) or 0) < event.message.seq:
            self._heads.keep(event.room_id, event.message.seq)
        elif isinstance(event, RoomChanged):
            self._rooms.forget(event.room_id)
            self._changed(event.room_id)
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

        async def load() -> frozenset[int]:
            return frozenset(await self._db.read(lambda session: reading.member_ids(session, room_id)))

        return await self._inside.fetch(room_id, load)

    async def is_inside(self, room_id: int, member_id: int) -> bool:
        """Tell whether a member is in a room."""
        known = self._inside.get(room_id)
        return member_id in (await self.member_ids(room_id) if known is None else known)

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
