"""接龙: what can be done with a sign-up chain. One public coroutine for each thing a person can do."""

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from yunshequ.chains import lines
from yunshequ.chains.lines import chain_table, line_table
from yunshequ.chains.ports import Poster, Rooms
from yunshequ.chains.schemas import MAX_LINE, ChainDraft, ChainView, LineView
from yunshequ.core.clock import Clock
from yunshequ.core.database import Database
from yunshequ.core.errors import Invalid, NotFound, NotPermitted
from yunshequ.core.i18n import N_, _
from yunshequ.core.policy import Actor, Policy
from yunshequ.core.sheet import csv_text, xlsx_bytes
from yunshequ.core.throttle import Throttle

STARTS = '6/1 hour'
"""Chains one person may start."""
CHANGES = '20/1 minute'
"""Times one person may join, change and leave."""


class ChainsService:
    """Chains and their lines. ``poster`` puts the card of a new chain into its room; ``bootstrap`` sets it."""

    poster: Poster

    def __init__(self, db: Database, policy: Policy, clock: Clock, rooms: Rooms, throttle: Throttle) -> None:
        self._db = db
        self._policy = policy
        self._clock = clock
        self._rooms = rooms
        self._throttle = throttle

    def jobs(self) -> dict[str, Callable[[dict[str, Any]], Awaitable[None]]]:
        """Return the handlers of due jobs."""
        return {lines.CLOSE_JOB: self._close_in_time}

    async def start(self, actor: Actor, draft: ChainDraft) -> int:
        """Start a chain in a room and post its card there; the same client id again gives the first one. Returns its id.

        :raises NotFound: the actor is not in the room.
        :raises NotPermitted: the actor may not write there.
        :raises Blocked: a sensitive word.
        :raises Invalid: a deadline that is past.
        """
        room = await self._rooms.require_writable(actor, draft.room_id)
        if room.owner_id is not None:
            raise NotPermitted(N_('和小栖的私聊里不能接龙，请到邻里群里发起'), rule='chains.private')
        if draft.closes_at is not None and draft.closes_at <= self._clock.now():
            raise Invalid(N_('截止时间要在现在以后'), field='closes_at')
        await self._rooms.check_words(room.place_id, f'{draft.title}\n{draft.example}')
        await self._throttle.require(N_('您发起的接龙太多了，请 {seconds} 秒后再发'), STARTS, 'chain', str(actor.member_id))
        chain_id = await self._db.write(lambda tx: lines.start(tx, actor.member_id, room.place_id, draft))
        await self.poster.post_card(actor, room.id, 'chain', chain_id, f'chain:{chain_id}', _('接龙：{title}', title=draft.title))
        return chain_id

    async def view(self, actor: Actor, chain_id: int) -> ChainView:
        """Return a chain with its lines.

        :raises NotFound: there is none, or the actor is not in its room.
        """
        row, rows = await self._db.read(lambda session: _read(session, chain_id))
        await self._rooms.require_inside(actor, row.room_id)
        cards = await self._rooms.cards(row.room_id, {row.starter_id, *(one.member_id for one in rows)})
        return ChainView(
            id=row.id, room_id=row.room_id, starter=cards[row.starter_id], title=row.title, example=row.example, most=row.most,
            closes_at=row.closes_at, closed=row.closed_at is not None, version=row.version,
            lines=tuple(LineView(id=one.id, member=cards[one.member_id], text=one.text) for one in rows),
            may_manage=await self._may_manage(actor, row))

    async def put(self, actor: Actor, chain_id: int, text: str) -> None:
        """Join with a line of one's own, or change it; an empty text stands for one's name.

        :raises Conflict: the chain is over, or full.
        :raises Blocked: a sensitive word; nothing is stored.
        """
        row = await self._writable(actor, chain_id)
        name = (await self._rooms.card(row.room_id, actor.member_id)).name
        words = ' '.join(text.split()) or name
        if len(words) > MAX_LINE:
            raise Invalid(N_('一行最多 {limit} 个字'), field='text', limit=MAX_LINE)
        await self._rooms.check_words(row.place_id, words)
        await self._db.write(lambda tx: lines.put(tx, chain_id, actor.member_id, words, name))

    async def take(self, actor: Actor, chain_id: int) -> None:
        """Take one's line back.

        :raises Conflict: the chain is over.
        """
        await self._writable(actor, chain_id)
        await self._db.write(lambda tx: lines.take(tx, chain_id, actor.member_id))

    async def turn(self, actor: Actor, chain_id: int, *, closed: bool) -> None:
        """Close a chain early, or open it again.

        :raises NotPermitted: neither its starter nor in office there.
        """
        row = await self._managed(actor, chain_id)
        await self._db.write(lambda tx: lines.turn(tx, row.id, actor.member_id, closed=closed))

    async def export_csv(self, actor: Actor, chain_id: int) -> str:
        """Return the lines as CSV, in order, safe to open in a spreadsheet; audited.

        :raises NotPermitted: neither its starter nor in office there.
        """
        return csv_text(await self._taken_home(actor, chain_id))

    async def export_xlsx(self, actor: Actor, chain_id: int) -> bytes:
        """As ``export_csv``, a workbook of one sheet; every cell is text."""
        return xlsx_bytes(await self._taken_home(actor, chain_id), sheet=_('接龙'))

    async def _taken_home(self, actor: Actor, chain_id: int) -> list[list[str]]:
        row = await self._managed(actor, chain_id)
        chain = await self.view(actor, chain_id)
        await self._db.write(lambda tx: tx.audit(actor.member_id, 'chains.export', f'chain:{chain_id}', place_id=row.place_id))
        return [[_('序号'), _('称呼'), _('内容')], *([str(n), one.member.name, one.text] for n, one in enumerate(chain.lines, 1))]

    async def _close_in_time(self, payload: dict[str, Any]) -> None:
        chain_id = int(payload['chain_id'])
        row, _rows = await self._db.read(lambda session: _read(session, chain_id))
        if row.closes_at is not None and row.closes_at <= self._clock.now():  # reopened: no deadline any more
            await self._db.write(lambda tx: lines.turn(tx, chain_id, None, closed=True))

    async def _writable(self, actor: Actor, chain_id: int) -> Any:
        row, _rows = await self._db.read(lambda session: _read(session, chain_id))
        await self._rooms.require_writable(actor, row.room_id)
        await self._throttle.require(N_('改得太频繁了，请 {seconds} 秒后再试'), CHANGES, 'chain-line', str(actor.member_id))
        return row

    async def _managed(self, actor: Actor, chain_id: int) -> Any:
        row, _rows = await self._db.read(lambda session: _read(session, chain_id))
        await self._rooms.require_inside(actor, row.room_id)
        if row.starter_id != actor.member_id:
            await self._policy.require(actor, 'chains.manage', row.place_id)
        return row

    async def _may_manage(self, actor: Actor, row: Any) -> bool:
        return row.starter_id == actor.member_id or await self._policy.may(actor, 'chains.manage', row.place_id)


def _read(session: Session, chain_id: int) -> tuple[Any, list[Any]]:
    row = session.connection().execute(select(chain_table).where(chain_table.c.id == chain_id)).one_or_none()
    if row is None:
        raise NotFound(N_('没有找到这个接龙'))
    rows = session.connection().execute(
        select(line_table).where(line_table.c.chain_id == chain_id).order_by(line_table.c.id)).all()
    return row, list(rows)
