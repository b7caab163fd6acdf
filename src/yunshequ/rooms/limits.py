"""The figures of good order (限额): a versioned rule pack, so that a community can see and change them without code."""

import json
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

PACK = Path(__file__).parents[3] / 'data' / 'rules' / 'rooms' / 'limits.json'


class _Figures(BaseModel):
    model_config = ConfigDict(frozen=True, extra='forbid')


class Pace(_Figures):
    """So many messages of one person in one room within so many seconds."""

    messages: int
    seconds: int

    @property
    def rule(self) -> str:
        """The pace as the throttle reads it."""
        return f'{self.messages}/{self.seconds} seconds'


class Mentions(_Figures):
    """How many people one message may name, and how often a room may be called as a whole (@所有人)."""

    most: int
    everybody: Pace


class Duplicates(_Figures):
    """A text of ``letters`` letters or more may be said ``same`` times within ``minutes``, in all rooms together.

    Two texts are the same when ``similarity`` of their pairs of neighbouring letters are shared, signs and spaces left out.
    """

    same: int
    minutes: int
    letters: int
    similarity: float


class Probation(_Figures):
    """新成员: until both ``days`` have passed and ``messages`` were sent, no links and a slower ``flood``."""

    days: int
    messages: int
    flood: Pace


class Reports(_Figures):
    """How often one person may report, by when a report is answered, after how long a claim may be taken over."""

    most: int
    minutes: int
    answer_hours: int
    claim_minutes: int


class Mute(_Figures):
    """Lengths of 禁言, in minutes."""

    longest_minutes: int
    choices_minutes: tuple[int, ...]


class Slow(_Figures):
    """慢速模式: seconds between two messages of one person."""

    choices_seconds: tuple[int, ...]
    longest_seconds: int


class Limits(_Figures):
    """The whole pack."""

    version: str
    source: str
    flood: Pace
    mentions: Mentions
    duplicates: Duplicates
    probation: Probation
    reports: Reports
    mute: Mute
    slow: Slow


@cache
def limits() -> Limits:
    """Return the figures in force."""
    return Limits.model_validate(json.loads(PACK.read_text(encoding='utf-8')))
