"""The knowledge base as a file: what is understood, what is refused by line, and that an export can be read back."""

import csv
import io
import json
from datetime import UTC, date, datetime

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yunshequ.assistant import exchange_file
from yunshequ.assistant.exchange_file import HEADING, KINDS, midnight, read, template, write
from yunshequ.assistant.schemas import EntryState, EntryView
from yunshequ.core.errors import Invalid

HEAD = '问题,相似问法,答案,分类,失效日期,状态'
AT = datetime(2027, 1, 1, tzinfo=UTC)
DAY = date(2027, 1, 31)


def entry(**more: object) -> EntryView:
    values: dict[str, object] = {
        'id': 1, 'key': 'own-1', 'question': '怎么借书？', 'similar': ('借书几点', '哪里借书'), 'answer': '到图书室登记。', 'steps': ('带证件', '登记'),
        'category': '文化', 'department': '社区', 'source': '', 'place_id': 3, 'place_path': '/1/2/3/', 'owner_id': None, 'valid_from': None,
        'valid_until': None, 'state': EntryState.PUBLISHED, 'version': 1, 'changed_at': AT, 'changed_by': None}
    return EntryView.model_validate(values | more)


def reasons(data: bytes) -> list[tuple[int, str]]:
    return [(problem.line, problem.words('zh-CN')) for problem in read(data).problems]


def book(*rows: list[object]) -> bytes:
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


@pytest.mark.parametrize('encoding', ['utf-8', 'utf-8-sig', 'gb18030'])
def test_a_csv_is_read_in_the_encodings_offices_save(encoding: str) -> None:
    text = f'{HEAD}\r\n怎么借书？,"借书几点\n哪里借书|图书室",到图书室登记。,文化,2027/1/31,已发布\r\n'
    row, = read(text.encode(encoding)).rows
    assert (row.line, row.question, row.state) == (2, '怎么借书？', EntryState.PUBLISHED)
    assert row.given['similar'] == ['借书几点', '哪里借书', '图书室']
    assert row.given['valid_until'] == datetime(2027, 1, 30, 16, tzinfo=UTC)
    assert 'steps' not in row.given


def test_each_bad_line_is_named_with_its_reason() -> None:
    lines = [
        HEAD, ',,没有问题的答案,,,', '怎么借书？,,,,,', '怎么还书？,,放在还书口。,,明年,', '怎么续借？,,打电话。,,,待定', '=HYPERLINK("x"),,答案答案,,,',
        f'{"长" * 201},,答案答案,,,', '怎么办卡？,,带身份证。,,,']
    data = '\n'.join(lines).encode()
    assert reasons(data) == [
        (2, '没有写“问题”'), (3, '没有写“答案”'), (4, '日期“明年”看不懂，请写成 2027-01-31'),
        (5, '状态“待定”看不懂，请写 草稿、待审核、已发布、已停用，或者留空'), (6, '单元格里是公式，请复制后“选择性粘贴—数值”'),
        (7, '“问题”太短或太长（现在 201 个字）')]
    assert [row.line for row in read(data).rows] == [8]


def test_a_workbook_may_hold_real_dates_and_other_headings() -> None:
    row, = read(book(['社区知识库'], ['标准问题', '回答', '有效期至', '浏览量'], ['怎么借书？', '登记即可。', DAY, 17])).rows
    assert row.given['valid_until'] == datetime(2027, 1, 30, 16, tzinfo=UTC)
    assert read(book(['问题', '答案', '浏览量'], ['怎么借书？', '登记即可。', 17])).ignored == ['浏览量']
    assert reasons(book(['问题', '答案'], ['怎么借书？', '=1+1'])) == [(2, '单元格里是公式，请复制后“选择性粘贴—数值”')]


