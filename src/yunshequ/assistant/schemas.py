"""What crosses the border of the assistant."""

from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from yunshequ.assistant.freshness import DueReason
from yunshequ.community.schemas import MemberCard
from yunshequ.core.redline import Segment

MAX_QUESTION = 200
"""Longest question of an entry, in characters."""
MAX_ANSWER = 1600
"""Longest answer, in characters: with its source it must fit one message."""
MAX_SIMILAR = 60
"""Most similar questions of one entry."""
MAX_TOLD = 1900
"""Longest that is told of an entry, answer and steps together, in characters: one message."""
MAX_LINKS = 6
"""Most links of one entry: more than a person reads."""


class EntryState(StrEnum):
    """Where an entry is on its way."""

    DRAFT = 'draft'  # 草稿
    REVIEW = 'review'  # 待审核: a second person looks at it
    PUBLISHED = 'published'  # 已发布
    RETIRED = 'retired'  # 已停用


class Act(StrEnum):
    """What was done to an entry with one revision."""

    CREATE = 'create'
    EDIT = 'edit'
    LEARN = 'learn'  # one more similar question
    SUBMIT = 'submit'  # 送审
    SEND_BACK = 'send_back'  # 退回
    PUBLISH = 'publish'
    RETIRE = 'retire'
    UNRETIRE = 'unretire'  # 撤销停用
    RESTORE = 'restore'  # words of an old version
    DISCARD = 'discard'  # 放弃修改稿
    CONFIRM = 'confirm'  # 还有效
    UNCONFIRM = 'unconfirm'
    IMPORT = 'import'
    DEPARTMENT = 'department'  # its department was renamed, or gave it to another


class Band(StrEnum):
    """How sure 小栖 was, and what it therefore did."""

    DIRECT = 'direct'  # answered
    SUGGEST = 'suggest'  # 您是想问: up to three candidates
    CLARIFY = 'clarify'  # two answers compete: one question that names both
    REFUSE = 'refusal'  # an honest 这个我还不会
    LOADING = 'loading'  # the model is not ready: candidates found by words only, and said so
    TALK = 'talk'  # small talk
    PERSON = 'person'  # asked for a person
    SILENT = 'silent'  # decided to say nothing


class Reason(StrEnum):
    """Why 小栖 spoke up."""

    MENTION = 'mention'  # @小栖
    PRIVATE = 'private'  # in the private chat
    UNASKED = 'unasked'  # a question nobody addressed, and 小栖 was sure
    PICK = 'pick'  # one of the candidates was chosen
    TOLD = 'told'  # it could not answer then, and can now


class CaseState(StrEnum):
    """Where a hand-off is on its way."""

    WAITING = 'waiting'  # 等待接手
    OWNED = 'owned'  # 处理中
    CLOSED = 'closed'  # 已办结


class ModelState(StrEnum):
    """Whether 小栖 can answer by meaning."""

    OFF = 'off'  # switched off by the setting
    MISSING = 'missing'  # no model built or it cannot be loaded
    LOADING = 'loading'
    READY = 'ready'


class View(BaseModel):
    """A frozen picture of rows."""

    model_config = ConfigDict(frozen=True)


class ModelStatus(View):
    """``state`` and words for the operator; ``entries`` is how many can be found now."""

    state: ModelState
    detail: str = ''
    entries: int = 0


class EntryLink(BaseModel):
    """A link beside an answer: a form or a service item. ``href`` is a page of our own (``/…``) or an https address."""

    model_config = ConfigDict(extra='forbid', str_strip_whitespace=True, frozen=True)

    title: str = Field(min_length=1, max_length=40)
    href: str = Field(min_length=1, max_length=500)


class EntryDraft(BaseModel):
    """What a keeper writes. ``place_id`` is where it holds: the district, a street or one community.

    ``answer`` may use the safe part of markdown that ``rich`` reads. ``department`` is the name of one on the list.
    ``overrides_id`` is the wider entry of which this is the local version.
    """

    model_config = ConfigDict(extra='forbid', str_strip_whitespace=True)

    question: str = Field(min_length=2, max_length=MAX_QUESTION)
    answer: str = Field(min_length=2, max_length=MAX_ANSWER)
    similar: list[str] = Field(default_factory=list, max_length=MAX_SIMILAR)
    steps: list[str] = Field(default_factory=list, max_length=20)
    category: str = Field('', max_length=40)
    department: str = Field('', max_length=60)
    source: str = Field('', max_length=120)
    policy_no: str = Field('', max_length=60)
    links: list[EntryLink] = Field(default_factory=list, max_length=MAX_LINKS)
    place_id: int
    overrides_id: int | None = None
    owner_id: int | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None


