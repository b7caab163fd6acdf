"""Departments (部门): plain statements. Of several with one name the nearest above a place is meant."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlmodel import Session

from yunshequ.assistant.entries import above, entry_table
from yunshequ.assistant.models import Department, DepartmentKeeper, HandoffCase
from yunshequ.assistant.schemas import EntryState
from yunshequ.core.errors import NotFound
from yunshequ.core.i18n import N_
from yunshequ.core.unit import Tx, insert_ignore

department_table = Department.__table__  # type: ignore[attr-defined]
keeper_table = DepartmentKeeper.__table__  # type: ignore[attr-defined]
_case = HandoffCase.__table__  # type: ignore[attr-defined]


def by_id(session: Session, department_id: int) -> Any:
    """Return a department.

    :raises NotFound: there is none.
    """
    row = session.connection().execute(select(department_table).where(department_table.c.id == department_id)).one_or_none()
    if row is None:
        raise NotFound(N_('没有找到这个部门'))
    return row


def around(session: Session, path: str) -> Sequence[Any]:
    """Return the departments at a place, above it and below it, by name."""
    return session.connection().execute(
        select(department_table)
        .where(department_table.c.place_path.in_(above(path)) | department_table.c.place_path.startswith(path, autoescape=True))
        .order_by(department_table.c.name, department_table.c.id)).all()


def named(session: Session, name: str, path: str) -> Sequence[Any]:
    """Return the departments of a name that count at the place with ``path``, the nearest first."""
    rows = session.connection().execute(
        select(department_table).where(department_table.c.name == name, department_table.c.place_path.in_(above(path)))).all()
    return sorted(rows, key=lambda row: -len(row.place_path))


def names(session: Session, ids: Iterable[int]) -> dict[int, str]:
    """Return the names of departments by id."""
    rows = session.connection().execute(
        select(department_table.c.id, department_table.c.name).where(department_table.c.id.in_(set(ids))))
    return {int(row.id): str(row.name) for row in rows}


def keepers(session: Session, ids: Sequence[int]) -> dict[int, list[int]]:
    """Return who keeps departments, by their ids, in the order they were named."""
    found: dict[int, list[int]] = {}
    for department_id, member_id in session.connection().execute(
        select(keeper_table.c.department_id, keeper_table.c.member_id)
        .where(keeper_table.c.department_id.in_(ids)).order_by(keeper_table.c.id)):
        found.setdefault(department_id, []).append(member_id)
    return found


def published(session: Session) -> Counter[int]:
    """Return how many published entries each department has, by its id."""
    connection = session.connection()
    homes: dict[str, list[tuple[str, int]]] = {}
    for row in connection.execute(select(department_table.c.id, department_table.c.name, department_table.c.place_path)):
        homes.setdefault(row.name, []).append((row.place_path, row.id))
    counts: Counter[int] = Counter()
    for name, path, number in connection.execute(
        select(entry_table.c.department, entry_table.c.place_path, func.count())
        .where(entry_table.c.state == EntryState.PUBLISHED.value).group_by(entry_table.c.department, entry_table.c.place_path)):
        over = [home for home in homes.get(name, ()) if path.startswith(home[0])]
        if over:
            counts[max(over)[1]] += int(number)
    return counts


def entries_of(session: Session, department: Any) -> list[tuple[int, bool]]:
    """Return the entries of a department, in what is told or in the words being changed: (id, whether it is more than a retired one)."""
    connection = session.connection()
    nearer = connection.scalars(select(department_table.c.place_path).where(
        department_table.c.name == department.name, department_table.c.id != department.id,
        department_table.c.place_path.startswith(department.place_path, autoescape=True))).all()

    def its(name: str, path: str) -> bool:
        return name == department.name and path.startswith(department.place_path) and not any(path.startswith(one) for one in nearer)

    rows = connection.execute(
        select(entry_table.c.id, entry_table.c.department, entry_table.c.place_path, entry_table.c.pending, entry_table.c.state)
        .where(or_(entry_table.c.department == department.name, entry_table.c.pending.is_not(None))).order_by(entry_table.c.id)).all()
    found = []
    for row in rows:
        changing = row.pending is not None and its(str(row.pending['draft'].get('department', '')), str(row.pending['path']))
        if changing or its(row.department, row.place_path):
            found.append((int(row.id), changing or row.state != EntryState.RETIRED.value))
    return found


def open_cases(session: Session, department_id: int) -> int:
    """Return how many hand-offs wait at a department or are being answered there."""
    return int(session.connection().scalar(
        select(func.count()).select_from(_case).where(_case.c.department_id == department_id, _case.c.closed_at.is_(None))) or 0)


def ensure(tx: Tx, place_id: int, path: str, departments: Iterable[tuple[str, str]]) -> None:
    """Set up departments (name, about) at a place where it has none of that name; for seeding."""
    insert_ignore(tx.session, Department, [
        {'name': name, 'about': about, 'place_id': place_id, 'place_path': path, 'answers': False, 'created_at': tx.now, 'closed_at': None}
        for name, about in departments])
