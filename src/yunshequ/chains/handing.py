"""What passes on with an office: 接龙 somebody has started and that still run."""

from yunshequ.chains.models import Chain
from yunshequ.core.handing import Work
from yunshequ.core.i18n import N_
from yunshequ.rooms.handing import place_of_room

_chain = Chain.__table__  # type: ignore[attr-defined]
WORKS = (
    Work('chain', N_('发起的接龙'), _chain, 'starter_id', _chain.c.title, place_of_room(_chain.c.room_id), lambda: _chain.c.closed_at.is_(None)),
)
