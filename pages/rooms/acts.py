"""What a conversation asks the server."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from pages.live import Acts, Args, Call, Fanout, number, text
from pages.live.args import STALE
from pages.rooms import shape
from yunshequ.bootstrap import Container
from yunshequ.community.schemas import MemberCard
from yunshequ.core.errors import Invalid, NotFound
from yunshequ.core.i18n import N_, _
from yunshequ.core.policy import Actor
from yunshequ.rooms.names import found_by
from yunshequ.rooms.order_schemas import Outcome, Reason
from yunshequ.rooms.schemas import EVERYBODY, MessageKind, MessageView, PostDraft

Code = TypeVar('Code', bound=StrEnum)


class Cards(Protocol):
    """Fills the live state into messages that carry a card."""

    async def fill(self, actor: Actor, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the messages with their cards' present state."""
        ...


POSTED = {'image': MessageKind.IMAGE, 'file': MessageKind.FILE}
"""What people post beside text."""

EVERYBODY_WORD = N_('所有人')

RoomOf = Callable[[Call], int]
"""Tells which room a page shows."""


def _one_of(codes: type[Code], args: Args, name: str) -> Code:
    """Return a code out of a list.

    :raises Invalid: it is none of them.
    """
    try:
        return codes(text(args, name))
    except ValueError:
        raise Invalid(STALE, field=name) from None


def room_shown(fanout: Fanout) -> RoomOf:
    """Return how to find the room a page shows: its page joined ``in:{room}`` after membership was checked."""

    def room_of(call: Call) -> int:
        for topic in fanout.topics_of(call.client_id):
            if topic.startswith('in:'):
                return int(topic[3:])
        raise NotFound

    return room_of


def room_acts(acts: Acts, c: Container, room_of: RoomOf, cards: Cards) -> None:
    """Register the acts of ``RoomView``."""
    _writing(acts, c, room_of)
    _naming(acts, c, room_of)
    _reading(acts, c, room_of, cards)


def _reading(acts: Acts, c: Container, room_of: RoomOf, cards: Cards) -> None:
    rooms = c.rooms

    async def views(actor: Actor, messages: list[MessageView]) -> list[dict[str, Any]]:
        return await cards.fill(actor, [shape.message(one) for one in messages])

    @acts.on('sync', ordered=False)
    async def sync(actor: Actor, args: Args, call: Call) -> dict[str, Any]:
        room_id = room_of(call)
        messages, more = await rooms.since(actor, room_id, number(args, 'after'))
        if more and not args.get('page'):
            return {'messages': [], 'last_seq': await rooms.head(room_id), 'more': True}
        return {'messages': await views(actor, messages), 'last_seq': await rooms.head(room_id), 'more': more}

    @acts.on('history', ordered=False)
    async def history(actor: Actor, args: Args, call: Call) -> dict[str, Any]:
        room_id = room_of(call)
        head = await rooms.head(room_id)
        before = args.get('before')
        messages = await rooms.before(actor, room_id, before if isinstance(before, int) else head + 1)
        return {'messages': await views(actor, messages), 'has_more': bool(messages) and messages[0].seq > 1, 'last_seq': head}

    @acts.on('around', ordered=False)
    async def around(actor: Actor, args: Args, call: Call) -> dict[str, Any]:
        room_id = room_of(call)
        messages = await rooms.around(actor, room_id, number(args, 'seq'))
        return {'messages': await views(actor, messages), 'has_more': bool(messages) and messages[0].seq > 1,
                'last_seq': await rooms.head(room_id)}

    @acts.on('members', ordered=False)
    async def members(actor: Actor, args: Args, call: Call) -> dict[str, Any]:
        room_id = room_of(call)
        query = text(args, 'q')
        found = await rooms.members(actor, room_id, query)
        if args.get('bot') is True:  # 小栖 is in no room, but whoever types @ may mean it
            bot = await c.community.card((await c.community.bot()).member_id)
            found = [*([bot] if found_by(bot.name, query) else []), *(card for card in found if card.id != bot.id)]
            if found_by(_(EVERYBODY_WORD), query) and await rooms.may_call_everybody(actor, room_id):
                found.insert(0, MemberCard(id=EVERYBODY, name=_(EVERYBODY_WORD)))
        limit = min(number(args, 'limit') if 'limit' in args else 60, 200)
        return {'members': [shape.person(card) for card in found[:limit]], 'total': len(await rooms.member_ids(room_id))}

    @acts.on('who', ordered=False)
    async def who(actor: Actor, args: Args, call: Call) -> dict[str, Any]:
        return shape.member_card(await rooms.member_card(actor, room_of(call), number(args, 'id')))

    @acts.on('search', ordered=False)
    async def search(actor: Actor, args: Args, call: Call) -> dict[str, Any]:
        hits = await rooms.search(actor, room_of(call), text(args, 'q'))
        return {'results': [
            {'seq': hit.seq, 'name': hit.sender.name, 'bot': hit.sender.bot, 'at': hit.at.isoformat(), 'text': hit.body} for hit in hits]}


