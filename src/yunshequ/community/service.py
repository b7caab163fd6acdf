"""People and places: what can be done with them. Every act asks the policy; reads of cards and places are open inside."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from yunshequ.community import places, roll, standing
from yunshequ.community import tables as t
from yunshequ.community.desk import WITH_FLATS
from yunshequ.community.invitations import InvitationActs
from yunshequ.community.levels import Fact, Known, Level, missing, way_out
from yunshequ.community.map import MapActs
from yunshequ.community.offices import OfficeActs
from yunshequ.community.roll_acts import RollActs
from yunshequ.community.schemas import HouseholdView, PlaceKind, Profile
from yunshequ.core.errors import Invalid, NotFound, WayOut
from yunshequ.core.i18n import LOCALES, N_, translate
from yunshequ.core.policy import STAFF_ROLES, Actor, Role
from yunshequ.core.unit import Tx

SKILLS_MAX = 10
LEVEL_OF = {Role.MEMBER: Level.MEMBER, Role.VERIFIED: Level.VERIFIED, Role.OWNER: Level.OWNER}
"""The level that gives a resident's role, the easiest first."""


class CommunityService(MapActs, RollActs, OfficeActs, InvitationActs):
    """The community module's face: the directory, and what its parts can do."""

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

    async def buildings_of(self, member_ids: Iterable[int]) -> dict[int, int]:
        """Return the 楼栋 (or 小区 without any) each member lives in: confirmed, else claimed, else where their code let them in.

        Members of whom none is known are left out.
        """
        ids, now = list(member_ids), self._clock.now()
        homes = await self._db.read(lambda s: roll.homes(s, ids, now))
        given = await self._db.read(lambda s: roll.roles(s, [one for one in ids if one not in homes], now))
        found = {one: min(views, key=lambda home: not home.verified).place_id for one, views in homes.items()}
        for one, grants in given.items():
            for grant in grants:
                if grant.role is Role.MEMBER and (await self.place(grant.place_id)).kind in WITH_FLATS:
                    found.setdefault(one, grant.place_id)
        return found

    async def known(self, member_id: int, place_id: int) -> Known:
        """Return what is known of a member at a place: what the level is worked out from, and 实名 beside it."""
        path, now = (await self.place(place_id)).path, self._clock.now()
        return await self._db.read(lambda s: standing.known(s, member_id, path, now))

    async def lives_at(self, member_id: int, place_id: int) -> bool:
        """Tell whether a member has joined, lives or says they live at or below a place."""
        found = await self.known(member_id, place_id)
        return found.joined or found.residence is not Fact.NONE

    async def explain(self, member_id: int, place_id: int, roles: frozenset[Role]) -> WayOut | None:
        """Return how a resident gets to one of ``roles`` at a place; None where only an office would do (``core.policy``)."""
        level = next((level for role, level in LEVEL_OF.items() if role in roles), None)
        return None if level is None else way_out(missing(await self.known(member_id, place_id), level))

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

    async def in_office(self, member_id: int) -> bool:
        """Tell whether a member holds a role of office (staff) now."""
        return any(office.role in STAFF_ROLES for office in await self.offices(member_id))

    async def officers(self, place_id: int, roles: Iterable[Role], *, above: bool = True) -> list[int]:
        """Return who holds one of the roles at a place or above it; without ``above`` exactly there."""
        above_it = [place.id for place in await self.ancestors(place_id)] if above else []
        places = [*above_it, place_id]
        wanted, now = list(roles), self._clock.now()
        return await self._db.read(lambda s: roll.staff(s, places, wanted, now))

    async def staff_within(self, place_id: int, roles: Iterable[Role]) -> list[int]:
        """Return who holds one of the roles at a place or below it."""
        path, wanted, now = (await self.place(place_id)).path, list(roles), self._clock.now()
        return await self._db.read(lambda s: roll.staff_below(s, path, wanted, now))

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

    async def proposed_nickname(self, actor: Actor, place_id: int | None = None) -> str:
        """Return what the actor may go by among neighbours (楼栋-姓名); may be changed, and is the present name where nothing is better.

        The building is the one at ``place_id``, else the one of their own confirmed home (below ``place_id``, if given). Somebody
        who has not said a name yet gets the beginning of one.
        """
        card = await self.card(actor.member_id)
        name = '' if card.name in {translate(places.NEW_NEIGHBOUR, locale) for locale in LOCALES} else card.name
        here = None if place_id is None else await self.place(place_id)
        if here is not None and here.kind is PlaceKind.BUILDING:
            return places.among_neighbours(here.name, name)
        homes = [await self.place(home.place_id) for home in await self.households_of(actor.member_id)]
        near = [home for home in homes if home.kind is PlaceKind.BUILDING and (here is None or home.path.startswith(here.path))]
        return places.among_neighbours(near[0].name if near else '', name)

    async def fit_nickname(self, actor: Actor, nickname: str) -> str:
        """Return a name somebody may give themselves, here or in one room.

        :raises Invalid: empty, too long, or one that could be taken for the bot, or for an office by somebody in none.
        """
        name = places.clean_nickname(nickname)
        if not await self.offices(actor.member_id):
            places.require_no_office(name)
        return name

    async def set_profile(
        self, actor: Actor, *, nickname: str | None = None, party_visible: bool | None = None,
        skills: Sequence[str] | None = None, locale: str | None = None,
    ) -> Profile:
        """Change one's own card; what is None stays. ``party_visible`` is the consent to be marked as 党员."""
        values: dict[str, Any] = {}
        if nickname is not None:
            values['nickname'] = await self.fit_nickname(actor, nickname)
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

    # for accounts

    async def ids_below(self, place_id: int) -> list[int]:
        """Return a place and all below it."""
        return [place_id, *(place.id for place in await self.below(place_id))]

    def lock_member(self, tx: Tx, member_id: int) -> None:
        """Let units about one member wait for each other."""
        tx.connection.execute(select(t.member.c.id).where(t.member.c.id == member_id).with_for_update())

    def phone_taken(self, session: Session, phone_hash: str) -> bool:
        """Tell whether a number has an account."""
        return session.connection().execute(select(t.member.c.id).where(t.member.c.phone_hash == phone_hash)).first() is not None

    def set_phone(self, tx: Tx, member_id: int, phone_hash: str, phone_mask: str) -> None:
        """Give a member a number that was proved."""
        places.change_member(tx, member_id, phone_hash=phone_hash, phone_mask=phone_mask)

    # inside

    async def _belongs(self, member_id: int, place_id: int) -> bool:
        path = (await self.place(place_id)).path
        return any(grant.path.startswith(path) for grant in await self.grants_of(member_id))


def _clean_skills(skills: Sequence[str]) -> list[str]:
    cleaned = list(dict.fromkeys(s for s in (' '.join(skill.split())[:12] for skill in skills) if s))
    if len(cleaned) > SKILLS_MAX:
        raise Invalid(N_('特长最多 {n} 项'), field='skills', n=SKILLS_MAX)
    return cleaned
