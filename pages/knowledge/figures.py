"""/staff/knowledge/figures: 小栖 in numbers, for whoever keeps its knowledge."""

from collections.abc import Callable, Sequence

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from pages import guards
from pages.knowledge.around import PATH, desk_page, enter, workplace
from pages.model_note import Note
from pages.theme import Addresses
from yunshequ.assistant.schemas import Figures, Share, Stars, WeekFigures
from yunshequ.bootstrap import Container
from yunshequ.core.i18n import _
from yunshequ.core.policy import Actor


def register(c: Container, assets: Addresses, note: Note) -> None:
    """Register the page."""

    @ui.page(f'{PATH}/figures')
    @guards.in_office
    async def figures(actor: Actor) -> None:
        around = await enter(c, actor, assets)
        found = await c.assistant.figures(actor, await workplace(c, actor))
        with desk_page(note, actor, 'figures', _('数据'), around):
            if not any(week.asked or week.handed_over or week.rated for week in found.weeks) and not found.department_stars:
                with ui.element('div').classes('ys-empty'):
                    ui.label(_('最近八周还没有人问小栖。有人问过以后，这里会看到每周的数量、好评和待改的条目。'))
            else:
                _this_week(found.weeks[-1])
                _weeks(found.weeks)
                _shares(found)
                _stars(found)
            _entries(found)


def _this_week(week: WeekFigures) -> None:
    with ui.element('dl').classes('ys-kb-sums'):
        for words, value in (
            (_('本周提问'), str(week.asked)), (_('提问的人'), str(week.askers)), (_('答上的'), percent(week.answered, week.asked)),
            (_('觉得有用'), percent(week.helpful, week.helpful + week.useless)), (_('转人工'), str(week.handed_over)),
            (_('转人工得星'), mean(week.stars, week.rated)),
        ):
            with ui.element('div'):
                said('dt', words)
                said('dd', value)


def _weeks(weeks: Sequence[WeekFigures]) -> None:
    most = max(week.asked for week in weeks)
    with _table(_('最近八周'), [_('周一'), _('提问'), _('答上'), _('没答上'), _('有用'), _('没用'), _('转人工'), _('评价'), _('得星')]):
        for week in reversed(weeks):
            with ui.element('tr'):
                _cell(f'{week.begins:%m-%d}', head=True)
                with ui.element('td'):
                    ui.label(str(week.asked))
                    ui.element('i').classes('ys-kb-bar').style(f'width: {100 * week.asked // max(1, most)}%').props('aria-hidden=true')
                for value in (week.answered, week.refused, week.helpful, week.useless, week.handed_over, week.rated):
                    _cell(str(value))
                _cell(mean(week.stars, week.rated))


def _shares(found: Figures) -> None:
    for title, name, shares in (
        (_('按分类'), _('分类'), found.categories), (_('按部门'), _('部门'), found.departments), (_('按社区'), _('社区'), found.communities),
    ):
        if shares:
            with _table(title, [name, _('回答'), _('觉得有用')]):
                for share in shares:
                    _share(share)


def _stars(found: Figures) -> None:
    """What residents say of their hand-offs, where there were any."""
    for title, name, nobody, lines in (
        (_('转人工评价：按部门'), _('部门'), _('社区值班'), found.department_stars),
        (_('转人工评价：按社区'), _('社区'), _('没有写'), found.community_stars),
    ):
        if lines:
            with _table(title, [name, _('办结'), _('评价'), _('得星（满分 5）')]):
                for line in lines:
                    _star_line(line, nobody)


def _star_line(line: Stars, nobody: str) -> None:
    with ui.element('tr'):
        _cell(line.name or nobody, head=True)
        _cell(str(line.settled))
        _cell(str(line.rated))
        _cell(mean(line.stars, line.rated))


def _share(share: Share) -> None:
    with ui.element('tr'):
        _cell(share.name or _('没有写'), head=True)
        _cell(str(share.told))
        _cell(percent(share.helpful, share.helpful + share.useless))


def _entries(found: Figures) -> None:
    _list(_('问得最多'), [(one.entry_id, one.question, _('{n} 人问过', n=one.askers)) for one in found.top],
          lambda: _('还没有三个人以上问过的条目。'))
    _list(_('可能答偏了'), [
        (one.id, one.question, _('{n} 人评价，{useless} 人说没用', n=one.judged, useless=one.useless)) for one in found.misleading],
          lambda: _('没有条目被多数人说没用。'))
    title = _('三个月没人问到（共 {n} 条）', n=found.unused_total)
    _list(title, [(one.id, one.question, '') for one in found.unused], lambda: _('发布满三个月的条目都有人问到。'))


def _list(title: str, lines: Sequence[tuple[int, str, str]], nothing: Callable[[], str]) -> None:
    said('h2', title)
    if not lines:
        ui.label(nothing()).classes('ys-hint')
        return
    with ui.element('ul').classes('ys-card ys-asked'):
        for entry_id, question, fact in lines:
            with ui.element('li'), ui.link(target=f'{PATH}/{entry_id}').classes('ys-kb-line'), ui.element('span'):
                ui.label(question).style('font-weight: 600')
                if fact:
                    said('small', fact)


def _table(title: str, heads: Sequence[str]) -> ui.element:
    said('h2', title)
    with ui.element('div').classes('ys-card ys-kb-table').props('tabindex=0 role=region').props(f'aria-label="{title}"'):
        table = ui.element('table')
        with table, ui.element('tr'):
            for words in heads:
                said('th', words).props('scope=col')
    return table


def _cell(words: str, *, head: bool = False) -> None:
    if head:
        said('th', words).props('scope=row')
    else:
        said('td', words)


def said(tag: str, words: str) -> TextElement:
    """Show words in an element of a kind."""
    return TextElement(tag=tag, text=words)


def percent(part: int, whole: int) -> str:
    """Return a share in whole percent, a dash where there is nothing to share."""
    return f'{round(100 * part / whole)}%' if whole else '—'


def mean(stars: int, rated: int) -> str:
    """Return the mean of stars with one decimal, a dash where nobody gave any."""
    return f'{stars / rated:.1f}' if rated else '—'
