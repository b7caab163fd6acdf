"""What crosses the border of the rooms module."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from yunshequ.community.schemas import MemberCard
from yunshequ.core.policy import Role
from yunshequ.rooms.words import Match, WordAction

MAX_BODY = 2000
"""Longest message in characters; a longer text belongs in a notice or a topic."""
MAX_NOTICE = 6000
EVERYBODY = 0
"""所有人 among the members a message names."""


class RoomMode(StrEnum):
    """Who may speak in a room."""

    OPEN = 'open'  # 正常
    STAFF = 'staff'  # 仅工作人员: those who may publish notices
    READ_ONLY = 'read_only'  # 只读: notices only


class RoomKind(StrEnum):
    """What a room is for."""

    BUILDING = 'building'  # 楼栋群
    COMMUNITY = 'community'  # 社区群
    TOPIC = 'topic'  # 专题群
    STAFF = 'staff'  # 工作群
    ASSISTANT = 'assistant'  # 与小栖的私聊


class MessageKind(StrEnum):
    """What an entry of the log is."""

    TEXT = 'text'
    IMAGE = 'image'
    FILE = 'file'  # a document: pdf, xlsx, docx
    NOTICE = 'notice'  # 公告
    CARD = 'card'  # a live card: a vote, a volunteer call
    ANSWER = 'answer'  # 小栖's answer
    SYSTEM = 'system'  # what the house says: joined, pinned
    RECALL = 'recall'  # 撤回: names the entry it takes back
    RESTORE = 'restore'  # 恢复: names the entry that is there again


COUNTED = frozenset({
    MessageKind.TEXT, MessageKind.IMAGE, MessageKind.FILE, MessageKind.NOTICE, MessageKind.CARD, MessageKind.ANSWER})
"""Kinds that make a room unread."""


class View(BaseModel):
    """A frozen picture of rows."""

    model_config = ConfigDict(frozen=True)


class Reply(View):
    """The quoted entry, as much as a bubble shows."""

    seq: int
    sender_id: int
    name: str
    text: str


class MessageView(View):
    """A log entry as everybody in the room may see it."""

    id: int
    room_id: int
    seq: int
    n: int
    kind: MessageKind
    sender: MemberCard
    at: datetime
    body: str = ''
    client_id: str = ''
    reply: Reply | None = None
    mentions: tuple[int, ...] = ()
    image: dict[str, Any] | None = None
    """``{url, thumb, w, h}``."""
    file: dict[str, Any] | None = None
    """``{url, name, kind, bytes}``."""
    card: dict[str, Any] | None = None
    """``{kind, id}``; its live state comes from its own module."""
    answer: dict[str, Any] | None = None
    target: int | None = None
    """The entry a RECALL takes back or a RESTORE brings back."""
    recalled: bool = False
    struck: bool = False
    """Recalled by a moderator, not by its sender."""
    restored: 'MessageView | None' = None
    """What a RESTORE brings back."""
    held: bool = False
    """Waits for review: only its sender and moderators see it."""
    must_ack: bool = True
    """Whether a notice asks for 收到."""
    forwarded: str | None = None
    """What stands behind 转发自."""


class Forwarded(View):
    """Where a forwarded message (转发) came from; ``origin`` is what readers see of it."""

    room_id: int
    seq: int
    origin: str


class PostDraft(BaseModel):
    """What somebody wants to post. ``client_id`` is made by the sender's browser and makes a retry harmless."""

    model_config = ConfigDict(extra='forbid')

    room_id: int
    client_id: str = Field(min_length=8, max_length=64)
    kind: MessageKind = MessageKind.TEXT
    body: str = ''
    reply_seq: int | None = None
    mentions: list[int] = Field(default_factory=list, max_length=20)
    image: str | None = None
    """Token of an uploaded picture."""
    file: str | None = None
    """Token of an uploaded document."""
    card: dict[str, Any] | None = None
    answer: dict[str, Any] | None = None
    must_ack: bool = True
    """Whether a notice asks for 收到; means nothing for other kinds."""
    forwarded: Forwarded | None = None
    """Set by ``Forwarding`` alone, never from what a browser sends."""


class RoomView(View):
    """A room."""

    id: int
    place_id: int
    kind: RoomKind
    title: str
    welcome: str = ''
    rules: str = ''
    last_seq: int = 0
    quiet: bool = False
    hush_from: int | None = None
    hush_until: int | None = None
    rules_version: int = 1
    asks: bool = False
    question: str = ''
    mode: RoomMode = RoomMode.OPEN
    slow_seconds: int = 0
    owner_id: int | None = None


class RoomListItem(View):
    """A line of the room list."""

    id: int
    kind: RoomKind
    title: str
    place_name: str
    last_line: str
    last_at: datetime | None
    last_seq: int
    last_n: int
    unread: int
    mentioned: bool
    muted: bool
    pinned: bool


