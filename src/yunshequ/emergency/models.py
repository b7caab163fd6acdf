"""Tables of the emergency module."""

from datetime import datetime

from sqlalchemy import JSON, Column, ForeignKey, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from yunshequ.core.columns import BigId, UtcDateTime

LIVE = "state IN ('confirmed', 'waitlisted', 'checked_in')"
"""A sign-up that still means something: at most one for each member and shift."""


class Incident(SQLModel, table=True):
    """An emergency (突发事件). ``drill`` (演练) watermarks every screen and message about it."""

    __tablename__ = 'incident'
    __table_args__ = (UniqueConstraint('opened_by', 'client_id'), Index('ix_incident_state', 'state', 'id'))

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    place_id: int
    title: str
    level: str  # Level
    drill: bool = False
    state: str = 'active'  # IncidentState
    opened_by: int
    client_id: str
    opened_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    confirmed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    """When somebody last said that it still goes on."""
    closed_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    version: int = 1


class IncidentEntry(SQLModel, table=True):
    """A line of an incident's timeline: appended, never changed; a correction is a new line naming the old one."""

    __tablename__ = 'incident_entry'
    __table_args__ = (Index('ix_incident_entry_incident', 'incident_id', 'id'),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    incident_id: int = Field(sa_column=Column(BigId, ForeignKey('incident.id'), nullable=False))
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    actor_id: int | None = None
    kind: str  # EntryKind
    text: str = ''
    level: str | None = None
    """The level from here on, where the line sets one."""
    corrects_id: int | None = None


class Call(SQLModel, table=True):
    """A call for volunteers (招募) within an incident; shown as a card in ``room_id`` when there is one."""

    __tablename__ = 'volunteer_call'
    __table_args__ = (
        UniqueConstraint('created_by', 'client_id'),
        Index('ix_volunteer_call_incident', 'incident_id'), Index('ix_volunteer_call_room', 'room_id', 'state'),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    incident_id: int = Field(sa_column=Column(BigId, ForeignKey('incident.id'), nullable=False))
    place_id: int
    room_id: int | None = None
    title: str
    text: str = ''
    state: str = 'open'  # CallState
    created_by: int
    client_id: str
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    closes_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    closed_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    posted_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    """When its card reached the room."""


class Shift(SQLModel, table=True):
    """A shift (班次) with ``capacity`` seats. ``taken`` may exceed it only after the capacity was lowered.

    ``tickets`` counts every sign-up ever made and numbers them; ``version`` grows with each change of the counters,
    so that a screen can tell the newer of two.
    """

    __tablename__ = 'volunteer_shift'
    __table_args__ = (Index('ix_volunteer_shift_call', 'call_id'),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    call_id: int = Field(sa_column=Column(BigId, ForeignKey('volunteer_call.id'), nullable=False))
    title: str
    skills: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    spot: str = ''
    """Where to meet (集合地点)."""
    lead_id: int | None = None
    """Member who leads it (带队人): sees the roster and the venue code."""
    starts_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    ends_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    capacity: int
    taken: int = 0
    waiting: int = 0
    tickets: int = 0
    state: str = 'open'  # ShiftState
    secret: str
    """Key of the venue code."""
    version: int = 1


class Signup(SQLModel, table=True):
    """A member's sign-up (报名) for a shift. ``position`` is its ticket number: who came first is served first."""

    __tablename__ = 'volunteer_signup'
    __table_args__ = (
        UniqueConstraint('member_id', 'client_id'), UniqueConstraint('shift_id', 'position'),
        Index('ux_volunteer_signup_live', 'shift_id', 'member_id', unique=True,
              sqlite_where=text(LIVE), postgresql_where=text(LIVE)),
        Index('ix_volunteer_signup_member', 'member_id', 'state'),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    shift_id: int = Field(sa_column=Column(BigId, ForeignKey('volunteer_shift.id'), nullable=False))
    member_id: int
    client_id: str
    state: str  # SignupState
    position: int
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    promoted_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    checked_in_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    checked_in_by: int | None = None
    """Who checked the member in by hand; None: by the venue code."""
    checked_out_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    version: int = 1


class VolunteerGuard(SQLModel, table=True):
    """A row to lock while a member's seats are compared: two shifts at once by one person wait for each other."""

    __tablename__ = 'volunteer_guard'

    member_id: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
