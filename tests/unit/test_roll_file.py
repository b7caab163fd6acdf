"""Reading a committee's roll: what is understood, what is refused, and in which words."""

import io
import zipfile

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from yunshequ.community import roll_file
from yunshequ.community.places_named import Named, PlaceNames
from yunshequ.community.roll_file import RollRow, area_text, read, read_area, template
from yunshequ.community.schemas import PlaceKind, Relation
from yunshequ.core import sheet_read
from yunshequ.core.errors import Invalid
from yunshequ.core.sheet_read import BadCell

HEAD = ['小区', '楼栋', '室号', '面积', '姓名', '关系']
ROWS = [RollRow(2, '景和园', '3栋', '502', 8935, '张阿姨', Relation.OWNER), RollRow(3, '', '5栋', '101', None, '', None)]
TEXT = '小区,楼栋,室号,面积,姓名,关系\r\n景和园,3栋,502,89.35,张阿姨,业主\r\n,5栋,101,,,\r\n'


def book(*rows: list[object], merge: str = '', sheet: str = 'Sheet') -> bytes:
    made = openpyxl.Workbook()
    made.active.title = sheet
    for row in rows:
        made.active.append(row)
    if merge:
        made.active.merge_cells(merge)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def reasons(data: bytes) -> list[tuple[int, str]]:
    return [(problem.line, problem.words('zh-CN')) for problem in read(data).problems]


def refusal(data: bytes) -> str:
    with pytest.raises(Invalid) as error:
        read(data)
    assert error.value.field == 'file'
    return error.value.words('zh-CN')


@pytest.mark.parametrize('data', [
    TEXT.encode(), TEXT.encode('utf-8-sig'), TEXT.encode('gb18030'), TEXT.replace(',', '\t').encode(), TEXT.replace(',', ';').encode('gb18030'),
    book(HEAD, ['景和园', '3栋', 502, 89.35, '张阿姨', '业主'], [None, '5栋', '101 室']),
])
def test_every_kind_of_file_gives_the_same_rows(data: bytes) -> None:
    found = read(data)
    assert (found.rows, found.problems) == (ROWS, [])


def test_headings_stand_in_any_order_and_under_other_names() -> None:
    found = read(book(
        ['翠林社区住户名册'], [],
        ['身份', '联系电话', ' 称呼', '建筑面积（㎡）', '房 号', '楼号', '所属小区'],
        ['家人', '13800000000', '3栋-小张', '89.350', '502', '3', '景和园'], merge='A1:G1'))
    assert found.rows == [RollRow(4, '景和园', '3', '502', 8935, '3栋-小张', Relation.FAMILY, '13800000000')]
    assert found.ignored == []


def test_a_missing_heading_is_named() -> None:
    assert '面积、关系' in refusal(book(['小区', '楼栋', '室号', '姓名'], ['', '3栋', '502', '甲']))
    assert '没有找到表头' in refusal('姓,名\n甲,乙\n'.encode())
    assert '只留一列' in refusal(book([*HEAD, '房号'], ['', '3栋', '502', '', '', '', '502']))
    assert '没有内容' in refusal(book(HEAD))


def test_bad_lines_are_told_by_number_and_reason() -> None:
    found = reasons(book(
        HEAD, ['', '3栋', '=1+1'], ['', '3栋', '#DIV/0!'], [], ['', '', '502'], ['', '3栋', ''], ['', '3栋', '502', '约90'],
        ['', '3栋', '502', '89.351'], ['', '3栋', '502', 0], ['', '3栋', '502', '', '甲', '朋友'], ['', '3栋', '502', '', '甲'], ['', '3栋', '5' * 70],
        ['', '3栋', '503']))
    assert [line for line, _words in found] == [2, 3, 5, 6, 7, 8, 9, 10, 11, 12]
    for (_line, words), part in zip(
            found, ('公式', '错误值', '楼栋', '室号', '约90', '小数超过两位', '大于 0', '朋友', '一起写', '太长'), strict=True):
        assert part in words
    assert '公式' in reasons('小区,楼栋,室号,面积,姓名,关系\n,3栋,=A1,,,\n'.encode())[0][1]


def test_a_flat_that_became_a_date_is_told() -> None:
    import datetime

    assert '日期' in reasons(book(HEAD, ['', '3栋', datetime.date(2026, 2, 5)]))[0][1]


