"""The form that gives a role: whom, what, where, until when."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta

from nicegui import ui

from pages.forms import attempt
from yunshequ.bootstrap import Container
from yunshequ.community.schemas import PlaceView
from yunshequ.community.words import ROLE_WORDS
from yunshequ.core.clock import SHANGHAI
from yunshequ.core.errors import Invalid
from yunshequ.core.i18n import N_, _
from yunshequ.core.policy import Actor, Role

MOST_PLACES = 400
"""Places the form offers; for one further down, open its community first."""


async def choices(c: Container, actor: Actor, place: PlaceView) -> dict[str, str]:
    """Return what the actor may give at the place or below it: ``role:place`` -> words, the nearest places first."""
    found: dict[str, str] = {}
    for below in [place, *await c.community.below(place.id)][:MOST_PLACES]:
        for role in await c.community.grantable(actor, below.id):
            if role is not Role.MEMBER:
                found[f'{role}:{below.id}'] = f'{_(ROLE_WORDS[role])} · {below.name}'
    return found


def until(text: str | None) -> datetime | None:
    """Return the end of a day in Nanjing, None for an empty field.

    :raises Invalid: it is no date.
    """
    if not text:
        return None
    try:
        day = datetime.strptime(text, '%Y-%m-%d').replace(tzinfo=SHANGHAI)
    except ValueError:
        raise Invalid(N_('请选择日期'), field='valid_until') from None
    return (day + timedelta(days=1)).astimezone(UTC)


async def role_form(
    c: Container, actor: Actor, place: PlaceView, people: Mapping[int, str], done: Callable[[], Awaitable[None]],
) -> None:
    """Build the form; nothing at all for whoever may give no role here."""
    offered = await choices(c, actor, place)
    if not offered:
        return
    with ui.element('div').classes('ys-form'):
        member = ui.select(dict(people), label=_('谁'), value=next(iter(people)) if len(people) == 1 else None, with_input=True)
        member.props('outlined')
        member.set_visibility(len(people) != 1)
        role = ui.select(offered, label=_('任命为'), with_input=True).props('outlined')
        end = ui.input(_('任期到（不填为长期）')).props('outlined stack-label type=date')

        async def submit() -> None:
            async def deed() -> bool:
                if member.value is None:
                    raise Invalid(N_('请选择一个人'), field='member')
                if role.value is None:
                    raise Invalid(N_('请选择一个身份'), field='role')
                name, _colon, place_id = role.value.partition(':')
                await c.community.grant_role(actor, member.value, int(place_id), Role(name), valid_until=until(end.value))
                return True

            if await attempt(actor, deed, {'member': member, 'role': role, 'valid_until': end}):
                await done()

        ui.button(_('任命'), on_click=submit).props('unelevated no-caps')
