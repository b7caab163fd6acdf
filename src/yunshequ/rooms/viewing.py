"""A log entry as everybody in the room may see it."""

from typing import Any

from yunshequ.community.schemas import MemberCard
from yunshequ.core.i18n import _
from yunshequ.rooms import reading
from yunshequ.rooms.files import FileStore
from yunshequ.rooms.images import ImageStore
from yunshequ.rooms.log import PREVIEW
from yunshequ.rooms.schemas import MessageKind, MessageView, Reply


def senders(window: reading.Window) -> set[int]:
    """Return whose cards the views of a window need."""
    quoted = window.quoted
    return {row.sender_id for row in window.entries} | {
        quoted[row.reply_seq].sender_id for row in window.entries if row.reply_seq in quoted}


def entry_views(window: reading.Window, cards: dict[int, MemberCard]) -> list[MessageView]:
    """Return the entries of a window as everybody may see them, with the cards of its ``senders``."""
    return [entry_view(row, window, cards) for row in window.entries]


def entry_view(row: reading.Entry, window: reading.Window, cards: dict[int, MemberCard], *, whole: bool = False) -> MessageView:
    """Return a log entry as everybody may see it: what was recalled shows nothing of itself, not even quoted.

    ``whole`` shows it nevertheless: for putting it back.
    """
    kind = MessageKind(row.kind)
    payload: dict[str, Any] = row.payload or {}
    recalled = row.recalled_at is not None and not whole
    reply = None
    source = window.quoted.get(row.reply_seq) if row.reply_seq else None
    restored = None
    if source is not None and kind is MessageKind.RESTORE:
        restored = entry_view(source, window, cards)
    elif source is not None and not recalled:
        text = _('原消息已撤回') if source.recalled_at is not None else source.body[:PREVIEW * 2] or _('[图片]')
        reply = Reply(seq=source.seq, sender_id=source.sender_id, name=cards[source.sender_id].name, text=text)
    image = window.images.get(payload.get('image', ''))
    file = window.files.get(payload.get('file', ''))
    return MessageView(
        id=row.id, room_id=row.room_id, seq=row.seq, n=row.n, kind=kind, sender=cards[row.sender_id], at=row.at,
        body='' if recalled else row.body, client_id=row.client_id, reply=reply,
        mentions=() if recalled else tuple(row.mentions or ()),
        image=ImageStore.as_view(image) if image is not None and not recalled else None,
        file=FileStore.as_view(file) if file is not None and not recalled else None,
        card=None if recalled else payload.get('card'), answer=None if recalled else payload.get('answer'),
        target=payload.get('target'), recalled=recalled,
        struck=recalled and 'struck' in payload, restored=restored, must_ack=payload.get('must_ack', True),
        forwarded=None if recalled else payload.get('forwarded', {}).get('origin'))
