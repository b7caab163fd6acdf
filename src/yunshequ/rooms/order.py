"""群秩序: what staff set for a room they look after, whether they are inside or not."""

from sqlalchemy import update

from yunshequ.core.database import Database
from yunshequ.core.errors import NotFound
from yunshequ.core.i18n import N_
from yunshequ.core.policy import Actor, Policy
from yunshequ.core.unit import Tx
from yunshequ.rooms.directory import RoomDirectory
from yunshequ.rooms.events import RoomChanged
from yunshequ.rooms.models import Room
from yunshequ.rooms.schemas import RoomKind, RoomView

_room = Room.__table__  # type: ignore[attr-defined]


class RoomOrder:
    """The rooms of all places, as those see them who keep order there."""

    def __init__(self, db: Database, policy: Policy, directory: RoomDirectory) -> None:
        self._db = db
        self._policy = policy
        self._directory = directory

    async def looked_after(self, actor: Actor, room_id: int) -> RoomView:
        """Return a room that the actor looks after.

        :raises NotFound: no such room, or somebody's own talk with 小栖, which nobody looks after.
        :raises NotPermitted: only staff of its place do.
        """
        room = await self._directory.room(room_id)
        if room is None or room.kind is RoomKind.ASSISTANT:
            raise NotFound(N_('没有找到这个群'))
        await self._policy.require(actor, 'rooms.moderate', room.place_id)
        return room

    async def set_quiet(self, actor: Actor, room_id: int, *, quiet: bool) -> None:
        """安静模式: have 小栖 speak in the room only when spoken to, or again by itself. Setting it twice changes nothing.

        :raises NotFound: there is no such room.
        :raises NotPermitted: only staff of its place may.
        """
        room = await self.looked_after(actor, room_id)

        def work(tx: Tx) -> None:
            changed = tx.connection.execute(
                update(_room).where(_room.c.id == room_id, _room.c.quiet.is_not(quiet)).values(quiet=quiet)).rowcount
            if changed:
                tx.emit(RoomChanged(room_id=room_id))
                tx.audit(actor.member_id, 'rooms.quiet', f'room:{room_id}', place_id=room.place_id, detail={'quiet': quiet})

        await self._db.write(work)
