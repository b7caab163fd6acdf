"""Tables of the rooms. A room's log is append-only: whatever changes what people see is an entry with a number."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from yunshequ.core.columns import BigId, UtcDateTime


class Room(SQLModel, table=True):
    """A room (群). ``last_seq`` numbers every log entry, ``last_n`` only those that count as unread."""

    __tablename__ = 'room'
    __table_args__ = (Index('ix_room_place', 'place_id'),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    place_id: int
    kind: str  # RoomKind
    title: str
    welcome: str = ''
    rules: str = ''
    last_seq: int = 0
    last_n: int = 0
    last_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    last_line: str = ''
    """Preview of the last message for room lists, with its sender's name."""
    notice_seq: int | None = None
    """The pinned notice (置顶公告)."""
    quiet: bool = False
    """安静模式: 小栖 speaks only when spoken to."""
    owner_id: int | None = None
    """The resident a private room with 小栖 belongs to."""
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    archived_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class RoomMember(SQLModel, table=True):
    """Who is in a room, how far they have read, and how they like it."""

    __tablename__ = 'room_member'
    __table_args__ = (Index('ix_room_member_member', 'member_id'),)

    room_id: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    member_id: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    joined_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    read_seq: int = 0
    read_n: int = 0
    mention_seq: int = 0
    """The last entry that mentioned this member: [有人@我] while it is above ``read_seq``."""
    muted: bool = False
    """免打扰: a red point instead of a number."""
    pinned: bool = False
    left_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class Message(SQLModel, table=True):
    """One entry of a room's log. ``payload`` holds what its kind needs (image, card, answer, recall target)."""

    __tablename__ = 'message'
    __table_args__ = (UniqueConstraint('room_id', 'seq'), UniqueConstraint('sender_id', 'client_id'))

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    room_id: int
    seq: int
    n: int
    """How many countable messages the room had up to and with this one."""
    sender_id: int
    client_id: str
    kind: str  # MessageKind
    body: str = ''
    payload: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    reply_seq: int | None = None
    mentions: list[int] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    recalled_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class NoticeReceipt(SQLModel, table=True):
    """A member's 收到 under a notice."""

    __tablename__ = 'notice_receipt'

    room_id: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    seq: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    member_id: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class Image(SQLModel, table=True):
    """A picture after re-encoding; the files lie under ``data/images/<token>``."""

    __tablename__ = 'image'

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    token: str = Field(unique=True)
    room_id: int
    owner_id: int
    width: int
    height: int
    bytes: int
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class BlockedTerm(SQLModel, table=True):
    """A sensitive word (敏感词) of a place and everything below it; matched on normalised text."""

    __tablename__ = 'blocked_term'
    __table_args__ = (UniqueConstraint('place_id', 'term'),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    place_id: int
    term: str
    category: str = ''


class AllowedPhrase(SQLModel, table=True):
    """A phrase (放行) of a place and everything below it that excuses the sensitive words inside it."""

    __tablename__ = 'allowed_phrase'
    __table_args__ = (UniqueConstraint('place_id', 'phrase'),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    place_id: int
    phrase: str


class WordCategory(SQLModel, table=True):
    """What the words that a place has listed under a category lead to; blocked where there is no row."""

    __tablename__ = 'word_category'

    place_id: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    category: str = Field(primary_key=True)
    action: str  # WordAction
