"""Texts of the card of a hand-off; it stands in the private chat only (``lib/handoff_view.js``)."""

from yunshequ.core.i18n import _

from .base import Labels, per_locale, time_labels


@per_locale
def handoff_labels() -> Labels:
    """Return the texts of a hand-off.

    Its card is ``{kind: 'handoff', id, state, worker, department, due_at, stars, may_rate, may_reopen}``. Acts: ``case.rate`` {case_id,
    stars}, ``case.reopen`` {case_id}, each -> card. Frames on ``handoff:{id}``: ``changed``.
    """
    return {
        'time': time_labels(),
        'handoff': _('转人工'),
        'waiting': _('等待工作人员'),
        'owned': _('{name} 正在答复'),
        'closed': _('已办结'),
        'closed_by': _('{name} 已办结'),
        'desk': _('在{department}窗口'),
        'how': _('这次答复怎么样？'),
        'stars': _('{n} 颗星'),
        'rated': _('您给了 {n} 颗星，谢谢。可以再点别的改。'),
        'rated_other': _('居民给了 {n} 颗星'),
        'reopen': _('没解决，重新打开'),
        'failed': _('没有成功，请稍后再试'),
        'gone': _('这次转人工不在了'),
    }
