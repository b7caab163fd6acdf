"""Verifying identity (实名) and residence (居住核验): by the committee's roll, or by two of its staff who have seen the papers.

Of a name a mask and a keyed hash are kept, of a number a keyed hash, and until when it holds. A number is in no row, no log
and no audit entry.
"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session

from yunshequ.community import identity_rows as rows
from yunshequ.community import standing
from yunshequ.community import tables as t
from yunshequ.community.identity_keys import Keys, clean_name, clean_number, clean_tail, mask_name
from yunshequ.community.identity_schemas import CheckDraft, CheckView, How, Matched, MyIdentity, Paper, RealNameView, StandingAt
from yunshequ.community.schemas import Relation
from yunshequ.community.service import CommunityService
from yunshequ.core.clock import Clock
from yunshequ.core.database import Database
from yunshequ.core.errors import Invalid, NotFound, NotPermitted
from yunshequ.core.i18n import N_
from yunshequ.core.policy import Actor, Policy
from yunshequ.core.throttle import Throttle
from yunshequ.core.unit import Tx

VALID = timedelta(days=730)
"""How long a 实名 and a residence taken from the roll hold before they must be looked at again."""
RESIDENCE_MOST = timedelta(days=3653)
TRIES = '5/day'
"""Failed and successful matches by one member; names of a roll must not be tried out."""
TOO_MANY = N_('今天核对的次数已经用完，请明天再试，或带身份证到社区办理')
NO_MATCH = N_('与社区名册对不上。请核对姓名和房号；仍对不上时，请带身份证和房产证（或租房合同）到社区，由工作人员核验')
REASON_MAX = 100
WHOLE = 10_000
"""The shares of all owners of a flat together."""


class IdentityService:
    """What residents and staff do about 实名 and 居住核验."""

    def __init__(
        self, db: Database, policy: Policy, clock: Clock, community: CommunityService, throttle: Throttle, *, secret: bytes,
    ) -> None:
        self._db = db
        self._policy = policy
        self._clock = clock
        self._community = community
        self._throttle = throttle
        self._keys = Keys(secret)

    # the resident

    async def mine(self, actor: Actor) -> MyIdentity:
        """Return what is known of the actor, where, and what is missing for more."""
        now = self._clock.now()
        profile = await self._community.profile(actor)
        wanted = {home.place_id for home in profile.homes}
        wanted |= {int(grant.path.rstrip('/').rpartition('/')[2]) for grant in await self._community.grants_of(actor.member_id)
                   if grant.path != '/' and grant.holds_at(grant.path, now)}
        communities = {}
        for place_id in wanted:
            community = await self._community.community_of(place_id)
            if community is not None:
                communities[community.id] = community
        places = []
        for community in communities.values():
            known = await self._community.known(actor.member_id, community.id)
            places.append(StandingAt(place_id=community.id, place_name=community.name, known=known, level=known.level))
        name = await self._db.read(lambda s: _real_name(s, actor.member_id, now))
        return MyIdentity(name=name, homes=profile.homes, places=tuple(places), has_phone=profile.phone_mask is not None)

    async def match(self, actor: Actor, name: str, *, household_id: int | None = None, tail: str = '') -> Matched:
        """Compare oneself with the roll: the name with one's own phone, or with one's flat and the end of the identity number.

        What fits gives 实名 and verifies the residence as the roll says it, both for two years.

        :raises Invalid: nothing fits; what was wrong is not said, so that nothing can be tried out.
        :raises TooMany: five times a day.
        """
        plain = clean_name(name)
        end = clean_tail(tail) if tail.strip() else ''
        await self._throttle.require(TOO_MANY, TRIES, 'identity-match', str(actor.member_id))

        def work(tx: Tx) -> Matched | None:
            return rows.match(
                tx, actor.member_id, self._keys.name(plain), household_id=household_id,
                tail_key=self._keys.tail(plain, end) if end else None, until=tx.now + VALID)

        found = await self._db.write(work)
        if found is None:
            raise Invalid(NO_MATCH, field='name')
        return found

    # the staff

    async def propose(self, actor: Actor, place_id: int, draft: CheckDraft) -> int:
        """Note that the actor has seen somebody's papers; nothing changes until another of the staff confirms it.

        :raises Conflict: one waits already, or the number belongs to another account.
        """
        await self._policy.require(actor, 'community.check_identity', place_id)
        if draft.member_id == actor.member_id:
            raise NotPermitted(N_('自己的证件要由同事核验'), rule='community.check_identity')
        await self._belongs(draft.member_id, place_id)
        name, number = clean_name(draft.name), clean_number(draft.number)
        if Paper.ID_CARD not in draft.papers:
            raise Invalid(N_('实名要看过本人的身份证'), field='papers')
        await self._check_residence(draft, place_id)

        def work(tx: Tx) -> int:
            return rows.propose(
                tx, actor.member_id, place_id, draft, name_mask=mask_name(name), name_key=self._keys.name(name),
                number_key=self._keys.number(number))

        return await self._db.write(work)

    async def waiting(self, actor: Actor, place_id: int) -> tuple[CheckView, ...]:
        """Return the checks that wait for a second of the staff at or below a place, oldest first."""
        await self._policy.require(actor, 'community.check_identity', place_id)
        path = (await self._community.place(place_id)).path
        found = await self._db.read(lambda s: rows.waiting(s, path))
        await self._community.looked_at(actor, [one.member_id for one in found], place_id, 'identity')
        return found

    async def decide(self, actor: Actor, check_id: int, *, confirmed: bool, reason: str = '') -> None:
        """Confirm or refuse what a colleague has proposed; never one's own and never about oneself.

        :raises NotPermitted: the actor proposed it, or it is about the actor.
        :raises Conflict: it has been decided meanwhile, or the number has come to belong to another account.
        """
        place_id = await self._db.read(lambda s: s.connection().execute(
            select(t.identity_check.c.place_id).where(t.identity_check.c.id == check_id)).scalar())
        if place_id is None:
            raise NotFound
        await self._policy.require(actor, 'community.check_identity', place_id)
        words = reason.strip()
        if not confirmed and not 1 <= len(words) <= REASON_MAX:
            raise Invalid(N_('请写明不通过的原因，不超过 {max} 字'), field='reason', max=REASON_MAX)
        await self._db.write(lambda tx: rows.decide(tx, actor.member_id, check_id, confirmed=confirmed, reason=words, valid=VALID))

    async def withdraw(self, actor: Actor, check_id: int) -> None:
        """Take back a check one has proposed oneself and nobody has decided.

        :raises Conflict: it is not one's own or decided.
        """
        await self._db.write(lambda tx: rows.withdraw(tx, actor.member_id, check_id))

    async def of_member(self, actor: Actor, place_id: int, member_id: int) -> RealNameView:
        """Return the 实名 of a member of a place as staff see it."""
        await self._policy.require(actor, 'community.view_roll', place_id)
        await self._belongs(member_id, place_id)
        await self._community.looked_at(actor, [member_id], place_id, 'identity')
        now = self._clock.now()
        return await self._db.read(lambda s: _real_name(s, member_id, now))

    # inside

    async def _belongs(self, member_id: int, place_id: int) -> None:
        if not await self._community.lives_at(member_id, place_id):
            raise NotFound

    async def _check_residence(self, draft: CheckDraft, place_id: int) -> None:
        if draft.household_id is None:
            return
        path = (await self._community.place(place_id)).path
        here = await self._db.read(lambda s: rows.path_of_household(s, draft.household_id or 0))
        if here is None or not here.startswith(path):
            raise NotFound
        if draft.relation is None:
            raise Invalid(N_('请选择与这一户的关系'), field='relation')
        wanted = {Relation.OWNER: Paper.DEED, Relation.TENANT: Paper.LEASE}.get(draft.relation)
        if wanted is not None and wanted not in draft.papers:
            raise Invalid(PAPER_MISSING[draft.relation], field='papers')
        if not 0 <= draft.share <= WHOLE or (draft.share and draft.relation is not Relation.OWNER):
            raise Invalid(N_('份额在 0 到 100% 之间，只有业主才填'), field='share')
        now = self._clock.now()
        if draft.residence_until is not None and not now < draft.residence_until <= now + RESIDENCE_MOST:
            raise Invalid(N_('有效期要晚于今天，最长十年'), field='residence_until')


PAPER_MISSING = {
    Relation.OWNER: N_('登记为业主要看过房产证或购房合同'), Relation.TENANT: N_('登记为租客要看过租房合同'),
}


def _real_name(session: Session, member_id: int, now: datetime) -> RealNameView:
    state = standing.identity(session, member_id, now)
    row = session.connection().execute(select(t.real_name).where(t.real_name.c.member_id == member_id)).first()
    if row is None:
        return RealNameView(state=state)
    return RealNameView(
        state=state, name_mask=row.name_mask, how=How(row.how), verified_at=row.verified_at, valid_until=row.valid_until)
