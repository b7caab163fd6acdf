"""Writing and reading what was verified: one function of a unit of work for each change. Rights are the service's affair."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, or_, select, update
from sqlmodel import Session

from yunshequ.community import places
from yunshequ.community import tables as t
from yunshequ.community.events import RolesChanged
from yunshequ.community.identity_schemas import CheckDraft, CheckView, How, Matched, Paper
from yunshequ.community.models import IdentityCheck, RealName
from yunshequ.community.roll import label
from yunshequ.community.schemas import Relation
from yunshequ.core.errors import Conflict, Invalid, NotFound, NotPermitted
from yunshequ.core.i18n import N_
from yunshequ.core.unit import Tx, insert_ignore, upsert

TAKEN = N_('这个身份证号码已经在另一个账号上实名，请先查明是不是同一个人')
WAITS = N_('这位居民已有一份核验在等同事确认')
DECIDED = N_('这一份已经有人处理过了')


def match(
    tx: Tx, member_id: int, name_key: str, *, household_id: int | None, tail_key: str | None, until: datetime,
) -> Matched | None:
    """Find the one entry of the roll that is the member's, and take it; None where none or several fit.

    :raises Conflict: somebody else has taken it.
    """
    connection = tx.connection
    phone = connection.execute(select(t.member.c.phone_hash).where(t.member.c.id == member_id)).scalar()
    p = t.roll_person.c
    ways = []
    if phone is not None:
        ways.append(p.phone_key == phone)
    if tail_key is not None and household_id is not None:
        ways.append((p.tail_key == tail_key) & (p.household_id == household_id))
    if not ways:
        return None
    statement = (
        select(t.roll_person, t.household.c.place_id, t.household.c.room_no, t.place.c.name)
        .join(t.household, t.household.c.id == p.household_id).join(t.place, t.place.c.id == t.household.c.place_id)
        .where(p.name_key == name_key, or_(*ways), t.household.c.on_roll).order_by(p.id).with_for_update(of=t.roll_person))
    if household_id is not None:
        statement = statement.where(p.household_id == household_id)
    found = connection.execute(statement).all()
    if len(found) != 1:
        return None
    entry = found[0]
    if entry.member_id not in {None, member_id}:
        raise Conflict(N_('名册上的这一位已经由另一个账号核对过。如有疑问请带身份证到社区'))
    connection.execute(update(t.roll_person).where(p.id == entry.id).values(member_id=member_id, matched_at=tx.now))
    relation = Relation(entry.relation)
    _name(tx, member_id, name_mask=entry.name_mask, name_key=name_key, number_key=None, how=How.ROLL, until=until)
    places.settle(tx, entry.household_id, member_id, relation, verified=True, until=until)
    tx.audit(member_id, 'community.match_roll', f'member:{member_id}', place_id=entry.place_id,
             detail={'household': entry.household_id, 'relation': str(relation)})
    return Matched(label=label(entry.name, entry.room_no), relation=relation, name_mask=entry.name_mask)


def propose(
    tx: Tx, actor_id: int, place_id: int, draft: CheckDraft, *, name_mask: str, name_key: str, number_key: str,
) -> int:
    """Insert a check; return its id.

    :raises Conflict: one waits already, or the number belongs to another account.
    """
    _refuse_taken(tx, draft.member_id, number_key)
    fresh = insert_ignore(tx.session, IdentityCheck, [{
        'member_id': draft.member_id, 'place_id': place_id, 'household_id': draft.household_id,
        'relation': str(draft.relation) if draft.household_id is not None else None,
        'share': draft.share if draft.household_id is not None else 0, 'residence_until': draft.residence_until,
        'papers': [str(paper) for paper in draft.papers], 'name_mask': name_mask, 'name_key': name_key, 'number_key': number_key,
        'proposed_by': actor_id, 'proposed_at': tx.now, 'confirmed': False, 'reason': '',
    }])
    if not fresh:
        raise Conflict(WAITS)
    c = t.identity_check.c
    check_id = int(tx.connection.execute(
        select(c.id).where(c.member_id == draft.member_id, c.decided_at.is_(None))).scalar_one())
    tx.audit(actor_id, 'community.propose_identity', f'member:{draft.member_id}', place_id=place_id,
             detail={'check': check_id, 'household': draft.household_id, 'papers': [str(paper) for paper in draft.papers]})
    tx.emit(RolesChanged(member_id=draft.member_id))
    return check_id


def decide(tx: Tx, actor_id: int, check_id: int, *, confirmed: bool, reason: str, valid: timedelta) -> None:
    """Confirm or refuse a check.

    :raises NotPermitted: by who proposed it or whom it is about. Conflict: decided before, or the number was taken meanwhile.
    """
    row = _check(tx, check_id)
    if row.proposed_by == actor_id:
        raise NotPermitted(N_('要由另一位工作人员确认，不能确认自己提交的'), rule='community.second_person')
    if row.member_id == actor_id:
        raise NotPermitted(N_('自己的证件要由同事核验'), rule='community.second_person')
    if confirmed:
        _refuse_taken(tx, row.member_id, row.number_key)
    _close(tx, check_id, actor_id, confirmed=confirmed, reason=reason)
    if confirmed:
        _name(tx, row.member_id, name_mask=row.name_mask, name_key=row.name_key, number_key=row.number_key, how=How.CHECK,
              until=tx.now + valid)
        if row.household_id is not None:
            _share(tx, row)
            places.settle(tx, row.household_id, row.member_id, Relation(row.relation), verified=True,
                          until=row.residence_until, share=row.share)
    tx.audit(actor_id, 'community.decide_identity', f'member:{row.member_id}', place_id=row.place_id,
             detail={'check': check_id, 'confirmed': confirmed, 'proposed_by': row.proposed_by, 'reason': reason})
    tx.emit(RolesChanged(member_id=row.member_id))


def withdraw(tx: Tx, actor_id: int, check_id: int) -> None:
    """Take back one's own proposal.

    :raises Conflict: it is not one's own, or decided.
    """
    row = _check(tx, check_id)
    if row.proposed_by != actor_id:
        raise Conflict(N_('只能撤回自己提交的'))
    _close(tx, check_id, actor_id, confirmed=False, reason='')
    tx.audit(actor_id, 'community.withdraw_identity', f'member:{row.member_id}', place_id=row.place_id, detail={'check': check_id})
    tx.emit(RolesChanged(member_id=row.member_id))


def waiting(session: Session, path: str) -> tuple[CheckView, ...]:
    """Return the checks at or below a place that nobody has decided, oldest first."""
    c = t.identity_check.c
    proposer = t.member.alias('proposer')
    home = t.place.alias('home')
    found = session.connection().execute(
        select(t.identity_check, t.member.c.nickname, proposer.c.nickname.label('proposer'), t.household.c.room_no,
               home.c.name.label('building'))
        .join(t.place, t.place.c.id == c.place_id).join(t.member, t.member.c.id == c.member_id)
        .join(proposer, proposer.c.id == c.proposed_by)
        .outerjoin(t.household, t.household.c.id == c.household_id).outerjoin(home, home.c.id == t.household.c.place_id)
        .where(c.decided_at.is_(None), t.place.c.path.like(path + '%')).order_by(c.id)).all()
    return tuple(
        CheckView(
            id=row.id, member_id=row.member_id, member_name=row.nickname, name_mask=row.name_mask,
            label=label(row.building, row.room_no) if row.household_id is not None else '',
            relation=Relation(row.relation) if row.relation else None, share=row.share,
            papers=tuple(Paper(paper) for paper in row.papers), proposed_by=row.proposed_by, proposer_name=row.proposer,
            proposed_at=row.proposed_at)
        for row in found)


def path_of_household(session: Session, household_id: int) -> str | None:
    """Return the path of the place a household is registered at."""
    return session.connection().execute(
        select(t.place.c.path).join(t.household, t.household.c.place_id == t.place.c.id)
        .where(t.household.c.id == household_id)).scalar()


def _check(tx: Tx, check_id: int) -> Row[Any]:
    row = tx.connection.execute(
        select(t.identity_check).where(t.identity_check.c.id == check_id).with_for_update()).first()
    if row is None:
        raise NotFound
    return row


def _close(tx: Tx, check_id: int, actor_id: int, *, confirmed: bool, reason: str) -> None:
    c = t.identity_check.c
    done = tx.connection.execute(update(t.identity_check).where(c.id == check_id, c.decided_at.is_(None)).values(
        decided_at=tx.now, decided_by=actor_id, confirmed=confirmed, reason=reason, name_key='', number_key=''))
    if done.rowcount == 0:
        raise Conflict(DECIDED)


def _refuse_taken(tx: Tx, member_id: int, number_key: str) -> None:
    other = tx.connection.execute(select(t.real_name.c.member_id).where(
        t.real_name.c.number_key == number_key, t.real_name.c.member_id != member_id)).first()
    if other is not None:
        raise Conflict(TAKEN)


def _name(
    tx: Tx, member_id: int, *, name_mask: str, name_key: str, number_key: str | None, how: How, until: datetime,
) -> None:
    """Keep a 实名; one from the roll leaves the number that an earlier check has seen, if it is the same name."""
    kept = tx.connection.execute(
        select(t.real_name.c.number_key, t.real_name.c.name_key).where(t.real_name.c.member_id == member_id)).first()
    if number_key is None and kept is not None and kept.name_key == name_key:
        number_key = kept.number_key
    row = {'member_id': member_id, 'name_mask': name_mask, 'name_key': name_key, 'number_key': number_key, 'how': str(how),
           'verified_at': tx.now, 'valid_until': until}
    upsert(tx.session, RealName, row, key=['member_id'], change=[column for column in row if column != 'member_id'])


def _share(tx: Tx, check: Row[Any]) -> None:
    """Refuse a share that makes a flat belong to its owners more than once.

    :raises Invalid: so it would.
    """
    if not check.share:
        return
    tx.connection.execute(select(t.household.c.id).where(t.household.c.id == check.household_id).with_for_update())
    h = t.household_member.c
    others = tx.connection.execute(select(h.share).where(
        h.household_id == check.household_id, h.member_id != check.member_id, h.relation == str(Relation.OWNER),
        or_(h.valid_until.is_(None), h.valid_until > tx.now))).scalars()
    if sum(others) + check.share > 10_000:
        raise Invalid(N_('这一户业主的份额加起来超过了 100%，请核对房产证'), field='share')
