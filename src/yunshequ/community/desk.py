"""What every act of the module stands on: the directory, the policy, and where a household is."""

from collections.abc import Iterable

from sqlalchemy import select

from yunshequ.community import tables as t
from yunshequ.community.directory import CommunityDirectory, Memories
from yunshequ.community.ports import AccessLog
from yunshequ.community.schemas import PlaceKind
from yunshequ.core.bus import Bus
from yunshequ.core.clock import Clock
from yunshequ.core.database import Database
from yunshequ.core.errors import Invalid, NotFound
from yunshequ.core.i18n import N_
from yunshequ.core.policy import Actor, Policy
from yunshequ.core.settings import Settings
from yunshequ.core.unit import Tx

WITH_FLATS = frozenset({PlaceKind.BUILDING, PlaceKind.ESTATE})
"""Kinds of places that households are registered under."""


class Desk(CommunityDirectory):
    """The directory with a policy to ask."""

    def __init__(
        self, db: Database, policy: Policy, bus: Bus, clock: Clock, settings: Settings, *, memories: Memories | None = None,
    ) -> None:
        super().__init__(db, bus, clock, memories=memories)
        self._policy = policy
        self._settings = settings
        self.access: AccessLog | None = None
        """Where looks at people's data are noted; set by ``bootstrap``."""

    async def looked_at(self, actor: Actor, member_ids: Iterable[int], place_id: int, what: str, reason: str = '') -> None:
        """Note, before a list of people is shown to somebody in office, that they look at it (``privacy.schemas.Access``).

        Each person sees the line: who looked, from which office, at what; ``reason`` says more where there is more to say.
        """
        if self.access is not None:
            await self.access.seen(actor, member_ids, place_id, what, reason)

    def _noted(self, tx: Tx, actor: Actor, member_ids: Iterable[int], place_id: int, what: str, reason: str) -> None:
        if self.access is not None:
            self.access.note(tx, actor.member_id, member_ids, place_id, what, reason)

    async def _place_of_household(self, household_id: int) -> int:
        found = await self._db.read(lambda s: s.connection().execute(
            select(t.household.c.place_id).where(t.household.c.id == household_id)).scalar())
        if found is None:
            raise NotFound
        return int(found)

    async def _require_takes_flats(self, place_id: int) -> None:
        if (await self.place(place_id)).kind not in WITH_FLATS:
            raise Invalid(N_('住户要登记在楼栋或小区下面'), field='place_id')
