"""Opinions (意见) in the database: given once, weighed by differences, answered in public."""

from datetime import timedelta

from sqlalchemy import delete, func, insert, select, update

from yunshequ.core.errors import Conflict, NotFound, TooMany
from yunshequ.core.i18n import N_
from yunshequ.core.unit import Tx, upsert
from yunshequ.deliberation import tables as t
from yunshequ.deliberation.events import OpinionWeighed
from yunshequ.deliberation.models import OpinionStance
from yunshequ.deliberation.reading import AnyRow
from yunshequ.deliberation.schemas import Outcome, Stance, TopicState

FLOOD = 5
FLOOD_WINDOW = timedelta(minutes=10)
"""A member gives at most ``FLOOD`` opinions within the window."""


def give(tx: Tx, topic_id: int, member_id: int, client_id: str, body: str) -> tuple[AnyRow, bool]:
    """Add an opinion on the newest draft; return its row and whether it is new.

    :raises Conflict: the topic takes no opinions any more. TooMany: the member gave too many in a row.
    """
    connection, o = tx.connection, t.opinion.c
    topic = connection.execute(select(t.topic).where(t.topic.c.id == topic_id).with_for_update()).one()
    before = connection.execute(select(t.opinion).where(o.member_id == member_id, o.client_id == client_id)).one_or_none()
    if before is not None:
        return before, False
    if topic.state != TopicState.OPEN:
        raise Conflict(N_('这个议题已经结束征求意见'))
    recent = connection.execute(
        select(func.count()).where(o.member_id == member_id, o.topic_id == topic_id, o.at > tx.now - FLOOD_WINDOW)).scalar_one()
    if recent >= FLOOD:
        minutes = int(FLOOD_WINDOW.total_seconds() // 60)
        raise TooMany(N_('您发表得有点快，请过 {minutes} 分钟再试，已写的内容会保留'), minutes=minutes)
    connection.execute(update(t.topic).where(t.topic.c.id == topic_id).values(opinions=t.topic.c.opinions + 1))
    return connection.execute(insert(t.opinion).values(
        topic_id=topic_id, draft_number=topic.drafts, member_id=member_id, client_id=client_id, body=body, at=tx.now,
        agree=0, disagree=0, skip=0, answer='').returning(*o)).one(), True


def weigh(tx: Tx, opinion_id: int, member_id: int, stance: Stance | None) -> AnyRow:
    """Set (or with None take back) what a member thinks of an opinion; return the opinion's row.

    :raises NotFound: there is no such opinion. Conflict: its topic is closed.
    """
    connection, o, s = tx.connection, t.opinion.c, t.stance.c
    row = connection.execute(select(t.opinion).where(o.id == opinion_id).with_for_update()).one_or_none()
    if row is None:
        raise NotFound
    state = connection.execute(select(t.topic.c.state).where(t.topic.c.id == row.topic_id)).scalar()
    if state != TopicState.OPEN:
        raise Conflict(N_('这个议题已经结束征求意见'))
    mine = (s.opinion_id == opinion_id) & (s.member_id == member_id)
    old = connection.execute(select(s.stance).where(mine)).scalar()
    if old == stance:
        return row
    if stance is None:
        connection.execute(delete(t.stance).where(mine))
    else:
        upsert(tx.session, OpinionStance, {'opinion_id': opinion_id, 'member_id': member_id, 'stance': stance},
               key=['opinion_id', 'member_id'], change=['stance'])
    moved = {name: o[name] + ((stance == name) - (old == name)) for name in Stance if name in {stance, old}}
    after = connection.execute(
        update(t.opinion).where(o.id == opinion_id).values({str(k): v for k, v in moved.items()}).returning(*t.opinion.c)).one()
    tx.emit(OpinionWeighed(
        topic_id=row.topic_id, opinion_id=opinion_id, member_id=member_id, stance=stance, agree=after.agree, disagree=after.disagree,
        skip=after.skip))
    return after


def answer(tx: Tx, opinion_id: int, member_id: int, outcome: Outcome, words: str) -> AnyRow:
    """Say what was made of an opinion; return its row.

    :raises NotFound: there is no such opinion.
    """
    o = t.opinion.c
    row = tx.connection.execute(
        update(t.opinion).where(o.id == opinion_id)
        .values(outcome=outcome, answer=words, answered_by=member_id, answered_at=tx.now).returning(*t.opinion.c)).one_or_none()
    if row is None:
        raise NotFound
    return row
