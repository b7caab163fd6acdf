"""Writing chains: one function of a unit of work for each change, safe for many at once. Rights are the service's affair."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, or_, select, update

from yunshequ.chains.events import ChainTurned, LineSet, LineTaken
from yunshequ.chains.models import Chain, ChainLine
from yunshequ.chains.schemas import MOST_LINES, ChainDraft
from yunshequ.core.errors import Conflict, NotFound
from yunshequ.core.i18n import N_
from yunshequ.core.unit import Tx

CLOSE_JOB = 'chains.close'

chain_table = Chain.__table__  # type: ignore[attr-defined]
line_table = ChainLine.__table__  # type: ignore[attr-defined]


def start(tx: Tx, starter_id: int, place_id: int, draft: ChainDraft) -> int:
    """Insert a chain, and have it closed in time; the same client id again gives the first one. Returns its id."""
    known = tx.connection.scalar(select(chain_table.c.id).where(
        chain_table.c.starter_id == starter_id, chain_table.c.client_id == draft.client_id))
    if known is not None:
        return int(known)
    values = draft.model_dump() | {'starter_id': starter_id, 'place_id': place_id, 'lines': 0, 'version': 1, 'created_at': tx.now}
    chain_id = int(tx.connection.execute(insert(chain_table).values(values)).inserted_primary_key[0])  # type: ignore[index]
    if draft.closes_at is not None:
        schedule_close(tx, chain_id, draft.closes_at)
    tx.audit(starter_id, 'chains.start', f'chain:{chain_id}', place_id=place_id, detail={'room': draft.room_id})
    return chain_id


def schedule_close(tx: Tx, chain_id: int, at: datetime) -> None:
    """Have a chain closed at its deadline."""
    tx.schedule(CLOSE_JOB, at, {'chain_id': chain_id}, key=f'{CLOSE_JOB}:{chain_id}:{at.isoformat()}')


def put(tx: Tx, chain_id: int, member_id: int, text: str, name: str) -> None:
    """Join with a line, or change one's line; ``name`` is what pages show beside it.

    :raises Conflict: the chain is over, or full.
    """
    held = tx.connection.execute(
        select(line_table.c.id, line_table.c.text).where(line_table.c.chain_id == chain_id, line_table.c.member_id == member_id)).one_or_none()
    if held is not None and held.text == text:
        return
    version = _change(tx, chain_id, more=0 if held else 1)
    if held is not None:
        line_id = int(held.id)
        tx.connection.execute(update(line_table).where(line_table.c.id == line_id).values(text=text))
    else:
        line_id = int(tx.connection.execute(insert(line_table).values(
            chain_id=chain_id, member_id=member_id, text=text, at=tx.now)).inserted_primary_key[0])  # type: ignore[index]
    tx.audit(member_id, 'chains.edit' if held else 'chains.join', f'chain:{chain_id}')
    tx.emit(LineSet(chain_id=chain_id, version=version, line_id=line_id, member_id=member_id, name=name, text=text))


def take(tx: Tx, chain_id: int, member_id: int) -> None:
    """Take one's line back; whoever has none is done already.

    :raises Conflict: the chain is over.
    """
    line_id = tx.connection.scalar(
        select(line_table.c.id).where(line_table.c.chain_id == chain_id, line_table.c.member_id == member_id))
    if line_id is None:
        return
    version = _change(tx, chain_id, more=-1)
    tx.connection.execute(delete(line_table).where(line_table.c.id == line_id))
    tx.audit(member_id, 'chains.leave', f'chain:{chain_id}')
    tx.emit(LineTaken(chain_id=chain_id, version=version, line_id=line_id))


def turn(tx: Tx, chain_id: int, actor_id: int | None, *, closed: bool) -> None:
    """Close a chain, or open it again without a deadline; done twice it is done once."""
    state = chain_table.c.closed_at.is_(None) if closed else chain_table.c.closed_at.is_not(None)
    values: dict[str, Any] = {'closed_at': tx.now} if closed else {'closed_at': None, 'closes_at': None}
    row = tx.connection.execute(
        update(chain_table).where(chain_table.c.id == chain_id, state)
        .values(**values, version=chain_table.c.version + 1).returning(chain_table.c.version, chain_table.c.place_id)).one_or_none()
    if row is not None:
        tx.audit(actor_id, 'chains.close' if closed else 'chains.reopen', f'chain:{chain_id}', place_id=row.place_id)
        tx.emit(ChainTurned(chain_id=chain_id, version=row.version, closed=closed))


def _change(tx: Tx, chain_id: int, *, more: int) -> int:
    """Count a change of an open chain; return its new version. The row is what two who come at once wait for."""
    chain = chain_table.c
    where = [chain.id == chain_id, chain.closed_at.is_(None), or_(chain.closes_at.is_(None), chain.closes_at > tx.now)]
    if more > 0:
        where += [chain.lines < MOST_LINES, or_(chain.most.is_(None), chain.lines < chain.most)]
    version = tx.connection.scalar(
        update(chain_table).where(*where).values(lines=chain.lines + more, version=chain.version + 1).returning(chain.version))
    if version is not None:
        return int(version)
    row = tx.connection.execute(select(chain.closed_at, chain.closes_at).where(chain.id == chain_id)).one_or_none()
    if row is None:
        raise NotFound(N_('没有找到这个接龙'))
    if row.closed_at is not None or (row.closes_at is not None and row.closes_at <= tx.now):
        raise Conflict(N_('这个接龙已经结束'), rule='chains.closed')
    raise Conflict(N_('这个接龙的名额已满，有人退出后可以再接'), rule='chains.full')
