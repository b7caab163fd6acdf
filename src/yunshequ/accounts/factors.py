"""二次验证 (second factor): a code from an authenticator app (TOTP, RFC 6238) that people in office give after phone and password.

The key an app holds is derived from the site's own key and a random value in the row, so the tables alone give nobody a
code. A code counts once: the row keeps the newest step used. Ten recovery codes (备用码) stand in for a lost phone, each once.
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

from yunshequ.accounts import tables as t
from yunshequ.accounts.models import SecondFactor
from yunshequ.core.ids import keyed_hash, short_code, token
from yunshequ.core.unit import Tx, upsert

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


def row_of(tx: Tx, member_id: int) -> Any:
    """Return a member's factor, locked for this unit, making one that waits to be confirmed where there is none."""
    query = select(t.second_factor).where(t.second_factor.c.member_id == member_id).with_for_update()
    found = tx.connection.execute(query).one_or_none()
    if found is None:
        upsert(tx.session, SecondFactor, {'member_id': member_id, 'nonce': token(), 'created_at': tx.now, 'last_step': 0, 'recovery': []},
               key=['member_id'], change=['member_id'])
        found = tx.connection.execute(query).one()
    return found


def prove(tx: Tx, secret: bytes, member_id: int, typed: str) -> tuple[bool, list[str]]:
    """Take a code of the app or a recovery code; return whether it counts, and the recovery codes if it was the first ever."""
    row = row_of(tx, member_id)
    digits = ''.join(c for c in typed if c.isdecimal())
    if len(digits) == 6 and len(typed.strip()) <= 7:
        step = step_of(app_key(secret, member_id, row.nonce), digits, tx.now)
        mine = t.second_factor.c.member_id == member_id
        if step is None or tx.connection.execute(
            update(t.second_factor).where(mine, t.second_factor.c.last_step < step).values(last_step=step)
        ).rowcount != 1:
            return False, []
        if row.confirmed_at is not None:
            return True, []
        fresh = [short_code(10) for _ in range(RECOVERY)]
        tx.connection.execute(update(t.second_factor).where(mine).values(
            confirmed_at=tx.now, recovery=[_hash(secret, member_id, one) for one in fresh]))
        tx.audit(member_id, 'accounts.factor_set', f'member:{member_id}')
        return True, fresh
    return _recovered(tx, secret, row, typed), []


def _recovered(tx: Tx, secret: bytes, row: Any, typed: str) -> bool:
    plain = ''.join(c for c in typed.upper() if c.isalnum())
    spent = _hash(secret, row.member_id, plain)
    if row.confirmed_at is None or spent not in row.recovery:
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
