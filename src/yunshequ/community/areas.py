"""Floor areas (面积) in whole 0.01 m²: what merging and splitting flats does to them. Integers only; nothing is ever rounded away."""

from collections.abc import Sequence

from yunshequ.core.errors import Invalid
from yunshequ.core.i18n import N_


def merged(areas: Sequence[int]) -> int:
    """Return the area of flats made one; 0 (not recorded) only where none of them is.

    :raises Invalid: some are recorded and others are not, so that the sum would be wrong in votes by area.
    """
    if any(areas) and not all(areas):
        raise Invalid(N_('有的户还没有登记面积，请先补上再合并，否则按面积计票会不对'), field='flats')
    return sum(areas)


def check_split(area: int, parts: Sequence[int]) -> None:
    """Return if ``parts`` make up ``area`` exactly, or the area was not recorded and all or none of the parts are.

    :raises Invalid: they do not.
    """
    if any(part < 0 for part in parts) or (any(parts) and not all(parts)):
        raise Invalid(N_('请写出每一户的面积，或者都不写'), field='parts')
    if area and sum(parts) != area:
        raise Invalid(N_('拆开后的面积加起来是 {sum} 平方米，原来是 {area} 平方米，要一分不差'), field='parts',
                      sum=area_words(sum(parts)), area=area_words(area))


def area_words(area: int) -> str:
    """Return an area in m² with two decimals, e.g. ``89.35``."""
    return f'{area // 100}.{area % 100:02}'
