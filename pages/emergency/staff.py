"""/staff/emergency: the incidents an office is responsible for, opening one, keeping its timeline."""

from html import escape

from nicegui import ui

from pages import guards, live, shell
from pages.emergency.data import incident_data
from pages.emergency.resident import enter, incident_board, overview_board
from pages.forms import attempt, button, text
from yunshequ.bootstrap import Container
from yunshequ.core.i18n import N_, _
from yunshequ.core.ids import token
from yunshequ.core.policy import Actor
from yunshequ.emergency.schemas import LEVEL_WORDS, EntryKind, IncidentDraft, IncidentPage, IncidentView, Level

TITLE = N_('应急')
MOST_PLACES = 400
"""Places a form offers; who has more below picks from the levels above."""


async def places_for(c: Container, actor: Actor, action: str) -> dict[int, str]:
    """Return the places somebody may do ``action`` at, by id, the widest first."""
    found: dict[int, str] = {}
    for office in await c.community.offices(actor.member_id):
        for place in [office.place, *await c.community.below(office.place.id)]:
            if len(found) < MOST_PLACES and place.id not in found and await c.policy.may(actor, action, place.id):
                found[place.id] = await c.community.label_of(place.id)
    return found


def register(c: Container, acts: live.Acts) -> None:
    """Add the staff pages of incidents."""

    @ui.page('/staff/emergency')
    @guards.in_office
    async def overview(actor: Actor) -> None:
        around = await enter(c, actor)
        with shell.staff(active='emergency', title=_(TITLE), **around), desk():
            if await places_for(c, actor, 'emergency.open_incident'):
                ui.link(_('发布突发事件'), '/staff/emergency/new').classes('ys-btn ys-btn-main')
            await overview_board(c, acts, actor, href='/staff/emergency')

    @ui.page('/staff/emergency/new')
    @guards.in_office
    async def new(actor: Actor) -> None:
        around = await enter(c, actor)
        places = await places_for(c, actor, 'emergency.open_incident')
        with shell.staff(active='emergency', title=_('发布突发事件'), back='/staff/emergency', **around), desk(), section():
            if places:
                _open_form(c, actor, places)
            else:
                ui.label(_('突发事件由社区发布，请联系社区书记')).props('role=status')

    @ui.page('/staff/emergency/{incident_id}')
    @guards.in_office
    async def incident(actor: Actor, incident_id: int) -> None:
        around = await enter(c, actor, f'incident:{incident_id}')
        seen = await c.emergency.incident(actor, incident_id)
        title = incident_data(seen.incident)['title']
        with shell.staff(active='emergency', title=title, back='/staff/emergency', **around), desk():
            if seen.may_call:
                ui.link(_('招募志愿者'), f'/staff/emergency/{incident_id}/call').classes('ys-btn ys-btn-main')
            incident_board(acts, actor, seen, href='/staff/emergency')
            if seen.may_report:
                _report_form(c, actor, seen)
            if seen.may_close:
                _level_form(c, actor, seen)


def desk() -> ui.element:
    """Return the column of a staff page."""
    return ui.element('div').classes('ys-desk')


def section() -> ui.element:
    """Return a card that holds a form."""
    return ui.element('section').classes('ys-card ys-form')


def heading(words: str) -> None:
    """Draw the heading of a card."""
    ui.html(escape(words), tag='h2', sanitize=False)


def _open_form(c: Container, actor: Actor, places: dict[int, str]) -> None:
    client_id = token()
    fields = {
        'place_id': ui.select(places, label=_('影响范围'), value=next(iter(places)), with_input=True).props('outlined'),
        'title': text(_('发生了什么'), hint=_('一句话，例如：暴雨积水')),
        'text': text(_('详细情况'), lines=4, most=1000),
        'level': ui.select({one.value: _(LEVEL_WORDS[one]) for one in Level}, label=_('级别'),
                           value=Level.YELLOW.value).props('outlined'),
    }
    drill = ui.switch(_('这是演练（所有页面和消息都会标明）'))

    async def submit() -> None:
        async def deed() -> IncidentView:
            return await c.emergency.open_incident(actor, IncidentDraft(
                **{name: field.value for name, field in fields.items()}, drill=drill.value, client_id=client_id))

        opened = await attempt(actor, deed, fields)
        if opened is not None:
            ui.navigate.to(f'/staff/emergency/{opened.id}')

    button(_('发布，并通知本社区'), submit, main=True)


def _report_form(c: Container, actor: Actor, seen: IncidentPage) -> None:
    incident_id = seen.incident.id
    reports = {line.id: line.text[:40] for line in seen.timeline if line.kind is EntryKind.REPORT}
    kinds = {EntryKind.REPORT.value: _('新的情况')}
    if reports:
        kinds |= {EntryKind.VERIFIED.value: _('核实之前的一条'), EntryKind.REFUTED.value: _('更正之前的一条')}
    with section():
        heading(_('记录情况'))
        kind = ui.select(kinds, label=_('这是'), value=EntryKind.REPORT.value).props('outlined')
        about = ui.select(reports, label=_('针对哪一条')).props('outlined')
        about.bind_visibility_from(kind, 'value', backward=lambda value: value != EntryKind.REPORT.value)
        words = text(_('写下时间、地点和看到的'), lines=3, most=1000)
        ui.label(_('记录只能追加，写错了请用“更正”')).classes('ys-hint')

        async def submit() -> None:
            corrects = about.value if kind.value != EntryKind.REPORT.value else None
            done = await attempt(actor, lambda: c.emergency.report(
                actor, incident_id, words.value or '', kind=EntryKind(kind.value), corrects_id=corrects),
                {'text': words, 'corrects_id': about})
            if done is not None:
                words.value = ''
                ui.notify(_('已记录'), type='positive', position='top')

        button(_('记录'), submit, main=True)


def _level_form(c: Container, actor: Actor, seen: IncidentPage) -> None:
    incident_id = seen.incident.id
    with section():
        heading(_('级别与结束'))
        level = ui.select({one.value: _(LEVEL_WORDS[one]) for one in Level}, label=_('级别'),
                          value=seen.incident.level.value).props('outlined')
        why = text(_('说明'), most=200)

        async def set_level() -> None:
            if await attempt(actor, lambda: c.emergency.set_level(actor, incident_id, Level(level.value), why.value or '')):
                ui.notify(_('级别已更新'), type='positive', position='top')

        async def confirm() -> None:
            async def deed() -> bool:
                await c.emergency.confirm_incident(actor, incident_id)
                return True

            if await attempt(actor, deed):
                ui.notify(_('已确认仍在持续'), type='positive', position='top')

        async def close() -> None:
            dialog.close()
            if await attempt(actor, lambda: c.emergency.close_incident(actor, incident_id, why.value or '')):
                ui.navigate.reload()

        with ui.dialog() as dialog, ui.card():
            ui.label(_('宣布结束后，招募会停止，已经约好的班次照常进行。确定结束吗？'))
            with ui.row().classes('ys-acts'):
                button(_('先不结束'), dialog.close)
                button(_('确定结束'), close, main=True)
        with ui.row().classes('ys-acts'):
            button(_('调整级别'), set_level, main=True)
            button(_('确认仍在持续'), confirm)
            button(_('宣布结束'), dialog.open)
