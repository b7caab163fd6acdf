"""The pinned notice (置顶公告) of a room and who has said 收到: plain units of work; rights are the service's affair."""

from sqlalchemy import func, select, update

from yunshequ.core.errors import Conflict, NotFound
from yunshequ.core.i18n import N_
from yunshequ.core.unit import Tx, insert_ignore
from yunshequ.rooms import reading
from yunshequ.rooms.events import MessagePosted, NoticeAcknowledged, NoticePinned
from yunshequ.rooms.log import message_id
from yunshequ.rooms.models import Message, NoticeReceipt, Room
from yunshequ.rooms.schemas import MessageKind, RoomView

_room = Room.__table__  # type: ignore[attr-defined]
_message = Message.__table__  # type: ignore[attr-defined]


def pin_posted(tx: Tx, event: MessagePosted) -> None:
    """Pin a notice in the unit that posts it: nobody sees one that is not pinned."""
    message = event.message
    if message.kind is MessageKind.NOTICE:
        _pin(tx, event.room_id, message.seq, message.sender.id, event.place_id)


def pin(tx: Tx, room: RoomView, seq: int | None, by: int) -> None:
    """Pin a message, or take the notice down with ``None``.

    :raises NotFound: there is no such message, or it was recalled.
    """
    connection = tx.connection
    if seq is not None and (not 0 < seq <= reading.LAST or not connection.scalar(
        select(func.count()).select_from(_message)
        .where(_message.c.id == message_id(room.id, seq), _message.c.recalled_at.is_(None))
    )):
        raise NotFound(N_('没有找到这条消息'))
    _pin(tx, room.id, seq, by, room.place_id)


def _pin(tx: Tx, room_id: int, seq: int | None, by: int, place_id: int) -> None:
    tx.connection.execute(update(_room).where(_room.c.id == room_id).values(notice_seq=seq))
    tx.emit(NoticePinned(room_id=room_id, seq=seq))
    tx.audit(by, 'rooms.pin', f'room:{room_id}#{seq}', place_id=place_id)


def acknowledge(tx: Tx, room_id: int, seq: int, member_id: int) -> int:
    """Note a member's 收到 and return how many there are; a second one changes nothing.

    :raises Conflict: another notice is pinned by now.
    """
    pinned = tx.connection.scalar(select(_room.c.notice_seq).where(_room.c.id == room_id))
    if pinned != seq:
        raise Conflict(N_('这条公告已经更换，请看最新的公告'))
    new = insert_ignore(tx.session, NoticeReceipt, [{'room_id': room_id, 'seq': seq, 'member_id': member_id, 'at': tx.now}])
    count, _mine = reading.receipts(tx.session, room_id, seq, member_id)
    if new:
        tx.emit(NoticeAcknowledged(room_id=room_id, seq=seq, received=count, member_id=member_id))
    return count
