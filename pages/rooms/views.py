"""The pages /messages and /rooms/{id}."""

from typing import Any

from nicegui import Client, ui
from starlette.requests import Request

from pages import frame, guards, shell
from pages.answers import answer_acts
from pages.cards import LiveCards
from pages.components.room import RoomView
from pages.components.room_list import RoomList
from pages.links import OwnLinks
from pages.live import Acts, Args, Call, Fanout, identify
from pages.rooms import shape
from pages.rooms.acts import room_acts, room_shown
from pages.rooms.forward import forward_acts
from pages.rooms.menu import MessageMenu
from yunshequ.bootstrap import Container
from yunshequ.core.i18n import _
from yunshequ.core.policy import Actor


def register(c: Container, fanout: Fanout, cards: LiveCards, menu: MessageMenu, links: OwnLinks) -> None:
    """Register the pages and what their components may ask."""
    acts = Acts(fanout)
    cards.acts(acts)

    room_of = room_shown(fanout)
    room_acts(acts, c, room_of, cards)
    answer_acts(acts, c, room_of)
    forward_acts(acts, c, room_of)
    menu.acts(acts, room_of)
    links.acts(acts)

    @acts.on('rooms', ordered=False)
    async def rooms(actor: Actor, _args: Args, call: Call) -> dict[str, Any]:
        items = await c.rooms.rooms_of(actor)
        client = Client.instances.get(call.client_id)
        if client is not None:  # a room joined since the page was built is heard from now on
            fanout.join(client, *(f'room:{item.id}' for item in items))
        return {'rooms': [shape.line(item) for item in items]}

    async def room_list(actor: Actor, client: Client, *, current: int | None = None) -> None:
        items = await c.rooms.rooms_of(actor)
        fanout.join(client, *(f'room:{item.id}' for item in items))
        element = RoomList(
            rooms=[shape.line(item) for item in items], me={'id': actor.member_id}, current=current, aside=current is not None,
            topic=f'member:{actor.member_id}')
        acts.bind(element, actor)

    @ui.page('/messages')
    @guards.signed_in
    async def messages(actor: Actor, client: Client) -> None:
        identify(actor)
        await frame.hear(c, fanout, client, actor)
        with shell.resident(active='messages', title=_('消息'), **await frame.around(c, actor, listed=True)):
            await room_list(actor, client)

    @ui.page('/rooms/{room_id}')
    @guards.signed_in
    async def conversation(actor: Actor, client: Client, request: Request, room_id: int) -> None:
        identify(actor)
        await c.rooms.require_inside(actor, room_id)  # before joining: a refused page must hear nothing
        fanout.join(client, f'room:{room_id}', f'in:{room_id}')
        await frame.hear(c, fanout, client, actor)
        page = await c.rooms.open_room(actor, room_id)
        messages = await cards.fill(actor, shape.window(page.messages))
        fanout.join(client, *cards.topics(messages))
        standing = shape.standing(room_id, await c.rooms.standing(actor, room_id), await c.rooms.held.mine(actor, room_id))
        me = await c.rooms.card(room_id, actor.member_id)
        bot = await c.community.bot()
        wide = 'Mobile' not in request.headers.get('user-agent', '')
        around = await frame.around(c, actor, listed=True) if wide else await frame.alone(c, actor)
        with shell.resident(active='messages', bare=True, fill=True, title=page.room.title, **around):
            if wide:
                await room_list(actor, client, current=room_id)
            head = shape.room(page, bot_id=bot.member_id) | standing | {'message_acts': await menu.of(actor, page.room)}
            element = RoomView(
                room=head, me=shape.person(me), messages=messages, first_unread=page.first_unread,
                last_seq=page.room.last_seq, last_n=page.last_n, has_more=page.has_more)
            acts.bind(element, actor)
            client.on_connect(element.release)
