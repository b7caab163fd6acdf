"""Rolls (表决名册): who has a vote, worked out once at opening and frozen."""

from collections.abc import Iterable
from dataclasses import dataclass

from yunshequ.ballots.ports import Electorate
from yunshequ.ballots.quorum import Totals
from yunshequ.ballots.schemas import Unit
from yunshequ.community.levels import Level
from yunshequ.community.schemas import HouseholdView


@dataclass(frozen=True, slots=True)
class Entry:
    """One vote: its key, how people call it, its weight, and who may give it."""

    unit: str
    label: str
    area: int
    heads: int
    member_ids: tuple[int, ...]


async def draw_up(electorate: Electorate, place_id: int, unit: Unit, level: Level) -> list[Entry]:
    """Return the roll of a place for a kind of vote."""
    if unit is Unit.PERSON:
        return of_persons(await electorate.residents(place_id, level))
    households = await electorate.households(place_id)
    if unit is Unit.HOUSEHOLD:
        return of_households(households, owners_only=level is Level.OWNER)
    return of_owners(households)


def of_persons(member_ids: Iterable[int]) -> list[Entry]:
    """Return one vote for each person."""
    return [Entry(f'm:{member}', '', 0, 1, (member,)) for member in sorted(set(member_ids))]


def of_households(households: Iterable[HouseholdView], *, owners_only: bool) -> list[Entry]:
    """Return one vote for each household on the roll.

    A household nobody speaks for yet stays on the roll: it counts in the whole, it only cannot vote online.
    """
    return [
        Entry(f'h:{h.id}', h.label, h.area_cm2, 1, tuple(sorted(h.owner_ids if owners_only else h.member_ids)))
        for h in sorted(households, key=lambda h: h.id)
    ]


def of_owners(households: Iterable[HouseholdView]) -> list[Entry]:
    """Return one vote for each set of owners, with the area of all their flats and one head.

    Whoever owns several flats is one head (建筑物区分所有权解释 art. 9). A flat whose owner is not known online is
    an entry of its own: it counts in the whole.
    """
    groups: dict[object, list[HouseholdView]] = {}
    for household in sorted(households, key=lambda h: h.id):
        owners = tuple(sorted(household.owner_ids))
        groups.setdefault(owners or f'unknown {household.id}', []).append(household)
    return [
        Entry(
            f'o:{flats[0].id}', '、'.join(flat.label for flat in flats), sum(flat.area_cm2 for flat in flats), 1,
            tuple(sorted(flats[0].owner_ids)),
        )
        for flats in groups.values()
    ]


def whole(entries: Iterable[Entry]) -> Totals:
    """Return the sums over a roll."""
    units = area = heads = 0
    for entry in entries:
        units, area, heads = units + 1, area + entry.area, heads + entry.heads
    return Totals(units=units, area=area, heads=heads)
