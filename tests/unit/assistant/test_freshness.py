"""When an answer hedges and when it lies on a desk: the desk comes first, an expired one is nobody's to tell."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from yunshequ.assistant.freshness import Dates, DueReason, Hedge, Terms, due, extended, hedge

TERMS = Terms(confirm_after=timedelta(days=180), ahead=timedelta(days=14))
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
AGES = st.timedeltas(timedelta(0), timedelta(days=400))
LEFT = st.none() | st.timedeltas(timedelta(days=-60), timedelta(days=400))


def dates(age: timedelta, left: timedelta | None, wider: timedelta | None = None) -> Dates:
    return Dates(NOW - age, None if left is None else NOW + left, None if wider is None else NOW - wider)


@given(AGES, LEFT)
def test_whatever_hedges_lies_on_a_desk(age: timedelta, left: timedelta | None) -> None:
    found = dates(age, left)
    if hedge(found, NOW, TERMS) is not None:
        assert due(found, NOW, TERMS) is not None


@given(AGES, LEFT, st.none() | AGES)
def test_confirming_clears_the_desk(age: timedelta, left: timedelta | None, wider: timedelta | None) -> None:
    found = dates(age, left, wider)
    after = Dates(NOW, extended(found.valid_until, NOW, TERMS), found.wider_at)
    assert due(after, NOW, TERMS) is None
    assert hedge(after, NOW, TERMS) is None
    assert found.valid_until is None or (after.valid_until is not None and after.valid_until >= found.valid_until)


@given(AGES, LEFT)
def test_the_earliest_deadline_is_the_one_shown(age: timedelta, left: timedelta | None) -> None:
    one = due(dates(age, left), NOW, TERMS)
    if one is not None and one.reason is DueReason.STALE and left is not None and left <= 2 * TERMS.ahead:
        assert one.at <= NOW + left


def test_at_the_edges() -> None:
    day = timedelta(days=1)
    assert hedge(dates(day, 14 * day), NOW, TERMS) is Hedge.EXPIRING
    assert hedge(dates(day, 14 * day + timedelta(seconds=1)), NOW, TERMS) is None
    assert hedge(dates(180 * day, None), NOW, TERMS) is Hedge.STALE
    assert hedge(dates(180 * day, 3 * day), NOW, TERMS) is Hedge.EXPIRING
    assert due(dates(day, None), NOW, TERMS) is None
    assert [one.reason for one in (
        due(dates(day, -day), NOW, TERMS), due(dates(day, 20 * day), NOW, TERMS), due(dates(170 * day, None), NOW, TERMS),
        due(dates(10 * day, None, 3 * day), NOW, TERMS)) if one] == [
            DueReason.EXPIRED, DueReason.EXPIRING, DueReason.STALE, DueReason.WIDER]
    assert extended(None, NOW, TERMS) is None
    assert extended(NOW + 300 * day, NOW, TERMS) == NOW + 300 * day
    assert extended(NOW - 30 * day, NOW, TERMS) == NOW + 180 * day
