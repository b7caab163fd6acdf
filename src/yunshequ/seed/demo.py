"""The demo district: nine 街道, three communities in depth, three stories at a living stage (演示).

The stories are told in ``data/seed/demo/*.json`` and played through the services with a clock that moves, so that what
stands in the database is what people would have made: numbered messages, dated drafts, audited votes.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from yunshequ.ballots.schemas import BallotDraft, OptionDraft, as_choice
from yunshequ.ballots.schemas import Stance as Means
from yunshequ.bootstrap import Container
from yunshequ.community import places
from yunshequ.community.schemas import PlaceKind, PlaceView, Relation
from yunshequ.core.clock import SHANGHAI, MovableClock, local
from yunshequ.core.ids import digest
from yunshequ.core.policy import Actor, Role
from yunshequ.core.settings import Settings
from yunshequ.core.unit import Tx
from yunshequ.deliberation.schemas import NewTopic, Outcome, Stance
from yunshequ.emergency.schemas import CallDraft, IncidentDraft, Level, ShiftDraft
from yunshequ.rooms.schemas import MessageKind, RoomKind, RoomView

PASSWORD = 'yunshequ-demo'  # noqa: S105 - of demo people; the login page prints it
DAWN = timedelta(hours=9)
"""The stories' last day ends at nine in the morning; it is the last such day before now."""

MEANS = {'同意': Means.YES, '不同意': Means.NO, '弃权': Means.ABSTAIN}

Data = dict[str, Any]
Step = Callable[[], Awaitable[None]]


async def fill(settings: Settings, folder: Path) -> list[str]:
    """Fill an empty database with the demo and its knowledge base; an inhabited one is left as it is.

    Returns lines for the terminal: who can be logged in as.
    """
    now = datetime.now(SHANGHAI)
    clock = MovableClock(now)
    container = Container(settings.model_copy(update={'demo': True, 'assistant': False, 'redis_url': ''}), clock=clock)
    await container.db.start()
    try:
        if await container.community.children(None):
            return ['数据库里已经有内容，演示数据没有重复添加', *accounts(folder / 'demo')]
        story = _Story(container, clock, now, folder / 'demo')
        await story.tell()
        district = (await container.community.children(None))[0]
        report = await container.assistant.knowledge.import_seed(folder / 'kb', {'district': district.id})
        return [f'知识库：{report.added} 条', *accounts(folder / 'demo')]
    finally:
        await container.bus.stop()
        await container.db.stop()


def accounts(folder: Path) -> list[str]:
    """Return what the terminal says about the people of the demo one can log in as."""
    people = json.loads((folder / 'people.json').read_text(encoding='utf-8'))
    return ['演示账号（登录页也可以直接点选）：', *(f'  {one["phone"]}  {one["name"]}（{one["about"]}）' for one in people if one.get('login')),
            f'  密码都是 {PASSWORD}']


