"""二次验证 (second factor): a code from an authenticator app (TOTP, RFC 6238) that people in office give after phone and password.

The key an app holds is derived from the site's own key and a random value in the row, so the tables alone give nobody a
code. Each login that sets an app up is shown a key of its own, which becomes the row's with its first code: who saw a key
before, with a password that was stolen, holds nothing afterwards. A code counts once: the row keeps the newest step used.
Ten recovery codes (备用码) stand in for a lost phone, each once.
"""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyotp
from sqlalchemy import delete, select, update
from sqlmodel import Session

from yunshequ.accounts import tables as t
from yunshequ.accounts.models import SecondFactor
from yunshequ.core.ids import keyed_hash, short_code
from yunshequ.core.unit import Tx, insert_ignore

STEP_SECONDS = 30
DRIFT = 1
"""Steps a phone's clock may be off, either way."""
RECOVERY = 10
ISSUER = '掌上云社区'


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an app is set up with. ``uri`` is what the QR code says; ``key`` is for typing it in."""

    key: str
    uri: str


def app_key(secret: bytes, member_id: int, nonce: str) -> str:
    """Return the key of a member's app, base32."""
    return base64.b32encode(hmac.new(secret, f'totp\x1f{member_id}\x1f{nonce}'.encode(), hashlib.sha256).digest()[:20]).decode()


def enrolment(secret: bytes, member_id: int, nonce: str, label: str) -> Enrolment:
    """Return what the app of a member is set up with; ``label`` is shown in the app."""
    key = app_key(secret, member_id, nonce)
    return Enrolment(key, pyotp.TOTP(key).provisioning_uri(name=label, issuer_name=ISSUER))


def step_of(key: str, code: str, now: datetime) -> int | None:
    """Return the step of time a code belongs to, None if it fits none near ``now``."""
    totp, here = pyotp.TOTP(key), int(now.timestamp()) // STEP_SECONDS
    for step in range(here - DRIFT, here + DRIFT + 1):
        if hmac.compare_digest(totp.generate_otp(step), code):
            return step
    return None


def is_set(session: Session, member_id: int) -> bool:
    """Tell whether a member has an app."""
    return session.connection().execute(
        select(t.second_factor.c.member_id).where(t.second_factor.c.member_id == member_id)).first() is not None


def prove(tx: Tx, secret: bytes, member_id: int, typed: str, offered: str | None) -> tuple[bool, list[str]]:
    """Take a code of the app or a recovery code; return whether it counts, and the recovery codes if it set the app up.

    :param offered: the random value of the key this login was shown; counts only while the member has no app.
    """
    row = tx.connection.execute(
        select(t.second_factor).where(t.second_factor.c.member_id == member_id).with_for_update()).one_or_none()
    digits = ''.join(c for c in typed if c.isdecimal())
    if len(digits) != 6 or len(typed.strip()) > 7:
        return row is not None and _recovered(tx, secret, row, typed), []
    if row is None:
        return _set_up(tx, secret, member_id, digits, offered)
    step = step_of(app_key(secret, member_id, row.nonce), digits, tx.now)
    return step is not None and tx.connection.execute(
        update(t.second_factor).where(t.second_factor.c.member_id == member_id, t.second_factor.c.last_step < step).values(last_step=step)
    ).rowcount == 1, []


def _set_up(tx: Tx, secret: bytes, member_id: int, digits: str, offered: str | None) -> tuple[bool, list[str]]:
    step = None if offered is None else step_of(app_key(secret, member_id, offered), digits, tx.now)
    if offered is None or step is None:
        return False, []
    fresh = [short_code(10) for _ in range(RECOVERY)]
    if not insert_ignore(tx.session, SecondFactor, [{
            'member_id': member_id, 'nonce': offered, 'created_at': tx.now, 'last_step': step,
            'recovery': [_hash(secret, member_id, one) for one in fresh]}]):
        return False, []  # another login was quicker
    tx.audit(member_id, 'accounts.factor_set', f'member:{member_id}')
    return True, fresh


def _recovered(tx: Tx, secret: bytes, row: Any, typed: str) -> bool:
    plain = ''.join(c for c in typed.upper() if c.isalnum())
    spent = _hash(secret, row.member_id, plain)
    if spent not in row.recovery:
        return False
    left = [one for one in row.recovery if one != spent]
    tx.connection.execute(update(t.second_factor).where(t.second_factor.c.member_id == row.member_id).values(recovery=left))
    tx.audit(row.member_id, 'accounts.factor_recovered', f'member:{row.member_id}', detail={'left': len(left)})
    return True


def reset(tx: Tx, member_id: int) -> bool:
    """Forget a member's factor; the next login sets a new one. Returns whether there was one."""
    return bool(tx.connection.execute(delete(t.second_factor).where(t.second_factor.c.member_id == member_id)).rowcount)


def pending_token(secret: bytes, what: dict[str, Any]) -> str:
    """Return a login that waits for its second factor, signed; the browser carries it, nothing is kept here."""
    body = base64.urlsafe_b64encode(json.dumps(what).encode()).decode()
    return f'{body}.{keyed_hash(secret, "pending", body)}'


def read_pending(secret: bytes, pending: str, now: datetime) -> dict[str, Any] | None:
    """Return what ``pending_token`` was made of; None if it is forged or too old."""
    body, _, signature = pending.partition('.')
    if not hmac.compare_digest(signature, keyed_hash(secret, 'pending', body)):
        return None
    what: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body))
    return what if what['until'] > now.timestamp() else None


def _hash(secret: bytes, member_id: int, code: str) -> str:
    return keyed_hash(secret, 'recovery', str(member_id), code)
