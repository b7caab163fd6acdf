"""The list of sensitive words: who keeps it, where it holds, what it does to a message; on both databases."""

from typing import Any

import pytest
from sqlmodel import Session, select

from tests.conftest import World
from yunshequ.bootstrap import Container
from yunshequ.core.audit import AuditEntry
from yunshequ.core.errors import Blocked, Conflict, Invalid, NotFound, NotPermitted
from yunshequ.core.policy import Actor
from yunshequ.rooms.schemas import PostDraft
from yunshequ.rooms.words import WordAction


async def say(c: Container, actor: Actor, room_id: int, body: str, client_id: str = '') -> int:
    view = await c.rooms.post(actor, PostDraft(room_id=room_id, body=body, client_id=client_id or f'words-{body}'))
    return view.seq


async def audited(c: Container, place_id: int) -> list[tuple[str, dict[str, Any]]]:
    def query(session: Session) -> list[tuple[str, dict[str, Any]]]:
        rows = session.exec(select(AuditEntry).where(AuditEntry.subject == f'words:{place_id}').order_by(AuditEntry.id)).all()
        return [(row.action, row.detail) for row in rows]

    return await c.db.read(query)


async def term_id(c: Container, actor: Actor, place_id: int, term: str) -> int:
    found = next(one.id for one in (await c.rooms.words.words_at(actor, place_id)).terms if one.term == term)
    assert found is not None
    return found


async def test_a_list_holds_at_once_for_all_below_and_nowhere_else(container: Container, world: World) -> None:
    words = container.rooms.words
    await say(container, world['alice'], world.room.id, '团购 山货')
    await words.add_term(world['worker'], world.community, '团购山货', '广告')
    with pytest.raises(Blocked):
        await say(container, world['alice'], world.room.id, '團購😀山貨啦')
    assert await words.screen(world.other_community, '团购山货') is None
    below = (await words.words_at(world['grid'], world.building)).terms
    assert [(one.place_name, one.own) for one in below if one.term == '团购山货'] == [('景和园社区', False)]
    await words.remove_term(world['worker'], await term_id(container, world['worker'], world.community, '团购山货'))
    await say(container, world['alice'], world.room.id, '团购山货又来了')
    assert [action for action, _detail in await audited(container, world.community)] == ['rooms.block_term', 'rooms.unblock_term']


async def test_a_marked_word_goes_out_and_moderators_are_told_once(container: Container, world: World) -> None:
    words = container.rooms.words
    await words.add_term(world['worker'], world.community, '转让车位', '交易')
    await words.set_action(world['worker'], world.community, '交易', WordAction.MARK)
    seq = await say(container, world['alice'], world.room.id, '转让 车位', 'words-once')
    assert await say(container, world['alice'], world.room.id, '转让 车位', 'words-once') == seq
    await say(container, world['bob'], world.room.id, '没有别的事')
    (mark,) = await words.marked(world['worker'], world.community)
    assert (mark.sender.id, mark.room_id, mark.seq, mark.term) == (world['alice'].member_id, world.room.id, seq, '转让车位')
    notes = [detail for action, detail in await audited(container, world.building) if action == 'rooms.mark']
    assert notes == [{'room': world.room.id, 'seq': seq, 'term': '转让车位', 'category': '交易'}]
    await words.set_action(world['worker'], world.community, '交易', WordAction.BLOCK)
    with pytest.raises(Blocked):
        await say(container, world['alice'], world.room.id, '再转让车位一次')


async def test_a_place_below_cannot_weaken_what_stands_above(container: Container, world: World) -> None:
    words = container.rooms.words
    await words.add_term(world['district'], world.district, '收购医保药', '违法')
    await words.add_term(world['worker'], world.community, '收购醫保药', '违法')
    await words.set_action(world['worker'], world.community, '违法', WordAction.MARK)
    with pytest.raises(Blocked):
        await say(container, world['alice'], world.room.id, '收购医保药')
    from_above = await term_id(container, world['worker'], world.community, '收购医保药')
    with pytest.raises(NotPermitted):
        await words.remove_term(world['worker'], from_above)
    with pytest.raises(Invalid):
        await words.allow(world['worker'], world.community, '收购 医保药')


