"""Tables of the rooms. A room's log is append-only: whatever changes what people see is an entry with a number."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint, false
from sqlmodel import Field, SQLModel

from yunshequ.core.columns import BigId, UtcDateTime


class Room(SQLModel, table=True):
    """A room (群). ``last_seq`` numbers every log entry, ``last_n`` only those that count as unread."""

    __tablename__ = 'room'
    __table_args__ = (Index('ix_room_place', 'place_id'), Index('ux_room_owner', 'owner_id', unique=True))

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
    hush_from: int | None = None
    """Quiet hours (免打扰时段), minutes since midnight in Asia/Shanghai: 小栖 says nothing unasked from here …"""
    hush_until: int | None = None
    """… to here."""
    rules_version: int = 1
    """Goes up when everybody shall see the rules (群规) again."""
    asks: bool = False
    """入群审核: who comes by a code waits until somebody in office lets them in."""
    question: str = ''
    """What an applicant is asked, e.g. 您住几栋几号."""
    mode: str = Field(default='open', sa_column_kwargs={'server_default': 'open'})  # RoomMode
    slow_seconds: int = Field(default=0, sa_column_kwargs={'server_default': '0'})
    """慢速模式: seconds between two messages of one person."""
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
    rules_seen: int = 0
    """The version of the rules this member has seen."""
    left_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    vouched_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    """When staff ended the newcomer's restrictions."""
    nickname: str | None = None
    """我在本群的昵称; None: as the account. Who leaves keeps it, as their messages do."""


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


class NoticeReminder(SQLModel, table=True):
    """A reminder of a notice to those who have not said 收到; ``day`` is the date in Nanjing, one reminder each."""

    __tablename__ = 'notice_reminder'

    room_id: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    seq: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    day: str = Field(primary_key=True)
    by_id: int
    due_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class EntryRequest(SQLModel, table=True):
    """Somebody's application to a room that asks for approval (入群申请): one for each person, asked again after a refusal.

    What they wrote of themselves is blanked some time after the decision.
    """

    __tablename__ = 'entry_request'
    __table_args__ = (UniqueConstraint('room_id', 'member_id'), Index('ix_entry_request_state', 'state', 'room_id'))

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    room_id: int
    member_id: int
    token: str
    """The join code they came by."""
    state: str  # EntryState
    nickname: str = ''
    room_no: str = ''
    relation: str = ''
    answer: str = ''
    reason: str = ''
    granted: bool = False
    """Whether letting them in also made them a member of the place; taking it back ends that too."""
    asked_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    decided_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    decided_by: int | None = None


class Image(SQLModel, table=True):
    """A picture after re-encoding; the files lie under ``data/images/<token>``."""

    __tablename__ = 'image'
    __table_args__ = (Index('ix_image_room', 'room_id', 'seq'),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    token: str = Field(unique=True)
    room_id: int
    owner_id: int
    width: int
    height: int
    bytes: int
    seq: int | None = None
    """The message that shows it; None until it is posted."""
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class RoomFile(SQLModel, table=True):
    """A document sent to a room (群文件); it lies under ``data/files/<token>`` exactly as it came."""

    __tablename__ = 'room_file'
    __table_args__ = (Index('ix_room_file_room', 'room_id', 'seq'),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    token: str = Field(unique=True)
    room_id: int
    owner_id: int
    name: str
    kind: str  # pdf, xlsx, docx
    bytes: int
    seq: int | None = None
    """The message that carries it; None until it is posted."""
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class BlockedTerm(SQLModel, table=True):
    """A sensitive word (敏感词) of a place and everything below it; matched on normalised text."""

    __tablename__ = 'blocked_term'
    __table_args__ = (UniqueConstraint('place_id', 'term'),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    place_id: int
    term: str
    category: str = ''
    homophones: bool = Field(default=False, sa_column_kwargs={'server_default': false()})
    """同音字: letters that sound the same count as the word."""


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


class ModerationAct(SQLModel, table=True):
    """What moderators did (处理) to a member or a message; taken back, it stays and says so."""

    __tablename__ = 'moderation_act'
    __table_args__ = (Index('ix_moderation_act_room', 'room_id', 'id'), Index('ix_moderation_act_member', 'member_id', 'id'))

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    room_id: int
    place_id: int
    kind: str  # ActKind
    member_id: int
    """Whom it concerns."""
    seq: int | None = None
    held_id: int | None = None
    case_id: int | None = None
    reason: str  # Reason
    note: str = ''
    by_id: int
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    undone_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    undone_by: int | None = None
    undone_why: str = ''


class ReportCase(SQLModel, table=True):
    """All reports (举报) of one message; its text is kept as evidence whatever becomes of the message."""

    __tablename__ = 'report_case'
    __table_args__ = (UniqueConstraint('room_id', 'seq'), Index('ix_report_case_place', 'place_id', 'state'))

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    room_id: int
    place_id: int
    seq: int
    member_id: int
    """Whose message it is."""
    body: str = ''
    image: str | None = None
    state: str  # CaseState
    opened_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    claimed_by: int | None = None
    claimed_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    decided_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    outcome: str | None = None  # Outcome


class Report(SQLModel, table=True):
    """One person's report of a message."""

    __tablename__ = 'report'
    __table_args__ = (UniqueConstraint('case_id', 'reporter_id'), Index('ix_report_reporter', 'reporter_id', 'id'))

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    case_id: int
    reporter_id: int
    reason: str  # Reason
    note: str = ''
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class Appeal(SQLModel, table=True):
    """申诉: what the person concerned says against an act, and what another moderator made of it."""

    __tablename__ = 'appeal'

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    act_id: int = Field(unique=True)
    words: str
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    decided_by: int | None = None
    decided_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    upheld: bool | None = None
    """Whether the act stands."""
    answer: str = ''


class HeldMessage(SQLModel, table=True):
    """A message that waits for review (待审核) because of a word in it; nothing of it is lost."""

    __tablename__ = 'held_message'
    __table_args__ = (UniqueConstraint('sender_id', 'client_id'), Index('ix_held_message_place', 'place_id', 'state'))

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    room_id: int
    place_id: int
    sender_id: int
    client_id: str
    draft: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    term: str
    category: str
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    state: str  # HeldState
    decided_by: int | None = None
    decided_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class RemovalProposal(SQLModel, table=True):
    """移出群: proposed by one moderator, done only when another confirms."""

    __tablename__ = 'removal_proposal'
    __table_args__ = (Index('ix_removal_proposal_place', 'place_id', 'state'),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    room_id: int
    place_id: int
    member_id: int
    reason: str  # Reason
    note: str = ''
    proposed_by: int
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    state: str  # ProposalState
    decided_by: int | None = None
    decided_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
