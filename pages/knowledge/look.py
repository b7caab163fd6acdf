"""How entries look on staff pages: answers with lists and links, two versions side by side, words for what was done."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape

from nicegui import ui

from yunshequ.assistant import rich
from yunshequ.assistant.freshness import DueReason
from yunshequ.assistant.schemas import Act, EntryDraft, EntryState, EntryView, FieldChange
from yunshequ.core.clock import local
from yunshequ.core.i18n import N_, _

STATE_WORDS = {
    EntryState.PUBLISHED: N_('已发布'), EntryState.REVIEW: N_('待审核'), EntryState.DRAFT: N_('草稿'), EntryState.RETIRED: N_('已停用')}
STATE_TAGS = {
    EntryState.PUBLISHED: 'ys-tag-green', EntryState.REVIEW: 'ys-tag-red', EntryState.DRAFT: 'ys-tag-amber', EntryState.RETIRED: ''}
PENDING_WORDS = {EntryState.DRAFT: N_('有修改未发布'), EntryState.REVIEW: N_('修改待审核')}
ACT_WORDS = {
    Act.CREATE: N_('新写'), Act.EDIT: N_('修改'), Act.LEARN: N_('加了相似问法'), Act.SUBMIT: N_('送审'), Act.SEND_BACK: N_('退回'),
    Act.PUBLISH: N_('发布'), Act.RETIRE: N_('停用'), Act.UNRETIRE: N_('撤销停用'), Act.RESTORE: N_('恢复旧版本'),
    Act.DISCARD: N_('放弃修改'), Act.CONFIRM: N_('确认还有效'), Act.UNCONFIRM: N_('撤销确认'), Act.IMPORT: N_('导入'),
    Act.DEPARTMENT: N_('换了部门')}
FIELD_WORDS = {
    'question': N_('问题'), 'answer': N_('答案'), 'steps': N_('办理步骤'), 'similar': N_('相似问法'), 'links': N_('链接'),
    'category': N_('分类'), 'department': N_('部门'), 'source': N_('来源'), 'policy_no': N_('文号'), 'valid_from': N_('生效日期'),
    'valid_until': N_('失效日期')}
DUE_WORDS = {
    DueReason.EXPIRED: N_('已到期，小栖不再回答'), DueReason.EXPIRING: N_('快到期'), DueReason.STALE: N_('该核对了'),
    DueReason.WIDER: N_('上级口径改了，请核对'), DueReason.LINK: N_('有链接打不开了，请改')}
MARKS = {'same': 'span', 'cut': 'del', 'add': 'ins'}


def tags(entry: EntryView) -> None:
    """Show where an entry is on its way."""
    ui.label(_(STATE_WORDS[entry.state])).classes(f'ys-tag {STATE_TAGS[entry.state]}')
    if entry.pending_state is not None:
        ui.label(_(PENDING_WORDS[entry.pending_state])).classes('ys-tag ys-tag-amber')


def changed(changes: Sequence[FieldChange]) -> None:
    """Show two versions field by field: what went is struck, what came is underlined."""
    if not changes:
        ui.label(_('两个版本的内容一样。')).classes('ys-hint')
    for one in changes:
        with ui.element('div').classes('ys-redline'):
            ui.label(_(FIELD_WORDS[one.field])).classes('ys-redline-field')
            with ui.element('p'):
                for piece in one.pieces:
                    ui.html(escape(piece.text), tag=MARKS[piece.kind], sanitize=False)


def answer(entry: EntryDraft | EntryView) -> None:
    """Show an answer as residents see it: its blocks, its steps, its links."""
    with ui.element('div').classes('ys-rich'):
        _blocks(rich.read(entry.answer))
        if entry.steps:
            ui.label(_('办理步骤：')).style('font-weight: 600')
            with ui.element('ol'):
                for step in entry.steps:
                    ui.html(escape(step), tag='li', sanitize=False)
    links = [link for link in entry.links if rich.is_safe(link.href)]
    if links:
        with ui.element('div').classes('ys-rich-links'):
            for link in links:
                _link(link.title, link.href).classes('ys-chip-btn')


def _blocks(blocks: rich.Tree) -> None:
    for block in blocks:
        if block['t'] == 'p':
            with ui.element('p'):
                for span in block['spans']:
                    if rich.is_safe(span.get('href', '')):
                        _link(span['text'], span['href'])
                    else:
                        ui.html(escape(span['text']), tag='b' if span.get('b') else 'span', sanitize=False)
            continue
        with ui.element(block['t']) as made:
            if block.get('start'):
                made.props(f'start={int(block["start"])}')
            for item in block['items']:
                with ui.element('li'):
                    _blocks(item)


def _link(words: str, href: str) -> ui.link:
    made = ui.link(words, href, new_tab=href.startswith('https://'))
    if href.startswith('https://'):
        made.props('rel="noopener noreferrer nofollow"')
    return made


def last_day(until: datetime | None) -> str:
    """Return the last day of an entry that ends at an instant, in Nanjing; empty without an end."""
    return f'{local(until - timedelta(seconds=1)):%Y-%m-%d}' if until is not None else ''
