"""Results as CSV (导出)."""

from collections.abc import Sequence
from datetime import datetime

from yunshequ.ballots.schemas import BallotView, CastVote, Method, Unit
from yunshequ.core.clock import local
from yunshequ.core.i18n import N_, translate
from yunshequ.core.sheet import csv_text


def result_csv(ballot: BallotView, votes: Sequence[CastVote], locale: str) -> str:
    """Return a ballot as CSV: what it was, its figures, and the votes everybody may see."""
    def say(words: str) -> str:
        return translate(words, locale)

    rows: list[Sequence[object]] = [
        (say(N_('表决')), ballot.title), (say(N_('地点')), ballot.place_name),
        (say(N_('规则')), ballot.rule_name), (say(N_('依据')), ballot.rule_source),
        (say(N_('开始时间')), _time(ballot.opened_at)), (say(N_('截止时间')), _time(ballot.closes_at)),
        (say(N_('名册')), ballot.roll.units), (say(N_('参加')), ballot.cast.units),
    ]
    if ballot.unit is Unit.AREA_HEADS:
        rows += [(say(N_('名册面积（平方米）')), _area(ballot.roll.area)), (say(N_('参加面积（平方米）')), _area(ballot.cast.area))]
    if ballot.outcome is not None:
        rows.append((say(N_('结果')), ballot.outcome.words))
        rows += [('', line) for line in ballot.outcome.lines]
    rows += [(), (say(N_('选项')), say(N_('票数')), say(N_('面积（平方米）')), say(N_('业主人数')), say(N_('总分')))]
    by_area, scored = ballot.unit is Unit.AREA_HEADS, ballot.method is Method.SCORE
    rows += [
        (o.text, o.votes, _area(o.area or 0) if by_area else '', o.heads if by_area else '', o.score if scored else '')
        for o in ballot.options
    ]
    if ballot.secret:
        rows += [(), (say(N_('选票编号（凭据的摘要）')), say(N_('选择')))]
        rows += [(vote.name, vote.choice) for vote in votes]
    else:
        rows += [(), (say(N_('住户')), say(N_('投票人')), say(N_('选择')))]
        rows += [(vote.label, vote.name, vote.choice) for vote in votes]
    return csv_text(rows)


def _time(at: datetime | None) -> str:
    return '' if at is None else f'{local(at):%Y-%m-%d %H:%M}'


def _area(area: int) -> str:
    return f'{area // 100}.{area % 100:02}'
