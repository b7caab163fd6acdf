"""我在本群的昵称: one name in each room, shown wherever that room shows a name, and in no other; on both databases."""

import pytest
from sqlalchemy import select

from tests.conftest import World
from tests.modules.test_rooms import say
from yunshequ.bootstrap import Container
from yunshequ.chains.schemas import ChainDraft
from yunshequ.core.audit import AuditEntry
from yunshequ.core.errors import Blocked, Invalid, NotFound, NotPermitted, TooMany
from yunshequ.core.personal import GONE
from yunshequ.rooms.events import MemberRenamed
from yunshequ.rooms.models import RoomMember
from yunshequ.rooms.order_schemas import Reason
from yunshequ.rooms.schemas import MessageKind

_member = RoomMember.__table__  # type: ignore[attr-defined]


async def names_shown(c: Container, world: World, room: int, of: str = 'alice') -> dict[str, str]:
    """Return by which name the others in a room see somebody, place by place."""
    reader, alice = world['lead'], world[of].member_id
    page = await c.rooms.open_room(reader, room)
    [mine] = [one for one in page.messages if one.body == '楼下水管漏了']
    [quoting] = [one for one in page.messages if one.body == '我来看看']
    assert quoting.reply is not None
    chains = [one for one in page.messages if one.card]
    [hit] = await c.rooms.search(reader, room, '水管')
    card = await c.rooms.member_card(reader, room, alice)
    assert page.notice is not None
    state = await c.rooms.receipts.state(world['secretary'], room, page.notice.message.seq)
    [line] = (await c.chains.view(reader, chains[0].card['id'])).lines if chains[0].card else ()
    return {
        'bubble': mine.sender.name, 'quote': quoting.reply.name, 'search': hit.sender.name, 'card': card.card.name,
        'members': next(one.name for one in await c.rooms.members(reader, room) if one.id == alice),
        'since': next(one.sender.name for one in (await c.rooms.since(reader, room, 0))[0] if one.body == '楼下水管漏了'),
        'receipts': next(
            one.name for building in state.buildings for one in (*building.confirmed, *building.missing) if one.at is not None),
        'chain': line.member.name,
    }


async def talk(c: Container, world: World, room: int) -> None:
    """Let the room hold whatever shows a name of alice."""
    alice = world['alice']
    first = await say(c, alice, room, '楼下水管漏了')
    await say(c, world['bob'], room, '我来看看', reply_seq=first.seq)
    chain = await c.chains.start(world['bob'], ChainDraft(room_id=room, client_id='chain-of-bob', title='团购大米'))
    await c.chains.put(alice, chain, '两袋')
    notice = await say(c, world['lead'], room, '今晚停水', kind=MessageKind.NOTICE)
    await c.rooms.acknowledge(alice, room, notice.seq)


async def test_a_room_shows_the_name_one_has_there_everywhere_and_other_rooms_do_not(container: Container, world: World) -> None:
    c, room, alice = container, world.room.id, world['alice']
    account = (await c.community.card(alice.member_id)).name
    await talk(c, world, room)
    assert set((await names_shown(c, world, room)).values()) == {account}
    heard: list[MemberRenamed] = []
    c.bus.subscribe(f'room:{room}', lambda event: heard.append(event) if isinstance(event, MemberRenamed) else None)

    assert await c.rooms.set_name(alice, room, ' 3栋-修水管的 ') == '3栋-修水管的'
    assert set((await names_shown(c, world, room)).values()) == {'3栋-修水管的'}
    assert [(one.member_id, one.name, one.was) for one in heard] == [(alice.member_id, '3栋-修水管的', account)]
    assert (await c.rooms.member_card(world['bob'], room, alice.member_id)).account == account
    assert (await c.community.card(alice.member_id)).name == account
    mine = await c.rooms.my_name(alice, room)
    assert (mine.name, mine.account) == ('3栋-修水管的', account)

    assert (await say(c, alice, room, '明天修')).sender.name == '3栋-修水管的'
    [line] = [one for one in await c.rooms.rooms_of(world['bob']) if one.id == room]
    assert line.last_line == '3栋-修水管的: 明天修'
    await c.rooms.set_name(alice, room, '3栋-王师傅')
    [line] = [one for one in await c.rooms.rooms_of(world['bob']) if one.id == room]
    assert line.last_line == '3栋-王师傅: 明天修'

    # By the new name, by its pinyin, and still by the name of the account.
    for query in ('王师傅', 'wsf', account[-2:]):
        assert alice.member_id in {one.id for one in await c.rooms.members(world['bob'], room, query)}

    assert await c.rooms.set_name(alice, room, '') == account
    assert set((await names_shown(c, world, room)).values()) == {account}
    await c.community.set_profile(alice, nickname='改名的')
    assert (await names_shown(c, world, room))['bubble'] == '改名的'
    acts = await c.db.read(lambda s: s.connection().execute(select(AuditEntry.__table__.c.subject).where(  # type: ignore[attr-defined]
        AuditEntry.__table__.c.action == 'rooms.rename')).scalars().all())  # type: ignore[attr-defined]
    assert acts == [f'room:{room}'] * 3


