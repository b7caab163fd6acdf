"""Reading a room: windows of its log, its list line, search. Plain queries; rights are the service's affair."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, Table, and_, bindparam, case, func, or_, select
from sqlmodel import Session

from yunshequ.rooms import search
from yunshequ.rooms.log import message_id
from yunshequ.rooms.models import HeldMessage, Image, Message, ModerationAct, NoticeReceipt, Room, RoomFile, RoomMember
from yunshequ.rooms.order_schemas import HeldState
from yunshequ.rooms.schemas import MessageKind

PAGE = 50
"""Messages a room opens with and history is fetched by."""
SYNC_PAGE = 200
"""Messages a returning page is given at once; it asks again for more."""
ABOVE_UNREAD = 5
PLACES_AT_ONCE = 5000
"""Places one statement names: below what either database takes as parameters."""

_message = Message.__table__  # type: ignore[attr-defined]
_room = Room.__table__  # type: ignore[attr-defined]
_member = RoomMember.__table__  # type: ignore[attr-defined]
_receipt = NoticeReceipt.__table__  # type: ignore[attr-defined]
_image = Image.__table__  # type: ignore[attr-defined]
_file = RoomFile.__table__  # type: ignore[attr-defined]
_held = HeldMessage.__table__  # type: ignore[attr-defined]
_act = ModerationAct.__table__  # type: ignore[attr-defined]

_OPENED: Select[Any] = (
    select(_room, _member.c.read_seq, _member.c.read_n, _member.c.muted, _member.c.pinned, _member.c.rules_seen)
    .join(_member, _member.c.room_id == _room.c.id)
    .where(_room.c.id == bindparam('room'), _room.c.archived_at.is_(None),
           _member.c.member_id == bindparam('member'), _member.c.left_at.is_(None)))

_NAMED: Select[Any] = (
    select(_member.c.member_id, _member.c.left_at, _member.c.nickname)
    .where(_member.c.room_id == bindparam('room'), or_(_member.c.left_at.is_(None), _member.c.nickname.is_not(None))))

LAST = (1 << 32) - 1
Entry = Row[Any]


@dataclass(slots=True)
class Window:
    """A stretch of a log, ascending, with the entries it quotes."""

    entries: list[Entry]
    quoted: dict[int, Entry]
    images: dict[str, Entry]
    files: dict[str, Entry]


def between(session: Session, room_id: int, low: int, high: int, *, limit: int, newest: bool) -> Window:
    """Return entries with ``low <= seq <= high``: the newest or the oldest ``limit`` of them, ascending."""
    order = _message.c.id.desc() if newest else _message.c.id
    rows = list(session.connection().execute(
        select(_message).where(_message.c.id.between(message_id(room_id, max(low, 0)), message_id(room_id, min(high, LAST))))
        .order_by(order).limit(limit)
    ))
    if newest:
        rows.reverse()
    return _with_quotes(session, room_id, rows)


def these(session: Session, ids: list[int], room_id: int) -> Window:
    """Return entries by row id, in the order given."""
    rows = {row.id: row for row in session.connection().execute(select(_message).where(_message.c.id.in_(ids)))}
    return _with_quotes(session, room_id, [rows[one] for one in ids if one in rows])


def _with_quotes(session: Session, room_id: int, rows: list[Entry]) -> Window:
    own = {row.seq: row for row in rows}
    missing = [message_id(room_id, row.reply_seq) for row in rows if row.reply_seq and row.reply_seq not in own]
    if missing:
        own |= {row.seq: row for row in session.connection().execute(select(_message).where(_message.c.id.in_(missing)))}
    shown = [*rows, *(own[row.reply_seq] for row in rows if row.kind == MessageKind.RESTORE and row.reply_seq in own)]
    return Window(rows, own, _attached(session, shown, 'image', _image), _attached(session, shown, 'file', _file))


def _attached(session: Session, rows: list[Entry], name: str, table: Table) -> dict[str, Entry]:
    """Return the pictures or documents that entries carry, by token."""
    tokens = [row.payload[name] for row in rows if row.payload and row.payload.get(name)]
    if not tokens:
        return {}
    return {row.token: row for row in session.connection().execute(select(table).where(table.c.token.in_(tokens)))}


def room_row(session: Session, room_id: int) -> Entry | None:
    """Return a room that is not archived."""
    return session.connection().execute(
        select(_room).where(_room.c.id == room_id, _room.c.archived_at.is_(None))
    ).one_or_none()


def membership(session: Session, room_id: int, member_id: int) -> Entry | None:
    """Return a member's standing in a room they are in."""
    return session.connection().execute(
        select(_member).where(_member.c.room_id == room_id, _member.c.member_id == member_id, _member.c.left_at.is_(None))
    ).one_or_none()


def opened(session: Session, room_id: int, member_id: int) -> Entry | None:
    """Return a room that is not archived together with the standing there of a member who is in it."""
    return session.connection().execute(_OPENED, {'room': room_id, 'member': member_id}).one_or_none()


def member_ids(session: Session, room_id: int) -> list[int]:
    """Return who is in a room."""
    return list(session.connection().scalars(
        select(_member.c.member_id).where(_member.c.room_id == room_id, _member.c.left_at.is_(None))
    ))


