"""/staff/words: 敏感词表 of a place: trying a sentence out, the place's own words, exceptions, what comes from above, what was marked."""

from collections.abc import Awaitable, Callable
from functools import partial
from itertools import groupby
from urllib.parse import urlencode

from nicegui import ui

from pages import frame, guards, live, shell
from pages.forms import attempt, text
from pages.live import identify
from pages.people.desk import places_of
from pages.people.look import add_look, heading, what
from yunshequ.bootstrap import Container
from yunshequ.core.clock import local
from yunshequ.core.i18n import N_, _
from yunshequ.core.policy import Actor
from yunshequ.rooms.moderation import LONGEST_CATEGORY, LONGEST_PHRASE, LONGEST_TERM, LONGEST_TRIAL
from yunshequ.rooms.schemas import PhraseView, TermView, TryOut
from yunshequ.rooms.words import Match, WordAction

PATH = '/staff/words'
MANY = 20
"""From so many words on there is a field to search them."""

ACTION_WORDS = {WordAction.BLOCK: N_('拦下，不发出'), WordAction.HOLD: N_('先审核，再发出'), WordAction.MARK: N_('发出，并标记')}
"""Message ids of what a category leads to."""

Refresh = Callable[[], Awaitable[None]]


def address(place_id: int) -> str:
    """Return the address of the list of a place."""
    return f'{PATH}?{urlencode({"place": place_id})}'


def register(c: Container) -> None:
    """Add the page."""

    @ui.page(PATH)
    @guards.in_office
    async def words(actor: Actor, place: int = 0) -> None:
        identify(actor)
        add_look()
        place_id = place or (await c.community.offices(actor.member_id))[0].place.id  # in_office: there is one
        await c.policy.require(actor, 'rooms.moderate', place_id)
        await frame.hear(c, live.fanout(), ui.context.client, actor)
        offered = {key: name for key, name in (await places_of(c, actor)).items() if await c.policy.may(actor, 'rooms.moderate', key)}
        around = await frame.around(c, actor)
        with shell.staff(active='rooms', title=_('敏感词表'), back='/staff/rooms', **around), ui.element('div').classes('ys-desk'):
            choose = ui.select(offered, value=place_id if place_id in offered else None, label=_('地点'), with_input=True)
            choose.props('outlined').classes('ys-people-place')
            choose.on_value_change(lambda event: ui.navigate.to(address(event.value)) if event.value else None)
            heading(_('{place}的敏感词表', place=await c.community.label_of(place_id)))
            ui.label(_('这里和下级所有群的发言、议事意见都按这张词表检查；繁体、全角、空格、标点和表情都绕不过去。标为“先审核”的，发言人自己看得到，管理人员通过后才发出。'))
            _trial(c, actor, place_id)
            await _lists(c, actor, place_id)
            await _marked(c, actor, place_id)


def _section(title: str) -> ui.element:
    section = ui.element('section').classes('ys-card ys-form').style('max-width: none')
    with section:
        heading(title, 'h3')
    return section


def _trial(c: Container, actor: Actor, place_id: int) -> None:
    """试一试."""
    with _section(_('试一试')):
        sentence = text(_('贴一句话，看看会不会被拦下'), lines=2, most=LONGEST_TRIAL).props('rows=2')

        async def tried() -> None:
            result = await attempt(actor, lambda: c.rooms.words.try_out(actor, place_id, sentence.value or ''), {'text': sentence})
            verdict.clear()
            if result is not None:
                with verdict:
                    await _verdict(c, result)

        ui.button(_('试一试'), on_click=tried).props('unelevated no-caps').classes('self-start')
        verdict = ui.element('div').props('role=status')


async def _verdict(c: Container, result: TryOut) -> None:
    tag, words = {
        WordAction.BLOCK: ('ys-tag-red', N_('会被拦下')), WordAction.MARK: ('ys-tag-amber', N_('会发出，并标记给管理人员')),
        WordAction.HOLD: ('ys-tag-amber', N_('会先保留，由管理人员审核后发出')),
        None: ('ys-tag-green', N_('可以发出')),
    }[result.action]
    ui.label(_(words)).classes(f'ys-tag {tag}').style('font-size: 1rem; padding: .35em .7em')
    with ui.element('ul').classes('ys-lines'):
        for match in result.matches:
            with ui.element('li'):
                what(_('“{written}”命中“{term}”', written=match.written, term=match.term), await _why(c, match))


