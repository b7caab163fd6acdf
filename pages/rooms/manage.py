"""/staff/rooms/{id}: what the staff of a place set for one of its rooms, inside it or not."""

from nicegui import ui

from pages import frame, guards, live, shell
from pages.forms import attempt
from pages.live import identify
from pages.people.look import add_look, heading
from pages.rooms import manage_life
from yunshequ.bootstrap import Container
from yunshequ.core.i18n import _
from yunshequ.core.policy import Actor
from yunshequ.rooms.schemas import RoomView


def address(room_id: int) -> str:
    """Return the address of the page of a room."""
    return f'/staff/rooms/{room_id}'


def register(c: Container) -> None:
    """Add the page."""
    acts = manage_life.life_acts(c)

    @ui.page('/staff/rooms/{room_id}')
    @guards.in_office
    async def manage(actor: Actor, room_id: int) -> None:
        identify(actor)
        room = await c.rooms.order.looked_after(actor, room_id)
        add_look()
        await frame.hear(c, live.fanout(), ui.context.client, actor)
        around = await frame.around(c, actor)
        with shell.staff(active='rooms', title=_('群管理'), back='/staff/rooms', **around), ui.element('div').classes('ys-desk'):
            heading(_('管理 {room}', room=room.title))
            await manage_life.sections(c, acts, actor, room)
            _quiet(c, actor, room)


def _quiet(c: Container, actor: Actor, room: RoomView) -> None:
    """安静模式."""
    with ui.element('section').classes('ys-card ys-form').style('max-width: none'):
        heading(_('安静模式'), 'h3')
        ui.label(_('打开后，小栖在这个群里只在被 @ 到时才说话；关上后，它会主动回答提问。'))
        switch = ui.switch(_('小栖不主动说话'), value=room.quiet)

        async def turn() -> None:
            wanted = bool(switch.value)

            async def deed() -> bool:
                await c.rooms.order.set_quiet(actor, room.id, quiet=wanted)
                return True

            if await attempt(actor, deed):
                ui.notify(_('安静模式已打开') if wanted else _('安静模式已关上'), type='positive', position='top')

        switch.on_value_change(turn)
