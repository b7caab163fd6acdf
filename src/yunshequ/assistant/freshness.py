"""How long an answer may be believed (时效): when 小栖 hedges by itself, and when an entry waits on its owner's desk. Pure rules."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Hedge(StrEnum):
    """Why an answer is told with a reserve."""

    EXPIRING = 'expiring'  # 快到期: its last day is near
    STALE = 'stale'  # 久未核对: nobody has confirmed it for long


class DueReason(StrEnum):
    """Why an entry waits for its keeper."""

    EXPIRED = 'expired'  # 已到期: it is no longer told
    EXPIRING = 'expiring'  # 快到期
    STALE = 'stale'  # 该核对了
    WIDER = 'wider'  # 上级口径改了: the wider entry it overrides was published anew
    LINK = 'link'  # 链接打不开: it links to a page of ours that is no more


@dataclass(frozen=True, slots=True)
class Terms:
    """The periods in force; ``core.settings`` names them.

    ``confirm_after``: how long a confirmation counts. ``ahead``: how long before its last day an answer says so, and how
    long before any deadline an entry comes onto a desk.
    """

    confirm_after: timedelta = timedelta(days=180)
    ahead: timedelta = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Dates:
    """What is known of an entry's time. ``wider_at`` is when the entry it overrides was last published in new words."""

    confirmed_at: datetime
    valid_until: datetime | None = None
    wider_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """What waits and by when it should be done."""

    reason: DueReason
    at: datetime


def hedge(dates: Dates, now: datetime, terms: Terms) -> Hedge | None:
    """Return the reserve an answer is told with; the nearer danger first. An expired one is not told at all."""
    if dates.valid_until is not None and dates.valid_until - now <= terms.ahead:
        return Hedge.EXPIRING
    if now - dates.confirmed_at >= terms.confirm_after:
        return Hedge.STALE
    return None


def due(dates: Dates, now: datetime, terms: Terms) -> Due | None:
    """Return what waits for the keeper of a published entry, the earliest deadline; None while nothing does.

    An entry comes onto the desk before residents hear a reserve, so that they never need to.
    """
    found = []
    if dates.valid_until is not None and dates.valid_until - now <= 2 * terms.ahead:
        found.append(Due(DueReason.EXPIRED if dates.valid_until <= now else DueReason.EXPIRING, dates.valid_until))
    stale_at = dates.confirmed_at + terms.confirm_after
    if stale_at - now <= terms.ahead:
        found.append(Due(DueReason.STALE, stale_at))
    if dates.wider_at is not None and dates.wider_at > dates.confirmed_at:
        found.append(Due(DueReason.WIDER, dates.wider_at + terms.ahead))
    return min(found, key=lambda one: one.at, default=None)


def extended(valid_until: datetime | None, now: datetime, terms: Terms) -> datetime | None:
    """Return the last day after 还有效: one near its end holds one period longer, counted from now or its end, whichever is later."""
    if valid_until is None or valid_until - now > 2 * terms.ahead:
        return valid_until
    return max(valid_until, now) + terms.confirm_after
