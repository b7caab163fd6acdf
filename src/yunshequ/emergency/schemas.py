"""What crosses the border of the emergency module."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from yunshequ.community.schemas import MemberCard
from yunshequ.core.i18n import N_


class Level(StrEnum):
    """How grave an incident is, as warnings are coloured (蓝 黄 橙 红)."""

    BLUE = 'blue'
    YELLOW = 'yellow'
    ORANGE = 'orange'
    RED = 'red'


LEVEL_WORDS = {Level.BLUE: N_('蓝色'), Level.YELLOW: N_('黄色'), Level.ORANGE: N_('橙色'), Level.RED: N_('红色')}
"""Message ids of the levels."""


class IncidentState(StrEnum):
    """Whether an incident goes on."""

    ACTIVE = 'active'
    CLOSED = 'closed'


class EntryKind(StrEnum):
    """What a line of the timeline says."""

    OPENED = 'opened'
    LEVEL = 'level'
    REPORT = 'report'  # 情况
    VERIFIED = 'verified'  # 已核实: names the report it verifies
    REFUTED = 'refuted'  # 已辟谣: names the report it refutes
    CALL = 'call'
    CONFIRMED = 'confirmed'  # 仍在持续
    CLOSED = 'closed'


class CallState(StrEnum):
    """Whether a call takes sign-ups."""

    OPEN = 'open'
    CLOSED = 'closed'


class ShiftState(StrEnum):
    """What a shift does. ``closed`` takes no more sign-ups but will be held."""

    OPEN = 'open'
    CLOSED = 'closed'
    ENDED = 'ended'
    CANCELLED = 'cancelled'


class SignupState(StrEnum):
    """What a sign-up is."""

    CONFIRMED = 'confirmed'
    WAITLISTED = 'waitlisted'  # 候补
    CANCELLED = 'cancelled'
    CHECKED_IN = 'checked_in'
    NO_SHOW = 'no_show'


SEATED = (SignupState.CONFIRMED.value, SignupState.CHECKED_IN.value)
"""States that occupy a seat."""
LIVE_STATES = (*SEATED, SignupState.WAITLISTED.value)


class View(BaseModel):
    """A frozen picture of rows."""

    model_config = ConfigDict(frozen=True)


class IncidentDraft(BaseModel):
    """What opens an incident. ``client_id`` is made by the form and makes a second press harmless."""

    model_config = ConfigDict(extra='forbid', str_strip_whitespace=True)

    place_id: int
    title: str = Field(min_length=2, max_length=60)
    text: str = Field('', max_length=1000)
    level: Level = Level.YELLOW
    drill: bool = False
    client_id: str = Field(min_length=8, max_length=64)


class ShiftDraft(BaseModel):
    """What a shift needs. Times are aware; the end lies after the start, by 16 hours at most."""

    model_config = ConfigDict(extra='forbid', str_strip_whitespace=True)

    title: str = Field(min_length=1, max_length=40)
    skills: list[str] = Field(default_factory=list, max_length=8)
    spot: str = Field('', max_length=80)
    lead_id: int | None = None
    starts_at: datetime
    ends_at: datetime
    capacity: int = Field(ge=1, le=2000)


class CallDraft(BaseModel):
    """What opens a call. ``closes_at`` None: when its last shift is over."""

    model_config = ConfigDict(extra='forbid', str_strip_whitespace=True)

    incident_id: int
    place_id: int
    room_id: int | None = None
    title: str = Field(min_length=2, max_length=60)
    text: str = Field('', max_length=1000)
    closes_at: datetime | None = None
    shifts: list[ShiftDraft] = Field(default_factory=list, max_length=40)
    client_id: str = Field(min_length=8, max_length=64)


class IncidentView(View):
    """An incident."""

    id: int
    place_id: int
    place_name: str = ''
    title: str
    level: Level
    drill: bool
    state: IncidentState
    opened_at: datetime
    confirmed_at: datetime
    closed_at: datetime | None


class EntryView(View):
    """A line of the timeline. ``by`` is None for what the house did by itself."""

    id: int
    at: datetime
    kind: EntryKind
    text: str
    level: Level | None
    corrects_id: int | None
    by: MemberCard | None = None


class SignupView(View):
    """The reader's own sign-up. ``line`` is the place in the queue (1 = next), 0 unless waiting."""

    id: int
    shift_id: int
    call_id: int
    state: SignupState
    position: int
    line: int = 0
    checked_in_at: datetime | None = None
    checked_out_at: datetime | None = None


class ShiftView(View):
    """A shift as everybody may see it; ``mine`` is the reader's own sign-up."""

    id: int
    call_id: int
    title: str
    skills: tuple[str, ...]
    spot: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    taken: int
    waiting: int
    state: ShiftState
    version: int
    lead_id: int | None = None
    mine: SignupView | None = None


class CallView(View):
    """A call with its shifts: what a card in a room and the board show."""

    id: int
    incident: IncidentView
    place_id: int
    place_name: str = ''
    room_id: int | None
    title: str
    text: str
    state: CallState
    created_at: datetime
    closes_at: datetime | None
    shifts: tuple[ShiftView, ...]
    may_sign_up: bool = False
    may_lead: bool = False


class BoardView(View):
    """What is going on around somebody or at a place."""

    incidents: tuple[IncidentView, ...]
    calls: tuple[CallView, ...]
    may_open: bool = False


class IncidentPage(View):
    """An incident with its timeline (oldest first) and calls."""

    incident: IncidentView
    timeline: tuple[EntryView, ...]
    calls: tuple[CallView, ...]
    may_report: bool = False
    may_call: bool = False
    may_close: bool = False


class RosterLine(View):
    """One volunteer on a roster. ``minutes`` served, 0 until checked out."""

    signup_id: int
    member: MemberCard
    state: SignupState
    position: int
    created_at: datetime
    checked_in_at: datetime | None
    checked_out_at: datetime | None
    by_hand: bool
    minutes: int


class Roster(View):
    """Who stands on a shift: seated first, then the queue, each in order of arrival; then who left."""

    call_id: int
    call_title: str
    drill: bool
    shift: ShiftView
    lines: tuple[RosterLine, ...]


class VenueCode(View):
    """The code to show at the venue now, and how many seconds until it changes."""

    shift_id: int
    code: str
    seconds_left: int
    opens_at: datetime
    closes_at: datetime


class WordAnswer(View):
    """What to post back when somebody wrote 我报名. ``signup`` is None when a choice or something else is in the way."""

    words: str
    call_id: int
    signup: SignupView | None = None


def seats_left(shifts: Iterable[ShiftView]) -> int:
    """Return how many seats can still be taken."""
    return sum(max(shift.capacity - shift.taken, 0) for shift in shifts if shift.state is ShiftState.OPEN)
