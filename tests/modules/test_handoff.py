"""Hand-off: the right desk, the duty roster, the clock, passing on, stars and reopening; on both databases."""

import asyncio
from collections.abc import AsyncIterator
from datetime import time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.modules.assistant_kit import PENSION, Kit, open_kit
from yunshequ.assistant.desk import DEPARTMENT_WITHIN, TAKE_WITHIN
from yunshequ.assistant.events import HandoffMoved, HandoffOpened, HandoffOverdue, HandoffRated
from yunshequ.assistant.models import DutyTurn
from yunshequ.assistant.rating import OPEN_AGAIN
from yunshequ.assistant.schemas import CaseState, DeskHours, HandoffView
from yunshequ.core.audit import AuditEntry
from yunshequ.core.clock import local
from yunshequ.core.errors import Conflict, Invalid, NotFound, NotPermitted
from yunshequ.rooms.schemas import MessageKind

HOUSING = '住建局'
FUND = '公积金怎么提取'


@pytest.fixture(params=['sqlite', 'postgresql'])
async def kit(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Kit]:
    async with open_kit(request.param, tmp_path) as kit:
        yield kit


async def answering(kit: Kit, place: str, *keepers: str) -> int:
    """The housing department of a place, that takes hand-offs."""
    departments = kit.assistant.knowledge.departments
    made = await departments.create(kit['admin'], kit.house.at(place), HOUSING)
    for keeper in keepers:
        await departments.name_keeper(kit['admin'], made, kit[keeper].member_id)
    await departments.set_answers(kit['admin'], made, answers=True)
    return made


async def housing(kit: Kit, keeper: str = 'district_officer') -> int:
    """The housing department of the whole district, and an entry of its."""
    made = await answering(kit, 'district', keeper)
    await kit.entry(FUND, '带合同到窗口。', department=HOUSING)
    return made


async def handed(kit: Kit, who: str = 'alice', question: str = FUND) -> HandoffView:
    """A question, its answer, and 转人工 under it."""
    chat = await kit.chat(who)
    [answer] = await kit.ask(who, chat.id, question)
    assert answer.answer is not None
    return await kit.assistant.handoff(kit[who], chat.id, log_id=answer.answer['log_id'])


async def lines(kit: Kit, room_id: int) -> list[str]:
    return [message.body for message in await kit.said(room_id) if message.kind in {MessageKind.SYSTEM, MessageKind.CARD}]


# -- who answers --------------------------------------------------------------------------------------------------------


async def test_a_question_waits_for_its_department_with_the_talk(kit: Kit) -> None:
    desk = await housing(kit)
    view = await handed(kit)
    assert (view.case.department_id, view.case.department, view.on_duty) == (desk, HOUSING, 1)
    assert view.case.due_at - view.case.opened_at == DEPARTMENT_WITHIN
    [line] = view.case.talk
    assert (line.asked, line.answered) == (FUND, '带合同到窗口。')
    assert (await lines(kit, view.case.room_id))[-1] == '已转给住建局的工作人员，请稍等，回复会出现在这里。'
    other = await handed(kit, 'bob', PENSION)
    assert (other.case.department_id, other.case.department) == (None, '')
    assert other.case.due_at - other.case.opened_at == TAKE_WITHIN


async def test_asking_for_a_person_by_word_is_about_what_was_asked_last(kit: Kit) -> None:
    desk = await housing(kit)
    chat = await kit.chat('alice')
    await kit.ask('alice', chat.id, FUND)
    await kit.ask('alice', chat.id, '谢谢')
    [words] = await kit.ask('alice', chat.id, '转人工')
    assert words.body == '已转给住建局的工作人员，请稍等，回复会出现在这里。'
    case = await kit.assistant.desk.case_of(kit['alice'], chat.id)
    assert case is not None
    assert (case.question, case.department_id) == (FUND, desk)


async def test_the_nearest_department_with_somebody_who_may_still_answer(kit: Kit) -> None:
    departments = kit.assistant.knowledge.departments
    far = await housing(kit)
    near = await answering(kit, 'community', 'worker')
    assert (await handed(kit)).case.department_id == near
    await departments.set_answers(kit['secretary'], near, answers=False)
    assert (await handed(kit, 'bob')).case.department_id == far
    for who in ('alice', 'grid_officer', 'worker2'):
        with pytest.raises(NotPermitted):
            await departments.set_answers(kit[who], near, answers=True)
    with pytest.raises(NotPermitted):  # the district's department is not the community's to change
        await departments.set_answers(kit['secretary'], far, answers=False)
    await departments.drop_keeper(kit['admin'], far, kit['district_officer'].member_id)
    assert (await handed(kit, 'carol')).case.department_id is None  # nobody there answers: those on duty do


