"""Logins (登录): rows in the database, remembered for seconds, forgotten at once when revoked."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import Session

from yunshequ.accounts import tables as t
from yunshequ.accounts.events import SessionRevoked
from yunshequ.accounts.ports import People
from yunshequ.core.bus import Bus, Event
from yunshequ.core.clock import Clock
from yunshequ.core.database import Database
from yunshequ.core.errors import NotFound
from yunshequ.core.ids import digest, token
from yunshequ.core.policy import Actor
from yunshequ.core.recent import Recent
from yunshequ.core.unit import Tx

TTL = timedelta(seconds=30)
SEEN_EVERY = timedelta(hours=1)
"""How exact 'last seen' is, and how often the expiry slides: one small write an hour for each device in use."""

TICKET_LIFE = timedelta(seconds=60)
DEVICE_MAX = 60
_BY_TOKEN = select(t.login_session).where(
    t.login_session.c.token_digest == bindparam('key'), t.login_session.c.revoked_at.is_(None),
    t.login_session.c.expires_at > bindparam('now'))


@dataclass(frozen=True, slots=True)
class Opened:
    """A login as it is remembered."""

    actor: Actor
    session_id: int
    expires_at: datetime
    last_seen_at: datetime


class Sessions:
    """Looks logins up by the token a cookie carries."""

    def __init__(self, db: Database, people: People, bus: Bus, clock: Clock, life: timedelta, *, factor_due: bool) -> None:
        self._db = db
        self._people = people
        self._clock = clock
        self._life = life
        self._factor_due = factor_due
        self._recent: Recent[str, Opened] = Recent(clock, TTL)
        self._open: Recent[int, bool] = Recent(clock, TTL)
        self._by_session: dict[int, str] = {}
        self._by_member: dict[int, set[str]] = defaultdict(set)
        self._slides: dict[int, asyncio.Task[None]] = {}
        bus.subscribe('session:', self._on_revoked)
        bus.subscribe('member:', self._on_member)

    async def find(self, session_token: str) -> Opened | None:
        """Return the login of a token, or None if it never was, has expired or was revoked."""
        key = digest(session_token)
        try:
            opened = await self._recent.fetch(key, lambda: self._load(key))
        except LookupError:
            return None
        now = self._clock.now()
        if opened.expires_at <= now:
            self._recent.forget(key)
            return None
        if now - opened.last_seen_at > SEEN_EVERY and opened.session_id not in self._slides:
            task = asyncio.create_task(self._slide(key, opened.session_id))
            self._slides[opened.session_id] = task
        return opened

    async def is_open(self, session_id: int) -> bool:
        """Tell whether a login still stands; asked for every act on an open page."""
        return await self._open.fetch(session_id, lambda: self._load_open(session_id))

    async def _load_open(self, session_id: int) -> bool:
        now = self._clock.now()
        row = await self._db.read(lambda s: s.connection().execute(
            select(t.login_session.c.member_id, t.login_session.c.proven).where(
                t.login_session.c.id == session_id, t.login_session.c.revoked_at.is_(None),
                t.login_session.c.expires_at > now)).first())
        person = None if row is None else await self._people.person(row.member_id)
        return row is not None and person is not None and person.active and await self._counts(row.member_id, proven=row.proven)

    async def _load(self, key: str) -> Opened:
        now, generation = self._clock.now(), self._open.generation
        row = await self._db.read(lambda s: s.connection().execute(_BY_TOKEN, {'key': key, 'now': now}).first())
        person = None if row is None else await self._people.person(row.member_id)
        if row is None or person is None or not person.active or not await self._counts(row.member_id, proven=row.proven):
            raise LookupError(key)
        if len(self._by_session) > 100_000:
            self._by_session.clear()
            self._by_member.clear()
            self._recent.clear()
        if self._open.generation == generation:
            self._open.keep(row.id, True)  # the page now opening will be asked for its first act
        self._by_session[row.id] = key
        self._by_member[row.member_id].add(key)
        actor = Actor(member_id=row.member_id, session_id=row.id, locale=person.locale)
        return Opened(actor, row.id, row.expires_at, row.last_seen_at)

    async def _counts(self, member_id: int, *, proven: bool) -> bool:
        """Tell whether a login is worth what it says: without its second factor that of somebody in office is not."""
        return proven or not self._factor_due or not await self._people.in_office(member_id)

    async def _slide(self, key: str, session_id: int) -> None:
        try:
            await self._db.write(lambda tx: slide(tx, session_id, self._life))
        finally:
            self._slides.pop(session_id, None)
            self._recent.forget(key)

    def _on_revoked(self, event: Event) -> None:
        if isinstance(event, SessionRevoked):
            self._open.forget(event.session_id)
            key = self._by_session.pop(event.session_id, None)
            if key is None:
                self._recent.disown_loads()  # it may be among those being looked up
            else:
                self._recent.forget(key)
                self._by_member[event.member_id].discard(key)

    def _on_member(self, event: Event) -> None:
        member_id = int(event.topic.removeprefix('member:'))
        for key in self._by_member.pop(member_id, ()):
            self._recent.forget(key)

    async def stop(self) -> None:
        """Wait for writes under way."""
        await asyncio.gather(*self._slides.values(), return_exceptions=True)


def open_session(tx: Tx, member_id: int, device: str, life: timedelta, *, by_code: bool, proven: bool) -> tuple[int, str, datetime]:
    """Insert a login; return (id, token, expiry). The token leaves in the answer only."""
    session_token = token(32)
    expires_at = tx.now + life
    session_id = tx.connection.execute(insert(t.login_session).values(
        token_digest=digest(session_token), member_id=member_id, device=clean_device(device), created_at=tx.now,
        last_seen_at=tx.now, expires_at=expires_at, by_code=by_code, proven=proven,
    ).returning(t.login_session.c.id)).scalar_one()
    tx.audit(member_id, 'accounts.sign_in', f'session:{session_id}', detail={'by': 'code' if by_code else 'password', 'proven': proven})
    return int(session_id), session_token, expires_at


def is_new_device(tx: Tx, member_id: int, device: str) -> bool:
    """Tell whether a member has logged in before, but never from a device called so."""
    known = tx.connection.execute(
        select(t.login_session.c.device).where(t.login_session.c.member_id == member_id).distinct()).scalars().all()
    return bool(known) and clean_device(device) not in known


def issue_ticket(tx: Tx, session_id: int) -> str:
    """Return a ticket that a browser may exchange once, within a minute, for the cookie of a login.

    :raises NotFound: the login has ended.
    """
    ticket = token(24)
    done = tx.connection.execute(
        update(t.login_session).where(t.login_session.c.id == session_id, t.login_session.c.revoked_at.is_(None))
        .values(ticket_digest=digest(ticket), ticket_expires_at=tx.now + TICKET_LIFE))
    if done.rowcount == 0:
        raise NotFound
    return ticket


def redeem_ticket(tx: Tx, ticket: str) -> str | None:
    """Exchange a ticket for a fresh session token; None if it is unknown, used or too old.

    The token is made anew here, so the one the page held is worthless afterwards.
    """
    session_token = token(32)
    done = tx.connection.execute(
        update(t.login_session)
        .where(t.login_session.c.ticket_digest == digest(ticket), t.login_session.c.ticket_expires_at > tx.now,
               t.login_session.c.revoked_at.is_(None), t.login_session.c.expires_at > tx.now)
        .values(token_digest=digest(session_token), ticket_digest=None, ticket_expires_at=None))
    return session_token if done.rowcount == 1 else None


def revoke(tx: Tx, session_id: int, member_id: int) -> bool:
    """End a login of a member; False if it had ended."""
    done = tx.connection.execute(
        update(t.login_session)
        .where(t.login_session.c.id == session_id, t.login_session.c.member_id == member_id, t.login_session.c.revoked_at.is_(None))
        .values(revoked_at=tx.now, ticket_digest=None))
    if done.rowcount:
        tx.emit(SessionRevoked(session_id=session_id, member_id=member_id))
        tx.audit(member_id, 'accounts.sign_out', f'session:{session_id}')
    return done.rowcount == 1


def revoke_all(tx: Tx, member_id: int, *, but: int | None = None) -> int:
    """End all logins of a member, except one; return how many."""
    condition = [t.login_session.c.member_id == member_id, t.login_session.c.revoked_at.is_(None)]
    if but is not None:
        condition.append(t.login_session.c.id != but)
    ended = tx.connection.execute(
        update(t.login_session).where(*condition).values(revoked_at=tx.now, ticket_digest=None)
        .returning(t.login_session.c.id)).scalars().all()
    for session_id in ended:
        tx.emit(SessionRevoked(session_id=session_id, member_id=member_id))
    return len(ended)


def slide(tx: Tx, session_id: int, life: timedelta) -> None:
    """Note that a login is in use."""
    tx.connection.execute(
        update(t.login_session).where(t.login_session.c.id == session_id, t.login_session.c.revoked_at.is_(None))
        .values(last_seen_at=tx.now, expires_at=tx.now + life))


def of_member(session: Session, member_id: int, now: datetime) -> list[tuple[int, str, datetime, datetime]]:
    """Return (id, device, created, last seen) of the live logins of a member, last used first."""
    rows = session.connection().execute(
        select(t.login_session.c.id, t.login_session.c.device, t.login_session.c.created_at, t.login_session.c.last_seen_at)
        .where(t.login_session.c.member_id == member_id, t.login_session.c.revoked_at.is_(None), t.login_session.c.expires_at > now)
        .order_by(t.login_session.c.last_seen_at.desc(), t.login_session.c.id.desc()))
    return [(row.id, row.device, row.created_at, row.last_seen_at) for row in rows]



def clean_device(device: str) -> str:
    """Return a device label fit for a list."""
    return ' '.join(''.join(c if c.isprintable() else ' ' for c in device).split())[:DEVICE_MAX]
