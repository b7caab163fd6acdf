"""One-time codes (验证码): six digits, five minutes, five tries, one use."""

import hmac
from datetime import timedelta
from enum import StrEnum
from math import ceil

from sqlalchemy import func, insert, select, update

from yunshequ.accounts import tables as t
from yunshequ.core.errors import TooMany
from yunshequ.core.i18n import N_
from yunshequ.core.unit import Tx

LIFE = timedelta(minutes=5)
TRIES = 5
PAUSE = timedelta(seconds=60)
PER_HOUR = 5

TOO_SOON = N_('验证码刚刚发过，请 {seconds} 秒后再试')
TOO_OFTEN = N_('这个号码要的验证码太多了，请 {minutes} 分钟后再试，或用密码登录')


class Outcome(StrEnum):
    """What a try at a code came to."""

    RIGHT = 'right'
    WRONG = 'wrong'
    SPENT = 'spent'


def issue(tx: Tx, phone_hash: str, code_hash: str) -> int:
    """Store a new code; earlier ones of this phone stop working. Counted in the database, so a restart forgets nothing.

    :raises TooMany: the last one is too recent, or there were too many within an hour.
    """
    connection = tx.connection
    if connection.dialect.name == 'postgresql':  # SQLite has one writer; here two requests for one phone must queue
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(phone_hash, 0))))
    mine = t.one_time_code.c.phone_hash == phone_hash
    count, newest, oldest = connection.execute(
        select(func.count(), func.max(t.one_time_code.c.created_at), func.min(t.one_time_code.c.created_at))
        .where(mine, t.one_time_code.c.created_at > tx.now - timedelta(hours=1))).one()
    if newest is not None and newest > tx.now - PAUSE:
        raise TooMany(TOO_SOON, seconds=ceil((newest + PAUSE - tx.now).total_seconds()))
    if count >= PER_HOUR:
        seconds = ceil((oldest + timedelta(hours=1) - tx.now).total_seconds())
        raise TooMany(TOO_OFTEN, seconds=seconds, minutes=ceil(seconds / 60))
    connection.execute(update(t.one_time_code).where(mine, t.one_time_code.c.expires_at > tx.now).values(expires_at=tx.now))
    return int(connection.execute(insert(t.one_time_code).values(
        phone_hash=phone_hash, code_hash=code_hash, created_at=tx.now, expires_at=tx.now + LIFE, tries=0,
    ).returning(t.one_time_code.c.id)).scalar_one())


def withdraw(tx: Tx, code_id: int) -> None:
    """Forget a code that could not be sent."""
    tx.connection.execute(t.one_time_code.delete().where(t.one_time_code.c.id == code_id))


def consume(tx: Tx, phone_hash: str, code_hash: str) -> Outcome:
    """Try a code. Each try is counted first, by a conditional statement; a right one is used up by another."""
    connection = tx.connection
    code = t.one_time_code.c
    row = connection.execute(
        select(code.id, code.code_hash).where(code.phone_hash == phone_hash).order_by(code.id.desc()).limit(1)).first()
    if row is None:
        return Outcome.SPENT
    live = (code.id == row.id, code.used_at.is_(None), code.expires_at > tx.now)
    counted = connection.execute(update(t.one_time_code).where(*live, code.tries < TRIES).values(tries=code.tries + 1))
    if counted.rowcount == 0:
        return Outcome.SPENT
    if not hmac.compare_digest(row.code_hash, code_hash):
        return Outcome.WRONG
    used = connection.execute(update(t.one_time_code).where(*live).values(used_at=tx.now))
    return Outcome.RIGHT if used.rowcount == 1 else Outcome.SPENT

