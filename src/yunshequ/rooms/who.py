"""名片: who somebody in a room is, as their neighbours there may know them."""

from sqlalchemy import select
from sqlmodel import Session

from yunshequ.community.service import CommunityService
from yunshequ.core.database import Database
from yunshequ.core.errors import NotFound
from yunshequ.core.i18n import N_
from yunshequ.rooms.directory import RoomDirectory
from yunshequ.rooms.models import Room, RoomMember
from yunshequ.rooms.schemas import RoomMemberCard

_room = Room.__table__  # type: ignore[attr-defined]
_member = RoomMember.__table__  # type: ignore[attr-defined]


class WhoIsWho:
    """Shows members to each other: name, offices, since when in the room, and which rooms both are in. Never phone or flat."""

    def __init__(self, db: Database, community: CommunityService, directory: RoomDirectory) -> None:
        self._db = db
        self._community = community
        self._directory = directory

    async def card(self, actor_id: int, room_id: int, member_id: int) -> RoomMemberCard:
        """Return the card of somebody who is in a room that the actor has been let into; 小栖 belongs to every room.

        :raises NotFound: they are not, or not any more.
        """
        bot = (await self._community.bot()).member_id
        inside = member_id in await self._directory.member_ids(room_id)
        if not inside and member_id != bot:
            raise NotFound(N_('TA 已经不在这个群里了'))

        def query(session: Session) -> tuple[object, list[str]]:
            joined = session.connection().scalar(
                select(_member.c.joined_at).where(_member.c.room_id == room_id, _member.c.member_id == member_id))
            theirs = select(_member.c.room_id).where(_member.c.member_id == member_id, _member.c.left_at.is_(None))
            both = session.connection().scalars(
                select(_room.c.title).join(_member, _member.c.room_id == _room.c.id)
                .where(_member.c.member_id == actor_id, _member.c.left_at.is_(None), _room.c.archived_at.is_(None),
                       _room.c.owner_id.is_(None), _room.c.id != room_id, _room.c.id.in_(theirs))
                .order_by(_room.c.title).limit(5))
            return joined, list(both)

        joined, rooms = await self._db.read(query)
        offices = [(office.role, office.place.name) for office in await self._community.offices(member_id)]
        return RoomMemberCard(
            card=await self._directory.card(room_id, member_id), account=(await self._community.card(member_id)).name,
            offices=tuple(offices), joined_at=joined if inside else None,
            rooms=tuple(rooms) if member_id != actor_id else ())
