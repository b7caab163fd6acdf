"""What people in a room depend on, on both databases."""

import asyncio
import io
from datetime import timedelta

import pytest
from PIL import Image

from tests.conftest import World
from yunshequ.bootstrap import Container
from yunshequ.core.clock import MovableClock
from yunshequ.core.errors import Blocked, Conflict, Invalid, NotFound, NotPermitted, TooMany
from yunshequ.core.ids import token
from yunshequ.core.policy import Actor, Role
from yunshequ.rooms.events import MessagePosted, PrefsChanged
from yunshequ.rooms.schemas import MessageKind, MessageView, PostDraft


def draft(room_id: int, body: str, client_id: str = '', **more: object) -> PostDraft:
    return PostDraft(room_id=room_id, body=body, client_id=client_id or f'test-{abs(hash((room_id, body))):x}', **more)


async def say(container: Container, actor: Actor, room_id: int, body: str, **more: object) -> MessageView:
    return await container.rooms.post(actor, draft(room_id, body, **more))


async def test_numbers_are_gapless_and_a_retry_gets_the_first_result(container: Container, world: World) -> None:
    room = world.room.id
    heard: list[MessagePosted] = []
    container.bus.subscribe(f'room:{room}', heard.append)
    drafts = [draft(room, f'第 {n} 条', client_id=f'client-{n:04d}') for n in range(15)]
    first = await asyncio.gather(*(container.rooms.post(world['alice'], one) for one in drafts))
    second = await asyncio.gather(*(container.rooms.post(world['alice'], one) for one in drafts[:3]))
    assert sorted(m.seq for m in first) == list(range(1, 16))
    assert [m.seq for m in second] == [m.seq for m in first[:3]]
    assert [m.body for m in second] == [m.body for m in first[:3]]
    events = [event for event in heard if isinstance(event, MessagePosted)]
    assert sorted(event.message.seq for event in events) == list(range(1, 16))


async def test_the_same_client_id_twice_at_once_is_one_message(container: Container, world: World) -> None:
    one = draft(world.room.id, '双击了发送')
    results = await asyncio.gather(*(container.rooms.post(world['bob'], one) for _ in range(5)))
    assert {m.seq for m in results} == {results[0].seq}
    page = await container.rooms.open_room(world['alice'], world.room.id)
    assert [m.body for m in page.messages] == ['双击了发送']


async def test_what_a_room_opens_with_is_never_older_than_what_happened(container: Container, world: World) -> None:
    """The newest window is remembered between two looks: a word more, a word taken back, another name must show at once."""
    room, bob = world.room.id, world['bob']

    async def seen() -> list[tuple[str, str]]:
        return [(m.sender.name, m.body) for m in (await container.rooms.open_room(bob, room)).messages if m.kind is MessageKind.TEXT]

    first = await say(container, world['alice'], room, '灯修好了')
    name = first.sender.name
    assert await seen() == await seen() == [(name, '灯修好了')]
    second = await say(container, world['alice'], room, '又坏了')
    assert await seen() == [(name, '灯修好了'), (name, '又坏了')]
    await container.rooms.recall(world['alice'], room, second.seq)
    assert await seen() == [(name, '灯修好了'), (name, '')]
    await container.community.set_profile(world['alice'], nickname='3栋-改过名')
    assert await seen() == [('3栋-改过名', '灯修好了'), ('3栋-改过名', '')]


async def test_a_card_shows_neighbours_what_they_may_know_and_strangers_nothing(container: Container, world: World) -> None:
    rooms, room = container.rooms, world.room.id
    card = await rooms.member_card(world['alice'], room, world['lead'].member_id)
    assert [role for role, _place in card.offices] == [Role.BUILDING_LEAD]
    assert card.rooms == ('景和园社区群',)
    assert card.joined_at is not None
    assert (await rooms.member_card(world['alice'], room, world['bob'].member_id)).offices == ()
    assert (await rooms.member_card(world['alice'], room, (await container.community.bot()).member_id)).card.bot
    for reader, of in (('alice', 'carol'), ('alice', 'stranger'), ('carol', 'bob'), ('stranger', 'bob')):
        with pytest.raises(NotFound):
            await rooms.member_card(world[reader], room, world[of].member_id)


