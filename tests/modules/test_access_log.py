"""Wherever somebody in office sees people's data, each of them finds a line of it; on both databases.

``LOOKS`` is the list of all such places. What is shown of people elsewhere in the pages of the staff is what everybody in the same
room sees anyway (names and words of a room), is masked (the roll), or is about those in office themselves; see SECURITY.md.
"""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta

import pytest

from tests.conftest import World
from yunshequ.bootstrap import Container
from yunshequ.community.acting import Purpose
from yunshequ.community.identity_schemas import CheckDraft, Paper
from yunshequ.community.schemas import Relation
from yunshequ.core.clock import MovableClock
from yunshequ.core.errors import NotPermitted
from yunshequ.core.ids import token
from yunshequ.core.policy import Actor
from yunshequ.emergency.schemas import CallDraft, IncidentDraft, Level, ShiftDraft
from yunshequ.privacy.schemas import ACCESS_WORDS, Access, Exportable
from yunshequ.rooms.schemas import MessageKind, PostDraft

Look = Callable[[Actor], Awaitable[object]]
"""One place where the data is shown: called by whoever looks."""


async def a_member(c: Container, world: World) -> Look:
    return lambda who: c.community.reveal(who, world.community, world['alice'].member_id, '核实住户')


async def a_roll_taken_home(c: Container, world: World) -> Look:
    async def look(who: Actor) -> object:
        asked = await c.privacy.exports.ask(who, Exportable.ROLL, world.community, 'csv', '人口普查核对')
        await c.privacy.exports.decide(world['street'], asked, approve=True)
        return await c.privacy.exports.take(who, asked)

    return look


async def claims(c: Container, world: World) -> Look:
    await c.community.settle(world['worker'], world.households['bob'], world['alice'].member_id, Relation.FAMILY, verified=False)
    return lambda who: c.community.claims(who, world.community)


async def checks(c: Container, world: World) -> Look:
    await c.identity.propose(world['grid'], world.building, CheckDraft(
        member_id=world['alice'].member_id, name='张丽', number='320113195403071239', papers=(Paper.ID_CARD,)))
    return lambda who: c.identity.waiting(who, world.community)


async def a_real_name(c: Container, world: World) -> Look:
    return lambda who: c.identity.of_member(who, world.community, world['alice'].member_id)


async def consents_on_paper(c: Container, world: World) -> Look:
    seen = await c.identity.propose(world['grid'], world.building, CheckDraft(
        member_id=world['bob'].member_id, name='王刚', number='320113195403071239', papers=(Paper.ID_CARD,)))
    await c.identity.decide(world['worker'], seen, confirmed=True)
    await c.acting.propose_paper(
        world['worker'], world.community, world['alice'].member_id, world['bob'].member_id, [Purpose.SIGN_UP], date(2026, 3, 30))
    return lambda who: c.acting.waiting(who, world.community)


async def a_flat(c: Container, world: World) -> Look:
    return lambda who: c.households.living_in(who, world.households['alice'])


async def names(c: Container, world: World) -> Look:
    return lambda who: c.community.names_at(who, world.community, 200)


async def applied(c: Container, world: World) -> None:
    await c.rooms.leave(world['alice'], world.room.id)
    await c.rooms.door.set_entry(world['grid'], world.room.id, asks=True)
    code = await c.community.create_join_code(world['grid'], world.building, room_id=world.room.id)
    assert (await c.rooms.join_by_code(world['alice'], code.token, nickname='3栋-小丽', room_no='502')).waits


async def applications(c: Container, world: World) -> Look:
    await applied(c, world)
    return lambda who: c.rooms.door.waiting(who, world.community)


async def applications_to_a_room(c: Container, world: World) -> Look:
    await applied(c, world)
    return lambda who: c.rooms.door.requests(who, world.room.id)


async def receipts(c: Container, world: World) -> Look:
    notice = await c.rooms.post(world['lead'], PostDraft(
        room_id=world.room.id, body='明天停水', client_id='access-notice', kind=MessageKind.NOTICE))
    return lambda who: c.rooms.receipts.state(who, world.room.id, notice.seq)


async def on_shift(c: Container, world: World) -> tuple[int, int]:
    incident = await c.emergency.open_incident(world['secretary'], IncidentDraft(
        place_id=world.community, title='暴雨积水', level=Level.BLUE, text='', client_id=token()))
    start = c.clock.now() + timedelta(hours=5)
    call = await c.emergency.open_call(world['secretary'], CallDraft(
        incident_id=incident.id, place_id=world.community, title='守堤', client_id=token(),
        shifts=[ShiftDraft(title='上午', starts_at=start, ends_at=start + timedelta(hours=3), capacity=2)]))
    await c.emergency.sign_up(world['alice'], call.shifts[0].id, token())
    return call.id, call.shifts[0].id


