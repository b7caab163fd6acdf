"""What waits for somebody in office, gathered from every module through its own service, as lines of one queue."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from pages.emergency.data import mark
from pages.knowledge.look import DUE_WORDS, last_day
from pages.rooms.door import entry
from yunshequ.assistant.schemas import CaseState
from yunshequ.ballots.schemas import BallotListItem
from yunshequ.bootstrap import Container
from yunshequ.core.i18n import _
from yunshequ.core.policy import Actor
from yunshequ.emergency.incidents import STALE_AFTER
from yunshequ.emergency.schemas import CallState, CallView, IncidentState, ShiftState, ShiftView

Line = dict[str, Any]

CLOSING_WITHIN = timedelta(hours=24)
"""An open vote enters the queue so long before it ends: time enough to remind who has not voted."""
CONFIRM_AHEAD = timedelta(hours=2)
"""An incident enters the queue so long before it counts as stale."""
SHIFT_AHEAD = timedelta(hours=48)
"""A shift with few people enters the queue so long before it starts."""
SHIFT_NEAR = timedelta(hours=6)
"""In the last hours every empty seat counts; before, only a shift less than half full does."""
MOST_QUESTIONS = 99
MOST_REVIEWS = 20
MOST_DUE = 5
"""Answers to be confirmed that stand in the queue one by one; the others are one line that opens their list."""
LONGEST_QUOTE = 60
MOST_ENTRIES = 20
"""Applications to rooms that stand in the queue at once; the next come up as these are decided."""


async def queue(c: Container, actor: Actor) -> list[Line]:
    """Return the lines, those with a deadline first by deadline, then the others by how long they have waited."""
    sources: tuple[Callable[[Container, Actor], Awaitable[list[Line]]], ...] = (
        cases, order, entries, claims, phones, exports, ballots, incidents, calls, reviews, confirmations, questions)
    lines = [line for source in sources for line in await source(c, actor)]
    return sorted(lines, key=lambda line: (line['due_at'] is None, line['due_at'] or line['since'] or ''))


def _line(
    key: str, kind: str, title: str, href: str, *, icon: str, detail: str = '', due_at: datetime | None = None,
    since: datetime | None = None, topic: str = '',
) -> Line:
    return {
        'key': key, 'kind': kind, 'icon': icon, 'title': title, 'detail': detail, 'href': href, 'topic': topic,
        'due_at': due_at.isoformat() if due_at is not None else None, 'since': since.isoformat() if since is not None else None,
    }


async def desks(c: Container, actor: Actor, action: str) -> list[int]:
    """Return the places whose work of one kind is the actor's: each office's community, or what the office stands at."""
    found: list[int] = []
    for office in await c.community.offices(actor.member_id):
        community = await c.community.community_of(office.place.id)
        for place in (community, office.place):
            if place is not None and await c.policy.may(actor, action, place.id):
                found.append(place.id)
                break
    return list(dict.fromkeys(found))


async def cases(c: Container, actor: Actor) -> list[Line]:
    """转人工: who waits for a person, by when somebody should have come, and who waits for the actor's own answer."""
    lines: dict[int, Line] = {}
    for place_id in await desks(c, actor, 'assistant.handle_handoff'):
        for case in await c.assistant.desk.cases(actor, place_id):
            quote = case.question[:LONGEST_QUOTE] or _('没有留下文字，请在对话里询问')
            if case.department:
                quote = f'{_("{department}窗口", department=case.department)} · {quote}'
            in_time = case.state is CaseState.WAITING and case.due_at > c.clock.now()
            if in_time and not await c.assistant.roster.first_asked(actor, case.place_id, case.department_id):
                continue  # it waits for the department, or for who is on duty; everybody sees it once that is late
            if case.state is CaseState.WAITING:
                lines[case.id] = _line(
                    f'case:{case.id}', _('等待接手'), _('{name} 在等工作人员', name=case.asker.name), '/staff/knowledge/desk',
                    icon='support_agent', detail=quote, due_at=case.due_at, since=case.opened_at)
            elif case.worker is not None and case.worker.id == actor.member_id:
                lines[case.id] = _line(
                    f'case:{case.id}', _('您在处理'), _('{name} 在等您答复', name=case.asker.name), f'/rooms/{case.room_id}',
                    icon='support_agent', detail=quote, since=case.taken_at)
    return list(lines.values())


async def entries(c: Container, actor: Actor) -> list[Line]:
    """入群申请: who waits to be let into a room, decided right here; many are one line each up to ``MOST_ENTRIES``."""
    lines: dict[int, Line] = {}
    for place_id in await desks(c, actor, 'rooms.admit'):
        for one in await c.rooms.door.waiting(actor, place_id, limit=MOST_ENTRIES):
            shown = entry(one)
            lines[one.id] = _line(
                f'entry:{one.id}', _('入群申请'), _('{name} 申请加入{room}', name=shown['name'], room=one.room_title), '',
                icon='person', detail=shown['detail'], since=one.asked_at) | {'entry': {'id': one.id, 'name': shown['name']}}
    return list(lines.values())


