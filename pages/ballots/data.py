"""Votes as the components take them (``pages/components/ballot.py``)."""

from collections.abc import Iterable
from typing import Any

from yunshequ.ballots.events import BallotTick, OptionCount
from yunshequ.ballots.quorum import Measure
from yunshequ.ballots.schemas import (
    BallotListItem,
    BallotView,
    CheckView,
    Choice,
    Method,
    MyUnit,
    OptionView,
    OutcomeView,
    State,
    Verdict,
)
from yunshequ.core.i18n import _

Data = dict[str, Any]

STATES = {State.DRAFT: 'upcoming', State.OPEN: 'open', State.CLOSED: 'closed', State.CANCELLED: 'cancelled'}
GOOD = frozenset({Verdict.PASSED, Verdict.REJECTED, Verdict.CHOSEN})
"""Verdicts of a vote that is valid, whatever was decided."""


def ballot_data(view: BallotView) -> Data:
    """Return a vote as ``BallotView`` (JavaScript) takes it, with what concerns its reader."""
    return public_data(view) | {
        'can_vote': view.mine.may_vote, 'why_not': view.mine.why,
        'way_out': None if view.mine.way_out is None else view.mine.way_out.model_dump(), 'can_change': True,
        'units': [unit_data(unit, view) for unit in view.mine.units],
        'can_see_voters': not view.secret or view.state is State.CLOSED,
        'export_href': f'/export/ballots/{view.id}.csv' if view.may_manage and _exportable(view) else None,
        'can_open': view.may_manage and view.state is State.DRAFT,
        'can_cancel': view.may_manage and view.state in {State.DRAFT, State.OPEN} and view.now < view.closes_at,
    }


def public_data(view: BallotView) -> Data:
    """Return what everybody sees of a vote."""
    return {
        'kind': 'ballot', 'id': view.id, 'title': view.title, 'about': view.body, 'method': view.method.value,
        'max_choices': view.max_choices, 'scores': [0, view.max_score], 'unit': view.unit.value,
        'mode': 'secret' if view.secret else 'named', 'state': STATES[view.state], 'opens_at': view.opens_at,
        'closes_at': view.closes_at, 'options': [option_data(option, view) for option in view.options],
        'turnout': view.cast.units, 'eligible': view.roll.units, 'seq': view.seq, 'quorum': quorum_data(view.checks),
        'checks': checks_data(view.checks), 'result': result_data(view.outcome), 'cancelled': view.cancel_reason,
        'href': f'/ballots/{view.id}', 'place': view.place_name, 'topic_id': view.topic_id,
        'draft_number': view.draft_number, 'rule': {'name': view.rule_name, 'source': view.rule_source, 'note': view.rule_note},
    }


def _exportable(view: BallotView) -> bool:
    return view.state is State.CLOSED or (view.state is State.OPEN and not view.secret)


def option_data(option: OptionView, view: BallotView) -> Data:
    """Return an option; figures nobody may see yet are left out."""
    data: Data = {'id': option.id, 'label': option.text, 'stance': option.stance}
    if option.votes is not None:
        data |= {'count': option.votes, 'area': option.area, 'heads': option.heads}
        if view.method is Method.SCORE:
            data['average'] = average(option.score or 0, view.cast.units)
    return data


def average(score: int, cast: int) -> float:
    """Return the mean score over all who took part."""
    return round(score / cast, 2) if cast else 0.0


def unit_data(unit: MyUnit, view: BallotView) -> Data:
    """Return a vote that is the reader's to give. Of a secret one only the browser's own token tells what it says."""
    label = unit.label
    if unit.principal_id is not None:
        label = ' '.join(filter(None, (_('代 {name}', name=unit.principal_name), unit.label)))
    data: Data = {'unit': unit.unit, 'label': label, 'voted': unit.voted, 'version': unit.version, 'principal': unit.principal_id}
    if unit.choice is not None:
        data |= choice_data(unit.choice, view)
    if not view.secret and unit.voted:
        name = unit.by_name
        if unit.helper_name is not None:
            name = _('{name}（由 {helper} 代办）', name=name, helper=unit.helper_name)
        data |= {'by_me': unit.by_me and unit.helper_name is None, 'by_name': name}
    return data


def choice_data(choice: Choice, view: BallotView) -> Data:
    """Return a choice as the component keeps it; every option has a score where scores are given."""
    given = dict(choice)
    if view.method is Method.SCORE:
        return {'scores': {option.id: given.get(option.id, 0) for option in view.options}}
    return {'choices': list(given)}


def quorum_data(checks: Iterable[CheckView]) -> Data | None:
    """Return how many must take part, which the component follows by itself."""
    return next(({'need': c.needed} for c in checks if c.stage == 'participation' and c.measure is Measure.UNITS), None)


def checks_data(checks: Iterable[CheckView]) -> list[Data]:
    """Return the other figures the rule asks for, in words."""
    return [
        {'words': c.words, 'met': c.met} for c in checks if c.stage != 'participation' or c.measure is not Measure.UNITS
    ]


def result_data(outcome: OutcomeView | None) -> Data | None:
    """Return how it ended."""
    if outcome is None:
        return None
    won = outcome.option_ids if outcome.verdict in {Verdict.PASSED, Verdict.CHOSEN} else ()
    return {
        'title': outcome.words, 'words': '', 'lines': list(outcome.lines), 'valid': outcome.verdict in GOOD, 'winners': list(won),
    }


def tick_data(event: BallotTick, checks: dict[str, list[Data]]) -> Data:
    """Return a tick as a frame: turnout, what each option has (named votes), and by language how far the rule is met."""
    data: Data = {'seq': event.seq, 'turnout': event.cast.units}
    if event.counts is not None:
        data['counts'] = [count_data(n, event.cast.units) for n in event.counts]
    if any(checks.values()):
        data['checks'] = checks
    return data


def count_data(n: OptionCount, cast: int) -> Data:
    """Return what an option has; what its vote does not use is left out."""
    data: Data = {'id': n.id, 'count': n.votes}
    if n.area:
        data |= {'area': n.area, 'heads': n.heads}
    if n.score:
        data['average'] = average(n.score, cast)
    return data


def line_data(item: BallotListItem) -> Data:
    """Return a vote for a list."""
    return {
        'id': item.id, 'title': item.title, 'place': item.place_name, 'mode': 'secret' if item.secret else 'named',
        'unit': item.unit.value, 'state': STATES[item.state], 'opens_at': item.opens_at, 'closes_at': item.closes_at,
        'closed_at': item.closed_at, 'turnout': item.cast.units, 'eligible': item.roll.units, 'to_do': item.to_do,
        'voted': item.voted, 'words': item.words, 'verdict': item.verdict, 'href': f'/ballots/{item.id}', 'topic_id': item.topic_id,
    }