async def a_roster(c: Container, world: World) -> Look:
    _call, shift_id = await on_shift(c, world)
    return lambda who: c.emergency.roster(who, shift_id)


async def a_roster_taken_home(c: Container, world: World) -> Look:
    call_id, _shift = await on_shift(c, world)
    return lambda who: c.emergency.export_csv(who, call_id)


async def asked_for_a_person(c: Container, world: World) -> int:
    chat = await c.assistant.open_chat(world['alice'])
    return (await c.assistant.handoff(world['alice'], chat.id)).case.id


async def questions(c: Container, world: World) -> Look:
    await asked_for_a_person(c, world)
    return lambda who: c.assistant.desk.cases(who, world.community)


async def a_question_passed_on(c: Container, world: World) -> Look:
    case_id = await asked_for_a_person(c, world)
    return lambda who: c.assistant.desk.pass_on(who, case_id, None)


async def a_private_chat(c: Container, world: World) -> Look:
    case_id = await asked_for_a_person(c, world)
    return lambda who: c.assistant.desk.take(who, case_id)


LOOKS: list[tuple[Callable[[Container, World], Awaitable[Look]], Access, str]] = [
    (a_member, Access.MEMBER, '核实住户'), (a_roll_taken_home, Access.ROLL_EXPORT, '人口普查核对'), (claims, Access.CLAIMS, ''),
    (checks, Access.IDENTITY, ''), (a_real_name, Access.IDENTITY, ''), (consents_on_paper, Access.ACTING, ''),
    (a_flat, Access.HOUSEHOLD, ''), (names, Access.NAMES, ''), (applications, Access.ENTRIES, ''),
    (applications_to_a_room, Access.ENTRIES, ''), (receipts, Access.RECEIPTS, ''), (a_roster, Access.ROSTER, '守堤 · 上午'),
    (a_roster_taken_home, Access.ROSTER, '守堤，导出成文件'), (questions, Access.HANDOFF, ''),
    (a_question_passed_on, Access.HANDOFF, ''), (a_private_chat, Access.CHAT, ''),
]
EACH_TIME = {a_member, a_roll_taken_home}
"""A reason is given each time, so each time leaves its line."""


def test_every_kind_of_look_is_tried_and_has_words() -> None:
    assert {what for _look, what, _reason in LOOKS} == set(Access) == ACCESS_WORDS.keys()


@pytest.mark.parametrize(('place', 'what', 'reason'), LOOKS, ids=[one[0].__name__ for one in LOOKS])
async def test_whoever_is_looked_at_sees_by_whom(
    container: Container, world: World, clock: MovableClock, place: Callable[[Container, World], Awaitable[Look]], what: Access, reason: str,
) -> None:
    look, alice, worker = await place(container, world), world['alice'], world['secretary']
    assert await container.privacy.access.of(alice) == []
    with pytest.raises(NotPermitted):
        await look(world['other_worker'])
    assert await container.privacy.access.of(alice) == []  # nothing was shown
    await look(worker)
    [line] = await container.privacy.access.of(alice)
    assert (line.name, line.what, line.reason) == ('secretary先生', what, reason)
    assert await container.privacy.access.of(worker) == []
    if place in EACH_TIME or place is a_private_chat:
        return
    await look(worker)
    assert len(await container.privacy.access.of(alice)) == 1  # the same list again on the same day
    clock.move(timedelta(days=1))
    await look(worker)
    assert len(await container.privacy.access.of(alice)) == 2


async def test_who_settles_a_colleagues_case_has_looked_too(container: Container, world: World) -> None:
    case_id = await asked_for_a_person(container, world)
    await container.assistant.desk.take(world['worker'], case_id)
    await container.assistant.desk.close(world['secretary'], case_id)
    lines = await container.privacy.access.of(world['alice'])
    assert {(line.name, line.what) for line in lines} == {('worker先生', Access.CHAT), ('secretary先生', Access.HANDOFF)}


async def test_a_process_that_starts_anew_finds_the_lines_of_today(container: Container, world: World) -> None:
    look = await claims(container, world)
    await look(world['secretary'])
    container.privacy.access._noted.clear()
    await look(world['secretary'])
    assert len(await container.privacy.access.of(world['alice'])) == 1


async def test_the_workbench_counts_who_waits_and_shows_nobody(container: Container, world: World) -> None:
    await claims(container, world)
    assert await container.community.claimed_flats(world['worker'], world.community) == ['3栋-803']
    assert await container.privacy.access.of(world['alice']) == []
