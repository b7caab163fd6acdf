"""/assistant: the private chat with 小栖. /services: one big box to ask, and what people nearby ask this week."""

from html import escape
from typing import Any

from nicegui import Client, ui

from pages import frame, guards, shell, theme
from pages.answers import answer_acts, bridge, mode
from pages.cards import LiveCards
from pages.components.room import RoomView
from pages.components.services import Services
from pages.live import Acts, Args, Call, Fanout, identify, text
from pages.model_note import Note
from pages.rooms import shape
from pages.rooms.acts import room_acts
from yunshequ.bootstrap import Container
from yunshequ.core.errors import Invalid, NotFound
from yunshequ.core.i18n import N_, _
from yunshequ.core.policy import Actor
from yunshequ.rooms.schemas import MAX_BODY, PostDraft


def register(c: Container, fanout: Fanout, cards: LiveCards, assets: theme.Addresses, note: Note) -> None:
    """Register the pages and what their components ask."""
    bridge(c, fanout)
    style = f'<link rel="stylesheet" href="{escape(assets.url("assistant.css"))}">'
    chat_acts = Acts(fanout)
    cards.acts(chat_acts)

    def room_of(call: Call) -> int:
        for topic in fanout.topics_of(call.client_id):
            if topic.startswith('in:'):
                return int(topic[3:])
        raise NotFound

    room_acts(chat_acts, c, room_of, cards)
    answer_acts(chat_acts, c, room_of)

    @ui.page('/assistant')
    @guards.signed_in
    async def assistant(actor: Actor, client: Client) -> None:
        identify(actor)
        room = await c.assistant.open_chat(actor)
        fanout.join(client, f'room:{room.id}', f'in:{room.id}')
        await frame.hear(c, fanout, client, actor)
        page = await c.rooms.open_room(actor, room.id)
        messages = await cards.fill(actor, shape.window(page.messages))
        fanout.join(client, *cards.topics(messages))
        bot = await c.community.bot()
        head = shape.room(page, bot_id=bot.member_id) | mode(await c.assistant.desk.case_of(actor, room.id))
        head['title'] = _('小栖')
        head['starters'] = [one.question for one in await c.assistant.examples(room.place_id, 4)]
        with shell.resident(active='services', bare=True, fill=True, title=head['title'], **await frame.around(c, actor)):
            element = RoomView(
                room=head, me=shape.person(await c.community.card(actor.member_id)), messages=messages,
                first_unread=page.first_unread, last_seq=page.room.last_seq, last_n=page.last_n, has_more=page.has_more,
                back='/services')
            chat_acts.bind(element, actor)

    acts = Acts(fanout)

    @acts.on('services.ask')
    async def ask(actor: Actor, args: Args, call: Call) -> dict[str, Any]:
        body = text(args, 'text').strip()
        if not body or len(body) > MAX_BODY:
            raise Invalid(N_('请先写下想问的事，最多 {limit} 个字'), field='text', limit=MAX_BODY)
        room = await c.assistant.open_chat(actor)
        await c.rooms.post(actor, PostDraft(room_id=room.id, client_id=f'services:{call.id}'[:64], body=body))
        return {'href': '/assistant'}

    @ui.page('/services')
    @guards.signed_in
    async def services(actor: Actor, client: Client) -> None:
        identify(actor)
        await frame.hear(c, fanout, client, actor)
        ui.add_head_html(style)
        place_id = await c.assistant.home_of(actor)
        community = await c.community.community_of(place_id)
        top = await c.assistant.top_asked(place_id)
        examples = [] if top else await c.assistant.examples(place_id)
        with shell.resident(active='services', title=_('服务'), **await frame.around(c, actor)):
            note(
                client, actor, _('小栖正在准备，大约要一两分钟，现在只会按字面找答案。'),
                _('小栖的语义检索没有开启，现在只会按字面找答案，也可以转人工。'))
            element = Services(
                place=community.name if community is not None else '',
                top=[{'question': one.question, 'askers': one.askers} for one in top],
                examples=[one.question for one in examples])
            acts.bind(element, actor)
