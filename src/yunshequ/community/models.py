"""Tables of people and places."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, Integer, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from yunshequ.core.columns import BigId, UtcDateTime


class Place(SQLModel, table=True):
    """A place (区 → 街道 → 社区 → 网格 → 小区 → 楼栋). ``path`` holds the ids from the top, e.g. ``/1/4/17/``."""

    __tablename__ = 'place'
    __table_args__ = (Index('ix_place_path', 'path'), Index('ix_place_parent', 'parent_id'))

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    parent_id: int | None = None
    kind: str  # PlaceKind
    name: str
    path: str = ''
    profile: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class Household(SQLModel, table=True):
    """A household (户): a flat and who lives in it. ``area_cm2`` is the floor area in 0.01 m² (1 m² = 100)."""

    __tablename__ = 'household'
    __table_args__ = (UniqueConstraint('place_id', 'room_no'),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    place_id: int = Field(index=True)
    room_no: str
    area_cm2: int = 0
    on_roll: bool = True
    """False while it is only what a resident wrote when joining (自报): it counts in no roll until staff confirm it."""
    merged_into: int | None = None
    """The household this one became part of (合户); it is on no roll any more, and whoever names it means that one."""


class Member(SQLModel, table=True):
    """A person with an account. Of the phone number only a keyed hash and a mask are kept."""

    __tablename__ = 'member'
    __table_args__ = (
        Index('ux_member_bot', 'is_bot', unique=True, sqlite_where=text('is_bot'), postgresql_where=text('is_bot')),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    nickname: str
    phone_hash: str | None = Field(default=None, unique=True)
    phone_mask: str | None = None
    is_bot: bool = False
    party_member: bool = False
    """党员; shown to others only while ``party_visible`` is true: the member's own consent."""
    party_visible: bool = False
    skills: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    locale: str = 'zh-CN'
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    left_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class HouseholdMember(SQLModel, table=True):
    """Who lives in or owns a household, and whether the committee has verified it."""

    __tablename__ = 'household_member'
    __table_args__ = (UniqueConstraint('household_id', 'member_id'),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    household_id: int
    member_id: int = Field(index=True)
    relation: str  # Relation
    verified_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    valid_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    """When the person moved out."""
    checked_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    """Until when the verification (居住核验) holds, None: without end. After it the person lives there unverified."""
    share: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default='0'))
    """What of the flat an owner owns, in ten-thousandths; 0 where it is not recorded."""


class HouseholdChange(SQLModel, table=True):
    """A change of households (户的变动) and what they were before and after it; only ``undone_*`` is ever written later."""

    __tablename__ = 'household_change'

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    place_id: int = Field(index=True)
    kind: str  # household_schemas.ChangeKind
    on_day: str
    """The day it took effect, ``2026-11-26``, as the papers say."""
    note: str = ''
    before: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    after: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    made_by: int
    made_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    undone_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    undone_by: int | None = None


class ActingConsent(SQLModel, table=True):
    """That a member lets another act for them (帮办): for what, until when, to which words. Withdrawn, never deleted."""

    __tablename__ = 'acting_consent'

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    principal_id: int = Field(index=True)
    helper_id: int = Field(index=True)
    purposes: list[str] = Field(sa_column=Column(JSON, nullable=False))
    text_version: str
    place_id: int | None = None
    """Where it was entered from paper; None: given on the person's own phone."""
    proposed_by: int | None = None
    confirmed_by: int | None = None
    given_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    """None while paper waits for a second of the staff."""
    valid_until: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    withdrawn_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    withdrawn_by: int | None = None


