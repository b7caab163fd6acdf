"""The dialog in which moderators say why: outcome, length, reason, a note; a refusal leaves all of it standing."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from nicegui import ui

from pages.forms import attempt, button, text
from pages.order_words import mutes, reasons
from pages.people.look import heading
from yunshequ.core.i18n import _, set_locale
from yunshequ.core.policy import Actor
from yunshequ.rooms.order_schemas import LONGEST_NOTE, Outcome, Reason


@dataclass(frozen=True, slots=True)
class Said:
    """What was filled in."""

    reason: Reason
    note: str
    minutes: int
    outcome: Outcome


Deed = Callable[[Said], Awaitable[object]]


def ask(
    actor: Actor, title: str, deed: Deed, done: str, *, about: str = '', outcomes: dict[Outcome, str] | None = None, minutes: bool = False,
    reason: bool = True, note: str = '',
) -> None:
    """Open the dialog and do ``deed`` with what is filled in.

    :param outcomes: what there is to choose from, if there is a choice; the length shows only where something mutes
    :param minutes: ask for the length of a mute
    :param reason: ask for a reason; without it the note alone is asked
    :param note: label of the note
    """
    set_locale(actor.locale)
    # outside the list the button stands in: what is written survives when news draws the list again
    with ui.context.client.content, ui.dialog() as dialog, ui.card().classes('ys-form'):
        dialog.props['aria-label'] = title
        heading(title)
        if about:
            ui.label(about).classes('ys-order-quote')
        outcome = ui.radio(outcomes, value=next(iter(outcomes))) if outcomes else None
        length = ui.select(mutes(), value=60, label=_('禁言多久')).props('outlined')
        why = ui.select(reasons(), label=_('理由')).props('outlined')
        said = text(note or _('补充说明（选“其他”时必填）'), lines=2, most=LONGEST_NOTE).props('rows=2')

        def show() -> None:
            doing = outcome.value if outcome is not None else None
            length.set_visibility(minutes or doing in {Outcome.MUTE, Outcome.BOTH})
            why.set_visibility(reason and doing is not Outcome.NONE)

        async def send() -> None:
            doing = Outcome(outcome.value) if outcome is not None else Outcome.NONE
            if why.visible and why.value is None:
                why.error = _('请选一个理由')
                return
            filled = Said(Reason(why.value or Reason.OTHER), said.value or '', int(length.value), doing)

            async def do() -> bool:
                await deed(filled)
                return True

            if await attempt(actor, do, {'note': said, 'words': said, 'answer': said, 'minutes': length}):
                ui.notify(done, type='positive', position='top')
                dialog.close()

        if outcome is not None:
            outcome.on_value_change(show)
        show()
        with ui.element('div').classes('ys-acts'):
            button(_('确定'), send, main=True)
            button(_('取消'), dialog.close)
    dialog.on('hide', dialog.delete)
    dialog.open()