async def test_a_burst_of_many_writes_each_row_once(container: Container, world: World) -> None:
    """More than one statement's lot, several writers, the same writer often: rows, read marks and the search are all exact."""
    room, people = world.room.id, [world['alice'], world['bob']]
    sent = await asyncio.gather(*(
        container.rooms.post(people[n % 2], draft(room, f'{n}号井盖响，{token()}', client_id=f'burst-{n:04d}', mentions=[people[1].member_id]))
        for n in range(18)))
    page = await container.rooms.open_room(people[0], room)
    assert [m.body for m in page.messages] == [m.body for m in sorted(sent, key=lambda m: m.seq)]
    for person, last in ((people[0], sent[16].seq), (people[1], sent[17].seq)):
        [line] = [one for one in await container.rooms.rooms_of(person) if one.id == room]
        assert line.unread == 18 - last
    assert len(await container.rooms.search(people[0], room, '井盖')) == 18


async def test_outsiders_neither_read_nor_write(container: Container, world: World) -> None:
    await say(container, world['alice'], world.room.id, '只给楼里人看')
    for outsider in ('carol', 'stranger', 'other_worker', 'district'):
        actor = world[outsider]
        with pytest.raises(NotFound):
            await container.rooms.open_room(actor, world.room.id)
        with pytest.raises(NotFound):
            await say(container, actor, world.room.id, '我也来说一句')
        with pytest.raises(NotFound):
            await container.rooms.search(actor, world.room.id, '楼里')
        with pytest.raises(NotFound):
            await container.rooms.since(actor, world.room.id, 0)


async def test_a_grid_officer_takes_part_in_the_room_of_the_whole_community(container: Container, world: World) -> None:
    await say(container, world['grid'], world.community_room.id, '我来看看坡道')
    page = await container.rooms.open_room(world['lead'], world.community_room.id)
    assert [m.body for m in page.messages] == ['我来看看坡道']
    with pytest.raises(NotPermitted):  # but its office stays where it is
        await container.rooms.pin_notice(world['grid'], world.community_room.id, 1)


async def test_leaving_takes_effect_at_once(container: Container, world: World) -> None:
    await container.rooms.leave(world['bob'], world.room.id)
    with pytest.raises(NotFound):
        await say(container, world['bob'], world.room.id, '还能说话吗')


async def test_a_demoted_worker_cannot_publish_notices_any_more(container: Container, world: World) -> None:
    await say(container, world['worker'], world.community_room.id, '今天下午停水', kind=MessageKind.NOTICE)
    profile = await container.community.profile(world['worker'])
    mine = next(grant for grant in profile.roles if grant.role is Role.COMMUNITY_WORKER)
    await container.community.revoke_role(world['secretary'], mine.id)
    with pytest.raises(NotPermitted):
        await say(container, world['worker'], world.community_room.id, '明天也停', kind=MessageKind.NOTICE)


async def test_unread_counts_and_mentions(container: Container, world: World) -> None:
    room = world.room.id
    for n in range(3):
        await say(container, world['alice'], room, f'消息 {n}')
    await say(container, world['alice'], room, '@bob 您看一下', mentions=[world['bob'].member_id, world['stranger'].member_id])
    mine = {item.id: item for item in await container.rooms.rooms_of(world['bob'])}[room]
    assert (mine.unread, mine.mentioned) == (4, True)
    assert {item.id: item.unread for item in await container.rooms.rooms_of(world['alice'])}[room] == 0
    page = await container.rooms.open_room(world['bob'], room)
    assert page.first_unread == 1
    await container.rooms.mark_read(world['bob'], room, 4)
    await container.rooms.mark_read(world['bob'], room, 2)  # a late, older cursor moves nothing back
    mine = {item.id: item for item in await container.rooms.rooms_of(world['bob'])}[room]
    assert (mine.unread, mine.mentioned) == (0, False)


async def test_opens_around_the_first_unread_of_many(container: Container, world: World) -> None:
    room = world.room.id
    for n in range(120):
        await container.rooms.say(world['alice'], room, f'第 {n} 条', client_id=f'many-{n:04d}', kind=MessageKind.TEXT)
    await container.rooms.mark_read(world['bob'], room, 30)
    page = await container.rooms.open_room(world['bob'], room)
    seqs = [m.seq for m in page.messages]
    assert page.first_unread == 31
    assert 31 in seqs
    assert seqs[0] < 31
    assert page.has_more
    older = await container.rooms.before(world['bob'], room, seqs[0])
    newer, more = await container.rooms.since(world['bob'], room, seqs[-1])
    assert [m.seq for m in older] + seqs + [m.seq for m in newer] == list(range(1, 121))
    assert not more


