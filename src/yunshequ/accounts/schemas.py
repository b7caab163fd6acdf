"""What crosses the border of the accounts module."""

from dataclasses import dataclass
from datetime import datetime

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


class DemoAccountView(BaseModel):
    """A demo person on the login page."""

    model_config = ConfigDict(frozen=True)

    member_id: int
    title: str
