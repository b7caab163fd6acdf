"""Importing and exporting the roll: shown first, done once, by the community's own office; on both databases."""

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.modules.people_kit import House, open_house
from yunshequ.community import joining, roll_file, roll_import
from yunshequ.community import places as writing
from yunshequ.community import tables as t
from yunshequ.community.events import RolesChanged
from yunshequ.community.places_named import Named, PlaceNames
from yunshequ.community.roll_import import Flat, Lives, Planner, State
from yunshequ.community.schemas import PlaceKind, Relation, RollChangeKind, RollPlan
from yunshequ.core.audit import AuditEntry
from yunshequ.core.errors import Conflict, Invalid, NotPermitted
from yunshequ.core.policy import Role

HEAD = '小区,楼栋,室号,面积,姓名,关系\n'


@pytest.fixture(params=['sqlite', 'postgresql'])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(request.param, tmp_path) as opened:
        yield opened


def counts(plan: RollPlan) -> tuple[int, int, int, int, int]:
    return plan.added, plan.changed, plan.unchanged, plan.waiting, len(plan.problems)


async def state(house: House) -> list[object]:
    return [await house.rows(select(table).order_by(*table.primary_key.columns)) for table in (
        t.place, t.household, t.member, t.household_member, t.role_grant)]


async def audited(house: House, action: str) -> list[tuple[int, int, dict[str, object]]]:
    entry = AuditEntry.__table__.c
    return [(row.actor_id, row.place_id, row.detail) for row in await house.rows(
        select(entry.actor_id, entry.place_id, entry.detail).where(entry.action == action))]


async def claim(house: House, who: str, flat: str, relation: Relation = Relation.FAMILY) -> None:
    member = house.people[who].member_id
    await house.db.write(lambda tx: writing.settle(tx, house.flats[flat], member, relation, verified=False))


FILE = (HEAD + ',3栋,502,89.50,alice,业主\n,3栋,601,120.5,carol,业主\n,3栋,601,,bob,家属\n,3栋,703,70.25,somebody,租户\n'
        ',3栋,704,,,\n,9栋,101,,,\n,3栋,705,abc,,\n').encode()


async def test_it_is_shown_and_nothing_is_written(house: House) -> None:
    await claim(house, 'bob', '601')
    before = await state(house)
    plan = await house.community.check_roll(house.people['worker'], house.at('community'), FILE)
    assert counts(plan) == (1, 2, 1, 1, 2)
    assert [(one.kind, one.label, one.name, one.before, one.after) for one in plan.changes] == [
        (RollChangeKind.CONFIRM, '3栋-601', 'bob', 'family', 'family'),
        (RollChangeKind.RELATION, '3栋-601', 'carol', 'tenant', 'owner'),
        (RollChangeKind.AREA, '3栋-601', '', '120.00', '120.50'),
        (RollChangeKind.ADD, '3栋-703', '', '', '70.25'), (RollChangeKind.ADD, '3栋-704', '', '', '')]
    assert [(one.line, one.words('zh-CN')) for one in plan.problems] == [
        (7, '没有叫“9栋”的楼栋，请先在“地点和住户”里添加'), (8, '面积“abc”看不懂，请只写数字，例如 89.35')]
    assert await state(house) == before
    assert await audited(house, 'community.import_roll') == []


async def test_it_is_done_once_and_audited(house: House) -> None:
    await claim(house, 'bob', '601')
    worker, place = house.people['worker'], house.at('community')
    shown = await house.community.check_roll(worker, place, FILE)
    house.events.clear()
    assert await house.community.import_roll(worker, place, FILE, shown.digest) == shown
    roll = {one.label: one for one in await house.community.households(place)}
    assert {label: one.area_cm2 for label, one in roll.items()} == {
        '3栋-502': 8950, '3栋-601': 12050, '5栋-101': 7000, '3栋-703': 7025, '3栋-704': 0}
    assert roll['3栋-601'].owner_ids == (house.people['carol'].member_id,)
    assert Role.VERIFIED in await house.policy.roles_at(house.people['bob'], place)
    assert {event.member_id for event in house.events if isinstance(event, RolesChanged)} == {
        house.people['bob'].member_id, house.people['carol'].member_id}
    (entry,) = await audited(house, 'community.import_roll')
    assert entry[:2] == (worker.member_id, place)
    assert entry[2] == {'added': 1, 'changed': 2, 'unchanged': 1, 'waiting': 1, 'problems': 2, 'plan': shown.digest}
    assert len(await audited(house, 'community.settle')) == 2
    # the same file again
    after = await state(house)
    again = await house.community.import_roll(worker, place, FILE, shown.digest)
    assert counts(again) == (0, 0, 4, 1, 2)
    assert await state(house) == after
    assert len(await audited(house, 'community.import_roll')) == 1


