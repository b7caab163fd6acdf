"""State + events = fresh state, at the desk: the queue, the knowledge base and the hand-off desk, and a resident who talks with 小栖.

They stay open while colleagues write, review and publish, take cases over and hand them on; after every few acts each page is
compared with a freshly loaded one.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from tests.conftest import World
from tests.pages.house import ROOM, House, Watched, Way, clock, database_url, open_house  # noqa: F401 - fixtures
from tests.pages.live.conftest import fresh_nicegui  # noqa: F401 - a fixture
from tests.pages.test_assistant_pages import container, gate  # noqa: F401 - fixtures
from yunshequ.assistant.schemas import EntryDraft
from yunshequ.assistant.tool_schemas import BulkChange
from yunshequ.ballots.schemas import BallotDraft, OptionDraft, Unit
from yunshequ.bootstrap import Container
from yunshequ.core.clock import MovableClock
from yunshequ.core.ids import token
from yunshequ.core.policy import Actor
from yunshequ.emergency.schemas import IncidentDraft
from yunshequ.rooms.order_schemas import Reason
from yunshequ.rooms.schemas import PostDraft

ROUNDS, ACTS = 4, 4
WATCHED = (
    Watched('/staff', 'worker'),
    Watched('/staff/knowledge', 'worker'),
    Watched('/staff/knowledge/due', 'worker'),
    Watched('/staff/knowledge/desk', 'worker'),
    Watched('/staff/knowledge/departments', 'worker'),
    Watched('/assistant', says=ROOM),
)
ENTRY = Watched('/staff/knowledge/{entry_id}', 'worker')
"""Says that somebody else has been at work and leaves what is being typed: not compared, asked whether it has said so."""


@dataclass
class Office(House):
    """An office with some knowledge, of which two people look after every word; a resident waits for a person."""

    entry_id: int = 0
    entries: list[int] = field(default_factory=list)
    chat_id: int = 0
    cases: list[int] = field(default_factory=list)
    departments: list[int] = field(default_factory=list)

    async def prepare(self) -> None:
        for _ in range(2):
            await self.write()
        self.entry_id = self.entries[0]
        self.chat_id = (await self.c.assistant.open_chat(self.world['alice'])).id
        self.c.assistant.knowledge.rights._four_eyes = True

    def ways(self) -> Sequence[Way]:
        return [
            self.write, self.edit, self.edit, self.submit, self.submit, self.publish, self.publish, self.send_back, self.retire, self.unretire,
            self.confirm, self.bulk, self.hand_off, self.hand_off, self.take, self.release, self.close, self.rate, self.reopen, self.ask,
            self.report, self.vote, self.alarm, self.apply, self.set_up, self.rename, self.shut]

    # knowledge

    async def write(self) -> None:
        n = len(self.entries)
        entry = await self.c.assistant.knowledge.create(self.world['secretary'], EntryDraft(
            question=f'第 {n} 个问题怎么办', answer='带身份证到社区。', category='办事', place_id=self.world.community,
            owner_id=self.world['worker'].member_id, valid_until=self.c.clock.now() + timedelta(days=10 + n)), publish=n < 2)
        self.entries.append(entry.id)

    async def edit(self) -> None:
        entry = await self.c.assistant.knowledge.get(self.world['secretary'], self.chance.choice(self.entries))
        draft = EntryDraft.model_validate({name: getattr(entry.wanted(), name) for name in EntryDraft.model_fields} | {
            'answer': f'带身份证到社区，第 {len(self.done)} 版。'})
        await self.c.assistant.knowledge.edit(self.world['secretary'], entry.id, entry.version, draft)

    async def _do(self, who: str, deed: str, *more: str) -> None:
        entry = await self.c.assistant.knowledge.get(self.world[who], self.chance.choice(self.entries))
        await getattr(self.c.assistant.knowledge, deed)(self.world[who], entry.id, entry.version, *more)

    async def submit(self) -> None:
        await self._do('secretary', 'submit')

    async def publish(self) -> None:
        await self._do('street', 'publish')

    async def send_back(self) -> None:
        await self._do('street', 'send_back', '请写明时间')

    async def retire(self) -> None:
        await self._do('street', 'retire')

    async def unretire(self) -> None:
        await self._do('street', 'unretire')

    async def confirm(self) -> None:
        entry = await self.c.assistant.knowledge.get(self.world['secretary'], self.chance.choice(self.entries))
        await self.c.assistant.keeping.confirm(self.world['secretary'], entry.id, entry.version)

    async def bulk(self) -> None:
        change = BulkChange(category=f'类别 {len(self.done)}')
        bulk = self.c.assistant.bulk
        plan = await bulk.preview(self.world['secretary'], self.entries[:2], change)
        await bulk.apply(self.world['secretary'], self.entries[:2], change, plan.digest)

    # departments

    async def set_up(self) -> None:
        made = await self.c.assistant.knowledge.departments.create(self.world['secretary'], self.world.community, f'部门 {len(self.done)}', '')
        self.departments.append(made)

    async def rename(self) -> None:
        await self.c.assistant.knowledge.departments.rename(self.world['secretary'], self.departments[-1], f'改名 {len(self.done)}', '群众来访')

    async def shut(self) -> None:
        await self.c.assistant.knowledge.departments.close(self.world['secretary'], self.departments[0])

    # cases

    async def hand_off(self) -> None:
        case = (await self.c.assistant.handoff(self.world['alice'], self.chat_id)).case
        if case.id not in self.cases:
            self.cases.append(case.id)

    async def take(self) -> None:
        _, actor = self.someone('worker', 'secretary')
        await self.c.assistant.desk.take(actor, self.cases[-1])

    async def _holder(self) -> Actor:
        """Return who has taken the last case."""
        case = await self.c.assistant.desk.case_of(self.world['alice'], self.chat_id)
        return self.world['worker'] if case is None or case.worker is None else Actor(case.worker.id)

    async def release(self) -> None:
        await self.c.assistant.desk.release(await self._holder(), self.cases[-1])

    async def close(self) -> None:
        await self.c.assistant.desk.close(await self._holder(), self.cases[-1])

    async def rate(self) -> None:
        await self.c.assistant.rating.rate(self.world['alice'], self.cases[-1], self.chance.randint(1, 5))

    async def reopen(self) -> None:
        await self.c.assistant.rating.reopen(self.world['alice'], self.cases[-1])

    async def ask(self) -> None:
        """The resident asks on her other phone."""
        await self.c.rooms.post(self.world['alice'], PostDraft(room_id=self.chat_id, client_id=token(), body=f'第 {len(self.done)} 件事谁管'))

    # what else comes into the queue

    async def report(self) -> None:
        view = await self.c.rooms.post(self.world['bob'], PostDraft(room_id=self.room_id, client_id=token(), body=f'第 {len(self.done)} 句'))
        await self.c.rooms.report(self.world['alice'], self.room_id, view.seq, Reason.SPAM)

    async def vote(self) -> None:
        now = self.c.clock.now()
        await self.c.ballots.create(self.world['secretary'], BallotDraft(
            client_id=token(), place_id=self.world.building, title=f'表决 {len(self.done)}', options=(OptionDraft(text='同意'), OptionDraft(text='不')),
            unit=Unit.PERSON, rule='consultation.open', closes_at=now + timedelta(days=3)))

    async def alarm(self) -> None:
        await self.c.emergency.open_incident(self.world['secretary'], IncidentDraft(
            place_id=self.world.community, title=f'积水 {len(self.done)}', client_id=token()))

    async def apply(self) -> None:
        code = await self.c.community.create_join_code(self.world['secretary'], self.world.building, room_id=self.room_id)
        await self.c.rooms.door.set_entry(self.world['secretary'], self.room_id, asks=True)
        await self.c.rooms.door.come_in(self.world['stranger'], code.token, nickname='3栋-小林')


@pytest.fixture
async def house(
    fresh_nicegui: None, container: Container, world: World, clock: MovableClock, request: pytest.FixtureRequest,  # noqa: F811
) -> AsyncIterator[Office]:
    async with open_house(Office, container, world, clock, request.param) as house:
        yield house


@pytest.mark.parametrize('house', range(1), indirect=True)
async def test_pages_left_open_show_what_fresh_pages_show(house: Office) -> None:
    entry = await house.open(ENTRY)
    await house.watch(WATCHED, ROUNDS, ACTS, last=house.bulk)
    await entry.get_by_role('link', name='看最新的').wait_for()
