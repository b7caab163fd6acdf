"""Acting for somebody (帮办): who may, for what, until when, by whose recorded consent; and what was done in their name.

Consent is given by the person on their own phone, or on paper seen by two of the staff. It ends at once when either side says so.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import insert, or_, select, update
from sqlmodel import Session

from yunshequ.community import standing
from yunshequ.community import tables as t
from yunshequ.community.identity_keys import Keys, phone_of
from yunshequ.community.levels import Fact
from yunshequ.community.schemas import View
from yunshequ.community.service import CommunityService
from yunshequ.core.clock import SHANGHAI, Clock, local
from yunshequ.core.database import Database
from yunshequ.core.errors import Conflict, Invalid, NotFound, NotPermitted
from yunshequ.core.i18n import N_
from yunshequ.core.policy import Actor, Policy
from yunshequ.core.throttle import Throttle
from yunshequ.core.unit import Tx


class Purpose(StrEnum):
    """What somebody may do for another."""

    VOTE = 'vote'  # 投票
    SIGN_UP = 'sign_up'  # 报名


PURPOSE_WORDS = {Purpose.VOTE: N_('替我投票（只在表决规则允许代办时）'), Purpose.SIGN_UP: N_('替我报名活动和志愿服务')}

OFFERED = (Purpose.VOTE,)
"""What people can choose: only what a module already asks ``may_act_for`` about."""

TEXT_VERSION = '2026-11'
"""The edition of ``CONSENT``; a change of its words is a new edition."""
CONSENT = N_(
    '我同意这位家人在我选的事情上、在有效期内，用自己的手机替我办理。每一次都会写明“由谁代办”，我随时看得到，随时可以收回。')
MOST = timedelta(days=366)
HELPERS_MOST = 5
LOG_SHOWN = 50
TRIES = '10/day'
TOO_MANY = N_('今天添加的次数已经用完，请明天再试，或到社区办理')


class Consent(View):
    """A consent, as both sides and the staff see it."""

    id: int
    principal_id: int
    principal_name: str
    helper_id: int
    helper_name: str
    purposes: tuple[Purpose, ...]
    valid_until: datetime
    text_version: str
    on_paper: bool
    waiting: bool
    """Paper that a second of the staff has still to confirm."""
    proposed_by: int | None


class Deed(View):
    """Something done for somebody."""

    at: datetime
    principal_name: str
    helper_name: str
    purpose: Purpose
    words: str


class MyHelpers(View):
    """Who acts for me, for whom I act, and what was done."""

    given: tuple[Consent, ...]
    held: tuple[Consent, ...]
    deeds: tuple[Deed, ...]


class ActingService:
    """Consents and the log; ``may_act_for`` is what other modules ask."""

    def __init__(
        self, db: Database, policy: Policy, clock: Clock, community: CommunityService, throttle: Throttle, *, secret: bytes,
    ) -> None:
        self._db = db
        self._policy = policy
        self._clock = clock
        self._community = community
        self._throttle = throttle
        self._keys = Keys(secret)

    # for other modules

    async def may_act_for(self, actor: Actor, principal_id: int, purpose: Purpose) -> bool:
        """Tell whether ``actor`` may do this for another member now."""
        return principal_id in await self.principals(actor.member_id, purpose)

    async def principals(self, helper_id: int, purpose: Purpose) -> list[int]:
        """Return for whom a member may do this now; a person who has left is nobody's."""
        now = self._clock.now()
        return await self._db.read(lambda s: [
            one.principal_id for one in _consents(s, now, helper_id=helper_id) if purpose in one.purposes and not one.waiting])

    @staticmethod
    def record(tx: Tx, principal_id: int, helper_id: int, purpose: Purpose, subject: str, words: str) -> None:
        """Write down, in the unit that does it, what is done for somebody; asked before anything is written.

        :raises NotPermitted: the consent has ended meanwhile.
        """
        record(tx, principal_id, helper_id, purpose, subject, words)

    # the person

    async def mine(self, actor: Actor) -> MyHelpers:
        """Return who acts for the actor, for whom the actor acts, and what was done either way."""
        me, now = actor.member_id, self._clock.now()

        def query(session: Session) -> MyHelpers:
            return MyHelpers(given=_consents(session, now, principal_id=me), held=tuple(
                one for one in _consents(session, now, helper_id=me) if not one.waiting), deeds=_deeds(session, me))

        return await self._db.read(query)

    async def family(self, actor: Actor) -> dict[int, str]:
        """Return the verified people of the actor's households, who can be chosen without a phone number."""
        ids = {member for home in await self._community.households_of(actor.member_id) for member in home.member_ids}
        return {key: card.name for key, card in (await self._community.cards(ids - {actor.member_id})).items()}

    async def give(
        self, actor: Actor, purposes: Sequence[Purpose], until: date, *, helper_id: int | None = None, phone: str = '',
    ) -> int:
        """Consent on one's own phone to somebody of one's household, or whose number one knows, acting for one.

        :raises Invalid: nobody has joined with that number, no purpose was chosen, the day does not do.
        """
        end = self._end(until)
        chosen = _chosen(purposes)
        if helper_id is not None:
            if helper_id not in await self.family(actor):
                raise NotFound
        else:
            helper_id = await self._by_phone(actor, phone)
        return await self._db.write(lambda tx: _give(tx, actor.member_id, helper_id, chosen, end, proposed_by=None, place_id=None))

    async def withdraw(self, actor: Actor, consent_id: int) -> None:
        """End a consent at once: by who gave it, or by the helper who will no longer.

        :raises NotFound: it is neither's, or has ended.
        """
        def work(tx: Tx) -> None:
            c = t.acting_consent.c
            done = tx.connection.execute(update(t.acting_consent).where(
                c.id == consent_id, c.withdrawn_at.is_(None),
                or_(c.principal_id == actor.member_id, c.helper_id == actor.member_id),
            ).values(withdrawn_at=tx.now, withdrawn_by=actor.member_id))
            if done.rowcount == 0:
                raise NotFound
            tx.audit(actor.member_id, 'community.withdraw_acting', f'acting:{consent_id}')

        await self._db.write(work)

    # paper, with two of the staff

    async def propose_paper(
        self, actor: Actor, place_id: int, principal_id: int, helper_id: int, purposes: Sequence[Purpose], until: date,
    ) -> int:
        """Enter a consent that the actor has seen signed on paper; it holds once another of the staff confirms it."""
        await self._policy.require(actor, 'community.check_identity', place_id)
        for member_id in (principal_id, helper_id):
            if not await self._community.lives_at(member_id, place_id):
                raise NotFound
        if actor.member_id in {principal_id, helper_id}:
            raise NotPermitted(N_('与自己有关的帮办要由同事登记'), rule='community.second_person')
        end, chosen = self._end(until), _chosen(purposes)
        return await self._db.write(
            lambda tx: _give(tx, principal_id, helper_id, chosen, end, proposed_by=actor.member_id, place_id=place_id))

    async def waiting(self, actor: Actor, place_id: int) -> tuple[Consent, ...]:
        """Return consents on paper that wait for a second of the staff at a place."""
        await self._policy.require(actor, 'community.check_identity', place_id)
        now = self._clock.now()
        found = await self._db.read(lambda s: tuple(one for one in _consents(s, now, place_id=place_id) if one.waiting))
        people = [member_id for one in found for member_id in (one.principal_id, one.helper_id)]
        await self._community.looked_at(actor, people, place_id, 'acting')
        return found

    async def confirm_paper(self, actor: Actor, consent_id: int) -> None:
        """Confirm a consent on paper that a colleague has entered.

        :raises NotPermitted: one's own entry, or about oneself. Conflict: it is confirmed or withdrawn.
        """
        c = t.acting_consent.c
        row = await self._db.read(lambda s: s.connection().execute(select(t.acting_consent).where(c.id == consent_id)).first())
        if row is None or row.place_id is None:
            raise NotFound
        await self._policy.require(actor, 'community.check_identity', row.place_id)
        if actor.member_id in {row.proposed_by, row.principal_id, row.helper_id}:
            raise NotPermitted(N_('要由另一位工作人员确认，不能确认自己提交的'), rule='community.second_person')

        def work(tx: Tx) -> None:
            done = tx.connection.execute(update(t.acting_consent).where(
                c.id == consent_id, c.given_at.is_(None), c.withdrawn_at.is_(None),
            ).values(given_at=tx.now, confirmed_by=actor.member_id))
            if done.rowcount == 0:
                raise Conflict(N_('这一份已经有人处理过了'))
            tx.audit(actor.member_id, 'community.confirm_acting', f'acting:{consent_id}', place_id=row.place_id)

        await self._db.write(work)

    # inside

    async def _by_phone(self, actor: Actor, phone: str) -> int:
        number = phone_of(phone)
        if not number:
            raise Invalid(N_('请输入 11 位手机号'), field='phone')
        await self._throttle.require(TOO_MANY, TRIES, 'acting-phone', str(actor.member_id))
        found = await self._community.member_by_phone(self._keys.phone(number))
        if found is None:
            raise Invalid(N_('这个手机号还没有加入，请家人先扫码加入'), field='phone')
        return found

    def _end(self, until: date) -> datetime:
        today = local(self._clock.now()).date()
        if not today <= until <= today + MOST:
            raise Invalid(N_('有效期从今天起，最长一年'), field='until')
        return datetime.combine(until + timedelta(days=1), time(), SHANGHAI)


