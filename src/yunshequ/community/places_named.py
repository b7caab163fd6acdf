"""Which place a line of a file means by the words of 小区 and 楼栋, and which words mean a place."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from yunshequ.community.schemas import PlaceKind
from yunshequ.core.i18n import N_
from yunshequ.core.sheet import cell

_NUMBERED = re.compile(r'(\d+)(栋|幢|号楼|号|楼|座|#)?')


@dataclass(frozen=True, slots=True)
class Named:
    """A place; ``inside`` tells whether it lies at or below the one a file is for."""

    id: int
    parent_id: int | None
    kind: PlaceKind
    name: str
    inside: bool = True


def name_key(name: str) -> str:
    """Return what two writings of a place's name have in common: width, spaces, the apostrophe of our own exports."""
    text = name.strip()
    if text.startswith("'") and cell(text[1:]) != text[1:]:
        text = text[1:]
    return ''.join(unicodedata.normalize('NFKC', text).split())


def number_key(name: str) -> str:
    """Return the number of a building however its kind is called (3栋, 3幢, 3号楼, 3), else its name."""
    key = name_key(name)
    match = _NUMBERED.fullmatch(key)
    return match[1].lstrip('0') or '0' if match else key


class PlaceNames:
    """The buildings and estates of a file's place by name."""

    def __init__(self, places: Iterable[Named]) -> None:
        self._by_id = {place.id: place for place in places}
        self._named: dict[PlaceKind, dict[str, list[Named]]] = {PlaceKind.BUILDING: defaultdict(list), PlaceKind.ESTATE: defaultdict(list)}
        self._numbered: dict[str, list[Named]] = defaultdict(list)
        for place in self._by_id.values():
            if place.inside and place.kind in self._named:
                self._named[place.kind][name_key(place.name)].append(place)
                if place.kind is PlaceKind.BUILDING:
                    self._numbered[number_key(place.name)].append(place)

    def name(self, place_id: int) -> str:
        """Return a place's name."""
        return self._by_id[place_id].name

    def find(self, estate: str, building: str) -> int | tuple[str, dict[str, object]]:
        """Return the place meant, or why there is no telling: a message and its parameters."""
        if not building:
            found = self._named[PlaceKind.ESTATE].get(name_key(estate), [])
            if not found:
                return N_('没有叫“{name}”的小区，请先在“地点和住户”里添加'), {'name': estate}
            return self._only(found, estate)
        for known in (self._named[PlaceKind.BUILDING].get(name_key(building), []), self._numbered.get(number_key(building), [])):
            found = self._in_estate(known, estate) if estate else known
            if found:
                return self._only(found, building)
        if estate:
            return N_('“{estate}”下面没有“{name}”，请先在“地点和住户”里添加'), {'estate': estate, 'name': building}
        return N_('没有叫“{name}”的楼栋，请先在“地点和住户”里添加'), {'name': building}

    def written(self, place_id: int) -> tuple[str, str]:
        """Return the words for 小区 and 楼栋 that lead back to a place."""
        place = self._by_id[place_id]
        if place.kind is PlaceKind.ESTATE:
            return place.name, ''
        above = self._by_id.get(place.parent_id or 0)
        if above is None:
            return '', place.name
        alone = len(self._named[PlaceKind.BUILDING][name_key(place.name)]) == 1
        return (above.name if above.kind is PlaceKind.ESTATE or not alone else ''), place.name

    def _in_estate(self, known: list[Named], estate: str) -> list[Named]:
        """Return those right below a place of that name, else those anywhere below one."""
        key = name_key(estate)
        return [one for one in known if key in self._names_above(one)[:1]] or [one for one in known if key in self._names_above(one)]

    def _names_above(self, place: Named) -> list[str]:
        names = []
        above = self._by_id.get(place.parent_id or 0)
        while above is not None:
            names.append(name_key(above.name))
            above = self._by_id.get(above.parent_id or 0)
        return names

    @staticmethod
    def _only(found: list[Named], name: str) -> int | tuple[str, dict[str, object]]:
        if len(found) > 1:
            return N_('有 {n} 处叫“{name}”，请在“小区”一栏写明是哪里'), {'n': len(found), 'name': name}
        return found[0].id