async def test_two_rooms_two_names(container: Container, world: World) -> None:
    c, lead = container, world['lead']
    await c.rooms.set_name(lead, world.room.id, '3栋-老周')
    await c.rooms.set_name(lead, world.community_room.id, '景和园老周')
    one = await say(c, lead, world.room.id, '在楼里')
    other = await say(c, lead, world.community_room.id, '在社区')
    assert (one.sender.name, other.sender.name) == ('3栋-老周', '景和园老周')
    assert one.sender.badge == other.sender.badge is not None


@pytest.mark.parametrize(('name', 'kind'), [
    ('很' * 21, Invalid), ('小栖助手', Invalid), ('3栋-', Invalid), ('社区书记', Invalid), ('网格员小李', Invalid), ('法轮功', Blocked)])
async def test_a_name_that_cannot_be_says_why_and_changes_nothing(
    container: Container, world: World, name: str, kind: type[Invalid | Blocked],
) -> None:
    before = await container.rooms.my_name(world['alice'], world.room.id)
    if kind is Blocked:
        await container.rooms.words.add_term(world['secretary'], world.community, name, '违禁')
    with pytest.raises(kind) as refused:
        await container.rooms.set_name(world['alice'], world.room.id, name)
    assert refused.value.field == 'nickname'
    assert await container.rooms.my_name(world['alice'], world.room.id) == before


async def test_the_name_of_an_office_is_for_those_in_office_in_the_account_too(container: Container, world: World) -> None:
    with pytest.raises(Invalid, match='书记'):
        await container.community.set_profile(world['alice'], nickname='王书记')
    assert await container.rooms.set_name(world['secretary'], world.community_room.id, '书记老王') == '书记老王'


async def test_who_is_outside_muted_or_never_done_changes_no_name(container: Container, world: World) -> None:
    c, room = container, world.room.id
    for outsider in ('carol', 'stranger'):
        with pytest.raises(NotFound):
            await c.rooms.set_name(world[outsider], room, '3栋-不在这')
        with pytest.raises(NotFound):
            await c.rooms.my_name(world[outsider], room)
    act = await c.rooms.acts.mute(world['secretary'], room, world['bob'].member_id, 10, Reason.ABUSE)
    with pytest.raises(NotPermitted, match='禁言'):
        await c.rooms.set_name(world['bob'], room, '3栋-不服气')
    await c.rooms.acts.undo(world['secretary'], act)
    for n in range(10):
        await c.rooms.set_name(world['bob'], room, f'3栋-李{n}')
    with pytest.raises(TooMany):
        await c.rooms.set_name(world['bob'], room, '3栋-李十')


async def test_who_leaves_keeps_the_name_under_what_they_said_and_finds_it_again(container: Container, world: World) -> None:
    c, room, bob = container, world.room.id, world['bob']
    await c.rooms.set_name(bob, room, '3栋-老李')
    await say(c, bob, room, '我要搬走了')
    await c.rooms.leave(bob, room)
    [said] = [one for one in (await c.rooms.open_room(world['alice'], room)).messages if one.body == '我要搬走了']
    assert said.sender.name == '3栋-老李'
    await c.rooms.admit(room, [bob.member_id])
    assert (await c.rooms.my_name(bob, room)).name == '3栋-老李'


async def test_the_public_log_and_the_moderators_queue_show_the_name_of_the_room(container: Container, world: World) -> None:
    c, room = container, world.room.id
    await c.rooms.set_name(world['bob'], room, '3栋-李大爷')
    said = await say(c, world['bob'], room, '你们都是骗子')
    await c.rooms.report(world['alice'], room, said.seq, Reason.ABUSE)
    [case] = await c.rooms.reports.cases(world['secretary'], world.community)
    assert case.member.name == '3栋-李大爷'
    await c.rooms.acts.mute(world['secretary'], room, world['bob'].member_id, 10, Reason.ABUSE)
    [line] = await c.rooms.public_log(world['alice'], room)
    assert line.who == '**爷'
    [act] = await c.rooms.acts.in_room(world['secretary'], room)
    assert act.member.name == '3栋-李大爷'


async def test_a_forwarded_notice_names_an_office_as_its_room_does(container: Container, world: World) -> None:
    c, lead = container, world['lead']
    await c.rooms.set_name(lead, world.room.id, '3栋-周楼长')
    said = await say(c, lead, world.room.id, '今晚停水')
    view = await c.rooms.forwarding.forward(lead, world.room.id, said.seq, world.community_room.id, client_id='forward-0001')
    assert view.forwarded is not None
    assert view.forwarded.startswith('3栋-周楼长 · ')


async def test_deletion_takes_the_name_out_of_the_room(container: Container, world: World) -> None:
    c, room, bob = container, world.room.id, world['bob']
    account = (await c.community.card(bob.member_id)).name
    await c.rooms.set_name(bob, room, '3栋-李大爷')
    await say(c, bob, room, '大家好')
    await c.rooms.say(await c.community.bot(), room, '欢迎 3栋-李大爷 加入', client_id='welcome-bob-1')
    for keeper in c._keepers():
        await c.db.write(lambda tx, keeper=keeper: keeper.erase(tx, bob.member_id, account))
    texts = str([(one.sender.name, one.body) for one in (await c.rooms.open_room(world['alice'], room)).messages])
    assert GONE in texts
    [line] = [one for one in await c.rooms.rooms_of(world['alice']) if one.id == room]
    assert '李大爷' not in texts + line.last_line
    left = await c.db.read(lambda s: s.connection().execute(
        select(_member.c.nickname).where(_member.c.member_id == bob.member_id)).scalars().all())
    assert not any(left)
