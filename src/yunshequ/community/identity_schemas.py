"""What crosses the border where identity (实名) and residence (居住核验) are verified."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from yunshequ.community.levels import Fact, Known, Level
from yunshequ.community.schemas import HomeView, Relation, View
from yunshequ.core.i18n import N_


class How(StrEnum):
    """How somebody was verified."""

    ROLL = 'roll'  # 与名册核对
    CHECK = 'check'  # 双人核验


HOW_WORDS = {How.ROLL: N_('与社区名册核对'), How.CHECK: N_('两位工作人员核验证件')}


class Paper(StrEnum):
    """Papers (证件) somebody can show."""

    ID_CARD = 'id_card'
    DEED = 'deed'
    LEASE = 'lease'
    POLICE = 'police'


PAPER_WORDS = {
    Paper.ID_CARD: N_('身份证'), Paper.DEED: N_('房产证或购房合同'), Paper.LEASE: N_('租房合同'), Paper.POLICE: N_('户口簿或居住证'),
}


class RealNameView(View):
    """What is kept of a 实名: never a number."""

    state: Fact
    name_mask: str = ''
    how: How | None = None
    verified_at: datetime | None = None
    valid_until: datetime | None = None


class StandingAt(View):
    """A member's level at one community, and what is missing for the next."""

    place_id: int
    place_name: str
    known: Known
    level: Level


class MyIdentity(View):
    """What 我的身份 shows."""

    name: RealNameView
    homes: tuple[HomeView, ...]
    places: tuple[StandingAt, ...]
    has_phone: bool


class Matched(View):
    """What a match with the roll has led to."""

    label: str
    relation: Relation
    name_mask: str


class CheckDraft(View):
    """Papers one of the staff has seen. The identity number leaves the unit of work as a keyed hash only."""

    member_id: int
    name: str = Field(repr=False)
    number: str = Field(repr=False)
    papers: tuple[Paper, ...]
    household_id: int | None = None
    relation: Relation | None = None
    share: int = 0
    residence_until: datetime | None = None


class CheckView(View):
    """A check that waits for a second of the staff."""

    id: int
    member_id: int
    member_name: str
    name_mask: str
    label: str
    relation: Relation | None
    share: int
    papers: tuple[Paper, ...]
    proposed_by: int
    proposer_name: str
    proposed_at: datetime
