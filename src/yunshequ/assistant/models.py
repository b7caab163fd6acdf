"""Tables of the assistant: what it knows, what it was asked, and whom it handed over to."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from yunshequ.core.columns import BigId, UtcDateTime


class KbEntry(SQLModel, table=True):
    """An entry of the knowledge base (知识条目). ``version`` counts changes and guards them (compare-and-set).

    It holds at ``place_id`` and everything below; ``place_path`` is that place's path of ids, kept here so that a
    list for one place is one indexed query. The columns are what 小栖 tells while the entry is published; what is being
    changed meanwhile waits in ``pending``, so that there is never a moment without an answer.
    """

    __tablename__ = 'kb_entry'
    __table_args__ = (
        Index('ix_kb_entry_path', 'place_path'), Index('ix_kb_entry_state', 'state', 'category'),
        Index('ix_kb_entry_department', 'department'), Index('ix_kb_entry_overrides', 'overrides_id'),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    key: str = Field(unique=True)
    question: str
    answer: str
    steps: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    category: str = ''
    department: str = ''
    """Name of the ``Department`` it belongs to; empty: of none."""
    source: str = ''
    policy_no: str = ''
    """Number of the paper it rests on (文号)."""
    links: list[dict[str, str]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """``{title, href}`` of forms and service items."""
    place_id: int
    place_path: str
    overrides_id: int | None = None
    """The wider entry of which it is the local version (属地口径): it speaks in its place where it holds."""
    owner_id: int | None = None
    """Who keeps it right; None: whoever has the right at its place."""
    valid_from: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    valid_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    state: str  # EntryState
    version: int = 1
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    changed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    changed_by: int | None = None
    author_id: int | None = None
    """Who last changed the words that are to be published next: somebody else publishes them (四眼原则)."""
    pending: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True), nullable=True))
    """``{draft, path}``: the words that shall take the place of the published ones."""
    pending_state: str | None = None  # EntryState DRAFT or REVIEW, of ``pending``
    submitted_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    review_note: str = ''
    """Why it was sent back."""
    published_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    """When the words told now were published."""
    confirmed_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    """When somebody last said that they are right: by publishing or by 还有效."""
    confirmed_by: int | None = None


class Department(SQLModel, table=True):
    """A department (部门): its entries in the knowledge base and, where it ``answers``, its hand-offs, at ``place_id`` and everything below.

    An entry names its department; of several with that name above it the nearest is meant.
    """

    __tablename__ = 'department'
    __table_args__ = (UniqueConstraint('place_id', 'name'), Index('ix_department_name', 'name'))

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    name: str
    about: str = ''
    place_id: int
    place_path: str
    answers: bool = False
    """Whether questions about its entries wait for its keepers (接转人工); else they wait for those on duty in the community."""
    hours: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True), nullable=True))
    """``DeskHours``, when its keepers are there; None: the office hours of all."""
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    closed_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    """Since when it takes neither entries nor hand-offs."""


class DepartmentKeeper(SQLModel, table=True):
    """Somebody in office who keeps the entries of a department and answers its hand-offs (部门知识员)."""

    __tablename__ = 'department_keeper'
    __table_args__ = (UniqueConstraint('department_id', 'member_id'), Index('ix_department_keeper_member', 'member_id'))

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    department_id: int
    member_id: int
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    by: int | None = None


class KbSimilar(SQLModel, table=True):
    """Another way people ask for an entry (相似问法): what improves finding most."""

    __tablename__ = 'kb_similar'
    __table_args__ = (UniqueConstraint('entry_id', 'text'),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    entry_id: int
    text: str


class KbRevision(SQLModel, table=True):
    """An entry as it was after one change (修订): append-only, for redline and for going back."""

    __tablename__ = 'kb_revision'
    __table_args__ = (UniqueConstraint('entry_id', 'version'),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    entry_id: int
    version: int
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    by: int | None = None
    content: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    act: str = ''
    """``Act``; empty for revisions from before acts were kept."""
    note: str = ''
    """What was said with it: why it was sent back."""


class AnswerLog(SQLModel, table=True):
    """A question put to 小栖 and what came of it (问答记录).

    ``key`` is the client id the answer is posted under, so a question has one row and one answer however often it is
    tried. ``text`` has numbers of phones and identity cards masked; the asker is a keyed hash, enough to count people.
    """

    __tablename__ = 'answer_log'
    __table_args__ = (
        Index('ix_answer_log_room', 'room_id', 'answer_seq'),
        Index('ix_answer_log_question', 'room_id', 'question_seq'),
        Index('ix_answer_log_path', 'place_path', 'asked_at'),
        Index('ix_answer_log_band', 'band', 'asked_at'),
        Index('ix_answer_log_settled', 'settled_by'),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    key: str = Field(unique=True)
    reason: str  # Reason
    room_id: int
    question_seq: int
    place_id: int
    place_path: str | None = None
    asker: str
    text: str
    asked_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    band: str | None = None
    """Band; None until decided."""
    body: str | None = None
    """What is to be posted, kept until it has been, so that a restart posts the same words."""
    entry_id: int | None = None
    confidence: float | None = None
    candidates: list[int] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    answer_seq: int | None = None
    answered_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    settled_by: int | None = None
    """The entry that a keeper wrote or widened because of this question."""
    group_id: int | None = None
    """The question that leads the group of those that mean the same; None until the night's grouping."""
    told_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    """When its asker was told that there is an answer now."""


