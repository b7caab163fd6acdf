"""Quiet hours (免打扰时段): when 小栖 says nothing in a room of its own accord. Spoken to by name it still answers.

Times are minutes since midnight in Asia/Shanghai; hours that end before they begin run over midnight.
"""

from datetime import datetime, time

from yunshequ.core.clock import local
from yunshequ.core.errors import Invalid
from yunshequ.core.i18n import N_

DAY = 24 * 60


def hushed(begins: int | None, ends: int | None, at: datetime) -> bool:
    """Tell whether an instant lies in the quiet hours; without hours none does. The first minute is quiet, the last is not."""
    if begins is None or ends is None:
        return False
    here = local(at)
    minute = here.hour * 60 + here.minute
    return begins <= minute < ends if begins < ends else minute >= begins or minute < ends


def minutes(clock: str, field: str) -> int:
    """Return ``22:30`` as minutes since midnight.

    :raises Invalid: it is no time of day.
    """
    try:
        read = time.fromisoformat(clock.strip())
    except ValueError:
        raise Invalid(N_('请写成“22:00”这样的时间'), field=field) from None
    return read.hour * 60 + read.minute


def clock(minute: int) -> str:
    """Return minutes since midnight as ``22:30``."""
    return f'{minute // 60:02d}:{minute % 60:02d}'


def require_hours(begins: int | None, ends: int | None) -> None:
    """Return if these are quiet hours, or none.

    :raises Invalid: only one of the two, out of the day, or no time between them.
    """
    if begins is None and ends is None:
        return
    if begins is None or ends is None or not (0 <= begins < DAY and 0 <= ends < DAY):
        raise Invalid(N_('开始和结束的时间要一起填写'), field='hush')
    if begins == ends:
        raise Invalid(N_('开始和结束不能是同一个时间；要一直安静，请打开安静模式'), field='hush')