async def test_an_allowed_phrase_excuses_the_word_inside_it(container: Container, world: World) -> None:
    words = container.rooms.words
    await words.add_term(world['worker'], world.community, '办证', '广告')
    await words.allow(world['worker'], world.community, '代办证明')
    assert await say(container, world['alice'], world.room.id, '网格员可以代办证明吗')
    with pytest.raises(Blocked):
        await say(container, world['alice'], world.room.id, '代办证明、办证都找我')
    tried = await words.try_out(world['worker'], world.building, '代办證明、办 证都找我')
    assert tried.action is WordAction.BLOCK
    assert [(match.written, match.excused_by) for match in tried.matches] == [('办證', '代办证明'), ('办 证', None)]
    (phrase,) = (await words.words_at(world['worker'], world.community)).phrases
    await words.disallow(world['worker'], phrase.id)
    with pytest.raises(Blocked):
        await say(container, world['alice'], world.room.id, '代办证明还能说吗')
    for useless in ('健身', '办证', ''):
        with pytest.raises(Invalid):
            await words.allow(world['worker'], world.community, useless)


async def test_only_staff_of_the_place_keep_and_see_its_list(container: Container, world: World) -> None:
    words = container.rooms.words
    await words.add_term(world['worker'], world.community, '团购山货', '广告')
    await words.allow(world['worker'], world.community, '不许团购山货')
    listed = await term_id(container, world['worker'], world.community, '团购山货')
    allowed = (await words.words_at(world['worker'], world.community)).phrases[0].id
    for who in ('alice', 'lead', 'other_worker', 'stranger', 'grid'):
        actor = world[who]
        for deed in (
            lambda a=actor: words.words_at(a, world.community), lambda a=actor: words.add_term(a, world.community, '别的词', '广告'),
            lambda a=actor: words.remove_term(a, listed), lambda a=actor: words.allow(a, world.community, '团购山货吗'),
            lambda a=actor: words.disallow(a, allowed), lambda a=actor: words.try_out(a, world.community, '您好'),
            lambda a=actor: words.set_action(a, world.community, '广告', WordAction.MARK), lambda a=actor: words.marked(a, world.community),
        ):
            with pytest.raises(NotPermitted):
                await deed()
    assert len(await audited(container, world.community)) == 2


@pytest.mark.parametrize(('term', 'category', 'field'), [
    ('水', '广告', 'term'), ('。、 ', '广告', 'term'), ('词' * 31, '广告', 'term'), ('团购', ' ', 'category'), ('团购', '类' * 11, 'category')])
async def test_what_a_list_does_not_take(container: Container, world: World, term: str, category: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        await container.rooms.words.add_term(world['worker'], world.community, term, category)
    assert refused.value.field == field


async def test_a_word_stands_once_in_a_list_and_what_is_not_there_is_not_found(container: Container, world: World) -> None:
    words = container.rooms.words
    await words.add_term(world['worker'], world.community, '团购', '广告')
    with pytest.raises(Conflict):
        await words.add_term(world['worker'], world.community, '團 购', '广告')
    with pytest.raises(NotFound):
        await words.remove_term(world['worker'], 10_000)
    with pytest.raises(NotFound):
        await words.set_action(world['worker'], world.community, '没有这类', WordAction.MARK)
    with pytest.raises(Invalid):
        await words.try_out(world['worker'], world.community, '  ')


async def test_private_talk_with_the_assistant_is_not_reported(container: Container, world: World) -> None:
    words = container.rooms.words
    await words.add_term(world['worker'], world.community, '转让车位', '交易')
    await words.set_action(world['worker'], world.community, '交易', WordAction.MARK)
    room = await container.rooms.private_room(world['alice'].member_id, [], world.community, '小栖')
    assert await say(container, world['alice'], room.id, '转让车位')
    assert await words.marked(world['worker'], world.community) == []
