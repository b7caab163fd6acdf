"""/staff/rooms/{id}/notices/{seq}: who has said 收到 under a notice, by 楼栋, live; a reminder; the list as a file."""

from typing import Any

from nicegui import Client, ui

from pages import frame, guards, live, shell
from pages.components.receipts import Receipts
from pages.live import Acts, Args, identify, number
from pages.people.look import add_look
from yunshequ.bootstrap import Container
from yunshequ.core.i18n import _
from yunshequ.core.policy import Actor
from yunshequ.rooms.schemas import NoticeState


def address(room_id: int, seq: int) -> str:
    """Return the address of the state of a notice."""
    return f'/staff/rooms/{room_id}/notices/{seq}'


def shape(state: NoticeState) -> dict[str, Any]:
    """Return the state as ``Receipts`` shows it."""
    return {
        'room': state.room.id, 'seq': state.seq, 'body': state.body, 'by': state.by, 'at': state.at.isoformat(), 'pinned': state.pinned,
        'received': state.received, 'total': state.total, 'may_remind': state.may_remind,
        'reminded_at': state.reminded_at.isoformat() if state.reminded_at is not None else None,
        'buildings': [
            {'place': one.place_id, 'title': one.title, 'received': one.received, 'total': one.total, 'named': one.named,
             'missing': [{'name': person.name} for person in one.missing], 'confirmed': [{'name': person.name} for person in one.confirmed]}
            for one in state.buildings],
    }


def register(c: Container) -> None:
    """Add the page and what it asks."""
    fanout = live.fanout()
    acts = Acts(fanout)

    @acts.on('receipts.state', ordered=False)
    async def state(actor: Actor, args: Args) -> dict[str, Any]:
        return {'state': shape(await c.rooms.receipts.state(actor, number(args, 'room'), number(args, 'seq')))}

    @acts.on('receipts.remind')
    async def remind(actor: Actor, args: Args) -> dict[str, str]:
        return {'due': (await c.rooms.receipts.remind(actor, number(args, 'room'), number(args, 'seq'))).isoformat()}

    @ui.page('/staff/rooms/{room_id}/notices/{seq}')
    @guards.in_office
    async def receipts(actor: Actor, client: Client, room_id: int, seq: int) -> None:
        identify(actor)
        found = await c.rooms.receipts.state(actor, room_id, seq)
        fanout.join(client, f'receipts:{room_id}')
        add_look()
        await frame.hear(c, fanout, client, actor)
        inside = actor.member_id in await c.rooms.member_ids(room_id)
        room_href = f'/rooms/{room_id}' if inside else ''
        back = room_href or f'/staff/rooms/{room_id}'
        around = await frame.around(c, actor)
        with shell.staff(active='rooms', title=_('公告阅读情况'), back=back, **around), ui.element('div').classes('ys-desk'):
            acts.bind(Receipts(
                topic=f'receipts:{room_id}', state=shape(found), export_href=f'/export/rooms/{room_id}/notices/{seq}.csv',
                room_href=room_href), actor)
