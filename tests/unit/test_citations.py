"""Every article a rule pack names stands in the list of citations, with how far it was checked."""

import json
import re
from datetime import date
from pathlib import Path

import pytest

RULES = Path(__file__).parents[2] / 'data' / 'rules'
LISTED = json.loads((RULES / 'sources' / 'citations.json').read_text(encoding='utf-8'))['citations']
ARTICLE = re.compile(r'第[一二三四五六七八九十百千]+条')
PACKS = ('civil_code_278.json', 'residents_assembly.json', 'privacy/personal_data.json')


def test_each_entry_says_what_was_checked_and_when() -> None:
    for one in LISTED:
        assert one['state'] in {'verified', 'quoted', 'unverified'}
        assert one['says']
        assert one['against']
        assert date.fromisoformat(one['checked']) >= date(2026, 12, 1)


@pytest.mark.parametrize('name', PACKS)
def test_no_article_is_named_that_is_not_listed(name: str) -> None:
    pack = json.loads((RULES / name).read_text(encoding='utf-8'))
    named = {found for text in _texts(pack) for found in ARTICLE.findall(text)}
    listed = {found for one in LISTED for found in ARTICLE.findall(one['article'] + one['says'])}
    assert named <= listed, sorted(named - listed)


def test_what_is_not_checked_is_named_as_such() -> None:
    """The figures of the residents' assembly come from a text that was replaced: its pack says so to whoever holds a vote."""
    pack = json.loads((RULES / 'residents_assembly.json').read_text(encoding='utf-8'))
    assert any(one['pack'] == pack['id'] and one['state'] == 'unverified' for one in LISTED)
    assert '还没有核到' in pack['note']


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in _texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [value] if isinstance(value, str) else []
