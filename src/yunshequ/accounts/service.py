"""Signing in and out, and what proves who somebody is."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from yunshequ.accounts import codes, factors, sessions
from yunshequ.accounts import tables as t
from yunshequ.accounts.models import Credential, DemoAccount
from yunshequ.accounts.passwords import Passwords, check_password
from yunshequ.accounts.phones import Phone, parse_phone
from yunshequ.accounts.ports import Messenger, People, SmsGateway
from yunshequ.accounts.schemas import CodeSent, DemoAccountView, PendingSignIn, Proven, SessionView, SignIn
from yunshequ.accounts.sessions import Opened, Sessions
from yunshequ.community.places import NEW_NEIGHBOUR
from yunshequ.core.bus import Bus
from yunshequ.core.clock import Clock, local
from yunshequ.core.database import Database
from yunshequ.core.errors import Invalid, NotFound, NotPermitted, SignedOut
from yunshequ.core.i18n import N_, _, current_locale, in_locale
from yunshequ.core.ids import digits, keyed_hash, token
from yunshequ.core.policy import Actor, require_somebody
from yunshequ.core.settings import Settings
from yunshequ.core.throttle import Throttle
from yunshequ.core.unit import Tx, upsert

CODES_PER_ADDRESS = '60/10 minutes'
"""Generous: a whole meeting room or a mobile carrier's gateway may share one address."""
TRIES_PER_ACCOUNT = '10/15 minutes'
TRIES_PER_FACTOR = '6/15 minutes'
WAITS = timedelta(minutes=10)
"""How long a login waits for its second factor: time to install an app."""
NEW_DEVICE = 'accounts.new_device'
FAILURES_PER_ADDRESS = '60/15 minutes'
FRESH = timedelta(minutes=10)
"""How long a login by code proves the phone well enough to replace a password."""

WRONG_PASSWORD = N_('手机号或密码不对，忘记密码时请用验证码登录')
WRONG_CODE = N_('验证码不对，请再看一眼')
SPENT_CODE = N_('验证码已失效，请重新获取')
TOO_MANY_TRIES = N_('试的次数太多了，请 {seconds} 秒后再试，或改用验证码登录')
WRONG_FACTOR = N_('动态码不对或已经用过，请等手机上出现下一个再填；手机不在身边时填一个备用码')
TOO_MANY_CODES = N_('试的次数太多了，请 {seconds} 秒后再试')
TOO_MANY_HERE = N_('这个网络下的操作太频繁，请 {seconds} 秒后再试')


