"""The seed of the knowledge base keeps its own rules (data/seed/kb/README.md)."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

SEED = Path(__file__).resolve().parents[2] / 'data' / 'seed'
FILES = sorted((SEED / 'kb').glob('*.jsonl'))
UNCHECKED = '社区工作者整理（示例，待社区核对）'
REQUIRED = {'key', 'question', 'similar', 'answer', 'category', 'department', 'scope', 'source'}
OPTIONAL = {'steps', 'valid_note'}
# Numbers everybody in the country may dial; any other run of three or more digits would be invented.
PUBLIC_NUMBERS = frozenset({
    '110', '114', '119', '120', '122',
    '12306', '12315', '12328', '12329', '12333', '12337', '12338', '12345', '12348', '12351', '12355', '12356', '12366',
    '12367', '12368', '12378', '12388', '12393', '95598', '96110',
})
YEARS = frozenset({'2025', '2026', '2030', '2039'})
AMOUNT = re.compile(r'[\d一二三四五六七八九十百千万两]+(?:\.\d+)?\s*(?:元|块钱|万块)')
OUTSIDE_CONTACT = re.compile(r'https?://|www\.|@[a-z0-9-]+\.', re.IGNORECASE)
PUNCTUATION = re.compile(r'[\s，。？！、,.?!“”"「」…：:；;]')


def read(path: Path) -> list[dict[str, Any]]:
    """All rows of one file; the file must be UTF-8 and every line one JSON object."""
    rows = [json.loads(line) for line in path.read_text(encoding='utf-8').splitlines()]
    assert all(isinstance(row, dict) for row in rows)
    return rows


def squeeze(text: str) -> str:
    """The text without spaces and punctuation, so that wordings differing only there count as the same."""
    return PUNCTUATION.sub('', text).lower()


def words_of(row: dict[str, Any]) -> list[str]:
    """Every text of a row that a resident can see."""
    return [row['question'], *row['similar'], row['answer'], *row.get('steps', []), row.get('valid_note', '')]


ROWS = [row for path in FILES for row in read(path)]


def repeated(values: list[str]) -> list[str]:
    """The values that occur more than once."""
    return [value for value, times in Counter(values).items() if times > 1]


def test_there_is_enough_of_it_and_it_is_spread() -> None:
    assert len(ROWS) >= 1200
    assert len({row['category'] for row in ROWS}) >= 20
    largest = max(Counter(row['category'] for row in ROWS).values())
    assert largest <= len(ROWS) * 0.15


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.stem)
def test_rows_are_complete(path: Path) -> None:
    prefix = path.stem.replace('_', '-')
    for number, row in enumerate(read(path), start=1):
        assert row['key'] == f'{prefix}-{number:03d}'
        assert set(row) >= REQUIRED, row['key']
        assert set(row) <= REQUIRED | OPTIONAL, row['key']
        assert row['scope'] in {'district', 'street', 'community'}, row['key']
        texts = [*words_of(row)[: 2 + len(row['similar'])], *row.get('steps', [])]
        assert all(isinstance(text, str) and text == text.strip() and text for text in texts), row['key']


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.stem)
def test_answers_are_of_a_readable_length_and_polite(path: Path) -> None:
    for row in read(path):
        assert 60 <= len(row['answer']) <= 220, row['key']
        assert '您' in row['answer'], row['key']
        assert '<' not in row['answer'], row['key']
        assert row['answer'].count('【') == row['answer'].count('】'), row['key']


def test_keys_and_questions_are_unique() -> None:
    assert repeated([row['key'] for row in ROWS]) == []
    assert repeated([squeeze(row['answer']) for row in ROWS]) == []


def test_every_wording_belongs_to_one_entry_only() -> None:
    for row in ROWS:
        assert 2 <= len(row['similar']) <= 5, row['key']
    assert repeated([squeeze(text) for row in ROWS for text in [row['question'], *row['similar']]]) == []


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.stem)
def test_no_invented_numbers_amounts_or_contacts(path: Path) -> None:
    for row in read(path):
        for text in words_of(row):
            unknown = set(re.findall(r'\d{3,}', text)) - PUBLIC_NUMBERS - YEARS
            assert not unknown, (row['key'], unknown)
            assert not AMOUNT.search(text), (row['key'], text)
            assert not OUTSIDE_CONTACT.search(text), (row['key'], text)
            assert '〔' not in text, row['key']


def test_sources_name_a_law_or_say_that_nobody_checked_yet() -> None:
    for row in ROWS:
        parts = row['source'].split('；')
        assert row['source'] == UNCHECKED or all(re.fullmatch(r'《[^《》]+》', part) for part in parts), row['key']


def test_small_talk_is_short_distinct_and_steers_home() -> None:
    rows = read(SEED / 'small_talk.jsonl')
    assert len(rows) >= 50
    assert all(set(row) == {'question', 'answer'} for row in rows)
    assert repeated([squeeze(row['question']) for row in rows]) == []
    assert repeated([row['answer'] for row in rows]) == []
    assert all(1 <= len(row['question']) <= 20 and 8 <= len(row['answer']) <= 80 for row in rows)
    assert not {squeeze(row['question']) for row in rows} & {squeeze(row['question']) for row in ROWS}
    for row in rows:
        assert set(re.findall(r'\d{3,}', row['answer'])) <= PUBLIC_NUMBERS
