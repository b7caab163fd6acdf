"""Levels (身份层级): guest → member → verified resident → verified owner; what each needs, and what to do about what is missing.

Residence (居住核验) and identity (实名) are two facts with an expiry each: a tenant may be known by name and have moved out,
an owner may live elsewhere. A level asks for the first; a vote may ask for the second beside it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from yunshequ.core.errors import WayOut
from yunshequ.core.i18n import N_

MY_IDENTITY = '/me/identity'
"""Where a resident sees and mends all of this."""


class Level(StrEnum):
    """How well somebody is known at a place, least first."""

    GUEST = 'guest'  # 访客: has not joined
    MEMBER = 'member'  # 成员: joined by a code
    VERIFIED = 'verified'  # 核实居民: the committee has verified the residence
    OWNER = 'owner'  # 核实业主: the committee has verified the ownership


RANKS = {level: rank for rank, level in enumerate(Level)}

LEVEL_WORDS = {
    Level.GUEST: N_('访客'), Level.MEMBER: N_('成员'), Level.VERIFIED: N_('核实居民'), Level.OWNER: N_('业主'),
}
LEVEL_ALLOWS = {
    Level.GUEST: N_('可以看公开的内容，向小栖提问'),
    Level.MEMBER: N_('可以在群里说话、报名志愿服务、参加面向所有成员的投票'),
    Level.VERIFIED: N_('还可以代表您家参加一户一票的表决，参加面向居民的表决'),
    Level.OWNER: N_('还可以参加按面积和业主人数计票的业主表决'),
}


class Fact(StrEnum):
    """How far something the committee verifies is."""

    NONE = 'none'  # nothing is known
    WAITING = 'waiting'  # said by the resident or proposed by one of the staff; somebody has still to confirm it
    VERIFIED = 'verified'  # confirmed and in force
    EXPIRED = 'expired'  # was confirmed; has to be confirmed again


def fact(*, known: bool, verified_at: datetime | None, until: datetime | None, now: datetime) -> Fact:
    """Return how far a fact is that was (or was not) verified at one time ``until`` another, None for without end."""
    if verified_at is not None:
        return Fact.EXPIRED if until is not None and until <= now else Fact.VERIFIED
    return Fact.WAITING if known else Fact.NONE


class Known(BaseModel):
    """What is known of a member at a place. ``label`` is the household the member named or lives in, e.g. ``3栋-502``."""

    model_config = ConfigDict(frozen=True)

    joined: bool = False
    residence: Fact = Fact.NONE
    owner: bool = False
    """An ownership that is verified and in force."""
    identity: Fact = Fact.NONE
    label: str = ''

    @property
    def level(self) -> Level:
        """Return the highest level these facts give."""
        return max((level for level in Level if self.has(level)), key=RANKS.__getitem__)

    def has(self, level: Level) -> bool:
        """Tell whether these facts give a level."""
        lives = self.residence is Fact.VERIFIED
        return {
            Level.GUEST: True, Level.MEMBER: self.joined or lives, Level.VERIFIED: lives, Level.OWNER: lives and self.owner,
        }[level]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is missing, how to get it, and where."""

    message: str
    params: dict[str, Any]
    href: str
    link: str


_TO_IDENTITY = N_('去“我的身份”')


def missing(known: Known, wanted: Level, *, identity: bool = False) -> tuple[Step, ...]:
    """Return what ``known`` lacks for a level (and, if asked, for 实名), in the order in which to get it; empty if nothing."""
    steps: list[Step] = []
    if not known.has(Level.MEMBER) and RANKS[wanted] >= RANKS[Level.MEMBER]:
        steps.append(Step(N_('您还没有加入这里：请扫楼道或社区的入群码，或输入邀请码'), {}, '/join', N_('输入邀请码')))
    elif not known.has(wanted):
        steps.append(_residence(known, wanted))
    if identity and known.identity is not Fact.VERIFIED:
        steps.append(Step(_IDENTITY[known.identity], {}, MY_IDENTITY, _TO_IDENTITY))
    return tuple(steps)


def _residence(known: Known, wanted: Level) -> Step:
    if known.residence is Fact.VERIFIED:
        message = N_('您在 {label} 登记的不是业主：是业主的话，请带房产证和身份证到社区，由两位工作人员核对登记')
    else:
        message = _RESIDENCE[known.residence]
    params = {'label': known.label} if '{label}' in message else {}
    return Step(message, params, MY_IDENTITY, _TO_IDENTITY)


_RESIDENCE = {
    Fact.NONE: N_('还没有核实您住在哪一户：请填写房号并与社区名册核对'),
    Fact.WAITING: N_('您填的 {label} 还在等社区核实：可以先与名册核对，或带证件到社区'),
    Fact.EXPIRED: N_('您在 {label} 的居住核验已过期：请重新核对'),
}
_IDENTITY = {
    Fact.NONE: N_('您还没有实名：请与社区名册核对姓名，或带身份证到社区'),
    Fact.WAITING: N_('您的实名已由一位工作人员提交，还在等另一位确认'),
    Fact.EXPIRED: N_('您的实名已过期：请重新核对'),
}


def way_out(steps: tuple[Step, ...]) -> WayOut | None:
    """Return what a refusal says of the first thing that is missing."""
    return WayOut(steps[0].message, steps[0].params, steps[0].href, steps[0].link) if steps else None