async def order(c: Container, actor: Actor) -> list[Line]:
    """群秩序: reported messages by when they are to be answered, and what else waits for a moderator, in one line for each place."""
    lines: dict[str, Line] = {}
    for place_id in await desks(c, actor, 'rooms.moderate'):
        for case in await c.rooms.reports.cases(actor, place_id):
            if case.claimed_by is None or case.claimed_by.id == actor.member_id:
                lines[f'report:{case.id}'] = _line(
                    f'report:{case.id}', _('举报') if case.claimed_by is None else _('您在处理'),
                    _('{room}：{n} 人举报一条发言', room=case.room_title, n=case.reports), '/staff/order', icon='flag',
                    detail=case.body[:LONGEST_QUOTE], due_at=case.due_at, since=case.opened_at)
        held, removals = await c.rooms.held.waiting(actor, place_id), await c.rooms.removals.waiting(actor, place_id)
        appeals = [one for one in await c.rooms.appeals.waiting(actor, place_id) if not one.mine]
        for key, kind, number in (('held', _('待审核'), len(held)), ('appeals', _('申诉'), len(appeals)),
                                  ('removals', _('待确认'), len([one for one in removals if not one.mine]))):
            if number:
                lines[f'{key}:{place_id}'] = _line(
                    f'{key}:{place_id}', kind, _('群秩序：{n} 件{kind}', n=number, kind=kind), '/staff/order', icon='gavel')
    return list(lines.values())


async def claims(c: Container, actor: Actor) -> list[Line]:
    """待核实: flats that residents named and nobody has confirmed; until then they cannot vote."""
    lines = []
    for place_id in await desks(c, actor, 'community.manage_households'):
        waiting = await c.community.claimed_flats(actor, place_id)
        if waiting:
            first = '、'.join(dict.fromkeys(waiting[:3]))
            lines.append(_line(
                f'claims:{place_id}', _('待核实'), _('{n} 户等待核实', n=len(waiting)),
                f'/staff/people?{urlencode({"place": place_id, "view": "claims"})}', icon='group', detail=first))
    return lines


async def phones(c: Container, actor: Actor) -> list[Line]:
    """换手机号: what colleagues ask the actor to confirm, within a day."""
    return [
        _line(f'phone:{one.id}', _('等您确认'), _('{name} 申请给 {resident} 换手机号', name=one.asker_name, resident=one.member_name),
              f'/staff/people?{urlencode({"place": place_id, "view": "phones"})}', icon='phone', detail=one.reason,
              due_at=one.expires_at, since=one.asked_at)
        for place_id in await desks(c, actor, 'accounts.reset_phone')
        for one in await c.lost_phones.waiting(actor, place_id) if one.asked_by != actor.member_id
    ]


async def exports(c: Container, actor: Actor) -> list[Line]:
    """双人导出: files with personal data that colleagues ask the actor to let out, and those let out for the actor."""
    fetch = [
        _line(f'export:{one.id}', _('可以下载了'), _('{name} 批准了名册导出', name=one.decider),
              f'/staff/people?{urlencode({"place": one.place_id, "view": "file"})}', icon='download',
              detail=f'{one.place_name} · {one.purpose}', due_at=one.expires_at, since=one.asked_at)
        for one in await c.privacy.exports.ready(actor)
    ]
    return fetch + [
        _line(f'export:{one.id}', _('等您批准'), _('{name} 申请导出名册', name=one.asker), '/staff/privacy', icon='download',
              detail=f'{one.place_name} · {one.purpose}', since=one.asked_at)
        for one in await c.privacy.exports.waiting(actor)
    ]


async def ballots(c: Container, actor: Actor) -> list[Line]:
    """表决: prepared and not open, and those that end soon."""
    lines = []
    for item in await c.ballots.list_prepared(actor):
        words = _('到时自动开始') if item.opens_at is not None else _('已准备好，还没有开始')
        lines.append(_ballot(item, _('待开始'), f'{item.place_name} · {words}', item.opens_at or item.closes_at))
    for item in await c.ballots.list_closing(actor, CLOSING_WITHIN):
        turnout = _('已投 {n}/{total}', n=item.cast.units, total=item.roll.units)
        lines.append(_ballot(item, _('将截止'), f'{item.place_name} · {turnout}', item.closes_at))
    return lines


def _ballot(item: BallotListItem, kind: str, detail: str, due_at: datetime) -> Line:
    return _line(f'ballot:{item.id}', kind, item.title, f'/ballots/{item.id}', icon='how_to_vote', detail=detail, due_at=due_at)


