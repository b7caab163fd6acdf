"""People and places: what can be done with them. Every act asks the policy; reads of cards and places are open inside."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from yunshequ.community import joining, places, roll
from yunshequ.community import tables as t
from yunshequ.community.directory import CommunityDirectory, Memories
from yunshequ.community.policy import GRANTABLE, PARENTS, grantable_by, outranks
from yunshequ.community.ports import RoomDirectory
from yunshequ.community.roll import Level
from yunshequ.community.schemas import (
    ClaimView,
    GrantView,
    HolderView,
    HouseholdView,
    JoinCodeView,
    JoinInvite,
    JoinResult,
    PlaceKind,
    PlaceView,
    Profile,
    Relation,
    RollPage,
)
from yunshequ.core import ids
from yunshequ.core.bus import Bus
from yunshequ.core.clock import Clock
from yunshequ.core.database import Database
from yunshequ.core.errors import Invalid, NotFound, NotPermitted
from yunshequ.core.i18n import LOCALES, N_
from yunshequ.core.policy import Actor, Policy, Role
from yunshequ.core.settings import Settings
from yunshequ.core.unit import Tx

JOIN_DAYS = 180
"""Days a join code lasts unless said otherwise: a noticeboard is changed twice a year."""

SKILLS_MAX = 10


class CommunityService(CommunityDirectory):
    """The community module's face. ``rooms`` is wired by bootstrap and needed only for codes that lead to a room."""

    def __init__(
        self, db: Database, policy: Policy, bus: Bus, clock: Clock, settings: Settings, *, memories: Memories | None = None,
    ) -> None:
        super().__init__(db, bus, clock, memories=memories)
        self._policy = policy
        self._settings = settings
        self.rooms: RoomDirectory | None = None

    # who lives where (for other modules: no actor, they have asked their own policy)

    async def households(self, place_id: int) -> list[HouseholdView]:
        """Return the households on the roll at or below a place, with their confirmed members."""
        path, now = (await self.place(place_id)).path, self._clock.now()
        return await self._db.read(lambda s: roll.households_below(s, path, now))

    async def households_of(self, member_id: int) -> list[HouseholdView]:
        """Return the households a member may speak for: confirmed and not ended."""
        now = self._clock.now()
        return await self._db.read(lambda s: roll.households_of(s, member_id, now))

    async def residents(self, place_id: int, level: Level) -> list[int]:
        """Return members living at or below a place: joined or confirmed, confirmed only, or owners only."""
        path, now = (await self.place(place_id)).path, self._clock.now()
        return await self._db.read(lambda s: roll.residents(s, path, level, now))

    async def staff_on_duty(self, place_id: int) -> list[int]:
        """Return whom a question is handed to: the community's workers, else its secretary, else the grid officers."""
        community = await self.community_of(place_id)
        if community is None:
            return []
        above = [p.id for p in await self.ancestors(place_id)] + [place_id]
        now = self._clock.now()

        def query(session: Session) -> list[int]:
            return (
                roll.staff(session, [community.id], [Role.COMMUNITY_WORKER], now)
                or roll.staff(session, [community.id], [Role.COMMUNITY_SECRETARY], now)
                or roll.staff(session, above, [Role.GRID_OFFICER], now)
            )

        return await self._db.read(query)

    # places

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

    # households

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
        """Return what residents said about where they live and staff have not yet confirmed."""
        await self._policy.require(actor, 'community.manage_households', place_id)
        path = (await self.place(place_id)).path
        return await self._db.read(lambda s: roll.claims(s, path))

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
        """Return one page of the members at or below a place (名册)."""
        await self._policy.require(actor, 'community.view_roll', place_id)
        path, now = (await self.place(place_id)).path, self._clock.now()
        return await self._db.read(
            lambda s: roll.page(s, path, now, search=search.strip(), offset=max(0, offset), limit=min(max(1, limit), 200)))

    async def office_holders(self, actor: Actor, place_id: int) -> list[HolderView]:
        """Return who is in office at or below a place."""
        await self._policy.require(actor, 'community.view_roll', place_id)
        path, now = (await self.place(place_id)).path, self._clock.now()
        return await self._db.read(lambda s: roll.holders(s, path, now))

    # roles

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

    # joining

    async def create_join_code(
        self, actor: Actor, place_id: int, *, room_id: int | None = None, household_id: int | None = None,
        days: int | None = JOIN_DAYS, max_uses: int | None = None, note: str = '',
    ) -> JoinCodeView:
        """Make a code that lets people in at a place, optionally into a room or a household of it.

        ``days``: how long it works, None: until stopped. ``max_uses``: for how many people, None: any number.
        """
        await self._policy.require(actor, 'community.invite', place_id)
        place = await self.place(place_id)
        if max_uses is not None and max_uses < 1:
            raise Invalid(N_('人数至少为 1'), field='max_uses')
        if days is not None and not 1 <= days <= 3650:
            raise Invalid(N_('有效天数为 1 到 3650'), field='days')
        if household_id is not None and await self._place_of_household(household_id) != place_id:
            raise NotFound
        if room_id is not None:
            await self._require_room_of(place, room_id)
        token = ids.short_code(10)  # 49 bits, still short enough to be typed off a noticeboard
        expires_at = None if days is None else self._clock.now() + timedelta(days=days)

        def work(tx: Tx) -> int:
            code_id = joining.create(
                tx, token=token, place_id=place_id, room_id=room_id, household_id=household_id, created_by=actor.member_id,
                expires_at=expires_at, max_uses=max_uses, note=note.strip()[:60])
            tx.audit(actor.member_id, 'community.create_join_code', f'join_code:{code_id}', place_id=place_id)
            return code_id

        code_id = await self._db.write(work)
        household = await self._db.read(lambda s: joining.household_label(s, household_id))
        return JoinCodeView(
            id=code_id, token=token, place_id=place_id, place_name=place.name, room_id=room_id, household_label=household,
            note=note.strip()[:60], created_at=self._clock.now(), expires_at=expires_at, max_uses=max_uses, uses=0, usable=True)

    async def revoke_join_code(self, actor: Actor, code_id: int) -> None:
        """Stop a code; who came in by it stays."""
        place_id = await self._db.read(lambda s: s.connection().execute(
            select(t.join_code.c.place_id).where(t.join_code.c.id == code_id)).scalar())
        if place_id is None:
            raise NotFound
        await self._policy.require(actor, 'community.invite', place_id)

        def work(tx: Tx) -> None:
            joining.revoke(tx, code_id)
            tx.audit(actor.member_id, 'community.revoke_join_code', f'join_code:{code_id}', place_id=place_id)

        await self._db.write(work)

    async def join_codes(self, actor: Actor, place_id: int) -> list[JoinCodeView]:
        """Return the codes of a place and of all below it, newest first."""
        await self._policy.require(actor, 'community.invite', place_id)
        path, now = (await self.place(place_id)).path, self._clock.now()
        return await self._db.read(lambda s: joining.codes(s, path, now))

    async def invite(self, token: str) -> JoinInvite:
        """Return where a code leads, for whoever holds it, signed in or not.

        :raises NotFound: there is no such code.
        :raises Conflict: it is revoked, expired or used up.
        """
        now = self._clock.now()

        def query(session: Session) -> tuple[Any, str | None]:
            row = joining.find(session, token)
            return row, joining.household_label(session, row.household_id)

        row, household = await self._db.read(query)
        joining.refuse_unusable(row, now)
        return JoinInvite(
            token=row.token, place=await self.place(row.place_id), community=await self.community_of(row.place_id),
            room_id=row.room_id, household_label=household, expires_at=row.expires_at)

    async def join(
        self, actor: Actor, token: str, *, nickname: str | None = None, room_no: str | None = None,
        relation: Relation = Relation.FAMILY,
    ) -> JoinResult:
        """Come in by a code: become a member at its place and announce ``Joined``.

        A household, from the code or from ``room_no`` at a building, is noted as a claim that staff confirm. Trying
        again changes nothing and costs no second use.

        :raises Conflict: the code is revoked, expired or used up.
        :raises Invalid: nickname or flat number cannot be accepted.
        """
        name = None if nickname is None else places.clean_nickname(nickname)
        number = joining.clean_room_no(room_no)
        await self.card(actor.member_id)  # nobody in particular joins nothing
        code = await self._db.read(lambda s: joining.find(s, token))
        place = await self.place(code.place_id)
        takes_flats = place.kind in _WITH_FLATS
        row, first, pending = await self._db.write(lambda tx: joining.join(
            tx, token, actor.member_id, nickname=name, room_no=number, relation=relation, takes_flats=takes_flats))
        return JoinResult(place=place, room_id=row.room_id, first_time=first, claim_pending=pending)

    # oneself

    async def create_member(
        self, nickname: str, *, phone_hash: str | None = None, phone_mask: str | None = None, locale: str = 'zh-CN',
    ) -> int:
        """Register somebody and return the member's id; the same phone hash always gives the same member."""
        name = places.clean_nickname(nickname)
        return await self._db.write(
            lambda tx: places.create_member(tx, name, phone_hash=phone_hash, phone_mask=phone_mask, locale=locale))

    async def profile(self, actor: Actor) -> Profile:
        """Return what the actor sees of themselves."""
        now = self._clock.now()

        def query(session: Session) -> Profile:
            row = session.connection().execute(select(t.member).where(t.member.c.id == actor.member_id)).first()
            if row is None:
                raise NotFound
            return Profile(
                id=row.id, nickname=row.nickname, phone_mask=row.phone_mask, party_member=row.party_member,
                party_visible=row.party_visible, skills=tuple(row.skills), locale=row.locale,
                homes=roll.homes(session, [row.id], now).get(row.id, ()), roles=roll.roles(session, [row.id], now).get(row.id, ()))

        return await self._db.read(query)

    async def set_profile(
        self, actor: Actor, *, nickname: str | None = None, party_visible: bool | None = None,
        skills: Sequence[str] | None = None, locale: str | None = None,
    ) -> Profile:
        """Change one's own card; what is None stays. ``party_visible`` is the consent to be marked as 党员."""
        values: dict[str, Any] = {}
        if nickname is not None:
            values['nickname'] = places.clean_nickname(nickname)
        if party_visible is not None:
            values['party_visible'] = party_visible
        if skills is not None:
            values['skills'] = _clean_skills(skills)
        if locale is not None:
            if locale not in LOCALES:
                raise Invalid(N_('暂不支持这种语言'), field='locale')
            values['locale'] = locale
        if values:
            def work(tx: Tx) -> None:
                places.change_member(tx, actor.member_id, **values)
                if 'party_visible' in values:  # consent is recorded
                    tx.audit(actor.member_id, 'community.party_consent', f'member:{actor.member_id}',
                             detail={'visible': values['party_visible']})

            await self._db.write(work)
        return await self.profile(actor)

    async def set_party_member(self, actor: Actor, member_id: int, place_id: int, *, party_member: bool) -> None:
        """Note that somebody of the place is 党员; others see it only with the member's own consent."""
        await self._policy.require(actor, 'community.manage_members', place_id)
        if not await self._belongs(member_id, place_id):
            raise NotFound

        def work(tx: Tx) -> None:
            places.change_member(tx, member_id, party_member=party_member)
            tx.audit(actor.member_id, 'community.party_member', f'member:{member_id}', place_id=place_id,
                     detail={'party_member': party_member})

        await self._db.write(work)

    # inside

    async def _belongs(self, member_id: int, place_id: int) -> bool:
        path = (await self.place(place_id)).path
        return any(grant.path.startswith(path) for grant in await self.grants_of(member_id))

    async def _require_takes_flats(self, place_id: int) -> None:
        if (await self.place(place_id)).kind not in _WITH_FLATS:
            raise Invalid(N_('住户要登记在楼栋或小区下面'), field='place_id')

    async def _require_room_of(self, place: PlaceView, room_id: int) -> None:
        """The room must lie at the code's place or above it: a code for 3栋 may open the room of its community."""
        room_place = None if self.rooms is None else await self.rooms.place_of(room_id)
        path = None if room_place is None else await self.path_of(room_place)
        if path is None or not place.path.startswith(path):
            raise Invalid(N_('这个群不在所选地点，请换一个群或地点'), field='room')

    async def _place_of_household(self, household_id: int) -> int:
        found = await self._db.read(lambda s: s.connection().execute(
            select(t.household.c.place_id).where(t.household.c.id == household_id)).scalar())
        if found is None:
            raise NotFound
        return int(found)

    async def _place_of_claim(self, claim_id: int) -> int:
        household_id = await self._db.read(lambda s: s.connection().execute(
            select(t.household_member.c.household_id).where(t.household_member.c.id == claim_id)).scalar())
        if household_id is None:
            raise NotFound
        return await self._place_of_household(household_id)

    async def _grant(self, grant_id: int) -> GrantView:
        row = await self._db.read(lambda s: s.connection().execute(
            select(t.role_grant, t.place.c.name.label('place_name')).join(t.place, t.place.c.id == t.role_grant.c.place_id)
            .where(t.role_grant.c.id == grant_id)).first())
        if row is None:
            raise NotFound
        return GrantView(
            id=row.id, member_id=row.member_id, place_id=row.place_id, place_name=row.place_name, role=Role(row.role),
            valid_from=row.valid_from, valid_until=row.valid_until)


_WITH_FLATS = frozenset({PlaceKind.BUILDING, PlaceKind.ESTATE})


def _clean_place_name(name: str) -> str:
    name = ' '.join(name.split())
    if not name or len(name) > 40:
        raise Invalid(N_('名称为 1 到 40 个字'), field='name')
    return name


def _clean_skills(skills: Sequence[str]) -> list[str]:
    cleaned = list(dict.fromkeys(s for s in (' '.join(skill.split())[:12] for skill in skills) if s))
    if len(cleaned) > SKILLS_MAX:
        raise Invalid(N_('特长最多 {n} 项'), field='skills', n=SKILLS_MAX)
    return cleaned
