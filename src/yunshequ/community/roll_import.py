"""What a roll file would do to the roll (名册导入): planned against what is there, then done in one unit of work.

An import adds and corrects; it takes nobody and no flat away. It makes no people either: a name is compared with those who
have claimed to live in the very flat. Somebody else a line names with a phone or the end of an identity number is entered as
keyed hashes (``roll_people``), so that they can claim the line; other names are not kept.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, or_, select, update

from yunshequ.community import places, roll_people
from yunshequ.community import tables as t
from yunshequ.community.identity_keys import Keys
from yunshequ.community.levels import Fact, fact
from yunshequ.community.models import Household
from yunshequ.community.places_named import Named, PlaceNames
from yunshequ.community.roll import label
from yunshequ.community.roll_file import RELATION_IN_FILE, RollFile, RollRow, area_text, match_key
from yunshequ.community.schemas import PlaceKind, Relation, RollChange, RollChangeKind, RollPlan, RollProblem
from yunshequ.core.errors import Conflict
from yunshequ.core.i18n import N_
from yunshequ.core.unit import Tx, insert_ignore

ROWS_AT_ONCE = 2_000
_FIRST = {kind: number for number, kind in enumerate(RollChangeKind)}


@dataclass(slots=True)
class Flat:
    """A household as it is, or as this import will make it (``id`` None)."""

    id: int | None
    area: int
    on_roll: bool
    line: int = 0
    """Where this import first names it."""
    area_line: int = 0
    merged: bool = False
    """Part of another flat by now."""


@dataclass(frozen=True, slots=True)
class Lives:
    """Somebody who lives in a household or says so; ``phone_mask`` is for the export only."""

    member_id: int
    name: str
    relation: Relation
    confirmed: bool
    phone_mask: str = ''


@dataclass(slots=True)
class State:
    """The roll at or below a place."""

    names: PlaceNames
    flats: dict[tuple[int, str], Flat]
    living: dict[int, list[Lives]]


@dataclass(slots=True)
class Work:
    """What is to be written."""

    add: dict[tuple[int, str], int] = field(default_factory=dict)
    enter: list[int] = field(default_factory=list)
    areas: dict[int, int] = field(default_factory=dict)
    settle: list[tuple[int, int, Relation]] = field(default_factory=list)

    def digest(self) -> str:
        """Return what stands for all of it."""
        parts = (sorted(self.add.items()), sorted(self.enter), sorted(self.areas.items()), sorted(self.settle))
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]

    def __bool__(self) -> bool:
        return bool(self.add or self.enter or self.areas or self.settle)


def load(connection: Connection, path: str, now: datetime) -> State:
    """Return the roll at or below the place with ``path``, what is claimed included."""
    here = t.place.c.path.like(path + '%')
    above = t.place.c.id.in_([int(part) for part in path.strip('/').split('/')])
    found = [Named(row.id, row.parent_id, PlaceKind(row.kind), row.name, row.path.startswith(path)) for row in connection.execute(
        select(t.place.c.id, t.place.c.parent_id, t.place.c.kind, t.place.c.name, t.place.c.path).where(or_(here, above))
        .order_by(t.place.c.id))]
    below = select(t.place.c.id).where(here)
    flats = {
        (row.place_id, row.room_no): Flat(row.id, row.area_cm2, row.on_roll, merged=row.merged_into is not None) for row in connection.execute(
            select(t.household).where(t.household.c.place_id.in_(below)).order_by(t.household.c.place_id, t.household.c.id))}
    living: dict[int, list[Lives]] = defaultdict(list)
    people = connection.execute(
        select(t.household_member.c.household_id, t.household_member.c.member_id, t.household_member.c.relation,
               t.household_member.c.verified_at, t.household_member.c.checked_until, t.member.c.nickname, t.member.c.phone_mask)
        .join(t.household, t.household.c.id == t.household_member.c.household_id)
        .join(t.member, t.member.c.id == t.household_member.c.member_id)
        .where(t.household.c.place_id.in_(below), t.member.c.left_at.is_(None),
               or_(t.household_member.c.valid_until.is_(None), t.household_member.c.valid_until > now))
        .order_by(t.household_member.c.id))
    for row in people:
        living[row.household_id].append(Lives(
            row.member_id, row.nickname, Relation(row.relation),
            fact(known=True, verified_at=row.verified_at, until=row.checked_until, now=now) is Fact.VERIFIED, row.phone_mask or ''))
    return State(PlaceNames(found), flats, living)


def export_rows(state: State) -> Iterator[tuple[str, ...]]:
    """Return the lines of an export: each confirmed person of each flat on the roll, or the flat alone."""
    for (place_id, room_no), flat in state.flats.items():
        if not flat.on_roll or flat.id is None:
            continue
        where = (*state.names.written(place_id), room_no, area_text(flat.area))
        people = [one for one in state.living.get(flat.id, ()) if one.confirmed]
        for one in people:
            yield (*where, one.name, RELATION_IN_FILE[one.relation], one.phone_mask)
        if not people:
            yield (*where, '', '', '')


class Planner:
    """Goes through a file line by line and notes what each would do."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.work = Work()
        self.taken: list[tuple[RollRow, int]] = []
        """Lines without a problem, and their places."""
        self._changes: list[RollChange] = []
        self._problems: list[RollProblem] = []
        self._people: dict[tuple[int, str], dict[str, list[Lives]]] = {}
        self._named: dict[tuple[int, str, str], int] = {}
        self._counts = dict.fromkeys(('added', 'changed', 'unchanged', 'waiting'), 0)

    def plan(self, file: RollFile) -> RollPlan:
        """Return what the import of ``file`` does."""
        where: dict[tuple[str, str], int | tuple[str, dict[str, object]]] = {}
        for row in file.rows:
            key = (row.estate, row.building)
            if key not in where:
                where[key] = self._state.names.find(*key)
            found = where[key]
            if isinstance(found, int):
                self._line(row, found)
            else:
                self._problem(row, found[0], **found[1])
        problems = sorted([*file.problems, *self._problems], key=lambda problem: problem.line)
        changes = sorted(self._changes, key=lambda change: (_FIRST[change.kind], change.line))
        return RollPlan(
            **self._counts, changes=tuple(changes), problems=tuple(problems), ignored=tuple(file.ignored), digest=self.work.digest())

    def _problem(self, row: RollRow, message: str, **params: object) -> None:
        self._problems.append(RollProblem(line=row.line, message=message, params=params))

    def _line(self, row: RollRow, place_id: int) -> None:
        key = (place_id, row.room_no)
        flat = self._state.flats.get(key)
        if flat is not None and flat.merged:
            self._problem(row, N_('这一户已经并入别的户，请改用合并后的房号'))
            return
        if flat is not None and flat.area_line and row.area not in {None, flat.area}:
            self._problem(row, N_('面积与第 {other} 行写的不同'), other=flat.area_line)
            return
        person: Lives | None = None
        if row.relation is not None:
            found = self._person(row, key, flat)
            if found == 'problem':
                return
            person = found if isinstance(found, Lives) else None
        kinds = self._enter(row, key, flat)
        if person is not None and flat is not None and flat.id is not None and row.relation is not None:
            kinds |= self._settle(row, key, flat.id, person, row.relation)
        outcome = 'added' if RollChangeKind.ADD in kinds else 'changed' if kinds else 'unchanged'
        self.taken.append((row, key[0]))
        self._counts['waiting' if row.relation is not None and person is None else outcome] += 1

    def _enter(self, row: RollRow, key: tuple[int, str], flat: Flat | None) -> set[RollChangeKind]:
        """Note what becomes of the flat."""
        kinds = set()
        if flat is None:
            flat = self._state.flats[key] = Flat(None, row.area or 0, on_roll=True)
            self.work.add[key] = row.area or 0
            kinds.add(RollChangeKind.ADD)
            self._change(row, key, RollChangeKind.ADD, after=area_text(row.area or 0))
        else:
            if not flat.on_roll and flat.id is not None:
                flat.on_roll = True
                self.work.enter.append(flat.id)
                kinds.add(RollChangeKind.ADD)
                self._change(row, key, RollChangeKind.ADD, after=area_text(row.area or flat.area))
            if row.area is not None and row.area != flat.area:
                if flat.id is None:
                    self.work.add[key] = row.area  # a line above left it open
                else:
                    self.work.areas[flat.id] = row.area
                    if RollChangeKind.ADD not in kinds:
                        self._change(row, key, RollChangeKind.AREA, before=area_text(flat.area), after=area_text(row.area))
                        kinds.add(RollChangeKind.AREA)
                flat.area = row.area
        flat.line = flat.line or row.line
        if row.area is not None:
            flat.area_line = flat.area_line or row.line
        return kinds

    def _person(self, row: RollRow, key: tuple[int, str], flat: Flat | None) -> Lives | str:
        """Return whom a line names: ``Lives``, ``'unknown'`` or, with the problem noted, ``'problem'``."""
        name = match_key(row.name)
        if key not in self._people:
            known: dict[str, list[Lives]] = defaultdict(list)
            for one in self._state.living.get(flat.id, ()) if flat is not None and flat.id is not None else ():
                known[match_key(one.name)].append(one)
            self._people[key] = known
        left = self._people[key].get(name, [])
        said_before = self._named.get((*key, name))
        if not left and said_before:
            self._problem(row, N_('与第 {other} 行重复'), other=said_before)
            return 'problem'
        self._named[(*key, name)] = row.line
        if not left:
            return 'unknown'
        certain = [one for one in left if one.relation == row.relation and one.confirmed]  # to these nothing is done
        fitting = certain[:1] or [one for one in left if one.relation == row.relation] or list(left)
        if len(fitting) > 1:
            self._problem(row, N_('这一户有几位同名的人，请在“待核实”或“名册”里逐个处理'))
            return 'problem'
        left.remove(fitting[0])
        return fitting[0]

    def _settle(
        self, row: RollRow, key: tuple[int, str], household_id: int, person: Lives, relation: Relation,
    ) -> set[RollChangeKind]:
        if person.confirmed and person.relation == relation:
            return set()
        kind = RollChangeKind.RELATION if person.confirmed else RollChangeKind.CONFIRM
        self.work.settle.append((household_id, person.member_id, relation))
        self._change(row, key, kind, name=person.name, before=str(person.relation), after=str(relation))
        return {kind}

    def _change(self, row: RollRow, key: tuple[int, str], kind: RollChangeKind, **more: Any) -> None:
        shown = label(self._state.names.name(key[0]), key[1])
        self._changes.append(RollChange(line=row.line, kind=kind, label=shown, **more))


