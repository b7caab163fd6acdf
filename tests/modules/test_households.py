"""Households merged, split, moved in and out: areas to the last 0.01 m², undone whole or not at all; on both databases."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from tests.modules.people_kit import House, open_house
from yunshequ.ballots.roll import of_households, of_owners, whole
from yunshequ.community import areas
from yunshequ.community import tables as t
from yunshequ.community.household_schemas import ChangeKind, Part
from yunshequ.community.schemas import Relation
from yunshequ.core.errors import AppError, Conflict, Invalid, NotFound, NotPermitted
from yunshequ.core.policy import Role

TODAY = date(2026, 11, 23)


@pytest.fixture(params=['sqlite', 'postgresql'])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(request.param, tmp_path) as opened:
        yield opened


async def roll(house: House) -> dict[str, tuple[int, tuple[int, ...], tuple[int, ...]]]:
    return {one.label: (one.area_cm2, one.member_ids, one.owner_ids) for one in await house.community.households(house.at('building'))}


async def state(house: House) -> list[Any]:
    return [await house.rows(select(table).order_by(*table.primary_key.columns)) for table in (t.household, t.household_member, t.roll_person)]


async def merge(house: House, keep: str = '502', other: str = '601') -> int:
    worker, ids = house.people['worker'], (house.flats[keep], [house.flats[other]])
    shown = await house.households.preview_merge(worker, *ids)
    return await house.households.merge(worker, *ids, on=TODAY, digest=shown.digest, note='打通')


async def test_a_merge_is_shown_done_and_undone_whole(house: House) -> None:
    worker, before = house.people['worker'], await state(house)
    alice, carol = house.people['alice'].member_id, house.people['carol'].member_id
    shown = await house.households.preview_merge(worker, house.flats['502'], [house.flats['601']])
    assert (shown.before, shown.after, shown.people) == (('3栋-502 89.50 m²', '3栋-601 120.00 m²'), ('3栋-502 209.50 m²',), 2)
    assert await state(house) == before
    change_id = await merge(house)
    assert await roll(house) == {'3栋-502': (20950, (alice, carol), (alice,))}
    assert await house.community.add_household(worker, house.at('building'), '601') == house.flats['502']
    file = '小区,楼栋,室号,面积,姓名,关系\n,3栋,601,100,,\n'.encode()
    plan = await house.community.check_roll(worker, house.at('community'), file)
    assert [one.words('zh-CN') for one in plan.problems] == ['这一户已经并入别的户，请改用合并后的房号']
    await house.households.undo(worker, change_id)
    assert await state(house) == before
    (change,) = await house.households.changes(worker, house.at('community'))
    assert (change.kind, change.note, change.by_name, change.undone_at is not None) == (ChangeKind.MERGE, '打通', 'worker', True)
    with pytest.raises(Conflict):
        await house.households.undo(worker, change_id)


async def test_a_split_gives_each_part_its_people_and_its_area(house: House) -> None:
    worker, before = house.people['worker'], await state(house)
    alice, bob = house.people['alice'].member_id, house.people['bob'].member_id
    await house.community.settle(worker, house.flats['502'], bob, Relation.FAMILY)
    before = await roll(house)
    parts = (Part(room_no='502', area=4475), Part(room_no='502-2', area=4475, member_ids=(bob,)))
    shown = await house.households.preview_split(worker, house.flats['502'], parts)
    assert shown.after == ('3栋-502 44.75 m²', '3栋-502-2 44.75 m²')
    change_id = await house.households.split(worker, house.flats['502'], parts, on=TODAY, digest=shown.digest)
    after = await roll(house)
    assert (after['3栋-502'], after['3栋-502-2']) == ((4475, (alice,), (alice,)), (4475, (bob,), ()))
    assert whole(of_owners(await house.community.households(house.at('building')))).area == 8950 + 12000
    await house.households.undo(worker, change_id)
    assert await roll(house) == before
    shown = await house.households.preview_split(worker, house.flats['502'], parts)  # and once more, with the same numbers
    await house.households.split(worker, house.flats['502'], parts, on=TODAY, digest=shown.digest)
    assert await roll(house) == after


async def test_an_open_vote_keeps_the_roll_it_began_with(house: House) -> None:
    frozen = of_households(await house.community.households(house.at('building')), owners_only=False)
    await merge(house)
    later = of_households(await house.community.households(house.at('building')), owners_only=False)
    assert ([entry.area for entry in frozen], [entry.area for entry in later]) == ([8950, 12000], [20950])
    assert {entry.unit for entry in later} < {entry.unit for entry in frozen}  # a unit's key is never used for something else


async def test_two_at_once_one_wins_and_nothing_is_lost(house: House) -> None:
    worker = house.people['worker']
    shown = await house.households.preview_merge(worker, house.flats['502'], [house.flats['601']])
    other = await house.households.preview_merge(worker, house.flats['601'], [house.flats['502']])
    outcomes = await asyncio.gather(
        house.households.merge(worker, house.flats['502'], [house.flats['601']], on=TODAY, digest=shown.digest),
        house.households.merge(worker, house.flats['601'], [house.flats['502']], on=TODAY, digest=other.digest),
        return_exceptions=True)
    assert sorted(isinstance(one, AppError) for one in outcomes) == [False, True]
    assert [area for area, _members, _owners in (await roll(house)).values()] == [20950]


async def test_what_followed_is_never_undone_with_it(house: House) -> None:
    change_id = await merge(house)
    await house.community.settle(house.people['worker'], house.flats['502'], house.people['bob'].member_id, Relation.FAMILY)
    with pytest.raises(Conflict):
        await house.households.undo(house.people['worker'], change_id)


async def test_moving_out_and_in_takes_and_gives_rights_on_the_day(house: House) -> None:
    worker, carol, bob, flat = house.people['worker'], house.people['carol'], house.people['bob'], house.flats['601']
    await house.households.move_out(worker, flat, carol.member_id, on=TODAY + timedelta(days=1))
    assert Role.VERIFIED in await house.policy.roles_at(carol, house.at('building'))
    house.clock.move(timedelta(days=2))
    assert Role.VERIFIED not in await house.policy.roles_at(carol, house.at('building'))
    with pytest.raises(NotFound):
        await house.households.move_out(worker, flat, carol.member_id, on=TODAY)
    change_id = await house.households.move_in(worker, flat, bob.member_id, Relation.TENANT, on=TODAY, note='租房合同')
    assert Role.VERIFIED in await house.policy.roles_at(bob, house.at('building'))
    await house.households.undo(worker, change_id)
    assert Role.VERIFIED not in await house.policy.roles_at(bob, house.at('building'))
    kinds = [one.kind for one in await house.households.changes(worker, house.at('building'))]
    assert kinds == [ChangeKind.MOVE_IN, ChangeKind.MOVE_OUT]


@pytest.mark.parametrize('parts', [
    [('502', 4000), ('502-2', 4000)], [('502', 8950)], [('502', 4475), ('502', 4475)], [('501', 4475), ('503', 4475)],
    [('502', 4475), ('601', 4475)], [('502', 8950), ('502-2', 0)],
])
async def test_a_split_that_does_not_add_up_is_refused(house: House, parts: list[tuple[str, int]]) -> None:
    before = await state(house)
    with pytest.raises(Invalid):
        await house.households.preview_split(
            house.people['worker'], house.flats['502'], [Part(room_no=room, area=area) for room, area in parts])
    assert await state(house) == before


async def test_only_the_own_office_and_only_one_building(house: House) -> None:
    with pytest.raises(NotPermitted):
        await house.households.preview_merge(house.people['worker2'], house.flats['502'], [house.flats['601']])
    with pytest.raises(NotPermitted):
        await house.households.preview_merge(house.people['alice'], house.flats['502'], [house.flats['601']])
    with pytest.raises(Invalid):
        await house.households.preview_merge(house.people['worker'], house.flats['502'], [house.flats['101']])


@given(st.lists(st.integers(1, 99_999_999), min_size=2, max_size=10))
def test_a_merge_and_the_split_back_lose_no_hundredth(parts: list[int]) -> None:
    total = areas.merged(parts)
    areas.check_split(total, parts)
    assert areas.area_words(total).replace('.', '') == f'{total:03}'
    with pytest.raises(Invalid):
        areas.check_split(total, [*parts[:-1], parts[-1] + 1])


@given(st.lists(st.integers(0, 50_000), min_size=2, max_size=10))
def test_areas_are_added_only_when_all_are_known(parts: list[int]) -> None:
    if any(parts) and not all(parts):
        with pytest.raises(Invalid):
            areas.merged(parts)
    else:
        assert areas.merged(parts) == sum(parts)
