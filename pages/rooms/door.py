"""Applications to rooms on pages: how one looks, what is asked about one."""

from typing import Any

from pages.live import Acts, Args, number, text
from yunshequ.bootstrap import Container
from yunshequ.community.schemas import Relation
from yunshequ.community.words import RELATION_WORDS
from yunshequ.core.i18n import _
from yunshequ.core.policy import Actor
from yunshequ.rooms.schemas import EntryView


def entry(one: EntryView) -> dict[str, Any]:
    """Return an application as those who decide it see it."""
    home = [one.room_no, _(RELATION_WORDS[Relation(one.relation)]) if one.relation and one.room_no else '']
    parts = [_('房号 {home}', home=' '.join(part for part in home if part)) if one.room_no else '']
    parts.append(f'{one.question} {one.answer}' if one.question and one.answer else one.answer)
    return {
        'id': one.id, 'name': one.nickname or _('（称呼已清除）'), 'detail': ' · '.join(part for part in parts if part),
        'state': one.state.value, 'at': one.asked_at.isoformat(), 'by': one.decided_by, 'reason': one.reason,
    }


def entry_acts(acts: Acts, c: Container) -> None:
    """Register what decides an application."""
    door = c.rooms.door

    @acts.on('entry.accept')
    async def accept(actor: Actor, args: Args) -> None:
        await door.accept(actor, number(args, 'id'))

    @acts.on('entry.refuse')
    async def refuse(actor: Actor, args: Args) -> None:
        await door.refuse(actor, number(args, 'id'), text(args, 'reason'))

    @acts.on('entry.undo')
    async def undo(actor: Actor, args: Args) -> None:
        await door.undo(actor, number(args, 'id'))
