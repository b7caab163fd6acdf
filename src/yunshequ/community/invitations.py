"""Invitations: making join codes, looking at one, coming in by one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from yunshequ.community import joining, places
from yunshequ.community import tables as t
from yunshequ.community.desk import WITH_FLATS, Desk
from yunshequ.community.ports import RoomDirectory
from yunshequ.community.schemas import JoinCodeView, JoinInvite, JoinResult, PlaceView, Relation
from yunshequ.core import ids
from yunshequ.core.errors import Invalid, NotFound
from yunshequ.core.i18n import N_
from yunshequ.core.policy import Actor
from yunshequ.core.unit import Tx

JOIN_DAYS = 180
"""Days a join code lasts unless said otherwise: a noticeboard is changed twice a year."""


@dataclass(frozen=True, slots=True)
class PreparedJoin:
    """A checked join, to be run in a unit of work."""

    member_id: int
    token: str
    place: PlaceView
    room_id: int | None
    nickname: str | None
    room_no: str | None
    relation: Relation
    approved: bool

    def require_usable(self, tx: Tx) -> None:
        """Return if the code works now.

        :raises Conflict: it is revoked, expired or used up.
        """
        joining.refuse_unusable(joining.find(tx.session, self.token), tx.now)

    def let_in(self, tx: Tx) -> joining.Joining:
        """Make the member one of the place."""
        return joining.join(
            tx, self.token, self.member_id, nickname=self.nickname, room_no=self.room_no, relation=self.relation,
            takes_flats=self.place.kind in WITH_FLATS, approved=self.approved)

    def run(self, tx: Tx) -> JoinResult:
        """Make the member one of the place and tell where that leads."""
        done = self.let_in(tx)
        return JoinResult(place=self.place, room_id=self.room_id, first_time=done.first, claim_pending=done.pending)

    def take_back(self, tx: Tx) -> None:
        """Undo ``let_in`` for somebody whom it made a member of the place."""
        joining.take_back(tx, self.token, self.member_id)


class InvitationActs(Desk):
    """What is done with join codes."""

    rooms: RoomDirectory | None = None
    """Where rooms are; wired by bootstrap, needed only for codes that lead to one."""

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
        place_id = await self._place_of_code(code_id)
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
        prepared = await self.prepare_join(actor, token, nickname=nickname, room_no=room_no, relation=relation)
        return await self._db.write(prepared.run)

    async def prepare_join(
        self, actor: Actor, token: str, *, nickname: str | None = None, room_no: str | None = None,
        relation: Relation = Relation.FAMILY, approved: bool = False,
    ) -> 'PreparedJoin':
        """Check a join and return it as work for a unit: a code that leads to a room is one unit with entering the room.

        ``approved``: somebody in office has let them in; a code that ended meanwhile is no hindrance then.

        :raises Conflict: the code is revoked, expired or used up.
        :raises Invalid: nickname or flat number cannot be accepted.
        """
        name = None if nickname is None else places.clean_nickname(nickname)
        number = joining.clean_room_no(room_no)
        await self.card(actor.member_id)  # nobody in particular joins nothing
        code = await self._db.read(lambda s: joining.find(s, token))
        place = await self.place(code.place_id)
        return PreparedJoin(
            member_id=actor.member_id, token=code.token, place=place, room_id=code.room_id, nickname=name, room_no=number,
            relation=relation, approved=approved)

    async def renew_join_code(self, actor: Actor, code_id: int, *, days: int | None = JOIN_DAYS) -> datetime | None:
        """Let a code that is not stopped work for ``days`` from now (None: until stopped); return until when.

        The printed sheet stays good, whether the code has expired or not.
        """
        if days is not None and not 1 <= days <= 3650:
            raise Invalid(N_('有效天数为 1 到 3650'), field='days')
        place_id = await self._place_of_code(code_id)
        await self._policy.require(actor, 'community.invite', place_id)

        def work(tx: Tx) -> datetime | None:
            until = joining.renew(tx, code_id, days)
            tx.audit(actor.member_id, 'community.renew_join_code', f'join_code:{code_id}', place_id=place_id, detail={'days': days})
            return until

        return await self._db.write(work)

    async def _place_of_code(self, code_id: int) -> int:
        found = await self._db.read(lambda s: s.connection().execute(
            select(t.join_code.c.place_id).where(t.join_code.c.id == code_id)).scalar())
        if found is None:
            raise NotFound
        return int(found)

    async def _require_room_of(self, place: PlaceView, room_id: int) -> None:
        """The room must lie at the code's place or above it: a code for 3栋 may open the room of its community."""
        room_place = None if self.rooms is None else await self.rooms.place_of(room_id)
        path = None if room_place is None else await self.path_of(room_place)
        if path is None or not place.path.startswith(path):
            raise Invalid(N_('这个群不在所选地点，请换一个群或地点'), field='room')
