"""/ballots/new: preparing a vote. One column; each refusal stands beside its field; opening is a step of its own or at once."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from nicegui import ui
from nicegui.elements.mixins.validation_element import ValidationElement

from pages import guards, shell
from pages.deliberation.look import add_look
from pages.emergency.resident import enter
from pages.emergency.staff import places_for
from pages.forms import attempt, instant, moment, text
from yunshequ.ballots.drafting import BODY_MAX, OPTION_MAX, OPTIONS, SCORE_MAX, TITLE_MAX
from yunshequ.ballots.schemas import BallotDraft, Method, OptionDraft, RuleChoice, Stance, Unit
from yunshequ.bootstrap import Container
from yunshequ.community.levels import LEVEL_WORDS, Level
from yunshequ.core.errors import Invalid
from yunshequ.core.i18n import N_, _
from yunshequ.core.ids import token
from yunshequ.core.policy import Actor
from yunshequ.deliberation.schemas import TopicView

OPEN_DAYS = 7
"""How long a vote lasts unless said otherwise."""

PROPOSAL = 'proposal'
KINDS = {
    PROPOSAL: N_('对一个方案：同意、不同意、弃权'), Method.SINGLE: N_('几个选项中选一个'), Method.MULTIPLE: N_('几个选项中选几个'),
    Method.APPROVAL: N_('同意的都可以选，也可以都不选'), Method.SCORE: N_('给每个选项打分'),
}
UNITS = {Unit.PERSON: N_('一人一票'), Unit.HOUSEHOLD: N_('一户一票'), Unit.AREA_HEADS: N_('按业主面积和人数')}
LEVELS = {Level.MEMBER: N_('所有成员'), Level.VERIFIED: LEVEL_WORDS[Level.VERIFIED], Level.OWNER: LEVEL_WORDS[Level.OWNER]}
MODES = {
    False: N_('记名，结果随投随看：谁投了什么大家都看得到'),
    True: N_('无记名，截止前只看参加人数：谁投了什么查不到'),
}

YES_NO = (
    OptionDraft(text='同意', stance=Stance.YES), OptionDraft(text='不同意', stance=Stance.NO), OptionDraft(text='弃权', stance=Stance.ABSTAIN),
)
"""What a vote on a proposal offers; kept with the vote, so in the language of the place."""

Fields = dict[str, ValidationElement[Any]]


def register_form(c: Container) -> None:
    """Add the page."""

    @ui.page('/ballots/new')
    @guards.in_office
    async def new(actor: Actor, topic: int = 0) -> None:
        around = await enter(c, actor)
        add_look()
        about = await c.deliberation.topic(actor, topic) if topic else None
        places = await places_for(c, actor, 'ballots.create')
        rooms = {room.id: room.title for room in await c.rooms.rooms_of(actor)}
        with shell.staff(active='deliberate', title=_('发起表决'), back='/staff/deliberate', **around), \
                ui.element('div').classes('ys-desk'), ui.element('section').classes('ys-card ys-form'):
            if places:
                _Form(c, actor, places, rooms, about).draw()
            else:
                ui.label(_('表决由楼栋长、网格员或社区工作人员发起')).props('role=status')


class _Form:
    """The fields of one form and what is made of them."""

    def __init__(
        self, c: Container, actor: Actor, places: Mapping[int, str], rooms: Mapping[int, str], about: TopicView | None,
    ) -> None:
        self._c, self._actor, self._about = c, actor, about
        self._places, self._rooms = dict(places), dict(rooms)
        self._rules: dict[str, RuleChoice] = {rule.key: rule for rule in c.ballots.rules(actor)}
        self._client_id = token()
        self._made: int | None = None

    def draw(self) -> None:
        """Draw the fields."""
        now, about = self._c.clock.now(), self._about
        place = about.place_id if about is not None and about.place_id in self._places else next(iter(self._places))
        self.place = _select(_('哪里的人投票'), self._places, place, find=True)
        self.title = text(_('要决定什么'), value='' if about is None else _question(about), most=TITLE_MAX)
        self.body = text(_('说明'), hint=_('背景、依据、同意和不同意各意味着什么'), lines=4, most=BODY_MAX)
        self.kind = _select(_('怎么选'), {key: _(words) for key, words in KINDS.items()}, PROPOSAL)
        self.options = text(_('选项，一行一个'), hint=_('{min} 到 {max} 个', min=OPTIONS.start, max=OPTIONS.stop - 1), lines=4, most=2500)
        self.options.bind_visibility_from(self.kind, 'value', backward=lambda kind: kind != PROPOSAL)
        self.most = ui.number(_('最多选几项'), value=2, min=1, max=OPTIONS.stop - 1, precision=0).props('outlined stack-label')
        self.most.bind_visibility_from(self.kind, 'value', backward=lambda kind: kind == Method.MULTIPLE)
        self.score = ui.number(_('最高几分'), value=5, min=1, max=SCORE_MAX, precision=0).props('outlined stack-label')
        self.score.bind_visibility_from(self.kind, 'value', backward=lambda kind: kind == Method.SCORE)
        self.unit = _select(_('怎么计票'), {key: _(words) for key, words in UNITS.items()}, Unit.HOUSEHOLD)
        self.level = _select(_('谁有资格'), {key: _(words) for key, words in LEVELS.items()}, Level.VERIFIED)
        self.secret = _select(_('记名还是无记名'), {key: _(words) for key, words in MODES.items()}, value=False)
        self.rule = _select(_('按什么规则算通过'), {}, None)
        self.source = ui.label().classes('ys-hint')
        self.unit.on_value_change(self._offer_rules)
        self.rule.on_value_change(self._explain)
        self._offer_rules()
        with ui.element('div').classes('ys-pair'):
            self.opens = moment(_('开始时间'), now)
            self.closes = moment(_('截止时间'), now + timedelta(days=OPEN_DAYS))
        self.at_once = ui.switch(_('保存后马上开始'), value=True)
        self.opens.bind_visibility_from(self.at_once, 'value', backward=lambda on: not on)
        self.room = _select(_('把表决卡片发到哪个群'), {0: _('不发')} | self._rooms, self._first_room())
        ui.label(_('开始时确定名册，之后问题和选项都不能再改。')).classes('ys-hint')
        ui.button(_('保存'), on_click=self._submit).props('unelevated no-caps')

    def _first_room(self) -> int:
        room = self._about.room_id if self._about is not None else None
        return room if room in self._rooms else 0

    def _offer_rules(self) -> None:
        unit = Unit(self.unit.value)
        fitting = {key: rule.name for key, rule in self._rules.items() if unit in rule.units}
        self.rule.set_options(fitting, value=self.rule.value if self.rule.value in fitting else next(iter(fitting)))
        self._explain()

    def _explain(self) -> None:
        rule = self._rules[self.rule.value]
        self.source.set_text('。'.join(part for part in (rule.source, rule.note) if part))

    def _fields(self) -> Fields:
        return {
            'place_id': self.place, 'title': self.title, 'body': self.body, 'options': self.options, 'max_choices': self.most,
            'max_score': self.score, 'unit': self.unit, 'level': self.level, 'secret': self.secret, 'rule': self.rule,
            'opens_at': self.opens, 'closes_at': self.closes,
        }

    def _draft(self) -> BallotDraft:
        proposal = self.kind.value == PROPOSAL
        opens = None if self.at_once.value else _moment_of(self.opens, 'opens_at')
        return BallotDraft(
            client_id=self._client_id, place_id=self.place.value, title=self.title.value or '', body=self.body.value or '',
            options=YES_NO if proposal else _lines(self.options.value or ''),
            method=Method.SINGLE if proposal else Method(self.kind.value), unit=Unit(self.unit.value),
            level=Level(self.level.value), secret=bool(self.secret.value), max_choices=int(self.most.value or 0),
            max_score=int(self.score.value or 0), rule=self.rule.value, opens_at=opens,
            closes_at=_moment_of(self.closes, 'closes_at'), room_id=self.room.value or None,
            topic_id=None if self._about is None else self._about.id,
            draft_number=self._about.drafts[0].number if self._about is not None and self._about.drafts else None,
        )

    async def _submit(self) -> None:
        async def deed() -> int:
            if self._made is None:
                self._made = await self._c.ballots.create(self._actor, self._draft())
            if self.at_once.value:
                await self._c.ballots.open(self._actor, self._made)
            return self._made

        made = await attempt(self._actor, deed, self._fields())
        if made is not None:
            ui.navigate.to(f'/ballots/{made}')
        elif self._made is not None:  # kept, only not opened: its own page says what is missing
            ui.navigate.to(f'/ballots/{self._made}')


def _question(about: TopicView) -> str:
    if not about.drafts:
        return about.title
    return _('是否通过“{title}”（第 {n} 稿）', title=about.title, n=about.drafts[0].number)[:TITLE_MAX]


def _select(label: str, options: Mapping[Any, str], value: Any, *, find: bool = False) -> ui.select:
    return ui.select(dict(options), label=label, value=value, with_input=find).props('outlined stack-label')


def _moment_of(field: ui.input, name: str) -> datetime:
    try:
        return instant(field)
    except ValueError:
        raise Invalid(N_('请填写日期和时间'), field=name) from None


def _lines(given: str) -> tuple[OptionDraft, ...]:
    return tuple(OptionDraft(text=line.strip()[:OPTION_MAX]) for line in given.splitlines() if line.strip())
