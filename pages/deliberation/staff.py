"""/staff/deliberate: what an office runs; and the forms that open a topic, publish an edition, answer, decide, report."""

from collections.abc import Awaitable, Callable
from html import escape
from typing import Any

from nicegui import ui
from nicegui.elements.mixins.validation_element import ValidationElement

from pages import guards, live, shell
from pages.components.deliberation import DeliberationBoard
from pages.components.watch import Watch
from pages.deliberation.acts import overview
from pages.deliberation.data import OUTCOMES
from pages.deliberation.look import add_look
from pages.emergency.resident import enter, place_topics
from pages.emergency.staff import places_for
from pages.forms import attempt, text
from yunshequ.bootstrap import Container
from yunshequ.core.i18n import _, set_locale
from yunshequ.core.ids import token
from yunshequ.core.policy import Actor
from yunshequ.deliberation.schemas import NewTopic, Outcome, TopicState, TopicView
from yunshequ.deliberation.service import DRAFT_MAX, NOTE_MAX, OPINION_MAX, SUMMARY_MAX, TITLE_MAX

Fields = dict[str, ValidationElement[Any]]


def register(c: Container, acts: live.Acts) -> None:
    """Add the staff pages."""

    @ui.page('/staff/deliberate')
    @guards.in_office
    async def desk(actor: Actor) -> None:
        around = await enter(c, actor)
        add_look()
        seen = await overview(c, actor)
        live.fanout().join(ui.context.client, *(f'ballot:{one["id"]}' for one in seen['open']))
        with shell.staff(active='deliberate', title=_('议事'), **around), ui.element('div').classes('ys-desk'):
            with ui.element('div').classes('ys-acts'):
                ui.link(_('发起表决'), '/ballots/new').classes('ys-btn ys-btn-main')
                ui.link(_('新议题'), '/staff/deliberate/new').classes('ys-btn')
            await _prepared(c, actor)
            acts.bind(DeliberationBoard(topics_live=place_topics(), me=actor.member_id, **seen), actor)

    @ui.page('/staff/deliberate/new')
    @guards.in_office
    async def new(actor: Actor) -> None:
        around = await enter(c, actor)
        add_look()
        places = await places_for(c, actor, 'deliberation.manage')
        rooms = {0: _('不设')} | {room.id: room.title for room in await c.rooms.rooms_of(actor)}
        with shell.staff(active='deliberate', title=_('新议题'), back='/staff/deliberate', **around), \
                ui.element('div').classes('ys-desk'), ui.element('section').classes('ys-card ys-form'):
            if places:
                _new_form(c, actor, places, rooms)
            else:
                ui.label(_('议题由楼栋长、网格员或社区工作人员主持')).props('role=status')


async def _prepared(c: Container, actor: Actor) -> None:
    """Draw the votes that wait to be opened, and draw them again when there is news."""
    box = ui.element('div').classes('ys-desk')

    async def draw() -> None:
        set_locale(actor.locale)
        items = await c.ballots.list_prepared(actor)
        box.clear()
        box.set_visibility(bool(items))
        with box:
            for item in items:
                with ui.link(target=f'/ballots/{item.id}').classes('ys-card ys-talk-line'):
                    ui.html(escape(_('准备好的表决，还没有开始')), tag='span', sanitize=False).classes('ys-tag ys-tag-amber')
                    ui.html(escape(item.title), tag='strong', sanitize=False)

    await draw()
    Watch(place_topics(), draw, frames=('deliberation',))


def _new_form(c: Container, actor: Actor, places: dict[int, str], rooms: dict[int, str]) -> None:
    client_id = token()
    fields: Fields = {
        'place_id': ui.select(places, label=_('哪里的人来议'), value=next(iter(places)), with_input=True).props('outlined stack-label'),
        'title': text(_('议什么'), most=TITLE_MAX),
        'summary': text(_('为什么要议'), lines=3, most=SUMMARY_MAX),
        'body': text(_('第一稿（可以以后再发）'), lines=8, most=DRAFT_MAX),
        'room_id': ui.select(rooms, label=_('在哪个群里讨论'), value=0).props('outlined stack-label'),
    }

    async def deed() -> int:
        values = {name: field.value or '' for name, field in fields.items()} | {'room_id': fields['room_id'].value or None}
        return await c.deliberation.create_topic(actor, NewTopic(client_id=client_id, **values))

    async def submit() -> None:
        made = await attempt(actor, deed, fields)
        if made is not None:
            ui.navigate.to(f'/deliberate/{made}')

    ui.button(_('发布，请大家提意见'), on_click=submit).props('unelevated no-caps')