async def test_a_keeper_answers_only_where_they_hold_office(kit: Kit) -> None:
    """Keeping a department of the district opens no chat of a community in which somebody holds no office."""
    department = await housing(kit, 'worker2')
    view = await handed(kit)
    assert view.case.department_id is None
    with pytest.raises(Invalid):
        await kit.assistant.desk.pass_on(kit['worker'], view.case.id, department)
    with pytest.raises(NotPermitted):
        await kit.assistant.desk.take(kit['worker2'], view.case.id)


async def test_a_department_keeps_hours_of_its_own(kit: Kit) -> None:
    departments, department = kit.assistant.knowledge.departments, await housing(kit)
    afternoon = DeskHours(days=(1, 2), spans=((time(14), time(17)),))
    for days, spans in (((), afternoon.spans), ((8,), afternoon.spans), ((1,), ()), ((1,), ((time(17), time(14)),)),
                        ((1,), ((time(9), time(12)), (time(11), time(17))))):
        with pytest.raises(Invalid):
            await departments.set_answers(kit['admin'], department, answers=True, hours=DeskHours(days=days, spans=spans))
    await departments.set_answers(kit['admin'], department, answers=True, hours=afternoon)
    [shown] = [one for one in await departments.all(kit['worker'], kit.house.at('community')) if one.id == department]
    assert (shown.answers, shown.hours) == (True, afternoon)
    view = await handed(kit)  # Monday at nine
    due = local(view.case.due_at)
    assert (due.weekday(), due.hour, due.minute) == (0, 16, 0)
    assert (await lines(kit, view.case.room_id))[-1] == '已经记下来了。现在是下班时间，工作人员今天 14:00 上班后会在这里回复您。'
    await kit.assistant.desk.take(kit['district_officer'], view.case.id)
    await kit.assistant.desk.close(kit['district_officer'], view.case.id)
    await kit.assistant.rating.reopen(kit['alice'], view.case.id)
    case = await kit.assistant.desk.case_of(kit['alice'], view.case.room_id)
    assert case is not None
    assert (case.department, case.due_at) == (HOUSING, view.case.due_at)
    assert (await lines(kit, case.room_id))[-1] == '已经重新打开，工作人员今天 14:00 上班后会在这里接着处理。'


async def test_a_case_bears_the_new_name_of_its_department(kit: Kit) -> None:
    departments, department = kit.assistant.knowledge.departments, await housing(kit)
    view = await handed(kit)
    with pytest.raises(Conflict):  # residents wait there
        await departments.close(kit['admin'], department)
    await departments.rename(kit['admin'], department, '房产局', '')
    [case] = await kit.assistant.desk.cases(kit['worker'], kit.house.at('community'))
    assert (case.id, case.department) == (view.case.id, '房产局')
    assert (await kit.assistant.rating.card(kit['alice'], case.id)).department == '房产局'
    assert (await handed(kit, 'bob')).case.department_id == department  # its entries say the new name too
    assert not await kit.assistant.roster.first_asked(kit['worker'], case.place_id, department)
    await departments.set_answers(kit['admin'], department, answers=False)  # what waits falls to the community
    assert await kit.assistant.roster.first_asked(kit['worker'], case.place_id, department)


async def test_passed_on_the_clock_starts_anew_and_the_resident_knows(kit: Kit) -> None:
    desk = await housing(kit)
    view = await handed(kit, question=PENSION)
    await kit.assistant.desk.take(kit['worker'], view.case.id)
    kit.house.clock.move(timedelta(minutes=5))
    with pytest.raises(Conflict):
        await kit.assistant.desk.pass_on(kit['secretary'], view.case.id, desk)
    moved = await kit.assistant.desk.pass_on(kit['worker'], view.case.id, desk)
    assert (moved.state, moved.worker, moved.department) == (CaseState.WAITING, None, HOUSING)
    assert moved.due_at == kit.house.clock.now() + DEPARTMENT_WITHIN
    assert (await lines(kit, view.case.room_id))[-1] == '这个问题已转到住建局窗口，请稍等，回复会出现在这里。'
    with pytest.raises(NotFound):  # whoever passed it on is out of the chat
        await kit.post('worker', view.case.room_id, '还有一句')
    kit.house.clock.move(timedelta(minutes=16))
    await kit.boot.jobs.run_due()  # the community's clock does not run for the department
    assert not [event for event in kit.house.events if isinstance(event, HandoffOverdue)]
    await kit.assistant.desk.take(kit['district_officer'], view.case.id)
    back = await kit.assistant.desk.pass_on(kit['district_officer'], view.case.id, None)
    assert (back.department, back.due_at) == ('', kit.house.clock.now() + TAKE_WITHIN)
    await kit.assistant.desk.take(kit['worker'], view.case.id)
    assert (await lines(kit, view.case.room_id)).count('worker 来为您答复，小栖先不插话。') == 2
    assert sum(isinstance(event, HandoffMoved) for event in kit.house.events) == 2
    with pytest.raises(NotFound):
        await kit.assistant.desk.pass_on(kit['worker'], view.case.id, 999)
    elsewhere = await answering(kit, 'community2', 'worker2')
    with pytest.raises(Invalid):
        await kit.assistant.desk.pass_on(kit['worker'], view.case.id, elsewhere)
    with pytest.raises(NotPermitted):
        await kit.assistant.desk.pass_on(kit['alice'], view.case.id, desk)


