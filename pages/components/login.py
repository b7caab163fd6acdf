"""Signing in: phone with a one-time code or a password; demo people where there are some."""

from collections.abc import Sequence

from yunshequ.core.i18n import _

from .base import Data, Labels, LiveElement, per_locale


@per_locale
def login_labels() -> Labels:
    """Return the texts of the form."""
    return {
        'title': _('掌上云社区'),
        'intro': _('和邻居在一起，事情有回音'),
        'phone': _('手机号'),
        'phone_hint': _('11 位手机号'),
        'phone_wrong': _('请填写 11 位手机号'),
        'code': _('短信验证码'),
        'code_wrong': _('请填写短信里的 6 位数字'),
        'code_sent': _('验证码已发到您的手机，几分钟内有效'),
        'send': _('获取验证码'),
        'again': _('重新获取'),
        'again_in': _('{n} 秒后可重发'),
        'password': _('密码'),
        'password_empty': _('请填写密码'),
        'enter': _('进入'),
        'by_password': _('用密码登录'),
        'by_code': _('用短信验证码登录'),
        'first_time': _('第一次来也是这样进入，不用另外注册。'),
        'notice': _('登录前请先看'),
        'notice_link': _('隐私说明（版本 {edition}）'),
        'demo': _('演示'),
        'demo_code': _('验证码是 {code}（演示环境不发短信）'),
        'demo_people': _('直接以这些人的身份进去看看'),
        'failed': _('没有成功，请稍后再试'),
    }


class LoginForm(LiveElement, component='login.js'):
    """The login form. The phone survives a reload in this tab; codes and passwords never do.

    Acts: ``code`` {phone} -> {again: seconds, shown?}; ``enter`` {phone, code, next}, ``password`` {phone, password, next} and
    ``demo`` {member_id, next} -> {href}: where the browser goes for its cookie. Refusals with field ``phone``, ``code`` or
    ``password`` stand beside it.
    """

    def __init__(
        self, *, next_path: str = '/', demo: Sequence[Data] = (), title: str = '', intro: str = '', notice: str = '',
        edition: str = '',
    ) -> None:
        """Show the form.

        :param next_path: where to go afterwards, on this site
        :param demo: ``{member_id, title}`` of people one may enter as
        :param title: heading, instead of the product's name
        :param intro: line under the heading
        :param notice: something to know first, e.g. that the last login has expired
        :param edition: of the privacy notice that the form leads to
        """
        super().__init__()
        self.set_props(next=next_path, demo=list(demo), title=title, intro=intro, notice=notice, edition=edition,
                       labels=login_labels())
