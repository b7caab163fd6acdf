"""Words about good order (群秩序) that several pages share."""

from typing import Any

from yunshequ.core.i18n import N_, _
from yunshequ.rooms.limits import limits
from yunshequ.rooms.order_schemas import REASON_WORDS, Outcome, Reason, Standing
from yunshequ.rooms.schemas import RoomMode

DOING = {Outcome.RECALL: N_('撤回这条发言'), Outcome.MUTE: N_('禁言'), Outcome.BOTH: N_('撤回并禁言')}
"""Message ids of what a moderator may do about a message."""

MODES = {
    RoomMode.OPEN: N_('正常：大家都可以发言'), RoomMode.STAFF: N_('仅工作人员：只有工作人员和楼栋长发言'), RoomMode.READ_ONLY: N_('只读：只发公告'),
}
"""Message ids of a room's modes."""

MODE_TAGS = {RoomMode.STAFF: N_('仅工作人员'), RoomMode.READ_ONLY: N_('只读')}


def span(minutes: int) -> str:
    """Return a length of time in words: 10 minutes, 12 hours, 3 days."""
    if minutes % 1440 == 0:
        return _('{n} 天', n=minutes // 1440)
    return _('{n} 小时', n=minutes // 60) if minutes % 60 == 0 else _('{n} 分钟', n=minutes)


def pace(seconds: int) -> str:
    """Return the seconds of a slow room in words."""
    return _('{n} 分钟', n=seconds // 60) if seconds % 60 == 0 else _('{n} 秒', n=seconds)


def reasons() -> dict[str, str]:
    """Return reasons by code."""
    return {one.value: _(words) for one, words in REASON_WORDS.items()}


def mutes() -> dict[int, str]:
    """Return lengths of a mute by minutes."""
    return {one: span(one) for one in limits().mute.choices_minutes}


def why(reason: Reason, note: str) -> str:
    """Return a reason with what was written beside it."""
    return f'{_(REASON_WORDS[reason])}（{note}）' if note else _(REASON_WORDS[reason])


def mode_tag(standing: Standing) -> str:
    """Return what stands beside a room's title, '' for an open one."""
    mode = RoomMode(standing.mode)
    if mode in MODE_TAGS:
        return _(MODE_TAGS[mode])
    return _('慢速 {pace}', pace=pace(standing.slow_seconds)) if standing.slow_seconds else ''


def form_labels() -> dict[str, Any]:
    """Return the texts of ``order_form.js``."""
    return {
        'report': _('举报'), 'report_hint': _('只有本群的管理人员能看到，对方不会知道是谁举报的。处理结果会由小栖告诉您。'),
        'report_send': _('提交举报'), 'report_done': _('已收到您的举报，处理后会告诉您'),
        'moderate': _('处理这条发言'), 'moderate_hint': _('当事人会看到理由和期限，可以向另一位管理人员申诉；群里公示时隐去姓名。'),
        'moderate_send': _('确定处理'), 'moderate_done': _('已处理，可在群管理里撤销'),
        'what': _('怎么处理'), 'how_long': _('禁言多久'), 'why': _('理由'), 'choose': _('请选一个理由'), 'note': _('补充说明（选“其他”时必填）'),
        'outcomes': _options({one.value: _(words) for one, words in DOING.items()}),
        'minutes': _options(mutes()), 'reasons': _options(reasons()),
    }


def _options(words: dict[Any, str]) -> list[dict[str, Any]]:
    return [{'value': value, 'label': label} for value, label in words.items()]
