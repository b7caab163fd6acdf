"""Showing votes (展示): what one person sees of one ballot, in words. While a secret vote is open no figure leaves here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from yunshequ.ballots.outcome import Outcome, check_view, distance, outcome_view
from yunshequ.ballots.quorum import Totals
from yunshequ.ballots.reading import AnyRow, Mine, Option, as_pairs, cast_totals, roll_totals
from yunshequ.ballots.rules import Rule
from yunshequ.ballots.schemas import (
    BallotListItem,
    BallotView,
    CheckView,
    Choice,
    Link,
    Method,
    MyUnit,
    MyVote,
    OptionView,
    OutcomeView,
    Stance,
    Standing,
    State,
    Unit,
)
from yunshequ.ballots.tally import Count
from yunshequ.core.clock import local
from yunshequ.core.errors import WayOut
from yunshequ.core.i18n import N_, translate
from yunshequ.core.policy import Actor


@dataclass(frozen=True, slots=True)
class Facts:
    """What was read of a ballot in one go. ``counts`` is None while nobody may see it; ``held`` is behind a receipt."""

    row: AnyRow
    options: tuple[Option, ...]
    counts: Mapping[int, Count] | None
    mine: list[Mine]
    held: Choice | None
    acted: tuple[tuple[int, Mine], ...] = ()
    """Votes of others that the reader may give for them, with whose they are."""
    lacks: WayOut | None = None
    """What somebody who is not on the roll is missing for the next vote of this kind."""


def view(
    facts: Facts, actor: Actor, names: Mapping[int, str], *, may_manage: bool, lives_here: bool, now: datetime,
) -> BallotView:
    """Return a ballot as ``actor`` sees it at ``now``. ``names``: who cast what stands for the actor's households."""
    row = facts.row
    rule, roll, cast = Rule.model_validate(row.rule), roll_totals(row), cast_totals(row)
    checks: tuple[CheckView, ...] = ()
    if row.state == State.OPEN:
        checks = live_checks(rule, Unit(row.unit), facts.options, roll, cast, facts.counts, actor.locale)
    return BallotView(
        id=row.id, place_id=row.place_id, place_name=row.place_name, topic_id=row.topic_id, draft_number=row.draft_number,
        room_id=row.room_id, title=row.title, body=row.body, method=row.method, unit=row.unit, level=row.level,
        secret=row.secret, max_choices=row.max_choices, max_score=row.max_score, state=row.state,
        opens_at=row.opens_at, closes_at=row.closes_at, opened_at=row.opened_at, closed_at=row.closed_at,
        cancel_reason=row.cancel_reason, rule_name=rule.title(actor.locale), rule_source=rule.grounds(actor.locale),
        rule_note=translate(rule.note, actor.locale), roll=roll, cast=cast,
        options=tuple(_option(option, facts.counts) for option in facts.options), seq=row.seq,
        results_visible=facts.counts is not None, checks=checks,
        outcome=_outcome(row, facts.options, actor.locale), may_manage=may_manage, now=now,
        mine=_standing(facts, actor, names, lives_here=lives_here, now=now),
    )


def _option(option: Option, counts: Mapping[int, Count] | None) -> OptionView:
    if counts is None:
        return OptionView(id=option.id, text=option.text, stance=option.stance, votes=None, area=None, heads=None, score=None)
    n = counts.get(option.id, Count())
    return OptionView(
        id=option.id, text=option.text, stance=option.stance, votes=n.votes, area=n.area, heads=n.heads, score=n.score)


def live_checks(
    rule: Rule, unit: Unit, options: Sequence[Option], roll: Totals, cast: Totals, counts: Mapping[int, Count] | None, locale: str,
) -> tuple[CheckView, ...]:
    """Return how far an open vote is from each figure its rule asks for; without ``counts`` turnout only."""
    pairs = [(option.id, option.stance) for option in options]
    for_it = next((option.text for option in options if option.stance is Stance.YES), '')
    found = distance(rule, pairs, roll, cast, counts)
    return tuple(check_view(check, unit, for_it, locale, final=False) for check in found)


def _outcome(row: AnyRow, options: Sequence[Option], locale: str) -> OutcomeView | None:
    if row.state != State.CLOSED or row.outcome is None:
        return None
    texts = {option.id: option.text for option in options}
    return outcome_view(Outcome.model_validate(row.outcome), Unit(row.unit), texts, locale)


