"""待审核: messages that a word holds back until a moderator has looked; kept whole, seen by their writer and moderators only."""

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session

from yunshequ.core.database import Database
from yunshequ.core.errors import Conflict, NotFound
from yunshequ.core.i18n import N_
from yunshequ.core.policy import Actor, Policy
from yunshequ.core.unit import Tx, insert_ignore
from yunshequ.rooms import reading
from yunshequ.rooms.acts import check_reason, record
from yunshequ.rooms.directory import RoomDirectory
from yunshequ.rooms.events import OrderChanged, StandingChanged
from yunshequ.rooms.images import ImageStore
from yunshequ.rooms.log import PREVIEW, Post, RoomLog
from yunshequ.rooms.models import HeldMessage, Image
from yunshequ.rooms.order import MODERATE, RoomOrder
from yunshequ.rooms.order_schemas import ActKind, HeldState, HeldView, Reason
from yunshequ.rooms.schemas import PostDraft, RoomView
from yunshequ.rooms.telling import News, tell
from yunshequ.rooms.words import Match

Prepare = Callable[[Actor, RoomView, PostDraft], Awaitable[Post]]
"""Makes a post of a draft that was written before."""

_held = HeldMessage.__table__  # type: ignore[attr-defined]
_image = Image.__table__  # type: ignore[attr-defined]