def test_formulas_matter_only_where_something_is_read() -> None:
    assert read(book([*HEAD, '序号'], ['', '3栋', '502', '', '', '', '=ROW()'])).problems == []


def test_merged_cells_are_named() -> None:
    assert 'B2:B3' in refusal(book(HEAD, ['', '3栋', '502'], ['', '', '503'], merge='B2:B3'))


def test_limits_and_bombs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert '10 MB' in refusal(b'0' * (sheet_read.FILE_BYTES + 1))
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, 'w', zipfile.ZIP_DEFLATED) as parts:
        parts.writestr('xl/worksheets/sheet1.xml', b' ' * (sheet_read.UNPACKED_MAX + 1))
    assert len(bomb.getvalue()) < 100_000
    assert '解开后太大' in refusal(bomb.getvalue())
    entities = io.BytesIO()
    with zipfile.ZipFile(entities, 'w') as parts:
        parts.writestr('xl/workbook.xml', '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaa">]><x>&a;</x>')
    assert '解开后太大' in refusal(entities.getvalue())
    monkeypatch.setattr(roll_file, 'ROWS_MAX', 2)
    assert '最多 2 行' in refusal(book(HEAD, *[['', '3栋', str(n)] for n in range(501, 504)]))


@pytest.mark.parametrize('data', [b'PK\x03\x04 broken', b'\xff\xfe\x00\x01', b'', b'  \n', b'\xd0\xcf\x11\xe0 old', book(HEAD)[:2000], b'\x00\x01\x02'])
def test_what_is_no_table_is_refused_in_words(data: bytes) -> None:
    assert any(part in refusal(data) for part in ('打不开', '是空的', '旧版'))


@pytest.mark.parametrize('kind', ['xlsx', 'csv'])
def test_the_template_can_be_imported(kind: str) -> None:
    found = read(template(kind))
    assert [(row.room_no, row.area, row.relation) for row in found.rows] == [
        ('502', 8935, Relation.OWNER), ('502', None, Relation.FAMILY), ('503', 12000, None)]
    assert (found.problems, found.ignored) == ([], [])


@given(st.integers(1, 99_999_999))
def test_areas_are_exact(area: int) -> None:
    assert read_area(area_text(area)) == area
    assert read_area(f'{area_text(area)} ㎡') == area


@given(st.lists(st.integers(1, 99_999_999), min_size=1, max_size=30))
def test_areas_kept_as_numbers_by_a_spreadsheet_are_exact(areas: list[int]) -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as made:
        page = made.add_worksheet()
        page.write_row(0, 0, HEAD)
        for number, area in enumerate(areas, 1):
            page.write_row(number, 0, ['', '3栋', str(number), area / 100])
    assert [row.area for row in read(out.getvalue()).rows] == areas


@pytest.mark.parametrize('text', ['-3', '1e3', '89.355', '0', '0.00', '八十', '1234567', '1..2', 'nan'])
def test_what_is_no_area(text: str) -> None:
    with pytest.raises(BadCell):
        read_area(text)


def test_places_are_found_by_what_people_call_them() -> None:
    names = PlaceNames([
        Named(1, None, PlaceKind.COMMUNITY, '翠林社区'), Named(2, 1, PlaceKind.GRID, '第一网格'), Named(3, 2, PlaceKind.ESTATE, '景和园'),
        Named(4, 1, PlaceKind.ESTATE, '梅园'), Named(5, 3, PlaceKind.BUILDING, '3栋'), Named(6, 4, PlaceKind.BUILDING, '3栋'),
        Named(7, 2, PlaceKind.BUILDING, '12 栋')])
    assert [names.find(*asked) for asked in (('景和园', '3栋'), ('梅园', '3号楼'), ('', '１２幢'), ('梅园', ''), ('翠林社区', '12'))] == [5, 6, 7, 4, 7]
    for asked, part in ((('', '3栋'), '有 2 处'), (('桃园', '3栋'), '“桃园”下面没有'), (('', '9栋'), '“9栋”的楼栋'), (('桃园', ''), '“桃园”的小区')):
        message, params = names.find(*asked)
        assert part in message.format(**params)
    assert [names.written(place) for place in (4, 5, 7)] == [('梅园', ''), ('景和园', '3栋'), ('', '12 栋')]
