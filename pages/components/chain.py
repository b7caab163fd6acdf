"""Texts of the card of a sign-up chain; it stands in conversations only (``lib/chain_view.js``)."""

from yunshequ.core.i18n import _

from .base import Labels, per_locale, time_labels


@per_locale
def chain_labels() -> Labels:
    """Return the texts of a chain.

    Its card is ``{kind: 'chain', id, room, title, example, most, closes_at, closed, version, starter, starter_id, may_manage, me, lines: [{id, member_id,
    name, text}]}``. Acts: ``chain.put`` {chain_id, text}, ``chain.take`` {chain_id}, ``chain.turn`` {chain_id, closed}, each -> card.
    Frames on ``chain:{id}``: ``line`` {version, line}, ``gone`` {version, line_id}, ``turned`` {version, closed}; on ``room:{room}``: ``named`` {id, name}.
    """
    return {
        'time': time_labels(),
        'chain': _('接龙'),
        'by': _('{name} 发起'),
        'until': _('{when} 截止'),
        'over': _('已结束'),
        'count': _('{n} 人已接'),
        'count_of': _('{n} / {most} 人已接'),
        'none': _('还没有人接，点一下就是第一个'),
        'more': _('展开全部 {n} 行'),
        'less': _('收起'),
        'join': _('我来接'),
        'full': _('名额已满'),
        'mine': _('我接的内容'),
        'hint': _('例如：{example}'),
        'edit': _('改一下'),
        'leave': _('退出'),
        'save': _('接上'),
        'cancel': _('先不接'),
        'joined': _('接上了'),
        'left': _('已退出'),
        'finish': _('结束接龙'),
        'reopen': _('重新开始'),
        'export': _('导出表格'),
        'export_csv': _('导出 CSV'),
        'failed': _('没有成功，请稍后再试'),
        'gone': _('这个接龙不在了'),
    }