async def _why(c: Container, match: Match) -> str:
    if match.excused_by is not None:
        return _('在放行的说法“{phrase}”里，不算', phrase=match.excused_by)
    where = _('平台起步词表') if match.place_id is None else (await c.community.place(match.place_id)).name
    return f'{match.category} · {where} · {_(ACTION_WORDS[match.action])}'


async def _lists(c: Container, actor: Actor, place_id: int) -> None:
    """Draw the lists, and draw them again whenever they change."""
    with _section(_('本级的词')):
        search = ui.input(_('查找')).props('outlined clearable debounce=300').classes('ys-people-place')
        own = ui.element('div').classes('ys-form').style('max-width: none')
        with ui.element('div').classes('ys-pair'):
            term = text(_('要加的词'), hint=_('2 个字以上，尽量写整句说法，少误伤'), most=LONGEST_TERM)
            category = ui.input(_('属于哪一类')).props(f'outlined stack-label maxlength={LONGEST_CATEGORY}')
            category.props['hint'] = _('例如：违法广告')
        alike = ui.switch(_('同音字也算（如“刷旦兼职”当作“刷单兼职”），容易误伤，只给三个字以上的词打开'))
        add = ui.button(_('加入词表')).props('unelevated no-caps').classes('self-start')
    with _section(_('放行的说法')):
        ui.label(_('含有敏感词、但本身没有问题的说法，例如“代办证明”里的“办证”。只放行整句说法，不会让词失效。'))
        phrases = ui.element('ul').classes('ys-lines')
        phrase = text(_('要放行的说法'), most=LONGEST_PHRASE)
        allow = ui.button(_('放行')).props('unelevated no-caps').classes('self-start')
    above = ui.element('div')

    async def load() -> None:
        found = await attempt(actor, lambda: c.rooms.words.words_at(actor, place_id))
        if found is None:
            return
        mine = [one for one in found.terms if one.own]
        category.set_autocomplete(sorted({one.category for one in found.terms}))
        search.set_visibility(len(mine) > MANY or bool(search.value))
        own.clear()
        with own:
            if not mine:
                ui.label(_('这里还没有自己的词，现在按下面继承来的词表检查。'))
            _terms(c, actor, place_id, [one for one in mine if (search.value or '') in one.term], load)
        phrases.clear()
        with phrases:
            for one in found.phrases:
                _phrase(c, actor, place_id, one, load)
        above.clear()
        with above:
            _inherited([one for one in found.terms if not one.own])

    async def listed() -> None:
        if await _done(actor, lambda: c.rooms.words.add_term(
                actor, place_id, term.value or '', category.value or '', homophones=bool(alike.value)),
                       {'term': term, 'category': category}):
            term.value, alike.value = '', False
            await load()

    async def allowed() -> None:
        if await _done(actor, lambda: c.rooms.words.allow(actor, place_id, phrase.value or ''), {'phrase': phrase}):
            phrase.value = ''
            await load()

    search.on_value_change(load)
    add.on_click(listed)
    allow.on_click(allowed)
    await load()


async def _done(actor: Actor, deed: Callable[[], Awaitable[None]], fields: dict[str, ui.input | ui.textarea] | None = None) -> bool:
    """Do a deed that returns nothing; tell whether it was done."""

    async def do() -> bool:
        await deed()
        return True

    return bool(await attempt(actor, do, fields))