@dataclass(slots=True)
class _Story:
    """Reads the files, then plays what happened in the order it happened."""

    c: Container
    clock: MovableClock
    now: datetime
    folder: Path
    people: dict[str, Actor] = field(default_factory=dict)
    rooms: dict[str, RoomView] = field(default_factory=dict)
    topics: dict[str, int] = field(default_factory=dict)
    named: dict[tuple[str, str], PlaceView] = field(default_factory=dict)
    steps: list[tuple[datetime, int, Step]] = field(default_factory=list)
    said: dict[tuple[int, int], int] = field(default_factory=dict)
    """Number in the room's log by room and position in its story (from 1): cards of votes stand in between."""

    async def tell(self) -> None:
        """Build the place and its people, then play."""
        self.clock.move(self._at([-60, '09:00']) - self.clock.now())
        spots, people = self._read('places'), self._read('people')
        await self.c.db.write(lambda tx: self._places(tx, spots))
        await self.c.db.write(lambda tx: self._people(tx, people))
        await self._consents(people)
        await self._logins(people)
        for room in self._read('rooms'):
            await self._room(room)
        stories = self._read('stories')
        for topic in stories['topics']:
            self._topic(topic)
        for ballot in stories['ballots']:
            self._ballot(ballot)
        self._incident(stories['incident'])
        for _at, _order, step in sorted(self.steps, key=lambda one: one[:2]):
            self.clock.move(_at - self.clock.now())
            await self.c.jobs.run_due()
            await step()
        self.clock.move(self.now - self.clock.now())

    def _read(self, name: str) -> Any:
        return json.loads((self.folder / f'{name}.json').read_text(encoding='utf-8'))

    def _at(self, when: list[Any]) -> datetime:
        day, clock = when
        date = (local(self.now) - DAWN).date() + timedelta(days=day)
        return datetime.combine(date, time.fromisoformat(clock), SHANGHAI)

    def _do(self, when: list[Any], step: Step) -> None:
        self.steps.append((self._at(when), len(self.steps), step))

    # places and people

    def _places(self, tx: Tx, spots: Data) -> None:
        district = places.add_place(tx, PlaceKind.DISTRICT, spots['district'], None)
        self.named['', spots['district']] = district
        for street in spots['subdistricts']:
            subdistrict = places.add_place(tx, PlaceKind.SUBDISTRICT, street['name'], district)
            self.named['', street['name']] = subdistrict
            for name in street['communities']:
                self.named['', name] = places.add_place(tx, PlaceKind.COMMUNITY, name, subdistrict)
        for deep in spots['depth']:
            community = self.named['', deep['community']]
            grids = [places.add_place(tx, PlaceKind.GRID, name, community) for name in deep['grids']]
            for grid in grids:
                self.named[deep['community'], grid.name] = grid
            estate = places.add_place(tx, PlaceKind.ESTATE, deep['estate'], grids[0])
            for name in deep['buildings']:
                building = places.add_place(tx, PlaceKind.BUILDING, name, estate)
                self.named[deep['community'], name] = building
                for floor in range(1, deep['floors'] + 1):
                    for number in range(1, deep['per_floor'] + 1):
                        area = deep['area_cm2'][number % len(deep['area_cm2'])]
                        places.ensure_household(tx, building.id, f'{floor}{number:02d}', area_cm2=area)

    def _place(self, name: str, community: str = '') -> PlaceView:
        """Find a place by ``社区``, ``社区/网格`` or ``小区/楼栋`` (the last in ``community``)."""
        if ('', name) in self.named:
            return self.named['', name]
        head, _, last = name.partition('/')
        for owner in (community, head, f'{head}社区'):
            if (owner, last) in self.named:
                return self.named[owner, last]
        raise LookupError(f'the demo names no place {name}')

    def _people(self, tx: Tx, people: list[Data]) -> None:
        for one in people:
            number = self.c.accounts.phone(one['phone'])
            member_id = places.create_member(
                tx, one['name'], phone_hash=number.hash, phone_mask=number.mask, locale='zh-CN', party_member=one.get('party', False))
            self.people[one['key']] = Actor(member_id)
            places.change_member(tx, member_id, skills=one.get('skills', []))
            if 'role' in one:
                places.grant_role(tx, member_id, self._place(one['place'], one.get('community', '')).id, Role(one['role']), granted_by=None)
            if 'home' in one:
                building, room_no = one['home'].split('/')
                community = one.get('community') or '花园村社区'
                household = places.ensure_household(tx, self._place(f'{community}/{building}', community).id, room_no)
                places.settle(tx, household, member_id, Relation(one['relation']), verified=True)

    async def _consents(self, people: list[Data]) -> None:
        for one in people:
            actor = self.people[one['key']]
            await self.c.privacy.consents.note_notice(actor)
            for purpose, key in (('party_mark', 'party'), ('volunteer_match', 'skills')):
                if one.get(key):
                    await self.c.privacy.consents.set(actor, purpose, on=True)

    async def _logins(self, people: list[Data]) -> None:
        position = 0
        for one in people:
            if not one.get('login'):
                continue
            member_id = self.people[one['key']].member_id
            await self.c.accounts.seed_password(member_id, PASSWORD)
            await self.c.accounts.seed_demo_account(member_id, one['about'], position)
            position += 1

    # rooms

    async def _room(self, data: Data) -> None:
        place = self._place(data['place'], data.get('community', ''))
        members = [self.people[key].member_id for key in data['members']]
        opener = next(self.people[key] for key in data['members'] if key.startswith(('worker', 'secretary')))
        room = await self.c.rooms.create_room(
            opener, place.id, RoomKind(data['kind']), data['title'], welcome=data['welcome'], rules=data['rules'], members=members)
        for member_id in {opener.member_id, *members}:  # they have long been inside
            await self.c.rooms.rules_seen(Actor(member_id), room.id)
        self.rooms[data['key']] = room
        if data['kind'] != RoomKind.STAFF:
            await self.c.community.create_join_code(opener, place.id, room_id=room.id, days=None, note=data['title'])
        for number, line in enumerate(data['messages']):
            self._do(line['at'], self._says(room, number, line))

    def _says(self, room: RoomView, number: int, line: Data) -> Step:
        async def step() -> None:
            kind = MessageKind(line.get('kind', 'text'))
            mentions = [(await self.c.community.bot()).member_id] if line.get('ask') else []
            view = await self.c.rooms.say(  # a notice is pinned by being posted
                self.people[line['by']], room.id, line['text'], client_id=f'demo:{room.id}:{number}', kind=kind,
                reply_seq=self.said.get((room.id, line.get('reply', 0))), mentions=mentions)
            self.said[room.id, number + 1] = view.seq

        return step

    # deliberation

    def _topic(self, data: Data) -> None:
        first, *more = data['drafts']

        async def open_topic() -> None:
            self.topics[data['key']] = await self.c.deliberation.create_topic(self.people[data['by']], NewTopic(
                client_id=f'demo-{data["key"]}', place_id=self._place(data['place']).id, title=data['title'], summary=data['summary'],
                body=first['body'], room_id=self.rooms[data['room']].id))

        self._do(data['at'], open_topic)
        for number, draft in enumerate(more, 1):
            self._do(draft['at'], self._drafts(data['key'], draft, number))
        for number, opinion in enumerate(data['opinions']):
            self._opinion(data, opinion, number)
        for number, report in enumerate(data.get('reports', ())):
            self._do(report['at'], self._reports(data['key'], report, number))
        if decision := data.get('decision'):
            async def decide() -> None:
                await self.c.deliberation.decide(self.people[decision['by']], self.topics[data['key']], decision['text'])

            self._do(decision['at'], decide)

    def _drafts(self, topic: str, draft: Data, after: int) -> Step:
        async def step() -> None:
            await self.c.deliberation.publish_draft(
                self.people[draft['by']], self.topics[topic], draft['body'], note=draft['note'], after=after)

        return step

    def _reports(self, topic: str, report: Data, number: int) -> Step:
        async def step() -> None:
            await self.c.deliberation.report(
                self.people[report['by']], self.topics[topic], report['text'], client_id=f'demo-report-{topic}-{number}')

        return step

    def _opinion(self, topic: Data, data: Data, number: int) -> None:
        made: list[int] = []

        async def post() -> None:
            view = await self.c.deliberation.post_opinion(
                self.people[data['by']], self.topics[topic['key']], data['text'], client_id=f'demo-{topic["key"]}-{number}')
            made.append(view.id)
            for stance, keys in ((Stance.AGREE, data.get('agree', ())), (Stance.SKIP, data.get('skip', ()))):
                for key in keys:
                    await self.c.deliberation.weigh(self.people[key], view.id, stance)

        async def answer() -> None:
            outcome, words = data['answer']
            await self.c.deliberation.answer(self.people[topic['by']], made[0], Outcome(outcome), words)

        self._do(data['at'], post)
        if 'answer' in data:
            self._do(data['answered_at'], answer)

    # votes

    def _ballot(self, data: Data) -> None:
        made: list[int] = []
        closes_at = self._at(data['closes_at']) if 'closes_at' in data else self.now + timedelta(hours=data['closes_in_hours'])

        async def create() -> None:
            actor = self.people[data['by']]
            ballot_id = await self.c.ballots.create(actor, BallotDraft(
                client_id=f'demo-{data["key"]}', place_id=self._place(data['place'], data.get('community', '')).id, title=data['title'],
                body=data['body'], options=tuple(
                    OptionDraft(text=text, stance=MEANS.get(text)) for text in data['options']), method=data['method'],
                unit=data['unit'], secret=data['secret'], max_choices=data.get('max_choices', 1), rule=data['rule'],
                closes_at=closes_at, room_id=self.rooms[data['room']].id, topic_id=self.topics.get(data.get('topic', ''))))
            await self.c.ballots.open(actor, ballot_id)
            made.append(ballot_id)

        self._do(data['at'], create)
        for number, (key, choice, when) in enumerate(data['votes']):
            self._do(when, self._votes(made, key, choice, f'demo-{data["key"]}-{number}', secret=data['secret']))

    def _votes(self, made: list[int], key: str, choice: int | list[int], client_id: str, *, secret: bool) -> Step:
        async def step() -> None:
            actor = self.people[key]
            state = await self.c.ballots.state(actor, made[0])
            chosen = [state.options[index].id for index in ([choice] if isinstance(choice, int) else choice)]
            mark = digest(client_id)
            await self.c.ballots.cast(
                actor, made[0], as_choice(chosen), client_id='' if secret else mark, receipt=mark if secret else '')

        return step

    # the emergency

    def _incident(self, data: Data) -> None:
        made: list[int] = []

        async def open_incident() -> None:
            view = await self.c.emergency.open_incident(self.people[data['by']], IncidentDraft(
                place_id=self._place(data['place']).id, title=data['title'], text=data['text'], level=Level(data['level']),
                client_id='demo-incident'))
            made.append(view.id)

        async def open_call() -> None:
            call = data['call']
            start = self.now.replace(minute=0, second=0, microsecond=0)
            view = await self.c.emergency.open_call(self.people[call['by']], CallDraft(
                incident_id=made[0], place_id=self._place(data['place']).id, room_id=self.rooms[call['room']].id, title=call['title'],
                text=call['text'], client_id='demo-call', shifts=[
                    ShiftDraft(
                        title=shift['title'], spot=shift['spot'], skills=shift['skills'], capacity=shift['capacity'],
                        starts_at=start + timedelta(hours=shift['in_hours']), ends_at=start + timedelta(hours=shift['in_hours'] + shift['hours']))
                    for shift in call['shifts']]))
            for shift, told in zip(view.shifts, call['shifts'], strict=True):
                for key in told['who']:
                    await self.c.emergency.sign_up(self.people[key], shift.id, f'demo-signup-{key}')

        self._do(data['at'], open_incident)
        for report in data['reports']:
            async def tell(report: Data = report) -> None:
                await self.c.emergency.report(self.people[report['by']], made[0], report['text'])

            self._do(report['at'], tell)
        self._do(data['call']['at'], open_call)
