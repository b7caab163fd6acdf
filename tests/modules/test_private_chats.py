"""管理员 cannot read private chats: every service and route that shows messages, pictures or files of one refuses, in words of "not found"."""

from typing import Any

import httpx
import pytest
from sqlalchemy import select

from tests.conftest import World
from tests.modules.service_world import picture
from tests.modules.test_room_life import PDF
from yunshequ.bootstrap import Container
from yunshequ.core.audit import AuditEntry
from yunshequ.core.errors import NotFound, NotPermitted
from yunshequ.gateway.app import create
from yunshequ.gateway.session import COOKIE
from yunshequ.rooms.models import RoomMember
from yunshequ.rooms.schemas import MessageKind, PostDraft, RoomKind

SAID = '低保的事不想让邻居知道'


async def chat_of(c: Container, world: World) -> tuple[int, int, str, str]:
    """alice's chat with 小栖: its room, the number of what she said, a picture and a document in it."""
    alice = world['alice']
    room = (await c.assistant.open_chat(alice)).id
    said = await c.rooms.post(alice, PostDraft(room_id=room, client_id='private-words', body=SAID))
    image = await c.rooms.images.add(room, alice.member_id, picture())
    await c.rooms.post(alice, PostDraft(room_id=room, client_id='private-image', kind=MessageKind.IMAGE, image=image['token']))
    file = await c.rooms.files.add(room, alice.member_id, '病历.pdf', PDF)
    await c.rooms.post(alice, PostDraft(room_id=room, client_id='private-file', kind=MessageKind.FILE, file=file['token']))
    return room, said.seq, image['token'], file['token']


async def test_no_service_shows_it(container: Container, world: World) -> None:
    c, admin = container, world['admin']
    room, seq, image, file = await chat_of(c, world)
    rooms: Any = c.rooms
    for deed in (
        rooms.open_room(admin, room), rooms.since(admin, room, 0), rooms.before(admin, room, seq + 1), rooms.around(admin, room, seq),
        rooms.search(admin, room, '低保'), rooms.gallery(admin, room), rooms.gallery(admin, room, files=True),
        rooms.require_shown(admin, await rooms.images.find(image)), rooms.require_shown(admin, await rooms.files.find(file)),
        rooms.members(admin, room), rooms.join(admin, room), rooms.acts.recall(admin, room, seq, 'abuse', ''),
        rooms.receipts.state(admin, room, seq), rooms.forwarding.forward(admin, room, seq, world.room.id, client_id='forward-it'),
        rooms.door.requests(admin, room), rooms.pin_notice(admin, room, seq), c.assistant.log_of(admin, room, seq),
        c.assistant.desk.case_of(admin, room),
    ):
        with pytest.raises(NotFound):
            await deed
    assert room not in {one.id for one in await rooms.rooms_of(admin)}
    assert room not in {one.id for one in (await rooms.rooms_at(admin, world.district)).rooms}
    shown = [await rooms.reports.cases(admin, world.district), await rooms.words.marked(admin, world.district),
             await rooms.held.waiting(admin, world.district), await c.assistant.unanswered(admin, world.district),
             list(await c.privacy.my_data.held(admin))]
    assert SAID not in repr(shown)


async def test_no_case_brings_admin_in(container: Container, world: World) -> None:
    """A person alice asked for may come in; 管理员 may not be that person, and sees no question either."""
    c = container
    room, seq, *_rest = await chat_of(c, world)
    case = (await c.assistant.handoff(world['alice'], room)).case
    for deed in (c.assistant.desk.take(world['admin'], case.id), c.assistant.desk.cases(world['admin'], world.community),
                 c.assistant.desk.close(world['admin'], case.id), c.assistant.desk.release(world['admin'], case.id)):
        with pytest.raises(NotPermitted):
            await deed
    await c.assistant.desk.take(world['worker'], case.id)
    assert SAID in {m.body for m in (await c.rooms.open_room(world['worker'], room)).messages}
    await c.assistant.desk.close(world['worker'], case.id)
    with pytest.raises(NotFound):
        await c.rooms.around(world['worker'], room, seq)


async def test_the_schema_shows_why(container: Container, world: World) -> None:
    """Whoever is inside is in ``room_member``: the owner and 小栖, and nobody by any role."""
    room, *_rest = await chat_of(container, world)
    inside = await container.db.read(lambda s: set(s.connection().execute(
        select(RoomMember.__table__.c.member_id).where(RoomMember.__table__.c.room_id == room)).scalars()))
    assert inside == {world['alice'].member_id, (await container.community.bot()).member_id}
    view = await container.rooms.room(room)
    assert view is not None
    assert (view.kind, view.owner_id) == (RoomKind.ASSISTANT, world['alice'].member_id)
    told = await container.db.read(lambda s: list(s.connection().execute(select(AuditEntry.__table__.c.detail)).scalars()))
    assert SAID not in repr(told)


async def test_no_route_serves_it(container: Container, world: World) -> None:
    room, seq, image, file = await chat_of(container, world)
    opened = {who: (await container.accounts.open_session(world[who].member_id)).session_token for who in ('admin', 'alice')}
    transport = httpx.ASGITransport(create(container))
    for who, status in (('alice', 200), ('admin', 404)):
        async with httpx.AsyncClient(transport=transport, base_url='http://localhost', cookies={COOKIE: opened[who]}) as client:
            for path in (f'/api/images/{image}', f'/api/images/{image}/thumb', f'/api/files/{file}'):
                assert (await client.get(path)).status_code == status, (who, path)
            answer = await client.get(f'/export/rooms/{room}/notices/{seq}.csv')
            assert answer.status_code == 404, who
            assert SAID not in answer.text
