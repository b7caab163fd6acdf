"""到期清理: what is past its period is deleted or emptied every night; staff can see beforehand what that would be."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from yunshequ.core.clock import Clock, local
from yunshequ.core.database import Database
from yunshequ.core.personal import Keeper, Sweep
from yunshequ.core.policy import Actor, Policy
from yunshequ.core.unit import Tx
from yunshequ.privacy.rules import Rules
from yunshequ.privacy.schemas import SweepView

SWEEP = 'privacy.sweep'
AT_ONCE = 5000
"""Rows of one unit of work: others wait for the writer meanwhile."""
NIGHT_HOUR = 3


class Retention:
    """The periods of the rule pack, kept."""

    def __init__(self, db: Database, policy: Policy, clock: Clock, rules: Rules, keepers: Sequence[Keeper]) -> None:
        self._db = db
        self._policy = policy
        self._clock = clock
        self._rules = rules
        self._sweeps = [(keeper, sweep) for keeper in keepers for sweep in keeper.sweeps]

    async def due(self, actor: Actor, place_id: int) -> list[SweepView]:
        """Return what the next night would delete or empty; nothing is written.

        :raises NotPermitted: the actor is not of the place's office.
        """
        await self._policy.require(actor, 'privacy.see_retention', place_id)
        now = self._clock.now()
        found = []
        for _keeper, sweep in self._sweeps:
            period = self._rules.periods[sweep.period]
            due = await self._db.read(lambda session, sweep=sweep: sweep.count(session, self._cutoff(sweep, now)))  # type: ignore[misc]
            found.append(SweepView(title=sweep.title, period=period.words, source=period.source, due=due))
        return found

    async def run(self, _payload: dict[str, Any]) -> None:
        """Job: delete and empty what is due, then come back the next night. Running it twice changes nothing more."""
        now = self._clock.now()
        for keeper, sweep in self._sweeps:
            total = 0
            while True:
                done, files = await self._db.write(lambda tx, k=keeper, s=sweep: k.sweep(tx, s, self._cutoff(s, now), AT_ONCE))  # type: ignore[misc]
                total += done
                await asyncio.to_thread(_remove, files)
                if done < AT_ONCE:
                    break
            if total:
                await self._db.write(lambda tx, s=sweep, n=total: tx.audit(  # type: ignore[misc]
                    None, 'privacy.swept', f'table:{s.table.name}', detail={'n': n, 'period': s.period, 'rules': self._rules.version}))
        await self.schedule()

    async def schedule(self) -> None:
        """Have the sweep done in the coming night."""
        night = _next_night(self._clock.now())
        await self._db.write(lambda tx: _schedule(tx, night))

    def _cutoff(self, sweep: Sweep, now: datetime) -> datetime:
        return now - timedelta(days=self._rules.periods[sweep.period].days or 0)


def _schedule(tx: Tx, night: datetime) -> None:
    tx.schedule(SWEEP, night, {}, key=f'{SWEEP}:{night:%Y-%m-%d}')


def _next_night(now: datetime) -> datetime:
    night = local(now).replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0)
    return night if night > local(now) else night + timedelta(days=1)


def _remove(files: Sequence[Path]) -> None:
    for path in files:
        path.unlink(missing_ok=True)