def _standing(facts: Facts, actor: Actor, names: Mapping[int, str], *, lives_here: bool, now: datetime) -> Standing:
    row, why = facts.row, _why_not(facts, lives_here=lives_here, now=now)
    own = tuple(_my_unit(facts, mine, actor.member_id, names) for mine in facts.mine)
    others = tuple(
        _my_unit(facts, mine, principal_id, names).model_copy(update={
            'principal_id': principal_id, 'principal_name': names.get(principal_id, '')})
        for principal_id, mine in facts.acted)
    units = own + others
    if why is None:
        return Standing(may_vote=True, why='', units=units)
    if others and row.state == State.OPEN and now < row.closes_at:
        return Standing(may_vote=True, why='', units=others)
    words, lacks = translate(why, actor.locale), facts.lacks
    if lacks is None:
        return Standing(may_vote=False, why=words, units=units)
    return Standing(
        may_vote=False, units=units,
        why=translate(N_('{words}。{missing}'), actor.locale, words=words, missing=lacks.words(actor.locale)),
        way_out=Link(href=lacks.href, words=translate(lacks.link, actor.locale)))


def _my_unit(facts: Facts, mine: Mine, member_id: int, names: Mapping[int, str]) -> MyUnit:
    vote = mine.vote
    return MyUnit(
        unit=mine.unit, label=mine.label, voted=mine.voted,
        choice=as_pairs(vote.choice) if vote is not None else facts.held if facts.row.secret and mine.voted else None,
        version=vote.version if vote is not None else 0, by_me=vote is not None and vote.member_id == member_id,
        by_name=names.get(vote.member_id) if vote is not None else None,
        helper_name=names.get(vote.helper_id) if vote is not None and vote.helper_id is not None else None,
        at=vote.cast_at if vote is not None else None,
    )


def _why_not(facts: Facts, *, lives_here: bool, now: datetime) -> str | None:
    row = facts.row
    if row.state != State.OPEN:
        return _NOT_OPEN[State(row.state)]
    if now >= row.closes_at:
        return N_('表决已截止，正在计票')
    if not facts.mine:
        return _NOT_ON_ROLL[Unit(row.unit)]
    return None if lives_here else N_('您已不在这里居住，不能投票')


_NOT_OPEN = {
    State.DRAFT: N_('表决还没有开始'), State.CANCELLED: N_('这项表决已取消'), State.CLOSED: N_('表决已截止'),
}
_NOT_ON_ROLL = {
    Unit.PERSON: N_('您不在表决开始时确定的名册上（之后加入或实名的居民要等下一次表决），可以查看但不能投票'),
    Unit.HOUSEHOLD: N_('表决开始时您还没有登记为任何一户的实名成员，可以查看但不能投票'),
    Unit.AREA_HEADS: N_('这项表决由业主投票，表决开始时您没有登记为业主，可以查看但不能投票'),
}


def choice_words(choice: Choice, method: Method, options: Sequence[Option], locale: str) -> str:
    """Return a choice in words: 同意, or 红、蓝, or 红 4 分."""
    texts = {option.id: option.text for option in options}
    if not choice:
        return translate(N_('都不选'), locale)
    if method is Method.SCORE:
        return '、'.join(translate(N_('{option} {score} 分'), locale, option=texts[o], score=n) for o, n in choice)
    return '、'.join(texts[option] for option, _ in choice)


def list_item(row: AnyRow, options: Sequence[Option], mine: Sequence[Mine], locale: str, now: datetime) -> BallotListItem:
    """Return a ballot for a list."""
    outcome = _outcome(row, options, locale)
    is_open = row.state == State.OPEN and now < row.closes_at
    return BallotListItem(
        id=row.id, place_name=row.place_name, topic_id=row.topic_id, title=row.title, secret=row.secret, unit=row.unit,
        state=row.state, opens_at=row.opens_at, closes_at=row.closes_at, closed_at=row.closed_at, roll=roll_totals(row),
        cast=cast_totals(row), to_do=is_open and any(not one.voted for one in mine), voted=any(one.voted for one in mine),
        verdict=None if outcome is None else outcome.verdict, words=_words(row, outcome, locale),
    )


def _words(row: AnyRow, outcome: OutcomeView | None, locale: str) -> str:
    if outcome is not None:
        return outcome.words
    if row.state == State.CANCELLED:
        return translate(N_('已取消：{reason}'), locale, reason=row.cancel_reason)
    if row.state == State.DRAFT and row.opens_at is not None:
        return translate(N_('{at} 开始'), locale, at=f'{local(row.opens_at):%m-%d %H:%M}')
    return ''


def my_vote(item: BallotListItem, mine: Mine, options: Sequence[Option], locale: str) -> MyVote:
    """Return a vote of mine. Of a secret one nothing is known here but that it was given."""
    stands = mine.vote
    if stands is None:
        words = translate(N_('无记名：选择只保存在投票的设备上'), locale)
        return MyVote(ballot=item, unit=mine.unit, label=mine.label, choice=None, choice_words=words, version=0, at=None)
    choice = as_pairs(stands.choice)
    scored = any(value != 1 for _, value in choice)
    words = choice_words(choice, Method.SCORE if scored else Method.APPROVAL, options, locale)
    return MyVote(
        ballot=item, unit=mine.unit, label=mine.label, choice=choice, choice_words=words, version=stands.version,
        at=stands.cast_at)