async def test_a_case_in_two_hands_is_moved_or_taken_not_both(kit: Kit) -> None:
    desk = await housing(kit)
    view = await handed(kit, question=PENSION)
    done = await asyncio.gather(
        kit.assistant.desk.take(kit['worker'], view.case.id), kit.assistant.desk.pass_on(kit['secretary'], view.case.id, desk),
        return_exceptions=True)
    case = await kit.assistant.desk.case_of(kit['alice'], view.case.room_id)
    assert case is not None
    assert not isinstance(done[0], BaseException)
    assert isinstance(done[1], Conflict) == (case.department == '')


# -- who is on duty ----------------------------------------------------------------------------------------------------


async def test_the_roster_says_who_is_there_today(kit: Kit) -> None:
    roster, place = kit.assistant.roster, kit.house.at('community')
    today = local(kit.house.clock.now()).date()
    assert await roster.on_duty(place) == [kit['worker'].member_id]  # nobody set down: all workers
    for _ in range(2):
        await roster.put(kit['secretary'], place, today, kit['secretary'].member_id)
    assert await roster.on_duty(place) == [kit['secretary'].member_id]
    first, second, *_ = await roster.turns(kit['worker'], place)
    assert ([one.name for one in first.people], second.people) == (['secretary'], ())
    assert await roster.first_asked(kit['secretary'], place, None)
    assert not await roster.first_asked(kit['worker'], place, None)
    assert kit['worker'].member_id in await roster.staff(kit['secretary'], place)
    with pytest.raises(Invalid):
        await roster.put(kit['secretary'], place, today - timedelta(days=1), kit['worker'].member_id)
    with pytest.raises(Invalid):
        await roster.put(kit['secretary'], place, today, kit['alice'].member_id)
    for who in ('alice', 'grid_officer', 'worker2'):
        with pytest.raises(NotPermitted):
            await roster.put(kit[who], place, today, kit['worker'].member_id)
    await roster.take(kit['secretary'], place, today, kit['secretary'].member_id)
    assert await roster.on_duty(place) == [kit['worker'].member_id]
    assert await kit.house.rows(select(DutyTurn.__table__.c.day)) == []
    audit = AuditEntry.__table__
    assert [row.action for row in await kit.house.rows(
        select(audit.c.action).where(audit.c.action.startswith('assistant.duty')).order_by(audit.c.id))] == [
            'assistant.duty_put', 'assistant.duty_take']


async def test_off_duty_the_resident_is_told_when_somebody_will_be_there(kit: Kit) -> None:
    kit.house.clock.move(timedelta(hours=9))  # Monday, six in the evening
    view = await handed(kit, question=PENSION)
    assert (await lines(kit, view.case.room_id))[-1] == '已经记下来了。现在是下班时间，工作人员明天 9:00 上班后会在这里回复您。'
    kit.house.clock.move(timedelta(days=4))  # Friday evening: Monday is far enough for its date
    other = await handed(kit, 'bob', PENSION)
    assert '11月30日（周一）09:00' in (await lines(kit, other.case.room_id))[-1]
    kit.house.clock.move(timedelta(days=1, hours=8))  # the night to Sunday
    late = await handed(kit, 'carol', PENSION)
    assert '后天' not in (await lines(kit, late.case.room_id))[-1]
    assert '明天 9:00' in (await lines(kit, late.case.room_id))[-1]


# -- afterwards --------------------------------------------------------------------------------------------------------


async def closed(kit: Kit) -> int:
    """A case that the worker has settled."""
    view = await handed(kit, question=PENSION)
    await kit.assistant.desk.take(kit['worker'], view.case.id)
    await kit.assistant.desk.close(kit['worker'], view.case.id)
    return view.case.id


