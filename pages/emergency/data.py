"""Emergency views as the components take them (``pages/components/shift_board.py``, ``incident_board.py``)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from yunshequ.core.i18n import N_, _
from yunshequ.core.policy import Actor
from yunshequ.emergency.schemas import (
    LEVEL_WORDS,
    CallView,
    EntryKind,
    EntryView,
    IncidentState,
    IncidentView,
    Roster,
    ShiftState,
    ShiftView,
    SignupState,
    SignupView,
    VenueCode,
)

Data = dict[str, Any]

ENTRY_WORDS = {
    EntryKind.OPENED: N_('事件发布'), EntryKind.LEVEL: N_('级别调整'), EntryKind.REPORT: N_('情况'),
    EntryKind.VERIFIED: N_('已核实'), EntryKind.REFUTED: N_('更正'), EntryKind.CALL: N_('发布招募'),
    EntryKind.CONFIRMED: N_('确认仍在持续'), EntryKind.CLOSED: N_('事件结束'),
}
"""Message ids of what a line of the timeline is."""


def mark(drill: bool, title: str) -> str:
    """Return a title with the watermark of a drill."""
    return _('【演练】{title}', title=title) if drill else title


def incident_data(view: IncidentView) -> Data:
    """Return an incident for bars, cards and the head of its page."""
    return {
        'id': view.id, 'title': mark(view.drill, view.title), 'level': view.level.value, 'level_word': _(LEVEL_WORDS[view.level]),
        'drill': view.drill, 'closed': view.state is IncidentState.CLOSED, 'place': view.place_name,
        'opened_at': view.opened_at, 'closed_at': view.closed_at, 'href': f'/emergency/{view.id}',
    }


def entry_data(view: EntryView) -> Data:
    """Return a line of the timeline."""
    return {
        'id': view.id, 'at': view.at, 'kind': view.kind.value, 'word': _(ENTRY_WORDS[view.kind]), 'text': view.text,
        'level': view.level.value if view.level else None, 'level_word': _(LEVEL_WORDS[view.level]) if view.level else '',
        'corrects': view.corrects_id, 'by': view.by.name if view.by else '',
    }


def mine_data(signup: SignupView | None) -> Data | None:
    """Return one's own sign-up as a shift shows it; None when it means nothing any more."""
    if signup is None or signup.state in (SignupState.CANCELLED, SignupState.NO_SHOW):
        return None
    if signup.state is SignupState.WAITLISTED:
        return {'state': 'waiting', 'position': signup.line}
    if signup.state is SignupState.CHECKED_IN:
        return {'state': 'done' if signup.checked_out_at else 'checked_in'}
    return {'state': 'confirmed'}


def seats_data(shift: ShiftView) -> Data:
    """Return the counters of a shift."""
    return {'taken': shift.taken, 'waiting': shift.waiting, 'seats': shift.capacity}


def shift_data(shift: ShiftView) -> Data:
    """Return a shift as everybody may see it."""
    return {
        'id': shift.id, 'title': shift.title, 'starts_at': shift.starts_at, 'ends_at': shift.ends_at, 'place': shift.spot,
        'skills': list(shift.skills), 'state': shift.state.value, **seats_data(shift),
    }


def public_call_data(view: CallView) -> Data:
    """Return a call without anything that depends on the reader: for frames that go to all."""
    return {
        'id': view.id, 'title': mark(view.incident.drill, view.title), 'body': view.text, 'state': view.state.value,
        'shifts': [shift_data(shift) for shift in view.shifts if shift.state is not ShiftState.CANCELLED],
    }


def call_data(view: CallView, actor: Actor) -> Data:
    """Return a call as ``ShiftBoard`` and the card in a room take it."""
    data = public_call_data(view)
    shown = {shift.id: shift for shift in view.shifts}
    for shift in data['shifts']:
        lead = view.may_lead or shown[shift['id']].lead_id == actor.member_id
        shift |= {'mine': mine_data(shown[shift['id']].mine), 'lead': lead, 'can_see_roster': lead}
    return data | {
        'kind': 'call', 'href': f'/calls/{view.id}', 'lead': view.may_lead, 'can_signup': view.may_sign_up,
        'why_not': '' if view.may_sign_up else _('这次招募面向住在这里的居民，您可以先加入本社区'),
        'incident': incident_data(view.incident),
    }


def calls_data(views: Sequence[CallView], actor: Actor) -> list[Data]:
    """Return several calls."""
    return [call_data(view, actor) for view in views]


def code_data(code: VenueCode, now: datetime) -> Data:
    """Return the venue code and the instant it changes."""
    return {'code': code.code, 'expires_at': now.replace(microsecond=0) + timedelta(seconds=code.seconds_left)}


def roster_data(roster: Roster) -> list[Data]:
    """Return the people of a shift who still mean something, party members starred where they consent."""
    states = {SignupState.CONFIRMED: 'confirmed', SignupState.WAITLISTED: 'waiting', SignupState.CHECKED_IN: 'checked_in'}
    return [
        {'id': line.member.id, 'name': line.member.name, 'star': line.member.party,
         'state': 'done' if line.checked_out_at else states[line.state]}
        for line in roster.lines if line.state in states
    ]
