"""What crosses the border of the deliberation module."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from yunshequ.core.policy import Role


class TopicState(StrEnum):
    """Where a topic stands."""

    OPEN = 'open'  # 征集意见、修改草案
    DECIDED = 'decided'  # 已有结论
    DROPPED = 'dropped'  # 已搁置


class Stance(StrEnum):
    """What somebody thinks of an opinion."""

    AGREE = 'agree'  # 赞同
    DISAGREE = 'disagree'  # 不赞同
    SKIP = 'skip'  # 说不好


class Outcome(StrEnum):
    """What was made of an opinion."""

    ADOPTED = 'adopted'  # 采纳
    PARTLY = 'partly'  # 部分采纳
    DECLINED = 'declined'  # 未采纳


class View(BaseModel):
    """A frozen picture of rows."""

    model_config = ConfigDict(frozen=True)


class NewTopic(View):
    """What somebody who opens a topic has entered; ``body`` is the first draft, which may be empty."""

    client_id: str
    place_id: int
    title: str
    summary: str = ''
    body: str = ''
    room_id: int | None = None


class DraftView(View):
    """One edition of the text."""

    number: int
    note: str
    author: str
    at: datetime


class OpinionView(View):
    """An opinion. ``mine`` is what the reader thinks of it; None in events, which are the same for all."""

    id: int
    draft_number: int
    author: str
    author_id: int
    badge: Role | None
    body: str
    at: datetime
    agree: int
    disagree: int
    skip: int
    outcome: Outcome | None
    answer: str
    answered_by: str | None
    mine: Stance | None


class ProgressView(View):
    """A step of carrying out what was decided."""

    id: int
    body: str
    author: str
    at: datetime


class TopicListItem(View):
    """A topic in a list."""

    id: int
    place_name: str
    title: str
    summary: str
    state: TopicState
    drafts: int
    opinions: int
    decision: str
    progress: str
    """The latest step, empty if there is none."""
    at: datetime


class TopicView(View):
    """A topic as one person sees it, with its newest text."""

    id: int
    place_id: int
    place_name: str
    room_id: int | None
    title: str
    summary: str
    state: TopicState
    decision: str
    decided_at: datetime | None
    body: str
    """The newest draft's text."""
    drafts: tuple[DraftView, ...]
    opinions: tuple[OpinionView, ...]
    opinion_count: int
    progress: tuple[ProgressView, ...]
    may_speak: bool
    may_manage: bool
