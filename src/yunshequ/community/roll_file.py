"""The roll as a file (住户名册): xlsx or csv read into rows with line numbers, and written; pure, nothing is looked up.

Of a file only the columns below are read. Telephone and identity numbers are read to know people by and kept as keyed hashes
only (``roll_people``); in other columns they are passed over.
"""

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl.reader.excel import ExcelReader
from openpyxl.utils.exceptions import InvalidFileException

from yunshequ.community.joining import clean_room_no
from yunshequ.community.schemas import Relation, RollProblem
from yunshequ.core.errors import Invalid
from yunshequ.core.i18n import N_
from yunshequ.core.sheet import cell, csv_text, xlsx_bytes

FILE_MB = 10
FILE_BYTES = FILE_MB << 20
ROWS_MAX = 20_000
UNPACKED_MAX = 64 << 20
"""Bytes a workbook may hold when unpacked; 20,000 rows need a tenth of it. A file of 10 KB can hold gigabytes (zip bomb)."""
PARTS_MAX = 2_000
COLUMNS_MAX = 60
HEADING_WITHIN = 10
"""Rows in which the headings are looked for; above them many offices write a title."""
EMPTY_MAX = 2_000
"""Empty rows after which the rest is taken for formatting without content."""
TEXT_MAX = 60

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
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*?\bref="([A-Z]+(\d+):[A-Z]+(\d+))"')

NOT_A_ROLL = N_('这个文件打不开，请另存为 Excel 工作簿（.xlsx）或 CSV 再上传')
TOO_BIG = N_('文件超过 {n} MB，请只保留名册这一张表，或分成几个文件')
BOMB = N_('这个文件解开后太大，请新建一个工作簿，只把名册这几列粘贴进去再上传')
TOO_LONG = N_('名册最多 {n} 行，请按小区分成几个文件')


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


class BadCell(Exception):
    """A cell that says nothing that could be trusted."""

    def __init__(self, message: str, **params: object) -> None:
        super().__init__(message)
        self.message = message
        self.params = params


Line = tuple[int, Sequence[Any]]


def read(data: bytes) -> RollFile:
    """Read a roll; the kind of file is told by its first bytes, not by its name.

    :raises Invalid: too large, not a table, a heading is missing, cells are merged. A bad line is no error but a problem of the result.
    """
    if len(data) > FILE_BYTES:
        raise Invalid(TOO_BIG, field='file', n=FILE_MB)
    if not data.strip():
        raise Invalid(N_('文件是空的，请重新选择'), field='file')
    if data.startswith(b'\xd0\xcf\x11\xe0'):
        raise Invalid(N_('这是旧版 Excel（.xls）或加了密码的文件，请另存为不加密码的 .xlsx 再上传'), field='file')
    if data.startswith(b'PK'):
        return _read_xlsx(data)
    return _collect(_csv_lines(data), merged=())


def match_key(text: str) -> str:
    """Return what two writings of one name have in common: width, spaces and the apostrophe of our own exports do not matter."""
    return ' '.join(unicodedata.normalize('NFKC', _plain(text)).split())


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


# xlsx


def _read_xlsx(data: bytes) -> RollFile:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            _refuse_bombs(parts)
            reader = ExcelReader(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
            reader.read()
            sheets = {sheet.name: rel.target for sheet, rel in reader.parser.find_sheets()}
            if not reader.wb.worksheets:
                raise Invalid(NOT_A_ROLL, field='file')
            sheet = reader.wb.worksheets[0]
            merged = [(m[1].decode(), int(m[2]), int(m[3])) for m in _MERGED.finditer(parts.read(sheets[sheet.title]))]
            sheet.reset_dimensions()  # what a file says of its own size may be wrong
            lines = ((number, row) for number, row in enumerate(sheet.iter_rows(max_col=COLUMNS_MAX), 1))
            return _collect(lines, merged)
    except (zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, TypeError, AttributeError,
            IndexError, OSError, EOFError, NotImplementedError, RuntimeError) as error:  # whatever a broken file can lead to
        raise Invalid(NOT_A_ROLL, field='file') from error


def _refuse_bombs(parts: zipfile.ZipFile) -> None:
    """Refuse by what the archive says of itself; more than that is never unpacked."""
    infos = parts.infolist()
    if len(infos) > PARTS_MAX or sum(info.file_size for info in infos) > UNPACKED_MAX:
        raise Invalid(BOMB, field='file')
    for info in infos:
        if info.filename.endswith(('.xml', '.rels')):
            with parts.open(info) as part:
                if b'<!DOCTYPE' in part.read(4096).replace(b'\0', b'').upper():  # no office program writes one; entities could multiply
                    raise Invalid(BOMB, field='file')


def _text_of(value: Any) -> str:
    """Return what a cell says.

    :raises BadCell: it computes, failed to, or was taken for a date.
    """
    kind = getattr(value, 'data_type', 's')
    found = getattr(value, 'value', value)
    if found is None:
        return ''
    if kind == 'f':
        raise BadCell(N_('单元格里是公式，请复制后“选择性粘贴—数值”'))
    if kind == 'e':
        raise BadCell(N_('单元格里是错误值 {text}，请改成文字或数字'), text=str(found)[:TEXT_MAX])
    if isinstance(found, date | time | timedelta):
        raise BadCell(N_('单元格被表格当成了日期，请把这一列设为“文本”后重新填写'))
    if isinstance(found, float):  # a number in a workbook is a double by its format; its shortest writing is what the person typed
        exact = Decimal(repr(found))
        return str(int(exact)) if exact == exact.to_integral_value() else format(exact, 'f')
    return str(found)


# csv


def _csv_lines(data: bytes) -> Iterator[Line]:
    text = _decode(data)
    first = next((line for line in text.splitlines() if line.strip()), '')
    delimiter = max(',\t;', key=first.count)
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=''), delimiter=delimiter), 1):
            yield number, [_CsvFormula if value.lstrip().startswith('=') else value for value in row]
    except csv.Error as error:
        raise Invalid(NOT_A_ROLL, field='file') from error


