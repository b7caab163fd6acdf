"""Office hours (值班时间): when a person is there, and when the next one will be."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from yunshequ.core.clock import SHANGHAI, local


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """The same hours each week, in Asia/Shanghai. ``days``: 1 Monday … 7 Sunday; ``spans``: opening and closing."""

    days: frozenset[int] = frozenset({1, 2, 3, 4, 5})
    spans: tuple[tuple[time, time], ...] = ((time(9), time(12)), (time(13, 30), time(17, 30)))

    def __call__(self, at: datetime) -> datetime | None:
        """Return None while the office is open at ``at``, else when it opens next.

        :raises ValueError: no day is an office day.
        """
        here = local(at)
        for ahead in range(8):
            day = here.date() + timedelta(days=ahead)
            if day.isoweekday() not in self.days:
                continue
            for opens, closes in self.spans:
                start = datetime.combine(day, opens, SHANGHAI)
                if start <= here < datetime.combine(day, closes, SHANGHAI):
                    return None
                if start > here:
                    return start.astimezone(at.tzinfo)
        raise ValueError('an office that never opens')

    def after(self, at: datetime, work: timedelta) -> datetime:
        """Return the instant when ``work`` of open time has passed since ``at``."""
        moment = at
        left = work
        while True:
            moment = self(moment) or moment
            here = local(moment)
            closes = next(
                datetime.combine(here.date(), end, SHANGHAI)
                for start, end in self.spans if start <= here.timetz().replace(tzinfo=None) < end
            )
            if here + left <= closes:
                return (here + left).astimezone(at.tzinfo)
            left -= closes - here
            moment = closes.astimezone(at.tzinfo)
