"""What a question stands on (上文): what 小栖 last told the same person in the same talk.

Who asked is not in the journal by name, but the message is in the room; so the room says whose it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from yunshequ.assistant import journal
from yunshequ.assistant.catalogue import Catalogue, Published
from yunshequ.assistant.deciding import picked
from yunshequ.assistant.following import WINDOW, Before
from yunshequ.assistant.ports import Rooms
from yunshequ.assistant.schemas import Band
from yunshequ.core.database import Database

LOOK_BACK = 20
"""Answers of a room looked through for the person's own: in a busy room an older one is no context any more."""


@dataclass(frozen=True, slots=True)
class Offer:
    """The clarifying question somebody was asked last, and what they had asked."""

    first: Published
    second: Published
    asked: str

    def picked(self, text: str) -> Published | None:
        """Return the entry a reply names."""
        choice = picked(text, self.first.question, self.second.question)
        return None if choice is None else (self.first, self.second)[choice]


class TalkContext:
    """Looks back in a talk."""

    def __init__(self, db: Database, rooms: Rooms, catalogue: Catalogue) -> None:
        self._db = db
        self._rooms = rooms
        self._catalogue = catalogue

    async def of(self, room_id: int, member_id: int, *, window: timedelta = WINDOW) -> list[Any]:
        """Return the journal's rows of what a person was answered in a room within ``window``, newest first."""
        since = self._db.clock.now() - window
        rows = await self._db.read(lambda session: journal.lately(session, room_id, since, LOOK_BACK))
        if not rows:
            return []
        senders = await self._rooms.senders(room_id, [row.question_seq for row in rows])
        return [row for row in rows if senders.get(row.question_seq) == member_id]

    def offer(self, rows: Sequence[Any], path: str) -> Offer | None:
        """Return the clarifying question if it was the last thing said to the person and both choices may still be told."""
        if not rows or rows[0].band != Band.CLARIFY or len(rows[0].candidates) != 2:
            return None
        now = self._db.clock.now()
        first, second = (self._catalogue.visible(one, path, now) for one in rows[0].candidates)
        return Offer(first, second, rows[0].text) if first is not None and second is not None else None

    def before(self, rows: Sequence[Any], path: str) -> Before | None:
        """Return the last entry the person was told, if it may still be told at the place."""
        for row in rows:
            if row.band == Band.DIRECT and row.entry_id is not None:
                entry = self._catalogue.visible(row.entry_id, path, self._db.clock.now())
                return Before(entry.id, entry.question, row.answered_at or row.asked_at) if entry is not None else None
        return None
