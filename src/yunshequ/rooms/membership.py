"""Who is in a room and how far they have read: plain units of work; rights are the service's affair."""

from sqlalchemy import select, update

from yunshequ.core.errors import NotFound, NotPermitted
from yunshequ.core.i18n import N_
from yunshequ.core.unit import Tx, insert_ignore
from yunshequ.rooms import reading
from yunshequ.rooms.events import MemberRenamed, ReadMoved, RoomsChanged
from yunshequ.rooms.log import message_id
from yunshequ.rooms.models import Message, Room, RoomMember
from yunshequ.rooms.schemas import RoomView

_room = Room.__table__  # type: ignore[attr-defined]
_member = RoomMember.__table__  # type: ignore[attr-defined]
_message = Message.__table__  # type: ignore[attr-defined]


GREET = 'rooms.greet'
"""The job that bids a newcomer welcome."""


def enter(tx: Tx, room: RoomView, member_ids: list[int], *, greet: bool = False) -> list[int]:
    """Put members into a room, with nothing unread; return who is new. Who comes back finds their own settings.

    With ``greet`` a welcome is due for each who is new, in the same unit: it is lost only if the joining is.

    :raises NotPermitted: one of them was removed (移出) by moderators, and that was not taken back.
    """
    connection = tx.connection
    head = connection.execute(select(_room.c.last_seq, _room.c.last_n).where(_room.c.id == room.id)).one()
    inside = set(reading.member_ids(tx.session, room.id))
    new = [one for one in dict.fromkeys(member_ids) if one not in inside]
    if not new:
        return []
    if reading.removed(tx.session, room.id, new):
        raise NotPermitted(N_('您已被移出这个群，不能再次加入。如有异议，请到“我的 → 处理与申诉”申诉'), rule='rooms.removed')
    back = connection.execute(
        update(_member).where(_member.c.room_id == room.id, _member.c.member_id.in_(new), _member.c.left_at.is_not(None))
        .values(left_at=None, read_seq=head.last_seq, read_n=head.last_n).returning(_member.c.member_id)
    ).scalars().all()
    insert_ignore(tx.session, RoomMember, [
        {'room_id': room.id, 'member_id': one, 'joined_at': tx.now, 'read_seq': head.last_seq, 'read_n': head.last_n,
         'mention_seq': 0, 'muted': False, 'pinned': False, 'rules_seen': 0, 'left_at': None}
        for one in new if one not in back
    ])
    for one in new:
        tx.emit(RoomsChanged(member_id=one, room_id=room.id, joined=True))
        tx.audit(one, 'rooms.join', f'room:{room.id}', place_id=room.place_id)
        if greet:
            tx.schedule(GREET, tx.now, {'room_id': room.id, 'member_id': one}, key=f'greet:{room.id}:{one}')
    return new


def let_out(tx: Tx, room_id: int, member_ids: list[int]) -> None:
    """Let members out of a room; those outside already are passed over."""
    left = tx.connection.execute(
        update(_member).where(_member.c.room_id == room_id, _member.c.member_id.in_(member_ids), _member.c.left_at.is_(None))
        .values(left_at=tx.now).returning(_member.c.member_id)
    ).scalars().all()
    for one in left:
        tx.emit(RoomsChanged(member_id=one, room_id=room_id, joined=False))
        tx.audit(one, 'rooms.leave', f'room:{room_id}')


def rename(tx: Tx, room: RoomView, member_id: int, own: str | None, account: str) -> None:
    """Have a member go by ``own`` in a room, ``None``: by the name of their ``account``. Done twice it is done once.

    The preview of the room follows where its last entry is theirs; entries themselves hold no names.

    :raises NotFound: they have left meanwhile.
    """
    connection = tx.connection
    me = (_member.c.room_id == room.id) & (_member.c.member_id == member_id) & _member.c.left_at.is_(None)
    row = connection.execute(select(_member.c.nickname).where(me).with_for_update()).one_or_none()
    if row is None:
        raise NotFound(N_('没有找到这个群，或您还没有加入'))
    if row.nickname == own:
        return
    connection.execute(update(_member).where(me).values(nickname=own))
    was, name = row.nickname or account, own or account
    last = connection.execute(
        select(_room.c.last_line).join(_message, (_message.c.room_id == _room.c.id) & (_message.c.seq == _room.c.last_seq))
        .where(_room.c.id == room.id, _message.c.sender_id == member_id)).scalar()
    if last is not None and last.startswith(f'{was}: '):
        connection.execute(
            update(_room).where(_room.c.id == room.id, _room.c.last_line == last).values(last_line=name + last.removeprefix(was)))
    tx.emit(MemberRenamed(room_id=room.id, member_id=member_id, name=name, was=was))
    tx.audit(member_id, 'rooms.rename', f'room:{room.id}', place_id=room.place_id, detail={'own': own is not None})


def move_cursors(tx: Tx, moves: list[tuple[int, int, int]]) -> list[None]:
    """Move read cursors, given as (room, member, seq), forward, never back, and never beyond the last entry there is."""
    connection = tx.connection
    furthest: dict[tuple[int, int], int] = {}
    for room_id, member_id, seq in moves:
        furthest[room_id, member_id] = max(min(seq, reading.LAST), furthest.get((room_id, member_id), 0))
    for (room_id, member_id), asked in sorted(furthest.items()):
        entry = connection.execute(
            select(_message.c.seq, _message.c.n)
            .where(_message.c.id.between(message_id(room_id, 0), message_id(room_id, asked)))
            .order_by(_message.c.id.desc()).limit(1)
        ).one_or_none()
        if entry is None:
            continue
        moved = connection.execute(
            update(_member).where(_member.c.room_id == room_id, _member.c.member_id == member_id, _member.c.read_seq < entry.seq)
            .values(read_seq=entry.seq, read_n=entry.n))
        if moved.rowcount:
            tx.emit(ReadMoved(member_id=member_id, room_id=room_id, read_seq=entry.seq, read_n=entry.n))
    return [None] * len(moves)
