"""What passes on with an office in rooms: reports somebody has claimed, reminders of notices that are still due."""

from typing import Any

from sqlalchemy import ScalarSelect, select

from yunshequ.core.handing import Work
from yunshequ.core.i18n import N_
from yunshequ.rooms.models import Message, NoticeReminder, ReportCase, Room
from yunshequ.rooms.order_schemas import CaseState

_case = ReportCase.__table__  # type: ignore[attr-defined]
_reminder = NoticeReminder.__table__  # type: ignore[attr-defined]
_message = Message.__table__  # type: ignore[attr-defined]
_room = Room.__table__  # type: ignore[attr-defined]


def place_of_room(room_id: Any) -> ScalarSelect[int]:
    """Return, for a statement of another module, the place of the room that a column names."""
    return select(_room.c.place_id).where(_room.c.id == room_id).scalar_subquery()


_pinned = select(_room.c.notice_seq).where(_room.c.id == _reminder.c.room_id).scalar_subquery()

WORKS = (
    Work('report', N_('认领的举报'), _case, 'claimed_by', _case.c.body, _case.c.place_id, lambda: _case.c.state == CaseState.CLAIMED.value),
    Work('notice', N_('公告的提醒'), _reminder, 'by_id',
         select(_message.c.body).where(_message.c.room_id == _reminder.c.room_id, _message.c.seq == _reminder.c.seq).scalar_subquery(),
         place_of_room(_reminder.c.room_id),
         lambda: _reminder.c.seq == _pinned, key=('room_id', 'seq', 'day')),
)
