"""Who may do what, where: role × action × place, asked on every service call.

An ``Actor`` is only an identity. What it may do is looked up afresh each time, because a socket outlives a demotion.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from yunshequ.core.clock import Clock
from yunshequ.core.errors import NotFound, NotPermitted, SignedOut, WayOut
from yunshequ.core.i18n import N_


class Role(StrEnum):
    """What somebody is at a place."""

    __hash__ = str.__hash__  # an Enum hashes in Python: rights are looked up several times for each message

    MEMBER = 'member'  # 成员: joined by a code
    VERIFIED = 'verified'  # 实名居民: matched with the committee's roll
    OWNER = 'owner'  # 业主
    BUILDING_LEAD = 'building_lead'  # 楼栋长
    GRID_OFFICER = 'grid_officer'  # 网格员
    COMMUNITY_WORKER = 'community_worker'  # 社区工作者
    COMMUNITY_SECRETARY = 'community_secretary'  # 社区书记
    STREET_OFFICER = 'street_officer'  # 街道工作人员
    DISTRICT_OFFICER = 'district_officer'  # 区工作人员
    ADMIN = 'admin'  # 管理员
    BOT = 'bot'  # 机器人


RESIDENT_ROLES = frozenset({Role.MEMBER, Role.VERIFIED, Role.OWNER})
"""Roles of living somewhere: they hold at every place that contains the home."""

STAFF_ROLES = frozenset({
    Role.GRID_OFFICER, Role.COMMUNITY_WORKER, Role.COMMUNITY_SECRETARY, Role.STREET_OFFICER, Role.DISTRICT_OFFICER, Role.ADMIN,
})
"""Roles of office: they hold at their place and everything below it."""

COMMUNITY_STAFF = frozenset({
    Role.COMMUNITY_WORKER, Role.COMMUNITY_SECRETARY, Role.STREET_OFFICER, Role.DISTRICT_OFFICER, Role.ADMIN,
})
"""The community office and whoever stands above it."""

ANYONE_LIVING_THERE = RESIDENT_ROLES | STAFF_ROLES | {Role.BUILDING_LEAD}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking: an identity without rights of its own. ``session_id`` is None for jobs and the bot."""

    member_id: int
    session_id: int | None = None
    locale: str = 'zh-CN'


def require_somebody(actor: Actor) -> None:
    """Return if the actor is a member at all; for what everybody may do, but only for themselves.

    :raises SignedOut: nobody has logged in.
    """
    if actor.member_id <= 0:
        raise SignedOut


@dataclass(frozen=True, slots=True)
class Grant:
    """A role at a place for a period. ``path`` is the place's path of ids, e.g. ``/1/4/17/``."""

    role: Role
    path: str
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def holds_at(self, path: str, now: datetime) -> bool:
        """Tell whether the grant covers the place with ``path`` at ``now``."""
        covers = self.path.startswith(path) if self.role in RESIDENT_ROLES else path.startswith(self.path)
        return covers and self._is_live(now)

    def within(self, path: str, now: datetime) -> bool:
        """Tell whether the grant lies at or below the place with ``path`` at ``now``."""
        return self.path.startswith(path) and self._is_live(now)

    def _is_live(self, now: datetime) -> bool:
        return (self.valid_from is None or now >= self.valid_from) and (self.valid_until is None or now < self.valid_until)


@dataclass(frozen=True, slots=True)
class Rule:
    """The roles that may do an action, and the words for whoever may not."""

    roles: frozenset[Role]
    why: str = field(default=N_('您在这里没有这个权限，需要时请联系社区工作人员'))
    within: bool = False
    """Whether an office below counts too: a 网格员 or 楼栋长 of the community may do it for the whole of it."""


class Directory(Protocol):
    """Where the policy looks rights and places up; the community module is one."""

    async def grants_of(self, member_id: int) -> tuple[Grant, ...]:
        """Return what a member is, everywhere."""
        ...

    async def path_of(self, place_id: int) -> str | None:
        """Return the path of a place, or None if there is none."""
        ...


class Explainer(Protocol):
    """Who knows what a person lacks; the community module is one."""

    async def explain(self, member_id: int, place_id: int, roles: frozenset[Role]) -> WayOut | None:
        """Return how a resident gets to one of ``roles`` at the place, None where only an office would do."""
        ...


class Policy:
    """Answers whether an actor may do an action at a place."""

    def __init__(self, directory: Directory, clock: Clock) -> None:
        self._directory = directory
        self._clock = clock
        self.rules: dict[str, Rule] = {}
        self.explainer: Explainer | None = None
        """Says with a refusal what is missing; wired by bootstrap."""

    def register(self, rules: Mapping[str, Rule]) -> None:
        """Add a module's actions.

        :raises ValueError: an action is defined twice.
        """
        twice = self.rules.keys() & rules.keys()
        if twice:
            raise ValueError(f'actions defined twice: {sorted(twice)}')
        self.rules.update(rules)

    async def may(self, actor: Actor, action: str, place_id: int) -> bool:
        """Tell whether ``actor`` may do ``action`` at the place.

        :raises KeyError: no module has defined the action.
        """
        rule = self.rules[action]
        path = await self._directory.path_of(place_id)
        return path is not None and await self._allows(rule, actor, path)

    async def require(self, actor: Actor, action: str, place_id: int) -> None:
        """Return if ``actor`` may do ``action`` at the place.

        :raises NotFound: there is no such place.
        :raises NotPermitted: the actor's roles do not allow it there.
        """
        rule = self.rules[action]
        path = await self._directory.path_of(place_id)
        if path is None:
            raise NotFound
        if not await self._allows(rule, actor, path):
            refusal = NotPermitted(rule.why, rule=action)
            if self.explainer is not None and actor.member_id:
                refusal.way_out = await self.explainer.explain(actor.member_id, place_id, rule.roles)
            raise refusal

    async def _allows(self, rule: Rule, actor: Actor, path: str) -> bool:
        now = self._clock.now()
        for grant in await self._directory.grants_of(actor.member_id):
            if grant.role in rule.roles and (grant.holds_at(path, now) or (rule.within and grant.within(path, now))):
                return True
        return False

    async def roles_at(self, actor: Actor, place_id: int) -> frozenset[Role]:
        """Return what the actor is at the place."""
        path = await self._directory.path_of(place_id)
        return frozenset() if path is None else await self._roles(actor, path)

    async def _roles(self, actor: Actor, path: str) -> frozenset[Role]:
        now = self._clock.now()
        return frozenset(g.role for g in await self._directory.grants_of(actor.member_id) if g.holds_at(path, now))


def highest(roles: Iterable[Role]) -> Role | None:
    """Return the role a member is shown with: the one that carries most responsibility."""
    order = list(Role)
    found = sorted(roles, key=order.index)
    return found[-1] if found else None
