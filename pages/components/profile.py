"""我的: who I am here, how I like to read, what I consent to, where I am signed in."""

from collections.abc import Sequence

from yunshequ.core.i18n import _

from .base import Data, Labels, LiveElement, per_locale, time_labels


@per_locale
def profile_labels() -> Labels:
    """Return the texts of the page."""
    return {
        'time': time_labels(),
        'edit_name': _('修改称呼'),
        'name': _('大家怎么称呼您'),
        'name_hint': _('建议写楼栋加姓名，如：7栋-陈秀兰'),
        'name_use': _('用“{name}”'),
        'save': _('保存'),
        'saved': _('已保存'),
        'home': _('我的家'),
        'verified': _('已核实'),
        'waiting': _('等待核实'),
        'mine': _('我参加的'),
        'reading': _('怎么看着舒服'),
        'large': _('大字模式'),
        'large_hint': _('字和按钮都变大'),
        'theme': _('明暗'),
        'theme_auto': _('跟随手机'),
        'theme_light': _('浅色'),
        'theme_dark': _('深色'),
        'language': _('语言'),
        'skills': _('我的特长'),
        'skills_hint': _('用顿号隔开，如：急救、电工。招募志愿者时用得上'),
        'privacy': _('隐私'),
        'safety': _('账号安全'),
        'password': _('新密码'),
        'password_new': _('设置密码'),
        'password_change': _('修改密码'),
        'password_old': _('原密码'),
        'password_hint': _('至少 8 位，不要用生日和手机号'),
        'password_short': _('密码至少 8 位'),
        'password_show': _('显示密码'),
        'password_saved': _('密码已改好，其他设备需要重新登录'),
        'devices': _('已登录的设备（{n}）'),
        'device_unknown': _('未知设备'),
        'device_this': _('本机'),
        'device_out': _('让它退出'),
        'leave': _('退出登录'),
        'leave_hint': _('退出后，这台设备上没发出去的内容会一并清除。'),
        'failed': _('没有成功，请稍后再试'),
    }


class ProfileForm(LiveElement, component='profile.js'):
    """The page 我的. Reading preferences live in this browser's cookies and work at once.

    Acts: ``save`` {nickname} or {locale} or {skills: text} or {consent key: on} -> {skills?}; ``set_password`` {password, old};
    ``revoke`` {session_id}. Signing out posts to ``/session/leave``.
    """

    def __init__(
        self,
        *,
        me: Data,
        links: Sequence[Data] = (),
        consents: Sequence[Data] = (),
        sessions: Sequence[Data] = (),
        password: Data | None = None,
        locales: Sequence[Data] = (),
    ) -> None:
        """Show the page.

        :param me: ``{name, proposed, phone, roles: [words], homes: [{label, relation, verified}], skills: text}``; the phone as a mask
        :param links: ``{icon, label, href, value}``
        :param consents: ``{key, label, hint, on}``
        :param sessions: ``{id, device, last_seen_at, current}``
        :param password: ``{set, old_needed}``
        :param locales: ``{key, label}``
        """
        super().__init__()
        self.set_props(
            me=dict(me), links=list(links), consents=list(consents), sessions=list(sessions),
            password=dict(password) if password is not None else None, locales=list(locales), labels=profile_labels(),
        )