def manage_forms(c: Container, actor: Actor, seen: TopicView) -> None:
    """Draw what whoever runs a topic can do with it, each folded away until wanted."""
    if seen.state is TopicState.OPEN:
        with _folded(_('发起表决')):
            ui.link(_('就这个议题发起表决'), f'/ballots/new?topic={seen.id}').classes('ys-btn ys-btn-main')
        _draft_form(c, actor, seen)
        _decide_form(c, actor, seen)
    if seen.opinions:
        _answer_form(c, actor, seen)
    if seen.state is TopicState.DECIDED:
        _progress_form(c, actor, seen)


def _draft_form(c: Container, actor: Actor, seen: TopicView) -> None:
    newest = seen.drafts[0].number if seen.drafts else 0
    with _folded(_('发布第 {n} 稿', n=newest + 1)):
        body = text(_('全文'), value=seen.body, lines=10, most=DRAFT_MAX)
        note = text(_('改了什么'), hint=_('一两句话，大家最先看到'), most=NOTE_MAX)
        _button(actor, _('发布'), {'body': body, 'note': note}, lambda: c.deliberation.publish_draft(
            actor, seen.id, body.value or '', note=note.value or '', after=newest))


def _decide_form(c: Container, actor: Actor, seen: TopicView) -> None:
    with _folded(_('形成结论')):
        words = text(_('决定了什么'), lines=3, most=OPINION_MAX)
        ui.label(_('公布后不再征求意见。')).classes('ys-hint')
        with ui.element('div').classes('ys-acts'):
            _button(actor, _('公布结论'), {'decision': words}, lambda: c.deliberation.decide(actor, seen.id, words.value or ''))
            _button(actor, _('搁置'), {'decision': words}, lambda: c.deliberation.drop(actor, seen.id, words.value or ''), quiet=True)


def _answer_form(c: Container, actor: Actor, seen: TopicView) -> None:
    with _folded(_('答复意见')):
        waiting = {o.id: f'{o.author}：{o.body[:40]}' for o in seen.opinions if o.outcome is None}
        others = {o.id: f'{o.author}：{o.body[:40]}' for o in seen.opinions if o.outcome is not None}
        which = ui.select(waiting | others, label=_('哪一条'), value=next(iter(waiting | others))).props('outlined stack-label')
        outcome = ui.select({key.value: _(words) for key, words in OUTCOMES.items()}, label=_('处理'),
                            value=Outcome.ADOPTED.value).props('outlined stack-label')
        words = text(_('理由'), lines=3, most=OPINION_MAX)
        _button(actor, _('公开答复'), {'answer': words}, lambda: c.deliberation.answer(
            actor, int(which.value), Outcome(outcome.value), words.value or ''))


def _progress_form(c: Container, actor: Actor, seen: TopicView) -> None:
    client_id = token()
    with _folded(_('报告落实进展')):
        words = text(_('做了什么'), lines=3, most=OPINION_MAX)
        _button(actor, _('公布进展'), {'body': words}, lambda: c.deliberation.report(
            actor, seen.id, words.value or '', client_id=client_id))


def _folded(title: str) -> ui.element:
    with ui.element('details').classes('ys-card ys-manage'):
        ui.html(escape(title), tag='summary', sanitize=False)
        return ui.element('div').classes('ys-form')


def _button(
    actor: Actor, words: str, fields: Fields, deed: Callable[[], Awaitable[Any]], *, quiet: bool = False,
) -> None:
    async def done() -> bool:
        await deed()
        return True

    async def press() -> None:
        if await attempt(actor, done, fields):
            ui.navigate.reload()

    ui.button(words, on_click=press).props(('outline' if quiet else 'unelevated') + ' no-caps')
