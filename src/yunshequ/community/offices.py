"""Offices: giving roles and taking them, by whoever stands strictly above."""

from datetime import datetime

from sqlalchemy import select

from yunshequ.community import places
from yunshequ.community import tables as t
from yunshequ.community.desk import Desk
from yunshequ.community.policy import GRANTABLE, grantable_by, outranks
from yunshequ.community.schemas import GrantView
from yunshequ.core.errors import Invalid, NotFound, NotPermitted
from yunshequ.core.i18n import N_
from yunshequ.core.policy import Actor, Role
from yunshequ.core.unit import Tx


class OfficeActs(Desk):
    """What is done with roles."""

    async def grantable(self, actor: Actor, place_id: int) -> list[Role]:
        """Return the roles ``actor`` may give at the place, least first; empty for whoever may give none."""
        if not await self._policy.may(actor, 'community.grant_role', place_id):
            return []
        return grantable_by(await self._policy.roles_at(actor, place_id), (await self.place(place_id)).kind)

    async def grant_role(
        self, actor: Actor, member_id: int, place_id: int, role: Role, *,
        valid_from: datetime | None = None, valid_until: datetime | None = None,
    ) -> None:
        """Give a role at a place for a period; giving it again sets the period anew.

        :raises NotPermitted: the actor holds nothing strictly above ``role`` at the place.
        :raises Invalid: the role is not given by hand, does not belong to such a place, or the period is empty.
        """
        await self._policy.require(actor, 'community.grant_role', place_id)
        kinds = GRANTABLE.get(role)
        if kinds is None or (await self.place(place_id)).kind not in kinds:
            raise Invalid(N_('这个角色不能设在这里'), field='role')
        if not outranks(await self._policy.roles_at(actor, place_id), role):
            raise NotPermitted(N_('只有上一级工作人员可以任免'), rule='community.grant_role')
        if valid_until is not None and valid_until <= max(self._clock.now(), valid_from or self._clock.now()):
            raise Invalid(N_('结束时间要晚于开始时间'), field='valid_until')
        await self.card(member_id)

        def work(tx: Tx) -> None:
            places.grant_role(tx, member_id, place_id, role, granted_by=actor.member_id,
                              valid_from=valid_from, valid_until=valid_until)
            tx.audit(actor.member_id, 'community.grant_role', f'member:{member_id}', place_id=place_id, detail={'role': str(role)})

        await self._db.write(work)

    async def revoke_role(self, actor: Actor, grant_id: int) -> None:
        """Take a role away at once, on open pages too.

        :raises NotPermitted: the actor holds nothing strictly above the role at its place.
        """
        grant = await self._grant(grant_id)
        await self._policy.require(actor, 'community.grant_role', grant.place_id)
        if not outranks(await self._policy.roles_at(actor, grant.place_id), grant.role):
            raise NotPermitted(N_('只有上一级工作人员可以任免'), rule='community.grant_role')

        def work(tx: Tx) -> None:
            places.revoke_grant(tx, grant_id)
            tx.audit(actor.member_id, 'community.revoke_role', f'member:{grant.member_id}', place_id=grant.place_id,
                     detail={'role': str(grant.role)})

        await self._db.write(work)

    async def _grant(self, grant_id: int) -> GrantView:
        row = await self._db.read(lambda s: s.connection().execute(
            select(t.role_grant, t.place.c.name.label('place_name')).join(t.place, t.place.c.id == t.role_grant.c.place_id)
            .where(t.role_grant.c.id == grant_id)).first())
        if row is None:
            raise NotFound
        return GrantView(
            id=row.id, member_id=row.member_id, place_id=row.place_id, place_name=row.place_name, role=Role(row.role),
            valid_from=row.valid_from, valid_until=row.valid_until)
