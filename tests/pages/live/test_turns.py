"""Reloads come one after the other, as fast as this machine serves them."""

import pytest

from pages.live.turns import FASTEST, OF_START, SHARE, SLOWEST, SOON, Turns


class Machine:
    """Clocks that move when told."""

    def __init__(self, spent: float) -> None:
        self.spent = spent
        self.now = 100.0

    def turns(self) -> Turns:
        return Turns(spent=lambda: self.spent, clock=lambda: self.now)


def test_a_slow_start_means_a_slow_machine() -> None:
    slow, fast = Machine(4.0).turns(), Machine(2.0).turns()
    assert slow.cost == pytest.approx(4.0 * OF_START)
    assert fast.cost == pytest.approx(2.0 * OF_START)
    assert Machine(0.01).turns().cost == FASTEST
    assert Machine(900.0).turns().cost == SLOWEST


def test_the_first_goes_at_once_and_those_far_behind_ask_again_at_half_time() -> None:
    turns = Machine(0.01 / OF_START).turns()
    given = [turns.take() for _ in range(1000)]
    near, far = [turn for turn in given if not turn.again], [turn for turn in given if turn.again]
    assert near == given[:len(near)]
    assert given[0].header() == '0'
    assert [turn.wait for turn in near] == pytest.approx([n * 0.01 / SHARE for n in range(len(near))])
    assert near[-1].wait <= SOON
    assert far[-1].wait == pytest.approx(999 * 0.01 / SHARE / 2)
    assert far[-1].header() == f'{int(far[-1].wait * 1000)} 999'


@pytest.mark.parametrize('cost', [0.004, 0.01, 0.03])
def test_a_thousand_load_at_the_pace_pages_really_have(cost: float) -> None:
    machine = Machine(1.6)
    turns = machine.turns()
    began = machine.now
    waiting = [(began, None)] * 1000
    loaded: list[float] = []
    while waiting:
        waiting.sort(key=lambda one: one[0])
        at, number = waiting.pop(0)
        machine.now = max(machine.now, at)
        turn = turns.take(number)
        if turn.again:
            waiting.append((at + turn.wait, turn.number))
        else:
            loaded.append(at + turn.wait)
            machine.spent += cost
            turns.served()
    assert max(loaded) - began == pytest.approx(1000 * cost / SHARE, rel=0.15)


def test_what_pages_really_cost_is_learned() -> None:
    machine = Machine(1.6)
    turns = machine.turns()
    for _ in range(320):
        machine.spent += 0.02
        turns.served()
    assert turns.cost == pytest.approx(0.02, rel=0.02)


def test_nobody_waits_for_turns_long_past() -> None:
    machine = Machine(1.6)
    turns = machine.turns()
    for _ in range(100):
        turns.take()
    machine.now += 60
    assert turns.take().wait == 0
