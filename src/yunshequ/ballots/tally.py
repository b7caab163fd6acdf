"""Counting (计票): pure functions over choices. A tally is only ever moved by differences."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from yunshequ.ballots.quorum import Totals
from yunshequ.ballots.schemas import Choice, Method
from yunshequ.core.errors import Invalid
from yunshequ.core.i18n import N_


@dataclass(frozen=True, slots=True)
class Count:
    """What an option has: votes, their area (0.01 m²) and heads, and the sum of scores."""

    votes: int = 0
    area: int = 0
    heads: int = 0
    score: int = 0

    def __add__(self, other: 'Count') -> 'Count':
        return Count(
            self.votes + other.votes, self.area + other.area, self.heads + other.heads, self.score + other.score,
        )

    def __neg__(self) -> 'Count':
        return Count(-self.votes, -self.area, -self.heads, -self.score)

    def __bool__(self) -> bool:
        return self != Count()

    def totals(self) -> Totals:
        """Return it as sums over a part of the roll."""
        return Totals(units=self.votes, area=self.area, heads=self.heads)


Counts = dict[int, Count]
"""What each option has, by option id."""


def checked(method: Method, options: Sequence[int], choice: Choice, *, max_choices: int, max_score: int) -> Choice:
    """Return ``choice`` in its normal form: each option once, ordered; a score of 0 is the same as none.

    :raises Invalid: the choice is not one that the method allows.
    """
    chosen = dict(choice)
    if len(chosen) != len(choice) or not chosen.keys() <= set(options):
        raise Invalid(N_('选项有误，请刷新后重新选择'), field='choice')
    if method is Method.SCORE:
        if any(not 0 <= score <= max_score for score in chosen.values()):
            raise Invalid(N_('分数应在 0 到 {max} 之间'), field='choice', max=max_score)
        return tuple(sorted((option, score) for option, score in chosen.items() if score))
    if any(value != 1 for value in chosen.values()):
        raise Invalid(N_('选项有误，请刷新后重新选择'), field='choice')
    if method is Method.SINGLE and len(chosen) != 1:
        raise Invalid(N_('请选择一项'), field='choice')
    if method is Method.MULTIPLE and not 1 <= len(chosen) <= max_choices:
        raise Invalid(N_('请选择 1 到 {max} 项'), field='choice', max=max_choices)
    return tuple(sorted(chosen.items()))


def weigh(method: Method, choice: Choice, weight: Totals) -> Counts:
    """Return what one vote of ``weight`` gives to each option it names."""
    return {
        option: Count(1, weight.area, weight.heads, value if method is Method.SCORE else 0) for option, value in choice
    }


def difference(method: Method, old: Choice | None, new: Choice, weight: Totals) -> Counts:
    """Return by how much each option moves when ``new`` takes the place of ``old``; options that stay are left out."""
    moved = weigh(method, new, weight)
    for option, count in weigh(method, old or (), weight).items():
        moved[option] = moved.get(option, Count()) + -count
    return {option: count for option, count in moved.items() if count}


def add(counts: Counts, more: Mapping[int, Count]) -> None:
    """Move ``counts`` by ``more``."""
    for option, count in more.items():
        counts[option] = counts.get(option, Count()) + count


def count_all(method: Method, votes: Iterable[tuple[Choice, Totals]]) -> Counts:
    """Count votes from nothing: what any sequence of differences must have led to."""
    counts: Counts = {}
    for choice, weight in votes:
        add(counts, weigh(method, choice, weight))
    return {option: count for option, count in counts.items() if count}


def leaders(method: Method, counts: Mapping[int, Count], options: Sequence[int]) -> list[int]:
    """Return the options that lead, in their order: one, several in a tie, none when nothing was given.

    Scores are compared by their sum, everything else by votes. Ties are not broken: no rule here says how.
    """
    def strength(option: int) -> int:
        count = counts.get(option, Count())
        return count.score if method is Method.SCORE else count.votes

    best = max((strength(option) for option in options), default=0)
    return [option for option in options if strength(option) == best] if best else []