async def test_recall_hides_the_text_everywhere(container: Container, world: World) -> None:
    room = world.room.id
    sent = await say(container, world['alice'], room, '水管坏了找老吕')
    await say(container, world['bob'], room, '好的', reply_seq=sent.seq)
    with pytest.raises(NotPermitted):
        await container.rooms.recall(world['bob'], room, sent.seq)
    entry = await container.rooms.recall(world['alice'], room, sent.seq)
    assert (entry.kind, entry.target) == (MessageKind.RECALL, sent.seq)
    assert await container.rooms.recall(world['alice'], room, sent.seq) == entry
    page = await container.rooms.open_room(world['bob'], room)
    gone = next(m for m in page.messages if m.seq == sent.seq)
    quoting = next(m for m in page.messages if m.body == '好的')
    assert gone.recalled
    assert gone.body == ''
    assert '水管' not in quoting.reply.text
    assert await container.rooms.search(world['bob'], room, '水管') == []


async def test_recall_is_over_after_two_minutes(container: Container, world: World, clock: MovableClock) -> None:
    sent = await say(container, world['alice'], world.room.id, '发错了')
    clock.move(timedelta(minutes=2, seconds=1))
    with pytest.raises(Conflict):
        await container.rooms.recall(world['alice'], world.room.id, sent.seq)


@pytest.mark.parametrize('query', ['医保', '社保卡', '网格', 'wifi', 'ＷｉＦｉ', '保卡'])
async def test_any_two_characters_in_a_row_are_found(container: Container, world: World, query: str) -> None:
    room = world.room.id
    text = '网格员说社保卡、医保和WiFi都在服务站办'
    await say(container, world['alice'], room, text)
    await say(container, world['alice'], room, '今天天气不错')
    assert [hit.body for hit in await container.rooms.search(world['bob'], room, query)] == [text]


async def test_search_stays_in_its_room_and_asks_for_two_characters(container: Container, world: World) -> None:
    await say(container, world['alice'], world.community_room.id, '社区群里说停水')
    assert await container.rooms.search(world['bob'], world.room.id, '停水') == []
    with pytest.raises(Invalid):
        await container.rooms.search(world['bob'], world.room.id, '水')


async def test_flood_is_refused_with_its_rule_and_ends(container: Container, world: World) -> None:
    with pytest.raises(TooMany) as refused:
        for n in range(25):
            await say(container, world['alice'], world.room.id, f'刷屏 {n}')
    assert '20' in refused.value.words('zh-CN')
    assert refused.value.params['seconds'] > 0
    await say(container, world['bob'], world.room.id, '别人照常说话')


async def test_a_sensitive_word_names_its_rule_and_stores_nothing(container: Container, world: World) -> None:
    await container.rooms.words.add_term(world['worker'], world.community, '代办假证', '违法广告')
    with pytest.raises(Blocked) as refused:
        await say(container, world['alice'], world.room.id, '需要代 办-假　证 的联系我')
    assert '违法广告' in refused.value.words('zh-CN')
    assert refused.value.field == 'body'
    page = await container.rooms.open_room(world['bob'], world.room.id)
    assert page.messages == ()


@pytest.mark.parametrize('body', ['', '   ', 'x' * 2001])
async def test_empty_and_endless_messages_are_refused(container: Container, world: World, body: str) -> None:
    with pytest.raises(Invalid):
        await say(container, world['alice'], world.room.id, body)


@pytest.mark.parametrize('kind', [MessageKind.SYSTEM, MessageKind.CARD, MessageKind.ANSWER, MessageKind.RECALL])
async def test_people_cannot_forge_what_only_the_house_says(container: Container, world: World, kind: MessageKind) -> None:
    with pytest.raises(NotPermitted):
        await say(container, world['alice'], world.room.id, '假装系统', kind=kind)


