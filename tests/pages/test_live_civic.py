"""State + events = fresh state, where a community decides and helps: votes, topics, incidents, calls for volunteers.

Residents and the desk leave their pages open while others act in random order; after every few acts each page is compared with
a freshly loaded one.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from tests.conftest import World
from tests.pages.house import House, Watched, Way, clock, database_url, open_house  # noqa: F401 - fixtures
from tests.pages.live.conftest import fresh_nicegui  # noqa: F401 - a fixture
from yunshequ.ballots.schemas import BallotDraft, OptionDraft, Unit, as_choice
from yunshequ.bootstrap import Container
from yunshequ.core.clock import MovableClock
from yunshequ.core.ids import token
from yunshequ.deliberation.schemas import NewTopic, Outcome, Stance
from yunshequ.emergency.schemas import CallDraft, IncidentDraft, Level, ShiftDraft

ROUNDS, ACTS = 4, 4
WATCHED = (
    Watched('/ballots/{ballot_id}', root='.ys-ballot'),
    Watched('/deliberate'),
    Watched('/deliberate/{topic_id}', root='.ys-topic'),
    Watched('/staff/deliberate', 'worker'),
    Watched('/emergency'),
    Watched('/emergency/{incident_id}'),
    Watched('/calls/{call_id}'),
    Watched('/staff/emergency', 'worker'),
    Watched('/staff/emergency/{incident_id}', 'worker', root='.ys-emergency'),
    Watched('/staff/calls/{call_id}', 'worker'),
)


@dataclass
class Community(House):
    """A community with a vote, a topic and an incident; more come while it is watched."""

    ballot_id: int = 0
    ballots: list[int] = field(default_factory=list)
    topic_id: int = 0
    opinions: list[int] = field(default_factory=list)
    drafts: int = 1
    incident_id: int = 0
    incidents: list[int] = field(default_factory=list)
    call_id: int = 0
    calls: list[int] = field(default_factory=list)

    async def prepare(self) -> None:
        self.topic_id = await self.c.deliberation.create_topic(self.world['worker'], NewTopic(
            client_id=token(), place_id=self.world.community, title='门口的灯', summary='晚上看不清路', body='在东门装一盏灯。'))
        self.ballot_id = await self.prepare_vote()
        await self.open_vote()
        await self.alarm()
        self.incident_id = self.incidents[0]
        await self.call()
        self.call_id = self.calls[0]

    def ways(self) -> Sequence[Way]:
        return [
            self.vote, self.vote, self.prepare_vote, self.announce_vote, self.open_vote, self.cancel_vote, self.topic, self.draft, self.opine,
            self.opine, self.weigh, self.answer, self.alarm, self.level, self.report, self.end_alarm, self.call, self.sign_up, self.sign_up,
            self.cancel, self.seats, self.shift, self.call_off, self.close_call]

    # votes

    async def prepare_vote(self, *, after: timedelta | None = None) -> int:
        now = self.c.clock.now()
        topic_id = self.topic_id if self.chance.random() < 0.5 else None
        draft = None if topic_id is None else self.drafts
        made = await self.c.ballots.create(self.world['worker'], BallotDraft(
            client_id=token(), place_id=self.world.building, title=f'第 {len(self.ballots)} 次表决',
            options=(OptionDraft(text='同意'), OptionDraft(text='不同意')), unit=Unit.PERSON, rule='consultation.open',
            opens_at=None if after is None else now + after, closes_at=now + timedelta(days=3), topic_id=topic_id, draft_number=draft))
        self.ballots.append(made)
        return made

    async def announce_vote(self) -> None:
        await self.prepare_vote(after=timedelta(days=1))

    async def open_vote(self) -> None:
        await self.c.ballots.open(self.world['worker'], self.ballots[-1])

    async def cancel_vote(self) -> None:
        await self.c.ballots.cancel(self.world['worker'], self.chance.choice(self.ballots[1:]), '改期再议')

    async def vote(self) -> None:
        _, actor = self.someone('bob', 'alice')
        ballot_id = self.chance.choice(self.ballots)
        state = await self.c.ballots.state(actor, ballot_id)
        await self.c.ballots.cast(actor, ballot_id, as_choice([self.chance.choice(state.options).id]), client_id=token())

    # topics

    async def topic(self) -> None:
        await self.c.deliberation.create_topic(self.world['worker'], NewTopic(
            client_id=token(), place_id=self.world.community, title=f'议题 {len(self.done)}'))

    async def draft(self) -> None:
        self.drafts = await self.c.deliberation.publish_draft(
            self.world['worker'], self.topic_id, f'第 {self.drafts + 1} 稿，东门和西门各装一盏。', note='加了西门', after=self.drafts)

    async def opine(self) -> None:
        _, actor = self.someone('bob', 'carol', 'lead', 'alice')
        view = await self.c.deliberation.post_opinion(actor, self.topic_id, f'意见 {len(self.opinions)}', client_id=token())
        self.opinions.append(view.id)

    async def weigh(self) -> None:
        _, actor = self.someone('bob', 'carol', 'alice')
        await self.c.deliberation.weigh(actor, self.chance.choice(self.opinions), self.chance.choice(list(Stance)))

    async def answer(self) -> None:
        await self.c.deliberation.answer(self.world['worker'], self.chance.choice(self.opinions), Outcome.PARTLY, '先装一盏看看')

    # incidents and calls

    async def alarm(self) -> None:
        opened = await self.c.emergency.open_incident(self.world['worker'], IncidentDraft(
            place_id=self.world.community, title=f'道路积雪 {len(self.incidents)}', client_id=token(), level=self.chance.choice(list(Level))))
        self.incidents.append(opened.id)

    async def level(self) -> None:
        await self.c.emergency.set_level(self.world['secretary'], self.chance.choice(self.incidents), self.chance.choice(list(Level)), '雪大了')

    async def report(self) -> None:
        await self.c.emergency.report(self.world['grid'], self.chance.choice(self.incidents), f'情况 {len(self.done)}')

    async def end_alarm(self) -> None:
        await self.c.emergency.close_incident(self.world['secretary'], self.chance.choice(self.incidents[1:]), '雪停了')

    async def call(self) -> None:
        made = await self.c.emergency.open_call(self.world['worker'], CallDraft(
            incident_id=self.incident_id, place_id=self.world.community, title=f'扫雪 {len(self.calls)}', client_id=token(),
            shifts=[self._shift('主路'), self._shift('坡道')]))
        self.calls.append(made.id)

    def _shift(self, title: str) -> ShiftDraft:
        start = self.c.clock.now() + timedelta(hours=20)
        return ShiftDraft(title=title, starts_at=start, ends_at=start + timedelta(hours=2), capacity=2)

    async def _some_shift(self) -> int:
        call_id = self.call_id if self.chance.random() < 0.7 else self.chance.choice(self.calls)
        return self.chance.choice((await self.c.emergency.card_state(self.world['worker'], call_id)).shifts).id

    async def sign_up(self) -> None:
        _, actor = self.someone('bob', 'carol', 'lead', 'alice')
        await self.c.emergency.sign_up(actor, await self._some_shift(), token())

    async def cancel(self) -> None:
        _, actor = self.someone('bob', 'carol', 'lead', 'alice')
        await self.c.emergency.cancel(actor, self.chance.choice(await self.c.emergency.my_signups(actor)).id)

    async def seats(self) -> None:
        await self.c.emergency.set_capacity(self.world['worker'], await self._some_shift(), self.chance.choice((2, 3, 4)))

    async def shift(self) -> None:
        await self.c.emergency.add_shift(self.world['worker'], self.chance.choice(self.calls), self._shift(f'加班 {len(self.done)}'))

    async def call_off(self) -> None:
        await self.c.emergency.call_off_shift(self.world['worker'], await self._some_shift())

    async def close_call(self) -> None:
        await self.c.emergency.close_call(self.world['worker'], self.chance.choice(self.calls[1:]))

    async def end(self) -> None:
        """The vote runs out, the topic is decided and reported on, the incident and its calls end."""
        self.clock.move(timedelta(days=4))
        await self.c.jobs.run_due()
        await self.c.deliberation.decide(self.world['worker'], self.topic_id, '东门装一盏灯')
        await self.c.deliberation.report(self.world['worker'], self.topic_id, '灯已经装好', client_id=token())
        await self.c.emergency.close_incident(self.world['secretary'], self.incident_id, '雪停了')
        await self.c.emergency.close_call(self.world['worker'], self.call_id)


@pytest.fixture
async def house(
    fresh_nicegui: None, container: Container, world: World, clock: MovableClock, request: pytest.FixtureRequest,  # noqa: F811
) -> AsyncIterator[Community]:
    async with open_house(Community, container, world, clock, request.param) as house:
        yield house


@pytest.mark.parametrize('house', range(1), indirect=True)
async def test_pages_left_open_show_what_fresh_pages_show(house: Community) -> None:
    await house.watch(WATCHED, ROUNDS, ACTS, last=house.end)
