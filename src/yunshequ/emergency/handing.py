"""What passes on with an office: calls that are open, shifts somebody leads."""

from sqlalchemy import select

from yunshequ.core.handing import Work
from yunshequ.core.i18n import N_
from yunshequ.emergency.models import Call, Shift
from yunshequ.emergency.schemas import CallState, ShiftState

_call = Call.__table__  # type: ignore[attr-defined]
_shift = Shift.__table__  # type: ignore[attr-defined]
_call_of_shift = _call.alias('call_of_shift')
WORKS = (
    Work('call', N_('发布的招募'), _call, 'created_by', _call.c.title, _call.c.place_id, lambda: _call.c.state == CallState.OPEN.value),
    Work('shift', N_('带队的班次'), _shift, 'lead_id', _shift.c.title,
         select(_call_of_shift.c.place_id).where(_call_of_shift.c.id == _shift.c.call_id).scalar_subquery(),
         lambda: _shift.c.state.in_([ShiftState.OPEN.value, ShiftState.CLOSED.value])),
)
