"""What good order holds of a person: what was done to them and why, what they reported and appealed. Never, to others, who reported."""

from yunshequ.core.i18n import N_
from yunshequ.core.personal import Fate, Holding
from yunshequ.rooms.models import Appeal, HeldMessage, ModerationAct, RemovalProposal, Report, ReportCase, Room
from yunshequ.rooms.order_schemas import ACT_WORDS, OUTCOME_WORDS, REASON_WORDS

_room = Room.__table__  # type: ignore[attr-defined]
act = ModerationAct.__table__  # type: ignore[attr-defined]
_case = ReportCase.__table__  # type: ignore[attr-defined]
_report = Report.__table__  # type: ignore[attr-defined]
appeal = Appeal.__table__  # type: ignore[attr-defined]
held = HeldMessage.__table__  # type: ignore[attr-defined]
_proposal = RemovalProposal.__table__  # type: ignore[attr-defined]

ORDER = N_('维护群秩序，能查证、能申诉')
MODERATORS = N_('您自己；本群的管理人员')
ROOM = {'room_id': _room.c.title}
ACTS = {one.value: words for one, words in ACT_WORDS.items()}
REASONS = {one.value: words for one, words in REASON_WORDS.items()}
ROOM_WORD, TIME, WHY, NOTE = N_('群'), N_('时间'), N_('理由'), N_('说明')

HOLDINGS = (
    Holding(act, N_('对我的处理'), ORDER, MODERATORS, 'office', Fate.KEEP,
            shown={'room_id': ROOM_WORD, 'at': TIME, 'kind': N_('种类'), 'reason': WHY, 'note': NOTE, 'until': N_('到什么时候'),
                   'undone_at': N_('撤销时间'), 'undone_why': N_('撤销说明')},
            also=('held_id', 'case_id'), acts=('by_id', 'undone_by'), refs=ROOM,
            words={'kind': ACTS, 'reason': REASONS}),
    Holding(_case, N_('对我的发言的举报'), ORDER, N_('本群的管理人员'), 'office', Fate.KEEP,
            shown={'room_id': ROOM_WORD, 'opened_at': TIME, 'body': N_('内容'), 'outcome': N_('结果')}, also=('image',), acts=('claimed_by',),
            refs=ROOM, words={'outcome': {one.value: words for one, words in OUTCOME_WORDS.items()}}),
    Holding(_report, N_('我的举报'), ORDER, N_('您自己；管理人员只看到理由，看不到是谁'), 'office', Fate.KEEP, owner='reporter_id',
            shown={'at': TIME, 'reason': WHY, 'note': NOTE}, also=('case_id',), words={'reason': REASONS}),
    Holding(appeal, N_('我的申诉'), ORDER, MODERATORS, 'office', Fate.KEEP, owner='act_id',
            shown={'act_id': N_('对哪项处理'), 'at': TIME, 'words': N_('申诉理由'), 'upheld': N_('维持原处理'), 'answer': N_('复核说明'),
                   'decided_at': N_('处理时间')},
            acts=('decided_by',), refs={'act_id': act.c.kind}, words={'act_id': ACTS}),
    Holding(held, N_('待审核的发言'), ORDER, MODERATORS, 'account', Fate.DELETE, owner='sender_id',
            shown={'room_id': ROOM_WORD, 'at': TIME, 'draft': N_('内容'), 'category': N_('类别')}, also=('term',), acts=('decided_by',),
            refs=ROOM),
    Holding(_proposal, N_('移出群的提议'), ORDER, N_('本群的管理人员'), 'office', Fate.KEEP,
            shown={'room_id': ROOM_WORD, 'at': TIME, 'reason': WHY, 'note': NOTE}, acts=('proposed_by', 'decided_by'), refs=ROOM,
            words={'reason': REASONS}),
)
