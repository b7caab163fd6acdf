"""The rotating venue code, for any secret and any instant."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from yunshequ.emergency import checkin

secrets = st.text(min_size=1, max_size=64)
instants = st.datetimes(datetime(2024, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - given its zone beside


@given(secrets, instants)
def test_the_code_shown_is_accepted_for_its_window_and_the_next(secret: str, at: datetime) -> None:
    code = checkin.code_at(secret, at)
    assert len(code) == checkin.DIGITS
    assert code.isdigit()
    assert checkin.accepts(secret, code, at)
    until_change = timedelta(seconds=checkin.seconds_left(at))
    assert checkin.accepts(secret, code, at + until_change + timedelta(seconds=59))


@given(secrets, instants, st.integers(2, 5000))
def test_an_old_code_passes_only_by_the_chance_of_equal_digits(secret: str, at: datetime, windows: int) -> None:
    later = at + timedelta(seconds=60 * windows)
    code = checkin.code_at(secret, at)
    shown = {checkin.code_at(secret, later), checkin.code_at(secret, later - timedelta(seconds=60))}
    assert checkin.accepts(secret, code, later) == (code in shown)


@given(secrets, instants)
def test_a_code_from_the_future_is_no_better(secret: str, at: datetime) -> None:
    code = checkin.code_at(secret, at + timedelta(seconds=60))
    shown = {checkin.code_at(secret, at), checkin.code_at(secret, at - timedelta(seconds=60))}
    assert checkin.accepts(secret, code, at) == (code in shown)


@given(instants)
def test_seconds_left_leads_exactly_to_the_next_window(at: datetime) -> None:
    left = checkin.seconds_left(at)
    assert 1 <= left <= checkin.WINDOW_SECONDS
    whole = at.replace(microsecond=0)
    assert checkin.window_of(whole + timedelta(seconds=left)) == checkin.window_of(at) + 1
    assert checkin.window_of(whole + timedelta(seconds=left - 1)) == checkin.window_of(at)


@given(secrets, instants, st.text(max_size=12))
def test_whatever_is_typed_is_answered(secret: str, at: datetime, typed: str) -> None:
    digits = ''.join(c for c in typed if c.isascii() and c.isdigit())
    shown = {checkin.code_at(secret, at), checkin.code_at(secret, at - timedelta(seconds=60))}
    assert checkin.accepts(secret, typed, at) == (digits in shown)


def test_spaces_between_digits_are_forgiven() -> None:
    at = datetime(2025, 7, 1, tzinfo=UTC)
    code = checkin.code_at('secret', at)
    assert checkin.accepts('secret', f' {code[:3]} {code[3:]} ', at)
    assert not checkin.accepts('secret', '', at)


@given(instants, st.integers(5, 960))
def test_check_in_is_open_an_hour_around_the_start_and_never_after_the_end(start: datetime, minutes: int) -> None:
    end = start + timedelta(minutes=minutes)
    hour, moment = timedelta(minutes=60), timedelta(seconds=1)
    assert checkin.is_open(start, end, start - hour)
    assert not checkin.is_open(start, end, start - hour - moment)
    assert checkin.is_open(start, end, min(start + hour, end))
    assert not checkin.is_open(start, end, min(start + hour, end) + moment)


def test_codes_are_spread_evenly() -> None:
    codes = [int(checkin.code_for('a secret', window)) for window in range(5000)]
    tenths = [sum(code // 100_000 == tenth for code in codes) for tenth in range(10)]
    assert min(tenths) > 400
    assert len(set(codes)) > 4950
