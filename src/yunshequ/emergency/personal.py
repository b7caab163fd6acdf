"""What the emergency board holds of a person: service done stays on record, seats ahead are given back."""

from pathlib import Path

from sqlalchemy import select

from yunshequ.core.i18n import N_
from yunshequ.core.personal import Fate, Holding, Keeper
from yunshequ.core.unit import Tx
from yunshequ.emergency import seats
from yunshequ.emergency.models import Call, Incident, IncidentEntry, Shift, Signup, VolunteerGuard
from yunshequ.emergency.schemas import SignupState

_signup = Signup.__table__  # type: ignore[attr-defined]
_shift = Shift.__table__  # type: ignore[attr-defined]
_AHEAD = (SignupState.CONFIRMED.value, SignupState.WAITLISTED.value)

STATES = {
    'confirmed': N_('已报上'), 'waitlisted': N_('候补'), 'cancelled': N_('已取消'), 'checked_in': N_('已签到'), 'no_show': N_('未到'),
}

RECORD = N_('突发事件的处置记录')
TEAM = N_('带队人和社区工作人员')

HOLDINGS = (
    Holding(_signup, N_('我的志愿报名'), N_('排班、签到和服务记录'), TEAM, 'service',
            shown={'shift_id': N_('班次'), 'state': N_('状态'), 'created_at': N_('报名时间'), 'checked_in_at': N_('签到时间'),
                   'checked_out_at': N_('签退时间')}, acts=('checked_in_by',), refs={'shift_id': _shift.c.title}, words={'state': STATES}),
    Holding(VolunteerGuard.__table__, N_('报名排队的记号'), N_('防止同一时间报两个班'), N_('没有人'), 'account', Fate.DELETE),  # type: ignore[attr-defined]
    Holding(Incident.__table__, N_('我发布的突发事件'), RECORD, N_('本社区的人'), 'service', owner='opened_by',  # type: ignore[attr-defined]
            shown={'title': N_('标题'), 'opened_at': N_('时间')}),
    Holding(IncidentEntry.__table__, N_('我写的处置记录'), RECORD, N_('本社区的人'), 'service', owner='actor_id',  # type: ignore[attr-defined]
            shown={'text': N_('内容'), 'at': N_('时间')}),
    Holding(Call.__table__, N_('我发起的招募'), RECORD, N_('本社区的人'), 'service', owner='created_by',  # type: ignore[attr-defined]
            shown={'title': N_('标题'), 'text': N_('内容'), 'created_at': N_('时间')}),
    Holding(_shift, N_('我带队的班次'), RECORD, N_('本社区的人'), 'service', owner='lead_id',
            shown={'title': N_('标题'), 'starts_at': N_('开始时间'), 'ends_at': N_('结束时间')}),
)


class EmergencyKeeper(Keeper):
    """Seats of shifts to come go to the next in line."""

    def __init__(self) -> None:
        super().__init__(N_('志愿服务和突发事件'), HOLDINGS)

    def erase(self, tx: Tx, member_id: int, name: str) -> list[Path]:
        """As ``Keeper``."""
        ahead = tx.connection.execute(
            select(_signup.c.id).where(_signup.c.member_id == member_id, _signup.c.state.in_(_AHEAD))).scalars().all()
        for signup_id in ahead:
            seats.give_back(tx, signup_id)
        return super().erase(tx, member_id, name)
