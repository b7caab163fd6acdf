"""Tables of accounts: secrets only as hashes."""

from datetime import datetime

from sqlalchemy import JSON, Column, Index, false
from sqlmodel import Field, SQLModel

from yunshequ.core.columns import BigId, UtcDateTime


class Credential(SQLModel, table=True):
    """A member's password (argon2)."""

    __tablename__ = 'credential'

    member_id: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    password_hash: str
    changed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class OneTimeCode(SQLModel, table=True):
    """A code sent by text message (验证码). Both phone and code are keyed hashes."""

    __tablename__ = 'one_time_code'
    __table_args__ = (Index('ix_one_time_code_phone', 'phone_hash', 'id'),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    phone_hash: str
    code_hash: str
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    expires_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    tries: int = 0
    used_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class LoginSession(SQLModel, table=True):
    """A device that is signed in (登录设备). ``ticket_digest`` lets a page hand the session to the browser once."""

    __tablename__ = 'login_session'
    __table_args__ = (Index('ix_login_session_member', 'member_id'),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    token_digest: str = Field(unique=True)
    member_id: int
    device: str = ''
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    last_seen_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    expires_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    revoked_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    ticket_digest: str | None = Field(default=None, unique=True)
    ticket_expires_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    proven: bool = Field(default=False, sa_column_kwargs={'server_default': false()})
    """Opened with the second factor, or by the house itself; a login of somebody in office counts only so."""
    by_code: bool = False
    """Signed in by a one-time code: within a few minutes this proves the phone, so a forgotten password may be replaced."""


class SecondFactor(SQLModel, table=True):
    """The authenticator app (二次验证) of somebody in office; see ``factors``."""

    __tablename__ = 'second_factor'

    member_id: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    nonce: str
    """With the site's key it makes the app's key; alone it is worth nothing."""
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    last_step: int = Field(default=0, sa_column=Column(BigId, nullable=False))
    """The newest step of time a code was taken of: no code counts twice."""
    recovery: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """Keyed hashes of the recovery codes that are left."""


class PhoneChange(SQLModel, table=True):
    """A resident's new number that two persons of the office set (手机丢了); see ``lost_phone``."""

    __tablename__ = 'phone_change'
    __table_args__ = (Index('ix_phone_change_member', 'member_id'), Index('ix_phone_change_state', 'state', 'place_id'))

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    member_id: int
    place_id: int
    phone_hash: str
    phone_mask: str
    reason: str
    state: str  # PhoneChangeState
    asked_by: int
    asked_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    expires_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    decided_by: int | None = None
    decided_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class DemoAccount(SQLModel, table=True):
    """A person of the demo whom the login page offers by name (演示账号); without ``settings.demo`` nobody reads it."""

    __tablename__ = 'demo_account'

    member_id: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    title: str
    position: int = 0
