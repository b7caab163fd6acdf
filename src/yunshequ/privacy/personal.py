"""What this module and the core hold of a person."""

from sqlalchemy import Table

from yunshequ.core.audit import AuditEntry
from yunshequ.core.i18n import N_
from yunshequ.core.personal import Fate, Holding, Keeper, Sweep
from yunshequ.core.schedule import DueJob
from yunshequ.privacy.models import AccessEntry, ConsentEntry, DataExport, DeletionRequest, ExportRequest
from yunshequ.privacy.rules import Rules
from yunshequ.privacy.schemas import ACCESS_WORDS, DeletionState, Exportable, ExportState, RequestState

audit: Table = AuditEntry.__table__  # type: ignore[attr-defined]
job: Table = DueJob.__table__  # type: ignore[attr-defined]
consent: Table = ConsentEntry.__table__  # type: ignore[attr-defined]
copy: Table = DataExport.__table__  # type: ignore[attr-defined]
deletion: Table = DeletionRequest.__table__  # type: ignore[attr-defined]
access: Table = AccessEntry.__table__  # type: ignore[attr-defined]
request: Table = ExportRequest.__table__  # type: ignore[attr-defined]

YOU = N_('只有您自己')
RECORD = N_('处理个人信息的记录')
PURPOSES = {name: purpose.title for name, purpose in Rules.load().purposes.items()}
COPIES = {ExportState.WAITING.value: N_('正在准备'), ExportState.READY.value: N_('可以下载'), ExportState.GONE.value: N_('已过期')}
DELETIONS = {
    DeletionState.WAITING.value: N_('冷静期内'), DeletionState.CANCELLED.value: N_('已撤回'), DeletionState.DONE.value: N_('已注销')}
KINDS = {Exportable.ROLL.value: N_('名册')}
REQUESTS = {
    RequestState.WAITING.value: N_('等第二人批准'), RequestState.APPROVED.value: N_('已批准'), RequestState.REFUSED.value: N_('未批准'),
    RequestState.TAKEN.value: N_('已下载')}

HOLDINGS = (
    Holding(consent, N_('同意记录'), N_('证明您何时同意、何时撤回'), YOU, 'consents',
            shown={'purpose': N_('目的'), 'version': N_('版本'), 'given': N_('同意'), 'at': N_('时间')}, words={'purpose': PURPOSES}),
    Holding(access, N_('谁看过我的信息'), RECORD, YOU, 'access', Fate.BLANK,
            shown={'at': N_('时间'), 'what': N_('种类'), 'reason': N_('原因')}, acts=('actor_id',), blank={'reason': ''},
            words={'what': {one.value: words for one, words in ACCESS_WORDS.items()}}),
    Holding(copy, N_('我的数据副本'), N_('让您拿走自己的数据'), YOU, 'exports', Fate.DELETE,
            shown={'asked_at': N_('时间'), 'state': N_('状态')}, also=('token',), words={'state': COPIES}),
    Holding(deletion, N_('注销申请'), RECORD, YOU, 'consents',
            shown={'asked_at': N_('时间'), 'due_at': N_('到期时间'), 'state': N_('状态')}, words={'state': DELETIONS}),
    Holding(request, N_('工作人员的导出申请'), RECORD, N_('本社区工作人员'), 'audit', owner='asked_by',
            shown={'what': N_('种类'), 'purpose': N_('目的'), 'asked_at': N_('时间'), 'state': N_('状态')}, acts=('decided_by',),
            words={'what': KINDS, 'state': REQUESTS}),
    Holding(audit, N_('操作记录'), N_('安全和追责'), N_('出现安全问题时的管理员'), 'audit', owner='actor_id',
            shown={'at': N_('时间'), 'action': N_('操作（代号）'), 'subject': N_('对象（编号）')}, also=('detail',)),
    Holding(job, N_('还没办完的事'), N_('到时间自动办理'), N_('没有人'), 'jobs', owner=None, also=('payload', 'last_error')),
)


SWEEPS = (
    Sweep(access, N_('查看记录'), 'access', lambda before: access.c.at < before),
    Sweep(audit, N_('操作记录'), 'audit', lambda before: audit.c.at < before),
    Sweep(request, N_('工作人员的导出申请'), 'audit', lambda before: request.c.asked_at < before),
    Sweep(deletion, N_('注销申请'), 'consents', lambda before: deletion.c.settled_at < before),
)


def keeper() -> Keeper:
    """Return what this module and the core hold of people."""
    return Keeper(N_('记录'), HOLDINGS, SWEEPS)
