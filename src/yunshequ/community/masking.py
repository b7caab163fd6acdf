"""Masks (脱敏): what a list shows of a resident until somebody in office has said why they need to know."""

from yunshequ.community.schemas import RollEntry
from yunshequ.core.policy import RESIDENT_ROLES

STAR = '*'
HIDDEN_PHONE = STAR * 11


def mask_name(name: str) -> str:
    """Return a name with its first character only; a building before it stays, e.g. ``3栋-张**``."""
    building, dash, own = name.rpartition('-')
    return building + dash + own[:1] + STAR * max(1, min(len(own) - 1, 3))


def masked(entry: RollEntry) -> RollEntry:
    """Return an entry of the roll as a list shows it. Whoever is in office is known by name."""
    public = any(grant.role not in RESIDENT_ROLES for grant in entry.roles)
    return entry.model_copy(update={
        'name': entry.name if public else mask_name(entry.name), 'phone_mask': HIDDEN_PHONE if entry.phone_mask else None, 'masked': True})
