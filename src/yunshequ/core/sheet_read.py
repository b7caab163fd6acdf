"""Tables that people send in (xlsx, csv) read into lines by heading; pure, and safe against what a file may do to us.

Nothing is computed, a workbook may hold no more when unpacked than ``UNPACKED_MAX``, and only columns with a known heading are
read. What the cells mean is the caller's affair.
"""

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl.reader.excel import ExcelReader
from openpyxl.utils.exceptions import InvalidFileException

from yunshequ.core.errors import Invalid
from yunshequ.core.i18n import N_
from yunshequ.core.sheet import cell

FILE_MB = 10
FILE_BYTES = FILE_MB << 20
UNPACKED_MAX = 64 << 20
"""Bytes a workbook may hold when unpacked; 20,000 rows need a tenth of it. A file of 10 KB can hold gigabytes (zip bomb)."""
PARTS_MAX = 2_000
COLUMNS_MAX = 60
HEADING_WITHIN = 10
"""Rows in which the headings are looked for; above them many offices write a title."""
EMPTY_MAX = 2_000
"""Empty rows after which the rest is taken for formatting without content."""
SHOWN_MAX = 60
"""Characters of a cell or heading that a refusal repeats."""

NOT_A_TABLE = N_('这个文件打不开，请另存为 Excel 工作簿（.xlsx）或 CSV 再上传')
TOO_BIG = N_('文件超过 {n} MB，请只保留要用的这一张表，或分成几个文件')
BOMB = N_('这个文件解开后太大，请新建一个工作簿，只把要用的这几列粘贴进去再上传')

_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*?\bref="([A-Z]+(\d+):[A-Z]+(\d+))"')

Line = tuple[int, Sequence[Any]]


class BadCell(Exception):
    """A cell that says nothing that could be trusted."""

    def __init__(self, message: str, **params: object) -> None:
        super().__init__(message)
        self.message = message
        self.params = params


@dataclass(frozen=True, slots=True)
class Headings:
    """Which columns a table may have: ``meaning`` of each writing of a heading, and which must be there."""

    meaning: Mapping[str, str]
    required: Sequence[str]
    rows_max: int
    too_long: str
    """What to say where there are more rows than ``rows_max`` (``{n}``)."""
    nothing: str
    """What to say where nothing stands below the headings."""


@dataclass(frozen=True, slots=True)
class Table:
    """Lines with the raw cell of each known column, and headings nothing was read from."""

    lines: tuple[tuple[int, dict[str, Any]], ...]
    ignored: tuple[str, ...]


def read_table(data: bytes, headings: Headings) -> Table:
    """Read a table; the kind of file is told by its first bytes, not by its name.

    :raises Invalid: too large, not a table, a heading is missing or there twice, cells are merged, too many rows.
    """
    if len(data) > FILE_BYTES:
        raise Invalid(TOO_BIG, field='file', n=FILE_MB)
    if not data.strip():
        raise Invalid(N_('文件是空的，请重新选择'), field='file')
    if data.startswith(b'\xd0\xcf\x11\xe0'):
        raise Invalid(N_('这是旧版 Excel（.xls）或加了密码的文件，请另存为不加密码的 .xlsx 再上传'), field='file')
    if data.startswith(b'PK'):
        return _read_xlsx(data, headings)
    return _collect(_csv_lines(data), headings, merged=())


def heading_key(word: str) -> str:
    """Return what the writings of one heading have in common: width, case, spaces and units do not matter."""
    key = ''.join(unicodedata.normalize('NFKC', word).split()).lower().strip('*:')
    return re.sub(r'\(.*?\)|\[.*?\]|/?㎡|/?m2$', '', key)


def plain(text: str) -> str:
    """Take away the apostrophe our exports put before what would be a formula."""
    text = text.strip()
    return text[1:] if text.startswith("'") and cell(text[1:]) != text[1:] else text


def text_of(value: Any) -> str:
    """Return what a cell says.

    :raises BadCell: it computes, failed to, or was taken for a date.
    """
    found = _sound(value)
    if found is None:
        return ''
    if isinstance(found, date | time | timedelta):
        raise BadCell(N_('单元格被表格当成了日期，请把这一列设为“文本”后重新填写'))
    if isinstance(found, float):  # a number in a workbook is a double by its format; its shortest writing is what the person typed
        exact = Decimal(repr(found))
        return str(int(exact)) if exact == exact.to_integral_value() else format(exact, 'f')
    return str(found)


def day_of(value: Any) -> date | None:
    """Return the day a cell names, None where it is empty: a date of the spreadsheet, or 2027-01-31, 2027/1/31, 2027年1月31日.

    :raises BadCell: it computes or names no day.
    """
    found = _sound(value)
    if isinstance(found, datetime):
        return found.date()
    if isinstance(found, date):
        return found
    words = plain('' if found is None else str(found))
    if not words:
        return None
    match = re.fullmatch(r'(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?', unicodedata.normalize('NFKC', words))
    try:
        return date(*(int(part) for part in match.groups())) if match else _no_day(words)
    except ValueError:
        return _no_day(words)


