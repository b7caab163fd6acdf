"""Households that change (户的变动): merged, split, moved in and out with a date; shown before, recorded, undone while nothing followed."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select

from yunshequ.community import household_rows as rows
from yunshequ.community import joining
from yunshequ.community import tables as t
from yunshequ.community.household_schemas import ChangeKind, ChangeView, Part, Preview
from yunshequ.community.schemas import Relation
from yunshequ.community.service import CommunityService
from yunshequ.core.clock import SHANGHAI, Clock, local
from yunshequ.core.database import Database
from yunshequ.core.errors import Conflict, Invalid, NotFound
from yunshequ.core.i18n import N_
from yunshequ.core.policy import Actor, Policy
from yunshequ.core.unit import Tx

ACTION = 'community.change_households'
TOGETHER = range(2, 11)
NOTE_MAX = 200
SHOWN = 50
AHEAD = timedelta(days=366)


class HouseholdsService:
    """What a community's own office records when households change."""

    def __init__(self, db: Database, policy: Policy, clock: Clock, community: CommunityService) -> None:
        self._db = db
        self._policy = policy
        self._clock = clock
        self._community = community

    async def preview_merge(self, actor: Actor, keep: int, others: Sequence[int]) -> Preview:
        """Return what merging leads to; nothing is written.

        :raises Invalid: they cannot be merged.
        """
        place_id = await self._allowed(actor, [keep, *others])
        _check_together(keep, others)
        return await self._try(place_id, [keep, *others], lambda tx: rows.merge(tx, keep, others))

    async def merge(self, actor: Actor, keep: int, others: Sequence[int], *, on: date, digest: str, note: str = '') -> int:
        """Make ``others`` part of ``keep``; return the change's id. Open votes keep the roll they began with.

        :raises Conflict: something has changed since ``digest`` was shown.
        """
        place_id = await self._allowed(actor, [keep, *others])
        _check_together(keep, others)
        self._check_day(on, note)
        ids = [keep, *others]

        def work(tx: Tx) -> int:
            before = _still(tx, ids, digest)
            rows.merge(tx, keep, others)
            return rows.record(tx, ChangeKind.MERGE, place_id, actor.member_id, on, note.strip(), before, ids)

        return await self._db.write(work)

    async def preview_split(self, actor: Actor, household_id: int, parts: Sequence[Part]) -> Preview:
        """Return what splitting leads to; nothing is written.

        :raises Invalid: the parts do not make up the flat.
        """
        place_id = await self._allowed(actor, [household_id])
        clean = await self._parts(household_id, parts)
        return await self._try(place_id, [household_id], lambda tx: rows.split(tx, household_id, clean))

    async def split(self, actor: Actor, household_id: int, parts: Sequence[Part], *, on: date, digest: str, note: str = '') -> int:
        """Divide a flat; return the change's id. Shares of its owners must be recorded anew.

        :raises Conflict: something has changed since ``digest`` was shown.
        """
        place_id = await self._allowed(actor, [household_id])
        clean = await self._parts(household_id, parts)
        self._check_day(on, note)

        def work(tx: Tx) -> int:
            before = _still(tx, [household_id], digest)
            fresh = rows.split(tx, household_id, clean)
            return rows.record(
                tx, ChangeKind.SPLIT, place_id, actor.member_id, on, note.strip(), before, [household_id, *fresh])

        return await self._db.write(work)

    async def move_out(self, actor: Actor, household_id: int, member_id: int, *, on: date, note: str = '') -> int:
        """Note that somebody moves or has moved out on a day; until that day is over they keep their rights."""
        place_id = await self._allowed(actor, [household_id])
        self._check_day(on, note)
        end = datetime.combine(on + timedelta(days=1), time(), SHANGHAI).astimezone(UTC) if on > self._today() else self._clock.now()
        return await self._move(
            actor, ChangeKind.MOVE_OUT, household_id, place_id, on, note,
            lambda tx: rows.move_out(tx, household_id, member_id, end))

    async def move_in(
        self, actor: Actor, household_id: int, member_id: int, relation: Relation, *, on: date, note: str = '',
    ) -> int:
        """Note that somebody has moved in on a day, their papers seen.

        :raises Invalid: the day lies ahead.
        """
        place_id = await self._allowed(actor, [household_id])
        self._check_day(on, note)
        if on > self._today():
            raise Invalid(N_('迁入日期不能晚于今天'), field='on')
        await self._community.card(member_id)
        return await self._move(
            actor, ChangeKind.MOVE_IN, household_id, place_id, on, note, lambda tx: rows.move_in(tx, household_id, member_id, relation))

    async def undo(self, actor: Actor, change_id: int) -> None:
        """Put things back as they were before a change.

        :raises Conflict: something has changed since.
        """
        place_id = await self._db.read(lambda s: s.connection().execute(
            select(t.household_change.c.place_id).where(t.household_change.c.id == change_id)).scalar())
        if place_id is None:
            raise NotFound
        await self._policy.require(actor, ACTION, place_id)
        await self._db.write(lambda tx: rows.undo(tx, change_id, actor.member_id))

    async def changes(self, actor: Actor, place_id: int) -> tuple[ChangeView, ...]:
        """Return the latest changes at or below a place."""
        await self._policy.require(actor, ACTION, place_id)
        path = (await self._community.place(place_id)).path
        return await self._db.read(lambda s: rows.changes(s, path, SHOWN))

    async def living_in(self, actor: Actor, household_id: int) -> dict[int, str]:
        """Return who lives in a flat the actor may change, by id; each of them sees that it was looked at."""
        place_id = await self._allowed(actor, [household_id])
        [flat] = [one for one in await self._community.households(place_id) if one.id == household_id]
        await self._community.looked_at(actor, flat.member_ids, place_id, 'household')
        return {key: card.name for key, card in (await self._community.cards(flat.member_ids)).items()}

    # inside

    async def _move(
        self, actor: Actor, kind: ChangeKind, household_id: int, place_id: int, on: date, note: str, deed: Callable[[Tx], None],
    ) -> int:
        def work(tx: Tx) -> int:
            rows.lock(tx, [household_id])
            before = rows.snapshot(tx.connection, [household_id])
            deed(tx)
            return rows.record(tx, kind, place_id, actor.member_id, on, note.strip(), before, [household_id])

        return await self._db.write(work)

    async def _try(self, place_id: int, ids: Sequence[int], deed: Callable[[Tx], Sequence[int]]) -> Preview:
        """Do it, look, and take it back: what is shown is what will be done."""
        building = (await self._community.place(place_id)).name

        def work(tx: Tx) -> None:
            before = rows.snapshot(tx.connection, ids)
            after = rows.snapshot(tx.connection, [*ids, *deed(tx)])
            raise _ShownError(Preview(
                before=rows.flat_labels(building, before), after=rows.flat_labels(building, after),
                people=len({row['member_id'] for row in before['lives']}), digest=rows.digest(before)))

        try:
            await self._db.write(work)
        except _ShownError as shown:
            return shown.preview
        raise AssertionError('a preview is always taken back')

    async def _allowed(self, actor: Actor, household_ids: Sequence[int]) -> int:
        """Return the place of households the actor may change, all of one building."""
        found = await self._db.read(lambda s: s.connection().execute(
            select(t.household.c.id, t.household.c.place_id).where(t.household.c.id.in_(household_ids))).all())
        if not found or len(found) != len(set(household_ids)):
            raise NotFound
        for place_id in {row.place_id for row in found}:
            await self._policy.require(actor, ACTION, place_id)
        return int(found[0].place_id)

    async def _parts(self, household_id: int, parts: Sequence[Part]) -> list[Part]:
        own = await self._db.read(lambda s: s.connection().execute(
            select(t.household.c.room_no).where(t.household.c.id == household_id)).scalar_one())
        clean = [part.model_copy(update={'room_no': joining.clean_room_no(part.room_no)}) for part in parts]
        numbers = [part.room_no for part in clean]
        if len(clean) not in TOGETHER or len(set(numbers)) != len(numbers) or not all(numbers):
            raise Invalid(N_('请写 2 到 10 户，一行一户，房号不能重复'), field='parts')
        if own not in numbers:
            raise Invalid(N_('其中一户要沿用原来的房号 {room}'), field='parts', room=own)
        return clean

    def _today(self) -> date:
        return local(self._clock.now()).date()

    def _check_day(self, on: date, note: str) -> None:
        if not date(1990, 1, 1) <= on <= self._today() + AHEAD:
            raise Invalid(N_('请检查日期'), field='on')
        if len(note.strip()) > NOTE_MAX:
            raise Invalid(N_('说明不超过 {max} 字'), field='note', max=NOTE_MAX)


class _ShownError(Exception):
    """Ends a unit that only looked ahead, so that it is taken back."""

    def __init__(self, preview: Preview) -> None:
        super().__init__()
        self.preview = preview


def _check_together(keep: int, others: Sequence[int]) -> None:
    if len({keep, *others}) != len(others) + 1 or len(others) + 1 not in TOGETHER:
        raise Invalid(N_('请选 2 到 10 户，并选好保留哪一户的房号'), field='flats')


def _still(tx: Tx, ids: Sequence[int], digest: str) -> rows.Snapshot:
    rows.lock(tx, ids)
    before = rows.snapshot(tx.connection, ids)
    if rows.digest(before) != digest:
        raise Conflict(rows.MOVED_ON)
    return before
