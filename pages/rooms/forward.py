"""转发: what the picker of a message asks."""

from typing import Any

from pages.live import Acts, Args, Call, number, text
from pages.rooms import shape
from pages.rooms.acts import RoomOf
from yunshequ.bootstrap import Container
from yunshequ.core.policy import Actor


def forward_acts(acts: Acts, c: Container, room_of: RoomOf) -> None:
    """Register ``targets`` {q} -> {rooms: [{id, title, icon}]} and ``forward`` {seq, room_id} -> {href}."""

    @acts.on('targets', ordered=False)
    async def targets(actor: Actor, args: Args, call: Call) -> dict[str, Any]:
        found = await c.rooms.forwarding.targets(actor, room_of(call), text(args, 'q').strip())
        return {'rooms': [{'id': room_id, 'title': title, 'icon': shape.ICONS.get(kind, 'groups')} for room_id, kind, title in found]}

    @acts.on('forward')
    async def forward(actor: Actor, args: Args, call: Call) -> dict[str, Any]:
        view = await c.rooms.forwarding.forward(
            actor, room_of(call), number(args, 'seq'), number(args, 'room_id'), client_id=f'forward:{call.id}'[:64])
        return {'href': f'/rooms/{view.room_id}'}
