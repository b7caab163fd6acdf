"""Reloads come one after the other, as fast as this machine serves them."""

import pytest

from pages.live.turns import FASTEST, OF_START, SHARE, SLOWEST, Turns


class Machine:
    """Clocks that move when told."""

    def __init__(self, spent: float) -> None:
        self.spent = spent
        self.now = 100.0

    def turns(self) -> Turns:
        return Turns(spent=lambda: self.spent, clock=lambda: self.now)


def test_a_slow_start_means_a_slow_machine() -> None:
    slow, fast = Machine(4.0).turns(), Machine(1.0).turns()
    assert slow.cost == pytest.approx(4.0 * OF_START)
    assert fast.cost == pytest.approx(1.0 * OF_START)
    assert Machine(0.01).turns().cost == FASTEST
    assert Machine(900.0).turns().cost == SLOWEST


def test_the_first_goes_at_once_and_a_thousand_one_after_the_other() -> None:
    turns = Machine(1.6).turns()
    waits = [turns.take() for _ in range(1000)]
    assert waits[0] == 0
    assert waits == sorted(waits)
    assert waits[-1] == pytest.approx(999 * 10 / SHARE, rel=0.01)


def test_what_pages_really_cost_is_learned() -> None:
    machine = Machine(1.6)
    turns = machine.turns()
    for _ in range(60):
        machine.spent += 0.02
        turns.served()
    assert turns.cost == pytest.approx(0.02, rel=0.02)


def test_nobody_waits_for_turns_long_past() -> None:
    machine = Machine(1.6)
    turns = machine.turns()
    for _ in range(100):
        turns.take()
    machine.now += 60
    assert turns.take() == 0