def _naming(acts: Acts, c: Container, room_of: RoomOf) -> None:
    rooms = c.rooms

    @acts.on('my_name', ordered=False)
    async def my_name(actor: Actor, _args: Args, call: Call) -> dict[str, Any]:
        return (await rooms.my_name(actor, room_of(call))).model_dump()

    @acts.on('call_me')
    async def call_me(actor: Actor, args: Args, call: Call) -> dict[str, Any]:
        return {'name': await rooms.set_name(actor, room_of(call), text(args, 'name'))}


def _writing(acts: Acts, c: Container, room_of: RoomOf) -> None:
    rooms = c.rooms

    @acts.on('post')
    async def post(actor: Actor, args: Args) -> dict[str, Any]:
        mentions = args.get('mentions') or []
        if not isinstance(mentions, list) or len(mentions) > 20 or not all(isinstance(one, int) for one in mentions):
            raise Invalid(N_('一条消息最多提醒 20 个人'), field='mentions')
        client_id = text(args, 'client_id')
        if not 8 <= len(client_id) <= 64:
            raise Invalid(STALE, field='client_id')
        kind = POSTED.get(text(args, 'kind'), MessageKind.TEXT)
        view = await rooms.post(actor, PostDraft(
            room_id=number(args, 'room_id'), client_id=client_id, kind=kind, body=text(args, 'body'), mentions=mentions,
            reply_seq=args.get('reply_seq') if isinstance(args.get('reply_seq'), int) else None,
            image=text(args, 'image_token') or None, file=text(args, 'file_token') or None))
        return {'message': shape.message(view)}

    @acts.on('read')
    async def read(actor: Actor, args: Args, call: Call) -> None:
        await rooms.mark_read(actor, room_of(call), number(args, 'seq'))

    @acts.on('recall')
    async def recall(actor: Actor, args: Args, call: Call) -> None:
        await rooms.recall(actor, room_of(call), number(args, 'seq'))

    @acts.on('standing', ordered=False)
    async def standing(actor: Actor, _args: Args, call: Call) -> dict[str, Any]:
        room_id = room_of(call)
        return shape.standing(room_id, await rooms.standing(actor, room_id), await rooms.held.mine(actor, room_id))

    @acts.on('report')
    async def report(actor: Actor, args: Args, call: Call) -> None:
        await rooms.report(actor, room_of(call), number(args, 'seq'), _one_of(Reason, args, 'reason'), text(args, 'note'))

    @acts.on('moderate')
    async def moderate(actor: Actor, args: Args, call: Call) -> None:
        await rooms.acts.handle(
            actor, room_of(call), number(args, 'seq'), _one_of(Outcome, args, 'outcome'), _one_of(Reason, args, 'reason'),
            text(args, 'note'), number(args, 'minutes'))

    @acts.on('mute')
    async def mute(actor: Actor, args: Args, call: Call) -> None:
        await rooms.set_prefs(actor, room_of(call), muted=bool(args.get('on')))

    @acts.on('pin')
    async def pin(actor: Actor, args: Args, call: Call) -> None:
        await rooms.set_prefs(actor, room_of(call), pinned=bool(args.get('on')))

    @acts.on('rules_seen')
    async def rules_seen(actor: Actor, _args: Args, call: Call) -> None:
        await rooms.rules_seen(actor, room_of(call))

    @acts.on('ack')
    async def ack(actor: Actor, args: Args, call: Call) -> dict[str, Any]:
        return {'ack_count': await rooms.acknowledge(actor, room_of(call), number(args, 'seq'))}

    @acts.on('pinned', ordered=False)
    async def pinned(actor: Actor, _args: Args, call: Call) -> dict[str, Any]:
        return {'notice': shape.notice((await rooms.open_room(actor, room_of(call))).notice)}

    @acts.on('notice')
    async def notice(actor: Actor, args: Args, call: Call) -> dict[str, Any]:
        room_id = room_of(call)
        view = await rooms.post(actor, PostDraft(
            room_id=room_id, client_id=f'notice:{call.id}', kind=MessageKind.NOTICE, body=text(args, 'body'),
            must_ack=args.get('must_ack') is not False))
        return {'message': shape.message(view)}
