"""我在本群的昵称: what somebody goes by in one room, set by themselves; without one it is the name of the account."""

from yunshequ.community.service import CommunityService
from yunshequ.core.database import Database
from yunshequ.core.errors import Blocked, NotPermitted
from yunshequ.core.i18n import N_
from yunshequ.core.policy import Actor
from yunshequ.core.throttle import Throttle
from yunshequ.rooms import membership
from yunshequ.rooms.gate import Gate
from yunshequ.rooms.moderation import WordLists
from yunshequ.rooms.schemas import MyName, RoomKind, RoomView
from yunshequ.rooms.words import WordAction

RENAMES = '10/10 minutes'
"""Times one person may change what they go by, in all rooms together."""


class Nicknames:
    """Shows and sets one's own; whether the actor is in the room is asked by the service. What others see: ``RoomDirectory.card``."""

    def __init__(self, db: Database, community: CommunityService, gate: Gate, words: WordLists, throttle: Throttle) -> None:
        self._db = db
        self._community = community
        self._gate = gate
        self._words = words
        self._throttle = throttle

    async def mine(self, actor: Actor, room: RoomView, shown: str) -> MyName:
        """Return what the actor goes by in a room, where ``shown`` is what others see, and what may be proposed (楼栋-姓名)."""
        account = (await self._community.card(actor.member_id)).name
        return MyName(name=shown, account=account, proposed=await self._community.proposed_nickname(actor, room.place_id))

    async def set(self, actor: Actor, room: RoomView, name: str) -> str:
        """Go by ``name`` in a room, or with an empty one as everywhere; return what others see from now on, under older messages too.

        :raises Invalid: too long, or to be taken for the bot or for an office one does not hold.
        :raises Blocked: a sensitive word.
        :raises NotPermitted: a private chat, or muted: a name is a word too.
        :raises TooMany: changed too often.
        """
        if room.kind is RoomKind.ASSISTANT:
            raise NotPermitted(N_('和小栖的私聊里没有群昵称'), rule='rooms.nickname_private')
        await self._gate.require_heard(actor, room)
        account = (await self._community.card(actor.member_id)).name
        wanted = await self._community.fit_nickname(actor, name) if name.strip() else account
        await self._screen(room.place_id, wanted)
        await self._throttle.require(N_('您改得太频繁了，请 {seconds} 秒后再改'), RENAMES, 'nickname', str(actor.member_id))
        own = None if wanted == account else wanted
        await self._db.write(lambda tx: membership.rename(tx, room, actor.member_id, own, account))
        return wanted

    async def _screen(self, place_id: int, name: str) -> None:
        try:
            found = await self._words.screen(place_id, name)
        except Blocked as refused:
            raise Blocked(BLOCKED, rule=refused.rule, field='nickname', **refused.params) from refused
        if found is not None and found.action is WordAction.HOLD:
            raise Blocked(BLOCKED, rule=f'words.{found.category}', field='nickname', term=found.term, category=found.category)


BLOCKED = N_('没有保存：“{term}”属于群规禁止的“{category}”，请换一个称呼')
