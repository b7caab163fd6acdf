"""Properties of a grant: when and where it holds."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from yunshequ.core.policy import RESIDENT_ROLES, Grant, Role

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ids = st.lists(st.integers(1, 9999), min_size=1, max_size=6)
roles = st.sampled_from(list(Role))
office = st.sampled_from(sorted(set(Role) - RESIDENT_ROLES))
resident = st.sampled_from(sorted(RESIDENT_ROLES))
instants = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def path(parts: list[int]) -> str:
    return '/' + ''.join(f'{part}/' for part in parts)


@given(roles, ids)
def test_a_grant_holds_at_its_own_place(role: Role, place: list[int]) -> None:
    assert Grant(role, path(place)).holds_at(path(place), NOW)


@given(office, ids, ids)
def test_office_holds_below_and_not_above(role: Role, place: list[int], more: list[int]) -> None:
    assert Grant(role, path(place)).holds_at(path(place + more), NOW)
    assert not Grant(role, path(place + more)).holds_at(path(place), NOW)


@given(resident, ids, ids)
def test_living_somewhere_holds_above_and_not_below(role: Role, place: list[int], more: list[int]) -> None:
    assert Grant(role, path(place + more)).holds_at(path(place), NOW)
    assert not Grant(role, path(place)).holds_at(path(place + more), NOW)


@given(roles, ids, st.integers(1, 9999), st.integers(1, 9999), ids, ids)
def test_nothing_holds_in_another_branch(
    role: Role, above: list[int], one: int, other: int, below_one: list[int], below_other: list[int],
) -> None:
    if one == other:
        return
    assert not Grant(role, path([*above, one, *below_one])).holds_at(path([*above, other, *below_other]), NOW)


@given(roles, ids, st.integers(1, 999), st.integers(0, 9))
def test_numbers_that_begin_alike_are_different_places(role: Role, above: list[int], number: int, digit: int) -> None:
    """Place 12 is not inside place 1."""
    longer = int(f'{number}{digit}')
    assert not Grant(role, path([*above, number])).holds_at(path([*above, longer]), NOW)
    assert not Grant(role, path([*above, longer])).holds_at(path([*above, number]), NOW)


@given(roles, ids, st.none() | instants, st.none() | instants, instants)
def test_a_grant_holds_from_its_first_instant_until_before_its_last(
    role: Role, place: list[int], start: datetime | None, end: datetime | None, now: datetime,
) -> None:
    holds = Grant(role, path(place), start, end).holds_at(path(place), now)
    assert holds == ((start is None or start <= now) and (end is None or now < end))


@given(roles, ids, instants, st.timedeltas(timedelta(seconds=1), timedelta(days=4000)))
def test_two_periods_in_a_row_leave_no_gap_and_no_overlap(role: Role, place: list[int], cut: datetime, length: timedelta) -> None:
    before, after = Grant(role, path(place), None, cut), Grant(role, path(place), cut, None)
    for now in (cut - length, cut, cut + length):
        assert before.holds_at(path(place), now) != after.holds_at(path(place), now)


@given(roles, ids, ids, st.integers(1, 9999), st.integers(1, 9999))
def test_a_grant_lies_within_what_contains_it_and_nothing_else(
    role: Role, above: list[int], below: list[int], one: int, other: int,
) -> None:
    grant = Grant(role, path([*above, one, *below]))
    for cut in range(1, len(above) + 1):
        assert grant.within(path(above[:cut]), NOW)
    assert grant.within(path([*above, one]), NOW)
    assert not Grant(role, path(above)).within(path([*above, one]), NOW)
    assert grant.within(path([*above, other]), NOW) == (one == other)


@given(roles, ids, instants)
def test_what_is_over_lies_within_nothing(role: Role, place: list[int], end: datetime) -> None:
    assert not Grant(role, path(place), None, end).within(path(place), end)