def named(session: Session, room_id: int) -> tuple[list[int], dict[int, str]]:
    """Return who is in a room, and who of all that ever were goes by a name of their own there."""
    rows = session.connection().execute(_NAMED, {'room': room_id}).all()
    return [row.member_id for row in rows if row.left_at is None], {row.member_id: row.nickname for row in rows if row.nickname}


def mutes(session: Session, room_id: int) -> dict[int, datetime]:
    """Return who was muted in a room and until when at the latest; what was taken back does not count."""
    return {row.member_id: row.until for row in session.connection().execute(
        select(_act.c.member_id, func.max(_act.c.until).label('until'))
        .where(_act.c.room_id == room_id, _act.c.kind == 'mute', _act.c.undone_at.is_(None)).group_by(_act.c.member_id))}


def holding(session: Session, room_id: int) -> list[int]:
    """Return whose messages wait for review in a room."""
    return list(session.connection().scalars(
        select(_held.c.sender_id).where(_held.c.room_id == room_id, _held.c.state == HeldState.WAITING).distinct()))


def removed(session: Session, room_id: int, member_ids: list[int]) -> bool:
    """Tell whether moderators have put one of these out of a room and not taken it back."""
    return session.connection().execute(select(_act.c.id).where(
        _act.c.room_id == room_id, _act.c.member_id.in_(member_ids), _act.c.kind == 'remove', _act.c.undone_at.is_(None)).limit(1)
    ).first() is not None


def rooms_of(session: Session, member_id: int) -> list[Entry]:
    """Return a member's rooms with their standing: pinned first, then by the last message."""
    return list(session.connection().execute(
        select(
            _room.c.id, _room.c.place_id, _room.c.kind, _room.c.title, _room.c.last_seq, _room.c.last_n, _room.c.last_at,
            _room.c.last_line, _member.c.read_seq, _member.c.read_n, _member.c.mention_seq, _member.c.muted, _member.c.pinned,
        )
        .join(_room, _room.c.id == _member.c.room_id)
        .where(_member.c.member_id == member_id, _member.c.left_at.is_(None), _room.c.archived_at.is_(None))
        .order_by(_member.c.pinned.desc(), func.coalesce(_room.c.last_at, _room.c.created_at).desc())
    ))


def rooms_at(
    session: Session, place_ids: list[int], member_id: int, search: str, offset: int, limit: int,
) -> tuple[int, list[Entry]]:
    """Return how many rooms that are nobody's own stand at the places, and a page of them, the latest talk first."""
    connection = session.connection()
    found: list[Entry] = []
    for low in range(0, len(place_ids), PLACES_AT_ONCE):
        where = and_(
            _room.c.place_id.in_(place_ids[low:low + PLACES_AT_ONCE]), _room.c.owner_id.is_(None), _room.c.archived_at.is_(None))
        if search:
            where = and_(where, _room.c.title.contains(search, autoescape=True))
        found += connection.execute(select(_room.c.id, func.coalesce(_room.c.last_at, _room.c.created_at).label('at')).where(where))
    found.sort(key=lambda row: (row.at, row.id), reverse=True)
    ids = [row.id for row in found[offset:offset + limit]]
    inside = case((_member.c.member_id == member_id, 1), else_=0)
    rows = {row.id: row for row in connection.execute(
        select(_room.c.id, _room.c.kind, _room.c.title, _room.c.place_id, _room.c.last_at,
               func.count(_member.c.member_id).label('members'), func.max(inside).label('inside'))
        .join(_member, and_(_member.c.room_id == _room.c.id, _member.c.left_at.is_(None)), isouter=True)
        .where(_room.c.id.in_(ids)).group_by(_room.c.id, _room.c.kind, _room.c.title, _room.c.place_id, _room.c.last_at))}
    return len(found), [rows[one] for one in ids]


def first_unread(session: Session, room_id: int, read_seq: int) -> int | None:
    """Return the first entry after ``read_seq``."""
    found = session.connection().scalar(
        select(func.min(_message.c.id)).where(
            and_(_message.c.id > message_id(room_id, read_seq), _message.c.id <= message_id(room_id, LAST)))
    )
    return None if found is None else int(found) & LAST


def receipts(session: Session, room_id: int, seq: int, member_id: int) -> tuple[int, bool]:
    """Return how many have said 收到 under a notice, and whether ``member_id`` has."""
    where = and_(_receipt.c.room_id == room_id, _receipt.c.seq == seq)
    count = session.connection().scalar(select(func.count()).select_from(_receipt).where(where)) or 0
    mine = session.connection().scalar(select(func.count()).select_from(_receipt).where(where, _receipt.c.member_id == member_id))
    return int(count), bool(mine)


def hits(session: Session, room_id: int, query: str, limit: int) -> list[Entry]:
    """Return messages of a room that hold the query, newest first, without recalled ones."""
    ids = search.find(session, query, message_id(room_id, 0), message_id(room_id, LAST), limit)
    rows = {
        row.id: row for row in session.connection().execute(
            select(_message).where(_message.c.id.in_(ids), _message.c.recalled_at.is_(None)))
    } if ids else {}
    return [rows[one] for one in ids if one in rows]
