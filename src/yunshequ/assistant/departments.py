"""Departments (部门) and who keeps their entries: a keeper may edit and publish the entries of their department, and no others."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, func, insert, select, update
from sqlmodel import Session

from yunshequ.assistant.entries import above, entry_table
from yunshequ.assistant.models import KbDepartment, KbKeeper
from yunshequ.assistant.ports import People
from yunshequ.assistant.schemas import DepartmentView, EntryState
from yunshequ.core.database import Database
from yunshequ.core.errors import Conflict, Invalid, NotFound
from yunshequ.core.i18n import N_
from yunshequ.core.policy import Actor, Policy
from yunshequ.core.unit import Tx, insert_ignore

_department = KbDepartment.__table__  # type: ignore[attr-defined]
_keeper = KbKeeper.__table__  # type: ignore[attr-defined]

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
            rows = session.connection().execute(
                select(_department)
                .where(_department.c.place_path.in_(above(path)) | _department.c.place_path.startswith(path, autoescape=True))
                .order_by(_department.c.name, _department.c.id)).all()
            counts = _counts(session)
            keepers = _keepers(session, [row.id for row in rows])
            return [DepartmentView(
                id=row.id, name=row.name, about=row.about, place_id=row.place_id, closed=row.closed_at is not None,
                entries=sum(n for (name, where), n in counts.items() if name == row.name and where.startswith(row.place_path)),
                keepers=()) for row in rows], keepers

        found, keepers = await self._db.read(query)
        cards = await self._people.cards({one for ids in keepers.values() for one in ids})
        named = [one.model_copy(update={'keepers': tuple(cards[k] for k in keepers.get(one.id, ()) if k in cards)}) for one in found]
        return sorted(named, key=lambda one: (one.closed, not one.keepers, -one.entries))

    async def names(self, path: str) -> list[str]:
        """Return the names an entry at the place with ``path`` may be given to."""
        return await self._db.read(lambda session: list(session.connection().scalars(
            select(_department.c.name).where(_department.c.place_path.in_(above(path)), _department.c.closed_at.is_(None))
            .distinct().order_by(_department.c.name))))

    async def create(self, actor: Actor, place_id: int, name: str, about: str = '') -> int:
        """Set up a department at a place; returns its id.

        :raises Invalid: no name, or too long a one.
        :raises Conflict: the place has one of this name.
        """
        await self._policy.require(actor, 'assistant.manage_departments', place_id)
        path, name, about = await self._path(place_id), ' '.join(name.split()), about.strip()
        if not 2 <= len(name) <= MAX_NAME:
            raise Invalid(N_('部门名称要 2 到 {limit} 个字'), field='name', limit=MAX_NAME)
        if len(about) > MAX_ABOUT:
            raise Invalid(N_('说明最多 {limit} 个字'), field='about', limit=MAX_ABOUT)

        def work(tx: Tx) -> int:
            taken = tx.connection.scalar(
                select(_department.c.id).where(_department.c.place_id == place_id, _department.c.name == name))
            if taken is not None:
                raise Conflict(N_('这里已经有“{name}”这个部门了'), field='name', name=name)
            made = tx.connection.execute(insert(_department).values(
                name=name, about=about, place_id=place_id, place_path=path, created_at=tx.now))
            department_id = int(made.inserted_primary_key[0])  # type: ignore[index]
            tx.audit(actor.member_id, 'assistant.create_department', f'department:{department_id}', place_id=place_id, detail={'name': name})
            return department_id

        return await self._db.write(work)

    async def close(self, actor: Actor, department_id: int, *, closed: bool = True) -> None:
        """Give no more entries to a department, or open it again; its entries and keepers stay."""
        place_id = await self._require(actor, department_id)

        def work(tx: Tx) -> None:
            tx.connection.execute(
                update(_department).where(_department.c.id == department_id).values(closed_at=tx.now if closed else None))
            tx.audit(
                actor.member_id, 'assistant.close_department' if closed else 'assistant.open_department', f'department:{department_id}',
                place_id=place_id)

        await self._db.write(work)

    async def name_keeper(self, actor: Actor, department_id: int, member_id: int) -> None:
        """Let somebody in office keep the entries of a department; a second time changes nothing.

        :raises Invalid: the person holds no office at the department's place or below it.
        """
        place_id = await self._require(actor, department_id)
        if not await self._policy.may(Actor(member_id), 'assistant.keep_department', place_id):
            raise Invalid(N_('只有在这里任职的工作人员才能当部门知识员，请先给他任职'), field='member_id')

        def work(tx: Tx) -> None:
            if insert_ignore(tx.session, KbKeeper, [
                {'department_id': department_id, 'member_id': member_id, 'at': tx.now, 'by': actor.member_id}]):
                tx.audit(
                    actor.member_id, 'assistant.name_keeper', f'department:{department_id}', place_id=place_id, detail={'member': member_id})

        await self._db.write(work)

    async def drop_keeper(self, actor: Actor, department_id: int, member_id: int) -> None:
        """Take a department's entries out of somebody's hands."""
        place_id = await self._require(actor, department_id)

        def work(tx: Tx) -> None:
            gone = tx.connection.execute(
                delete(_keeper).where(_keeper.c.department_id == department_id, _keeper.c.member_id == member_id))
            if gone.rowcount:
                tx.audit(
                    actor.member_id, 'assistant.drop_keeper', f'department:{department_id}', place_id=place_id, detail={'member': member_id})

        await self._db.write(work)

    async def keeps(self, member_id: int, name: str, path: str) -> bool:
        """Tell whether somebody keeps the entries a department has at the place with ``path``, and is in office there still."""
        if not name:
            return False
        found = await self._db.read(lambda session: session.connection().execute(
            select(_department.c.place_id).join(_keeper, _keeper.c.department_id == _department.c.id)
            .where(_keeper.c.member_id == member_id, _department.c.name == name, _department.c.place_path.in_(above(path)))).scalars().all())
        return any([await self._policy.may(Actor(member_id), 'assistant.keep_department', place_id) for place_id in found])

    async def kept_by(self, member_id: int) -> list[tuple[str, str]]:
        """Return what somebody keeps: the names of departments and the paths of their places."""
        rows = await self._db.read(lambda session: session.connection().execute(
            select(_department.c.name, _department.c.place_path, _department.c.place_id)
            .join(_keeper, _keeper.c.department_id == _department.c.id).where(_keeper.c.member_id == member_id)
            .order_by(_department.c.name)).all())
        return [(row.name, row.place_path) for row in rows
                if await self._policy.may(Actor(member_id), 'assistant.keep_department', row.place_id)]

    async def keepers_of(self, name: str, path: str) -> list[int]:
        """Return who keeps the entries a department has at the place with ``path``."""
        if not name:
            return []
        rows = await self._db.read(lambda session: session.connection().execute(
            select(_keeper.c.member_id, _department.c.place_id).join(_department, _department.c.id == _keeper.c.department_id)
            .where(_department.c.name == name, _department.c.place_path.in_(above(path))).order_by(_keeper.c.id)).all())
        held = [row.member_id for row in rows
                if await self._policy.may(Actor(row.member_id), 'assistant.keep_department', row.place_id)]
        return list(dict.fromkeys(held))

    async def _require(self, actor: Actor, department_id: int) -> int:
        row = await self._db.read(lambda session: session.connection().execute(
            select(_department.c.place_id).where(_department.c.id == department_id)).one_or_none())
        if row is None:
            raise NotFound(N_('没有找到这个部门'))
        await self._policy.require(actor, 'assistant.manage_departments', row.place_id)
        return int(row.place_id)

    async def _path(self, place_id: int) -> str:
        path = await self._people.path_of(place_id)
        if path is None:
            raise NotFound
        return path


def ensure(tx: Tx, place_id: int, path: str, departments: Iterable[tuple[str, str]]) -> None:
    """Set up departments (name, about) at a place where it has none of that name; for seeding."""
    insert_ignore(tx.session, KbDepartment, [
        {'name': name, 'about': about, 'place_id': place_id, 'place_path': path, 'created_at': tx.now, 'closed_at': None}
        for name, about in departments])


def _counts(session: Session) -> dict[tuple[str, str], int]:
    rows = session.connection().execute(
        select(entry_table.c.department, entry_table.c.place_path, func.count())
        .where(entry_table.c.state == EntryState.PUBLISHED.value).group_by(entry_table.c.department, entry_table.c.place_path))
    return {(name, path): int(number) for name, path, number in rows}


def _keepers(session: Session, ids: Sequence[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for department_id, member_id in session.connection().execute(
        select(_keeper.c.department_id, _keeper.c.member_id).where(_keeper.c.department_id.in_(ids)).order_by(_keeper.c.id)):
        found.setdefault(department_id, []).append(member_id)
    return found