class AccountsService:
    """The accounts module's face."""

    def __init__(
        self, db: Database, people: People, sms: SmsGateway, bus: Bus, clock: Clock, settings: Settings, throttle: Throttle, *,
        passwords: Passwords | None = None,
    ) -> None:
        self._db = db
        self._people = people
        self._sms = sms
        self._clock = clock
        self._settings = settings
        self._throttle = throttle
        self._passwords = passwords or Passwords()
        self._life = timedelta(days=settings.session_days)
        self._factor_due = settings.second_factor == 'office' and not settings.demo
        self._sessions = Sessions(db, people, bus, clock, self._life, factor_due=self._factor_due)
        self.messenger: Messenger | None = None
        """Tells somebody of a new device; wired by bootstrap."""
        self._key: bytes | None = None

    async def stop(self) -> None:
        """Finish small writes under way."""
        await self._sessions.stop()

    # one-time codes

    async def request_code(self, phone: str, ip: str) -> CodeSent:
        """Send a one-time code. The answer is the same whether or not the phone has an account.

        :raises Invalid: it is no phone number.
        :raises TooMany: too soon for this phone, or too many from this address.
        :raises Unavailable: the text message could not be sent; asking again at once is allowed.
        """
        number = self.phone(phone)
        await self._throttle.require(TOO_MANY_HERE, CODES_PER_ADDRESS, 'code-address', ip)
        code = digits(6)
        code_id = await self._db.write(lambda tx: codes.issue(tx, number.hash, self._code_hash(number, code)))
        try:
            shown = await self._sms.send_code(number.number, code, current_locale())
        except Exception:
            await self._db.write(lambda tx: codes.withdraw(tx, code_id))
            raise
        return CodeSent(seconds=int(codes.LIFE.total_seconds()), shown=shown if self._settings.demo else None)

    async def sign_in_code(self, phone: str, code: str, ip: str, device: str, *, nickname: str | None = None) -> SignIn | PendingSignIn:
        """Sign in by a one-time code; a phone seen for the first time is registered.

        :raises Invalid: the code is wrong (``field='code'``) or no longer works.
        :raises TooMany: too many failures from this address.
        """
        number = self.phone(phone)
        await self._throttle.require_room(TOO_MANY_HERE, FAILURES_PER_ADDRESS, 'login-address', ip)
        outcome = await self._db.write(lambda tx: self.try_code(tx, number, code))
        if outcome is not codes.Outcome.RIGHT:
            await self._throttle.hit(FAILURES_PER_ADDRESS, 'login-address', ip)
            raise Invalid(WRONG_CODE if outcome is codes.Outcome.WRONG else SPENT_CODE, field='code')
        member_id = await self._people.member_by_phone(number.hash)
        new = member_id is None
        if member_id is None:
            member_id = await self._people.create_member(
                nickname or _(NEW_NEIGHBOUR), phone_hash=number.hash, phone_mask=number.mask, locale=current_locale())
        await self._throttle.forget(TRIES_PER_ACCOUNT, 'login-account', number.hash)
        return await self._accept(member_id, device, by_code=True, new=new)

    def try_code(self, tx: Tx, number: Phone, code: str) -> codes.Outcome:
        """Try a one-time code for a number inside a unit; the try counts if the unit is kept."""
        typed = ''.join(str(int(c)) for c in code if c.isdecimal())
        return codes.consume(tx, number.hash, self._code_hash(number, typed))

    # the second factor

    async def prove(self, pending: str, code: str) -> Proven:
        """Finish a login by a code of the authenticator app or a recovery code (备用码).

        :raises Invalid: the code does not fit or was used (``field='factor'``), or the login has waited too long.
        :raises TooMany: too many tries for this person.
        """
        what = factors.read_pending(self._secret(), pending, self._clock.now())
        if what is None:
            raise Invalid(N_('等待太久了，请重新登录一次'), field='pending')
        member_id = int(what['member'])
        await self._throttle.require(TOO_MANY_CODES, TRIES_PER_FACTOR, 'factor', str(member_id))
        right, recovery = await self._db.write(lambda tx: factors.prove(tx, self._secret(), member_id, code, what['offered']))
        if not right:
            raise Invalid(WRONG_FACTOR, field='factor')
        await self._throttle.forget(TRIES_PER_FACTOR, 'factor', str(member_id))
        sign_in = await self._open(member_id, what['device'], by_code=what['by_code'], new=False, proven=True)
        return Proven(sign_in, tuple(recovery))

    async def reset_factor(self, member_id: int) -> bool:
        """Forget somebody's authenticator app and end their logins, for the command line: a phone was lost, codes too."""

        def work(tx: Tx) -> bool:
            sessions.revoke_all(tx, member_id)
            tx.audit(None, 'accounts.factor_reset', f'member:{member_id}')
            return factors.reset(tx, member_id)

        return await self._db.write(work)

    async def _accept(self, member_id: int, device: str, *, by_code: bool, new: bool) -> SignIn | PendingSignIn:
        """Open a login, or let that of somebody in office wait for its second factor."""
        if not self._factor_due or not await self._people.in_office(member_id):
            return await self._open(member_id, device, by_code=by_code, new=new)
        offered = None if await self._db.read(lambda session: factors.is_set(session, member_id)) else token()
        until = (self._clock.now() + WAITS).timestamp()
        pending = factors.pending_token(
            self._secret(), {'member': member_id, 'device': device, 'by_code': by_code, 'offered': offered, 'until': until})
        if offered is None:
            return PendingSignIn(pending)
        app = factors.enrolment(self._secret(), member_id, offered, _('工作账号 {n}', n=member_id))
        return PendingSignIn(pending, app.key, app.uri)

    # passwords

    async def sign_in_password(self, phone: str, password: str, ip: str, device: str) -> SignIn | PendingSignIn:
        """Sign in by password. Unknown accounts cost the same work and get the same answer.

        :raises Invalid: phone and password do not fit (``field='password'``).
        :raises TooMany: too many tries at this account or failures from this address.
        """
        number = self.phone(phone)
        await self._throttle.require_room(TOO_MANY_HERE, FAILURES_PER_ADDRESS, 'login-address', ip)
        await self._throttle.require(TOO_MANY_TRIES, TRIES_PER_ACCOUNT, 'login-account', number.hash)
        member_id = await self._people.member_by_phone(number.hash)
        hashed = await self._password_hash(member_id or 0)
        right, better = await self._passwords.verify(password, hashed)
        if not right or member_id is None:
            await self._throttle.hit(FAILURES_PER_ADDRESS, 'login-address', ip)
            raise Invalid(WRONG_PASSWORD, field='password')
        await self._throttle.forget(TRIES_PER_ACCOUNT, 'login-account', number.hash)
        if better is not None:
            await self._store_password(member_id, better)
        return await self._accept(member_id, device, by_code=False, new=False)

    async def set_password(self, actor: Actor, password: str, *, old: str | None = None) -> None:
        """Set one's password; other devices are signed out.

        :raises Invalid: it is too weak, or the old one (needed unless one has just signed in by code) is wrong.
        """
        require_somebody(actor)
        check_password(password)
        hashed = await self._password_hash(actor.member_id)
        if hashed is not None and not await self._freshly_by_code(actor):
            await self._throttle.require(TOO_MANY_TRIES, TRIES_PER_ACCOUNT, 'old-password', str(actor.member_id))
            right, _better = await self._passwords.verify(old or '', hashed)
            if not right:
                raise Invalid(N_('原密码不对，忘记时请退出后用验证码登录'), field='old')
        fresh = await self._passwords.hash(password)

        def work(tx: Tx) -> None:
            _upsert_password(tx, actor.member_id, fresh)
            sessions.revoke_all(tx, actor.member_id, but=actor.session_id)
            tx.audit(actor.member_id, 'accounts.set_password', f'member:{actor.member_id}')

        await self._db.write(work)

    async def has_password(self, actor: Actor) -> bool:
        """Tell whether the actor has set a password."""
        return await self._password_hash(actor.member_id) is not None

    async def old_password_needed(self, actor: Actor) -> bool:
        """Tell whether ``set_password`` will ask for the old password."""
        return await self.has_password(actor) and not await self._freshly_by_code(actor)

    # sessions

    async def actor_of(self, session_token: str | None) -> Actor | None:
        """Return who a cookie's token belongs to, or None if it never was, has expired or was revoked."""
        opened = await self.opened(session_token)
        return None if opened is None else opened.actor

    async def opened(self, session_token: str | None) -> Opened | None:
        """As ``actor_of``, with the login's expiry."""
        return None if not session_token else await self._sessions.find(session_token)

    async def require_open(self, actor: Actor) -> None:
        """Return if the actor's login still stands; an open page asks before every act, as it may outlive the login.

        :raises SignedOut: it has expired or was revoked.
        """
        if actor.session_id is None or not await self._sessions.is_open(actor.session_id):
            raise SignedOut

    async def sessions(self, actor: Actor) -> list[SessionView]:
        """Return the actor's signed-in devices, last used first."""
        now = self._clock.now()
        rows = await self._db.read(lambda s: sessions.of_member(s, actor.member_id, now))
        return [
            SessionView(id=session_id, device=device, created_at=created, last_seen_at=seen, current=session_id == actor.session_id)
            for session_id, device, created, seen in rows
        ]

    async def revoke(self, actor: Actor, session_id: int) -> None:
        """Sign one of one's own devices out; its open pages close at once.

        :raises NotFound: it is not the actor's, or has ended.
        """
        if not await self._db.write(lambda tx: sessions.revoke(tx, session_id, actor.member_id)):
            raise NotFound

    async def revoke_others(self, actor: Actor) -> int:
        """Sign all other devices of the actor out; return how many."""
        return await self._db.write(lambda tx: sessions.revoke_all(tx, actor.member_id, but=actor.session_id))

    async def sign_out(self, session_token: str) -> None:
        """End the login of a token; one that has ended is no error."""
        actor = await self.actor_of(session_token)
        if actor is not None and actor.session_id is not None:
            session_id = actor.session_id
            await self._db.write(lambda tx: sessions.revoke(tx, session_id, actor.member_id))

    async def issue_ticket(self, sign_in: SignIn) -> str:
        """Return a ticket for ``/session/enter``: works once, for a minute, in any process."""
        session_id = sign_in.actor.session_id
        if session_id is None:
            raise NotFound
        return await self._db.write(lambda tx: sessions.issue_ticket(tx, session_id))

    async def redeem_ticket(self, ticket: str) -> str | None:
        """Exchange a ticket for the session token a cookie shall carry; None if it is unknown, used or too old."""
        return await self._db.write(lambda tx: sessions.redeem_ticket(tx, ticket))

    # demo

    async def demo_accounts(self) -> list[DemoAccountView]:
        """Return the people the login page offers in the demo; none without ``settings.demo``."""
        if not self._settings.demo:
            return []
        rows = await self._db.read(lambda s: s.connection().execute(
            select(t.demo_account).order_by(t.demo_account.c.position, t.demo_account.c.member_id)).all())
        return [DemoAccountView(member_id=row.member_id, title=row.title) for row in rows]

    async def sign_in_demo(self, member_id: int, device: str) -> SignIn:
        """Sign in as one of the demo people, without proof.

        :raises NotPermitted: this is no demo, or the member is not one of them.
        """
        if all(account.member_id != member_id for account in await self.demo_accounts()):
            raise NotPermitted(N_('这里没有演示账号'), rule='accounts.demo')
        return await self._open(member_id, device, by_code=False, new=False, proven=True)

    async def open_session(self, member_id: int, device: str = '') -> SignIn:
        """Open a login without proof, for the command line, seeds and measurements. Never reachable from a page."""
        return await self._open(member_id, device, by_code=False, new=False, proven=True, house=True)

    def phone(self, text: str) -> Phone:
        """Read a phone number.

        :raises Invalid: it is none.
        """
        return parse_phone(text, self._secret(), demo=self._settings.demo)

    # jobs

    def jobs(self) -> dict[str, Callable[[dict[str, Any]], Awaitable[None]]]:
        """Return what the job runner does for accounts, by kind."""
        return {NEW_DEVICE: self._tell_of_device}

    async def _tell_of_device(self, payload: dict[str, Any]) -> None:
        """新设备提醒: tell somebody that their account was entered from a device it never was before."""
        person = await self._people.person(payload['member_id'])
        if self.messenger is None or person is None or not person.active:
            return
        at = datetime.fromisoformat(payload['at'])
        with in_locale(person.locale):
            words = _('您的账号 {at} 在新设备“{device}”上登录。是您本人就不用管；不是的话，请到“我的 → 登录的设备”退出它，并修改密码',
                      at=f'{local(at):%m-%d %H:%M}', device=payload['device'] or _('未知设备'))
        await self.messenger.tell(payload['member_id'], words, client_id=f'new-device:{payload["member_id"]}:{at.timestamp():.0f}')

    # inside

    def _secret(self) -> bytes:
        if self._key is None:
            self._key = self._settings.secret_key()
        return self._key

    def _code_hash(self, number: Phone, code: str) -> str:
        return keyed_hash(self._secret(), 'code', number.hash, code)

    async def _open(
        self, member_id: int, device: str, *, by_code: bool, new: bool, proven: bool = False, house: bool = False,
    ) -> SignIn:
        person = await self._people.person(member_id)
        if person is None or not person.active:
            raise NotPermitted(N_('这个账号已停用，如有疑问请联系社区'), rule='accounts.active')

        def work(tx: Tx) -> tuple[int, str, datetime]:
            unseen = not house and sessions.is_new_device(tx, member_id, device)
            opened = sessions.open_session(tx, member_id, device, self._life, by_code=by_code, proven=proven)
            if unseen:
                tx.schedule(NEW_DEVICE, tx.now, {'member_id': member_id, 'device': device, 'at': tx.now.isoformat()},
                            key=f'new-device:{opened[0]}')
            return opened

        session_id, session_token, expires_at = await self._db.write(work)
        return SignIn(session_token, Actor(member_id, session_id, person.locale), expires_at, new)

    async def _password_hash(self, member_id: int) -> str | None:
        return await self._db.read(lambda s: s.connection().execute(
            select(t.credential.c.password_hash).where(t.credential.c.member_id == member_id)).scalar())

    async def _store_password(self, member_id: int, hashed: str) -> None:
        await self._db.write(lambda tx: _upsert_password(tx, member_id, hashed))

    async def _freshly_by_code(self, actor: Actor) -> bool:
        since = self._clock.now() - FRESH
        return bool(await self._db.read(lambda s: s.connection().execute(
            select(t.login_session.c.id).where(
                t.login_session.c.id == (actor.session_id or 0), t.login_session.c.member_id == actor.member_id,
                t.login_session.c.by_code, t.login_session.c.created_at > since)).scalar()))

    async def seed_password(self, member_id: int, password: str) -> None:
        """Set a password without asking, for the command line and seeds."""
        await self._store_password(member_id, await self._passwords.hash(password))

    async def seed_demo_account(self, member_id: int, title: str, position: int) -> None:
        """Offer a member on the login page of the demo."""
        await self._db.write(lambda tx: upsert(
            tx.session, DemoAccount, {'member_id': member_id, 'title': title, 'position': position},
            key=['member_id'], change=['title', 'position']))


def _upsert_password(tx: Tx, member_id: int, hashed: str) -> None:
    upsert(tx.session, Credential, {'member_id': member_id, 'password_hash': hashed, 'changed_at': tx.now},
           key=['member_id'], change=['password_hash', 'changed_at'])
