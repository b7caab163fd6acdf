"""The map and the roll: adding places, households and who lives in them; confirming what residents said."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from yunshequ.community import joining, places, roll
from yunshequ.community import tables as t
from yunshequ.community.desk import Desk
from yunshequ.community.masking import masked
from yunshequ.community.policy import PARENTS
from yunshequ.community.schemas import ClaimView, HolderView, PlaceKind, PlaceView, Relation, RollEntry, RollPage
from yunshequ.core.errors import Invalid, NotFound
from yunshequ.core.i18n import N_
from yunshequ.core.policy import Actor
from yunshequ.core.unit import Tx

HOUSEHOLDS_AT_ONCE = 500
REASON_MIN, REASON_MAX = 2, 60


class MapActs(Desk):
    """What staff do with places and households."""

    async def add_place(
        self, actor: Actor, kind: PlaceKind, name: str, parent_id: int, *, profile: dict[str, Any] | None = None,
    ) -> PlaceView:
        """Add a place under another.

        :raises Invalid: the name is empty or the kind does not belong under the parent's.
        """
        await self._policy.require(actor, 'community.manage_places', parent_id)
        parent = await self.place(parent_id)
        if parent.kind not in PARENTS[kind]:
            raise Invalid(N_('这一级下面不能设这种地点'), field='kind')
        name = _clean_place_name(name)

        def work(tx: Tx) -> PlaceView:
            added = places.add_place(tx, kind, name, parent, profile)
            tx.audit(actor.member_id, 'community.add_place', f'place:{added.id}', place_id=parent_id)
            return added

        return await self._db.write(work)

    async def rename_place(self, actor: Actor, place_id: int, name: str) -> None:
        """Give a place another name."""
        await self._policy.require(actor, 'community.manage_places', place_id)
        name = _clean_place_name(name)

        def work(tx: Tx) -> None:
            places.rename_place(tx, place_id, name)
            tx.audit(actor.member_id, 'community.rename_place', f'place:{place_id}', place_id=place_id)

        await self._db.write(work)

    async def add_household(self, actor: Actor, place_id: int, room_no: str, *, area_cm2: int = 0) -> int:
        """Put a flat on the roll of a building (or an estate without buildings); return its id.

        ``area_cm2``: floor area in 0.01 m².
        """
        await self._policy.require(actor, 'community.manage_households', place_id)
        await self._require_takes_flats(place_id)
        number = joining.clean_room_no(room_no)
        if number is None or area_cm2 < 0:
            raise Invalid(N_('房号请写成“502”或“2-502”这样'), field='room_no')

        def work(tx: Tx) -> int:
            household_id = places.ensure_household(tx, place_id, number, area_cm2=area_cm2)
            tx.audit(actor.member_id, 'community.add_household', f'household:{household_id}', place_id=place_id)
            return household_id

        return await self._db.write(work)

    async def add_households(self, actor: Actor, place_id: int, flats: Sequence[tuple[str, int]]) -> int:
        """Put many flats, as (number, floor area in 0.01 m² or 0), on the roll at once; return how many were given.

        All or none: one number that cannot be accepted refuses the list.
        """
        await self._policy.require(actor, 'community.manage_households', place_id)
        await self._require_takes_flats(place_id)
        if len(flats) > HOUSEHOLDS_AT_ONCE:
            raise Invalid(N_('一次最多登记 {n} 户'), field='room_no', n=HOUSEHOLDS_AT_ONCE)
        clean = [(joining.clean_room_no(number), area) for number, area in flats]
        if any(number is None or area < 0 for number, area in clean):
            raise Invalid(N_('房号请写成“502”或“2-502”这样'), field='room_no')

        def work(tx: Tx) -> int:
            for number, area in clean:
                places.ensure_household(tx, place_id, str(number), area_cm2=area)
            tx.audit(actor.member_id, 'community.add_households', f'place:{place_id}', place_id=place_id, detail={'n': len(clean)})
            return len(clean)

        return await self._db.write(work)

    async def settle(self, actor: Actor, household_id: int, member_id: int, relation: Relation, *, verified: bool = True) -> None:
        """Enter a member into a household; ``verified`` gives the rights of a confirmed resident (实名居民)."""
        place_id = await self._place_of_household(household_id)
        await self._policy.require(actor, 'community.manage_households', place_id)
        await self.card(member_id)

        def work(tx: Tx) -> None:
            places.settle(tx, household_id, member_id, relation, verified=verified)
            tx.audit(actor.member_id, 'community.settle', f'household:{household_id}', place_id=place_id,
                     detail={'member': member_id, 'relation': str(relation), 'verified': verified})

        await self._db.write(work)

    async def end_residence(self, actor: Actor, household_id: int, member_id: int) -> None:
        """Note that somebody moved out, or refuse what they claimed."""
        place_id = await self._place_of_household(household_id)
        await self._policy.require(actor, 'community.manage_households', place_id)

        def work(tx: Tx) -> None:
            places.end_residence(tx, household_id, member_id)
            tx.audit(actor.member_id, 'community.end_residence', f'household:{household_id}', place_id=place_id,
                     detail={'member': member_id})

        await self._db.write(work)

    async def claims(self, actor: Actor, place_id: int) -> list[ClaimView]:
        """Return what residents said about where they live and staff have not yet confirmed; each sees that it was looked at."""
        found = await self._claims(actor, place_id)
        await self.looked_at(actor, [one.member_id for one in found], place_id, 'claims')
        return found

    async def claimed_flats(self, actor: Actor, place_id: int) -> list[str]:
        """Return the flats that wait for staff, oldest first, one for each person; nothing of who they are."""
        return [one.label for one in await self._claims(actor, place_id)]

    async def _claims(self, actor: Actor, place_id: int) -> list[ClaimView]:
        await self._policy.require(actor, 'community.manage_households', place_id)
        path, now = (await self.place(place_id)).path, self._clock.now()
        return await self._db.read(lambda s: roll.claims(s, path, now))

    async def confirm_claim(self, actor: Actor, claim_id: int, relation: Relation | None = None) -> None:
        """Confirm a claim, with another relation where the papers say so.

        :raises Conflict: somebody else has decided it meanwhile.
        """
        place_id = await self._place_of_claim(claim_id)
        await self._policy.require(actor, 'community.manage_households', place_id)

        def work(tx: Tx) -> None:
            member_id, household_id = places.confirm_claim(tx, claim_id, relation)
            tx.audit(actor.member_id, 'community.confirm_claim', f'household:{household_id}', place_id=place_id,
                     detail={'member': member_id})

        await self._db.write(work)

    async def roll_page(self, actor: Actor, place_id: int, *, search: str = '', offset: int = 0, limit: int = 50) -> RollPage:
        """Return one page of the members at or below a place (名册), names and telephones masked."""
        await self._policy.require(actor, 'community.view_roll', place_id)
        path, now = (await self.place(place_id)).path, self._clock.now()
        page = await self._db.read(
            lambda s: roll.page(s, path, now, search=search.strip(), offset=max(0, offset), limit=min(max(1, limit), 200)))
        return RollPage(total=page.total, entries=tuple(masked(entry) for entry in page.entries))

    async def reveal(self, actor: Actor, place_id: int, member_id: int, reason: str) -> RollEntry:
        """Return one member of a roll unmasked. The member sees who looked, from which office, when and why.

        :raises Invalid: no reason was given (``field='reason'``).
        :raises NotFound: the member is not on the roll of the place.
        """
        await self._policy.require(actor, 'community.view_roll', place_id)
        reason = ' '.join(reason.split())[:REASON_MAX]
        if len(reason) < REASON_MIN:
            raise Invalid(N_('请选择或写明查看的原因，本人会看到'), field='reason')
        path = (await self.place(place_id)).path

        def work(tx: Tx) -> RollEntry:
            found = roll.page(tx.session, path, tx.now, search='', offset=0, limit=1, member_id=member_id).entries
            if not found:
                raise NotFound
            self._noted(tx, actor, [member_id], place_id, 'member', reason)
            tx.audit(actor.member_id, 'community.reveal', f'member:{member_id}', place_id=place_id, detail={'reason': reason})
            return found[0]

        return await self._db.write(work)

    async def names_at(self, actor: Actor, place_id: int, limit: int) -> dict[int, str]:
        """Return whom a role at the place may be offered to, by id: names only, nothing of where they live. Each sees it."""
        await self._policy.require(actor, 'community.grant_role', place_id)
        path, now = (await self.place(place_id)).path, self._clock.now()
        page = await self._db.read(lambda s: roll.page(s, path, now, search='', offset=0, limit=limit))
        await self.looked_at(actor, [entry.member_id for entry in page.entries], place_id, 'names')
        return {entry.member_id: entry.name for entry in page.entries}

    async def office_holders(self, actor: Actor, place_id: int) -> list[HolderView]:
        """Return who is in office at or below a place."""
        await self._policy.require(actor, 'community.view_roll', place_id)
        path, now = (await self.place(place_id)).path, self._clock.now()
        return await self._db.read(lambda s: roll.holders(s, path, now))

    async def _place_of_claim(self, claim_id: int) -> int:
        household_id = await self._db.read(lambda s: s.connection().execute(
            select(t.household_member.c.household_id).where(t.household_member.c.id == claim_id)).scalar())
        if household_id is None:
            raise NotFound
        return await self._place_of_household(household_id)


def _clean_place_name(name: str) -> str:
    name = ' '.join(name.split())
    if not name or len(name) > 40:
        raise Invalid(N_('名称为 1 到 40 个字'), field='name')
    return name
