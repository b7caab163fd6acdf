"""The volunteer board of one call: shifts, seats left, sign-up, waitlist, check-in."""

from yunshequ.core.i18n import _

from .base import Data, Labels, LiveElement, per_locale, time_labels


@per_locale
def call_labels() -> Labels:
    """Return the texts of a call for volunteers."""
    return {
        'time': time_labels(),
        'left_all': _('还剩 {n} 个名额'),
        'people_all': _('已有 {n} 人报名'),
        'write_to_join': _('在群里回复“我报名”也可以。'),
        'closed': _('这次招募已经结束，谢谢大家'),
        'no_shifts': _('班次还在安排，请稍后再看'),
        'more_shifts': _('再看 {n} 个班次'),
        'details': _('查看详情'),
        'skills': _('需要：'),
        'seats_left': _('还剩 {n} 个'),
        'full': _('已满'),
        'full_waiting': _('已满 · {n} 人候补'),
        'sign_up': _('我报名'),
        'wait': _('候补报名'),
        'signed': _('报上了，谢谢您！'),
        'signed_waiting': _('这一班已满，已为您排上候补；有人退出会自动补上并通知您'),
        'mine_confirmed': _('您已报名这一班'),
        'mine_waiting': _('您在候补第 {n} 位'),
        'mine_checked_in': _('您已签到，辛苦了'),
        'mine_done': _('您已完成这一班，谢谢'),
        'leave': _('取消报名'),
        'leave_queue': _('退出候补'),
        'left': _('已取消'),
        'sure_leave': _('这一班已满，取消后名额会马上给别人。确定取消吗？'),
        'leave_yes': _('确定取消'),
        'leave_no': _('先不取消'),
        'check_in': _('签到'),
        'enter_code': _('签到码'),
        'code_hint': _('看现场负责人手机上的数字'),
        'code_wrong': _('签到码是一串数字，请再看一下'),
        'checked_in': _('签到成功'),
        'show_code': _('签到码'),
        'code_for_all': _('请志愿者输入这个签到码'),
        'code_changes': _('{n} 秒后换新码'),
        'roster': _('报名名单'),
        'roster_none': _('还没有人报名'),
        'party': _('党员'),
        'state_confirmed': _('已报名'),
        'state_waiting': _('候补'),
        'state_checked_in': _('已签到'),
        'state_done': _('已完成'),
        'cannot': _('您暂时不能报名'),
        'close': _('关闭'),
        'gone': _('这张卡片暂时打不开'),
        'failed': _('没有成功，请稍后再试'),
    }


class ShiftBoard(LiveElement, component='shift_board.js'):
    """One call for volunteers. Live topics ``call:{id}`` and ``member:{id}``.

    Frames: ``{k: 'seats', shift_id, taken, waiting, seats}`` (or ``shifts: [{id, …}]``) and ``{k: 'call', call}`` for all;
    ``{k: 'shift', call_id, shift_id, mine}`` on the member's topic (promoted from the queue). Acts: ``call.signup`` and
    ``call.cancel`` {call_id, shift_id} -> {mine, taken, waiting}; ``call.checkin`` {…, code} -> {mine}; ``call.code`` {shift_id} ->
    {code, expires_at}; ``call.roster`` {shift_id} -> {people: [{id, name, star, state}]};
    ``call.state`` {call_id} -> the call, after a lost line (in a room: ``card`` {kind, id}).
    """

    def __init__(self, *, call: Data, me: Data | None = None) -> None:
        """Show a call.

        :param call: ``{kind: 'call', id, title, body, state: open|closed, incident: {title, level, level_word}, can_signup,
            why_not, lead, href, shifts: [{id, title, starts_at, ends_at, place, skills, seats, taken, waiting, lead,
            can_see_roster, mine: {state, position}}]}``; level is red, orange, yellow or blue; the state of a place is confirmed,
            waiting, checked_in or done
        :param me: ``{id, name}``
        """
        super().__init__()
        self.set_props(call=dict(call), me=dict(me or {}), labels=call_labels())
