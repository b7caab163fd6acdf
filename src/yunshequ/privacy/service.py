"""The privacy module's face: each part is what a person, or somebody in office, may do about personal data."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from yunshequ.core.clock import Clock
from yunshequ.core.database import Database
from yunshequ.core.personal import Keeper
from yunshequ.core.policy import Policy
from yunshequ.core.throttle import Throttle
from yunshequ.privacy import leaving, my_data, retention
from yunshequ.privacy.access import AccessLog
from yunshequ.privacy.consents import Consents
from yunshequ.privacy.exports import TwoPersonExports
from yunshequ.privacy.leaving import Leaving
from yunshequ.privacy.my_data import MyData
from yunshequ.privacy.ports import Effect, Exporter, People
from yunshequ.privacy.retention import Retention
from yunshequ.privacy.rules import Rules


class PrivacyService:
    """Everything about rights over personal data. ``keepers`` go from the outermost module inwards: in this order they delete."""

    def __init__(
        self, db: Database, policy: Policy, clock: Clock, people: People, throttle: Throttle, folder: Path,
        keepers: Sequence[Keeper], effects: Mapping[str, Effect], exporters: Mapping[str, Exporter],
    ) -> None:
        self.rules = Rules.load()
        self.keepers = tuple(keepers)
        self.my_data = MyData(db, clock, throttle, people, self.rules, self.keepers, folder)
        self.leaving = Leaving(db, clock, people, self.rules, self.keepers, self.my_data)
        self.consents = Consents(db, self.rules, effects)
        self.access = AccessLog(db, clock, people)
        self.exports = TwoPersonExports(db, policy, clock, throttle, people, self.rules, exporters)
        self.retention = Retention(db, policy, clock, self.rules, self.keepers)

    async def start(self) -> None:
        """See to it that what is due goes in the coming night."""
        await self.retention.schedule()

    def jobs(self) -> dict[str, Callable[[dict[str, Any]], Awaitable[None]]]:
        """Return what the module does with time, by kind of job."""
        return {
            my_data.BUILD: self.my_data.build, my_data.DROP: self.my_data.drop, leaving.ERASE: self.leaving.erase,
            retention.SWEEP: self.retention.run,
        }
