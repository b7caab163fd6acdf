"""What the staff forms share: fields with words beside them, local times, deeds that may be refused."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from nicegui import ui
from nicegui.elements.mixins.validation_element import ValidationElement
from pydantic import ValidationError

from pages import guards
from yunshequ.core.clock import SHANGHAI, local
from yunshequ.core.errors import AppError
from yunshequ.core.i18n import _, set_locale
from yunshequ.core.policy import Actor

T = TypeVar('T')
Fields = Mapping[str, ValidationElement[Any]]


async def attempt(actor: Actor, deed: Callable[[], Awaitable[T]], fields: Fields | None = None) -> T | None:
    """Do ``deed`` in the name of ``actor``, whose login must still stand; a refusal is shown beside its field or as a notice.

    Returns None when it was refused.
    """
    set_locale(actor.locale)
    shown = fields or {}
    for field in shown.values():
        field.error = None
    try:
        await guards.still_in(actor)
        return await deed()
    except ValidationError as problem:
        for error in problem.errors():
            name = str(error['loc'][-1]) if error['loc'] else ''
            _show(shown, name, _('请检查这一项：不能空着，也不要太长'))
    except AppError as refusal:
        _show(shown, refusal.field or '', refusal.words())
    return None


def _show(fields: Fields, name: str, words: str) -> None:
    field = fields.get(name)
    if field is None:
        ui.notify(words, type='negative', position='top', multi_line=True)
    else:
        field.error = words


def button(words: str, on_click: Callable[[], Any], *, main: bool = False) -> ui.button:
    """Return a button in our own look; ``main`` for the one thing a form is for.

    A tap while the deed of the last one is under way does nothing: two quick taps are one.
    """
    busy = False

    async def tapped() -> None:
        nonlocal busy
        if busy:
            return
        busy = True
        try:
            done = on_click()
            if isinstance(done, Awaitable):
                await done
        finally:
            busy = False

    made = ui.button(words, on_click=tapped, color=None).props('flat no-caps')
    return made.classes('ys-btn ys-btn-main' if main else 'ys-btn')


def text(label: str, *, value: str = '', hint: str = '', lines: int = 0, most: int = 60) -> ui.input | ui.textarea:
    """Return a text field with its label above."""
    made: ui.input | ui.textarea = ui.textarea(label, value=value) if lines else ui.input(label, value=value)
    made.props(f'outlined stack-label maxlength={most}')
    if hint:
        made.props['hint'] = hint
    return made


def moment(label: str, at: datetime) -> ui.input:
    """Return a field for a local date and time."""
    return ui.input(label, value=f'{local(at):%Y-%m-%dT%H:%M}').props('outlined stack-label type=datetime-local')


def instant(field: ui.input) -> datetime:
    """Return what such a field holds, in UTC.

    :raises ValueError: it holds no time (pydantic and callers treat it as a missing value).
    """
    return datetime.fromisoformat(str(field.value)).replace(tzinfo=SHANGHAI).astimezone(UTC)