def decode(data: bytes) -> str:
    """Return the text of a file: UTF-8 with or without a mark, else GB18030, as Chinese spreadsheet programs save it.

    :raises Invalid: neither.
    """
    for encoding in ('utf-8-sig', 'gb18030'):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if '\0' not in text:
            return text
    raise Invalid(NOT_A_TABLE, field='file')


def _no_day(words: str) -> date:
    raise BadCell(N_('日期“{text}”看不懂，请写成 2027-01-31'), text=words[:SHOWN_MAX])


def _sound(value: Any) -> Any:
    kind = getattr(value, 'data_type', 's')
    found = getattr(value, 'value', value)
    if found is None:
        return None
    if kind == 'f':
        raise BadCell(N_('单元格里是公式，请复制后“选择性粘贴—数值”'))
    if kind == 'e':
        raise BadCell(N_('单元格里是错误值 {text}，请改成文字或数字'), text=str(found)[:SHOWN_MAX])
    return found


# xlsx


def _read_xlsx(data: bytes, headings: Headings) -> Table:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            _refuse_bombs(parts)
            reader = ExcelReader(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
            reader.read()
            sheets = {sheet.name: rel.target for sheet, rel in reader.parser.find_sheets()}
            if not reader.wb.worksheets:
                raise Invalid(NOT_A_TABLE, field='file')
            sheet = reader.wb.worksheets[0]
            merged = [(m[1].decode(), int(m[2]), int(m[3])) for m in _MERGED.finditer(parts.read(sheets[sheet.title]))]
            sheet.reset_dimensions()  # what a file says of its own size may be wrong
            lines = ((number, row) for number, row in enumerate(sheet.iter_rows(max_col=COLUMNS_MAX), 1))
            return _collect(lines, headings, merged)
    except (zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, TypeError, AttributeError,
            IndexError, OSError, EOFError, NotImplementedError, RuntimeError) as error:  # whatever a broken file can lead to
        raise Invalid(NOT_A_TABLE, field='file') from error


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


# csv


def _csv_lines(data: bytes) -> Iterator[Line]:
    text = decode(data)
    first = next((line for line in text.splitlines() if line.strip()), '')
    delimiter = max(',\t;', key=first.count)
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=''), delimiter=delimiter), 1):
            yield number, [_CsvFormula if value.lstrip().startswith('=') else value for value in row]
    except csv.Error as error:
        raise Invalid(NOT_A_TABLE, field='file') from error


class _CsvFormula:
    """A cell of a csv that a spreadsheet would compute."""

    data_type = 'f'
    value = '='


# lines by heading


def _collect(lines: Iterable[Line], headings: Headings, merged: Sequence[tuple[str, int, int]]) -> Table:
    found: list[tuple[int, dict[str, Any]]] = []
    where: dict[str, int] | None = None
    others: list[str] = []
    empty = 0
    for number, values in lines:
        if where is None:
            where, others = _headings(values, headings)
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
        empty = 0
        if len(found) == headings.rows_max:
            raise Invalid(headings.too_long, field='file', n=headings.rows_max)
        found.append((number, {column: values[index] if index < len(values) else '' for column, index in where.items()}))
    if where is None:
        raise Invalid(N_('没有找到表头，请在第一行写上：{headings}'), field='file', headings='、'.join(headings.required))
    if not found:
        raise Invalid(headings.nothing, field='file')
    return Table(tuple(found), tuple(word for word in others if word))


def _refuse_merged(merged: Sequence[tuple[str, int, int]], heading: int) -> None:
    """Titles above the headings may be merged; below, one cell would have to speak for many lines."""
    for name, _top, bottom in merged:
        if bottom >= heading:
            raise Invalid(N_('{cells} 是合并单元格，请取消合并，并在每一行都填上内容'), field='file', cells=name)


def _headings(values: Sequence[Any], headings: Headings) -> tuple[dict[str, int] | None, list[str]]:
    """Return which column stands where, None if this line is not the one with the headings; and what else it names.

    :raises Invalid: some headings are here and others are missing, or one is here twice.
    """
    written = [str(getattr(value, 'value', value) or '') for value in values]
    where: dict[str, int] = {}
    others = []
    for index, word in enumerate(written):
        column = headings.meaning.get(heading_key(word))
        if column is None:
            others.append(' '.join(word.split())[:SHOWN_MAX])
        elif column in where:
            raise Invalid(N_('“{first}”和“{second}”两列意思相同，请只留一列'), field='file', first=written[where[column]], second=word)
        else:
            where[column] = index
    if len(where) < 2:
        return None, []
    missing = [column for column in headings.required if column not in where]
    if missing:
        raise Invalid(N_('缺少这些列：{missing}。内容可以留空，但要有这一列'), field='file', missing='、'.join(missing))
    return where, others
