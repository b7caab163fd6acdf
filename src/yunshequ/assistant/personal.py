"""What 小栖 holds of a person: questions under a pseudonym, hand-offs to staff."""

from pathlib import Path

from sqlalchemy import ColumnElement, String, and_, cast, update
from sqlmodel import Session

from yunshequ.assistant.models import (
    AnswerFeedback,
    AnswerLog,
    Department,
    DepartmentKeeper,
    DutyTurn,
    HandoffCase,
    KbBulk,
    KbEntry,
    KbRevision,
    KbSignature,
)
from yunshequ.assistant.privacy import pseudonym
from yunshequ.assistant.schemas import CaseState
from yunshequ.core.i18n import N_
from yunshequ.core.personal import Fate, Holding, Keeper, Sweep
from yunshequ.core.unit import Tx

_log = AnswerLog.__table__  # type: ignore[attr-defined]
_feedback = AnswerFeedback.__table__  # type: ignore[attr-defined]
_case = HandoffCase.__table__  # type: ignore[attr-defined]

CASES = {'waiting': N_('等待接手'), 'owned': N_('处理中'), 'closed': N_('已办结')}
WORKERS = N_('知识库的维护人员')
DESKS = N_('接手转人工问题的工作人员')

HOLDINGS = (
    Holding(_log, N_('我问小栖的问题'), N_('回答您，把回答改得更好'), N_('维护人员只看到去掉号码和住址的问题，看不到是谁问的'), 'questions', Fate.BLANK,
            owner='asker', shown={'text': N_('问题'), 'asked_at': N_('时间')}, also=('body',),
            blank={'asker': '', 'text': '', 'body': None}),
    Holding(_feedback, N_('我对回答的评价'), N_('把回答改得更好'), N_('只有计数'), 'questions', Fate.DELETE, owner='rater',
            shown={'helpful': N_('有用'), 'at': N_('时间')}),
    Holding(_case, N_('转人工的问题'), N_('让工作人员回答您'), N_('接手的工作人员'), 'account', Fate.BLANK, owner='asker_id',
            shown={'question': N_('问题'), 'state': N_('状态'), 'opened_at': N_('时间'), 'closed_at': N_('结束时间'), 'stars': N_('我给的星')},
            also=('talk', 'rated_at'), acts=('worker_id',), words={'state': CASES}, blank={'question': '', 'talk': []}),
    Holding(DepartmentKeeper.__table__, N_('我担任知识员的部门'), N_('让问题找到对的人'), DESKS, 'office', Fate.DELETE,  # type: ignore[attr-defined]
            shown={'department_id': N_('部门'), 'at': N_('时间')}, acts=('by',),
            refs={'department_id': Department.__table__.c.name}),  # type: ignore[attr-defined]
    Holding(DutyTurn.__table__, N_('我的值班'), N_('让问题找到对的人'), DESKS, 'office', Fate.DELETE,  # type: ignore[attr-defined]
            shown={'day': N_('日期')}, acts=('set_by',)),
    Holding(KbEntry.__table__, N_('知识条目的维护人'), N_('知道由谁负责'), WORKERS, 'office', owner=None,  # type: ignore[attr-defined]
            acts=('owner_id', 'changed_by', 'author_id', 'confirmed_by')),
    Holding(KbRevision.__table__, N_('知识条目的修订人'), N_('知道由谁修改'), WORKERS, 'office', owner=None, acts=('by',)),  # type: ignore[attr-defined]
    Holding(KbSignature.__table__, N_('回答变差时签字的人'), N_('知道由谁负责'), WORKERS, 'office', owner=None, acts=('by',)),  # type: ignore[attr-defined]
    Holding(KbBulk.__table__, N_('批量修改知识的人'), N_('知道由谁修改'), WORKERS, 'office', owner=None, acts=('by',)),  # type: ignore[attr-defined]
)


SWEEPS = (
    Sweep(_log, N_('问小栖的问题'), 'questions', lambda before: and_(_log.c.asked_at < before, _log.c.text != ''),
          blank={'text': '', 'body': None}),
    Sweep(_case, N_('转人工时附上的对话'), 'questions', lambda before: and_(_case.c.closed_at < before, cast(_case.c.talk, String) != '[]'),
          blank={'talk': []}),
)


class AssistantKeeper(Keeper):
    """Questions are found by the keyed hash of who asked."""

    def __init__(self, secret: bytes) -> None:
        super().__init__(N_('小栖'), HOLDINGS, SWEEPS)
        self._secret = secret

    def theirs(self, session: Session, holding: Holding, member_id: int) -> ColumnElement[bool] | None:
        """As ``Keeper``."""
        if holding.table in (_log, _feedback) and holding.owner is not None:
            return holding.table.c[holding.owner] == pseudonym(self._secret, member_id)
        return super().theirs(session, holding, member_id)

    def erase(self, tx: Tx, member_id: int, name: str) -> list[Path]:
        """As ``Keeper``; nobody waits for an answer any more."""
        tx.connection.execute(
            update(_case).where(_case.c.asker_id == member_id, _case.c.closed_at.is_(None))
            .values(state=CaseState.CLOSED.value, closed_at=tx.now))
        return super().erase(tx, member_id, name)
