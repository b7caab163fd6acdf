"""Departments (部门): who keeps their entries and answers their hand-offs. A keeper writes and publishes the entries of their department,
and no others; where the department takes hand-offs, questions about its entries wait for its keepers.
"""

from sqlalchemy import delete, insert, select, update
from sqlmodel import Session

from yunshequ.assistant import department_rows as rows
from yunshequ.assistant import entries
from yunshequ.assistant.department_rows import department_table, keeper_table
from yunshequ.assistant.desk_clock import require_hours
from yunshequ.assistant.events import DepartmentChanged
from yunshequ.assistant.models import DepartmentKeeper
from yunshequ.assistant.ports import People
from yunshequ.assistant.schemas import DepartmentView, DeskHours
from yunshequ.core.database import Database
from yunshequ.core.errors import Conflict, Invalid, NotFound
from yunshequ.core.i18n import N_
from yunshequ.core.policy import Actor, Policy
from yunshequ.core.unit import Tx, insert_ignore

MAX_NAME, MAX_ABOUT = 20, 120


class Departments:
    """The list of departments, for whoever sets it up, and the question who keeps what."""

    def __init__(self, db: Database, policy: Policy, people: People) -> None:
        self._db = db
        self._policy = policy
        self._people = people

    async def all(self, actor: Actor, place_id: int) -> list[DepartmentView]:
        """Return the departments that count at a place (its own and those of the places above) or below it: those with keepers
        first, then by how many entries they have.
        """
        await self._policy.require(actor, 'assistant.read_knowledge', place_id)
        path = await self._path(place_id)

        def query(session: Session) -> tuple[list[DepartmentView], dict[int, list[int]]]:
            found = rows.around(session, path)
            counts = rows.published(session)
            return [DepartmentView(
                id=row.id, name=row.name, about=row.about, place_id=row.place_id, closed=row.closed_at is not None, entries=counts[row.id],
                keepers=(), answers=row.answers, hours=hours_of(row.hours)) for row in found], rows.keepers(session, [row.id for row in found])

        found, keepers = await self._db.read(query)
        cards = await self._people.cards({one for ids in keepers.values() for one in ids})
        named = [one.model_copy(update={'keepers': tuple(cards[k] for k in keepers.get(one.id, ()) if k in cards)}) for one in found]
        return sorted(named, key=lambda one: (one.closed, not one.keepers, -one.entries))

    async def names(self, path: str) -> list[str]:
        """Return the names an entry at the place with ``path`` may be given to."""
        return await self._db.read(lambda session: list(session.connection().scalars(
            select(department_table.c.name)
            .where(department_table.c.place_path.in_(entries.above(path)), department_table.c.closed_at.is_(None))
            .distinct().order_by(department_table.c.name))))

    # -- setting up ------------------------------------------------------------------------------------------------

    async def create(self, actor: Actor, place_id: int, name: str, about: str = '') -> int:
        """Set up a department at a place; returns its id.

        :raises Invalid: no name, or too long a one.
        :raises Conflict: the place has one of this name.
        """
        await self._policy.require(actor, 'assistant.manage_departments', place_id)
        path, name, about = await self._path(place_id), _clean_name(name), _clean_about(about)

        def work(tx: Tx) -> int:
            _require_free(tx.session, place_id, name)
            made = tx.connection.execute(insert(department_table).values(
                name=name, about=about, place_id=place_id, place_path=path, answers=False, created_at=tx.now))
            department_id = int(made.inserted_primary_key[0])  # type: ignore[index]
            _note(tx, actor, 'assistant.create_department', department_id, place_id, {'name': name})
            return department_id

        return await self._db.write(work)

    async def rename(self, actor: Actor, department_id: int, name: str, about: str) -> None:
        """Give a department another name and description; its entries bear the new name from then on.

        :raises Invalid: no name, or too long a one.
        :raises Conflict: the place has another of this name.
        """
        place_id = await self._require(actor, department_id)
        name, about = _clean_name(name), _clean_about(about)

        def work(tx: Tx) -> None:
            before = rows.by_id(tx.session, department_id)
            if (before.name, before.about) == (name, about):
                return
            if name != before.name:
                _require_free(tx.session, place_id, name)
                entries.hand_over(tx, actor.member_id, [one for one, _told in rows.entries_of(tx.session, before)], before.name, name)
            tx.connection.execute(update(department_table).where(department_table.c.id == department_id).values(name=name, about=about))
            _note(tx, actor, 'assistant.rename_department', department_id, place_id, {'before': before.name, 'name': name})

        await self._db.write(work)

    async def set_answers(self, actor: Actor, department_id: int, *, answers: bool, hours: DeskHours | None = None) -> None:
        """Say whether a department takes hand-offs, and when its keepers are there; no hours: the office hours of all.

        :raises Invalid: hours nobody could keep.
        """
        place_id = await self._require(actor, department_id)
        if hours is not None:
            require_hours(hours)
        kept = hours.model_dump(mode='json') if hours is not None and answers else None

        def work(tx: Tx) -> None:
            tx.connection.execute(
                update(department_table).where(department_table.c.id == department_id).values(answers=answers, hours=kept))
            _note(tx, actor, 'assistant.set_department_answers', department_id, place_id, {'answers': answers, 'hours': kept})

        await self._db.write(work)

    async def close(self, actor: Actor, department_id: int, *, into: int | None = None) -> None:
        """Close a department that has nothing left; ``into`` another its entries go first.

        :raises Conflict: it has entries and ``into`` is None, or hand-offs wait there.
        :raises Invalid: ``into`` is closed, or does not count where the department is.
        """
        place_id = await self._require(actor, department_id)

        def work(tx: Tx) -> None:
            row = rows.by_id(tx.session, department_id)
            if row.closed_at is not None:
                return
            waiting = rows.open_cases(tx.session, department_id)
            if waiting:
                raise Conflict(N_('还有 {n} 个转人工的问题在这个部门，请先办结或转到别处，再停用'), n=waiting)
            held = rows.entries_of(tx.session, row)
            if into is not None:
                taker = rows.by_id(tx.session, into)
                if into == department_id or taker.closed_at is not None or not row.place_path.startswith(taker.place_path):
                    raise Invalid(N_('请选一个还在用的、管得到这里的部门来接这些条目'), field='into')
                entries.hand_over(tx, actor.member_id, [one for one, _told in held], row.name, taker.name)
            elif any(in_use for _one, in_use in held):
                raise Conflict(N_('这个部门还有 {n} 条知识，请选一个部门来接，再停用'), field='into', n=sum(in_use for _one, in_use in held))
            tx.connection.execute(update(department_table).where(department_table.c.id == department_id).values(closed_at=tx.now))
            _note(tx, actor, 'assistant.close_department', department_id, place_id, {'into': into})

        await self._db.write(work)

    async def reopen(self, actor: Actor, department_id: int) -> None:
        """Open a closed department again, with the keepers it had."""
        place_id = await self._require(actor, department_id)

        def work(tx: Tx) -> None:
            tx.connection.execute(update(department_table).where(department_table.c.id == department_id).values(closed_at=None))
            _note(tx, actor, 'assistant.open_department', department_id, place_id)

        await self._db.write(work)

    async def name_keeper(self, actor: Actor, department_id: int, member_id: int) -> None:
        """Let somebody in office keep a department; a second time changes nothing.

        :raises Invalid: the person holds no office at the department's place or below it.
        """
        place_id = await self._require(actor, department_id)
        if not await self._policy.may(Actor(member_id), 'assistant.keep_department', place_id):
            raise Invalid(N_('只有在这里任职的工作人员才能当部门知识员，请先给他任职'), field='member_id')

        def work(tx: Tx) -> None:
            if insert_ignore(tx.session, DepartmentKeeper, [
                {'department_id': department_id, 'member_id': member_id, 'at': tx.now, 'by': actor.member_id}]):
                _note(tx, actor, 'assistant.name_keeper', department_id, place_id, {'member': member_id})

        await self._db.write(work)

    async def drop_keeper(self, actor: Actor, department_id: int, member_id: int) -> None:
        """Take a department out of somebody's hands."""
        place_id = await self._require(actor, department_id)

        def work(tx: Tx) -> None:
            gone = tx.connection.execute(delete(keeper_table).where(
                keeper_table.c.department_id == department_id, keeper_table.c.member_id == member_id))
            if gone.rowcount:
                _note(tx, actor, 'assistant.drop_keeper', department_id, place_id, {'member': member_id})

        await self._db.write(work)

    # -- who keeps what --------------------------------------------------------------------------------------------

    async def keeps(self, member_id: int, name: str, path: str) -> bool:
        """Tell whether somebody keeps the entries a department has at the place with ``path``, and is in office there still."""
        if not name:
            return False
        found = await self._db.read(lambda session: session.connection().execute(
            select(department_table.c.place_id).join(keeper_table, keeper_table.c.department_id == department_table.c.id)
            .where(keeper_table.c.member_id == member_id, department_table.c.name == name,
                   department_table.c.place_path.in_(entries.above(path)))).scalars().all())
        return any([await self._policy.may(Actor(member_id), 'assistant.keep_department', place_id) for place_id in found])

    async def kept_by(self, member_id: int) -> list[tuple[str, str]]:
        """Return what somebody keeps: the names of departments and the paths of their places."""
        found = await self._db.read(lambda session: session.connection().execute(
            select(department_table.c.name, department_table.c.place_path, department_table.c.place_id)
            .join(keeper_table, keeper_table.c.department_id == department_table.c.id).where(keeper_table.c.member_id == member_id)
            .order_by(department_table.c.name)).all())
        return [(row.name, row.place_path) for row in found
                if await self._policy.may(Actor(member_id), 'assistant.keep_department', row.place_id)]

    async def keepers_of(self, name: str, path: str) -> list[int]:
        """Return who keeps the entries a department has at the place with ``path``."""
        if not name:
            return []
        found = await self._db.read(lambda session: session.connection().execute(
            select(keeper_table.c.member_id, department_table.c.place_id)
            .join(department_table, department_table.c.id == keeper_table.c.department_id)
            .where(department_table.c.name == name, department_table.c.place_path.in_(entries.above(path)))
            .order_by(keeper_table.c.id)).all())
        held = [row.member_id for row in found
                if await self._policy.may(Actor(row.member_id), 'assistant.keep_department', row.place_id)]
        return list(dict.fromkeys(held))

    async def _require(self, actor: Actor, department_id: int) -> int:
        row = await self._db.read(lambda session: rows.by_id(session, department_id))
        await self._policy.require(actor, 'assistant.manage_departments', row.place_id)
        return int(row.place_id)

    async def _path(self, place_id: int) -> str:
        path = await self._people.path_of(place_id)
        if path is None:
            raise NotFound
        return path


