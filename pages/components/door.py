"""入群申请: the applications to a room, decided in one tap; the words are shared with the queue of the workbench."""

from collections.abc import Sequence

from yunshequ.core.i18n import _

from .base import Data, Labels, LiveElement, per_locale, time_labels


@per_locale
def entry_labels() -> Labels:
    """Return the texts of deciding an application."""
    return {
        'accept': _('通过'),
        'accept_person': _('通过 {name} 的申请'),
        'refuse': _('不通过'),
        'refuse_person': _('不通过 {name} 的申请'),
        'accepted': _('已让 {name} 进群'),
        'refused': _('已回复 {name}：未通过'),
        'reason': _('理由'),
        'reason_hint': _('选一个理由，申请人会看到，补充以后可以再申请'),
        'reasons': [_('请写清楼栋和房号'), _('您不住在这个楼栋，请加入自己楼栋的群'), _('请先联系网格员核对身份')],
        'reason_other': _('写别的理由'),
        'send': _('发送'),
        'undo': _('撤销'),
        'failed': _('没有成功，请稍后再试'),
    }


@per_locale
def door_labels() -> Labels:
    """Return the texts of the list."""
    return entry_labels() | {
        'time': time_labels(),
        'none': _('还没有人申请。打开审核以后，扫码的人会先出现在这里和工作台上。'),
        'waiting': _('待审核'),
        'state_accepted': _('已通过'),
        'state_refused': _('未通过'),
        'by': _('{name} 处理'),
    }


class DoorRequests(LiveElement, component='door.js'):
    """Applications to one room. Topic ``door:{room}``: a frame ``changed`` makes it ask again.

    Acts: ``entry.list`` {room} -> {entries}; ``entry.accept`` {id}; ``entry.refuse`` {id, reason}; ``entry.undo`` {id}.
    """

    def __init__(self, *, room_id: int, entries: Sequence[Data]) -> None:
        """Show the list.

        :param entries: ``{id, name, detail, state, at, by, reason}``, those that wait first
        """
        super().__init__()
        self.set_props(room=room_id, entries=list(entries), labels=door_labels())