def look(
    connection: Connection, path: str, now: datetime, file: RollFile, keys: Keys,
) -> tuple[RollPlan, Work, list[roll_people.Named]]:
    """Return what ``file`` would do: the plan to show, what is to be written, and whom to enter so that they can claim it."""
    planner = Planner(load(connection, path, now))
    plan = planner.plan(file)
    wanted = [one for row, place in planner.taken if (one := roll_people.named(row, place, keys)) is not None]
    people = roll_people.to_write(wanted, roll_people.existing(connection, path))
    return plan.model_copy(update={
        'people': len(people), 'digest': plan.digest + roll_people.digest(people)}), planner.work, people


def apply(tx: Tx, path: str, place_id: int, actor_id: int, file: RollFile, digest: str, keys: Keys) -> RollPlan:
    """Do what ``file`` says, if that is still what somebody saw and approved; a file with nothing to do changes nothing.

    :raises Conflict: the roll has changed since, so that the import would do something else.
    """
    here = t.place.c.id.in_([int(part) for part in path.strip('/').split('/')])
    tx.connection.execute(  # one import of a community at a time, where the database has many writers
        select(t.place.c.id).where(here, t.place.c.kind == str(PlaceKind.COMMUNITY)).with_for_update())
    plan, work, people = look(tx.connection, path, tx.now, file, keys)
    if not work and not people:
        return plan
    if plan.digest != digest:
        raise Conflict(N_('名册刚刚有变化，请重新核对后再导入。文件没有丢，什么都还没有写入'))
    rows = [
        {'place_id': place, 'room_no': room_no, 'area_cm2': area, 'on_roll': True} for (place, room_no), area in work.add.items()]
    for some in _chunks(rows):
        insert_ignore(tx.session, Household, some)
    if work.enter:
        for ids in _chunks(work.enter):
            tx.connection.execute(update(t.household).where(t.household.c.id.in_(ids)).values(on_roll=True))
    if work.areas:
        tx.connection.execute(
            update(t.household).where(t.household.c.id == bindparam('of')).values(area_cm2=bindparam('area')),
            [{'of': household_id, 'area': area} for household_id, area in work.areas.items()])
    roll_people.write(tx, people)
    for household_id, member_id, relation in work.settle:
        places.settle(tx, household_id, member_id, relation, verified=True)
        tx.audit(actor_id, 'community.settle', f'household:{household_id}', place_id=place_id,
                 detail={'member': member_id, 'relation': str(relation), 'verified': True, 'by': 'import'})
    tx.audit(actor_id, 'community.import_roll', f'place:{place_id}', place_id=place_id, detail={
        'added': plan.added, 'changed': plan.changed, 'unchanged': plan.unchanged, 'waiting': plan.waiting,
        'problems': len(plan.problems), 'plan': plan.digest} | ({'people': plan.people} if people else {}))
    return plan


def _chunks(rows: list[Any]) -> Iterable[list[Any]]:
    return (rows[start:start + ROWS_AT_ONCE] for start in range(0, len(rows), ROWS_AT_ONCE))
