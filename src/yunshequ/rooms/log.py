"""Writing a room's log: numbers, rows, search index and audit for many posts in one unit of work."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, select, tuple_, update

from yunshequ.core.unit import Tx
from yunshequ.rooms import search
from yunshequ.rooms.events import MessagePosted
from yunshequ.rooms.models import Message, Room, RoomMember
from yunshequ.rooms.schemas import COUNTED, MessageKind, MessageView, PostDraft, Reply, RoomKind

PREVIEW = 40
"""Characters of the last message that a room list shows."""

_message = Message.__table__  # type: ignore[attr-defined]
_room = Room.__table__  # type: ignore[attr-defined]
_member = RoomMember.__table__  # type: ignore[attr-defined]

_INSERT = insert(_message)
_SENDER_READ = (
    update(_member)
    .where(_member.c.room_id == bindparam('b_room'), _member.c.member_id == bindparam('b_member'))
    .values(read_seq=bindparam('b_seq'), read_n=bindparam('b_n'))
)
_MENTIONED = (
    update(_member)
    .where(_member.c.room_id == bindparam('b_room'), _member.c.member_id == bindparam('b_member'))
    .values(mention_seq=bindparam('b_seq'))
)

PostHook = Callable[[Tx, MessagePosted], None]
"""Called inside the posting unit: lets another module schedule a job that stands or falls with the message."""


def message_id(room_id: int, seq: int) -> int:
    """Return the row id of a log entry: 32 bits of ``seq`` below the room's id.

    One room is one contiguous range of the primary key, so its last 50 messages are 50 neighbouring rows, and
    UNIQUE(room_id, seq) is the primary key itself. Exact in JavaScript for rooms up to 2^21.
    """
    return (room_id << 32) | seq


@dataclass(slots=True)
class Post:
    """A checked draft with all that its view needs except its number."""

    draft: PostDraft
    view: MessageView
    place_id: int
    room_kind: RoomKind
    mention_ids: list[int]
    payload: dict[str, Any] | None
    preview: str
    recall_of: int | None = None


class RoomLog:
    """Stores posts. ``store`` is a batch handler for ``Database.batched``: stateless but for the hooks."""

    def __init__(self) -> None:
        self.hooks: list[PostHook] = []

    def store(self, tx: Tx, posts: list[Post]) -> list[MessageView | Exception]:
        """Append ``posts`` to their rooms; a post already stored under its client id gives the first result."""
        connection = tx.session.connection()
        known = self._known(tx, posts)
        fresh: dict[int, list[tuple[int, Post]]] = defaultdict(list)
        results: list[MessageView | Exception | None] = [None] * len(posts)
        repeats: list[tuple[int, tuple[int, str]]] = []
        taken: set[tuple[int, str]] = set()
        for index, post in enumerate(posts):
            key = (post.view.sender.id, post.draft.client_id)
            if key in known or key in taken:
                repeats.append((index, key))
            else:
                taken.add(key)
                fresh[post.draft.room_id].append((index, post))

        rows, reads, mentioned, searchable = [], [], [], []
        for room_id in sorted(fresh):  # one order everywhere: two PostgreSQL writers cannot lock each other out
            entries = fresh[room_id]
            counted = sum(1 for _, post in entries if post.view.kind in COUNTED)
            values: dict[str, Any] = {'last_seq': _room.c.last_seq + len(entries)}
            if counted:
                last = next(post for _, post in reversed(entries) if post.view.kind in COUNTED)
                values |= {'last_n': _room.c.last_n + counted, 'last_at': tx.now, 'last_line': last.preview}
            seq, n = connection.execute(
                update(_room).where(_room.c.id == room_id).values(values).returning(_room.c.last_seq, _room.c.last_n)
            ).one()
            seq, n = seq - len(entries), n - counted
            for index, post in entries:
                seq += 1
                n += post.view.kind in COUNTED
                view = post.view.model_copy(update={'id': message_id(room_id, seq), 'seq': seq, 'n': n, 'at': tx.now})
                results[index] = view
                rows.append(_row(post, view))
                if not view.sender.bot:
                    reads.append({'b_room': room_id, 'b_member': view.sender.id, 'b_seq': seq, 'b_n': n})
                mentioned += [{'b_room': room_id, 'b_member': one, 'b_seq': seq} for one in post.mention_ids]
                if view.body and view.kind is not MessageKind.SYSTEM:
                    searchable.append((view.id, view.body))
                event = MessagePosted(room_id=room_id, room_kind=post.room_kind, place_id=post.place_id, message=view)
                for hook in self.hooks:
                    hook(tx, event)
                tx.emit(event)
                tx.audit(view.sender.id, f'rooms.post.{view.kind}', f'room:{room_id}#{seq}', place_id=post.place_id)
        if rows:
            connection.execute(_INSERT, rows)
        if reads:
            connection.execute(_SENDER_READ, reads)
        if mentioned:
            connection.execute(_MENTIONED, mentioned)
        search.add(tx.session, searchable)
        for index, key in repeats:
            results[index] = known.get(key) or next(
                view for view in results if isinstance(view, MessageView) and (view.sender.id, view.client_id) == key
            )
        return [result for result in results if result is not None]

    def _known(self, tx: Tx, posts: list[Post]) -> dict[tuple[int, str], MessageView]:
        keys = [(post.view.sender.id, post.draft.client_id) for post in posts]
        found = tx.session.connection().execute(
            select(_message.c.sender_id, _message.c.client_id, _message.c.seq, _message.c.n, _message.c.at, _message.c.id, _message.c.body)
            .where(tuple_(_message.c.sender_id, _message.c.client_id).in_(keys))
        )
        views = {(post.view.sender.id, post.draft.client_id): post.view for post in posts}
        return {
            (row.sender_id, row.client_id): views[row.sender_id, row.client_id].model_copy(
                update={'id': row.id, 'seq': row.seq, 'n': row.n, 'at': row.at, 'body': row.body})
            for row in found
        }


def _row(post: Post, view: MessageView) -> dict[str, Any]:
    return {
        'id': view.id, 'room_id': view.room_id, 'seq': view.seq, 'n': view.n, 'sender_id': view.sender.id,
        'client_id': view.client_id, 'kind': view.kind.value, 'body': view.body, 'payload': post.payload,
        'reply_seq': view.reply.seq if view.reply else None, 'mentions': list(view.mentions) or None, 'at': view.at,
        'recalled_at': None,
    }


def quote(view_body: str, name: str, seq: int) -> Reply:
    """Return the quotation of a message as a bubble shows it."""
    return Reply(seq=seq, name=name, text=view_body[:PREVIEW * 2])
