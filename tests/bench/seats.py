"""Seats under pressure: ``python -m tests.bench.seats`` prints exact counts for SQLite and PostgreSQL.

One shift of 19 seats. 200 sign-ups at one moment by 150 people from several processes, 50 of them double taps: half
with the same client id (a retry), half with another (a second phone), always through another process. Then 100 people
cancel at one moment while the queue moves up. What each client was told is compared with what the database holds.

The last line is one JSON object: the arguments (``seats``, ``signups``, ``double_taps``, ``cancellations``,
``processes``), ``database`` (the databases measured), ``ok`` (everything below is as it must be), ``confirmed`` (the most
of any database, must be 19), ``waitlisted`` (the fewest, must be 131), the sums ``lost`` and ``doubled``, and
for ``sqlite`` and ``postgresql`` each an object with

- ``database``: which one;
- ``confirmed`` / ``waitlisted``: people with a seat / in line after the sign-ups (must be 19 and 131);
- ``doubled``: people with two live sign-ups, in any phase (must be 0);
- ``lost``: people who were told something the database does not hold (must be 0);
- ``refused``: sign-ups that ended in an error (must be 0);
- ``counter_taken`` / ``counter_waiting``: the counters on the shift's row after the sign-ups (must equal the rows);
- ``cancelled``: cancellations carried out (must be 100);
- ``confirmed_after`` / ``waitlisted_after``: after the cancellations (must be 19 and 31);
- ``promoted``: people who moved up from the queue to a seat;
- ``line_kept``: whether those seated at the end are exactly the first of those who stayed, by order of arrival;
- ``counters_after``: the counters on the shift's row then (seats taken, people in line);
- ``most_taken``: greatest number of seats ever announced as taken (must be 19);
- ``accepted_p50_ms`` / ``accepted_p99_ms``: from a sign-up's call to its answer, all of them started at once.
"""

import argparse
import asyncio
import json
import multiprocessing
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from tests.modules.emergency_world import open_world, read, scratch
from yunshequ.core.clock import SystemClock
from yunshequ.core.policy import Actor
from yunshequ.core.schedule import DueJob
from yunshequ.emergency.events import SeatsChanged
from yunshequ.emergency.models import Shift, Signup
from yunshequ.emergency.schemas import LIVE_STATES, SEATED, SignupState
from yunshequ.emergency.seats import TELL_PROMOTED

_shift = Shift.__table__  # type: ignore[attr-defined]
_signup = Signup.__table__  # type: ignore[attr-defined]
_job = DueJob.__table__  # type: ignore[attr-defined]


START_WITHIN = 90.0
"""Seconds in which all processes must be ready to start."""


@dataclass(frozen=True)
class Plan:
    """How much is done."""

    seats: int = 19
    signups: int = 200
    double_taps: int = 50
    cancellations: int = 100
    processes: int = 2
    seed: int = 19

    @property
    def people(self) -> int:
        """Different people who sign up."""
        return self.signups - self.double_taps


@dataclass
class Told:
    """What one process's clients were told."""

    states: list[tuple[int, int, str]] = field(default_factory=list)
    """Member, sign-up, state."""
    refused: int = 0
    ms: list[float] = field(default_factory=list)
    taken: list[int] = field(default_factory=list)


async def _sign_up(url: str, taps: list[tuple[int, str]], shift_id: int, gate: Any) -> Told:
    told = Told()
    async with open_world(url, clock=SystemClock(), fill=False) as world:
        for member_id, _client_id in taps:
            await world.community.grants_of(member_id)  # as on an open page: rights are cached
        await asyncio.to_thread(gate.wait, START_WITHIN)

        async def one(member_id: int, client_id: str) -> None:
            began = time.perf_counter()
            try:
                signup = await world.emergency.sign_up(Actor(member_id), shift_id, client_id)
                told.states.append((member_id, signup.id, signup.state.value))
            except Exception as error:
                print('refused:', error, file=sys.stderr)
                told.refused += 1
            told.ms.append((time.perf_counter() - began) * 1000)

        await asyncio.gather(*(one(*tap) for tap in taps))
        told.taken = [event.taken for event in world.seen(SeatsChanged)]
    return told


