"""What a room page opens with. Rooms are opened far more often than they change between two looks, so the newest window is remembered."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlmodel import Session

from yunshequ.community.schemas import MemberCard
from yunshequ.core.clock import Clock
from yunshequ.core.database import Database
from yunshequ.core.errors import NotFound
from yunshequ.core.i18n import N_, current_locale
from yunshequ.core.policy import Actor, Policy
from yunshequ.rooms import reading
from yunshequ.rooms.directory import FRESH, RoomDirectory
from yunshequ.rooms.schemas import MessageView, NoticeView, RoomKind, RoomPage, RoomView
from yunshequ.rooms.viewing import entry_views, senders

ROOMS = 200
"""Windows kept in memory, some 100 KB each."""


class _Key(NamedTuple):
    room_id: int
    low: int
    """First number of the window; 0 for the newest messages."""
    locale: str


@dataclass(slots=True)
class _Opened:
    """A window as it was read, and its views."""

    until: float
    last_seq: int
    """The room's last number then. Every change to a log is an entry, so with the same number the window is the same."""
    window: reading.Window
    cards: dict[int, MemberCard]
    views: tuple[MessageView, ...]


@dataclass(slots=True)
class _Read:
    """What one look into the database gave."""

    row: Row[Any]
    first_unread: int | None
    key: _Key
    window: reading.Window
    notice: reading.Window | None
    received: int
    received_mine: bool


class RoomOpening:
    """Opens rooms."""

    def __init__(
        self, db: Database, clock: Clock, policy: Policy, directory: RoomDirectory,
    ) -> None:
        self._db = db
        self._policy = policy
        self._directory = directory
        self._clock = clock
        self._opened: dict[_Key, _Opened] = {}
        self._generation = 0
        directory.on_change.append(self._forget)

    def _forget(self, room_id: int) -> None:
        """Forget a room: who is deleted leaves their rooms, and takes their words along."""
        self._generation += 1
        for key in [key for key in self._opened if key.room_id == room_id]:
            del self._opened[key]

    async def page(self, actor: Actor, room_id: int) -> RoomPage:
        """Return the window around the first unread, or the last messages, with all that stands around them.

        :raises NotFound: there is no such room, or the actor is not in it.
        """
        locale, generation = current_locale(), self._generation
        read = await self._db.read(lambda session: self._read(session, room_id, actor.member_id, locale))
        row = read.row
        messages = await self._messages(read, generation)
        members = len(await self._directory.member_ids(room_id))
        notice = None
        if read.notice is not None and read.notice.entries:
            [pinned] = entry_views(read.notice, await self._directory.cards(room_id, senders(read.notice)))
            notice = NoticeView(message=pinned, received=read.received, members=members, mine=read.received_mine)
        private, place_id = row.kind == RoomKind.ASSISTANT, row.place_id
        may = self._policy.may
        return RoomPage(
            room=RoomView.model_validate(row, from_attributes=True), members=members, messages=messages,
            has_more=bool(messages) and messages[0].seq > 1, first_unread=read.first_unread, unread=max(0, row.last_n - row.read_n),
            last_n=row.last_n, notice=notice, muted=row.muted, pinned=row.pinned,
            may_post=private or await may(actor, 'rooms.post', place_id),
            may_notice=not private and await may(actor, 'rooms.notice', place_id),
            rules_due=bool(row.rules) and row.rules_seen < row.rules_version,
            may_read_receipts=not private and await may(actor, 'rooms.read_receipts', place_id))

    def _read(self, session: Session, room_id: int, member_id: int, locale: str) -> _Read:
        row = reading.opened(session, room_id, member_id)
        if row is None:
            raise NotFound(N_('没有找到这个群，或您还没有加入'))
        first = reading.first_unread(session, room_id, row.read_seq) if row.last_n > row.read_n else None
        low = 0 if first is None or row.last_seq - first <= reading.PAGE - reading.ABOVE_UNREAD else first - reading.ABOVE_UNREAD
        known = self._opened.get(_Key(room_id, low, locale))
        if known is not None and known.last_seq == row.last_seq and known.until > self._clock.seconds():
            window = known.window
        else:
            window = reading.between(session, room_id, low, reading.LAST, limit=reading.PAGE, newest=not low)
        notice, receipts = None, (0, False)
        if row.notice_seq is not None:
            notice = reading.between(session, room_id, row.notice_seq, row.notice_seq, limit=1, newest=True)
            receipts = reading.receipts(session, room_id, row.notice_seq, member_id)
        return _Read(row, first, _Key(room_id, low, locale), window, notice, *receipts)

    async def _messages(self, read: _Read, generation: int) -> tuple[MessageView, ...]:
        """Return the views of a window: the remembered ones, if neither its entries nor the people in it have changed."""
        known = self._opened.get(read.key)
        if known is None or known.window is not read.window:
            cards = await self._directory.cards(read.key.room_id, senders(read.window))
        else:
            cards = await self._directory.cards(read.key.room_id, known.cards)
            if cards == known.cards:
                return known.views
        views = tuple(entry_views(read.window, cards))
        if generation == self._generation:
            if len(self._opened) >= ROOMS:
                self._opened.clear()
            until = self._clock.seconds() + FRESH.total_seconds()
            self._opened[read.key] = _Opened(until, read.row.last_seq, read.window, cards, views)
        return views
