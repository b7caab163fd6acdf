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
        'factor_title': _('再证明一次是您本人'),
        'factor_hint': _('打开手机上的验证器应用，填写“掌上云社区”下的 6 位动态码；手机不在身边时填一个备用码'),
        'factor': _('动态码或备用码'),
        'factor_empty': _('请填写验证器上的 6 位动态码'),
        'setup_title': _('工作账号要设置二次验证'),
        'setup_one': _('在手机上装一个验证器应用（如微信小程序“腾讯身份验证器”、Microsoft Authenticator），用它扫这个二维码'),
        'setup_picture': _('验证器要扫的二维码'),
        'setup_key': _('扫不了时手动输入这串密钥：'),
        'setup_two': _('再把应用上显示的 6 位数字填在下面'),
        'recovery_title': _('请抄下备用码'),
        'recovery_hint': _('手机丢了或换了时，用其中一个代替动态码登录，每个只能用一次。它们不会再显示'),
        'recovery_done': _('我抄好了，进入'),
        'start_over': _('重新登录'),
        'failed': _('没有成功，请稍后再试'),
    }


class LoginForm(LiveElement, component='login.js'):
    """The login form. The phone survives a reload in this tab; codes and passwords never do.

    Acts: ``code`` {phone} -> {again: seconds, shown?}; ``enter`` {phone, code, next}, ``password`` {phone, password, next} and
    ``demo`` {member_id, next} -> {href}: where the browser goes for its cookie, or for people in office {pending, key, picture}, and then
    ``prove`` {pending, factor, next} -> {href, recovery: [...]}. Refusals with field ``phone``, ``code``,
    ``password`` or ``factor`` stand beside it.
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
