"""群秩序: who keeps order in a room, and what they set for it: quiet, mode, pace."""

from typing import Any

from sqlalchemy import or_, select, update

from yunshequ.community.service import CommunityService
from yunshequ.core.database import Database
from yunshequ.core.errors import Invalid, NotFound
from yunshequ.core.i18n import N_
from yunshequ.core.policy import Actor, Policy
from yunshequ.core.unit import Tx
from yunshequ.rooms.directory import RoomDirectory
from yunshequ.rooms.events import RoomChanged
from yunshequ.rooms.hush import require_hours
from yunshequ.rooms.limits import limits
from yunshequ.rooms.models import Room, RoomMember
from yunshequ.rooms.schemas import RoomKind, RoomMode, RoomView

MODERATE = 'rooms.moderate'

_room = Room.__table__  # type: ignore[attr-defined]
_member = RoomMember.__table__  # type: ignore[attr-defined]


class RoomOrder:
    """The rooms of all places, as those see them who keep order there."""

    def __init__(self, db: Database, policy: Policy, community: CommunityService, directory: RoomDirectory) -> None:
        self._db = db
        self._policy = policy
        self._community = community
        self._directory = directory

    async def looked_after(self, actor: Actor, room_id: int) -> RoomView:
        """Return a room that the actor looks after.

        :raises NotFound: no such room, or somebody's own talk with 小栖, which nobody looks after.
        :raises NotPermitted: only staff of its place do.
        """
        room = await self._directory.room(room_id)
        if room is None or room.kind is RoomKind.ASSISTANT:
            raise NotFound(N_('没有找到这个群'))
        await self._policy.require(actor, MODERATE, room.place_id)
        return room

    async def places(self, actor: Actor, place_id: int) -> list[int]:
        """Return a place and all below it, for a moderator there.

        :raises NotPermitted: only staff of the place.
        """
        await self._policy.require(actor, MODERATE, place_id)
        return [place_id, *(place.id for place in await self._community.below(place_id))]

    async def set_quiet(self, actor: Actor, room_id: int, *, quiet: bool) -> None:
        """安静模式: have 小栖 speak in the room only when spoken to, or again by itself. Setting it twice changes nothing.

        :raises NotFound: there is no such room.
        :raises NotPermitted: only staff of its place may.
        """
        await self._set(actor, room_id, 'rooms.quiet', quiet=quiet)

    async def set_hush(self, actor: Actor, room_id: int, begins: int | None, ends: int | None) -> None:
        """免打扰时段: have 小栖 say nothing unasked between two times of day, in minutes since midnight; ``None`` twice ends it.

        :raises NotPermitted: only staff of its place may.
        :raises Invalid: only one of the two, or no time between them.
        """
        require_hours(begins, ends)
        await self._set(actor, room_id, 'rooms.hush', hush_from=begins, hush_until=ends)

    async def set_mode(self, actor: Actor, room_id: int, mode: RoomMode) -> None:
        """群模式: say who may speak; it holds from the next message on, in every open page. Setting it twice changes nothing.

        :raises NotPermitted: only staff of its place may.
        """
        await self._set(actor, room_id, 'rooms.mode', mode=mode.value)

    async def set_slow(self, actor: Actor, room_id: int, seconds: int) -> None:
        """慢速模式: let one person speak only every so many seconds; 0 ends it. Who publishes notices is not slowed.

        :raises NotPermitted: only staff of its place may.
        :raises Invalid: less than nothing, or more than an hour.
        """
        most = limits().slow.longest_seconds
        if not 0 <= seconds <= most:
            raise Invalid(N_('间隔请在 0 到 {most} 秒之间'), field='slow', most=most)
        await self._set(actor, room_id, 'rooms.slow', slow_seconds=seconds)

    async def _set(self, actor: Actor, room_id: int, deed: str, **values: Any) -> None:
        room = await self.looked_after(actor, room_id)
        others = or_(*(_room.c[name].is_distinct_from(value) for name, value in values.items()))

        def work(tx: Tx) -> None:
            changed = tx.connection.execute(update(_room).where(_room.c.id == room_id, others).values(values)).rowcount
            if changed:
                tx.emit(RoomChanged(room_id=room_id))
                tx.audit(actor.member_id, deed, f'room:{room_id}', place_id=room.place_id, detail=values)

        await self._db.write(work)

    async def newcomers(self, actor: Actor, room_id: int) -> list[int]:
        """Return members who joined of late and whom nobody has vouched for, newest first; at most 50.

        :raises NotPermitted: only staff of its place may.
        """
        await self.looked_after(actor, room_id)
        return list(await self._db.read(lambda session: session.connection().scalars(
            select(_member.c.member_id).where(
                _member.c.room_id == room_id, _member.c.left_at.is_(None), _member.c.vouched_at.is_(None))
            .order_by(_member.c.joined_at.desc()).limit(50)).all()))

    async def vouch(self, actor: Actor, room_id: int, member_id: int, *, on: bool = True) -> None:
        """解除新成员限制: let a newcomer speak like everybody, or take it back.

        :raises NotPermitted: only staff of its place may.
        :raises NotFound: the person is not in the room.
        """
        room = await self.looked_after(actor, room_id)

        def work(tx: Tx) -> None:
            found = tx.connection.execute(
                update(_member).where(_member.c.room_id == room_id, _member.c.member_id == member_id, _member.c.left_at.is_(None))
                .values(vouched_at=tx.now if on else None)).rowcount
            if not found:
                raise NotFound(N_('这个人不在群里'))
            tx.emit(RoomChanged(room_id=room_id))
            tx.audit(actor.member_id, 'rooms.vouch', f'room:{room_id}', place_id=room.place_id, detail={'member': member_id, 'on': on})

        await self._db.write(work)