async def test_two_who_press_at_once_import_once(house: House) -> None:
    place = house.at('community')
    shown = await house.community.check_roll(house.people['worker'], place, FILE)
    done = await asyncio.gather(*(
        house.community.import_roll(house.people[who], place, FILE, shown.digest) for who in ('worker', 'secretary')))
    assert sorted(plan.added for plan in done) == [0, 1]
    assert len(await audited(house, 'community.import_roll')) == 1


async def test_what_was_not_shown_is_not_done(house: House) -> None:
    worker, place = house.people['worker'], house.at('community')
    shown = await house.community.check_roll(worker, place, FILE)
    await claim(house, 'bob', '601')  # would now be confirmed, which nobody has seen
    before = await state(house)
    with pytest.raises(Conflict):
        await house.community.import_roll(worker, place, FILE, shown.digest)
    assert await state(house) == before


async def test_names_that_nobody_has_are_not_kept(house: House) -> None:
    worker, place = house.people['worker'], house.at('community')
    shown = await house.community.check_roll(worker, place, FILE)
    await house.community.import_roll(worker, place, FILE, shown.digest)
    assert 'somebody' not in str(await house.rows(select(t.member.c.nickname)))
    assert 'somebody' not in str(await house.rows(select(AuditEntry.__table__)))


async def test_a_name_in_another_flat_confirms_nobody(house: House) -> None:
    await claim(house, 'bob', '101')
    plan = await house.community.check_roll(house.people['worker'], house.at('community'), (HEAD + ',3栋,502,,bob,业主\n').encode())
    assert counts(plan) == (0, 0, 0, 1, 0)


async def test_a_claimed_flat_is_entered(house: House) -> None:
    place = house.at('building')
    await house.db.write(lambda tx: writing.ensure_household(tx, place, '909', on_roll=False))
    data = (HEAD + ',3栋,909,66,,\n').encode()
    shown = await house.community.check_roll(house.people['worker'], place, data)
    assert counts(shown) == (1, 0, 0, 0, 0)
    await house.community.import_roll(house.people['worker'], place, data, shown.digest)
    assert [one.area_cm2 for one in await house.community.households(place) if one.label == '3栋-909'] == [6600]


async def test_lines_that_contradict_each_other(house: House) -> None:
    await claim(house, 'bob', '601')
    await house.db.write(lambda tx: writing.change_member(tx, house.people['bob'].member_id, nickname='carol'))
    data = (HEAD + ',3栋,502,89.50,,\n,3栋,502,90,,\n,3栋,502,,alice,业主\n,3栋,502,,alice,业主\n,3栋,601,,carol,业主\n').encode()
    plan = await house.community.check_roll(house.people['worker'], house.at('community'), data)
    assert counts(plan) == (0, 0, 2, 0, 3)
    assert [(one.line, one.words('zh-CN')[:5]) for one in plan.problems] == [(3, '面积与第 '), (5, '与第 4 '), (6, '这一户有几')]


@pytest.mark.parametrize('who', ['alice', 'lead', 'grid_officer', 'worker2', 'street_officer', 'district_officer', 'admin', 'stranger'])
async def test_only_the_communitys_own_office(house: House, who: str) -> None:
    actor, place = house.people[who], house.at('community')
    before = await state(house)
    with pytest.raises(NotPermitted):
        await house.community.check_roll(actor, place, FILE)
    with pytest.raises(NotPermitted):
        await house.community.import_roll(actor, place, FILE, '')
    with pytest.raises(NotPermitted):
        await house.community.export_roll(actor, place, 'csv')
    assert await state(house) == before
    assert await audited(house, 'community.export_roll') == []


