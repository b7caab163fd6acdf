"""转发: what carries over, who may, and what must stay where it was said."""

import io

import pytest
from PIL import Image
from sqlalchemy import text

from tests.conftest import World
from tests.modules.test_room_life import PDF
from yunshequ.bootstrap import Container
from yunshequ.core.clock import MovableClock
from yunshequ.core.errors import Blocked, Conflict, Invalid, NotFound, NotPermitted
from yunshequ.core.ids import token
from yunshequ.core.policy import Actor
from yunshequ.rooms.limits import limits
from yunshequ.rooms.schemas import MessageKind, MessageView, PostDraft, RoomKind


async def say(container: Container, actor: Actor, room_id: int, body: str, **more: object) -> MessageView:
    return await container.rooms.post(actor, PostDraft(room_id=room_id, client_id=token(), body=body, **more))


async def carry(container: Container, actor: Actor, source: MessageView, target: int, client_id: str = '') -> MessageView:
    return await container.rooms.forwarding.forward(actor, source.room_id, source.seq, target, client_id=client_id or token())


async def test_a_text_arrives_once_says_where_from_and_leaves_a_trace(container: Container, world: World) -> None:
    here, there = world.room.id, world.community_room.id
    said = await say(container, world['bob'], here, '明天停水，请存水')
    first = await carry(container, world['alice'], said, there, 'forward:one-tap')
    again = await carry(container, world['alice'], said, there, 'forward:one-tap')
    assert (first.seq, first.body, first.sender.id) == (again.seq, '明天停水，请存水', world['alice'].member_id)
    assert first.forwarded == world.room.title  # a resident's name stays in the room where they chose to speak
    seen = (await container.rooms.open_room(world['carol'], there)).messages
    assert [(m.body, m.forwarded) for m in seen] == [('明天停水，请存水', world.room.title)]
    detail = await container.db.read(lambda session: session.connection().execute(text(
        'SELECT detail FROM audit_entry WHERE subject = :it'), {'it': f'room:{there}#{first.seq}'}).scalar_one())
    assert f'room:{here}#{said.seq}' in str(detail)


async def test_who_speaks_in_an_office_is_named_and_the_first_origin_stays(container: Container, world: World) -> None:
    here, there = world.room.id, world.community_room.id
    notice = await say(container, world['worker'], there, '周六消杀，请关窗', kind=MessageKind.NOTICE)
    once = await carry(container, world['alice'], notice, here)
    card = await container.community.card(world['worker'].member_id)
    assert (once.kind, once.forwarded) == (MessageKind.TEXT, f'{card.name} · {world.community_room.title}')
    twice = await carry(container, world['alice'], once, there)
    assert twice.forwarded == once.forwarded


async def test_a_picture_is_readable_to_the_room_it_came_to(container: Container, world: World) -> None:
    out = io.BytesIO()
    Image.new('RGB', (40, 30), 'red').save(out, 'PNG')
    kept = await container.rooms.images.add(world.room.id, world['bob'].member_id, out.getvalue())
    said = await say(container, world['bob'], world.room.id, '', kind=MessageKind.IMAGE, image=kept['token'])
    there = await carry(container, world['alice'], said, world.community_room.id)
    assert there.image is not None
    assert said.image is not None
    assert there.image['url'] != said.image['url']
    row = await container.rooms.images.find(there.image['url'].rpartition('/')[2])
    assert row.room_id == world.community_room.id
    assert container.rooms.images.path(row.token, thumb=True).read_bytes() == container.rooms.images.path(kept['token'], thumb=True).read_bytes()


async def test_a_document_is_readable_to_the_room_it_came_to(container: Container, world: World) -> None:
    kept = await container.rooms.files.add(world.room.id, world['bob'].member_id, '停水安排.pdf', PDF)
    said = await say(container, world['bob'], world.room.id, '', kind=MessageKind.FILE, file=kept['token'])
    there = await carry(container, world['alice'], said, world.community_room.id)
    assert there.file is not None
    assert (there.kind, there.file['name']) == (MessageKind.FILE, '停水安排.pdf')
    row = await container.rooms.files.find(there.file['url'].rpartition('/')[2])
    assert (row.room_id, container.rooms.files.path(row.token).read_bytes()) == (world.community_room.id, PDF)


async def test_a_card_carries_only_its_kind_and_number(container: Container, world: World) -> None:
    said = await container.rooms.say(
        world['worker'], world.room.id, '', client_id=token(), kind=MessageKind.CARD, card={'kind': 'ballot', 'id': 7})
    there = await carry(container, world['alice'], said, world.community_room.id)
    assert (there.kind, there.card) == (MessageKind.CARD, {'kind': 'ballot', 'id': 7})
    with pytest.raises(NotPermitted):  # and nobody makes one by themselves
        await say(container, world['alice'], world.room.id, '', kind=MessageKind.CARD, card={'kind': 'ballot', 'id': 7})


async def test_nobody_forwards_what_they_cannot_read_or_where_they_cannot_write(container: Container, world: World) -> None:
    here, there = world.room.id, world.community_room.id
    said = await say(container, world['bob'], here, '只给楼里人看')
    with pytest.raises(NotFound):  # carol is in the community's room only
        await carry(container, world['carol'], said, there)
    public = await say(container, world['carol'], there, '大家早')
    with pytest.raises(NotFound):
        await carry(container, world['carol'], public, here)
    with pytest.raises(Invalid):
        await carry(container, world['alice'], said, here)
    assert [room for room, _kind, _title in await container.rooms.forwarding.targets(world['alice'], here)] == [there]
    assert await container.rooms.forwarding.targets(world['carol'], there) == []
    with pytest.raises(NotFound):
        await container.rooms.forwarding.targets(world['carol'], here)


async def test_private_staff_and_recalled_words_stay_where_they_are(container: Container, world: World) -> None:
    here, there = world.room.id, world.community_room.id
    chat = await container.rooms.private_room(world['alice'].member_id, [], world.community, '小栖')
    asked = await say(container, world['alice'], chat.id, '我家的医保断缴了怎么办')
    with pytest.raises(NotPermitted):
        await carry(container, world['alice'], asked, here)
    public = await say(container, world['alice'], here, '大家早')
    with pytest.raises(Invalid):
        await carry(container, world['alice'], public, chat.id)
    staff = await container.rooms.create_room(world['worker'], world.community, RoomKind.STAFF, '工作群')
    names = await say(container, world['worker'], staff.id, '独居老人名单，见附件')
    with pytest.raises(NotPermitted):
        await carry(container, world['worker'], names, there)
    assert await container.rooms.forwarding.targets(world['worker'], staff.id) == []
    await container.rooms.recall(world['alice'], here, public.seq)
    with pytest.raises(Conflict):
        await carry(container, world['bob'], public, there)
    assert (await container.rooms.open_room(world['carol'], there)).messages == ()


async def test_words_and_flood_limits_of_the_room_it_goes_to_hold(container: Container, world: World, clock: MovableClock) -> None:
    here, there = world.room.id, world.community_room.id
    said = await say(container, world['bob'], here, '谁要买二手电动车')
    with pytest.raises(Blocked):  # the same words again and again are stopped as if they were typed
        for _ in range(limits().duplicates.same + 1):
            await carry(container, world['alice'], said, there)
    await container.rooms.words.add_term(world['secretary'], world.community, '二手电动车', '买卖')
    with pytest.raises(Blocked):
        await carry(container, world['bob'], said, there)
