"""Limits that a restart does not clear; on both databases."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.conftest import World
from yunshequ.accounts.service import AccountsService
from yunshequ.bootstrap import Container
from yunshequ.core.clock import MovableClock
from yunshequ.core.errors import Invalid, TooMany
from yunshequ.core.lasting import LastingThrottle, ThrottleHit

RULE, WORDS = '3/10 minutes', '请 {seconds} 秒后再试'
PHONE, IP = '13800000077', '192.0.2.77'


async def rows(container: Container) -> int:
    return int(await container.db.read(lambda s: s.connection().scalar(select(func.count()).select_from(ThrottleHit)) or 0))


async def test_a_limit_counts_each_act_once_however_many_come_at_once(container: Container) -> None:
    throttle = LastingThrottle(container.db)
    passed = await asyncio.gather(*(throttle.hit(RULE, 'door', 'x') for _ in range(12)))
    assert sum(passed) == 3
    assert await throttle.hit(RULE, 'door', 'y')
    with pytest.raises(TooMany):
        await throttle.require_room(WORDS, RULE, 'door', 'x')
    await throttle.forget(RULE, 'door', 'x')
    await throttle.require_room(WORDS, RULE, 'door', 'x')


async def test_its_window_ends_and_leaves_no_rows(container: Container, clock: MovableClock) -> None:
    throttle = LastingThrottle(container.db)
    for _ in range(3):
        assert await throttle.hit(RULE, 'door', 'x')
    with pytest.raises(TooMany) as refusal:
        await throttle.require(WORDS, RULE, 'door', 'x')
    assert '601' in refusal.value.words() or '600' in refusal.value.words()
    clock.move(timedelta(minutes=10, seconds=1))
    assert await throttle.hit(RULE, 'other', 'z')
    assert await rows(container) == 1


async def test_who_guesses_a_password_goes_on_waiting_after_a_restart(container: Container, world: World) -> None:
    def started() -> AccountsService:
        return Container(container.settings, clock=container.clock, bus=container.bus).accounts

    first = AccountsService(
        container.db, container.community, container.sms, container.bus, container.clock, container.settings, LastingThrottle(container.db))
    for n in range(10):
        with pytest.raises(Invalid):
            await first.sign_in_password(PHONE, f'guess number {n}', IP, 'x')
    again = AccountsService(
        container.db, container.community, container.sms, container.bus, container.clock, container.settings, LastingThrottle(container.db))
    with pytest.raises(TooMany):
        await again.sign_in_password(PHONE, 'guess number 11', '192.0.2.78', 'x')
    assert isinstance(started()._throttle, LastingThrottle)
