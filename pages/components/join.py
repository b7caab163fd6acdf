"""Coming in by an invitation: from a QR code on the noticeboard, or typed."""

from yunshequ.core.i18n import _

from .base import Data, Labels, LiveElement, per_locale, time_labels


@per_locale
def join_labels() -> Labels:
    """Return the texts of the form."""
    return {
        'title': _('加入邻里群'),
        'intro': _('输入楼道公告栏上的邀请码，或直接扫上面的二维码。'),
        'code': _('邀请码'),
        'code_hint': _('大小写都可以'),
        'code_empty': _('请先填邀请码'),
        'look': _('下一步'),
        'invited': _('邀请您加入'),
        'members': _('已有 {n} 位邻居'),
        'login_first': _('用手机号进入'),
        'name': _('大家怎么称呼您'),
        'name_hint': _('建议写楼栋加姓名，如：7栋-陈秀兰'),
        'name_empty': _('请写一个称呼，邻居好认识您'),
        'household': _('您是 {label} 的住户'),
        'room_no': _('房号（可以不填）'),
        'room_no_hint': _('如 502。填了以后由网格员核实，核实后才能代表这一户投票'),
        'relation': _('您和这一户的关系'),
        'relation_owner': _('业主'),
        'relation_family': _('家人'),
        'relation_tenant': _('租客'),
        'join': _('加入'),
        'other_code': _('换一个邀请码'),
        'welcome': _('欢迎您'),
        'pending': _('您已经进来了。住址等网格员核实，核实前可以聊天、提问，暂时不能代表这一户投票。'),
        'go_in': _('进去看看'),
        'privacy': _('邻居只看得到您的称呼，看不到手机号和房号。'),
        'question': _('请回答工作人员的问题'),
        'answer_empty': _('请回答这个问题，工作人员凭它核对'),
        'asks': _('这个群进群前要审核。您填的内容只给审核的工作人员看，处理完 30 天后清除。'),
        'ask': _('提交申请'),
        'waiting': _('申请已提交，等工作人员审核'),
        'waiting_more': _('通过以后，这一页会自动变。您也可以先离开，过会儿再扫一次码来看。'),
        'waiting_tag': _('待审核'),
        'accepted': _('申请已通过'),
        'accepted_more': _('您已经在群里了。'),
        'accepted_tag': _('已通过'),
        'refused': _('这次没有通过'),
        'refused_tag': _('未通过'),
        'reason': _('理由：{reason}'),
        'ask_again': _('补充后再申请'),
        'asked_at': _('{when} 提交'),
        'until': _('邀请码有效期到 {day}'),
        'time': time_labels(),
        'failed': _('没有成功，请稍后再试'),
    }


class JoinForm(LiveElement, component='join.js'):
    """An invitation: code, then who one is. Answers survive a reload in this tab.

    Acts: ``look`` {code} -> {invite}; ``join`` {token, nickname, room_no, relation, answer} -> {href, pending, words?} or
    {request}; ``request`` {room} -> {request}. Refusals with field ``code``, ``nickname``, ``room_no`` or ``answer`` stand
    beside it. A frame ``entry`` on ``topic`` makes it ask what became of the application.
    """

    def __init__(
        self, *, invite: Data | None = None, token: str = '', me: Data | None = None, problem: str = '', topic: str = '',
    ) -> None:
        """Show the form.

        :param invite: ``{token, title, where, about, members, household, takes_flats, rules, asks, question, until,
            request: {state, reason, at}, room, href, login_href}`` of a scanned code;
            ``login_href`` when nobody is signed in yet
        :param token: a typed or scanned code that is not resolved
        :param me: ``{name}`` of who is signed in
        :param problem: why a scanned code does not work
        :param topic: live topic of what becomes of an application
        """
        super().__init__()
        self.set_props(
            invite=dict(invite) if invite else None, token=token, me=dict(me or {}), problem_words=problem, topic=topic, labels=join_labels())
