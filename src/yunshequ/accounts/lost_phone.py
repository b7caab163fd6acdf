"""手机丢了 (a lost phone): two persons of the office set a resident's number anew, never alone and never for themselves.

One sees the person and their papers, has a code sent to the new number and enters what the person reads out: a wrong digit
gives the account to nobody. Another confirms within a day. With that all logins end and the password is forgotten; the
person, on whatever device is still theirs, is told of both steps and can stop the first.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlmodel import Session

from yunshequ.accounts import sessions
from yunshequ.accounts import tables as t
from yunshequ.accounts.codes import Outcome
from yunshequ.accounts.ports import Messenger, Residents
from yunshequ.accounts.schemas import PhoneChangeState, PhoneChangeView
from yunshequ.accounts.service import SPENT_CODE, WRONG_CODE, AccountsService
from yunshequ.core.clock import Clock, local
from yunshequ.core.database import Database
from yunshequ.core.errors import AppError, Conflict, Invalid, NotFound, NotPermitted
from yunshequ.core.i18n import N_, _, in_locale
from yunshequ.core.policy import Actor, Policy
from yunshequ.core.throttle import Throttle
from yunshequ.core.unit import Tx

ACTION = 'accounts.reset_phone'
LIFE = timedelta(hours=24)
"""How long a request waits for the second person: a working day; the person who stood at the counter should not wait longer."""
REASON_MIN, REASON_MAX = 4, 100
OFTEN = '20/day'
TELL = 'accounts.phone_change'

TAKEN = N_('这个号码已经有一个账号。请本人先用这个号码登录，在“我的 → 隐私和我的数据”里注销那个账号，再来办理')
_change = t.phone_change


class LostPhones:
    """Requests for a new number and what becomes of them."""

    def __init__(
        self, db: Database, policy: Policy, clock: Clock, people: Residents, accounts: AccountsService, throttle: Throttle,
    ) -> None:
        self._db = db
        self._policy = policy
        self._clock = clock
        self._people = people
        self._accounts = accounts
        self._throttle = throttle
        self.messenger: Messenger | None = None
        """Tells the person; wired by bootstrap."""

    # two of the office

    async def ask(self, actor: Actor, place_id: int, member_id: int, phone: str, code: str, reason: str) -> int:
        """Ask for a new number of a resident who has shown their papers; return the request's id.

        :param code: what was sent to the new number by ``AccountsService.request_code``; the person reads it out
        :raises NotPermitted: not of the office there; about oneself; about somebody in office.
        :raises NotFound: the person does not live there.
        :raises Invalid: no number, a wrong code, or no reason in words.
        :raises Conflict: a request waits already, or the number has an account.
        """
        await self._policy.require(actor, ACTION, place_id)
        await self._require_other(actor, member_id, place_id)
        words = ' '.join(reason.split())
        if not REASON_MIN <= len(words) <= REASON_MAX:
            raise Invalid(N_('请写明看过什么证件、为什么换，{least} 到 {most} 个字'), field='reason', least=REASON_MIN, most=REASON_MAX)
        number = self._accounts.phone(phone)
        await self._throttle.require(N_('今天办理得太多了，请 {seconds} 秒后再试'), OFTEN, 'phone-change', str(actor.member_id))

        def work(tx: Tx) -> int | AppError:
            outcome = self._accounts.try_code(tx, number, code)
            if outcome is not Outcome.RIGHT:  # the try counts, so the unit is kept
                return Invalid(WRONG_CODE if outcome is Outcome.WRONG else SPENT_CODE, field='code')
            self._people.lock_member(tx, member_id)
            if tx.connection.execute(select(_change.c.id).where(_waits(member_id, tx.now))).first() is not None:
                return Conflict(N_('这位居民已经有一个申请在等确认'))
            if self._people.phone_taken(tx.session, number.hash):
                return Conflict(TAKEN, field='phone')
            change_id = int(tx.connection.execute(insert(_change).values(
                member_id=member_id, place_id=place_id, phone_hash=number.hash, phone_mask=number.mask, reason=words,
                state=PhoneChangeState.WAITING.value, asked_by=actor.member_id, asked_at=tx.now, expires_at=tx.now + LIFE,
            ).returning(_change.c.id)).scalar_one())
            tx.audit(actor.member_id, 'accounts.ask_phone_change', f'phone_change:{change_id}', place_id=place_id,
                     detail={'member': member_id, 'phone': number.mask})
            _tell(tx, change_id, PhoneChangeState.WAITING)
            return change_id

        done = await self._db.write(work)
        if isinstance(done, AppError):
            raise done
        return done

    async def waiting(self, actor: Actor, place_id: int) -> list[PhoneChangeView]:
        """Return what waits for a second person at a place and below, the oldest first."""
        await self._policy.require(actor, ACTION, place_id)
        places = await self._people.ids_below(place_id)
        now = self._clock.now()
        return await self._views(await self._db.read(lambda s: s.connection().execute(select(_change).where(
            _change.c.place_id.in_(places), _change.c.state == PhoneChangeState.WAITING.value, _change.c.expires_at > now,
        ).order_by(_change.c.id).limit(100)).all()))

    async def confirm(self, actor: Actor, change_id: int) -> None:
        """Set the number anew: the second person. All logins of the resident end, the password is forgotten.

        :raises NotPermitted: the actor asked for it, or it is about the actor, or they are not of the office there.
        :raises Conflict: it is decided or too old, or the number has come to belong to another account.
        """
        row = await self._required(actor, change_id)
        if row.asked_by == actor.member_id:
            raise NotPermitted(N_('换手机号要两个人办理：提出的人不能自己确认'), rule='accounts.two_persons')
        await self._require_other(actor, row.member_id, row.place_id)

        def work(tx: Tx) -> None:
            _decide(tx, change_id, PhoneChangeState.CONFIRMED, actor.member_id)
            if self._people.phone_taken(tx.session, row.phone_hash):
                raise Conflict(TAKEN)
            self._set(tx, row.member_id, row.phone_hash, row.phone_mask)
            tx.audit(actor.member_id, 'accounts.confirm_phone_change', f'phone_change:{change_id}', place_id=row.place_id,
                     detail={'member': row.member_id, 'phone': row.phone_mask, 'asked_by': row.asked_by})
            _tell(tx, change_id, PhoneChangeState.CONFIRMED)

        await self._db.write(work)

    async def refuse(self, actor: Actor, change_id: int) -> None:
        """Turn a request down, or take one's own back; nothing has changed.

        :raises Conflict: it is decided or too old.
        """
        row = await self._required(actor, change_id)
        await self._db.write(lambda tx: self._stop(tx, row, actor.member_id))

    # the person

    async def mine(self, actor: Actor) -> PhoneChangeView | None:
        """Return a request about the actor that waits, None if there is none."""
        now = self._clock.now()
        rows = await self._db.read(lambda s: s.connection().execute(select(_change).where(_waits(actor.member_id, now))).all())
        return next(iter(await self._views(rows)), None)

    async def object(self, actor: Actor, change_id: int) -> None:
        """不是我: stop a request about oneself, from a device one still has.

        :raises NotFound: there is none about the actor.
        :raises Conflict: it is decided or too old.
        """
        row = await self._row(change_id)
        if row.member_id != actor.member_id:
            raise NotFound
        await self._db.write(lambda tx: self._stop(tx, row, actor.member_id))

    # the house

    async def move(self, old: str, new: str) -> bool:
        """Set the number of somebody in office anew, for the command line; tell whether the old number has an account.

        :raises Conflict: the new number has one too.
        """
        before, after = self._accounts.phone(old), self._accounts.phone(new)
        member_id = await self._people.member_by_phone(before.hash)
        if member_id is None:
            return False

        def work(tx: Tx) -> None:
            if self._people.phone_taken(tx.session, after.hash):
                raise Conflict(TAKEN)
            self._set(tx, member_id, after.hash, after.mask)
            tx.audit(None, 'accounts.move_phone', f'member:{member_id}', detail={'phone': after.mask})

        await self._db.write(work)
        return True

    # jobs

    def jobs(self) -> dict[str, Callable[[dict[str, Any]], Awaitable[None]]]:
        """Return what the job runner does, by kind."""
        return {TELL: self._told}

    async def _told(self, payload: dict[str, Any]) -> None:
        row = await self._db.read(lambda s: _find(s, payload['change']))
        person = None if row is None else await self._people.person(row.member_id)
        if self.messenger is None or row is None or person is None or not person.active:
            return
        state = PhoneChangeState(payload['state'])
        with in_locale(person.locale):
            place = await self._people.label_of(row.place_id)
            words = {
                PhoneChangeState.WAITING: _(
                    '{place}的工作人员 {at} 申请把您的登录手机号换成 {phone}。是您本人办理的就不用管；不是的话，请到“我的 → 我的身份”点“不是我”',
                    place=place, at=f'{local(row.asked_at):%m-%d %H:%M}', phone=row.phone_mask),
                PhoneChangeState.CONFIRMED: _(
                    '您的登录手机号已由{place}的两位工作人员换成 {phone}，原来的登录已全部退出，原来的密码已作废。不是您本人办理的，请马上联系社区',
                    place=place, phone=row.phone_mask),
            }.get(state) or _('换手机号 {phone} 的申请已经停止，您的账号没有变化', phone=row.phone_mask)
        await self.messenger.tell(row.member_id, words, client_id=f'phone-change:{row.id}:{state.value}')

    # inside

    async def _require_other(self, actor: Actor, member_id: int, place_id: int) -> None:
        if member_id == actor.member_id:
            raise NotPermitted(N_('自己的手机号要由两位同事办理'), rule='accounts.two_persons')
        if not await self._people.lives_at(member_id, place_id):
            raise NotFound
        if await self._people.in_office(member_id):
            raise NotPermitted(
                N_('这位是工作人员，账号能看到居民的信息，换号请联系管理员'), rule='accounts.in_office')

    async def _required(self, actor: Actor, change_id: int) -> Any:
        row = await self._row(change_id)
        await self._policy.require(actor, ACTION, row.place_id)
        return row

    async def _row(self, change_id: int) -> Any:
        row = await self._db.read(lambda s: _find(s, change_id))
        if row is None:
            raise NotFound
        return row

    def _set(self, tx: Tx, member_id: int, phone_hash: str, phone_mask: str) -> None:
        """Give somebody a number; whoever holds the old phone or knows the old password holds nothing any more."""
        self._people.set_phone(tx, member_id, phone_hash, phone_mask)
        sessions.revoke_all(tx, member_id)
        tx.connection.execute(delete(t.credential).where(t.credential.c.member_id == member_id))

    @staticmethod
    def _stop(tx: Tx, row: Any, by: int) -> None:
        _decide(tx, row.id, PhoneChangeState.STOPPED, by)
        tx.audit(by, 'accounts.stop_phone_change', f'phone_change:{row.id}', place_id=row.place_id, detail={'member': row.member_id})
        _tell(tx, row.id, PhoneChangeState.STOPPED)

    async def _views(self, rows: Sequence[Any]) -> list[PhoneChangeView]:
        cards = await self._people.cards({one for row in rows for one in (row.member_id, row.asked_by)})
        return [
            PhoneChangeView(
                id=row.id, member_id=row.member_id, member_name=cards[row.member_id].name, place_id=row.place_id,
                phone_mask=row.phone_mask, reason=row.reason, state=PhoneChangeState(row.state), asked_by=row.asked_by,
                asker_name=cards[row.asked_by].name, asked_at=row.asked_at, expires_at=row.expires_at)
            for row in rows
        ]


def _find(session: Session, change_id: int) -> Any:
    return session.connection().execute(select(_change).where(_change.c.id == change_id)).one_or_none()


def _waits(member_id: int, now: Any) -> Any:
    return ((_change.c.member_id == member_id) & (_change.c.state == PhoneChangeState.WAITING.value) & (_change.c.expires_at > now))


def _decide(tx: Tx, change_id: int, state: PhoneChangeState, by: int) -> None:
    done = tx.connection.execute(update(_change).where(
        _change.c.id == change_id, _change.c.state == PhoneChangeState.WAITING.value, _change.c.expires_at > tx.now,
    ).values(state=state.value, decided_by=by, decided_at=tx.now))
    if done.rowcount == 0:
        raise Conflict(N_('这个申请已经有结果，或超过一天没有确认，请重新办理'), rule='accounts.phone_change_open')


def _tell(tx: Tx, change_id: int, state: PhoneChangeState) -> None:
    tx.schedule(TELL, tx.now, {'change': change_id, 'state': state.value}, key=f'phone-change:{change_id}:{state.value}')
