"""移出群: one moderator proposes, another confirms; nobody is put out of a room by one person's anger."""

from typing import Any

from sqlalchemy import insert, select, update
from sqlmodel import Session

from yunshequ.community.service import CommunityService
from yunshequ.core.database import Database
from yunshequ.core.errors import Conflict, NotFound, NotPermitted
from yunshequ.core.i18n import N_
from yunshequ.core.policy import Actor, Policy
from yunshequ.core.unit import Tx
from yunshequ.rooms import membership, reading
from yunshequ.rooms.acts import ModerationActs, check_reason, record
from yunshequ.rooms.directory import RoomDirectory
from yunshequ.rooms.events import OrderChanged
from yunshequ.rooms.models import RemovalProposal
from yunshequ.rooms.order import MODERATE, RoomOrder
from yunshequ.rooms.order_schemas import ActKind, ProposalState, ProposalView, Reason
from yunshequ.rooms.telling import News, tell

_proposal = RemovalProposal.__table__  # type: ignore[attr-defined]


class Removals:
    """Removals that two moderators agree on."""

    def __init__(
        self, db: Database, policy: Policy, community: CommunityService, directory: RoomDirectory, order: RoomOrder, acts: ModerationActs,
    ) -> None:
        self._db = db
        self._policy = policy
        self._community = community
        self._directory = directory
        self._order = order
        self._acts = acts

    async def propose(self, actor: Actor, room_id: int, member_id: int, reason: Reason, note: str = '') -> int:
        """Propose to put a member out of a room; nothing happens until another moderator confirms.

        :raises NotPermitted: only staff of the room's place, not against themselves or other staff.
        :raises NotFound: the person is not in the room.
        :raises Conflict: it is proposed already.
        """
        note = check_reason(reason, note)
        room = await self._order.looked_after(actor, room_id)
        await self._acts.require_other(actor, room, member_id)

        def work(tx: Tx) -> int:
            same = tx.connection.scalar(select(_proposal.c.id).where(
                _proposal.c.room_id == room_id, _proposal.c.member_id == member_id, _proposal.c.state == ProposalState.WAITING))
            if same is not None:
                raise Conflict(N_('已经有人提议移出这位成员，等待另一位管理人员确认'))
            found = tx.connection.execute(insert(_proposal).values(
                room_id=room_id, place_id=room.place_id, member_id=member_id, reason=reason.value, note=note,
                proposed_by=actor.member_id, at=tx.now, state=ProposalState.WAITING.value).returning(_proposal.c.id)).scalar_one()
            tx.audit(actor.member_id, 'rooms.propose_removal', f'room:{room_id}', place_id=room.place_id, detail={'member': member_id})
            tx.emit(OrderChanged(place_id=room.place_id))
            return int(found)

        return await self._db.write(work)

    async def waiting(self, actor: Actor, place_id: int) -> list[ProposalView]:
        """Return the removals at a place and below that wait for a second moderator.

        :raises NotPermitted: only staff of the place.
        """
        places = await self._order.places(actor, place_id)

        def query(session: Session) -> list[Any]:
            found: list[Any] = []
            for low in range(0, len(places), reading.PLACES_AT_ONCE):
                found += session.connection().execute(
                    select(_proposal).where(_proposal.c.place_id.in_(places[low:low + reading.PLACES_AT_ONCE]),
                                            _proposal.c.state == ProposalState.WAITING).order_by(_proposal.c.id).limit(100))
            return found

        rows = await self._db.read(query)
        cards = await self._community.cards({row.proposed_by for row in rows})
        called = await self._directory.called((row.room_id, row.member_id) for row in rows)
        found = []
        for row in rows:
            room = await self._directory.room(row.room_id)
            found.append(ProposalView(
                id=row.id, room_id=row.room_id, room_title=room.title if room else '', member=called[row.room_id, row.member_id],
                reason=Reason(row.reason), note=row.note, proposed_by=cards[row.proposed_by], at=row.at,
                mine=row.proposed_by == actor.member_id))
        return found

    async def decide(self, actor: Actor, proposal_id: int, *, confirmed: bool) -> None:
        """Confirm or reject a removal; who proposed it may only withdraw it.

        :raises NotPermitted: the actor proposed it and would confirm it, is the one concerned, or no moderator there.
        :raises Conflict: it is decided.
        """
        row = await self._db.read(lambda session: session.connection().execute(
            select(_proposal).where(_proposal.c.id == proposal_id)).one_or_none())
        room = None if row is None else await self._directory.room(row.room_id)
        if row is None or room is None:
            raise NotFound
        await self._policy.require(actor, MODERATE, row.place_id)
        if confirmed and row.proposed_by == actor.member_id:
            raise NotPermitted(N_('移出成员要两个人同意：提议的人不能自己确认'), rule='rooms.second_pair_of_eyes')
        if row.member_id == actor.member_id:
            raise NotPermitted(N_('涉及您本人的处理，请由其他管理人员决定'), rule='rooms.own_case')
        state = ProposalState.CONFIRMED if confirmed else ProposalState.REJECTED

        def work(tx: Tx) -> None:
            if not tx.connection.execute(
                update(_proposal).where(_proposal.c.id == proposal_id, _proposal.c.state == ProposalState.WAITING)
                .values(state=state.value, decided_by=actor.member_id, decided_at=tx.now)
            ).rowcount:
                raise Conflict(N_('这项提议已经有结果了'))
            tx.audit(actor.member_id, f'rooms.removal_{state.value}', f'room:{room.id}', place_id=room.place_id,
                     detail={'member': row.member_id, 'proposed_by': row.proposed_by})
            tx.emit(OrderChanged(place_id=room.place_id))
            if confirmed:
                act_id = record(tx, actor, room, ActKind.REMOVE, row.member_id, Reason(row.reason), row.note)
                membership.let_out(tx, room.id, [row.member_id])
                tell(tx, row.member_id, News.REMOVED, f'act:{act_id}', room=room.title, reason=row.reason, note=row.note)

        await self._db.write(work)
