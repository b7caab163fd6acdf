"""A topic: its editions and what changed between them, opinions, votes, and what became of it."""

from yunshequ.core.i18n import _

from .base import Data, Labels, LiveElement, per_locale, time_labels


@per_locale
def topic_labels() -> Labels:
    """Return the texts of a topic."""
    return {
        'time': time_labels(), 'states': {'open': _('征求意见中'), 'decided': _('已有结论'), 'dropped': _('已搁置')},
        'votes': _('表决'), 'to_do': _('等您投票'), 'voted': _('您已投票'), 'see': _('查看'), 'counting': _('正在计票'),
        'upcoming': _('{when} 开始'), 'turnout': _('已有 {n}/{total} {unit}参加'),
        'units': {'person': _('人'), 'household': _('户'), 'area_heads': _('户')},
        'text': _('草案'), 'draft': _('第 {n} 稿'), 'by': _('{name} 发布于 {when}'), 'changes': _('和第 {n} 稿比，改了哪里'),
        'plain': _('只看全文'), 'legend': _('下划线是新加的，删除线是去掉的'), 'same': _('两稿文字一样'), 'no_text': _('还没有发布草案'),
        'opinions': _('意见（{n} 条）'), 'no_opinions': _('还没有人提意见，您可以第一个说'), 'write': _('您怎么看？'),
        'write_hint': _('针对第 {n} 稿；说清哪一条、想怎么改，最容易被采纳'), 'send': _('提交意见'), 'sent': _('意见已提交'),
        'on_draft': _('针对第 {n} 稿'), 'agree': _('赞同'), 'disagree': _('不赞同'), 'skip': _('说不好'),
        'more': _('更早的意见'), 'outcomes': {'adopted': _('已采纳'), 'partly': _('部分采纳'), 'declined': _('未采纳')},
        'answered': _('{name} 答复'), 'decision': _('结论'), 'progress': _('落实进展'), 'no_progress': _('还没有公布落实进展'),
        'room': _('到群里讨论'), 'empty_text': _('请先写下意见'), 'failed': _('没有成功，请稍后再试，写好的内容还在'),
    }


class TopicPage(LiveElement, component='topic.js'):
    """One topic. Live topic ``topic:{id}``: ``opinion`` {opinion}, ``weighed`` {id, agree, disagree, skip}, ``changed``.

    Acts: ``topic.state``, ``topic.compare`` {old, new}, ``topic.draft`` {number}, ``topic.opinions`` {before},
    ``opinion.post`` {body, client_id}, ``opinion.weigh`` {opinion_id, stance}.
    """

    def __init__(self, *, topic: Data, me: Data) -> None:
        """Show ``pages.deliberation.data.topic_data`` with its ``ballots``; ``me`` is ``{id}``."""
        super().__init__()
        self.set_props(topic=dict(topic), me=dict(me), labels=topic_labels())
