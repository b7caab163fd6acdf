"""/me/identity 我的身份: what level I am at, what it allows, what is missing and how to get it."""

from html import escape

from nicegui import Client, ui

from pages import frame, guards, live, shell
from pages.forms import attempt, button, text
from pages.people.look import add_look, day, heading, what
from yunshequ.bootstrap import Container
from yunshequ.community.identity_schemas import HOW_WORDS, Matched, MyIdentity, RealNameView, StandingAt
from yunshequ.community.levels import LEVEL_ALLOWS, LEVEL_WORDS, MY_IDENTITY, RANKS, Fact, Level, missing
from yunshequ.community.schemas import HomeView, Relation
from yunshequ.community.words import RELATION_WORDS
from yunshequ.core.clock import local
from yunshequ.core.i18n import N_, _
from yunshequ.core.policy import Actor

FACT_WORDS = {
    Fact.NONE: N_('还没有'), Fact.WAITING: N_('等待核实'), Fact.VERIFIED: N_('已核实'), Fact.EXPIRED: N_('已过期'),
}
TAGS = {Fact.NONE: '', Fact.WAITING: 'ys-tag-amber', Fact.VERIFIED: 'ys-tag-green', Fact.EXPIRED: 'ys-tag-amber'}
CSS = """
.ys-identity { display: flex; flex-direction: column; gap: .75rem; }
.ys-identity > section { display: flex; flex-direction: column; gap: .75rem; padding: 1rem; }
.ys-identity h2, .ys-identity h3 { font-size: 1.125rem; font-weight: 600; line-height: 1.4; margin: 0; }
.ys-identity h3 { font-size: 1rem; }
.ys-steps { display: grid; gap: .35rem; list-style: none; margin: 0; padding: 0; }
.ys-steps > li { align-items: baseline; color: var(--ys-ink-2); display: flex; gap: .5rem; }
.ys-steps > li.is-here { color: var(--ys-ink); font-weight: 600; }
.ys-steps small { font-size: .875rem; font-weight: 400; }
.ys-steps .q-icon { flex: none; transform: translateY(.15em); }
.ys-lacks { align-items: center; display: flex; flex-wrap: wrap; gap: .6rem; justify-content: space-between; }
.ys-lacks > span { flex: 1 1 13rem; }
"""


def register(c: Container) -> None:
    """Add the page."""

    @ui.page(MY_IDENTITY)
    @guards.signed_in
    async def identity(actor: Actor, client: Client) -> None:
        await frame.hear(c, live.fanout(), client, actor)
        add_look()
        ui.add_css(CSS)
        mine = await c.identity.mine(actor)
        with (
            shell.resident(active='me', title=_('我的身份'), back='/me', **await frame.around(c, actor)),
            ui.element('div').classes('ys-identity'),
        ):
            await _new_phone(c, actor)
            for place in mine.places:
                _place(place, mine.name)
            if not mine.places:
                _nowhere()
            _name(mine.name)
            _homes(mine.homes)
            if mine.places:
                _match(c, actor, mine)


async def _new_phone(c: Container, actor: Actor) -> None:
    """Let somebody stop a new number that the office wants to set and they have not asked for."""
    change = await c.lost_phones.mine(actor)
    if change is None:
        return
    with ui.element('section').classes('ys-card').props('role=alert') as card:
        heading(_('社区正在为您换登录手机号'))
        ui.label(_('{name} 于 {at} 申请换成 {phone}。是您本人办理的就不用管；不是的话请马上停止。', name=change.asker_name,
                   at=f'{local(change.asked_at):%m-%d %H:%M}', phone=change.phone_mask))

        async def stop() -> None:
            async def deed() -> bool:
                await c.lost_phones.object(actor, change.id)
                return True

            if await attempt(actor, deed):
                card.delete()
                ui.notify(_('已停止，您的账号没有变化'), type='positive', position='top')

        button(_('不是我，停止'), stop, main=True)


def _nowhere() -> None:
    with ui.element('section').classes('ys-card ys-empty'):
        ui.label(_('您还没有加入任何社区。扫楼道里的入群码，或者输入邀请码，就能加入。'))
        ui.link(_('输入邀请码'), '/join').classes('ys-btn ys-btn-main')


