"""What crosses the border of the accounts module."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from yunshequ.core.policy import Actor


@dataclass(frozen=True, slots=True)
class SignIn:
    """A login that was accepted. ``session_token`` is what the cookie carries; it is kept nowhere else."""

    session_token: str
    actor: Actor
    expires_at: datetime
    new_member: bool = False


@dataclass(frozen=True, slots=True)
class PendingSignIn:
    """A login that waits for its second factor (二次验证)."""

    token: str
    key: str | None = None
    """For who has no app yet: the key to set one up with."""
    uri: str | None = None
    """The same as a QR code says it."""


@dataclass(frozen=True, slots=True)
class Proven:
    """A login that has given its second factor. ``recovery`` are the recovery codes, shown this once after setting an app up."""

    sign_in: SignIn
    recovery: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CodeSent:
    """A one-time code is on its way. ``shown`` is the code itself in the demo, where no text message leaves."""

    seconds: int
    """How long the code works."""
    shown: str | None = None


class SessionView(BaseModel):
    """A device that is signed in, as its owner sees it."""

    model_config = ConfigDict(frozen=True)

    id: int
    device: str
    created_at: datetime
    last_seen_at: datetime
    current: bool


class PhoneChangeState(StrEnum):
    """Where a new number for somebody is on its way."""

    WAITING = 'waiting'  # 等第二个人确认
    CONFIRMED = 'confirmed'  # 已换
    STOPPED = 'stopped'  # 停止: turned down, taken back, or 不是我


class PhoneChangeView(BaseModel):
    """A new number for somebody, as the office and the person see it: never the number itself."""

    model_config = ConfigDict(frozen=True)

    id: int
    member_id: int
    member_name: str
    place_id: int
    phone_mask: str
    reason: str
    state: PhoneChangeState
    asked_by: int
    asker_name: str
    asked_at: datetime
    expires_at: datetime


class DemoAccountView(BaseModel):
    """A demo person on the login page."""

    model_config = ConfigDict(frozen=True)

    member_id: int
    title: str
