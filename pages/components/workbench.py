"""工作台: the queue of what needs somebody in office now."""

from collections.abc import Sequence

from yunshequ.core.i18n import _

from .base import Data, Labels, LiveElement, per_locale, time_labels
from .door import entry_labels


@per_locale
def workbench_labels() -> Labels:
    """Return the texts of the queue."""
    return {
        'time': time_labels(),
        'entry': entry_labels(),
        'confirm': {
            'confirm': _('还有效'), 'confirm_until': _('还有效，延到 {day}'), 'confirm_one': _('“{question}”还有效'),
            'confirmed': _('已确认还有效：{question}'), 'failed': _('没有成功，请稍后再试'),
        },
        'count': _('{n} 件事等您处理，快到时间的在前'),
        'queue': _('等您处理的事'),
        'since': _('从 {when} 起'),
        'late_minutes': _('已超时 {n} 分钟'),
        'late_hours': _('已超时 {n} 小时'),
        'late_days': _('已超时 {n} 天'),
        'none': _('现在没有等您处理的事'),
        'none_hint': _('居民转人工、申请入群、登记住户、表决快截止、志愿者不够、突发事件该确认、小栖没答上的问题、要审核和核对的知识，'
                       '都会按时间先后出现在这里，不用刷新。'),
        'stale': _('没有连上，显示的可能不是最新的'),
    }


class Workbench(LiveElement, component='workbench.js'):
    """Lines by deadline. Any frame ``changed``, ``incident``, ``call`` or ``seats`` on its topics makes it ask again.

    It also asks every minute, as a deadline that comes near is announced by nobody. Acts: ``workbench.list`` {} -> {lines};
    ``entry.accept``, ``entry.refuse``, ``entry.undo`` as in ``DoorRequests``;
    ``knowledge.confirm`` {id, version} -> {version}, ``knowledge.unconfirm`` {id, version}.
    """

    def __init__(self, *, topics: Sequence[str], lines: Sequence[Data]) -> None:
        """Show the queue.

        :param topics: live topics to ask again on; a line may bring its own
        :param lines: ``{key, kind, icon, title, detail, href, topic, due_at, since, entry?, confirm?}``, in order; ``entry`` {id, name} and
            ``confirm`` {id, version, until, question} are decided in place
        """
        super().__init__()
        self.set_props(topics=list(topics), lines=list(lines), labels=workbench_labels())
