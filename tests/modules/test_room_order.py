"""What staff set for a room: quiet mode; who may, what it leaves in the audit; on both databases."""

from typing import Any

import pytest
from sqlmodel import Session, select

from tests.conftest import World
from yunshequ.bootstrap import Container
from yunshequ.core.audit import AuditEntry
from yunshequ.core.errors import NotFound, NotPermitted, TooMany
from yunshequ.rooms.schemas import EVERYBODY, PostDraft


async def audited(c: Container, action: str) -> list[tuple[int | None, str, dict[str, Any]]]:
    def query(session: Session) -> list[tuple[int | None, str, dict[str, Any]]]:
        rows = session.exec(select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id)).all()
        return [(row.actor_id, row.subject, row.detail) for row in rows]

    return await c.db.read(query)


async def test_everybody_is_called_by_those_in_office_and_not_too_often(container: Container, world: World) -> None:
    room, rooms = world.room.id, container.rooms
    with pytest.raises(NotPermitted) as refusal:
        await rooms.post(world['alice'], PostDraft(room_id=room, client_id='everybody-1', body='@所有人 快看', mentions=[EVERYBODY]))
    assert refusal.value.rule == 'rooms.mention_everybody'
    assert not await rooms.may_call_everybody(world['alice'], room)
    assert await rooms.may_call_everybody(world['lead'], room)
    sent = await rooms.post(world['lead'], PostDraft(room_id=room, client_id='everybody-2', body='@所有人 明早停水', mentions=[EVERYBODY]))
    assert sent.mentions == (EVERYBODY,)
    for who, reminded in (('alice', True), ('bob', True), ('lead', False)):
        [line] = [one for one in await rooms.rooms_of(world[who]) if one.id == room]
        assert line.mentioned is reminded
    for n in range(2):
        await rooms.post(world['lead'], PostDraft(room_id=room, client_id=f'everybody-again-{n}', body=f'@所有人 第{n}次', mentions=[EVERYBODY]))
    for _ in range(2):  # sending the refused one again does not help
        with pytest.raises(TooMany):
            await rooms.post(world['lead'], PostDraft(room_id=room, client_id='everybody-last', body='@所有人 又一次', mentions=[EVERYBODY]))
    retry = PostDraft(room_id=room, client_id='everybody-2', body='@所有人 明早停水', mentions=[EVERYBODY])
    assert (await rooms.post(world['lead'], retry)).seq == sent.seq  # its answer was lost: it is still the first call
    await rooms.post(world['lead'], PostDraft(room_id=room, client_id='everybody-none', body='那就不@了'))


async def test_staff_quiet_a_room_and_it_holds_at_once(container: Container, world: World) -> None:
    room, order, grid = world.room.id, container.rooms.order, world['grid']
    assert not await container.rooms.is_quiet(room)
    await order.set_quiet(grid, room, quiet=True)
    await order.set_quiet(grid, room, quiet=True)
    assert await container.rooms.is_quiet(room)
    await order.set_quiet(world['worker'], room, quiet=False)
    assert not await container.rooms.is_quiet(room)
    assert await audited(container, 'rooms.quiet') == [
        (grid.member_id, f'room:{room}', {'quiet': True}), (world['worker'].member_id, f'room:{room}', {'quiet': False})]


async def test_only_staff_of_the_place_quiet_a_room(container: Container, world: World) -> None:
    for who in ('alice', 'lead', 'other_worker', 'stranger'):
        with pytest.raises(NotPermitted):
            await container.rooms.order.set_quiet(world[who], world.room.id, quiet=True)
    with pytest.raises(NotPermitted):  # a grid officer's office ends at the grid
        await container.rooms.order.set_quiet(world['grid'], world.community_room.id, quiet=True)
    private = await container.rooms.private_room(world['alice'].member_id, [], world.community, '小栖')
    for nowhere in (private.id, 10_000):
        with pytest.raises(NotFound):
            await container.rooms.order.set_quiet(world['secretary'], nowhere, quiet=True)
    assert not await container.rooms.is_quiet(world.room.id)