class RoomAtPlace(View):
    """A room of a place as its staff see it, whether they are inside or not."""

    id: int
    kind: RoomKind
    title: str
    place_name: str
    members: int
    inside: bool
    last_at: datetime | None


class RoomsAt(View):
    """One page of the rooms of a place; ``total`` counts all that match."""

    total: int
    rooms: tuple[RoomAtPlace, ...]


class NoticeView(View):
    """The pinned notice and how many have said 收到."""

    message: MessageView
    received: int
    members: int
    mine: bool


@dataclass(frozen=True, slots=True)
class RoomPage:
    """All a room page opens with. No model: its parts are checked already, and rooms are opened often."""

    room: RoomView
    members: int
    messages: tuple[MessageView, ...]
    """Ascending; from a little above the first unread, at most ``PAGE`` of them."""
    has_more: bool
    first_unread: int | None
    unread: int
    last_n: int
    notice: NoticeView | None
    muted: bool
    pinned: bool
    may_post: bool
    may_notice: bool
    rules_due: bool = False
    """Whether the reader has yet to see the rules."""
    may_read_receipts: bool = False
    """Whether the reader may see by 楼栋 who has said 收到."""


class RoomMemberCard(View):
    """What the card (名片) of somebody in a room says."""

    card: MemberCard
    account: str
    """What they go by elsewhere (账号昵称)."""
    offices: tuple[tuple[Role, str], ...]
    """Role and place of office, the most responsible first."""
    joined_at: datetime | None
    rooms: tuple[str, ...]
    """Titles of other rooms the reader shares with them, at most five."""


class MyName(View):
    """What the reader goes by in a room (我在本群的昵称)."""

    name: str
    account: str
    """What they go by elsewhere."""
    proposed: str
    """楼栋-姓名; the account's name where nothing is better."""


class SearchHit(View):
    """A found message."""

    seq: int
    sender: MemberCard
    at: datetime
    body: str


class TermView(View):
    """A sensitive word that holds at a place. ``id`` is None for the house's own list, which nobody changes here."""

    id: int | None
    term: str
    category: str
    action: WordAction
    place_name: str = ''
    homophones: bool = False
    own: bool = False
    """Whether it stands in the list of the place itself, not of one above."""


class PhraseView(View):
    """A phrase that is let through."""

    id: int
    phrase: str
    place_name: str
    own: bool


class WordsAt(View):
    """The list that holds at a place, its own words first."""

    terms: tuple[TermView, ...]
    phrases: tuple[PhraseView, ...]


class TryOut(View):
    """What would become of a text: ``action`` is None if it goes out like any other."""

    action: WordAction | None
    matches: tuple[Match, ...]


class MarkedView(View):
    """A message that went out with a marked word."""

    at: datetime
    sender: MemberCard
    room_id: int
    room_title: str
    seq: int
    term: str
    category: str


class EntryState(StrEnum):
    """Where an application to a room stands."""

    WAITING = 'waiting'  # 待审核
    ACCEPTED = 'accepted'  # 通过
    REFUSED = 'refused'  # 未通过


class EntryView(View):
    """An application (入群申请), for its writer and for those who decide it."""

    id: int
    token: str
    """The join code it was made with: the way back to it."""
    room_id: int
    room_title: str
    place_id: int
    member_id: int
    state: EntryState
    nickname: str
    room_no: str
    relation: str
    question: str
    answer: str
    reason: str
    asked_at: datetime
    decided_at: datetime | None
    decided_by: str = ''
    """Name of whoever decided; empty for the applicant."""


class Person(View):
    """Somebody in the state of a notice; the name is masked for who may not see it."""

    name: str
    at: datetime | None = None
    """When they said 收到; None: not yet."""


class BuildingReceipts(View):
    """Who in one 楼栋 has said 收到. ``place_id`` is None for those whose home is not known."""

    place_id: int | None
    title: str
    received: int
    total: int
    named: bool
    """Whether names are in full; otherwise they are masked."""
    confirmed: tuple[Person, ...]
    missing: tuple[Person, ...]


class NoticeState(View):
    """A notice and who has said 收到 (阅读情况), by 楼栋, those with most missing first."""

    room: RoomView
    seq: int
    body: str
    at: datetime
    by: str
    pinned: bool
    received: int
    total: int
    buildings: tuple[BuildingReceipts, ...]
    reminded_at: datetime | None
    """When the last reminder went or goes out."""
    may_remind: bool


class NoticeLine(View):
    """A notice in the list of a room."""

    seq: int
    body: str
    at: datetime
    by: str
    pinned: bool
    must_ack: bool
    received: int


class Shown(View):
    """A picture or a document in the gallery of a room."""

    seq: int
    at: datetime
    sender: MemberCard
    image: dict[str, Any] | None = None
    file: dict[str, Any] | None = None


class GalleryPage(View):
    """Some of what was shown in a room, newest first; ``before`` asks for the rest, None when there is no more."""

    items: tuple[Shown, ...]
    before: int | None