class EntryView(View):
    """An entry as its keepers see it. While it is published its own fields are what is told, ``pending`` what shall be."""

    id: int
    key: str
    question: str
    similar: tuple[str, ...]
    answer: str
    steps: tuple[str, ...]
    category: str
    department: str
    source: str
    policy_no: str = ''
    links: tuple[EntryLink, ...] = ()
    place_id: int
    place_path: str
    overrides_id: int | None = None
    owner_id: int | None
    valid_from: datetime | None
    valid_until: datetime | None
    state: EntryState
    version: int
    changed_at: datetime
    changed_by: int | None
    author_id: int | None = None
    """Who last changed the words that would be published next."""
    pending: EntryDraft | None = None
    pending_path: str = ''
    pending_state: EntryState | None = None
    submitted_at: datetime | None = None
    review_note: str = ''
    published_at: datetime | None = None
    confirmed_at: datetime | None = None
    confirmed_by: int | None = None

    @property
    def reviewing(self) -> bool:
        """Whether words of it wait for a second person."""
        return EntryState.REVIEW in {self.state, self.pending_state}

    def draft(self) -> EntryDraft:
        """Return its own fields as a draft to change; what is stored is taken as it is, limits are for what is written anew."""
        own: dict[str, Any] = {name: getattr(self, name) for name in EntryDraft.model_fields}
        lists: dict[str, Any] = {name: list(value) if isinstance(value, tuple) else value for name, value in own.items()}
        return EntryDraft.model_construct(**lists)

    def wanted(self) -> EntryDraft:
        """Return what publishing it now would tell: the words being changed, else its own."""
        return self.pending if self.pending is not None else self.draft()


class EntryLine(View):
    """An entry in a list."""

    id: int
    key: str
    question: str
    category: str
    department: str
    place_id: int
    state: EntryState
    similar: int
    """How many similar questions it has."""
    changed_at: datetime
    pending_state: EntryState | None = None
    owner_id: int | None = None
    valid_until: datetime | None = None
    version: int = 0
    submitted_at: datetime | None = None


class EntryPage(View):
    """One page of a list and how many entries there are in all."""

    entries: tuple[EntryLine, ...]
    total: int


class RevisionView(View):
    """One step in the life of an entry. ``draft`` is what was written then, the working copy where there was one."""

    version: int
    at: datetime
    by: MemberCard | None
    act: Act | None
    """None for revisions from before acts were kept."""
    note: str
    state: EntryState
    draft: EntryDraft


class FieldChange(View):
    """One field in two versions; ``pieces`` lead from the old to the new text."""

    field: str
    pieces: tuple[Segment, ...]


class ScopeNote(View):
    """An entry that has to do with another one's scope: where it holds, what it says."""

    id: int
    question: str
    answer: str
    place_id: int
    same: bool
    """The very same question (or named by ``overrides_id``); otherwise found by meaning."""


class ScopeCheck(View):
    """What an entry's scope does to others (属地口径检查).

    ``wider``: entries of the places above it that it overrides where it holds. ``twice``: entries of its own place that
    answer the same question. ``narrower``: local versions below it that go on speaking in its place.
    """

    wider: tuple[ScopeNote, ...] = ()
    twice: tuple[ScopeNote, ...] = ()
    narrower: tuple[ScopeNote, ...] = ()


class Standing(View):
    """What the asking person may do with an entry now, and why not."""

    may_edit: bool
    may_publish: bool
    alone: bool
    """Whether the words may go out without a second person: the setting says so, or nobody else could look."""
    own: bool
    """Whether the words that would be published are the person's own."""
    others: tuple[str, ...] = ()
    """Names of those who could look at it."""


class DueEntry(View):
    """An entry on somebody's desk and by when it should be looked at."""

    id: int
    version: int
    question: str
    place_id: int
    department: str
    reason: DueReason
    due_at: datetime
    owner_id: int | None
    until: datetime | None
    """Its last day after 还有效, where that moves it."""


class DeskHours(View):
    """When somebody is there: ``days`` of the week, 1 Monday … 7 Sunday; ``spans`` of each of them, local time, in order."""

    days: tuple[int, ...]
    spans: tuple[tuple[time, time], ...]