async def _cancel(url: str, signups: list[tuple[int, int]], gate: Any) -> Told:
    told = Told()
    async with open_world(url, clock=SystemClock(), fill=False) as world:
        await asyncio.to_thread(gate.wait, START_WITHIN)

        async def one(member_id: int, signup_id: int) -> None:
            try:
                signup = await world.emergency.cancel(Actor(member_id), signup_id)
                told.states.append((member_id, signup_id, signup.state.value))
            except Exception as error:
                print('refused:', error, file=sys.stderr)
                told.refused += 1

        await asyncio.gather(*(one(*signup) for signup in signups))
        told.taken = [event.taken for event in world.seen(SeatsChanged)]
    return told


def _worker(work: Any, args: tuple[Any, ...], gate: Any, answers: Any) -> None:
    answers.put(asyncio.run(work(*args, gate)))


def _at_once(work: Any, shares: list[tuple[Any, ...]]) -> list[Told]:
    """Run ``work`` with each share of arguments in a process of its own, all let go at one moment."""
    if len(shares) == 1:
        return [asyncio.run(work(*shares[0], multiprocessing.Barrier(1)))]
    context = multiprocessing.get_context('spawn')
    gate, answers = context.Barrier(len(shares)), context.Queue()
    processes = [context.Process(target=_worker, args=(work, share, gate, answers), daemon=True) for share in shares]
    for process in processes:
        process.start()
    told = [answers.get(timeout=2 * START_WITHIN) for _ in processes]
    for process in processes:
        process.join()
    return told


async def _prepare(url: str, plan: Plan) -> tuple[int, list[int]]:
    async with open_world(url, clock=SystemClock(), residents=plan.people) as world:
        call = await world.call(plan.seats)
        return call.shifts[0].id, [world.people[f'r{number}'].member_id for number in range(plan.people)]


async def _look(url: str, shift_id: int) -> tuple[Any, list[Any], int]:
    async with open_world(url, clock=SystemClock(), fill=False) as world:
        shift = (await read(world.db, select(_shift).where(_shift.c.id == shift_id)))[0]
        signups = await read(world.db, select(_signup).where(_signup.c.shift_id == shift_id).order_by(_signup.c.position))
        promotions = await read(world.db, select(_job.c.id).where(_job.c.kind == TELL_PROMOTED))
        return shift, signups, len(promotions)


def _count(signups: list[Any], states: tuple[str, ...]) -> int:
    return sum(row.state in states for row in signups)


def _doubled(signups: list[Any]) -> int:
    live = Counter(row.member_id for row in signups if row.state in LIVE_STATES)
    return sum(1 for times in live.values() if times > 1)


def measure(url: str, database: str, plan: Plan) -> dict[str, Any]:
    """Do the whole thing on one database and return its figures."""
    chance = random.Random(plan.seed)
    shift_id, members = asyncio.run(_prepare(url, plan))
    first = [(member, f'tap-{member}-first') for member in members]
    again = [
        (member, f'tap-{member}-first' if index % 2 else f'tap-{member}-other')
        for index, member in enumerate(chance.sample(members, plan.double_taps))
    ]
    home = {member: index % plan.processes for index, member in enumerate(members)}
    shares: list[list[tuple[int, str]]] = [[] for _ in range(plan.processes)]
    for tap in first:
        shares[home[tap[0]]].append(tap)
    for tap in again:
        shares[(home[tap[0]] + 1) % plan.processes].append(tap)
    for share in shares:
        chance.shuffle(share)
    told = _at_once(_sign_up, [(url, share, shift_id) for share in shares])
    shift, signups, _ = asyncio.run(_look(url, shift_id))
    held = {row.id: row for row in signups}
    lost = sum(
        1 for part in told for member, signup, state in part.states
        if signup not in held or held[signup].member_id != member or held[signup].state != state
    )
    milliseconds = sorted(ms for part in told for ms in part.ms)
    result: dict[str, Any] = {
        'database': database,
        'confirmed': _count(signups, SEATED), 'waitlisted': _count(signups, (SignupState.WAITLISTED.value,)),
        'doubled': _doubled(signups), 'refused': sum(part.refused for part in told),
        'counter_taken': shift.taken, 'counter_waiting': shift.waiting,
        'accepted_p50_ms': round(statistics.median(milliseconds), 1),
        'accepted_p99_ms': round(milliseconds[min(int(len(milliseconds) * 0.99), len(milliseconds) - 1)], 1),
    }
    most = max(taken for part in told for taken in part.taken)

    leavers = chance.sample([(row.member_id, row.id) for row in signups], plan.cancellations)
    told = _at_once(_cancel, [(url, leavers[number::plan.processes]) for number in range(plan.processes)])
    shift, signups, promoted = asyncio.run(_look(url, shift_id))
    gone = {row.id for row in signups if row.state == SignupState.CANCELLED}
    lost += sum(1 for part in told for _m, signup, state in part.states if signup not in gone or state != 'cancelled')
    staying = [row for row in signups if row.state in LIVE_STATES]
    after = _count(signups, SEATED)
    result |= {
        'cancelled': len(gone), 'confirmed_after': after,
        'waitlisted_after': _count(signups, (SignupState.WAITLISTED.value,)),
        'promoted': promoted, 'refused': result['refused'] + sum(part.refused for part in told),
        'line_kept': all(row.state in SEATED for row in staying[:after]),
        'doubled': result['doubled'] + _doubled(signups), 'lost': lost,
        'most_taken': max(most, max((taken for part in told for taken in part.taken), default=0)),
        'counters_after': [shift.taken, shift.waiting],
    }
    return result


