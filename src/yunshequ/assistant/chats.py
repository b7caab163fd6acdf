"""Private chats (私聊): each resident's own room with 小栖, opened when first needed."""

from yunshequ.assistant import wording
from yunshequ.assistant.ports import People, Rooms
from yunshequ.core.errors import NotFound
from yunshequ.core.i18n import N_, SOURCE_LOCALE, in_locale
from yunshequ.core.policy import Actor
from yunshequ.rooms.schemas import RoomView


class PrivateChats:
    """Finds and opens private chats."""

    def __init__(self, people: People, rooms: Rooms) -> None:
        self._people = people
        self._rooms = rooms

    async def of(self, actor: Actor) -> RoomView:
        """Return the actor's own chat with 小栖, at the community of their home or office.

        One that was opened stays theirs when home and office have ended: what the house has to say of it reaches them there.

        :raises NotFound: they live and work nowhere here yet.
        """
        opened = await self._rooms.private_of(actor.member_id)
        if opened is not None:
            return opened
        bot = await self._people.bot()
        place_id = await self.home_of(actor)
        card = (await self._people.cards([actor.member_id]))[actor.member_id]
        with in_locale(SOURCE_LOCALE):
            title = wording.chat_title(card.name)
        return await self._rooms.private_room(actor.member_id, [bot.member_id], place_id, title)

    async def home_of(self, actor: Actor) -> int:
        """Return the community a member lives in, else the place they work at.

        :raises NotFound: neither is known.
        """
        households = await self._people.households_of(actor.member_id)
        places = [household.place_id for household in households]
        places += [int(grant.path.rstrip('/').rpartition('/')[2]) for grant in await self._people.grants_of(actor.member_id)
                   if grant.path != '/']  # 小栖 itself is everywhere and nowhere
        if not places:
            raise NotFound(N_('请先扫码加入您的社区，再来问小栖'))
        community = await self._people.community_of(places[0])
        return community.id if community is not None else places[0]
