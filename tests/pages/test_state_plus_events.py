"""State + events = fresh state, in rooms: a page that was open while things happened shows what a page opened afterwards shows.

Real browsers of a resident, of an applicant and of the office watch rooms and all that keeps them in order, while others (and they
themselves on other phones) act in random order; after every few acts each page is compared with a freshly loaded one.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image

from tests.conftest import World
from tests.pages.house import LIST, ROOM, House, Watched, Way, clock, database_url, open_house  # noqa: F401 - fixtures
from tests.pages.live.conftest import fresh_nicegui  # noqa: F401 - a fixture
from yunshequ.ballots.schemas import BallotDraft, OptionDraft, Unit, as_choice
from yunshequ.bootstrap import Container
from yunshequ.chains.schemas import ChainDraft
from yunshequ.core.clock import MovableClock
from yunshequ.core.ids import token
from yunshequ.emergency.schemas import CallDraft, IncidentDraft, ShiftDraft
from yunshequ.rooms.order_schemas import Outcome, Reason
from yunshequ.rooms.schemas import MessageKind, PostDraft

ROUNDS, ACTS = 4, 5
WATCHED = (
    Watched('/messages', says=LIST),
    Watched('/rooms/{room_id}', says=ROOM),
    Watched('/rooms/{room_id}/gallery'),
    Watched('/rooms/{room_id}/log'),
    Watched('/me/order', 'bob'),
    Watched('/staff/rooms/{room_id}', 'worker', root='.ys-door, .ys-desk > section:last-of-type'),
    Watched('/staff/rooms/{room_id}/notices/{notice_seq}', 'worker'),
    Watched('/staff/order', 'secretary'),
    Watched('/join/{code}', 'stranger'),
)


@dataclass
class Building(House):
    """A building whose room asks who comes in; a vote, a call and a chain stand in it as cards."""

    ballot_id: int = 0
    options: tuple[int, ...] = ()
    shifts: tuple[int, ...] = ()
    chain_id: int = 0
    notice_seq: int = 0
    code: str = ''
    said: list[tuple[str, int]] = field(default_factory=list)

    async def prepare(self) -> None:
        worker, now, world = self.world['worker'], self.c.clock.now(), self.world
        self.ballot_id = await self.c.ballots.create(worker, BallotDraft(
            client_id=token(), place_id=world.building, title='门口装一盏灯', options=(OptionDraft(text='同意'), OptionDraft(text='不同意')),
            unit=Unit.PERSON, rule='consultation.open', closes_at=now + timedelta(days=3), room_id=self.room_id))
        await self.c.ballots.open(worker, self.ballot_id)
        self.options = tuple(option.id for option in (await self.c.ballots.state(worker, self.ballot_id)).options)
        incident = await self.c.emergency.open_incident(worker, IncidentDraft(
            place_id=world.community, title='道路积雪', client_id=token()))
        call = await self.c.emergency.open_call(worker, CallDraft(
            incident_id=incident.id, place_id=world.community, room_id=self.room_id, title='扫雪', client_id=token(), shifts=[
                ShiftDraft(title=title, starts_at=now + timedelta(hours=20 + 3 * n), ends_at=now + timedelta(hours=22 + 3 * n), capacity=2)
                for n, title in enumerate(('主路', '坡道'))]))
        self.shifts = tuple(shift.id for shift in call.shifts)
        self.chain_id = await self.c.chains.start(world['bob'], ChainDraft(room_id=self.room_id, client_id=token(), title='周六一起去菜场'))
        await self.notice()
        await self.c.rooms.words.add_term(worker, world.community, '代办驾照', '广告')
        await self.c.rooms.door.set_entry(worker, self.room_id, asks=True, question='您住几栋几号？')
        self.code = (await self.c.community.create_join_code(worker, world.building, room_id=self.room_id)).token

    def ways(self) -> Sequence[Way]:
        return [
            self.post, self.post, self.post, self.post_elsewhere, self.picture, self.recall, self.notice, self.unpin, self.acknowledge, self.come,
            self.go, self.read, self.vote, self.sign_up, self.cancel, self.more_seats, self.line, self.line, self.take_line, self.turn_chain,
            self.mute, self.moderate, self.undo, self.report, self.report, self.claim, self.decide, self.appeal, self.review, self.hold,
            self.judge, self.propose, self.answer, self.apply, self.apply, self.let_in, self.quieten]

    # what is said

    async def post(self) -> None:
        key, actor = self.someone('bob', 'bob', 'lead', 'alice')
        mentions = [self.world['alice'].member_id] if self.chance.random() < 0.3 else []
        reply = self.chance.choice(self.said)[1] if self.said and self.chance.random() < 0.3 else None
        view = await self.c.rooms.post(actor, PostDraft(
            room_id=self.room_id, client_id=token(), body=f'第 {len(self.said)} 句', mentions=mentions, reply_seq=reply))
        self.said.append((key, view.seq))

    async def post_elsewhere(self) -> None:
        assert self.world.community_room is not None
        _, actor = self.someone('bob', 'carol', 'secretary')
        await self.c.rooms.post(actor, PostDraft(room_id=self.world.community_room.id, client_id=token(), body='社区里的一句'))

    async def picture(self) -> None:
        key, actor = self.someone('bob', 'alice')
        data = BytesIO()
        Image.new('RGB', (64, 48), (200, 60, len(self.said) % 256)).save(data, 'PNG')
        kept = await self.c.rooms.images.add(self.room_id, actor.member_id, data.getvalue())
        view = await self.c.rooms.post(actor, PostDraft(
            room_id=self.room_id, client_id=token(), kind=MessageKind.IMAGE, body='', image=kept['token']))
        self.said.append((key, view.seq))

    async def recall(self) -> None:
        key, seq = self.chance.choice(self.said) if self.chance.random() < 0.5 else self.said[-1]
        await self.c.rooms.recall(self.world[key], self.room_id, seq)

    async def notice(self) -> None:
        view = await self.c.rooms.post(self.world['lead'], PostDraft(
            room_id=self.room_id, client_id=token(), kind=MessageKind.NOTICE, body=f'通知 {len(self.said)}：明天停水'))
        self.notice_seq = self.notice_seq or view.seq
        self.said.append(('lead', view.seq))

    async def unpin(self) -> None:
        await self.c.rooms.pin_notice(self.world['lead'], self.room_id, self.chance.choice((None, self.notice_seq)))

    async def acknowledge(self) -> None:
        _, actor = self.someone('bob', 'worker', 'alice', 'lead')
        page = await self.c.rooms.open_room(self.world['alice'], self.room_id)
        if page.notice is not None:
            await self.c.rooms.acknowledge(actor, self.room_id, page.notice.message.seq)

    async def read(self) -> None:
        assert self.world.community_room is not None
        room_id = self.world.community_room.id
        head = await self.c.rooms.head(room_id)
        await self.c.rooms.mark_read(self.world['alice'], room_id, self.chance.randint(max(0, head - 1), head))

    async def quieten(self) -> None:
        """Alice mutes a room, or pins it, on her other phone."""
        assert self.world.community_room is not None
        await self.c.rooms.set_prefs(
            self.world['alice'], self.world.community_room.id, muted=self.chance.random() < 0.5, pinned=self.chance.random() < 0.5)

    # who is inside

    async def come(self) -> None:
        _, actor = self.someone('carol', 'guest')
        await self.c.rooms.admit(self.room_id, [actor.member_id], greet=True)

    async def go(self) -> None:
        _, actor = self.someone('carol', 'guest')
        await self.c.rooms.dismiss(self.room_id, [actor.member_id])

    async def apply(self) -> None:
        key, actor = self.someone('stranger', 'guest')
        await self.c.rooms.door.come_in(actor, self.code, nickname=f'{key}先生', answer='3栋702')

    async def let_in(self) -> None:
        """The office decides; only the guest is let in, for the applicant's page leads into the room then."""
        request = self.chance.choice(await self.c.rooms.door.requests(self.world['lead'], self.room_id))
        if request.state != 'waiting':
            await self.c.rooms.door.undo(self.world['lead'], request.id)
        elif request.member_id == self.world['guest'].member_id and self.chance.random() < 0.5:
            await self.c.rooms.door.accept(self.world['lead'], request.id)
        else:
            await self.c.rooms.door.refuse(self.world['lead'], request.id, '请补充房号')

    # cards

    async def vote(self) -> None:
        _, actor = self.someone('bob', 'alice')
        await self.c.ballots.cast(actor, self.ballot_id, as_choice([self.chance.choice(self.options)]), client_id=token())

    async def sign_up(self) -> None:
        _, actor = self.someone('bob', 'carol', 'lead', 'alice')
        await self.c.emergency.sign_up(actor, self.chance.choice(self.shifts), token())

    async def cancel(self) -> None:
        _, actor = self.someone('bob', 'carol', 'lead', 'alice')
        await self.c.emergency.cancel(actor, self.chance.choice(await self.c.emergency.my_signups(actor)).id)

    async def more_seats(self) -> None:
        await self.c.emergency.set_capacity(self.world['worker'], self.chance.choice(self.shifts), self.chance.choice((2, 3, 4)))

    async def line(self) -> None:
        _, actor = self.someone('bob', 'lead', 'alice')
        await self.c.chains.put(actor, self.chain_id, f'{len(self.done)} 斤青菜')

    async def take_line(self) -> None:
        _, actor = self.someone('bob', 'lead', 'alice')
        await self.c.chains.take(actor, self.chain_id)

    async def turn_chain(self) -> None:
        await self.c.chains.turn(self.world['bob'], self.chain_id, closed=self.chance.random() < 0.5)

    # good order

    def _of_bob(self) -> int:
        return self.chance.choice([seq for key, seq in self.said if key == 'bob'])

    async def mute(self) -> None:
        await self.c.rooms.acts.mute(self.world['worker'], self.room_id, self.world['bob'].member_id, 60, Reason.SPAM)

    async def moderate(self) -> None:
        await self.c.rooms.acts.recall(self.world['worker'], self.room_id, self._of_bob(), Reason.SPAM)

    async def undo(self) -> None:
        act = self.chance.choice(await self.c.rooms.acts.in_room(self.world['worker'], self.room_id))
        await self.c.rooms.acts.undo(self.world['worker'], act.id, '处理错了')

    async def report(self) -> None:
        _, actor = self.someone('alice', 'lead')
        await self.c.rooms.report(actor, self.room_id, self._of_bob(), Reason.ABUSE, '说话难听')

    async def claim(self) -> None:
        case = self.chance.choice(await self.c.rooms.reports.cases(self.world['worker'], self.world.community))
        if case.claimed_by is None:
            await self.c.rooms.reports.claim(self.world['worker'], case.id)
        else:
            await self.c.rooms.reports.unclaim(self.world['worker'], case.id)

    async def decide(self) -> None:
        case = self.chance.choice(await self.c.rooms.reports.cases(self.world['worker'], self.world.community))
        if case.claimed_by is None:
            await self.c.rooms.reports.claim(self.world['worker'], case.id)
        await self.c.rooms.reports.decide(self.world['worker'], case.id, self.chance.choice((Outcome.NONE, Outcome.RECALL)), Reason.ABUSE)

    async def appeal(self) -> None:
        await self.c.rooms.appeals.appeal(self.world['bob'], self.chance.choice(await self.c.rooms.acts.mine(self.world['bob'])).id, '我没有刷屏')

    async def review(self) -> None:
        waiting = await self.c.rooms.appeals.waiting(self.world['secretary'], self.world.community)
        await self.c.rooms.appeals.decide(
            self.world['secretary'], self.chance.choice(waiting).act.id, upheld=self.chance.random() < 0.5, answer='看过了')

    async def hold(self) -> None:
        _, actor = self.someone('bob', 'alice')
        await self.c.rooms.post(actor, PostDraft(room_id=self.room_id, client_id=token(), body=f'代办驾照 {len(self.done)}'))

    async def judge(self) -> None:
        held = self.chance.choice(await self.c.rooms.held.waiting(self.world['worker'], self.world.community))
        if self.chance.random() < 0.5:
            await self.c.rooms.held.release(self.world['worker'], held.id)
        else:
            await self.c.rooms.held.refuse(self.world['worker'], held.id, Reason.SPAM)

    async def propose(self) -> None:
        await self.c.rooms.removals.propose(self.world['worker'], self.room_id, self.world['bob'].member_id, Reason.ABUSE)

    async def answer(self) -> None:
        waiting = await self.c.rooms.removals.waiting(self.world['secretary'], self.world.community)
        await self.c.rooms.removals.decide(self.world['secretary'], self.chance.choice(waiting).id, confirmed=False)

    async def end(self) -> None:
        """The vote runs out, the call and the chain are closed, mutes are over."""
        await self.c.chains.turn(self.world['bob'], self.chain_id, closed=True)
        self.clock.move(timedelta(days=4))
        await self.c.jobs.run_due()


@pytest.fixture
async def house(
    fresh_nicegui: None, container: Container, world: World, clock: MovableClock, request: pytest.FixtureRequest,  # noqa: F811
) -> AsyncIterator[Building]:
    async with open_house(Building, container, world, clock, request.param) as house:
        yield house


@pytest.mark.parametrize('house', range(2), indirect=True)
async def test_pages_left_open_show_what_fresh_pages_show(house: Building) -> None:
    await house.watch(WATCHED, ROUNDS, ACTS, last=house.end)