class AnswerFeedback(SQLModel, table=True):
    """有用 or 没用: one person's word on one answer, the first one counts."""

    __tablename__ = 'answer_feedback'
    __table_args__ = (UniqueConstraint('log_id', 'rater'),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    log_id: int
    rater: str
    helpful: bool
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class KbSignature(SQLModel, table=True):
    """Somebody answers for a change that takes a good answer away from questions (签字): append-only.

    ``digest`` names the change, ``regressions`` holds [question in the journal, entry before, entry after or 0]: no words of
    anybody, so that a question its asker has forgotten is forgotten here too.
    """

    __tablename__ = 'kb_signature'
    __table_args__ = (Index('ix_kb_signature_digest', 'digest'),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    digest: str
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    by: int
    reason: str
    entries: list[int] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    regressions: list[list[int]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))


class KbBulk(SQLModel, table=True):
    """A bulk edit (批量修改): which entries it brought to which version, so that it can be taken back once."""

    __tablename__ = 'kb_bulk'
    __table_args__ = (Index('ix_kb_bulk_by', 'by', 'at'),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    by: int
    entries: list[list[int]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """[entry, version the edit left it at]."""
    undone_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class HandoffCase(SQLModel, table=True):
    """A question a person takes over (转人工). Lives in the resident's own chat with 小栖; one open case for each chat."""

    __tablename__ = 'handoff_case'
    __table_args__ = (
        Index('ux_handoff_case_open', 'room_id', unique=True,
              sqlite_where=text('closed_at IS NULL'), postgresql_where=text('closed_at IS NULL')),
        Index('ix_handoff_case_desk', 'place_id', 'state'),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    room_id: int
    place_id: int
    place_path: str
    asker_id: int
    question: str
    log_id: int | None = None
    state: str  # CaseState
    worker_id: int | None = None
    opened_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    due_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    """When somebody should have taken it: inside office hours."""
    department_id: int | None = None
    """The department whose keepers it waits for; None: those on duty in the community."""
    talk: list[dict[str, str]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False, server_default='[]'))
    """What was asked and answered just before (附上的对话): ``{asked, answered}``, numbers masked."""
    taken_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    stars: int | None = None
    """1 to 5, by the resident, once it is closed."""
    rated_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    reopened: int = Field(default=0, sa_column_kwargs={'server_default': '0'})
    """How often the resident said it was not settled."""
    closed_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class DutyTurn(SQLModel, table=True):
    """A day on which somebody takes what is handed over in a community (值班); ``day`` is the date in Nanjing."""

    __tablename__ = 'duty_turn'

    place_id: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    day: str = Field(primary_key=True)
    member_id: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    set_by: int
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