async def test_notice_is_pinned_and_acknowledged_once(container: Container, world: World) -> None:
    room = world.community_room.id
    notice = await say(container, world['worker'], room, '明早八点停电两小时', kind=MessageKind.NOTICE)
    assert await container.rooms.acknowledge(world['alice'], room, notice.seq) == 1
    assert await container.rooms.acknowledge(world['alice'], room, notice.seq) == 1
    assert await container.rooms.acknowledge(world['bob'], room, notice.seq) == 2
    page = await container.rooms.open_room(world['alice'], room)
    assert (page.notice.received, page.notice.mine, page.notice.message.body) == (2, True, '明早八点停电两小时')
    with pytest.raises(NotPermitted):
        await container.rooms.pin_notice(world['alice'], room, notice.seq)
    await container.rooms.pin_notice(world['worker'], room, None)
    with pytest.raises(Conflict):
        await container.rooms.acknowledge(world['bob'], room, notice.seq)


async def test_a_notice_may_ask_for_no_acknowledgement(container: Container, world: World) -> None:
    room = world.community_room.id
    quiet = await container.rooms.post(world['worker'], PostDraft(
        room_id=room, client_id=token(), kind=MessageKind.NOTICE, body='花开了', must_ack=False))
    assert not quiet.must_ack
    page = await container.rooms.open_room(world['alice'], room)
    assert not page.notice.message.must_ack
    assert [m.must_ack for m in page.messages] == [False]
    loud = await say(container, world['worker'], room, '停水', kind=MessageKind.NOTICE)
    assert [m.must_ack for m in (await container.rooms.since(world['bob'], room, quiet.seq))[0]] == [True]
    assert loud.must_ack


async def test_coming_in_by_code_greets_once(container: Container, world: World) -> None:
    code = await container.community.create_join_code(world['worker'], world.building, room_id=world.room.id)
    for _ in range(2):
        await container.rooms.join_by_code(world['carol'], code.token, nickname='3栋-卡罗')
        await container.jobs.run_due()
    page = await container.rooms.open_room(world['carol'], world.room.id)
    greetings = [m for m in page.messages if m.kind is MessageKind.SYSTEM]
    assert len(greetings) == 1
    assert '3栋-卡罗' in greetings[0].body
    assert '楼栋加称呼' in greetings[0].body


async def test_staff_enter_rooms_of_their_place_only(container: Container, world: World) -> None:
    assert await container.rooms.join(world['secretary'], world.room.id)
    with pytest.raises(NotPermitted):
        await container.rooms.join(world['other_worker'], world.room.id)
    with pytest.raises(NotPermitted):
        await container.rooms.join(world['carol'], world.room.id)


async def test_staff_find_the_rooms_of_their_place(container: Container, world: World, clock: MovableClock) -> None:
    await container.assistant.open_chat(world['alice'])  # private, nobody's business
    clock.move(timedelta(minutes=1))
    await say(container, world['alice'], world.room.id, '电梯修好了吗')
    found = await container.rooms.rooms_at(world['secretary'], world.community)
    assert [(room.title, room.place_name, room.members, room.inside) for room in found.rooms] == [
        ('景和园3栋楼栋群', '3栋', 4, False), ('景和园社区群', '景和园社区', 7, True)]
    assert (await container.rooms.rooms_at(world['street'], world.street)).total == 2
    page = await container.rooms.rooms_at(world['worker'], world.community, search='社区', limit=1)
    assert (page.total, [room.title for room in page.rooms]) == (1, ['景和园社区群'])
    rest = await container.rooms.rooms_at(world['worker'], world.community, offset=1)
    assert (rest.total, [room.title for room in rest.rooms]) == (2, ['景和园社区群'])
    for key in ('other_worker', 'grid', 'lead', 'alice'):
        with pytest.raises(NotPermitted):
            await container.rooms.rooms_at(world[key], world.community)


async def test_a_muted_room_says_so_and_the_other_phones_hear_of_it(container: Container, world: World) -> None:
    heard: list[object] = []
    container.bus.subscribe('member:', heard.append)
    await say(container, world['alice'], world.room.id, '有人吗')
    await container.rooms.set_prefs(world['bob'], world.room.id, muted=True)
    [line] = [one for one in await container.rooms.rooms_of(world['bob']) if one.id == world.room.id]
    assert (line.unread, line.muted) == (1, True)
    assert PrefsChanged(member_id=world['bob'].member_id, room_id=world.room.id) in heard



def picture(size: tuple[int, int] = (2400, 1200), *, gps: bool = True) -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    if gps:
        exif[0x010E] = 'SECRET-PLACE'
    Image.new('RGB', size, (185, 58, 43)).save(out, 'JPEG', exif=exif)
    return out.getvalue()


