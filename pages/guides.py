"""/services/guide/{entry_id}: one answer as a guide to read at ease: steps, what to bring, source, until when; large type, and on paper."""

from nicegui import Client, ui
from nicegui.elements.mixins.text_element import TextElement

from pages import frame, guards, live, shell
from pages.forms import button
from pages.live import identify
from pages.people.look import day
from yunshequ.assistant.schemas import GuideView
from yunshequ.bootstrap import Container
from yunshequ.core.i18n import _
from yunshequ.core.policy import Actor

CSS = """
.ys-guide { display: flex; flex-direction: column; gap: 1rem; max-width: 44rem; width: 100%; }
.ys-guide-sheet { padding: 1.25rem 1.1rem; overflow-wrap: anywhere; }
.ys-guide-sheet h2 { font-size: 1.375em; font-weight: 600; line-height: 1.4; margin: 0 0 .75rem; }
.ys-guide-sheet h3 { font-size: 1.125em; font-weight: 600; line-height: 1.4; margin: 1.25rem 0 .4rem; }
.ys-guide-sheet p { line-height: 1.7; margin: 0; white-space: pre-wrap; }
.ys-guide-sheet ol, .ys-guide-sheet ul { line-height: 1.7; margin: 0; padding-inline-start: 1.5em; }
.ys-guide-sheet li { margin-block-end: .35rem; }
.ys-guide-sheet.is-large { font-size: 1.5rem; }
.ys-guide-facts { border-block-start: 1px solid var(--ys-line); color: var(--ys-ink-2); margin-block-start: 1.25rem !important; padding-block-start: .75rem; }
.ys-guide-acts { align-items: center; display: flex; flex-wrap: wrap; gap: .6rem; }
@media print {
  .ys-guide-acts, .ys-shell, #ys-line { display: none !important; }
  .ys-guide-sheet { border: 0; color: #000; font-size: 14pt; padding: 0; }
  body { background: #fff !important; }
  @page { margin: 18mm; size: A4; }
}
"""


def path(entry_id: int) -> str:
    """Return the address of a guide."""
    return f'/services/guide/{entry_id}'


def register(c: Container) -> None:
    """Add the page."""

    @ui.page('/services/guide/{entry_id}')
    @guards.signed_in
    async def guide(actor: Actor, client: Client, entry_id: int) -> None:
        identify(actor)
        shown = await c.assistant.guide(actor, entry_id)
        await frame.hear(c, live.fanout(), client, actor)
        ui.add_css(CSS)
        around = await frame.around(c, actor)
        with shell.resident(active='services', title=_('办事指南'), back='/services', **around), ui.element('div').classes('ys-guide'):
            _acts(_sheet(shown))


def _sheet(shown: GuideView) -> ui.element:
    """Draw the guide; whatever a keeper wrote is text."""
    with ui.element('article').classes('ys-card ys-guide-sheet') as sheet:
        _said('h2', shown.question)
        _said('p', shown.answer)
        if shown.reserve:
            _said('p', shown.reserve).classes('ys-guide-facts')
        if shown.steps:
            _said('h3', _('办理步骤'))
            with ui.element('ol'):
                for step in shown.steps:
                    _said('li', step)
        if shown.materials:
            _said('h3', _('要带什么'))
            with ui.element('ul'):
                for one in shown.materials:
                    _said('li', one)
        for link in shown.links:
            ui.link(link.title, link.href, new_tab=link.href.startswith('https://')).classes('ys-btn').style('margin-block-start: .75rem')
        facts = [_('来源：{source}', source=shown.source or shown.department)] if shown.source or shown.department else []
        if shown.source and shown.department:
            facts.append(_('部门：{department}', department=shown.department))
        facts.append(_('有效期到 {day}', day=day(shown.valid_until)) if shown.valid_until is not None else _('长期有效，办理前可以再问一次'))
        _said('p', '\n'.join(facts)).classes('ys-guide-facts')
    return sheet


def _acts(sheet: ui.element) -> None:
    with ui.element('div').classes('ys-guide-acts'):
        def turn() -> None:
            large = large_type.props.get('aria-pressed') != 'true'
            large_type.props['aria-pressed'] = 'true' if large else 'false'
            large_type.update()
            sheet.classes(add='is-large' if large else '', remove='' if large else 'is-large')

        large_type = button(_('大字看'), turn)
        large_type.props['aria-pressed'] = 'false'
        button(_('打印'), lambda: ui.run_javascript('window.print()'))
        ui.link(_('问小栖'), '/assistant').classes('ys-btn')


def _said(tag: str, words: str) -> TextElement:
    return TextElement(tag=tag, text=words)
