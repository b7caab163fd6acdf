"""阅读情况: who has said 收到 under a notice, by 楼栋, with numbers that move."""

from yunshequ.core.i18n import _

from .base import Data, Labels, LiveElement, per_locale, time_labels


@per_locale
def receipts_labels() -> Labels:
    """Return the texts of the page."""
    return {
        'time': time_labels(),
        'received': _('已收到 {n}/{total}'),
        'missing': _('还有 {n} 人没有收到'),
        'all': _('大家都收到了'),
        'buildings': _('各楼栋'),
        'masked': _('您看到的称呼已部分遮住：全名只给这个楼栋的工作人员看'),
        'not_yet': _('未收到（{n}）'),
        'done': _('已收到（{n}）'),
        'remind': _('提醒未收到的人'),
        'remind_hint': _('小栖会单独发消息给还没点“收到”的人，不在群里点名；一天一次，晚上 9 点到早上 8 点不打扰。'),
        'reminded': _('上次提醒：{when}'),
        'will_remind': _('已安排：{when} 提醒'),
        'replaced': _('这条公告已不在置顶，不能再点“收到”'),
        'export': _('导出名单'),
        'open_room': _('打开群'),
        'gone': _('这条公告已经撤回'),
        'failed': _('没有成功，请稍后再试'),
    }


class Receipts(LiveElement, component='receipts.js'):
    """The state of a notice. Topic ``receipts:{room}``: a frame ``changed`` makes it ask again.

    Acts: ``receipts.state`` {room, seq} -> {state}; ``receipts.remind`` {room, seq} -> {due}.
    """

    def __init__(self, *, topic: str, state: Data, export_href: str, room_href: str = '') -> None:
        """Show the state.

        :param topic: live topic of the room's receipts
        :param state: ``{room, seq, body, by, at, pinned, received, total, reminded_at, may_remind, buildings: [{title, received, total,
            named, confirmed: [{name, at}], missing: [{name}]}]}``
        :param export_href: address of the list as a file
        :param room_href: address of the room for whoever is inside
        """
        super().__init__()
        self.set_props(topic=topic, state=dict(state), export_href=export_href, room_href=room_href, labels=receipts_labels())
