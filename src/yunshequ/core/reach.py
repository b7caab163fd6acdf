"""Reach (范围): the places whose affairs concern somebody, told from her grants, as a condition for lists."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, ColumnElement, or_

from yunshequ.core.policy import RESIDENT_ROLES, Grant


@dataclass(frozen=True, slots=True)
class Reach:
    """``exact`` paths concern a resident: home and all above it. All below ``offices`` concerns staff."""

    exact: frozenset[str]
    offices: tuple[str, ...]

    def covers(self, path: 'Column[str]') -> ColumnElement[bool]:
        """Return the condition that a column with the path of a place lies in reach."""
        return or_(path.in_(self.exact), *(path.like(office + '%') for office in self.offices))


def reach(grants: Iterable[Grant], now: datetime) -> Reach:
    """Return what concerns the holder of ``grants`` at ``now``."""
    exact: set[str] = set()
    offices: set[str] = set()
    for grant in grants:
        if not grant.holds_at(grant.path, now):
            continue
        if grant.role in RESIDENT_ROLES:
            parts = grant.path.strip('/').split('/')
            exact.update('/' + '/'.join(parts[:n]) + '/' for n in range(1, len(parts) + 1))
        else:
            offices.add(grant.path)
    return Reach(frozenset(exact), tuple(sorted(offices)))