def record(tx: Tx, principal_id: int, helper_id: int, purpose: Purpose, subject: str, words: str) -> None:
    """Write down, in the unit that does it, what is done for somebody.

    :raises NotPermitted: the consent has ended meanwhile.
    """
    if not any(one.principal_id == principal_id and purpose in one.purposes and not one.waiting
               for one in _consents(tx.session, tx.now, helper_id=helper_id)):
        raise NotPermitted(N_('对方没有同意您代办这件事，或者已经收回'), rule='community.acting')
    tx.connection.execute(insert(t.acting_entry).values(
        principal_id=principal_id, helper_id=helper_id, purpose=str(purpose), subject=subject, words=words, at=tx.now))
    tx.audit(helper_id, 'community.act_for', subject, detail={'for': principal_id, 'purpose': str(purpose)})


def _chosen(purposes: Sequence[Purpose]) -> list[str]:
    if not purposes:
        raise Invalid(N_('请至少选一件可以代办的事'), field='purposes')
    return [str(purpose) for purpose in Purpose if purpose in purposes]


def _give(
    tx: Tx, principal_id: int, helper_id: int, purposes: list[str], until: datetime, *, proposed_by: int | None, place_id: int | None,
) -> int:
    if principal_id == helper_id:
        raise Invalid(N_('自己的事不用代办'), field='helper')
    if standing.identity(tx.session, helper_id, tx.now) is not Fact.VERIFIED and proposed_by is not None:
        raise Invalid(N_('代办人要先实名，请先在“双人核验”里核验'), field='helper')
    c = t.acting_consent.c
    tx.connection.execute(select(t.member.c.id).where(t.member.c.id == principal_id).with_for_update())
    if len({one.helper_id for one in _consents(tx.session, tx.now, principal_id=principal_id)} | {helper_id}) > HELPERS_MOST:
        raise Invalid(N_('最多请 {n} 位家人代办'), field='helper', n=HELPERS_MOST)
    if proposed_by is None:  # what the person says now stands for what they said before
        tx.connection.execute(update(t.acting_consent).where(
            c.principal_id == principal_id, c.helper_id == helper_id, c.withdrawn_at.is_(None),
        ).values(withdrawn_at=tx.now, withdrawn_by=principal_id))
    consent_id = int(tx.connection.execute(insert(t.acting_consent).values(
        principal_id=principal_id, helper_id=helper_id, purposes=purposes, text_version=TEXT_VERSION, place_id=place_id,
        proposed_by=proposed_by, given_at=tx.now if proposed_by is None else None, valid_until=until,
    ).returning(c.id)).scalar_one())
    tx.audit(proposed_by or principal_id, 'community.give_acting', f'acting:{consent_id}', place_id=place_id, detail={
        'principal': principal_id, 'helper': helper_id, 'purposes': purposes, 'text': TEXT_VERSION, 'paper': proposed_by is not None})
    return consent_id


