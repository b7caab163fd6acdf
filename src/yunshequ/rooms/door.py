"""入群: coming into a room by a code, at once or after approval (入群审核), and deciding who may come in."""

from typing import Any

from sqlalchemy import update

from yunshequ.community.invitations import PreparedJoin
from yunshequ.community.schemas import JoinResult, Relation
from yunshequ.community.service import CommunityService
from yunshequ.core.database import Database
from yunshequ.core.errors import Invalid, NotFound
from yunshequ.core.i18n import N_
from yunshequ.core.policy import Actor, Policy
from yunshequ.core.throttle import Throttle
from yunshequ.core.unit import Tx
from yunshequ.rooms import entries, membership
from yunshequ.rooms.directory import RoomDirectory
from yunshequ.rooms.events import RoomChanged
from yunshequ.rooms.models import Room
from yunshequ.rooms.order import RoomOrder
from yunshequ.rooms.schemas import EntryState, EntryView, RoomKind, RoomView

LONGEST_ANSWER = 200
LONGEST_QUESTION = 60
LONGEST_REASON = 100
MOST_WAITING = 200
ASKING = '6/day'
"""Applications one person may make to one room, changes included."""

_room = Room.__table__  # type: ignore[attr-defined]


class RoomDoor:
    """The doors of all rooms."""

    def __init__(
        self, db: Database, policy: Policy, community: CommunityService, directory: RoomDirectory, order: RoomOrder, throttle: Throttle,
    ) -> None:
        self._db = db
        self._policy = policy
        self._community = community
        self._directory = directory
        self._order = order
        self._throttle = throttle

    # for whoever comes

    async def come_in(
        self, actor: Actor, code: str, *, nickname: str | None = None, room_no: str | None = None,
        relation: Relation = Relation.FAMILY, answer: str = '',
    ) -> JoinResult:
        """Come in by a join code: into its place and its room, with a welcome that is due, in one unit of work.

        Where the room asks for approval an application is made instead. Trying again changes nothing.

        :raises Conflict: the code is revoked, expired or used up.
        :raises Invalid: nickname, flat number or answer cannot be accepted.
        :raises TooMany: the same room was asked too often today.
        """
        join = await self._community.prepare_join(actor, code, nickname=nickname, room_no=room_no, relation=relation)
        room = None if join.room_id is None else await self._directory.room(join.room_id)
        if room is None:
            return await self._db.write(join.run)
        if room.asks and not await self._directory.is_inside(room.id, actor.member_id):
            return await self._ask(room, join, answer)

        def work(tx: Tx) -> JoinResult:
            result = join.run(tx)
            membership.enter(tx, room, [actor.member_id], greet=True)
            entries.came_in(tx, room, actor.member_id)
            return result

        return await self._db.write(work)

    async def _ask(self, room: RoomView, join: PreparedJoin, answer: str) -> JoinResult:
        answer = ' '.join(answer.split())
        if room.question and not answer:
            raise Invalid(N_('请回答“{question}”，工作人员凭它核对'), field='answer', question=room.question)
        if len(answer) > LONGEST_ANSWER:
            raise Invalid(N_('回答最多 {n} 个字'), field='answer', n=LONGEST_ANSWER)
        name = join.nickname or (await self._community.card(join.member_id)).name
        await self._throttle.require(
            N_('今天申请的次数太多了，请明天再试，或直接联系社区'), ASKING, 'ask-entry', str(room.id), str(join.member_id))

        def work(tx: Tx) -> None:
            join.require_usable(tx)
            entries.ask(tx, room, join.member_id, {
                'token': join.token, 'nickname': name, 'room_no': join.room_no or '', 'relation': join.relation.value, 'answer': answer})

        await self._db.write(work)
        return JoinResult(place=join.place, room_id=room.id, first_time=False, claim_pending=False, waits=True)

    async def mine(self, actor: Actor, room_id: int | None = None) -> list[EntryView]:
        """Return the actor's own applications, the latest first; to one room or to all."""
        rows = await self._db.read(lambda session: entries.of_member(session, actor.member_id))
        return [entries.view(row) for row in rows if room_id is None or row.room_id == room_id]

    # for those in office

    async def set_entry(self, actor: Actor, room_id: int, *, asks: bool, question: str = '') -> None:
        """Have the room ask for approval, with a question to applicants, or let in whoever has a code.

        Who waits when it stops asking goes on waiting until decided.

        :raises NotFound: there is no such room.
        :raises NotPermitted: only staff of its place may.
        """
        room = await self._order.looked_after(actor, room_id)
        question = ' '.join(question.split())
        if len(question) > LONGEST_QUESTION:
            raise Invalid(N_('问题最多 {n} 个字'), field='question', n=LONGEST_QUESTION)

        def work(tx: Tx) -> None:
            tx.connection.execute(update(_room).where(_room.c.id == room_id).values(asks=asks, question=question))
            tx.emit(RoomChanged(room_id=room_id))
            tx.audit(actor.member_id, 'rooms.set_entry', f'room:{room_id}', place_id=room.place_id,
                     detail={'asks': asks, 'question': question, 'before': {'asks': room.asks, 'question': room.question}})

        if (room.asks, room.question) != (asks, question):
            await self._db.write(work)

    async def waiting(self, actor: Actor, place_id: int, *, limit: int = MOST_WAITING) -> list[EntryView]:
        """Return the applications that wait at a place and below, the oldest first; each applicant sees that it was looked at.

        :raises NotPermitted: only those in office there see them.
        """
        await self._policy.require(actor, 'rooms.admit', place_id)
        places = [place_id, *(place.id for place in await self._community.below(place_id))]
        rows = await self._db.read(lambda session: entries.waiting(session, places, limit))
        await self._community.looked_at(actor, [row.member_id for row in rows], place_id, 'entries')
        return [entries.view(row) for row in rows]

    async def requests(self, actor: Actor, room_id: int) -> list[EntryView]:
        """Return the applications to a room: those that wait first, then the latest decided.

        :raises NotPermitted: only those in office there see them.
        """
        room = await self._directory.room(room_id)
        if room is None or room.kind is RoomKind.ASSISTANT:
            raise NotFound
        await self._policy.require(actor, 'rooms.admit', room.place_id)
        rows = await self._db.read(lambda session: entries.of_room(session, room_id, MOST_WAITING))
        await self._community.looked_at(actor, [row.member_id for row in rows], room.place_id, 'entries')
        cards = await self._community.cards({row.decided_by for row in rows if row.decided_by is not None})
        return [entries.view(row, cards[row.decided_by].name if row.decided_by is not None else '') for row in rows]

    async def accept(self, actor: Actor, request_id: int) -> None:
        """Let an applicant in: into the place and the room, with a welcome, in one unit of work.

        :raises Conflict: somebody has decided it already.
        """
        row, room = await self._asked_of(actor, request_id)
        join = await self._prepared(row)

        def work(tx: Tx) -> None:
            entries.decide(tx, request_id, room.place_id, actor.member_id, EntryState.ACCEPTED)
            if join.let_in(tx).granted:
                entries.note_granted(tx, request_id)
            membership.enter(tx, room, [row.member_id], greet=True)

        await self._db.write(work)

    async def refuse(self, actor: Actor, request_id: int, reason: str) -> None:
        """Refuse an applicant, who is told the reason and may ask again.

        :raises Invalid: no reason, or too long.
        :raises Conflict: somebody has decided it already.
        """
        _row, room = await self._asked_of(actor, request_id)
        reason = ' '.join(reason.split())
        if not reason or len(reason) > LONGEST_REASON:
            raise Invalid(N_('请写明理由，最多 {n} 个字，申请人会看到'), field='reason', n=LONGEST_REASON)
        await self._db.write(
            lambda tx: entries.decide(tx, request_id, room.place_id, actor.member_id, EntryState.REFUSED, reason=reason))

    async def undo(self, actor: Actor, request_id: int) -> None:
        """Take a decision back within ten minutes: the application waits again, whoever was let in is outside again.

        :raises Conflict: too late, or nothing was decided.
        """
        row, room = await self._asked_of(actor, request_id)
        join = await self._prepared(row)

        def work(tx: Tx) -> None:
            was = entries.take_back(tx, request_id, room.place_id, actor.member_id)
            if was.state == EntryState.ACCEPTED.value:
                membership.let_out(tx, room.id, [was.member_id])
                if was.granted:
                    join.take_back(tx)

        await self._db.write(work)

    async def forget(self, payload: dict[str, Any]) -> None:
        """Run the job that blanks what an applicant wrote."""
        await self._db.write(lambda tx: entries.forget(tx, payload['request_id']))

    async def _asked_of(self, actor: Actor, request_id: int) -> tuple[Any, RoomView]:
        """Return an application and its room if the actor may decide it."""
        row = await self._db.read(lambda session: entries.find(session, request_id))
        await self._policy.require(actor, 'rooms.admit', row.place_id)
        room = await self._directory.room(row.room_id)
        if room is None:
            raise NotFound(N_('没有找到这个群'))
        return row, room

    async def _prepared(self, row: Any) -> PreparedJoin:
        return await self._community.prepare_join(
            Actor(row.member_id), row.token, nickname=row.nickname or None, room_no=row.room_no or None,
            relation=Relation(row.relation) if row.relation else Relation.FAMILY, approved=True)
