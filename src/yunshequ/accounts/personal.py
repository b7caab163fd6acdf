"""What the accounts module holds of a person."""

from pathlib import Path

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session

from yunshequ.accounts import sessions
from yunshequ.accounts import tables as t
from yunshequ.accounts.ports import Phones
from yunshequ.core.i18n import N_
from yunshequ.core.personal import Fate, Holding, Keeper, Sweep
from yunshequ.core.unit import Tx

SELF = N_('只有您自己')
OFFICE = N_('您和本社区的工作人员')
NOBODY = N_('没有人：只存带密钥的摘要')
KEYLESS = N_('没有人：密钥由本站的密钥推出，表里只有随机值')

HOLDINGS = (
    Holding(t.credential, N_('密码'), N_('登录'), NOBODY, 'account', Fate.DELETE,
            shown={'changed_at': N_('修改时间')}, also=('password_hash',)),
    Holding(t.login_session, N_('登录的设备'), N_('让您看到并管理自己的登录'), SELF, 'logins', Fate.DELETE,
            shown={'device': N_('设备'), 'created_at': N_('登录时间'), 'last_seen_at': N_('最近使用'), 'revoked_at': N_('退出时间')},
            also=('token_digest', 'ticket_digest', 'by_code', 'proven')),
    Holding(t.second_factor, N_('二次验证'), N_('工作人员登录时再证明一次是本人'), KEYLESS, 'account', Fate.DELETE,
            shown={'created_at': N_('设置时间')}, also=('nonce', 'last_step', 'recovery')),
    Holding(t.one_time_code, N_('短信验证码'), N_('登录'), NOBODY, 'codes', Fate.DELETE, owner='phone_hash',
            shown={'created_at': N_('发送时间'), 'used_at': N_('使用时间')}, also=('code_hash',)),
    Holding(t.phone_change, N_('换手机号的办理'), N_('手机丢了时由两位工作人员换号，可以查证'), OFFICE, 'account', Fate.DELETE,
            shown={'phone_mask': N_('新手机号（掩码）'), 'reason': N_('说明'), 'asked_at': N_('提出时间'), 'decided_at': N_('办结时间')},
            also=('phone_hash',), acts=('asked_by', 'decided_by')),
    Holding(t.demo_account, N_('演示账号'), N_('演示'), N_('演示站的访客'), 'account', Fate.DELETE,
            shown={'title': N_('说明')}),
)


SWEEPS = (
    Sweep(t.one_time_code, N_('短信验证码'), 'codes', lambda before: t.one_time_code.c.created_at < before),
    Sweep(t.login_session, N_('登录的设备'), 'logins',
          lambda before: or_(t.login_session.c.revoked_at < before, t.login_session.c.expires_at < before)),
)


class AccountsKeeper(Keeper):
    """Codes are found by the hash of the phone; logins end before they are deleted, so that open pages close."""

    def __init__(self, phones: Phones) -> None:
        super().__init__(N_('账号和登录'), HOLDINGS, SWEEPS)
        self._phones = phones

    def theirs(self, session: Session, holding: Holding, member_id: int) -> ColumnElement[bool] | None:
        """As ``Keeper``; a member without a phone has no codes."""
        if holding.table is not t.one_time_code:
            return super().theirs(session, holding, member_id)
        phone_hash = self._phones.phone_hash(session, member_id)
        return None if phone_hash is None else t.one_time_code.c.phone_hash == phone_hash

    def erase(self, tx: Tx, member_id: int, name: str) -> list[Path]:
        """As ``Keeper``."""
        sessions.revoke_all(tx, member_id)
        return super().erase(tx, member_id, name)