def test_jsonl_lines() -> None:
    rows = ['{"question": "怎么借书？", "answer": "登记即可。", "similar": ["借书"], "hits": 3}', 'not json', '', '[1]',
            '{"question": "甲乙", "answer": ["x"]}', '{"question": "怎么还书？", "answer": "还书口。\\ud800"}']
    found = read('\n'.join(rows).encode())
    assert [(row.line, row.given['similar']) for row in found.rows] == [(1, ['借书'])]
    assert [problem.line for problem in found.problems] == [2, 4, 5, 6]
    assert found.ignored == ['hits']


def test_what_is_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Invalid, match='10 MB'):
        read(b'{' + b' ' * exchange_file.FILE_BYTES)
    monkeypatch.setattr(exchange_file, 'ROWS_MAX', 1)
    for data in (f'{HEAD}\n甲甲,,乙乙,,,\n丙丙,,丁丁,,,\n', '{"question": "甲甲", "answer": "乙乙"}\n' * 2):
        with pytest.raises(Invalid, match='最多 1 条'):
            read(data.encode())


@pytest.mark.parametrize('data', [b'', b'\x89PNG', '问题,备注\n甲,乙'.encode(), b'PK\x03\x04'])
def test_what_is_no_knowledge_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(Invalid) as refusal:
        read(data)
    assert refusal.value.field == 'file'


@pytest.mark.parametrize('kind', sorted(KINDS))
def test_the_template_can_be_imported(kind: str) -> None:
    found = read(template(kind))
    assert (len(found.rows), found.problems, found.ignored) == (1, [], [])
    assert found.rows[0].given['similar'] == ['图书室什么时候能去', '借书几点']


WORDS = st.text(st.characters(exclude_categories=('Cs', 'Cc', 'Zl', 'Zp'), exclude_characters='|｜'), min_size=2, max_size=30).map(
    lambda text: ' '.join(text.split())).filter(lambda text: len(text) > 1 and not text.startswith("'"))


@settings(max_examples=40)
@given(st.sampled_from(sorted(KINDS)), WORDS, st.lists(WORDS, max_size=3, unique=True), st.sampled_from(['=1+1', '@SUM(A1)', '-3 步', '＝甲', '+86 请拨打']))
def test_what_is_exported_says_the_same_when_it_is_read(kind: str, words: str, similar: list[str], answer: str) -> None:
    until = midnight(date(2027, 5, 1))
    made = entry(question=words, similar=tuple(similar), answer=answer, valid_until=until)
    row, = read(write([(made, '景和社区')], kind)).rows
    assert (row.question, row.given['similar'], row.given['answer'], row.given['steps']) == (words, similar, answer, ['带证件', '登记'])
    assert (row.key, row.place, row.state, row.given['valid_until'], row.given['valid_from']) == (
        'own-1', '景和社区', EntryState.PUBLISHED, until, None)


@pytest.mark.parametrize('words', ['=cmd|x', '+1', '-1', '@x', '＝1', '\t=1'])
def test_no_exported_cell_is_a_formula(words: str) -> None:
    made = entry(question=f'{words} 怎么办', answer=words + '  ', category=words)
    cells = [cell for row in csv.reader(io.StringIO(write([(made, '')], 'csv').decode('utf-8-sig'))) for cell in row]
    assert not [cell for cell in cells if cell.lstrip().startswith(('=', '+', '-', '@', '＝', '\t'))]
    sheet = openpyxl.load_workbook(io.BytesIO(write([(made, '')], 'xlsx'))).active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {'s', 'n'}
    assert all(cell.data_type != 'f' for row in sheet.iter_rows() for cell in row)


def test_a_line_of_jsonl_holds_what_the_entry_holds() -> None:
    values = json.loads(write([(entry(), '景和社区')], 'jsonl'))
    assert list(values) == list(HEADING)
    assert (values['similar'], values['place'], values['state']) == (['借书几点', '哪里借书'], '景和社区', 'published')
    with pytest.raises(Invalid):
        write([], 'pdf')
