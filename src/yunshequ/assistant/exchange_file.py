"""The knowledge base as a file (知识导入导出): xlsx, csv or jsonl read into rows with line numbers, and written; pure.

A column that is missing says nothing: what an entry holds there stays. Similar questions and steps stand in one cell, one on
each line. In jsonl the names are those of ``EntryDraft`` and lists are lists.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from pydantic import ValidationError

from yunshequ.assistant.schemas import EntryDraft, EntryState, EntryView
from yunshequ.assistant.tool_schemas import FileProblem
from yunshequ.core.clock import SHANGHAI, local
from yunshequ.core.errors import Invalid
from yunshequ.core.i18n import N_
from yunshequ.core.sheet import csv_text, xlsx_bytes
from yunshequ.core.sheet_read import (
    FILE_BYTES,
    FILE_MB,
    SHOWN_MAX,
    TOO_BIG,
    BadCell,
    Headings,
    day_of,
    decode,
    heading_key,
    plain,
    read_table,
    text_of,
)

KINDS = frozenset({'xlsx', 'csv', 'jsonl'})
ROWS_MAX = 10_000
CELL_MAX = 8_000
"""Characters of a cell; what an entry may hold is less and is checked field by field."""
TOO_LONG = N_('一个文件最多 {n} 条，请按分类或部门分成几个文件')
NOTHING = N_('表头下面没有内容，请填好知识条目再上传')

HEADING: dict[str, str] = {
    'key': '编号', 'question': '问题', 'similar': '相似问法', 'answer': '答案', 'steps': '步骤', 'category': '分类',
    'department': '部门', 'source': '来源', 'policy_no': '文号', 'place': '适用范围', 'valid_from': '生效日期', 'valid_until': '失效日期', 'state': '状态',
}
"""Heading of each column, by the name it has in jsonl; in the order they are written."""
SYNONYMS: dict[str, tuple[str, ...]] = {
    'key': ('id', '知识编号', '条目编号', '唯一编号'), 'question': ('标准问', '标准问题', '标准问法', '问题标题', '标题'),
    'similar': ('相似问', '相似问题', '扩展问', '其他问法', '同义问法'), 'answer': ('回答', '答复', '标准答案', '答案内容'),
    'steps': ('办理步骤', '流程', '办理流程'), 'category': ('类别', '类目', '知识分类'), 'department': ('责任部门', '所属部门', '主管部门'),
    'source': ('依据', '文件依据', '政策依据', '出处'), 'policy_no': ('文件号', '发文字号', '政策文号'),
    'place': ('范围', '社区', '所属社区', '适用社区', '适用地区'),
    'valid_from': ('生效时间', '开始日期', '有效期从'), 'valid_until': ('失效时间', '截止日期', '有效期至', '到期日期'), 'state': ('发布状态',),
}
_TITLES = {heading_key(word): title for name, title in HEADING.items() for word in (name, title, *SYNONYMS[name])}
_NAME = {title: name for name, title in HEADING.items()}
REQUIRED = (HEADING['question'], HEADING['answer'])

STATE_IN_FILE: dict[EntryState, str] = {
    EntryState.DRAFT: '草稿', EntryState.REVIEW: '待审核', EntryState.PUBLISHED: '已发布', EntryState.RETIRED: '已停用',
}
_STATES = {**{words: state for state, words in STATE_IN_FILE.items()}, **{state.value: state for state in STATE_IN_FILE}}
_KEY = re.compile(r'[A-Za-z0-9][A-Za-z0-9._-]{0,39}')
_SPLIT = re.compile(r'[\r\n|｜]+')


@dataclass(frozen=True, slots=True)
class FileRow:
    """One line, understood. ``given`` holds only what its file has a column for, by field of ``EntryDraft``."""

    line: int
    key: str
    place: str
    state: EntryState | None
    given: dict[str, Any] = field(default_factory=dict)

    @property
    def question(self) -> str:
        """The entry's question."""
        return str(self.given['question'])


