"""Taking votes: all that wait are taken in one unit of work, and each moves the tally by its difference.

The ballot's row is locked first (PostgreSQL; on SQLite there is one writer), so votes, opening and closing of one ballot
follow each other and nothing is taken after a close. Whatever refuses a vote does so before its first statement that
writes, so that others in the same unit are not harmed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import insert, select, update

from yunshequ.ballots import tables as t
from yunshequ.ballots.events import BallotTick, VoteGiven
from yunshequ.ballots.models import NamedVote, SecretVote
from yunshequ.ballots.quorum import Totals
from yunshequ.ballots.reading import AnyRow, as_pairs, counts_of, option_counts, roll_totals
from yunshequ.ballots.schemas import CastReceipt, Choice, Method, State
from yunshequ.ballots.tally import Count, Counts, add, difference
from yunshequ.core.clock import local
from yunshequ.core.errors import AppError, Conflict, Invalid, NotFound, NotPermitted
from yunshequ.core.i18n import N_
from yunshequ.core.ids import digest
from yunshequ.core.unit import Tx, insert_ignore

MIN_TOKEN, MAX_TOKEN = 22, 100
"""Characters of a receipt token; the shortest are 128 bits in base64."""


@dataclass(frozen=True, slots=True)
class Vote:
    """One request to vote. Named: ``client_id`` and the ``version`` the voter saw. Secret: ``token``, nothing else."""

    ballot_id: int
    member_id: int
    choice: Choice
    unit: str | None = None
    client_id: str = ''
    version: int | None = None
    token: str = field(default='', repr=False)
    helper_id: int | None = None
    """Who gives it for ``member_id`` (代办; named votes only)."""
    note: Callable[[Tx], None] | None = None
    """Asks once more whether the helper may, and writes down that it was done."""


@dataclass(slots=True)
class _Box:
    """A ballot while votes are put into it: what changed is written once at the end."""

    row: AnyRow
    method: Method
    moved: Counts = field(default_factory=dict)
    added: Totals = field(default_factory=Totals)
    changed: bool = False
    given: dict[str, int] = field(default_factory=dict)
    """Version of each named vote given, by unit."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """A vote that stands, before the totals it led to are known."""

    unit: str
    choice: Choice
    version: int
    repeated: bool


def secret_key(ballot_id: int, token: str) -> str:
    """Return under what a secret vote is kept; without the token nobody can work it out.

    :raises Invalid: the token is too short to be random.
    """
    if not MIN_TOKEN <= len(token) <= MAX_TOKEN:
        raise Invalid(N_('投票凭据无效，请刷新页面后重试'), field='receipt')
    return digest(f'{ballot_id}:{token}')


def cast_many(tx: Tx, votes: list[Vote]) -> Sequence[CastReceipt | Exception]:
    """Take votes in order; answer each with its receipt or with why not."""
    boxes = {ballot_id: _lock(tx, ballot_id) for ballot_id in sorted({vote.ballot_id for vote in votes})}
    taken: list[_Taken | AppError] = []
    for vote in votes:
        box = boxes[vote.ballot_id]
        try:
            if box is None:
                raise NotFound
            taken.append(_cast_secret(tx, box, vote) if box.row.secret else _cast_named(tx, box, vote))
        except AppError as refusal:
            taken.append(refusal)
    standing = {ballot_id: _settle(tx, box) for ballot_id, box in boxes.items() if box is not None}
    return [
        one if isinstance(one, AppError) else CastReceipt(
            ballot_id=vote.ballot_id, unit=one.unit, choice=one.choice, version=one.version,
            cast=standing[vote.ballot_id][0], seq=standing[vote.ballot_id][1], repeated=one.repeated,
        )
        for vote, one in zip(votes, taken, strict=True)
    ]


def _lock(tx: Tx, ballot_id: int) -> _Box | None:
    row = tx.connection.execute(
        select(t.ballot).where(t.ballot.c.id == ballot_id).with_for_update(),
    ).one_or_none()
    return None if row is None else _Box(row, Method(row.method))


def check_open(row: AnyRow, now: datetime) -> None:
    """Return if a vote can be given at ``now`` by the server's clock, whether or not the closing job has run yet.

    :raises Conflict: not yet, no more, or called off.
    """
    if row.state == State.CANCELLED:
        raise Conflict(N_('这项表决已取消，您的选择没有提交'))
    if row.state == State.CLOSED or now >= row.closes_at:
        raise Conflict(N_('表决已于 {at} 截止，您的选择没有提交'), at=f'{local(row.closes_at):%m-%d %H:%M}')
    if row.state != State.OPEN:
        raise Conflict(N_('表决还没有开始'))


def _unit(tx: Tx, vote: Vote) -> AnyRow:
    """Return the roll entry the vote is for.

    :raises NotPermitted: the member has no vote in this ballot. Invalid: has several and named none.
    """
    mine = tx.connection.execute(
        select(t.roll).join(t.voter, (t.voter.c.ballot_id == t.roll.c.ballot_id) & (t.voter.c.unit == t.roll.c.unit))
        .where(t.voter.c.ballot_id == vote.ballot_id, t.voter.c.member_id == vote.member_id),
    ).all()
    if vote.unit is not None:
        mine = [row for row in mine if row.unit == vote.unit]
    if not mine:
        raise NotPermitted(N_('您不在这项表决开始时确定的名册上，不能投票；如有疑问请联系社区工作人员'), rule='ballots.roll')
    if len(mine) > 1:
        raise Invalid(N_('您名下有 {n} 户，请选择为哪一户投票'), field='unit', n=len(mine))
    return mine[0]


def _cast_named(tx: Tx, box: _Box, vote: Vote) -> _Taken:
    connection = tx.connection
    entry = t.named_vote_entry.c
    before = connection.execute(select(t.named_vote_entry).where(
        entry.ballot_id == vote.ballot_id, entry.member_id == vote.member_id, entry.client_id == vote.client_id,
    )).one_or_none()
    if before is not None:
        return _Taken(before.unit, as_pairs(before.choice), before.version, True)
    check_open(box.row, tx.now)
    unit = _unit(tx, vote)
    place = (t.named_vote.c.ballot_id == vote.ballot_id) & (t.named_vote.c.unit == unit.unit)
    stands = connection.execute(select(t.named_vote).where(place)).one_or_none()
    if stands is None:
        if vote.version:
            raise _changed_meanwhile()
        _note(tx, vote)
        version, old = 1, None
        first = insert_ignore(tx.session, NamedVote, [{
            'ballot_id': vote.ballot_id, 'unit': unit.unit, 'member_id': vote.member_id, 'helper_id': vote.helper_id,
            'choice': _stored(vote.choice), 'version': 1, 'cast_at': tx.now,
        }])
        if not first:
            raise _changed_meanwhile()
        connection.execute(update(t.roll).where(
            t.roll.c.ballot_id == vote.ballot_id, t.roll.c.unit == unit.unit).values(voted=True))
        box.added = _plus(box.added, unit)
    else:
        old = as_pairs(stands.choice)
        by_me = stands.member_id == vote.member_id
        if by_me and old == vote.choice:
            return _Taken(unit.unit, old, stands.version, True)
        seen = stands.version if by_me and vote.version is None else vote.version
        if seen != stands.version:
            raise _changed_meanwhile()
        _note(tx, vote)
        version = stands.version + 1
        replaced = connection.execute(update(t.named_vote).where(place, t.named_vote.c.version == stands.version).values(
            member_id=vote.member_id, helper_id=vote.helper_id, choice=_stored(vote.choice), version=version, cast_at=tx.now))
        if not replaced.rowcount:
            raise _changed_meanwhile()
    connection.execute(insert(t.named_vote_entry).values(
        ballot_id=vote.ballot_id, unit=unit.unit, member_id=vote.member_id, helper_id=vote.helper_id, client_id=vote.client_id, version=version,
        choice=_stored(vote.choice), at=tx.now))
    add(box.moved, difference(box.method, old, vote.choice, _weight(unit)))
    box.changed = True
    box.given[unit.unit] = version
    return _Taken(unit.unit, vote.choice, version, False)


def _note(tx: Tx, vote: Vote) -> None:
    """Called before the first statement that writes, since it may refuse."""
    if vote.note is not None:
        vote.note(tx)


def _cast_secret(tx: Tx, box: _Box, vote: Vote) -> _Taken:
    connection = tx.connection
    key = secret_key(vote.ballot_id, vote.token)
    unit = _unit(tx, vote)
    stored = connection.execute(select(t.secret_vote.c.choice).where(t.secret_vote.c.key == key)).scalar()
    if stored is not None:
        if not unit.voted:
            raise Invalid(N_('这张投票凭据已经用过，请刷新页面后重试'), field='receipt')
        if as_pairs(stored) == vote.choice:
            return _Taken(unit.unit, vote.choice, 0, True)
        check_open(box.row, tx.now)
        connection.execute(update(t.secret_vote).where(t.secret_vote.c.key == key).values(choice=_stored(vote.choice)))
        return _Taken(unit.unit, vote.choice, 0, False)
    check_open(box.row, tx.now)
    flagged = connection.execute(update(t.roll).where(
        t.roll.c.ballot_id == vote.ballot_id, t.roll.c.unit == unit.unit, t.roll.c.voted.is_(False)).values(voted=True))
    if not flagged.rowcount:
        raise Conflict(N_('这一票已经投过了。无记名投票只能在当时投票的那台设备上更改'))
    insert_ignore(tx.session, SecretVote, [{'key': key, 'ballot_id': vote.ballot_id, 'choice': _stored(vote.choice)}])
    box.added = _plus(box.added, unit)
    box.changed = True
    return _Taken(unit.unit, vote.choice, 0, False)


def _changed_meanwhile() -> Conflict:
    return Conflict(N_('您家的这一票刚刚由家人投出或更改，请看过现在的选择再决定'))


def _weight(unit: AnyRow) -> Totals:
    return Totals(units=1, area=unit.area, heads=unit.heads)


def _plus(totals: Totals, unit: AnyRow) -> Totals:
    return Totals(units=totals.units + 1, area=totals.area + unit.area, heads=totals.heads + unit.heads)


def _stored(choice: Choice) -> list[list[int]]:
    return [list(pair) for pair in choice]


def _settle(tx: Tx, box: _Box) -> tuple[Totals, int]:
    """Write what the votes moved and announce it; return turnout and sequence number as they stand."""
    row = box.row
    if not box.changed:
        return Totals(units=row.cast_units, area=row.cast_area, heads=row.cast_heads), row.seq
    connection = tx.connection
    b, c = t.ballot.c, t.tally.c
    for option_id, count in sorted(box.moved.items()):
        if count:
            connection.execute(update(t.tally).where(c.ballot_id == row.id, c.option_id == option_id).values(
                votes=c.votes + count.votes, area=c.area + count.area, heads=c.heads + count.heads,
                score=c.score + count.score))
    after = connection.execute(update(t.ballot).where(b.id == row.id).values(
        cast_units=b.cast_units + box.added.units, cast_area=b.cast_area + box.added.area,
        cast_heads=b.cast_heads + box.added.heads, seq=b.seq + 1,
    ).returning(b.cast_units, b.cast_area, b.cast_heads, b.seq)).one()
    cast = Totals(units=after.cast_units, area=after.cast_area, heads=after.cast_heads)
    counts: dict[int, Count] | None = None if row.secret else counts_of(tx.session, row.id)
    tx.emit(BallotTick(
        ballot_id=row.id, seq=after.seq, roll=roll_totals(row), cast=cast, counts=option_counts(counts), given=_given(tx, box)))
    return cast, after.seq


def _given(tx: Tx, box: _Box) -> tuple[VoteGiven, ...]:
    """Return the named votes given, with everybody who may give them."""
    if not box.given:
        return ()
    members: dict[str, list[int]] = {}
    voter = t.voter.c
    for unit, member_id in tx.connection.execute(
            select(voter.unit, voter.member_id).where(voter.ballot_id == box.row.id, voter.unit.in_(box.given))):
        members.setdefault(unit, []).append(member_id)
    return tuple(VoteGiven(unit=unit, version=version, members=tuple(members[unit])) for unit, version in box.given.items())
