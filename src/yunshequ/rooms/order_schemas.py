"""What crosses the border of the rooms module about good order (群秩序): acts, reports, appeals, reviews, removals."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from yunshequ.community.schemas import MemberCard
from yunshequ.core.i18n import N_
from yunshequ.rooms.schemas import View

LONGEST_NOTE = 200
"""Characters of what people write beside a reason, in an appeal, in an answer."""


class Reason(StrEnum):
    """Why somebody reports or acts (理由)."""

    ABUSE = 'abuse'
    SPAM = 'spam'
    FRAUD = 'fraud'
    RUMOUR = 'rumour'
    PRIVACY = 'privacy'
    OTHER = 'other'


REASON_WORDS = {
    Reason.ABUSE: N_('辱骂、人身攻击'), Reason.SPAM: N_('广告、刷屏'), Reason.FRAUD: N_('疑似诈骗'), Reason.RUMOUR: N_('传播不实消息'),
    Reason.PRIVACY: N_('泄露他人隐私'), Reason.OTHER: N_('其他'),
}


class ActKind(StrEnum):
    """What moderators do."""

    MUTE = 'mute'  # 禁言
    RECALL = 'recall'  # 撤回
    REFUSE = 'refuse'  # 审核不通过
    REMOVE = 'remove'  # 移出群


ACT_WORDS = {
    ActKind.MUTE: N_('禁言'), ActKind.RECALL: N_('撤回发言'), ActKind.REFUSE: N_('审核不通过'), ActKind.REMOVE: N_('移出群'),
}


class CaseState(StrEnum):
    """Where the reports of a message stand."""

    OPEN = 'open'  # 待认领
    CLAIMED = 'claimed'  # 处理中
    DECIDED = 'decided'  # 已处理


class Outcome(StrEnum):
    """What a moderator decides about a reported message."""

    NONE = 'none'
    RECALL = 'recall'
    MUTE = 'mute'
    BOTH = 'both'


OUTCOME_WORDS = {
    Outcome.NONE: N_('没有发现违规，不处理'), Outcome.RECALL: N_('已撤回这条发言'), Outcome.MUTE: N_('已对发言人禁言'),
    Outcome.BOTH: N_('已撤回这条发言，并对发言人禁言'),
}


class HeldState(StrEnum):
    """Where a held message stands."""

    WAITING = 'waiting'
    RELEASED = 'released'
    REFUSED = 'refused'


class ProposalState(StrEnum):
    """Where a proposed removal stands."""

    WAITING = 'waiting'
    CONFIRMED = 'confirmed'
    REJECTED = 'rejected'


class AppealView(View):
    """What was said against an act and what became of it; ``upheld`` is None while nobody has decided."""

    words: str
    at: datetime
    upheld: bool | None
    answer: str


class ActView(View):
    """An act as the person concerned and moderators see it. ``body`` is the text it is about, if one."""

    id: int
    kind: ActKind
    room_id: int
    room_title: str
    member: MemberCard
    reason: Reason
    note: str
    at: datetime
    until: datetime | None
    undone_at: datetime | None
    undone_why: str
    body: str = ''
    by: MemberCard | None = None
    """Who did it; only moderators are told."""
    appeal: AppealView | None = None


class LogLine(View):
    """A line of the public log (公示): what was done and why, to whom only as a mask."""

    at: datetime
    kind: ActKind
    who: str
    reason: Reason
    until: datetime | None
    undone: bool


class CaseView(View):
    """A reported message as moderators see it; who reported is not in it."""

    id: int
    room_id: int
    room_title: str
    seq: int
    member: MemberCard
    body: str
    image: dict[str, Any] | None
    recalled: bool
    state: CaseState
    opened_at: datetime
    due_at: datetime
    claimed_by: MemberCard | None
    free: bool
    """Whether another may take it: nobody has claimed it, or somebody too long ago."""
    reports: int
    reasons: tuple[Reason, ...]
    notes: tuple[str, ...]


class MyReport(View):
    """A report as the one who made it sees it."""

    at: datetime
    room_title: str
    body: str
    reason: Reason
    state: CaseState
    outcome: Outcome | None


class AppealCase(View):
    """An appeal that waits. ``mine``: the reader did the act and so must leave it to another."""

    act: ActView
    mine: bool


class HeldView(View):
    """A message that waits for review."""

    id: int
    room_id: int
    room_title: str
    sender: MemberCard
    client_id: str
    body: str
    image: dict[str, Any] | None
    term: str
    category: str
    at: datetime


class ProposalView(View):
    """A removal that waits for a second moderator. ``mine``: the reader proposed it."""

    id: int
    room_id: int
    room_title: str
    member: MemberCard
    reason: Reason
    note: str
    proposed_by: MemberCard
    at: datetime
    mine: bool


class Standing(View):
    """What somebody may do in a room at this moment, and in which words it is refused."""

    mode: str
    slow_seconds: int
    may_post: bool
    closed: str = ''
    muted_until: datetime | None = None
    may_moderate: bool = False


def masked(name: str) -> str:
    """Return a name with all but its last letter hidden: who reads knows somebody was meant, not whom."""
    return f'**{name[-1:]}'
