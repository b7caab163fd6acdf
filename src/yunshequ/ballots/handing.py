"""What passes on with an office: votes prepared or open, whose cards are posted in the name of who made them."""

from yunshequ.ballots import tables as t
from yunshequ.ballots.schemas import State
from yunshequ.core.handing import Work
from yunshequ.core.i18n import N_

WORKS = (
    Work('ballot', N_('发起的表决'), t.ballot, 'created_by', t.ballot.c.title, t.ballot.c.place_id,
         lambda: t.ballot.c.state.in_([State.DRAFT.value, State.OPEN.value])),
)