def is_right(result: dict[str, Any], plan: Plan) -> bool:
    """Tell whether every figure is the one it must be."""
    seated, staying = min(plan.seats, plan.people), plan.people - plan.cancellations
    seated_after = min(plan.seats, staying)
    return (
        result['confirmed'] == result['counter_taken'] == result['most_taken'] == seated
        and result['waitlisted'] == result['counter_waiting'] == plan.people - seated
        and result['doubled'] == result['lost'] == result['refused'] == 0
        and result['cancelled'] == plan.cancellations
        and [result['confirmed_after'], result['waitlisted_after']] == [seated_after, staying - seated_after]
        and result['counters_after'] == [seated_after, staying - seated_after]
        and result['line_kept'] is True
    )


def run(plan: Plan, databases: list[str]) -> dict[str, Any]:
    """Measure each database and return the whole JSON object."""
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for database in databases:
            with scratch(database, Path(folder)) as url:
                results[database] = measure(url, database, plan)
    return {
        'bench': 'seats', 'seats': plan.seats, 'signups': plan.signups, 'double_taps': plan.double_taps,
        'cancellations': plan.cancellations, 'processes': plan.processes, 'database': '+'.join(databases),
        'confirmed': max(result['confirmed'] for result in results.values()),
        'waitlisted': min(result['waitlisted'] for result in results.values()),
        'ok': all(is_right(result, plan) for result in results.values()),
        'lost': sum(result['lost'] for result in results.values()),
        'doubled': sum(result['doubled'] for result in results.values()),
        **results,
    }


def main() -> None:
    """Parse arguments, run, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or '').splitlines()[0])
    parser.add_argument('--seats', type=int, default=19)
    parser.add_argument('--signups', type=int, default=200, help='requests, double taps included')
    parser.add_argument('--double-taps', type=int, default=50)
    parser.add_argument('--cancellations', type=int, default=100)
    parser.add_argument('--processes', type=int, default=2, help='processes that share the load and the database')
    parser.add_argument('--database', choices=('sqlite', 'postgresql', 'both'), default='both')
    given = parser.parse_args()
    plan = Plan(given.seats, given.signups, given.double_taps, given.cancellations, given.processes)
    databases = ['sqlite', 'postgresql'] if given.database == 'both' else [given.database]
    whole = run(plan, databases)
    for database in databases:
        one = whole[database]
        print(f'{database:>10}: {plan.signups} sign-ups for {plan.seats} seats -> {one["confirmed"]} confirmed, '
              f'{one["waitlisted"]} waitlisted, {one["doubled"]} doubled, {one["lost"]} lost; '
              f'{one["cancelled"]} cancelled -> {one["confirmed_after"]} confirmed ({one["promoted"]} moved up), '
              f'{one["waitlisted_after"]} waitlisted; line kept: {one["line_kept"]}')
    print(json.dumps(whole))
    sys.exit(0 if whole['ok'] else 1)


if __name__ == '__main__':
    main()
