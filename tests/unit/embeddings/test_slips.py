"""Characters mistaken for others of the same sound are mended by what is stored, and nothing else is touched."""

import pytest

from embeddings import HybridIndex, IndexEntry

STORED = [
    '居住证怎么办理', '居住证到期怎么换', '居住证丢了怎么补', '医保卡丢了', '医保怎么交', '医保怎么查', '医保断了怎么办', '医保能不能退', '社保卡丢了怎么补',
]


@pytest.fixture
def index() -> HybridIndex:
    made = HybridIndex(None)
    made.replace(IndexEntry(key, text) for key, text in enumerate(STORED))
    return made


@pytest.mark.parametrize(('asked', 'meant'), [
    ('居主证怎么办', '居住证怎么办'),
    ('我的居主证丢了', '我的居住证丢了'),
    ('怎么交医报', '怎么交医保'),
    ('居住证怎么办', '居住证怎么办'),
    ('今天去打球', '今天去打球'),
    ('主', '主'),
    ('', ''),
    ('abc 居主证', 'abc居住证'),
])
def test_slips_are_mended(index: HybridIndex, asked: str, meant: str) -> None:
    assert index.as_searched(asked) == meant


def test_a_slip_finds_the_entry(index: HybridIndex) -> None:
    assert index.search('居主证到期')[0].text == '居住证到期怎么换'


def test_what_an_entry_says_itself_is_no_slip(index: HybridIndex) -> None:
    index.replace([IndexEntry(50, '居主证书怎么领')])
    assert index.as_searched('居主证怎么办') == '居主证怎么办'
    index.remove([50])
    assert index.as_searched('居主证怎么办') == '居住证怎么办'


def test_a_copy_mends_as_well_and_stays_apart(index: HybridIndex) -> None:
    copied = index.copy(None)
    index.remove(range(3))
    assert copied.as_searched('居主证怎么办') == '居住证怎么办'
    assert index.as_searched('居主证怎么办') == '居主证怎么办'


def test_a_pasted_essay_is_left_after_its_beginning(index: HybridIndex) -> None:
    essay = '啊哦' * 5000 + '居主证'
    assert index.as_searched(essay) == essay