def _terms(c: Container, actor: Actor, place_id: int, terms: list[TermView], load: Refresh) -> None:
    """Draw a place's own words by category, each category with what it leads to."""
    for category, group in groupby(sorted(terms, key=lambda one: one.category), key=lambda one: one.category):
        listed = list(group)

        async def act(category: str, action: WordAction) -> None:
            if await _done(actor, lambda: c.rooms.words.set_action(actor, place_id, category, action)):
                ui.notify(_('“{category}”一类：{action}', category=category, action=_(ACTION_WORDS[action])), type='positive', position='top')
            await load()

        with ui.element('div'):
            with ui.element('div').classes('ys-acts'):
                ui.label(f'{category} · {_("{n} 个词", n=len(listed))}').style('flex: 1 1 8rem; font-weight: 600')
                choice = ui.select({one.value: _(words) for one, words in ACTION_WORDS.items()}, value=listed[0].action.value)
                choice.props('outlined dense').style('width: 12rem')
                choice.props['aria-label'] = _('“{category}”一类怎么处理', category=category)
                choice.on_value_change(lambda event, category=category: act(category, WordAction(event.value)))
            with ui.element('ul').classes('ys-lines'):
                for one in listed:
                    assert one.id is not None
                    _removable(
                        actor, one.term, _('同音字也算') if one.homophones else '', partial(c.rooms.words.remove_term, actor, one.id),
                        partial(c.rooms.words.add_term, actor, place_id, one.term, one.category, homophones=one.homophones),
                        load)


def _phrase(c: Container, actor: Actor, place_id: int, one: PhraseView, load: Refresh) -> None:
    if one.own:
        _removable(actor, one.phrase, '', partial(c.rooms.words.disallow, actor, one.id),
                   partial(c.rooms.words.allow, actor, place_id, one.phrase), load)
    else:
        with ui.element('li'):
            what(one.phrase, _('来自{place}', place=one.place_name))


def _removable(
    actor: Actor, first: str, second: str, remove: Callable[[], Awaitable[None]], again: Callable[[], Awaitable[None]], load: Refresh,
) -> None:
    """Draw a line with 移除; the line stays when it was done, so that nothing slides under the finger, and offers 撤销."""
    with ui.element('li'):
        what(first, second)

        async def take() -> None:
            if await _done(actor, remove):
                ui.notify(_('已移除，立刻生效'), type='positive', position='top')
                taking.set_visibility(False)
                giving.set_visibility(True)

        async def undo() -> None:
            if await _done(actor, again):
                await load()

        taking = ui.button(_('移除'), on_click=take).props('outline no-caps')
        taking.props['aria-label'] = _('移除 {words}', words=first)
        giving = ui.button(_('撤销移除'), on_click=undo).props('flat no-caps')
        giving.props['aria-label'] = _('撤销移除 {words}', words=first)
        giving.set_visibility(False)


def _inherited(terms: list[TermView]) -> None:
    """Draw what comes from above: to read, not to change."""
    groups: dict[tuple[str, str, WordAction], list[str]] = {}
    for one in terms:
        groups.setdefault((one.place_name or _('平台起步词表'), one.category, one.action), []).append(one.term)
    inherited = ui.expansion(_('继承来的 {n} 个词（由上级和平台维护，这里不能改）', n=len(terms))).classes('ys-card w-full')
    with inherited, ui.element('ul').classes('ys-lines'):
        for (place, category, action), words in groups.items():
            with ui.element('li'):
                what('、'.join(words), f'{place} · {category} · {_(ACTION_WORDS[action])}')


async def _marked(c: Container, actor: Actor, place_id: int) -> None:
    """Draw the latest marked messages: who, where, which word."""
    marked = await c.rooms.words.marked(actor, place_id)
    with _section(_('最近被标记的发言')):
        if not marked:
            ui.label(_('还没有。把某一类设为“发出，并标记”后，命中的发言会列在这里。'))
        inside = {room.id for room in await c.rooms.rooms_of(actor)} if marked else set()
        with ui.element('ul').classes('ys-lines'):
            for one in marked:
                with ui.element('li'):
                    what(f'{one.sender.name} · {one.room_title}',
                         f'{local(one.at):%m-%d %H:%M} · ' + _('命中“{term}”（{category}）', term=one.term, category=one.category))
                    if one.room_id in inside:
                        ui.link(_('打开'), f'/rooms/{one.room_id}').classes('ys-btn')
