"""Writing a room's log: numbers, rows, search index and audit for many posts in one unit of work."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import Integer, bindparam, select, tuple_, update

from yunshequ.core.bulk import BulkInsert, BulkUpdate, pipelined
from yunshequ.core.errors import Conflict, NotFound, NotPermitted
from yunshequ.core.i18n import N_
from yunshequ.core.unit import Tx
from yunshequ.rooms import search
from yunshequ.rooms.events import MessagePosted
from yunshequ.rooms.models import Image, Message, Room, RoomFile, RoomMember
from yunshequ.rooms.schemas import COUNTED, MessageKind, MessageView, PostDraft, RoomKind

RECALL_WINDOW = timedelta(minutes=2)
"""撤回: how long a message may be taken back by its sender (WeChat's habit)."""
PREVIEW = 40
"""Characters of the last message that a room list shows."""

_message = Message.__table__  # type: ignore[attr-defined]
_room = Room.__table__  # type: ignore[attr-defined]
_image = Image.__table__  # type: ignore[attr-defined]
_file = RoomFile.__table__  # type: ignore[attr-defined]
_member = RoomMember.__table__  # type: ignore[attr-defined]

_INSERT = BulkInsert(_message, (
    'id', 'room_id', 'seq', 'n', 'sender_id', 'client_id', 'kind', 'body', 'payload', 'reply_seq', 'mentions', 'at'))
_THIS_ROOM = _room.c.id == bindparam('b_room')
_MORE = {'last_seq': _room.c.last_seq + bindparam('b_all', type_=Integer)}
_MORE_COUNTED = {
    **_MORE, 'last_n': _room.c.last_n + bindparam('b_counted', type_=Integer), 'last_at': bindparam('b_at', type_=_room.c.last_at.type),
    'last_line': bindparam('b_line', type_=_room.c.last_line.type)}
_NUMBERS = (_room.c.last_seq, _room.c.last_n)
_TAKE = BulkUpdate(update(_room).where(_THIS_ROOM).values(_MORE).returning(*_NUMBERS), ('b_room', 'b_all'))
_TAKE_COUNTED = BulkUpdate(
    update(_room).where(_THIS_ROOM).values(_MORE_COUNTED).returning(*_NUMBERS), ('b_room', 'b_all', 'b_counted', 'b_at', 'b_line'))
_READER = (_member.c.room_id == bindparam('b_room')) & (_member.c.member_id == bindparam('b_member'))
_SENDER_READ = BulkUpdate(
    update(_member).where(_READER).values(read_seq=bindparam('b_seq'), read_n=bindparam('b_n')), ('b_room', 'b_member', 'b_seq', 'b_n'))
_MENTIONED = BulkUpdate(
    update(_member).where(_READER).values(mention_seq=bindparam('b_seq')), ('b_room', 'b_member', 'b_seq'))
_SHOWN = {
    name: BulkUpdate(update(table).where(table.c.token == bindparam('b_token')).values(seq=bindparam('b_seq')), ('b_token', 'b_seq'))
    for name, table in (('image', _image), ('file', _file))}
"""By the name in a payload: notes which message shows a picture or carries a document."""

Key = tuple[int, str]
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

    @property
    def key(self) -> Key:
        """Who sent it under which of their own ids."""
        return self.view.sender.id, self.draft.client_id

    @property
    def origin(self) -> dict[str, Any] | None:
        """What the audit keeps of a forwarded message: the entry it was copied from."""
        source = self.draft.forwarded
        return None if source is None else {'forwarded': f'room:{source.room_id}#{source.seq}'}


class RoomLog:
    """Stores posts. ``store`` is a batch handler for ``Database.batched``: stateless but for the hooks."""

    def __init__(self) -> None:
        self.hooks: list[PostHook] = []

    def store(self, tx: Tx, posts: list[Post]) -> list[MessageView | Exception]:
        """Append ``posts`` to their rooms; a post already stored under its client id gives the first result.

        Nearly all are new, so what is stored already is looked up only once a unique key has said that something is.
        """
        stored: dict[Key, MessageView | None] = dict(self._known(tx, posts)) if tx.attempt else {}
        fresh: dict[int, list[Post]] = defaultdict(list)
        keys = [post.key for post in posts]
        for key, post in zip(keys, posts, strict=True):
            if key not in stored:
                stored[key] = None
                fresh[post.draft.room_id].append(post)
        rows = _Rows()
        for room_id in sorted(fresh):  # one order everywhere: two PostgreSQL writers cannot lock each other out
            for post, view in _numbered(tx, room_id, fresh[room_id]):
                stored[post.key] = view
                rows.add(post, view)
                event = MessagePosted(room_id=room_id, room_kind=post.room_kind, place_id=post.place_id, message=view)
                tx.emit(event)  # before what hooks announce: a page hears of a notice before it hears that it is pinned
                for hook in self.hooks:
                    hook(tx, event)
                tx.audit(
                    view.sender.id, f'rooms.post.{view.kind}', f'room:{room_id}#{view.seq}', place_id=post.place_id, detail=post.origin)
        rows.write(tx)
        return [cast('MessageView', stored[key]) for key in keys]

    def recall(self, tx: Tx, entry: Post, seq: int, line: str) -> MessageView:
        """Take the message ``seq`` back by the log entry ``entry``; ``line`` replaces it in room lists if it was the last.

        :raises NotFound: there is no such message.
        :raises NotPermitted: it is somebody else's.
        :raises Conflict: later than two minutes. Recalling again gives the first entry.
        """
        connection = tx.connection
        room_id = entry.draft.room_id
        target = connection.execute(
            select(_message).where(_message.c.id == message_id(room_id, seq), _message.c.room_id == room_id)).one_or_none()
        if target is None:
            raise NotFound(N_('没有找到这条消息'))
        if target.sender_id != entry.view.sender.id:
            raise NotPermitted(N_('只能撤回自己发的消息'), rule='rooms.recall')
        changed = connection.execute(
            update(_message).where(
                _message.c.id == target.id, _message.c.recalled_at.is_(None), _message.c.at >= tx.now - RECALL_WINDOW)
            .values(recalled_at=tx.now)
        )
        if changed.rowcount != 1 and target.recalled_at is None:
            raise Conflict(N_('发出超过 2 分钟的消息不能撤回'), rule='rooms.recall_window')
        return self._taken_back(tx, entry, target, line)

    def strike(self, tx: Tx, entry: Post, act_id: int, line: str) -> bool:
        """Take the message that ``entry`` names back for a moderator, at any age; False if it is recalled already."""
        target = self._target(tx, entry)
        payload = {**(target.payload or {}), 'struck': act_id}
        if tx.connection.execute(
            update(_message).where(_message.c.id == target.id, _message.c.recalled_at.is_(None))
            .values(recalled_at=tx.now, payload=payload)
        ).rowcount != 1:
            return False
        self._taken_back(tx, entry, target, line)
        return True

    def restore(self, tx: Tx, entry: Post, act_id: int) -> None:
        """Put the message that ``entry`` names back where it was, if it was ``act_id`` that struck it."""
        target = self._target(tx, entry)
        payload = dict(target.payload or {})
        if payload.pop('struck', None) != act_id:
            return
        tx.connection.execute(
            update(_message).where(_message.c.id == target.id).values(recalled_at=None, payload=payload or None))
        self._one(tx, entry)
        tx.connection.execute(
            update(_room).where(_room.c.id == target.room_id, _room.c.last_n == target.n).values(last_line=entry.preview))

    @staticmethod
    def _target(tx: Tx, entry: Post) -> Any:
        """Return the row that an entry names.

        :raises NotFound: there is none.
        """
        found = tx.connection.execute(
            select(_message).where(_message.c.id == message_id(entry.draft.room_id, entry.view.target or 0))).one_or_none()
        if found is None:
            raise NotFound(N_('没有找到这条消息'))
        return found

    def _one(self, tx: Tx, entry: Post) -> MessageView:
        stored = self.store(tx, [entry])[0]
        if isinstance(stored, Exception):
            raise stored
        return stored

    def _taken_back(self, tx: Tx, entry: Post, target: Any, line: str) -> MessageView:
        connection = tx.connection
        this = _room.c.id == target.room_id
        connection.execute(update(_room).where(this, _room.c.notice_seq == target.seq).values(notice_seq=None))
        stored = self._one(tx, entry)
        if target.n == connection.scalar(select(_room.c.last_n).where(this)):
            connection.execute(update(_room).where(this).values(last_line=line))
        return stored

    @staticmethod
    def _known(tx: Tx, posts: list[Post]) -> dict[Key, MessageView]:
        views = {post.key: post.view for post in posts}
        found = tx.connection.execute(
            select(_message.c.sender_id, _message.c.client_id, _message.c.seq, _message.c.n, _message.c.at, _message.c.id, _message.c.body)
            .where(tuple_(_message.c.sender_id, _message.c.client_id).in_(list(views)))
        )
        return {
            (row.sender_id, row.client_id): views[row.sender_id, row.client_id].model_copy(
                update={'id': row.id, 'seq': row.seq, 'n': row.n, 'at': row.at, 'body': row.body})
            for row in found
        }


def _numbered(tx: Tx, room_id: int, posts: list[Post]) -> Iterator[tuple[Post, MessageView]]:
    """Take the next numbers of the room for ``posts`` in one statement and give each its view."""
    counted = [post for post in posts if post.view.kind in COUNTED]
    if counted:
        taken = _TAKE_COUNTED(tx.connection, [(room_id, len(posts), len(counted), tx.now, counted[-1].preview)])
    else:
        taken = _TAKE(tx.connection, [(room_id, len(posts))])
    last_seq, last_n = tuple(taken.one())
    seq, n = last_seq - len(posts), last_n - len(counted)
    for post in posts:
        seq += 1
        n += post.view.kind in COUNTED
        # nobody has seen this view yet, so it is numbered in place: a copy costs as much as the insert
        post.view.__dict__.update(id=message_id(room_id, seq), seq=seq, n=n, at=tx.now)
        yield post, post.view


class _Rows:
    """What a batch of posts writes, collected so that each table is written once."""

    def __init__(self) -> None:
        self._messages: list[tuple[Any, ...]] = []
        self._reads: list[tuple[int, ...]] = []
        self._mentions: list[tuple[int, ...]] = []
        self._texts: list[tuple[int, str]] = []
        self._shown: dict[str, list[tuple[str, int]]] = defaultdict(list)

    def add(self, post: Post, view: MessageView) -> None:
        """Take a numbered post."""
        self._messages.append(_row(post, view))
        if not view.sender.bot:
            self._reads.append((view.room_id, view.sender.id, view.seq, view.n))
        self._mentions += [(view.room_id, one, view.seq) for one in post.mention_ids]
        if view.body and view.kind is not MessageKind.SYSTEM:
            self._texts.append((view.id, view.body))
        if post.payload:
            for name in post.payload.keys() & _SHOWN.keys():
                self._shown[name].append((post.payload[name], view.seq))

    def write(self, tx: Tx) -> None:
        """Write them."""
        with pipelined(tx.connection):
            _INSERT(tx.connection, self._messages)
            for statement, rows in ((_SENDER_READ, self._reads), (_MENTIONED, self._mentions)):
                if rows:
                    statement(tx.connection, rows)
            for name, shown in self._shown.items():
                _SHOWN[name](tx.connection, shown)
            search.index(tx.connection, self._texts)
            tx.write_audit()  # within the same trip: the room's row is locked until the commit


def _row(post: Post, view: MessageView) -> tuple[Any, ...]:
    return (
        view.id, view.room_id, view.seq, view.n, view.sender.id, view.client_id, view.kind.value, view.body, post.payload,
        view.target if view.kind is MessageKind.RESTORE else view.reply.seq if view.reply else None, list(view.mentions) or None, view.at,
    )