def hours_of(held: dict[str, object] | None) -> DeskHours | None:
    """Return the hours a department's row keeps."""
    return DeskHours.model_validate(held) if held else None


def _clean_name(name: str) -> str:
    cleaned = ' '.join(name.split())
    if not 2 <= len(cleaned) <= MAX_NAME:
        raise Invalid(N_('部门名称要 2 到 {limit} 个字'), field='name', limit=MAX_NAME)
    return cleaned


def _clean_about(about: str) -> str:
    cleaned = about.strip()
    if len(cleaned) > MAX_ABOUT:
        raise Invalid(N_('说明最多 {limit} 个字'), field='about', limit=MAX_ABOUT)
    return cleaned


def _require_free(session: Session, place_id: int, name: str) -> None:
    taken = session.connection().scalar(
        select(department_table.c.id).where(department_table.c.place_id == place_id, department_table.c.name == name))
    if taken is not None:
        raise Conflict(N_('这里已经有“{name}”这个部门了'), field='name', name=name)


def _note(tx: Tx, actor: Actor, action: str, department_id: int, place_id: int, detail: dict[str, object] | None = None) -> None:
    """Leave the audit entry of a deed, and the event."""
    tx.audit(actor.member_id, action, f'department:{department_id}', place_id=place_id, detail=detail)
    tx.emit(DepartmentChanged(department_id=department_id, place_id=place_id))
