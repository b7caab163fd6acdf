"""转发: a message of one room said again in another, by somebody who reads the one and may write in the other."""

from typing import Any, Protocol

from yunshequ.community.schemas import MemberCard
from yunshequ.core.database import Database
from yunshequ.core.errors import Conflict, Invalid, NotFound, NotPermitted
from yunshequ.core.i18n import N_
from yunshequ.core.policy import Actor, Policy
from yunshequ.core.throttle import Throttle
from yunshequ.rooms import reading
from yunshequ.rooms.directory import RoomDirectory
from yunshequ.rooms.files import FileStore
from yunshequ.rooms.images import ImageStore
from yunshequ.rooms.schemas import COUNTED, Forwarded, MessageKind, MessageView, PostDraft, RoomKind, RoomView

FORWARDS = '30/10 minutes'
"""Messages one person may forward, into whatever rooms."""


class Talk(Protocol):
    """What forwarding asks of the rooms: being inside, and the way every message goes."""

    async def require_inside(self, actor: Actor, room_id: int, action: str = 'rooms.read') -> RoomView:
        """Return the room if ``actor`` is in it and may do ``action`` there."""
        ...

    async def post(self, actor: Actor, draft: PostDraft) -> MessageView:
        """Append a message to a room, all its rules asked."""
        ...


class Forwarding:
    """Finds where to, and carries over."""

    def __init__(
        self, db: Database, policy: Policy, directory: RoomDirectory, throttle: Throttle, images: ImageStore, files: FileStore,
        talk: Talk,
    ) -> None:
        self._db = db
        self._policy = policy
        self._directory = directory
        self._throttle = throttle
        self._images = images
        self._files = files
        self._talk = talk

    async def targets(self, actor: Actor, room_id: int, query: str = '') -> list[tuple[int, RoomKind, str]]:
        """Return the rooms (id, kind, title) a message of ``room_id`` may be forwarded to, the latest talk first; at most 100.

        :raises NotFound: the actor is not in the room.
        :raises NotPermitted: what is said there stays there.
        """
        source = await self._source(actor, room_id)
        rows = await self._db.read(lambda session: reading.rooms_of(session, actor.member_id))
        found = [
            (row.id, RoomKind(row.kind), row.title) for row in rows
            if row.id != room_id and _leads(source.kind, RoomKind(row.kind)) and query.casefold() in row.title.casefold()
            and await self._policy.may(actor, 'rooms.post', row.place_id)]
        return found[:100]

    async def forward(self, actor: Actor, room_id: int, seq: int, target_id: int, *, client_id: str) -> MessageView:
        """Say the message ``seq`` of a room again in another. The same ``client_id`` again gives the first result.

        A notice arrives as a text and asks nobody for 收到; pictures and documents are copied, so that they stay readable to the room they came to.

        :raises NotFound: the actor is in one of the rooms no more, or there is no such message.
        :raises NotPermitted: private chats are not forwarded, 工作群 only to each other; or the actor may not write there.
        :raises Conflict: it was recalled.
        :raises TooMany, Blocked: as for a message of one's own.
        """
        source = await self._source(actor, room_id)
        target = await self._talk.require_inside(actor, target_id, 'rooms.post')
        if target_id == room_id or target.kind is RoomKind.ASSISTANT:
            raise Invalid(N_('请选择另一个群'), field='room_id')
        if not _leads(source.kind, target.kind):
            raise NotPermitted(N_('工作群里的内容只能转发到工作群'), rule='rooms.forward_staff')
        entry, author = await self._entry(room_id, seq)
        await self._throttle.require(N_('您转发得太多了，请 {seconds} 秒后再转发'), FORWARDS, 'forward', str(actor.member_id))
        payload: dict[str, Any] = entry.payload or {}
        kind = MessageKind(entry.kind)
        image = await self._images.copy(payload['image'], target_id, actor.member_id) if kind is MessageKind.IMAGE else None
        file = await self._files.copy(payload['file'], target_id, actor.member_id) if kind is MessageKind.FILE else None
        return await self._talk.post(actor, PostDraft(
            room_id=target_id, client_id=client_id, body=entry.body, image=image, file=file, card=payload.get('card'),
            kind=kind if kind in {MessageKind.IMAGE, MessageKind.FILE, MessageKind.CARD} else MessageKind.TEXT,
            forwarded=Forwarded(room_id=room_id, seq=seq, origin=_origin(source, author, payload))))

    async def _source(self, actor: Actor, room_id: int) -> RoomView:
        room = await self._talk.require_inside(actor, room_id)
        if room.kind is RoomKind.ASSISTANT:
            raise NotPermitted(N_('与小栖的私聊不能转发'), rule='rooms.forward_private')
        return room

    async def _entry(self, room_id: int, seq: int) -> tuple[reading.Entry, MemberCard]:
        window = await self._db.read(lambda session: reading.between(session, room_id, seq, seq, limit=1, newest=True))
        if not window.entries or MessageKind(window.entries[0].kind) not in COUNTED:
            raise NotFound(N_('没有找到这条消息'))
        entry = window.entries[0]
        if entry.recalled_at is not None:
            raise Conflict(N_('这条消息已经撤回，不能转发'), rule='rooms.forward_recalled')
        return entry, await self._directory.card(room_id, entry.sender_id)


def _leads(source: RoomKind, target: RoomKind) -> bool:
    """Tell whether what is said in one kind of room may be carried to another: out of 工作群 only to 工作群."""
    return target is not RoomKind.ASSISTANT and (source is not RoomKind.STAFF or target is RoomKind.STAFF)


def _origin(source: RoomView, author: MemberCard, payload: dict[str, Any]) -> str:
    """Return what stands behind 转发自: where it was first said, and by whom only if they spoke in an office.

    A resident's name stays in the room where they chose to speak.
    """
    earlier = payload.get('forwarded')
    if earlier:
        return str(earlier['origin'])
    return f'{author.name} · {source.title}' if author.badge is not None or author.bot else source.title
