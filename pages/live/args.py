"""Reading what a component sent with an act: whoever writes a page of their own can send anything."""

from collections.abc import Mapping
from typing import Any

from yunshequ.core.errors import Invalid
from yunshequ.core.i18n import N_

Args = Mapping[str, Any]

STALE = N_('页面版本太旧，请刷新后再试')
EXACT = 1 << 53
"""Whole numbers below are exact in JavaScript; no id of ours is larger."""
LONGEST = 20_000
"""Characters no text of ours exceeds; each service has its own, smaller limit and says so in its own words."""


def number(args: Args, name: str) -> int:
    """Return a whole number, not negative.

    :raises Invalid: it is none.
    """
    value = args.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < EXACT:
        raise Invalid(STALE, field=name)
    return value


def text(args: Args, name: str) -> str:
    """Return a text, empty if none was sent.

    :raises Invalid: it is no text, or longer than any of ours.
    """
    value = args.get(name)
    if value is None:
        return ''
    if not isinstance(value, str) or len(value) > LONGEST:
        raise Invalid(STALE, field=name)
    return value


def is_storable(value: object) -> bool:
    """Tell whether a database can take everything in ``value``: no NUL signs, no endless numbers.

    PostgreSQL refuses both in the middle of a unit of work, and with it the posts of others that share the unit.
    """
    match value:
        case str():
            return '\x00' not in value
        case int():
            return -EXACT < value < EXACT
        case dict():
            return all(is_storable(key) and is_storable(one) for key, one in value.items())
        case list():
            return all(map(is_storable, value))
    return True
