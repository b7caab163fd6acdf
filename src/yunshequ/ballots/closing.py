"""Opening, closing and calling off: each one compare-and-set on the ballot's state, so that each happens once."""

from datetime import datetime

from sqlalchemy import delete, insert, select, update

from yunshequ.ballots import tables as t
from yunshequ.ballots.events import BallotCancelled, BallotClosed, BallotOpened
from yunshequ.ballots.outcome import decide
from yunshequ.ballots.quorum import Totals
from yunshequ.ballots.reading import AnyRow, as_pairs, cast_totals, counts_of, options_of, roll_totals
from yunshequ.ballots.roll import Entry, whole
from yunshequ.ballots.rules import Rule
from yunshequ.ballots.schemas import Method, State
from yunshequ.ballots.tally import Counts, count_all
from yunshequ.core.unit import Tx

OPEN_JOB = 'ballots.open'
CLOSE_JOB = 'ballots.close'
ANNOUNCE_JOB = 'ballots.announce'


def open_ballot(tx: Tx, ballot_id: int, entries: list[Entry], actor_id: int | None) -> bool:
    """Freeze the roll and open; False when it was not waiting any more or its time has passed."""
    connection = tx.connection
    roll = whole(entries)
    b = t.ballot.c
    row = connection.execute(
        update(t.ballot).where(b.id == ballot_id, b.state == State.DRAFT, b.closes_at > tx.now).values(
            state=State.OPEN, opened_at=tx.now, seq=b.seq + 1,
            roll_units=roll.units, roll_area=roll.area, roll_heads=roll.heads,
        ).returning(b.place_id, b.topic_id, b.room_id, b.closes_at, b.seq),
    ).one_or_none()
    if row is None:
        return False
    if entries:
        connection.execute(insert(t.roll), [
            {'ballot_id': ballot_id, 'unit': e.unit, 'label': e.label, 'area': e.area, 'heads': e.heads, 'voted': False}
            for e in entries
        ])
    voters = [{'ballot_id': ballot_id, 'member_id': m, 'unit': e.unit} for e in entries for m in e.member_ids]
    if voters:
        connection.execute(insert(t.voter), voters)
    options = [option.id for option in options_of(tx.session, ballot_id)]
    connection.execute(insert(t.tally), [
        {'ballot_id': ballot_id, 'option_id': o, 'votes': 0, 'area': 0, 'heads': 0, 'score': 0} for o in options
    ])
    tx.schedule(CLOSE_JOB, row.closes_at, {'ballot_id': ballot_id}, key=f'{CLOSE_JOB}:{ballot_id}')
    _announce(tx, ballot_id, row.room_id, 'opened')
    tx.audit(actor_id, 'ballots.open', f'ballot:{ballot_id}', place_id=row.place_id, detail=roll.model_dump())
    tx.emit(BallotOpened(
        ballot_id=ballot_id, seq=row.seq, place_id=row.place_id, topic_id=row.topic_id, room_id=row.room_id, roll=roll,
    ))
    return True


def close_ballot(tx: Tx, ballot_id: int) -> bool:
    """Close what is due, count secret votes, decide and keep the result; False when it is not due or already done."""
    connection = tx.connection
    b = t.ballot.c
    row = connection.execute(
        update(t.ballot).where(b.id == ballot_id, b.state == State.OPEN, b.closes_at <= tx.now)
        .values(state=State.CLOSED, closed_at=tx.now, seq=b.seq + 1).returning(*t.ballot.c),
    ).one_or_none()
    if row is None:
        return False
    counts = _count_secret(tx, row) if row.secret else counts_of(tx.session, ballot_id)
    outcome = decide(
        Rule.model_validate(row.rule), Method(row.method),
        [(option.id, option.stance) for option in options_of(tx.session, ballot_id)],
        roll_totals(row), cast_totals(row), counts,
    )
    connection.execute(update(t.ballot).where(b.id == ballot_id).values(outcome=outcome.model_dump(mode='json')))
    _announce(tx, ballot_id, row.room_id, 'closed')
    tx.audit(None, 'ballots.close', f'ballot:{ballot_id}', place_id=row.place_id, detail={
        'verdict': outcome.verdict, 'cast': row.cast_units, 'roll': row.roll_units,
    })
    tx.emit(BallotClosed(
        ballot_id=ballot_id, seq=row.seq, place_id=row.place_id, topic_id=row.topic_id, room_id=row.room_id,
        verdict=outcome.verdict,
    ))
    return True


def cancel_ballot(tx: Tx, ballot_id: int, actor_id: int, reason: str) -> bool:
    """Call off what has not ended; False when it has."""
    b = t.ballot.c
    row = tx.connection.execute(
        update(t.ballot).where(
            b.id == ballot_id, (b.state == State.DRAFT) | ((b.state == State.OPEN) & (b.closes_at > tx.now)),
        ).values(state=State.CANCELLED, closed_at=tx.now, cancel_reason=reason, seq=b.seq + 1)
        .returning(b.place_id, b.topic_id, b.room_id, b.seq, b.secret),
    ).one_or_none()
    if row is None:
        return False
    if row.secret:  # there will be no result: nobody needs to be able to read them
        tx.connection.execute(delete(t.secret_vote).where(t.secret_vote.c.ballot_id == ballot_id))
    tx.audit(actor_id, 'ballots.cancel', f'ballot:{ballot_id}', place_id=row.place_id, detail={'reason': reason})
    tx.emit(BallotCancelled(
        ballot_id=ballot_id, seq=row.seq, place_id=row.place_id, topic_id=row.topic_id, room_id=row.room_id,
    ))
    return True


def _announce(tx: Tx, ballot_id: int, room_id: int | None, stage: str) -> None:
    if room_id is not None:
        tx.schedule(ANNOUNCE_JOB, tx.now, {'ballot_id': ballot_id, 'stage': stage}, key=f'{ANNOUNCE_JOB}:{ballot_id}:{stage}')


def _count_secret(tx: Tx, row: AnyRow) -> Counts:
    """Count the secret votes into the tally, then write votes and roll anew so that no order of writing is left."""
    connection = tx.connection
    s, one = t.secret_vote.c, Totals(units=1, heads=1)
    votes = connection.execute(select(s.key, s.choice).where(s.ballot_id == row.id).order_by(s.key)).all()
    counts = count_all(Method(row.method), ((as_pairs(vote.choice), one) for vote in votes))
    for option_id, n in counts.items():
        connection.execute(
            update(t.tally).where(t.tally.c.ballot_id == row.id, t.tally.c.option_id == option_id)
            .values(votes=n.votes, heads=n.heads, score=n.score))
    if votes:
        connection.execute(delete(t.secret_vote).where(s.ballot_id == row.id))
        connection.execute(insert(t.secret_vote), [{'key': v.key, 'ballot_id': row.id, 'choice': v.choice} for v in votes])
        connection.execute(update(t.roll).where(t.roll.c.ballot_id == row.id).values(voted=t.roll.c.voted))
    return counts


def is_due(row: AnyRow, now: datetime) -> bool:
    """Tell whether the time for votes is over although the closing job has not run yet."""
    return bool(row.state == State.OPEN and now >= row.closes_at)