class _CsvFormula:
    """A cell of a csv that a spreadsheet would compute."""

    data_type = 'f'
    value = '='


def _decode(data: bytes) -> str:
    """Return the text of a csv: UTF-8 with or without a mark, else GB18030, as Chinese spreadsheet programs save it.

    :raises Invalid: neither.
    """
    for encoding in ('utf-8-sig', 'gb18030'):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if '\0' not in text:
            return text
    raise Invalid(NOT_A_ROLL, field='file')


# lines to rows


def _collect(lines: Iterable[Line], merged: Sequence[tuple[str, int, int]]) -> RollFile:
    found, where, empty, seen = RollFile(), None, 0, 0
    for number, values in lines:
        if where is None:
            where = _headings(values, found)
            if where is None and number >= HEADING_WITHIN:
                break
            if where is not None:
                _refuse_merged(merged, number)
            continue
        if all(getattr(value, 'value', value) in {None, ''} for value in values):
            empty += 1
            if empty > EMPTY_MAX:
                break
            continue
        empty, seen = 0, seen + 1
        if seen > ROWS_MAX:
            raise Invalid(TOO_LONG, field='file', n=ROWS_MAX)
        _read_line(found, number, values, where)
    if where is None:
        raise Invalid(N_('没有找到表头，请在第一行写上：{headings}'), field='file', headings='、'.join(COLUMNS))
    if not seen:
        raise Invalid(N_('表头下面没有内容，请填好住户再上传'), field='file')
    return found


def _refuse_merged(merged: Sequence[tuple[str, int, int]], heading: int) -> None:
    """Titles above the headings may be merged; below, one cell would have to speak for many lines."""
    for name, _top, bottom in merged:
        if bottom >= heading:
            raise Invalid(N_('{cells} 是合并单元格，请取消合并，并在每一行都填上内容'), field='file', cells=name)


def _headings(values: Sequence[Any], found: RollFile) -> dict[str, int] | None:
    """Return which column stands where, None if this line is not the one with the headings.

    :raises Invalid: some headings are here and others are missing, or one is here twice.
    """
    written = [str(getattr(value, 'value', value) or '') for value in values]
    where: dict[str, int] = {}
    others = []
    for index, word in enumerate(written):
        column = _MEANING.get(_heading_key(word))
        if column is None:
            others.append(' '.join(word.split())[:TEXT_MAX])
        elif column in where:
            raise Invalid(N_('“{first}”和“{second}”两列意思相同，请只留一列'), field='file', first=written[where[column]], second=word)
        else:
            where[column] = index
    if len(where) < 2:
        return None
    missing = [column for column in COLUMNS if column not in where]
    if missing:
        raise Invalid(N_('缺少这些列：{missing}。内容可以留空，但要有这一列'), field='file', missing='、'.join(missing))
    found.ignored = [word for word in others if word]
    return where


def _heading_key(word: str) -> str:
    key = ''.join(unicodedata.normalize('NFKC', word).split()).lower().strip('*:')
    return re.sub(r'\(.*?\)|\[.*?\]|/?㎡|/?m2$', '', key)


def _read_line(found: RollFile, number: int, values: Sequence[Any], where: dict[str, int]) -> None:
    try:
        cells = {column: _cell(values, index, column) for column, index in where.items()}
        if any(cells.values()):
            found.rows.append(_row(number, cells))
    except BadCell as problem:
        found.problems.append(RollProblem(line=number, message=problem.message, params=problem.params))
    except Invalid as refusal:
        found.problems.append(RollProblem(line=number, message=refusal.message, params=refusal.params))


def _cell(values: Sequence[Any], index: int, column: str) -> str:
    text = ' '.join(_plain(_text_of(values[index]) if index < len(values) else '').split())
    if len(text) > TEXT_MAX:
        raise BadCell(N_('“{column}”太长了'), column=column)
    return text


def _plain(text: str) -> str:
    """Take away the apostrophe our exports put before what would be a formula."""
    text = text.strip()
    return text[1:] if text.startswith("'") and cell(text[1:]) != text[1:] else text


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
