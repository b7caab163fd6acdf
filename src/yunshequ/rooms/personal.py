"""What the rooms hold of a person: what they said and sent, how far they have read."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, delete, exists, func, or_, select, true, update
from sqlmodel import Session

from yunshequ.community.directory import BOT_NAME
from yunshequ.community.words import RELATION_WORDS
from yunshequ.core.i18n import N_, _
from yunshequ.core.personal import GONE, Attachment, Fate, Holding, Keeper, Sweep
from yunshequ.core.unit import Tx
from yunshequ.rooms import membership, personal_order, search
from yunshequ.rooms.events import MemberRenamed, RoomChanged
from yunshequ.rooms.files import FileStore
from yunshequ.rooms.images import ImageStore
from yunshequ.rooms.models import EntryRequest, Image, Message, NoticeReceipt, NoticeReminder, Room, RoomFile, RoomMember
from yunshequ.rooms.schemas import EntryState, RoomKind

_room = Room.__table__  # type: ignore[attr-defined]
_member = RoomMember.__table__  # type: ignore[attr-defined]
_message = Message.__table__  # type: ignore[attr-defined]
_image = Image.__table__  # type: ignore[attr-defined]
_file = RoomFile.__table__  # type: ignore[attr-defined]
_request = EntryRequest.__table__  # type: ignore[attr-defined]
_receipt = NoticeReceipt.__table__  # type: ignore[attr-defined]
_reminder = NoticeReminder.__table__  # type: ignore[attr-defined]

INSIDE = N_('同群的人')
ROOM = {'room_id': _room.c.title}
STATES = {EntryState.WAITING.value: N_('待审核'), EntryState.ACCEPTED.value: N_('已通过'), EntryState.REFUSED.value: N_('未通过')}
KINDS = {'text': N_('文字'), 'image': N_('图片'), 'file': N_('文件'), 'notice': N_('公告'), 'card': N_('卡片'), 'recall': N_('撤回')}

HOLDINGS = (
    Holding(_message, N_('我发的消息'), N_('群里的交流'), INSIDE, 'messages', Fate.KEEP, owner='sender_id',
            shown={'room_id': N_('群'), 'at': N_('时间'), 'kind': N_('种类'), 'body': N_('内容'), 'recalled_at': N_('撤回时间')},
            also=('payload', 'mentions'), refs=ROOM, words={'kind': KINDS}),
    Holding(_image, N_('我发的图片'), N_('群里的交流'), INSIDE, 'account', Fate.DELETE, owner='owner_id',
            shown={'room_id': N_('群'), 'token': N_('文件'), 'width': N_('宽'), 'height': N_('高'), 'created_at': N_('时间')}, refs=ROOM),
    Holding(_file, N_('我发的文件'), N_('群里的交流'), INSIDE, 'account', Fate.DELETE, owner='owner_id',
            shown={'room_id': N_('群'), 'name': N_('名称'), 'token': N_('文件'), 'bytes': N_('大小（字节）'), 'created_at': N_('时间')},
            also=('kind',), refs=ROOM),
    Holding(_request, N_('我的入群申请'), N_('审核谁进群；写的内容在处理 30 天后清空'), N_('审核的楼栋长和工作人员'), 'account', Fate.DELETE,
            shown={'room_id': N_('群'), 'state': N_('状态'), 'nickname': N_('称呼'), 'room_no': N_('房号'), 'relation': N_('关系'),
                   'answer': N_('回答'), 'reason': N_('理由'), 'asked_at': N_('申请时间'), 'decided_at': N_('处理时间')},
            acts=('decided_by',), refs=ROOM,
            words={'state': STATES, 'relation': {str(key): words for key, words in RELATION_WORDS.items()}}),
    Holding(_reminder, N_('公告提醒'), N_('知道是谁安排的提醒'), N_('本社区工作人员'), 'office', Fate.KEEP, owner=None, acts=('by_id',)),
    Holding(_receipt, N_('公告的“收到”'), N_('知道谁看到了公告'), INSIDE, 'account', Fate.DELETE,
            shown={'room_id': N_('群'), 'seq': N_('公告编号'), 'at': N_('时间')}, refs=ROOM),
    Holding(_member, N_('我在的群'), N_('未读数和免打扰'), INSIDE, 'account', Fate.DELETE,
            shown={'room_id': N_('群'), 'joined_at': N_('加入时间'), 'left_at': N_('退出时间'), 'muted': N_('免打扰'),
                   'pinned': N_('置顶'), 'nickname': N_('我在本群的昵称')}, also=('read_seq', 'read_n', 'mention_seq', 'vouched_at'), refs=ROOM),
    Holding(_room, N_('我和小栖的私聊'), N_('您向小栖提问的地方'), N_('您自己；转人工时接手的工作人员'), 'account', Fate.BLANK, owner='owner_id',
            shown={'title': N_('名称'), 'created_at': N_('时间')}, also=('last_line',),
            blank={'title': GONE, 'last_line': '', 'owner_id': None}),
)


def _recalled(table: Table, name: str) -> Callable[[datetime], ColumnElement[bool]]:
    """Pictures or documents whose message was taken back before an instant; one that was never posted counts by its upload."""

    def where(before: datetime) -> ColumnElement[bool]:
        token = _message.c.payload[name].as_string()
        posted = select(_message.c.id).where(_message.c.room_id == table.c.room_id, token == table.c.token)
        standing = posted.where(or_(_message.c.recalled_at.is_(None), _message.c.recalled_at >= before))
        return and_(table.c.created_at < before, ~exists(standing))

    return where


SWEEPS = (
    Sweep(_image, N_('撤回的消息里的图片'), 'recalled', _recalled(_image, 'image')),
    Sweep(_file, N_('撤回的消息里的文件'), 'recalled', _recalled(_file, 'file')),
)


class RoomsKeeper(Keeper):
    """Words in rooms stay under 已注销用户, pictures go; the private chat with 小栖 is emptied altogether."""

    def __init__(self, images: ImageStore, files: FileStore, bots: Callable[[Session], list[int]]) -> None:
        super().__init__(N_('群和消息'), (*HOLDINGS, *personal_order.HOLDINGS), SWEEPS)
        self._images = images
        self._documents = files
        self._bots = bots

    def theirs(self, session: Session, holding: Holding, member_id: int) -> ColumnElement[bool] | None:
        """As ``Keeper``; an appeal is of whom the act it speaks against is about."""
        if holding.table is personal_order.appeal:
            against = personal_order.act
            mine: ColumnElement[bool] = holding.table.c.act_id.in_(select(against.c.id).where(against.c.member_id == member_id))
            return mine
        return super().theirs(session, holding, member_id)

    def read(self, session: Session, holding: Holding, rows: Sequence[tuple[Any, ...]]) -> Sequence[tuple[Any, ...]]:
        """As ``Keeper``; of a held message what was written, not how it was sent."""
        if holding.table is not personal_order.held:
            return rows
        at = list(holding.shown).index('draft')
        return [(*row[:at], row[at].get('body') or _(KINDS['image']), *row[at + 1:]) for row in rows]

    def attachments(self, session: Session, member_id: int) -> list[Attachment]:
        """Return the pictures and documents somebody sent."""
        connection = session.connection()
        tokens = connection.execute(select(_image.c.token).where(_image.c.owner_id == member_id)).scalars()
        files = connection.execute(select(_file.c.token, _file.c.kind).where(_file.c.owner_id == member_id))
        return [Attachment(f'{token}.webp', self._images.path(token, thumb=False)) for token in tokens] + [
            Attachment(f'{row.token}.{row.kind}', self._documents.path(row.token)) for row in files]

    def sweep(self, tx: Tx, sweep: Sweep, before: datetime, limit: int) -> tuple[int, list[Path]]:
        """As ``Keeper``; the files go with their rows."""
        table = sweep.table
        tokens = tx.connection.execute(select(table.c.token).where(sweep.where(before)).limit(limit)).scalars().all()
        tx.connection.execute(delete(table).where(table.c.token.in_(tokens)))
        return len(tokens), self._pictures(tokens) if table is _image else [self._documents.path(token) for token in tokens]

    def _pictures(self, tokens: Iterable[str]) -> list[Path]:
        return [self._images.path(token, thumb=thumb) for token in tokens for thumb in (False, True)]

    def erase(self, tx: Tx, member_id: int, name: str) -> list[Path]:
        """As ``Keeper``."""
        connection = tx.connection
        tokens = connection.execute(select(_image.c.token).where(_image.c.owner_id == member_id)).scalars().all()
        private = select(_room.c.id).where(_room.c.owner_id == member_id, _room.c.kind == RoomKind.ASSISTANT.value)
        rooms = connection.execute(private).scalars().all()
        for room_id in rooms:
            self.empty(tx, room_id)
        documents = connection.execute(select(_file.c.token).where(_file.c.owner_id == member_id)).scalars().all()
        sent = connection.execute(select(_message.c.id, _message.c.body).where(
            _message.c.sender_id == member_id, _message.c.kind.in_(['image', 'file']))).all()
        search.remove(connection, [(row.id, row.body) for row in sent if row.body])
        connection.execute(update(_message).where(_message.c.id.in_([row.id for row in sent])).values(
            recalled_at=tx.now, body='', payload=None))
        ever = connection.execute(select(_member.c.room_id).where(_member.c.member_id == member_id)).scalars().all()
        for room_id in ever:
            membership.let_out(tx, room_id, [member_id])
        self._unname(tx, member_id, name)
        super().erase(tx, member_id, name)
        return self._pictures(tokens) + [self._documents.path(token) for token in documents]

    @staticmethod
    def empty(tx: Tx, room_id: int) -> None:
        """Delete every word of a private chat, out of the search too; its members are let out."""
        connection = tx.connection
        rows = connection.execute(select(_message.c.id, _message.c.body).where(_message.c.room_id == room_id)).all()
        search.remove(connection, [(row.id, row.body) for row in rows])
        connection.execute(delete(_message).where(_message.c.room_id == room_id))
        connection.execute(update(_room).where(_room.c.id == room_id).values(archived_at=tx.now))
        inside = connection.execute(select(_member.c.member_id).where(_member.c.room_id == room_id)).scalars().all()
        membership.let_out(tx, room_id, list(inside))
        tx.emit(RoomChanged(room_id=room_id))

    def _unname(self, tx: Tx, member_id: int, name: str) -> None:
        """Take the names out of what 小栖 has said, and out of the previews of rooms."""
        own = tx.connection.execute(select(_member.c.room_id, _member.c.nickname).where(
            _member.c.member_id == member_id, _member.c.nickname.is_not(None))).all()
        for row in own:
            self._strike(tx, member_id, row.nickname, _room.c.id == row.room_id, _message.c.room_id == row.room_id)
            tx.emit(MemberRenamed(room_id=row.room_id, member_id=member_id, name=GONE, was=row.nickname))
        self._strike(tx, member_id, name, true(), true())

    def _strike(self, tx: Tx, member_id: int, name: str, room: ColumnElement[bool], message: ColumnElement[bool]) -> None:
        mine = select(_message.c.room_id).where(_message.c.sender_id == member_id).distinct()
        tx.connection.execute(
            update(_room).where(room, _room.c.id.in_(mine), _room.c.last_line.startswith(f'{name}: ', autoescape=True))
            .values(last_line=func.replace(_room.c.last_line, name, GONE)))
        tx.connection.execute(
            update(_message).where(message, _message.c.sender_id.in_(self._bots(tx.session)), _message.c.body.contains(name, autoescape=True))
            .values(body=func.replace(_message.c.body, name, GONE)))
        tx.connection.execute(
            update(_room).where(room, _room.c.last_line.startswith(f'{BOT_NAME}: ', autoescape=True), _room.c.last_line.contains(name, autoescape=True))
            .values(last_line=func.replace(_room.c.last_line, name, GONE)))