@dataclass(slots=True)
class EntryFile:
    """What a file holds: rows understood, lines that are not, and headings nothing was read from."""

    rows: list[FileRow] = field(default_factory=list)
    problems: list[FileProblem] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    def refuse(self, line: int, message: str, **params: object) -> None:
        """Note why a line is not taken."""
        self.problems.append(FileProblem(line=line, message=message, params=params))


def read(data: bytes) -> EntryFile:
    """Read a file; its kind is told by what it holds, not by its name.

    :raises Invalid: too large, too many rows, not a table, a heading is missing. A bad line is no error but a problem of the result.
    """
    if len(data) > FILE_BYTES:
        raise Invalid(TOO_BIG, field='file', n=FILE_MB)
    if data.lstrip(b'\xef\xbb\xbf \t\r\n').startswith(b'{'):
        return _read_jsonl(data)
    table = read_table(data, Headings(_TITLES, REQUIRED, ROWS_MAX, TOO_LONG, NOTHING))
    found = EntryFile(ignored=list(table.ignored))
    for number, raw in table.lines:
        try:
            _row(found, number, {_NAME[title]: _cell(value, title) for title, value in raw.items()})
        except BadCell as problem:
            found.refuse(number, problem.message, **problem.params)
    return found


def write(entries: Iterable[tuple[EntryView, str]], kind: str) -> bytes:
    """Return entries, each with the name of its place, as a file; in tables no cell can become a formula.

    :raises Invalid: ``kind`` is none of ``KINDS``.
    """
    if kind == 'jsonl':
        return ''.join(json.dumps(_object(entry, place), ensure_ascii=False) + '\n' for entry, place in entries).encode()
    return _table([tuple(HEADING.values()), *(_line(entry, place) for entry, place in entries)], kind)


def template(kind: str) -> bytes:
    """Return an example to fill in."""
    example = {
        'question': '社区图书室几点开门？', 'similar': '图书室什么时候能去\n借书几点', 'answer': '请在这里写答案，先说结论，用“您”。',
        'steps': '第一步\n第二步', 'category': '社区服务', 'department': '社区', 'source': '文件名和文号', 'valid_until': '2027-12-31',
    }
    if kind == 'jsonl':
        lists = {name: example[name].split('\n') for name in ('similar', 'steps')}
        return (json.dumps(example | lists, ensure_ascii=False) + '\n').encode()
    columns = [name for name in HEADING if name not in {'key', 'place', 'state'}]
    return _table([tuple(HEADING[name] for name in columns), tuple(example.get(name, '') for name in columns)], kind)


def _table(lines: Sequence[Sequence[str]], kind: str) -> bytes:
    if kind not in KINDS:
        raise Invalid(N_('只能导出 xlsx、csv 或 jsonl'), field='kind')
    return xlsx_bytes(lines, sheet='知识库') if kind == 'xlsx' else csv_text(lines).encode()


def _line(entry: EntryView, place: str) -> tuple[str, ...]:
    values = _object(entry, place)
    return tuple(
        '\n'.join(value) if isinstance(value := values[name], list) else STATE_IN_FILE[EntryState(value)] if name == 'state' else str(value)
        for name in HEADING)


def _object(entry: EntryView, place: str) -> dict[str, Any]:
    return {
        'key': entry.key, 'question': entry.question, 'similar': list(entry.similar), 'answer': entry.answer, 'steps': list(entry.steps),
        'category': entry.category, 'department': entry.department, 'source': entry.source, 'policy_no': entry.policy_no, 'place': place,
        'valid_from': day_text(entry.valid_from), 'valid_until': day_text(entry.valid_until), 'state': entry.state.value,
    }


def day_text(at: datetime | None) -> str:
    """Return an instant as the local day a file or page shows; nothing for None."""
    return f'{local(at):%Y-%m-%d}' if at is not None else ''