async def incidents(c: Container, actor: Actor) -> list[Line]:
    """突发事件 that nobody has confirmed or ended for a day: an alarm that never ends is soon not seen."""
    lines = []
    for one in await c.emergency.red_bar(actor):
        due_at = one.confirmed_at + STALE_AFTER
        near = due_at - c.clock.now() <= CONFIRM_AHEAD
        if one.state is IncidentState.ACTIVE and near and await c.policy.may(actor, 'emergency.close_incident', one.place_id):
            lines.append(_line(
                f'incident:{one.id}', _('突发事件'), mark(one.drill, one.title), f'/staff/emergency/{one.id}', icon='campaign',
                detail=_('{place} · 请确认仍在持续，或宣布结束', place=one.place_name), due_at=due_at, since=one.opened_at))
    return lines


async def calls(c: Container, actor: Actor) -> list[Line]:
    """志愿招募 whose next shift has few people."""
    lines = []
    for call in (await c.emergency.nearby(actor)).calls:
        thin = [shift for shift in call.shifts if _is_thin(shift, c.clock.now())]
        if call.state is CallState.OPEN and call.may_lead and thin:
            lines.append(_call(call, min(thin, key=lambda shift: shift.starts_at)))
    return lines


def _is_thin(shift: ShiftView, now: datetime) -> bool:
    ahead = shift.starts_at - now
    if shift.state is not ShiftState.OPEN or not timedelta(0) < ahead <= SHIFT_AHEAD:
        return False
    return shift.taken < shift.capacity if ahead <= SHIFT_NEAR else shift.taken * 2 < shift.capacity


def _call(call: CallView, shift: ShiftView) -> Line:
    return _line(
        f'call:{call.id}', _('缺人'), mark(call.incident.drill, call.title), f'/staff/calls/{call.id}', icon='volunteer_activism',
        detail=_('{shift}：已报 {n}/{seats} 人', shift=shift.title, n=shift.taken, seats=shift.capacity), due_at=shift.starts_at,
        topic=f'call:{call.id}')


async def reviews(c: Container, actor: Actor) -> list[Line]:
    """知识: words that wait for a second person, and words of the actor's that were sent back."""
    lines = []
    for one in (await c.assistant.keeping.reviews(actor))[:MOST_REVIEWS]:
        by = (await c.community.card(one.author_id)).name if one.author_id is not None else ''
        lines.append(_line(
            f'review:{one.id}', _('待审核'), _('请看一下：{question}', question=one.wanted().question[:LONGEST_QUOTE]),
            f'/staff/knowledge/{one.id}', icon='menu_book', detail=' · '.join(part for part in (by, one.department) if part),
            since=one.submitted_at))
    lines += [
        _line(f'back:{one.id}', _('被退回'), one.wanted().question[:LONGEST_QUOTE], f'/staff/knowledge/{one.id}', icon='menu_book',
              detail=one.review_note[:LONGEST_QUOTE], since=one.changed_at)
        for one in await c.assistant.keeping.sent_back(actor)]
    return lines


async def confirmations(c: Container, actor: Actor) -> list[Line]:
    """知识: answers that end soon or were not confirmed for long, by when; 还有效 is said right here."""
    lines = []
    due = await c.assistant.keeping.due(actor)
    for one in due[:MOST_DUE]:
        until = last_day(one.until)
        lines.append(_line(
            f'due:{one.id}', _('待核对'), one.question[:LONGEST_QUOTE], f'/staff/knowledge/{one.id}', icon='menu_book',
            detail=' · '.join(part for part in (_(DUE_WORDS[one.reason]), one.department) if part), due_at=one.due_at)
            | {'confirm': {'id': one.id, 'version': one.version, 'until': until, 'question': one.question[:LONGEST_QUOTE]}})
    if len(due) > MOST_DUE:
        lines.append(_line('due:more', _('待核对'), _('还有 {n} 条知识要核对', n=len(due) - MOST_DUE), '/staff/knowledge/due', icon='menu_book',
                           due_at=due[MOST_DUE].due_at))
    return lines


async def questions(c: Container, actor: Actor) -> list[Line]:
    """没答上的: what people asked in the last 30 days and 小栖 could not answer."""
    lines = []
    for place_id in await desks(c, actor, 'assistant.read_knowledge'):
        found = await c.assistant.unanswered(actor, place_id, limit=MOST_QUESTIONS)
        if found:
            lines.append(_line(
                f'questions:{place_id}', _('没答上的'), _('{n} 个问题小栖没答上', n=len(found)), '/staff/knowledge/asked',
                icon='menu_book', detail='；'.join(one.text[:24] for one in found[:2])))
    return lines
