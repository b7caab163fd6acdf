"""The roll as a file (住户名册): xlsx or csv read into rows with line numbers, and written; pure, nothing is looked up.

Of a file only the columns below are read. Telephone and identity numbers are read to know people by and kept as keyed hashes
only (``roll_people``); in other columns they are passed over.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from yunshequ.community.joining import clean_room_no
from yunshequ.community.schemas import Relation, RollProblem
from yunshequ.core.errors import Invalid
from yunshequ.core.i18n import N_
from yunshequ.core.sheet import csv_text, xlsx_bytes
from yunshequ.core.sheet_read import SHOWN_MAX, BadCell, Headings, plain, read_table, text_of

ROWS_MAX = 20_000
TEXT_MAX = SHOWN_MAX

ESTATE, BUILDING, ROOM, AREA, NAME, RELATION = COLUMNS = ('小区', '楼栋', '室号', '面积', '姓名', '关系')
PHONE, NUMBER = OPTIONAL = ('手机', '身份证后四位')
"""Columns a file may have. The phone is written too, masked; a masked one says nothing when it is read again."""

SYNONYMS: dict[str, tuple[str, ...]] = {
    ESTATE: ('小区名称', '小区名', '所属小区', '住宅小区', 'estate'),
    BUILDING: ('楼栋号', '楼号', '栋号', '幢号', '楼幢', '楼幢号', '栋', '幢', 'building'),
    ROOM: ('房号', '室', '房间号', '门牌号', '门牌', '户号', '房屋号', 'flat'),
    AREA: ('建筑面积', '房屋面积', '产权面积', '专有面积', '专有部分面积', '面积平方米', 'area'),
    NAME: ('称呼', '昵称', '住户姓名', '住户', 'name'),
    RELATION: ('身份', '与房屋关系', '住户关系', '住户类型', '人员类型', 'relation'),
    PHONE: ('手机号', '手机号码', '电话', '联系电话', '联系方式', 'phone'),
    NUMBER: ('身份证', '身份证号', '身份证号码', '证件号', '证件号码', '身份证末四位', '身份证尾号', 'idnumber'),
}
_MEANING = {word: column for column in (*COLUMNS, *OPTIONAL) for word in (column, *SYNONYMS[column])}

RELATION_IN_FILE: dict[Relation, str] = {Relation.OWNER: '业主', Relation.FAMILY: '家属', Relation.TENANT: '租户'}
_RELATIONS = {
    **dict.fromkeys(('业主', '房主', '产权人', '所有权人', 'owner'), Relation.OWNER),
    **dict.fromkeys(('家属', '家人', '家庭成员', '亲属', '配偶', '子女', '父母', 'family'), Relation.FAMILY),
    **dict.fromkeys(('租户', '租客', '承租人', '租住', 'tenant'), Relation.TENANT),
}
_AREA = re.compile(r'(\d{1,6})(?:\.(\d+))?')

TOO_LONG = N_('名册最多 {n} 行，请按小区分成几个文件')
NOTHING = N_('表头下面没有内容，请填好住户再上传')


@dataclass(frozen=True, slots=True)
class RollRow:
    """One line of a file, understood: a flat, and perhaps somebody in it. ``area`` in 0.01 m², None where not written."""

    line: int
    estate: str
    building: str
    room_no: str
    area: int | None
    name: str
    relation: Relation | None
    phone: str = field(default='', repr=False)
    number: str = field(default='', repr=False)


@dataclass(slots=True)
class RollFile:
    """What a file holds: rows understood, lines that are not, and headings nothing was read from."""

    rows: list[RollRow] = field(default_factory=list)
    problems: list[RollProblem] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


def read(data: bytes) -> RollFile:
    """Read a roll; the kind of file is told by its first bytes, not by its name.

    :raises Invalid: too large, not a table, a heading is missing, cells are merged. A bad line is no error but a problem of the result.
    """
    table = read_table(data, Headings(_MEANING, COLUMNS, ROWS_MAX, TOO_LONG, NOTHING))
    found = RollFile(ignored=list(table.ignored))
    for number, cells in table.lines:
        _read_line(found, number, cells)
    return found


def match_key(text: str) -> str:
    """Return what two writings of one name have in common: width, spaces and the apostrophe of our own exports do not matter."""
    return ' '.join(unicodedata.normalize('NFKC', plain(text)).split())


def read_area(text: str) -> int | None:
    """Return an area in 0.01 m², None where nothing is written; digits only, never through a float.

    :raises BadCell: not a number above 0 with at most two decimals.
    """
    words = re.sub(r'(平方米|平米|㎡|m2|m²)$', '', unicodedata.normalize('NFKC', text).replace(',', '').strip().lower()).strip()
    if not words:
        return None
    match = _AREA.fullmatch(words)
    if match is None:
        raise BadCell(N_('面积“{text}”看不懂，请只写数字，例如 89.35'), text=text[:TEXT_MAX])
    cents = (match[2] or '').rstrip('0')
    if len(cents) > 2:
        raise BadCell(N_('面积“{text}”的小数超过两位'), text=text[:TEXT_MAX])
    area = int(match[1]) * 100 + int(cents.ljust(2, '0'))
    if area == 0:
        raise BadCell(N_('面积要大于 0，不知道就留空'))
    return area


def area_text(area: int) -> str:
    """Return an area as it stands in a file, e.g. ``89.35``; nothing where it is not known."""
    return f'{area // 100}.{area % 100:02}' if area else ''


def write(rows: Iterable[Sequence[str]], kind: str) -> bytes:
    """Return a file (``xlsx`` or ``csv``) with the headings and ``rows`` of seven columns."""
    lines = [(*COLUMNS, PHONE), *rows]
    return _as_file(lines, kind)


def template(kind: str) -> bytes:
    """Return an example to fill in."""
    return _as_file([
        COLUMNS, ('景和园', '3栋', '502', '89.35', '3栋-张阿姨', '业主'), ('景和园', '3栋', '502', '', '3栋-小张', '家属'),
        ('景和园', '3栋', '503', '120.00', '', ''),
    ], kind)


def _as_file(lines: Sequence[Sequence[str]], kind: str) -> bytes:
    return xlsx_bytes(lines, sheet='住户名册') if kind == 'xlsx' else csv_text(lines).encode()


def _read_line(found: RollFile, number: int, raw: dict[str, Any]) -> None:
    try:
        cells = {column: _cell(value, column) for column, value in raw.items()}
        if any(cells.values()):
            found.rows.append(_row(number, cells))
    except BadCell as problem:
        found.problems.append(RollProblem(line=number, message=problem.message, params=problem.params))
    except Invalid as refusal:
        found.problems.append(RollProblem(line=number, message=refusal.message, params=refusal.params))


def _cell(value: Any, column: str) -> str:
    text = ' '.join(plain(text_of(value)).split())
    if len(text) > TEXT_MAX:
        raise BadCell(N_('“{column}”太长了'), column=column)
    return text


def _row(number: int, cells: dict[str, str]) -> RollRow:
    room_no = clean_room_no(unicodedata.normalize('NFKC', cells[ROOM]))
    if room_no is None:
        raise BadCell(N_('没有写室号'))
    if not cells[BUILDING] and not cells[ESTATE]:
        raise BadCell(N_('没有写楼栋；没有楼栋的小区，请写小区'))
    relation = _RELATIONS.get(match_key(cells[RELATION]).lower())
    if cells[RELATION] and relation is None:
        raise BadCell(N_('关系“{text}”看不懂，请写业主、家属或租户'), text=cells[RELATION])
    if bool(cells[NAME]) is not bool(cells[RELATION]):
        raise BadCell(N_('姓名和关系要一起写；都不写，就只登记这一户'))
    return RollRow(number, cells[ESTATE], cells[BUILDING], room_no, read_area(cells[AREA]), cells[NAME], relation,
                   cells.get(PHONE, ''), cells.get(NUMBER, ''))
