"""Moving windows of rate limits: what is let through, told by a naive count."""

import asyncio

import time_machine
from hypothesis import given
from hypothesis import strategies as st

from yunshequ.core.windows import SWEEP, MemoryWindows

GAPS = st.lists(st.floats(min_value=0, max_value=20, allow_nan=False), min_size=1, max_size=40)


@given(gaps=GAPS, limit=st.integers(1, 5), expiry=st.integers(1, 30))
def test_never_more_than_the_limit_in_any_window_and_never_less_than_allowed(gaps: list[float], limit: int, expiry: int) -> None:
    async def play() -> None:
        windows, allowed = MemoryWindows(), list[float]()
        with time_machine.travel(1_800_000_000.0, tick=False) as clock:
            now = 1_800_000_000.0
            for gap in gaps:
                now += gap
                clock.move_to(now)
                within = [one for one in allowed if one >= now - expiry]
                assert (await windows.get_moving_window('someone', limit, expiry))[1] == len(within)
                let = await windows.acquire_entry('someone', limit, expiry)
                assert let == (len(within) < limit)
                if let:
                    allowed.append(now)

    asyncio.run(play())


async def test_people_do_not_share_a_window_and_a_cleared_one_is_empty() -> None:
    windows = MemoryWindows()
    assert [await windows.acquire_entry('a', 1, 60), await windows.acquire_entry('a', 1, 60)] == [True, False]
    assert await windows.acquire_entry('b', 1, 60)
    await windows.clear('a')
    assert await windows.acquire_entry('a', 1, 60)


async def test_what_has_run_out_is_forgotten() -> None:
    windows = MemoryWindows()
    with time_machine.travel(1_800_000_000.0, tick=False) as clock:
        for n in range(100):
            await windows.acquire_entry(f'visitor-{n}', 5, 10)
        clock.shift(SWEEP + 11)
        await windows.acquire_entry('late', 5, 10)
        assert await windows.reset() == 1
