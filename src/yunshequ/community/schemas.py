"""What crosses the border of the community module."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

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


class JoinInvite(View):
    """What a join code leads to, shown before anybody signs in."""

    token: str
    place: PlaceView
    community: PlaceView | None
    room_id: int | None
    household_label: str | None
    expires_at: datetime | None