def midnight(day: date | None) -> datetime | None:
    """Return when a day begins here, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI).astimezone(UTC) if day is not None else None


def _cell(value: Any, title: str) -> Any:
    if _NAME[title] in {'valid_from', 'valid_until'}:
        return midnight(day_of(value))
    return _sound(plain(text_of(value)), title)


def _sound(text: str, title: str) -> str:
    """Return a text that a database can keep.

    :raises BadCell: too long, or with characters that are none.
    """
    if len(text) > CELL_MAX:
        raise BadCell(N_('“{column}”太长了'), column=title)
    if any(char == '\0' or '\ud800' <= char <= '\udfff' for char in text):
        raise BadCell(N_('“{column}”里有无法识别的字符'), column=title)
    return text


# jsonl


def _read_jsonl(data: bytes) -> EntryFile:
    found = EntryFile()
    ignored: dict[str, None] = {}
    seen = 0
    for number, line in enumerate(decode(data).split('\n'), 1):
        if not line.strip():
            continue
        seen += 1
        if seen > ROWS_MAX:
            raise Invalid(TOO_LONG, field='file', n=ROWS_MAX)
        try:
            values = json.loads(line)
        except (ValueError, RecursionError):
            values = None
        if not isinstance(values, dict):
            found.refuse(number, N_('这一行不是 JSON 对象，请一行写一条'))
            continue
        ignored |= dict.fromkeys(str(name)[:SHOWN_MAX] for name in values if name not in HEADING)
        try:
            _row(found, number, {name: _value(values[name], name) for name in HEADING if name in values})
        except BadCell as problem:
            found.refuse(number, problem.message, **problem.params)
    found.ignored = list(ignored)
    return found


def _value(value: Any, name: str) -> Any:
    if name in {'valid_from', 'valid_until'}:
        return midnight(day_of(value))
    if name in {'similar', 'steps'} and isinstance(value, list):
        if any(not isinstance(one, str) for one in value):
            raise BadCell(N_('“{column}”要是文字'), column=HEADING[name])
        return _sound('\n'.join(' '.join(one.split()) for one in value), HEADING[name])
    if value is None:
        return ''
    if not isinstance(value, str | int):
        raise BadCell(N_('“{column}”要是文字'), column=HEADING[name])
    return _sound(str(value).strip(), HEADING[name])


# lines to rows


def _row(found: EntryFile, line: int, cells: dict[str, Any]) -> None:
    """Note what a line says.

    :raises BadCell: it says nothing that could be kept.
    """
    if not any(cells.values()):
        return
    key = str(cells.pop('key', ''))
    if key and not _KEY.fullmatch(key):
        raise BadCell(N_('编号“{text}”只能用字母、数字、点和横线，最多 40 个字符；没有编号就留空'), text=key[:SHOWN_MAX])
    words = str(cells.pop('state', ''))
    state = _STATES.get(words)
    if words and state is None:
        raise BadCell(N_('状态“{text}”看不懂，请写 {states}，或者留空'), text=words[:SHOWN_MAX], states='、'.join(STATE_IN_FILE.values()))
    place = str(cells.pop('place', ''))
    for name in ('similar', 'steps'):
        if name in cells:
            cells[name] = [part for text in _SPLIT.split(cells[name]) if (part := ' '.join(text.split()))]
    cells['question'] = ' '.join(str(cells.get('question', '')).split())
    checked = _checked(cells)
    if (begins := checked.get('valid_from')) and (ends := checked.get('valid_until')) and ends <= begins:
        raise BadCell(N_('失效日期要晚于生效日期'))
    found.rows.append(FileRow(line, key, place, state, checked))


def _checked(cells: dict[str, Any]) -> dict[str, Any]:
    """Return what an entry would keep of the cells.

    :raises BadCell: a field is empty or too long.
    """
    try:
        draft = EntryDraft(**{'answer': ''} | cells, place_id=0)
    except ValidationError as error:
        name = str(error.errors()[0]['loc'][0])
        value = cells.get(name)
        title = HEADING.get(name, name)
        if not value:
            raise BadCell(N_('没有写“{column}”'), column=title) from error
        if isinstance(value, list):
            raise BadCell(N_('“{column}”太多了，请删去一些'), column=title) from error
        raise BadCell(N_('“{column}”太短或太长（现在 {n} 个字）'), column=title, n=len(value)) from error
    kept = draft.model_dump(include=set(cells))
    return kept | ({'similar': list(dict.fromkeys(kept['similar']))} if 'similar' in kept else {})
