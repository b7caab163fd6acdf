"""The clock of the desk (办公时间): when a person is there, when the next one will be, by when a case is due. A pure rule over a data file.

The figures are the community's own (``data/rules/office/hours.json``): weekdays, spans of a day, and days that differ from the public
calendar (``holidays``), which says when everybody is off and which weekends are worked in exchange (调休).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from yunshequ.assistant.holidays import Holidays
from yunshequ.assistant.schemas import DeskHours
from yunshequ.core.clock import SHANGHAI, local
from yunshequ.core.errors import Invalid
from yunshequ.core.i18n import N_

PACK = Path(__file__).parents[3] / 'data' / 'rules' / 'office' / 'hours.json'
AHEAD = 400
"""Days looked ahead for the next open hour: a year of holidays is a mistake in the file."""


class _Hours(BaseModel):
    """The data file. ``days``: 1 Monday … 7 Sunday; ``holidays`` and ``workdays``: dates that differ from their weekday."""

    model_config = ConfigDict(frozen=True, extra='forbid')

    version: str
    source: str
    days: frozenset[int]
    spans: tuple[tuple[time, time], ...]
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class DeskClock:
    """Office hours in Asia/Shanghai. ``days``: 1 Monday … 7 Sunday; ``spans``: opening and closing, in order."""

    days: frozenset[int] = frozenset({1, 2, 3, 4, 5})
    spans: tuple[tuple[time, time], ...] = ((time(9), time(12)), (time(13, 30), time(17, 30)))
    holidays: frozenset[date] = frozenset()
    """Days on which nobody is there, whatever weekday they are."""
    workdays: frozenset[date] = frozenset()
    """Days on which people work although their weekday is free; they go before holidays."""

    @classmethod
    def load(cls, path: Path = PACK, public: Holidays | None = None) -> 'DeskClock':
        """Read the hours a community has filled in; its own days go before those of the public calendar.

        :raises ValueError: the file says something that is no such table.
        """
        read = _Hours.model_validate(json.loads(path.read_text(encoding='utf-8')))
        public = public or Holidays.load()
        return cls(
            read.days, read.spans, (public.off - read.workdays) | read.holidays, (public.work - read.holidays) | read.workdays)

    def within(self, hours: DeskHours | None) -> 'DeskClock':
        """Return the clock of a department with hours of its own; holidays and days worked in exchange are those of all."""
        return self if hours is None else replace(self, days=frozenset(hours.days), spans=hours.spans)

    def works(self, day: date) -> bool:
        """Tell whether somebody is there on a day."""
        return day in self.workdays or (day.isoweekday() in self.days and day not in self.holidays)

    def __call__(self, at: datetime) -> datetime | None:
        """Return None while the office is open at ``at``, else when it opens next.

        :raises ValueError: no day of the year ahead is an office day.
        """
        start, end = next(self._open_from(at))
        return None if start <= at < end else start.astimezone(at.tzinfo)

    def after(self, at: datetime, work: timedelta) -> datetime:
        """Return the instant when ``work`` of open time has passed since ``at``; with no work, when the office is next open.

        :raises ValueError: as above.
        """
        left = work
        for start, end in self._open_from(at):
            begin = max(start, at)
            if begin + left <= end:
                return (begin + left).astimezone(at.tzinfo)
            left -= end - begin
        raise ValueError('an office that never opens')

    def _open_from(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the open spans that end after ``at``, in order."""
        here = local(at)
        for ahead in range(AHEAD):
            day = here.date() + timedelta(days=ahead)
            if self.works(day):
                for opens, closes in self.spans:
                    end = datetime.combine(day, closes, SHANGHAI)
                    if end > here:
                        yield datetime.combine(day, opens, SHANGHAI), end
        raise ValueError('an office that never opens')


def require_hours(hours: DeskHours) -> None:
    """Return if somebody could keep these hours.

    :raises Invalid: no day, no hour, or hours that end before they begin or overlap.
    """
    if not hours.days or not all(1 <= day <= 7 for day in hours.days):
        raise Invalid(N_('请至少选一天'), field='days')
    ends = [at for span in hours.spans for at in span]
    if not ends or any(first >= second for first, second in pairwise(ends)):
        raise Invalid(N_('请写好接转人工的时间，结束要晚于开始，下午要晚于上午'), field='spans')
