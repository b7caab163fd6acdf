"""议事: open votes, topics, and what became of what was decided."""

from collections.abc import Sequence

from yunshequ.core.i18n import _

from .base import Data, Labels, LiveElement, per_locale, time_labels


@per_locale
def deliberation_labels() -> Labels:
    """Return the texts of the board."""
    return {
        'time': time_labels(), 'open': _('正在表决'), 'topics': _('正在议'), 'decided': _('议定的事，后来怎样了'),
        'to_do': _('等您投票'), 'voted': _('您已投票'), 'named': _('记名'), 'secret': _('无记名'),
        'turnout': _('已有 {n}/{total} {unit}参加'), 'units': {'person': _('人'), 'household': _('户'), 'area_heads': _('户')},
        'counting': _('正在计票'), 'draft': _('第 {n} 稿'), 'opinions': _('{n} 条意见'), 'decision': _('结论：{words}'),
        'progress': _('进展：{words}'), 'no_progress': _('还没有公布落实进展'), 'upcoming': _('{when} 开始'),
        'none': _('这里还没有正在议的事'), 'none_hint': _('社区发起表决或征求意见时，会在这里和群里告诉您。'),
    }


class DeliberationBoard(LiveElement, component='deliberation.js'):
    """The board. Hears ``deliberation`` frames on ``topics_live``, ``voted`` of the reader and ``tick`` on each open vote; asks ``deliberation.overview``."""

    def __init__(
        self, *, open: Sequence[Data], topics: Sequence[Data], decided: Sequence[Data], closed: Sequence[Data],  # noqa: A002
        topics_live: Sequence[str] = (), me: int = 0,
    ) -> None:
        """Show the board; the four lists are those of ``pages.deliberation.acts.overview``."""
        super().__init__()
        self.set_props(
            open=list(open), topics=list(topics), decided=list(decided), closed=list(closed), live=list(topics_live),
            me=me, labels=deliberation_labels())
