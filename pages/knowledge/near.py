"""What says the same already: shown while somebody writes, and to be looked at before it is saved."""

from collections.abc import Sequence

from nicegui import ui

from pages.forms import button
from pages.knowledge.around import PATH
from pages.knowledge.look import STATE_TAGS, STATE_WORDS
from yunshequ.assistant.tool_schemas import Near
from yunshequ.core.i18n import _


def hint(found: Sequence[Near]) -> None:
    """Show the entries, here."""
    if found:
        ui.label(_('已有相近的条目，可能只需给它加一个相似问法：')).classes('ys-hint')
        _list(found)


async def looked_at(found: Sequence[Near]) -> bool:
    """Have the entries looked at; tell whether the new one says something else and is to be saved."""
    with ui.dialog() as dialog, ui.card().classes('ys-kb-dialog').props('role=dialog aria-modal=true'):
        ui.label(_('已有相近的条目，可能只需给它加一个相似问法：')).style('font-weight: 600')
        _list(found)
        with ui.element('div').classes('ys-ask-acts'):
            button(_('我看过了，内容不一样'), lambda: dialog.submit(True), main=True)
            button(_('先不保存'), lambda: dialog.submit(False))
    different = await dialog
    dialog.delete()
    return bool(different)


def _list(found: Sequence[Near]) -> None:
    for one in found:
        with ui.element('p').classes('ys-kb-near'):
            ui.link(one.question, f'{PATH}/{one.entry_id}', new_tab=True)
            ui.label(_(STATE_WORDS[one.state])).classes(f'ys-tag {STATE_TAGS[one.state]}')