async def test_a_file_reaches_no_further_than_its_place(house: House) -> None:
    plan = await house.community.check_roll(house.people['worker'], house.at('building'), (HEAD + ',5栋,101,70,,\n,1栋,101,70,,\n').encode())
    assert counts(plan) == (0, 0, 0, 0, 2)


@pytest.mark.parametrize('kind', ['xlsx', 'csv'])
async def test_an_export_is_masked_harmless_audited_and_changes_nothing_when_it_comes_back(house: House, kind: str) -> None:
    worker, place = house.people['secretary'], house.at('community')
    await house.db.write(lambda tx: writing.change_member(
        tx, house.people['alice'].member_id, nickname='=HYPERLINK("x")', phone_mask='138****0000'))
    data = await house.community.export_roll(worker, place, kind)
    if kind == 'csv':
        rows = [line.split(',')[:4] for line in data.decode('utf-8-sig').splitlines()]
        assert "'=HYPERLINK" in data.decode()
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(data)).active
        rows = [[cell.value or '' for cell in row[:4]] for row in sheet.iter_rows()]
        assert sheet['E2'].value == "'=HYPERLINK(\"x\")"
        assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {'s', 'n'}
        assert sheet['G2'].value == '138****0000'
    assert rows == [['小区', '楼栋', '室号', '面积'], ['', '3栋', '502', '89.50'], ['', '3栋', '601', '120.00'], ['', '5栋', '101', '70.00']]
    assert await audited(house, 'community.export_roll') == [(worker.member_id, place, {'n': 3, 'kind': kind})]
    assert counts(await house.community.check_roll(worker, place, data)) == (0, 0, 3, 0, 0)
    with pytest.raises(Invalid):
        await house.community.export_roll(worker, place, 'pdf')


# names and numbers as people and spreadsheets write them, formulas and quotes included

NASTY = st.text(st.sampled_from("=+-@'＝＋－＠\"，,;张阿姨_x0041ａA 1\u3000"), min_size=1, max_size=8)
names = (NASTY | st.text(max_size=8)).map(lambda text: ' '.join(''.join(c if c.isprintable() else ' ' for c in text).split())).filter(
    lambda text: bool(roll_file.match_key(text)) and len(text) <= writing.NICKNAME_MAX)
flats = st.text(st.sampled_from('0123456789-#AB室号'), min_size=1, max_size=6).map(joining.clean_room_no).filter(bool)


@st.composite
def rolls(draw: st.DrawFn) -> State:
    places = [Named(1, None, PlaceKind.COMMUNITY, '翠林社区'), Named(2, 1, PlaceKind.GRID, '第一网格'), Named(3, 2, PlaceKind.ESTATE, draw(names))]
    places += [Named(number, parent, PlaceKind.BUILDING, f'{number}栋') for number, parent in ((4, 1), (5, 2), (6, 3))]
    places.append(Named(7, 3, PlaceKind.BUILDING, '4栋'))  # twice in the community
    found, living = {}, {}
    keys = draw(st.lists(st.tuples(st.integers(3, 7), flats), max_size=8, unique=True))
    for number, key in enumerate(keys, 1):
        found[key] = Flat(number, draw(st.integers(0, 99_999_999)), draw(st.booleans()))
        living[number] = [
            Lives(1000 * number + index, draw(names), draw(st.sampled_from(Relation)), draw(st.booleans()))
            for index in range(draw(st.integers(0, 3)))]
    return State(PlaceNames(places), found, living)


@pytest.mark.parametrize('kind', ['xlsx', 'csv'])
@given(state=rolls())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_export_then_import_changes_nothing(kind: str, state: State) -> None:
    rows = list(roll_import.export_rows(state))
    if not rows:
        return
    planner = Planner(state)
    plan = planner.plan(roll_file.read(roll_file.write(rows, kind)))
    assert counts(plan) == (0, 0, len(rows), 0, 0)
    assert not planner.work
