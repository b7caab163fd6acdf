"""The rule pack (规则包): periods, grounds, purposes and the notice, with their edition and sources."""

from datetime import timedelta
from functools import cached_property
from pathlib import Path

from pydantic import BaseModel, ConfigDict, model_validator

FILE = Path(__file__).parents[3] / 'data' / 'rules' / 'privacy' / 'personal_data.json'


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra='forbid')


class Period(_Part):
    """How long something is kept and on what grounds. ``days`` None: no term of its own; ``least_days``: a law's minimum."""

    words: str
    days: int | None
    source: str
    least_days: int = 0

    @model_validator(mode='after')
    def _long_enough(self) -> 'Period':
        if self.days is not None and self.days < self.least_days:
            raise ValueError(f'{self.words}: the law wants {self.least_days} days')
        return self


class Purpose(_Part):
    """What a person may consent to. ``opt_out``: done until the person objects."""

    version: str
    opt_out: bool
    title: str
    text: str


class Notice(_Part):
    """The privacy notice (隐私说明)."""

    version: str
    title: str
    paragraphs: tuple[str, ...]


class Rules(_Part):
    """The pack."""

    id: str
    version: str
    name: str
    source: str
    cooling_days: int
    export_hours: int
    approval_hours: int
    periods: dict[str, Period]
    purposes: dict[str, Purpose]
    notice: Notice

    @cached_property
    def cooling(self) -> timedelta:
        """Return how long a deletion may be taken back."""
        return timedelta(days=self.cooling_days)

    @classmethod
    def load(cls, path: Path = FILE) -> 'Rules':
        """Read the pack."""
        return cls.model_validate_json(path.read_text(encoding='utf-8'))