class ActingEntry(SQLModel, table=True):
    """Something a helper did for somebody: the log both can see, only ever added to."""

    __tablename__ = 'acting_entry'

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    principal_id: int = Field(index=True)
    helper_id: int = Field(index=True)
    purpose: str  # acting.Purpose
    subject: str
    words: str = ''
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class RoleGrant(SQLModel, table=True):
    """A role of a member at a place for a period; ended, never deleted."""

    __tablename__ = 'role_grant'
    __table_args__ = (
        Index('ux_role_grant_live', 'member_id', 'place_id', 'role', unique=True,
              sqlite_where=text('revoked_at IS NULL'), postgresql_where=text('revoked_at IS NULL')),
        Index('ix_role_grant_place', 'place_id', 'role'),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    member_id: int
    place_id: int
    role: str  # core.policy.Role
    valid_from: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    valid_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    granted_by: int | None = None
    revoked_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class OfficeHandover(SQLModel, table=True):
    """An office that passes from one person to another (交接); see ``handover``."""

    __tablename__ = 'office_handover'
    __table_args__ = (Index('ix_office_handover_place', 'place_id', 'state'), Index('ix_office_handover_grant', 'grant_id'))

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    grant_id: int
    """The old role grant."""
    giver_id: int
    taker_id: int
    place_id: int
    role: str  # core.policy.Role
    due_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    note: str = ''
    state: str  # handover.HandoverState
    planned_by: int
    planned_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    done_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    undone_by: int | None = None
    undone_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    fresh: bool = False
    """The successor did not hold the role before: taking it back ends it."""
    passed: list[Any] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """What changed hands: kind and key of each thing."""


class JoinCode(SQLModel, table=True):
    """A join code (入群码): what a QR on the noticeboard carries. Leads to a room, a building or a household."""

    __tablename__ = 'join_code'

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    token: str = Field(unique=True)
    place_id: int
    room_id: int | None = None
    household_id: int | None = None
    created_by: int
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    expires_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    max_uses: int | None = None
    uses: int = 0
    note: str = ''
    revoked_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class JoinUse(SQLModel, table=True):
    """Who came in by which code: one row for each person, so that trying again costs no second use."""

    __tablename__ = 'join_use'

    code_id: int = Field(sa_column=Column(BigId, primary_key=True))
    member_id: int = Field(sa_column=Column(BigId, primary_key=True))
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class RollPerson(SQLModel, table=True):
    """Somebody the committee's roll names in a household and who has not claimed the entry yet, or has (``member_id``).

    Of the name a mask and a keyed hash are kept, of telephone and identity numbers keyed hashes only (over name and number
    together for the latter).
    """

    __tablename__ = 'roll_person'
    __table_args__ = (UniqueConstraint('household_id', 'name_key'),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    household_id: int
    relation: str  # Relation
    name_mask: str
    name_key: str
    phone_key: str | None = None
    tail_key: str | None = None
    member_id: int | None = None
    matched_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class RealName(SQLModel, table=True):
    """That a member is who they say (实名): a masked name, keyed hashes and until when it holds. Never a number itself."""

    __tablename__ = 'real_name'

    member_id: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    name_mask: str
    name_key: str
    number_key: str | None = Field(default=None, unique=True)
    """Of the whole identity number; one number belongs to one account. None where the roll knows only its end or a phone."""
    how: str  # levels of proof: identity_schemas.How
    verified_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    valid_until: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class IdentityCheck(SQLModel, table=True):
    """Papers one of the staff has seen (双人核验), until another has confirmed or refused; at most one waits for a member.

    The hashes are kept only until then.
    """

    __tablename__ = 'identity_check'
    __table_args__ = (
        Index('ux_identity_check_open', 'member_id', unique=True,
              sqlite_where=text('decided_at IS NULL'), postgresql_where=text('decided_at IS NULL')),
        Index('ix_identity_check_place', 'place_id'),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    member_id: int
    place_id: int
    household_id: int | None = None
    relation: str | None = None
    share: int = 0
    residence_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    papers: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    name_mask: str
    name_key: str
    number_key: str
    proposed_by: int
    proposed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    decided_by: int | None = None
    decided_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    confirmed: bool = False
    reason: str = ''