async def test_a_picture_is_reencoded_small_and_without_metadata(container: Container, world: World) -> None:
    images = container.rooms.images
    kept = await images.add(world.room.id, world['alice'].member_id, picture())
    data = images.path(kept['token'], thumb=False).read_bytes()
    assert b'SECRET-PLACE' not in data
    assert max(Image.open(io.BytesIO(data)).size) == 1920
    assert max(Image.open(images.path(kept['token'], thumb=True)).size) == 480
    sent = await say(container, world['alice'], world.room.id, '', kind=MessageKind.IMAGE, image=kept['token'], client_id='picture-1')
    assert sent.image['w'] == 1920
    with pytest.raises(NotFound):  # somebody else's picture cannot be posted as one's own
        await say(container, world['bob'], world.room.id, '', kind=MessageKind.IMAGE, image=kept['token'], client_id='picture-2')


@pytest.mark.parametrize('data', [
    b'', b'hello', b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', b'GIF89a<html><script>', b'\xff\xd8\xff' + b'0' * 100,
])
async def test_what_is_no_picture_is_refused(container: Container, world: World, data: bytes) -> None:
    with pytest.raises(Invalid):
        await container.rooms.images.add(world.room.id, world['alice'].member_id, data)


async def test_a_pixel_bomb_is_refused_before_it_is_decoded(container: Container, world: World) -> None:
    out = io.BytesIO()
    Image.new('1', (30_000, 30_000)).save(out, 'PNG')
    assert len(out.getvalue()) < 200_000
    with pytest.raises(Invalid):
        await container.rooms.images.add(world.room.id, world['alice'].member_id, out.getvalue())


async def test_a_read_cursor_never_lies_beyond_the_log(container: Container, world: World) -> None:
    """A page may send any number; one too large for the column would refuse the reads of others in the same unit."""
    room = world.room.id
    sent = await container.rooms.post(world['alice'], PostDraft(room_id=room, client_id='c' * 8, body='早上好'))
    bob, lead = world['bob'], world['lead']
    await asyncio.gather(
        container.rooms.mark_read(bob, room, (1 << 53) - 1), container.rooms.mark_read(lead, room, sent.seq))
    for reader in (bob, lead):
        assert [item.unread for item in await container.rooms.rooms_of(reader) if item.id == room] == [0]
    await container.rooms.post(world['alice'], PostDraft(room_id=room, client_id='d' * 8, body='还有一件事'))
    assert [item.unread for item in await container.rooms.rooms_of(bob) if item.id == room] == [1]


async def test_a_number_of_another_room_pins_nothing(container: Container, world: World) -> None:
    lead, room = world['lead'], world.room.id
    other = await container.rooms.post(world['alice'], PostDraft(room_id=world.community_room.id, client_id='e' * 8, body='别处'))
    crossing = other.id - (room << 32)
    for seq in (0, crossing, crossing | 1 << 40):
        with pytest.raises(NotFound):
            await container.rooms.pin_notice(lead, room, seq)
        with pytest.raises(NotFound):
            await container.rooms.recall(world['alice'], room, seq)


async def test_cards_of_votes_and_calls_go_where_their_maker_may_go(container: Container, world: World) -> None:
    voice = container.ballots.poster
    assert voice is not None
    room, private = world.room.id, await container.assistant.open_chat(world['alice'])
    for who, where, refusal in (('other_worker', room, NotPermitted), ('worker', private.id, NotFound), ('worker', 9999, NotFound)):
        with pytest.raises(refusal):
            await voice.post_card(world[who], where, 'ballot', 1, f'card-{who}-{where}', '停车')
    await voice.post_card(world['secretary'], room, 'ballot', 1, 'card-secretary', '停车')
    assert (await container.rooms.open_room(world['alice'], room)).messages[-1].card == {'kind': 'ballot', 'id': 1}


async def test_people_behind_an_at_are_found_by_pinyin_and_only_those_inside(container: Container, world: World) -> None:
    room = world.room.id
    await container.community.set_profile(world['bob'], nickname='3栋-张阿姨')
    for query in ('张', 'zhangayi', 'zay'):
        assert [card.id for card in await container.rooms.members(world['alice'], room, query)] == [world['bob'].member_id]
    assert [card.id for card in await container.rooms.members(world['alice'], room, 'carol')] == []
    with pytest.raises(NotFound):
        await container.rooms.members(world['carol'], room, 'zay')