def _consents(
    session: Session, now: datetime, *, principal_id: int | None = None, helper_id: int | None = None, place_id: int | None = None,
) -> tuple[Consent, ...]:
    """Return consents that are in force or wait for a second of the staff."""
    c, helper, principal = t.acting_consent.c, t.member.alias('helper'), t.member.alias('principal')
    statement = (
        select(t.acting_consent, helper.c.nickname.label('helper_name'), principal.c.nickname.label('principal_name'))
        .join(helper, helper.c.id == c.helper_id).join(principal, principal.c.id == c.principal_id)
        .where(c.withdrawn_at.is_(None), c.valid_until > now, helper.c.left_at.is_(None), principal.c.left_at.is_(None))
        .order_by(c.id))
    for column, value in ((c.principal_id, principal_id), (c.helper_id, helper_id), (c.place_id, place_id)):
        if value is not None:
            statement = statement.where(column == value)
    return tuple(
        Consent(
            id=row.id, principal_id=row.principal_id, principal_name=row.principal_name, helper_id=row.helper_id,
            helper_name=row.helper_name, purposes=tuple(Purpose(one) for one in row.purposes), valid_until=row.valid_until,
            text_version=row.text_version, on_paper=row.proposed_by is not None, waiting=row.given_at is None,
            proposed_by=row.proposed_by)
        for row in session.connection().execute(statement))


def _deeds(session: Session, member_id: int) -> tuple[Deed, ...]:
    e, helper, principal = t.acting_entry.c, t.member.alias('helper'), t.member.alias('principal')
    rows = session.connection().execute(
        select(t.acting_entry, helper.c.nickname.label('helper_name'), principal.c.nickname.label('principal_name'))
        .join(helper, helper.c.id == e.helper_id).join(principal, principal.c.id == e.principal_id)
        .where(or_(e.principal_id == member_id, e.helper_id == member_id)).order_by(e.id.desc()).limit(LOG_SHOWN))
    return tuple(
        Deed(at=row.at, principal_name=row.principal_name, helper_name=row.helper_name, purpose=Purpose(row.purpose), words=row.words)
        for row in rows)
