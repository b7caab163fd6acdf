"""欢迎语 and 群规: what a room says to newcomers, what they have seen of its rules."""

from typing import Any

from sqlalchemy import update

from yunshequ.core.database import Database
from yunshequ.core.errors import Invalid
from yunshequ.core.i18n import N_
from yunshequ.core.policy import Actor
from yunshequ.core.unit import Tx
from yunshequ.rooms.events import RoomChanged
from yunshequ.rooms.models import Room, RoomMember
from yunshequ.rooms.moderation import WordLists
from yunshequ.rooms.order import RoomOrder

LONGEST_WELCOME = 200
LONGEST_RULES = 1000

_room = Room.__table__  # type: ignore[attr-defined]
_member = RoomMember.__table__  # type: ignore[attr-defined]


class Welcome:
    """What newcomers are told."""

    def __init__(self, db: Database, order: RoomOrder, words: WordLists) -> None:
        self._db = db
        self._order = order
        self._words = words

    async def set_words(self, actor: Actor, room_id: int, *, welcome: str, rules: str, again: bool = False) -> None:
        """Set what 小栖 says to newcomers, and the rules they are shown once.

        ``again``: those inside are shown the rules once more too.

        :raises NotFound: there is no such room.
        :raises NotPermitted: only staff of its place may.
        :raises Invalid: too long.
        :raises Blocked: a sensitive word of the place.
        """
        room = await self._order.looked_after(actor, room_id)
        welcome, rules = welcome.strip(), rules.strip()
        for field, text, most in (('welcome', welcome, LONGEST_WELCOME), ('rules', rules, LONGEST_RULES)):
            if len(text) > most:
                raise Invalid(N_('这里最多写 {n} 个字，现在有 {length} 个'), field=field, n=most, length=len(text))
            await self._words.screen(room.place_id, text)
        show_again = again and bool(rules)
        if (welcome, rules) == (room.welcome, room.rules) and not show_again:
            return
        values: dict[str, Any] = {'welcome': welcome, 'rules': rules}
        if show_again:
            values['rules_version'] = _room.c.rules_version + 1

        def work(tx: Tx) -> None:
            tx.connection.execute(update(_room).where(_room.c.id == room_id).values(values))
            if show_again:  # who has just written them knows them
                tx.connection.execute(
                    update(_member).where(_member.c.room_id == room_id, _member.c.member_id == actor.member_id)
                    .values(rules_seen=room.rules_version + 1))
            tx.emit(RoomChanged(room_id=room_id))
            tx.audit(actor.member_id, 'rooms.set_words', f'room:{room_id}', place_id=room.place_id, detail={
                'welcome': welcome, 'rules': rules, 'before': {'welcome': room.welcome, 'rules': room.rules}, 'again': show_again})

        await self._db.write(work)

    async def rules_seen(self, member_id: int, room_id: int, version: int) -> None:
        """Note that a member has seen the rules; whether they are inside is asked by the service."""
        await self._db.write(lambda tx: tx.connection.execute(
            update(_member).where(_member.c.room_id == room_id, _member.c.member_id == member_id, _member.c.rules_seen < version)
            .values(rules_seen=version)).rowcount)
