"""Topics, drafts and opinions on both databases."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from tests.modules.ballots_world import COMMUNITY, ELSEWHERE, PATHS, World, gathered, world_on
from yunshequ.core.errors import Blocked, Conflict, Invalid, NotFound, NotPermitted, TooMany
from yunshequ.core.policy import Actor, Role
from yunshequ.deliberation import tables as t
from yunshequ.deliberation.events import OpinionPosted, OpinionWeighed, TopicChanged
from yunshequ.deliberation.policy import ACTIONS
from yunshequ.deliberation.schemas import NewTopic, Outcome, Stance, TopicState
from yunshequ.deliberation.service import DeliberationService


@dataclass
class Hall:
    """The module beside a small town."""

    world: World
    service: DeliberationService
    staff: Actor
    alice: Actor
    bob: Actor

    async def topic(self, **changes: str) -> int:
        return await self.service.create_topic(self.staff, NewTopic(**({
            'client_id': 'topic-1', 'place_id': COMMUNITY, 'title': '修订居民公约', 'summary': '去年起大家提了不少意见',
            'body': '第一条 晚上 22 点以后保持安静。\n', 'room_id': None} | changes)))


@pytest.fixture
async def hall(database_url: str) -> AsyncIterator[Hall]:
    async with world_on(database_url) as world:
        world.policy.register(ACTIONS)
        service = DeliberationService(world.db, world.policy, world.clock, world.town)
        service.votes = world.ballots
        staff = world.town.live(1, Role.COMMUNITY_WORKER, PATHS[COMMUNITY])
        yield Hall(world, service, staff, world.town.live(11), world.town.live(12))


async def test_editions_follow_each_other_and_are_compared(hall: Hall) -> None:
    topic_id = await hall.topic()
    assert await hall.topic() == topic_id  # the same request again
    text = '第一条 晚上 21 点以后保持安静。'
    number = await hall.service.publish_draft(hall.staff, topic_id, text, note='按意见提前一小时', after=1)
    seen = await hall.service.topic(hall.alice, topic_id)
    assert (number, seen.body, [d.number for d in seen.drafts]) == (2, text, [2, 1])
    assert seen.drafts[0].note == '按意见提前一小时'
    pieces = await hall.service.compare(hall.bob, topic_id, 1, 2)
    assert [(p.kind, p.text) for p in pieces][1:3] == [('cut', '22'), ('add', '21')]
    with pytest.raises(NotFound):
        await hall.service.draft_text(hall.alice, topic_id, 9)


async def test_two_authors_do_not_overwrite_each_other(hall: Hall) -> None:
    topic_id = await hall.topic()
    both = await gathered(*(
        hall.service.publish_draft(hall.staff, topic_id, f'稿子{n}', after=1) for n in range(2)))
    assert sorted(type(r) for r in both if isinstance(r, Exception)) == [Conflict]
    assert [d.number for d in (await hall.service.topic(hall.staff, topic_id)).drafts] == [2, 1]


async def test_the_text_is_frozen_while_a_vote_is_open(hall: Hall) -> None:
    topic_id = await hall.topic()
    ballot_id, _ = await hall.world.opened(hall.staff, topic_id=topic_id, draft_number=1)
    with pytest.raises(Conflict):
        await hall.service.publish_draft(hall.staff, topic_id, '新稿', after=1)
    await hall.world.finish(ballot_id)
    assert await hall.service.publish_draft(hall.staff, topic_id, '新稿', after=1) == 2


async def test_an_opinion_is_given_once_and_belongs_to_its_edition(hall: Hall) -> None:
    topic_id = await hall.topic()
    await hall.service.publish_draft(hall.staff, topic_id, '第二稿', after=1)
    same = await gathered(*(hall.service.post_opinion(hall.alice, topic_id, ' 应该写上装修时间 ', client_id='a') for _ in range(4)))
    assert {(o.id, o.body, o.draft_number) for o in same} == {(same[0].id, '应该写上装修时间', 2)}
    seen = await hall.service.topic(hall.bob, topic_id)
    assert (seen.opinion_count, [o.author for o in seen.opinions]) == (1, ['居民11'])
    assert [type(e) for e in hall.world.events].count(OpinionPosted) == 1
    assert [o.id for o in await hall.service.opinions(hall.bob, topic_id, before=same[0].id + 1)] == [same[0].id]


async def test_what_people_think_of_an_opinion_adds_up(hall: Hall) -> None:
    topic_id = await hall.topic()
    opinion = await hall.service.post_opinion(hall.alice, topic_id, '装修不能在中午', client_id='a')
    crowd = [hall.world.town.live(m) for m in range(100, 140)]
    results = await gathered(*(
        hall.service.weigh(m, opinion.id, Stance.AGREE if m.member_id % 2 else Stance.SKIP) for m in crowd for _ in range(2)))
    assert not [r for r in results if isinstance(r, Exception)]
    assert await hall.service.weigh(crowd[1], opinion.id, Stance.DISAGREE) == (19, 1, 20)
    assert await hall.service.weigh(crowd[1], opinion.id, None) == (19, 0, 20)
    last = [e for e in hall.world.events if isinstance(e, OpinionWeighed)][-1]
    assert (last.agree, last.disagree, last.skip) == (19, 0, 20)
    mine = (await hall.service.topic(crowd[3], topic_id)).opinions[0].mine
    assert mine is Stance.AGREE
    stored = await hall.world.db.read(lambda s: s.connection().execute(select(t.stance)).all())
    assert len(stored) == 39


async def test_an_opinion_is_answered_in_public(hall: Hall) -> None:
    topic_id = await hall.topic()
    opinion = await hall.service.post_opinion(hall.alice, topic_id, '装修不能在中午', client_id='a')
    with pytest.raises(NotPermitted):
        await hall.service.answer(hall.bob, opinion.id, Outcome.ADOPTED, '好')
    answered = await hall.service.answer(hall.staff, opinion.id, Outcome.PARTLY, '工作日写进第三稿')
    assert (answered.outcome, answered.answer, answered.answered_by) == (Outcome.PARTLY, '工作日写进第三稿', '居民1')


async def test_a_flood_of_opinions_is_slowed(hall: Hall) -> None:
    topic_id = await hall.topic()
    for n in range(5):
        await hall.service.post_opinion(hall.alice, topic_id, f'意见{n}', client_id=str(n))
    with pytest.raises(TooMany):
        await hall.service.post_opinion(hall.alice, topic_id, '再来', client_id='x')
    assert (await hall.service.post_opinion(hall.bob, topic_id, '我也说一句', client_id='y')).body == '我也说一句'


async def test_a_blocked_word_keeps_the_opinion_with_its_writer(hall: Hall) -> None:
    class Strict:
        async def check_words(self, place_id: int, text: str) -> None:
            if '坏词' in text:
                raise Blocked('不合适')

    hall.service.screen = Strict()
    topic_id = await hall.topic()
    with pytest.raises(Blocked):
        await hall.service.post_opinion(hall.alice, topic_id, '坏词', client_id='a')
    assert (await hall.service.topic(hall.alice, topic_id)).opinion_count == 0


async def test_a_decision_ends_it_and_what_became_of_it_is_told(hall: Hall) -> None:
    topic_id = await hall.topic()
    opinion = await hall.service.post_opinion(hall.alice, topic_id, '同意', client_id='a')
    await hall.service.decide(hall.staff, topic_id, '第三稿通过，十二月起施行')
    for late in (hall.service.decide(hall.staff, topic_id, '又'), hall.service.weigh(hall.bob, opinion.id, Stance.AGREE),
                 hall.service.post_opinion(hall.bob, topic_id, '晚了', client_id='b')):
        with pytest.raises(Conflict):
            await late
    await hall.service.report(hall.staff, topic_id, '已经张贴在每栋楼下', client_id='p1')
    await hall.service.report(hall.staff, topic_id, '已经张贴在每栋楼下', client_id='p1')
    seen = await hall.service.topic(hall.alice, topic_id)
    assert (seen.state, seen.decision, [p.body for p in seen.progress]) == (
        TopicState.DECIDED, '第三稿通过，十二月起施行', ['已经张贴在每栋楼下'])
    assert not seen.may_speak
    assert [(item.id, item.progress) for item in await hall.service.decided(hall.alice)] == [(topic_id, '已经张贴在每栋楼下')]
    assert await hall.service.topics(hall.alice) == []
    assert [type(e) for e in hall.world.events].count(TopicChanged) == 2


async def test_other_communities_are_not_let_in(hall: Hall) -> None:
    topic_id = await hall.topic()
    stranger = hall.world.town.live(30, path=PATHS[ELSEWHERE])
    for act in (hall.service.topic(stranger, topic_id), hall.service.post_opinion(stranger, topic_id, '我', client_id='a'),
                hall.service.publish_draft(hall.alice, topic_id, '稿', after=1), hall.service.draft_text(stranger, topic_id, 1),
                hall.service.create_topic(hall.alice, NewTopic(client_id='z', place_id=COMMUNITY, title='题'))):
        with pytest.raises(NotPermitted):
            await act
    assert await hall.service.topics(stranger) == []
    assert [item.title for item in await hall.service.topics(hall.alice)] == ['修订居民公约']


@pytest.mark.parametrize(('changes', 'field'), [
    ({'title': ' '}, 'title'), ({'body': '长' * 30_001}, 'body'), ({'client_id': ''}, 'client_id'),
])
async def test_empty_and_endless_texts_are_refused(hall: Hall, changes: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        await hall.topic(**changes)
    assert refused.value.field == field
