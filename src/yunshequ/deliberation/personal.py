"""What deliberation holds of a person: opinions stay with the topic they were answered in."""

from yunshequ.core.i18n import N_
from yunshequ.core.personal import Holding, Keeper
from yunshequ.deliberation import tables as t

RECORD = N_('议事的过程和答复')
PUBLIC = N_('议题范围内的人')
TOPIC = {'topic_id': t.topic.c.title}
STANCES = {'agree': N_('赞成'), 'disagree': N_('不赞成'), 'skip': N_('跳过')}

HOLDINGS = (
    Holding(t.topic, N_('我发起的议题'), RECORD, PUBLIC, 'deliberation', owner='created_by',
            shown={'title': N_('标题'), 'summary': N_('内容'), 'created_at': N_('时间')}),
    Holding(t.draft, N_('我写的草案'), RECORD, PUBLIC, 'deliberation', owner='created_by',
            shown={'topic_id': N_('议题'), 'number': N_('第几稿'), 'body': N_('内容'), 'note': N_('说明'), 'at': N_('时间')}, refs=TOPIC),
    Holding(t.opinion, N_('我的意见'), RECORD, PUBLIC, 'deliberation',
            shown={'topic_id': N_('议题'), 'body': N_('内容'), 'answer': N_('答复'), 'at': N_('时间')}, acts=('answered_by',), refs=TOPIC),
    Holding(t.stance, N_('我对意见的态度'), RECORD, N_('只有计数公开'), 'deliberation',
            shown={'opinion_id': N_('意见'), 'stance': N_('态度')},
            refs={'opinion_id': t.opinion.c.body}, words={'stance': STANCES}),
    Holding(t.progress, N_('我写的落实进展'), RECORD, PUBLIC, 'deliberation',
            shown={'topic_id': N_('议题'), 'body': N_('内容'), 'at': N_('时间')}, refs=TOPIC),
)


def keeper() -> Keeper:
    """Return what the module holds of people."""
    return Keeper(N_('议事'), HOLDINGS)