def _place(place: StandingAt, name: RealNameView) -> None:
    with ui.element('section').classes('ys-card'):
        heading(_('{place}：{level}', place=place.place_name, level=_(LEVEL_WORDS[place.level])))
        with ui.element('ul').classes('ys-steps'):
            for level in list(Level)[1:]:
                _rung(level, reached=RANKS[level] <= RANKS[place.level], here=level is place.level)
        wanted = Level.OWNER if place.level is Level.OWNER else list(Level)[RANKS[place.level] + 1]
        for step in missing(place.known, wanted, identity=name.state is not Fact.VERIFIED):
            with ui.element('div').classes('ys-lacks'):
                ui.label(_(step.message, **step.params)).classes('ys-hint')
                if step.href != MY_IDENTITY:
                    ui.link(_(step.link), step.href).classes('ys-btn')


def _rung(level: Level, *, reached: bool, here: bool) -> None:
    with ui.element('li').classes('is-here' if here else '') as line:
        if here:
            line.props['aria-current'] = 'step'
        ui.icon('check_circle' if reached else 'lock').props('aria-hidden=true')
        state = _('已达到') if reached else _('还没有达到')
        ui.html(f'{escape(_(LEVEL_WORDS[level]))}<span class="ys-sr">{escape(state)}</span><br>'
                f'<small>{escape(_(LEVEL_ALLOWS[level]))}</small>', tag='span', sanitize=False)


def _name(name: RealNameView) -> None:
    with ui.element('section').classes('ys-card'):
        heading(_('实名'))
        with ui.element('ul').classes('ys-lines'), ui.element('li'):
            if name.how is not None and name.valid_until is not None:
                what(name.name_mask, f'{_(HOW_WORDS[name.how])} · {_("有效期到 {day}", day=day(name.valid_until))}')
            else:
                what(_('还没有实名'), _('只留遮住的姓名、加密摘要和有效期，身份证号码不保存'))
            _tag(name.state)


def _homes(homes: tuple[HomeView, ...]) -> None:
    with ui.element('section').classes('ys-card'):
        heading(_('住处'))
        if not homes:
            ui.label(_('还没有登记住在哪一户。')).classes('ys-hint')
            return
        with ui.element('ul').classes('ys-lines'):
            for home in homes:
                with ui.element('li'):
                    parts = [_(RELATION_WORDS[home.relation])]
                    if home.share and home.relation is Relation.OWNER:
                        parts.append(_('份额 {n}%', n=share_words(home.share)))
                    if home.until is not None:
                        parts.append(_('有效期到 {day}', day=day(home.until)))
                    what(home.label, ' · '.join(parts))
                    _tag(home.state)


def share_words(share: int) -> str:
    """Return a share of ten-thousandths as a percentage, e.g. ``33.33``; never through a float."""
    whole, rest = divmod(share, 100)
    return f'{whole}.{rest:02}'.rstrip('0') if rest else str(whole)


def _tag(state: Fact) -> None:
    ui.label(_(FACT_WORDS[state])).classes(f'ys-tag {TAGS[state]}')


def _match(c: Container, actor: Actor, mine: MyIdentity) -> None:
    with ui.element('section').classes('ys-card ys-form'):
        heading(_('与社区名册核对'))
        ui.label(_('名册上登记的手机和您登录的手机一样时，只填姓名就可以；不一样时，再选房号、填身份证最后四位。')).classes('ys-hint')
        name = text(_('姓名（与身份证一致）'), most=30).props('autocomplete=name')
        options = {home.household_id: home.label for home in mine.homes}
        flat = ui.select({0: _('不选'), **options}, value=0, label=_('房号')).props('outlined stack-label')
        tail = text(_('身份证最后四位'), most=4).props('autocomplete=off inputmode=text')
        flat.set_visibility(bool(options))
        tail.set_visibility(bool(options))

        async def send() -> None:
            async def deed() -> Matched:
                return await c.identity.match(actor, name.value or '', household_id=flat.value or None, tail=tail.value or '')

            found = await attempt(actor, deed, {'name': name, 'tail': tail})
            if found is not None:
                ui.notify(_('核对成功：{label}', label=found.label), type='positive', position='top')
                ui.navigate.to(MY_IDENTITY)

        button(_('核对'), send, main=True)
        ui.label(_('对不上也没关系：带身份证和房产证（或租房合同）到社区，由两位工作人员核验。')).classes('ys-hint')
