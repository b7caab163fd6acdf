"""Tables of deliberation. Drafts and progress are only ever added to."""

from datetime import datetime

from sqlalchemy import Column, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from yunshequ.core.columns import BigId, UtcDateTime


class Topic(SQLModel, table=True):
    """A topic (议题): what a place talks over and then decides. ``drafts`` is the number of the newest draft."""

    __tablename__ = 'topic'
    __table_args__ = (UniqueConstraint('created_by', 'client_id'), Index('ix_topic_place', 'place_path', 'state'))

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    place_id: int
    place_path: str
    place_name: str
    room_id: int | None = None
    title: str
    summary: str = ''
    state: str  # schemas.TopicState
    drafts: int = 0
    opinions: int = 0
    decision: str = ''
    decided_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    created_by: int
    client_id: str
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class TopicDraft(SQLModel, table=True):
    """One edition of a topic's text (草案), never changed once published."""

    __tablename__ = 'topic_draft'

    topic_id: int = Field(sa_column=Column(BigId, primary_key=True))
    number: int = Field(primary_key=True)
    body: str = Field(sa_column=Column(Text, nullable=False))
    note: str = ''
    created_by: int
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class Opinion(SQLModel, table=True):
    """What a resident thinks of a draft (意见), what others think of that, and the answer it got."""

    __tablename__ = 'topic_opinion'
    __table_args__ = (UniqueConstraint('member_id', 'client_id'), Index('ix_topic_opinion_topic', 'topic_id', 'id'))

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    topic_id: int
    draft_number: int
    member_id: int
    client_id: str
    body: str = Field(sa_column=Column(Text, nullable=False))
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    agree: int = 0
    disagree: int = 0
    skip: int = 0
    outcome: str | None = None  # schemas.Outcome
    answer: str = ''
    answered_by: int | None = None
    answered_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class OpinionStance(SQLModel, table=True):
    """What one member thinks of one opinion."""

    __tablename__ = 'topic_opinion_stance'

    opinion_id: int = Field(sa_column=Column(BigId, primary_key=True))
    member_id: int = Field(sa_column=Column(BigId, primary_key=True))
    stance: str  # schemas.Stance


class Progress(SQLModel, table=True):
    """What became of a topic (落实进展): one entry for each step, oldest first."""

    __tablename__ = 'topic_progress'
    __table_args__ = (UniqueConstraint('member_id', 'client_id'), Index('ix_topic_progress_topic', 'topic_id', 'id'))

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    topic_id: int
    member_id: int
    client_id: str
    body: str = Field(sa_column=Column(Text, nullable=False))
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
