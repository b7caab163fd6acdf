"""What votes hold of a person. Votes that were counted stay: the result must be open to proof."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session

from yunshequ.ballots import reading
from yunshequ.ballots import tables as t
from yunshequ.ballots.schemas import Method
from yunshequ.ballots.viewing import choice_words
from yunshequ.core.i18n import N_, _, current_locale
from yunshequ.core.personal import Holding, Keeper

PROOF = N_('表决的结果和核查')
PUBLIC = N_('表决范围内的人')
BALLOT = {'ballot_id': t.ballot.c.title}
UNITS = {'m': N_('本人'), 'h': N_('本户')}
"""By the first letter of a line of the roll."""

HOLDINGS = (
    Holding(t.ballot, N_('我发起的表决'), PROOF, PUBLIC, 'votes', owner='created_by',
            shown={'title': N_('标题'), 'created_at': N_('时间')}),
    Holding(t.roll, N_('表决名册上的我'), PROOF, N_('组织表决的工作人员'), 'votes', owner='unit',
            shown={'ballot_id': N_('表决'), 'label': N_('名称'), 'voted': N_('已投')}, refs=BALLOT),
    Holding(t.voter, N_('我可以投的票'), PROOF, N_('组织表决的工作人员'), 'votes',
            shown={'ballot_id': N_('表决'), 'unit': N_('为谁投')}, refs=BALLOT),
    Holding(t.named_vote, N_('我的记名投票'), PROOF, PUBLIC, 'votes',
            shown={'ballot_id': N_('表决'), 'choice': N_('选择'), 'cast_at': N_('时间')}, also=('unit', 'helper_id'), refs=BALLOT),
    Holding(t.named_vote_entry, N_('记名投票的每次改动'), PROOF, N_('组织表决的工作人员'), 'votes',
            shown={'ballot_id': N_('表决'), 'version': N_('第几次'), 'choice': N_('选择'), 'at': N_('时间')}, also=('unit', 'helper_id'),
            refs=BALLOT),
)


class BallotsKeeper(Keeper):
    """A roll names persons as ``m:{member}``; flats are no names."""

    def __init__(self) -> None:
        super().__init__(N_('表决'), HOLDINGS)

    def theirs(self, session: Session, holding: Holding, member_id: int) -> ColumnElement[bool] | None:
        """As ``Keeper``."""
        if holding.table is t.roll:
            return t.roll.c.unit == f'm:{member_id}'
        return super().theirs(session, holding, member_id)

    def read(self, session: Session, holding: Holding, rows: Sequence[tuple[Any, ...]]) -> Sequence[tuple[Any, ...]]:
        """As ``Keeper``; a choice is told in the words of its options, a line of the roll by whose it is."""
        if 'unit' in holding.shown:
            at = list(holding.shown).index('unit')
            return [(*row[:at], _(UNITS[row[at][0]]), *row[at + 1:]) for row in rows]
        if 'choice' not in holding.shown:
            return rows
        at = list(holding.shown).index('choice')
        words = _choices(session, [row[at] for row in rows])
        return [(*row[:at], said, *row[at + 1:]) for row, said in zip(rows, words, strict=True)]


def _choices(session: Session, stored: Sequence[list[list[int]]]) -> list[str]:
    """Return stored choices, of whichever ballots, in words."""
    chosen = [reading.as_pairs(one) for one in stored]
    known = reading.chosen_options(session, {option for one in chosen for option, _score in one})
    options = [option for option, _method in known.values()]
    return [choice_words(one, known[one[0][0]][1] if one else Method.APPROVAL, options, current_locale()) for one in chosen]