async def test_the_resident_rates_with_stars(kit: Kit) -> None:
    case_id = await closed(kit)
    rating = kit.assistant.rating
    chat = await kit.chat('alice')
    card = (await kit.said(chat.id))[-1]
    assert (card.kind, card.card) == (MessageKind.CARD, {'kind': 'handoff', 'id': case_id})
    shown = await rating.card(kit['alice'], case_id)
    assert (shown.state, shown.stars, shown.may_rate, shown.may_reopen) == (CaseState.CLOSED, None, True, True)
    assert (await rating.rate(kit['alice'], case_id, 4)).stars == 4
    assert (await rating.rate(kit['alice'], case_id, 2)).stars == 2  # the last word counts
    for stars in (0, 6):
        with pytest.raises(Invalid):
            await rating.rate(kit['alice'], case_id, stars)
    for who in ('bob', 'worker', 'worker2'):
        with pytest.raises(NotFound):
            await rating.rate(kit[who], case_id, 5)
    assert (await rating.card(kit['worker'], case_id)).may_rate is False
    for who in ('bob', 'worker2'):
        with pytest.raises(NotFound):
            await rating.card(kit[who], case_id)
    [seen] = await kit.assistant.desk.cases(kit['worker'], kit.house.at('community'), closed=True)
    assert seen.stars == 2
    assert sum(isinstance(event, HandoffRated) for event in kit.house.events) == 2
    kit.house.clock.move(OPEN_AGAIN + timedelta(minutes=1))
    with pytest.raises(Conflict):
        await rating.rate(kit['alice'], case_id, 5)


async def test_stars_are_counted_by_week_department_and_community(kit: Kit) -> None:
    await housing(kit)
    await kit.assistant.rating.rate(kit['alice'], await closed(kit), 4)
    for who, stars in (('bob', 5), ('carol', None)):
        view = await handed(kit, who)
        await kit.assistant.desk.take(kit['district_officer'], view.case.id)
        await kit.assistant.desk.close(kit['district_officer'], view.case.id)
        if stars is not None:
            await kit.assistant.rating.rate(kit[who], view.case.id, stars)
    figures = await kit.assistant.figures(kit['worker'], kit.house.at('community'))
    assert [(one.name, one.settled, one.rated, one.stars) for one in figures.department_stars] == [(HOUSING, 2, 1, 5), ('', 1, 1, 4)]
    [here] = figures.community_stars
    assert (here.settled, here.rated, here.stars) == (3, 2, 9)
    assert (figures.weeks[-1].rated, figures.weeks[-1].stars) == (2, 9)
    elsewhere = await kit.assistant.figures(kit['worker2'], kit.house.at('community2'))
    assert (elsewhere.department_stars, elsewhere.community_stars, elsewhere.weeks[-1].rated) == ((), (), 0)
    kit.house.clock.move(timedelta(weeks=1))
    weeks = (await kit.assistant.figures(kit['worker'], kit.house.at('community'))).weeks
    assert [(week.rated, week.stars) for week in weeks[-2:]] == [(2, 9), (0, 0)]


async def test_the_resident_opens_it_again(kit: Kit) -> None:
    case_id = await closed(kit)
    rating = kit.assistant.rating
    await rating.rate(kit['alice'], case_id, 1)
    with pytest.raises(NotFound):
        await rating.reopen(kit['bob'], case_id)
    shown = await rating.reopen(kit['alice'], case_id)
    assert (shown.state, shown.stars, shown.worker, shown.may_rate) == (CaseState.WAITING, None, None, False)
    [case] = await kit.assistant.desk.cases(kit['worker'], kit.house.at('community'))
    assert (case.id, case.reopened, case.due_at) == (case_id, 1, kit.house.clock.now() + TAKE_WITHIN)
    assert (await lines(kit, case.room_id))[-1] == '已经重新打开，工作人员会在这里接着处理，请稍等。'
    with pytest.raises(Conflict):
        await rating.reopen(kit['alice'], case_id)
    with pytest.raises(Conflict):
        await rating.rate(kit['alice'], case_id, 5)
    assert sum(isinstance(event, HandoffOpened) for event in kit.house.events) == 2
    kit.house.clock.move(timedelta(minutes=16))
    await kit.boot.jobs.run_due()
    assert sum(isinstance(event, HandoffOverdue) for event in kit.house.events) == 1
    await kit.assistant.desk.take(kit['worker'], case_id)
    assert await kit.ask('alice', case.room_id, PENSION) == []  # silent again
    kit.house.clock.move(timedelta(minutes=1))
    await kit.assistant.desk.close(kit['worker'], case_id)
    told = await lines(kit, case.room_id)
    assert told.count('这次答复怎么样？') == 2
    assert len(await kit.ask('alice', case.room_id, PENSION)) == 1


async def test_nobody_has_two_open_cases(kit: Kit) -> None:
    case_id = await closed(kit)
    view = await handed(kit, question=PENSION)
    assert view.case.id != case_id
    with pytest.raises(Conflict):
        await kit.assistant.rating.reopen(kit['alice'], case_id)