class HeldMessages:
    """Messages that wait for review. A released one goes out at the room's end, where everybody finds it unread."""

    def __init__(
        self, db: Database, policy: Policy, directory: RoomDirectory, order: RoomOrder, log: RoomLog,
        prepare: Prepare,
    ) -> None:
        self._db = db
        self._policy = policy
        self._directory = directory
        self._order = order
        self._log = log
        self._prepare = prepare

    async def hold(self, actor: Actor, room: RoomView, draft: PostDraft, match: Match) -> None:
        """Keep a checked draft for review; the same ``client_id`` again changes nothing.

        :raises NotFound: the actor is not in the room.
        """
        if not await self._directory.is_inside(room.id, actor.member_id):
            raise NotFound(N_('没有找到这个群，或您还没有加入'))

        def work(tx: Tx) -> None:
            if not insert_ignore(tx.session, HeldMessage, [{
                    'room_id': room.id, 'place_id': room.place_id, 'sender_id': actor.member_id, 'client_id': draft.client_id,
                    'draft': draft.model_dump(mode='json'), 'term': match.term, 'category': match.category, 'at': tx.now,
                    'state': HeldState.WAITING.value}]):
                return
            tx.audit(actor.member_id, 'rooms.hold', f'room:{room.id}', place_id=room.place_id, detail={'term': match.term})
            tx.emit(OrderChanged(place_id=room.place_id))
            tx.emit(StandingChanged(room_id=room.id, member_id=actor.member_id))

        await self._db.write(work)

    async def mine(self, actor: Actor, room_id: int) -> list[HeldView]:
        """Return what the actor has waiting in a room."""
        if actor.member_id not in await self._directory.holding(room_id):
            return []
        return await self._views(await self._db.read(lambda session: session.connection().execute(
            select(_held).where(_held.c.sender_id == actor.member_id, _held.c.room_id == room_id, _held.c.state == HeldState.WAITING)
            .order_by(_held.c.id)).all()))

    async def waiting(self, actor: Actor, place_id: int) -> list[HeldView]:
        """Return what waits at a place and below, the oldest first.

        :raises NotPermitted: only staff of the place.
        """
        places = await self._order.places(actor, place_id)

        def query(session: Session) -> list[Any]:
            found: list[Any] = []
            for low in range(0, len(places), reading.PLACES_AT_ONCE):
                found += session.connection().execute(
                    select(_held).where(_held.c.place_id.in_(places[low:low + reading.PLACES_AT_ONCE]), _held.c.state == HeldState.WAITING)
                    .order_by(_held.c.id).limit(100))
            return found

        return await self._views(await self._db.read(query))

    async def release(self, actor: Actor, held_id: int) -> None:
        """通过: send a held message in its writer's name.

        :raises NotPermitted: only staff of the room's place.
        :raises Conflict: a colleague has decided.
        """
        row, room = await self._required(actor, held_id)
        send = await self._sending(actor, row, room, HeldState.WAITING)

        def work(tx: Tx) -> None:
            send(tx)
            tell(tx, row.sender_id, News.RELEASED, f'held:{held_id}', room=room.title, text=_text(row))

        await self._db.write(work)

    async def releasing(self, actor: Actor, held_id: int) -> Callable[[Tx], None]:
        """Return how a refused message is sent after all, for whoever takes the refusal back."""
        row, room = await self._required(actor, held_id)
        return await self._sending(actor, row, room, HeldState.REFUSED)

    async def refuse(self, actor: Actor, held_id: int, reason: Reason, note: str = '') -> None:
        """不通过: keep a held message back for good; its writer is told why and may appeal.

        :raises NotPermitted: only staff of the room's place.
        :raises Conflict: a colleague has decided.
        :raises Invalid: 其他 without words.
        """
        note = check_reason(reason, note)
        row, room = await self._required(actor, held_id)

        def work(tx: Tx) -> None:
            _decide(tx, actor, row, HeldState.WAITING, HeldState.REFUSED)
            act_id = record(tx, actor, room, ActKind.REFUSE, row.sender_id, reason, note, held_id=held_id)
            tell(tx, row.sender_id, News.REFUSED, f'act:{act_id}', room=room.title, text=_text(row), reason=reason.value, note=note)

        await self._db.write(work)

    async def _sending(self, actor: Actor, row: Any, room: RoomView, state: HeldState) -> Callable[[Tx], None]:
        post = await self._prepare(Actor(row.sender_id), room, PostDraft.model_validate(row.draft))

        def send(tx: Tx) -> None:
            _decide(tx, actor, row, state, HeldState.RELEASED)
            stored = self._log.store(tx, [post])[0]
            if isinstance(stored, Exception):
                raise stored

        return send

    async def _required(self, actor: Actor, held_id: int) -> tuple[Any, RoomView]:
        row = await self._db.read(lambda session: session.connection().execute(
            select(_held).where(_held.c.id == held_id)).one_or_none())
        room = None if row is None else await self._directory.room(row.room_id)
        if row is None or room is None:
            raise NotFound
        await self._policy.require(actor, MODERATE, row.place_id)
        return row, room

    async def _views(self, rows: Any) -> list[HeldView]:
        called = await self._directory.called((row.room_id, row.sender_id) for row in rows)
        images = await self._db.read(lambda session: {one.token: one for one in session.connection().execute(
            select(_image).where(_image.c.token.in_([row.draft['image'] for row in rows if row.draft.get('image')])))})
        found = []
        for row in rows:
            room = await self._directory.room(row.room_id)
            image = images.get(row.draft.get('image'))
            found.append(HeldView(
                id=row.id, room_id=row.room_id, room_title=room.title if room else '', sender=called[row.room_id, row.sender_id],
                client_id=row.client_id, body=row.draft.get('body', ''), image=ImageStore.as_view(image) if image is not None else None,
                term=row.term, category=row.category, at=row.at))
        return found


def _text(row: Any) -> str:
    return str(row.draft.get('body', ''))[:PREVIEW]


def _decide(tx: Tx, actor: Actor, row: Any, before: HeldState, after: HeldState) -> None:
    if not tx.connection.execute(
        update(_held).where(_held.c.id == row.id, _held.c.state == before)
        .values(state=after.value, decided_by=actor.member_id, decided_at=tx.now)
    ).rowcount:
        raise Conflict(N_('同事已经处理了这条发言'))
    tx.audit(actor.member_id, f'rooms.held_{after.value}', f'held:{row.id}', place_id=row.place_id)
    tx.emit(OrderChanged(place_id=row.place_id))
    tx.emit(StandingChanged(room_id=row.room_id, member_id=row.sender_id))
