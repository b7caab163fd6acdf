"""What crosses the border of the community module."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from yunshequ.community.levels import Fact
from yunshequ.core.i18n import translate
from yunshequ.core.policy import Role


class PlaceKind(StrEnum):
    """The levels of the tree."""

    DISTRICT = 'district'  # 区
    SUBDISTRICT = 'subdistrict'  # 街道
    COMMUNITY = 'community'  # 社区
    GRID = 'grid'  # 网格
    ESTATE = 'estate'  # 小区
    BUILDING = 'building'  # 楼栋


class Relation(StrEnum):
    """What a member is to a household."""

    OWNER = 'owner'  # 业主
    FAMILY = 'family'  # 家人
    TENANT = 'tenant'  # 租客


class View(BaseModel):
    """A frozen picture of rows."""

    model_config = ConfigDict(frozen=True)


class PlaceView(View):
    """A place."""

    id: int
    parent_id: int | None
    kind: PlaceKind
    name: str
    path: str


class MemberCard(View):
    """What others see of a member: no phone, no flat number beyond the nickname."""

    id: int
    name: str
    badge: Role | None = None
    """The most responsible role the member holds anywhere, for 书记/网格员/楼栋长/机器人."""
    bot: bool = False
    party: bool = False
    """Party member who consented to be marked."""


class HouseholdView(View):
    """A household on a roll. ``label`` is e.g. ``3栋-502``; ``area_cm2`` in 0.01 m²."""

    id: int
    place_id: int
    label: str
    area_cm2: int
    member_ids: tuple[int, ...] = ()
    """Members who may speak for it: verified and not expired."""
    owner_ids: tuple[int, ...] = ()
    """Those of ``member_ids`` who own it (业主)."""


class JoinInvite(View):
    """What a join code leads to, shown before anybody signs in."""

    token: str
    place: PlaceView
    community: PlaceView | None
    room_id: int | None
    household_label: str | None
    expires_at: datetime | None


class Profile(View):
    """A member as the member sees it (我的). The phone only as a mask."""

    id: int
    nickname: str
    phone_mask: str | None
    party_member: bool
    party_visible: bool
    skills: tuple[str, ...]
    locale: str
    homes: tuple['HomeView', ...] = ()
    roles: tuple['GrantView', ...] = ()


class HomeView(View):
    """A household of a member. ``label`` is e.g. ``3栋-502``."""

    household_id: int
    place_id: int
    label: str
    relation: Relation
    verified: bool
    state: Fact = Fact.WAITING
    until: datetime | None = None
    """Until when the verification holds; None: without end, or there is none."""
    share: int = 0
    """Of an owner, in ten-thousandths; 0 where it is not recorded."""


class GrantView(View):
    """A role somebody was given, for those who administer it."""

    id: int
    member_id: int
    place_id: int
    place_name: str
    role: Role
    valid_from: datetime | None
    valid_until: datetime | None


class HolderView(View):
    """Somebody in office at a place (任职), for those who administer it."""

    grant: GrantView
    name: str


class Office(View):
    """A role of office and where it is held."""

    role: Role
    place: PlaceView


class ClaimView(View):
    """What a resident said about where they live, waiting for staff (待核实)."""

    id: int
    member_id: int
    member_name: str
    household_id: int
    label: str
    relation: Relation
    on_roll: bool
    """False: the roll holds no such flat yet; confirming adds it."""


class RollEntry(View):
    """A member on the roll of a place (名册)."""

    member_id: int
    name: str
    phone_mask: str | None
    homes: tuple[HomeView, ...]
    roles: tuple[GrantView, ...]
    joined_at: datetime
    masked: bool = False
    """Name and telephone hidden until somebody says why they need them."""


class RollPage(View):
    """One page of a roll; ``total`` counts all that match."""

    total: int
    entries: tuple[RollEntry, ...]


class JoinCodeView(View):
    """A join code as staff see it."""

    id: int
    token: str
    place_id: int
    place_name: str
    room_id: int | None
    household_label: str | None
    note: str
    created_at: datetime
    expires_at: datetime | None
    max_uses: int | None
    uses: int
    usable: bool
    """Not revoked, not expired, not used up."""
    revoked: bool = False


class JoinResult(View):
    """Where a join has led. ``first_time`` is false when the member had used the same code before."""

    place: PlaceView
    room_id: int | None
    first_time: bool
    claim_pending: bool
    """A household was named and waits for staff."""
    waits: bool = False
    """The room asks for approval: nothing has happened yet but the application."""


class Person(View):
    """What the accounts module needs to know of a member."""

    id: int
    locale: str
    active: bool


class RollProblem(View):
    """A line of a roll file (住户名册) that cannot be taken, and why."""

    line: int
    message: str
    params: dict[str, Any] = {}

    def words(self, locale: str) -> str:
        """Return the reason in the reader's language."""
        return translate(self.message, locale, **self.params)


class RollChangeKind(StrEnum):
    """What a line of a roll file does to the roll."""

    CONFIRM = 'confirm'  # a claim of somebody in the flat is confirmed
    RELATION = 'relation'
    AREA = 'area'
    ADD = 'add'


class RollChange(View):
    """One thing an import does. ``before`` and ``after`` are areas in 0.01 m² or relations."""

    line: int
    kind: RollChangeKind
    label: str
    name: str = ''
    before: str = ''
    after: str = ''


class RollPlan(View):
    """What importing a file does, or has done. Lines are counted once each: added, changed, unchanged, waiting or a problem."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    waiting: int = 0
    """Lines that name somebody who has not joined yet: the flat is entered, the name is not kept."""
    people: int = 0
    """People entered, as keyed hashes, so that they can claim their line by name and phone or the end of their number."""
    changes: tuple[RollChange, ...] = ()
    """Those that give or change rights first."""
    problems: tuple[RollProblem, ...] = ()
    ignored: tuple[str, ...] = ()
    """Headings nothing was read from."""
    digest: str = ''
    """Stands for all the import would do; whoever says 导入 says it to this."""