class DepartmentView(View):
    """A department with its keepers and how many of its entries are published."""

    id: int
    name: str
    about: str
    place_id: int
    closed: bool
    entries: int
    keepers: tuple[MemberCard, ...]
    answers: bool = False
    """Whether its keepers take hand-offs."""
    hours: DeskHours | None = None
    """When they are there; None: the office hours of all."""


class ImportReport(View):
    """What an import did; keys as in the file."""

    added: int
    changed: int
    unchanged: int
    refused: tuple[str, ...] = ()
    """``key: why`` for each row that was left out."""


class CandidateView(View):
    """A question 小栖 could answer."""

    id: int
    question: str


class AnswerView(View):
    """An answer given in reply to a tap rather than to a message."""

    log_id: int
    room_id: int
    seq: int


class FeedbackView(View):
    """A person's word on an answer."""

    log_id: int
    helpful: bool


class TopQuestion(View):
    """What people nearby asked: the entry's own question, never somebody's words."""

    entry_id: int
    question: str
    askers: int


class UnansweredView(View):
    """A question that found no answer or a bad one, by how many people."""

    text: str
    others: tuple[str, ...] = ()
    """Other words for it."""
    askers: int
    times: int
    last_at: datetime
    why: Band
    log_ids: tuple[int, ...]


class WeekFigures(View):
    """One week of questions. ``answered`` of ``asked`` found an answer at once or by a tap; words (有用, 没用) are on all answers."""

    begins: date
    """Monday."""
    asked: int
    askers: int
    answered: int
    refused: int
    helpful: int
    useless: int
    handed_over: int
    rated: int = 0
    """Hand-offs residents gave stars that week, and all these stars together."""
    stars: int = 0


class Stars(View):
    """Hand-offs that were settled, and the stars residents gave them, for one department or community; empty name: of none."""

    name: str
    settled: int
    rated: int
    stars: int
    """All stars together, 1 to 5 of each that was rated."""


class Share(View):
    """Answers told, and what people said of them, for one category, department or community."""

    name: str
    told: int
    helpful: int
    useless: int


class EntryFigures(View):
    """What people said of an entry."""

    id: int
    question: str
    judged: int
    useless: int


class Figures(View):
    """小栖 in numbers at a place and below; all but ``weeks`` since the first of the weeks."""

    weeks: tuple[WeekFigures, ...]
    categories: tuple[Share, ...]
    departments: tuple[Share, ...]
    communities: tuple[Share, ...]
    department_stars: tuple[Stars, ...]
    community_stars: tuple[Stars, ...]
    top: tuple[TopQuestion, ...]
    misleading: tuple[EntryFigures, ...]
    unused: tuple[CandidateView, ...]
    unused_total: int


class TalkLine(View):
    """What was asked and what 小栖 said, as far as it is attached to a case."""

    asked: str
    answered: str


class CaseView(View):
    """A hand-off as the desk and its resident see it."""

    id: int
    room_id: int
    place_id: int
    asker: MemberCard
    question: str
    state: CaseState
    worker: MemberCard | None
    opened_at: datetime
    due_at: datetime
    taken_at: datetime | None
    closed_at: datetime | None
    department_id: int | None = None
    department: str = ''
    """The department whose keepers it waits for; empty: those on duty in the community."""
    talk: tuple[TalkLine, ...] = ()
    stars: int | None = None
    reopened: int = 0


class GuideView(View):
    """An entry as a guide (办事指南) for residents: to read at ease, to print, to take along."""

    id: int
    question: str
    answer: str
    steps: tuple[str, ...]
    materials: tuple[str, ...]
    """The keeper's own sentences that say what to bring."""
    reserve: str = ''
    """What 小栖 adds by itself to an answer that ends soon or was not confirmed for long."""
    links: tuple[EntryLink, ...] = ()
    """What the reader can open."""
    source: str
    department: str
    valid_until: datetime | None


class CaseCard(View):
    """A hand-off as the card in the resident's chat shows it."""

    id: int
    state: CaseState
    worker: MemberCard | None
    department: str
    due_at: datetime
    stars: int | None
    may_rate: bool
    """The reader is the resident, it is closed, and not too long ago."""
    may_reopen: bool


class TurnView(View):
    """Who takes what is handed over on a day."""

    day: date
    people: tuple[MemberCard, ...]


class HandoffView(View):
    """What a resident is told after 转人工. ``office_opens_at`` is set outside office hours."""

    case: CaseView
    on_duty: int
    department: str = ''
    office_opens_at: datetime | None = None
