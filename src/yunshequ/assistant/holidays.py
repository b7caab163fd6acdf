"""Public holidays and the days worked in exchange (放假和调休): one notice a year, and what is to be done while it is not filled in.

The days stand in ``data/rules/office/holidays.json`` with the notice they come from. A year without its notice is no error: only
the holidays that are on the same date every year count, and whoever keeps the desk is told.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, model_validator

PACK = Path(__file__).parents[3] / 'data' / 'rules' / 'office' / 'holidays.json'
YEARS = 30
"""Years for which the holidays on fixed dates count while there is no notice."""
SOON = timedelta(days=60)
"""How long before a year begins its list is missed; the notice comes in the last months of the year before."""


class _Checked(BaseModel):
    """Against which texts a notice was compared, and when."""

    model_config = ConfigDict(frozen=True, extra='forbid')

    on: date
    against: str


class _Notice(BaseModel):
    """One year's notice. ``off``: name, first and last day; ``work``: days of a weekend on which people work."""

    model_config = ConfigDict(frozen=True, extra='forbid')

    document: str
    title: str
    issued: date
    address: str
    checked: _Checked
    off: tuple[tuple[str, date, date], ...]
    work: tuple[date, ...] = ()


class _EveryYear(BaseModel):
    """The holidays on fixed dates; ``off``: name, first and last day as ``MM-DD``."""

    model_config = ConfigDict(frozen=True, extra='forbid')

    document: str
    note: str
    checked: _Checked
    off: tuple[tuple[str, str, str], ...]

    def days(self, year: int) -> set[date]:
        """Return the days of one year."""
        pairs = [(date.fromisoformat(f'{year}-{first}'), date.fromisoformat(f'{year}-{last}')) for _name, first, last in self.off]
        return {day for first, last in pairs for day in _from_to(first, last)}


class _Pack(BaseModel):
    """The data file; a year that is null has to be filled in."""

    model_config = ConfigDict(frozen=True, extra='forbid')

    version: str
    source: str
    note: str
    every_year: _EveryYear
    years: dict[int, _Notice | None]

    @model_validator(mode='after')
    def _own_years(self) -> '_Pack':
        for year, notice in self.years.items():
            for name, first, last in notice.off if notice is not None else ():
                if first > last or year not in {first.year, last.year}:
                    raise ValueError(f'{year}: {name} {first} – {last}')
            for day in notice.work if notice is not None else ():
                if abs((day - date(year, 7, 1)).days) > 200:
                    raise ValueError(f'{year}: {day}')
        return self


@dataclass(frozen=True, slots=True)
class Holidays:
    """The public calendar. ``filled``: the years whose notice is known."""

    off: frozenset[date] = frozenset()
    work: frozenset[date] = frozenset()
    filled: frozenset[int] = frozenset()
    documents: Mapping[int, str] = field(default_factory=dict)
    """The number of each year's notice (文号)."""

    @classmethod
    def load(cls, path: Path = PACK) -> 'Holidays':
        """Read the notices.

        :raises ValueError: the file says something that is no such list.
        """
        read = _Pack.model_validate(json.loads(path.read_text(encoding='utf-8')))
        notices = {year: notice for year, notice in read.years.items() if notice is not None}
        off = {day for notice in notices.values() for _name, first, last in notice.off for day in _from_to(first, last)}
        since = min(notices, default=2026)
        for year in range(since, since + YEARS):
            off |= read.every_year.days(year) if year not in notices else set()
        return cls(
            frozenset(off), frozenset(day for notice in notices.values() for day in notice.work), frozenset(notices),
            {year: notice.document for year, notice in notices.items()})

    def missing(self, today: date) -> list[int]:
        """Return the years, this one and one that begins within ``SOON``, whose list is not filled in."""
        return [year for year in sorted({today.year, (today + SOON).year}) if year not in self.filled]


def _from_to(first: date, last: date) -> set[date]:
    return {first + timedelta(days=ahead) for ahead in range((last - first).days + 1)}
