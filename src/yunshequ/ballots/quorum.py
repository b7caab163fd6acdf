"""Quorum (法定比例): pure rules over integers. 以上 includes the figure, 过半数 and 超过 do not (民法典 art. 1259)."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Measure(StrEnum):
    """What is counted."""

    UNITS = 'units'  # persons or households, as the vote says
    AREA = 'area'  # floor area in 0.01 m²
    HEADS = 'heads'  # owners


class Totals(BaseModel):
    """Sums over part of a roll: entries, floor area in 0.01 m², owners."""

    model_config = ConfigDict(frozen=True)

    units: int = 0
    area: int = 0
    heads: int = 0

    def of(self, measure: Measure) -> int:
        """Return one of the sums."""
        return int(getattr(self, measure.value))


Positive = Annotated[int, Field(gt=0)]


class Bound(BaseModel):
    """A share of a whole that must be reached (``strict``: exceeded), as an integer fraction."""

    model_config = ConfigDict(frozen=True, extra='forbid')

    measure: Measure
    of: Literal['roll', 'participating']
    share: tuple[Positive, Positive]
    strict: bool

    @model_validator(mode='after')
    def _at_most_whole(self) -> 'Bound':
        numerator, denominator = self.share
        if numerator > denominator or (self.strict and numerator == denominator):
            raise ValueError('a share above the whole can never be reached')
        return self

    def needed(self, whole: int) -> int:
        """Return the smallest count that meets the bound for ``whole``; at least 1, since nobody decides nothing."""
        numerator, denominator = self.share
        least = whole * numerator // denominator + 1 if self.strict else -(-whole * numerator // denominator)
        return max(least, 1)

    def met(self, count: int, whole: int) -> bool:
        """Tell whether ``count`` out of ``whole`` is enough."""
        return count >= self.needed(whole)


class Check(BaseModel):
    """One bound held against the figures."""

    model_config = ConfigDict(frozen=True)

    stage: Literal['participation', 'approval']
    measure: Measure
    of: Literal['roll', 'participating']
    share: tuple[int, int]
    strict: bool
    count: int
    whole: int
    needed: int

    @property
    def met(self) -> bool:
        """Whether it is reached."""
        return self.count >= self.needed

    @property
    def missing(self) -> int:
        """How much is lacking; 0 when reached."""
        return max(0, self.needed - self.count)


def participation(bounds: Iterable[Bound], roll: Totals, cast: Totals) -> tuple[Check, ...]:
    """Hold turnout against the roll."""
    return tuple(_check('participation', bound, cast.of(bound.measure), roll.of(bound.measure)) for bound in bounds)


def approval(bounds: Iterable[Bound], roll: Totals, cast: Totals, support: Totals) -> tuple[Check, ...]:
    """Hold the support of one option against the roll or against those who took part, as each bound says."""
    return tuple(
        _check('approval', bound, support.of(bound.measure), (roll if bound.of == 'roll' else cast).of(bound.measure))
        for bound in bounds
    )


def _check(stage: Literal['participation', 'approval'], bound: Bound, count: int, whole: int) -> Check:
    return Check(
        stage=stage, measure=bound.measure, of=bound.of, share=bound.share, strict=bound.strict,
        count=count, whole=whole, needed=bound.needed(whole),
    )
