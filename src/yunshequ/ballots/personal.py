"""What votes hold of a person. Votes that were counted stay: the result must be open to proof."""

from sqlalchemy import ColumnElement
from sqlmodel import Session

from yunshequ.ballots import tables as t
from yunshequ.core.i18n import N_
from yunshequ.core.personal import Holding, Keeper

PROOF = N_('表决的结果和核查')
PUBLIC = N_('表决范围内的人')
BALLOT = {'ballot_id': t.ballot.c.title}

HOLDINGS = (
    Holding(t.ballot, N_('我发起的表决'), PROOF, PUBLIC, 'votes', owner='created_by',
            shown={'title': N_('标题'), 'created_at': N_('时间')}),
    Holding(t.roll, N_('表决名册上的我'), PROOF, N_('组织表决的工作人员'), 'votes', owner='unit',
            shown={'ballot_id': N_('表决'), 'label': N_('名称'), 'voted': N_('已投')}, refs=BALLOT),
    Holding(t.voter, N_('我可以投的票'), PROOF, N_('组织表决的工作人员'), 'votes',
            shown={'ballot_id': N_('表决'), 'unit': N_('名册项')}, refs=BALLOT),
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
