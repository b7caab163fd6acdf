"""Answers in markdown: read into a tree, never into markup; only https and our own pages are linked to; nothing is lost."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshequ.assistant.rich import DEEPEST, Tree, is_rich, is_safe, links_of, plain, read, require_safe
from yunshequ.core.errors import Invalid

SIGNS = st.text(alphabet='一二 ab1.*_-[]()<>/\\\n:&;"\'`#!', max_size=120)


def spans(blocks: Tree) -> Iterator[dict[str, Any]]:
    """All spans of a tree."""
    for block in blocks:
        if block['t'] == 'p':
            yield from block['spans']
        else:
            for item in block['items']:
                yield from spans(item)


def depth(blocks: Tree) -> int:
    return max((1 + max((depth(item) for item in block['items']), default=0) for block in blocks if block['t'] != 'p'), default=0)


@given(SIGNS)
def test_nothing_is_linked_to_that_may_not_be(text: str) -> None:
    tree = read(text)
    assert all(is_safe(span['href']) for span in spans(tree) if 'href' in span)
    assert all(set(span) <= {'text', 'b', 'href'} for span in spans(tree))
    assert depth(tree) <= DEEPEST


@given(st.text(alphabet='一二 ab.*-_<>\n#', max_size=120))
def test_letters_are_never_lost(text: str) -> None:
    letters = ''.join(span['text'] for span in spans(read(text)))
    assert [c for c in letters if c in '一二ab<>#'] == [c for c in text if c in '一二ab<>#']
    assert [c for c in plain(text) if c in '一二ab<>#'] == [c for c in text if c in '一二ab<>#']


@given(st.text(alphabet='一二三，。 ab\n', max_size=80))
def test_plain_words_stay_plain(text: str) -> None:
    assert not is_rich(read(text))
    assert plain(text).split() == text.split()


def test_lists_bold_and_links_are_read() -> None:
    text = '**带齐材料**：\n1. 身份证\n2. 户口簿\n   - 复印件\n\n见[市政府网站](https://www.nanjing.gov.cn/x)，或[填表](/ballots/3)。'
    tree = read(text)
    assert [block['t'] for block in tree] == ['p', 'ol', 'p']
    assert tree[0]['spans'][0] == {'text': '带齐材料', 'b': True}
    assert tree[1]['items'][1][1]['t'] == 'ul'
    assert [span['href'] for span in spans(tree) if 'href' in span] == ['https://www.nanjing.gov.cn/x', '/ballots/3']
    assert is_rich(tree)
    assert plain(text) == (
        '带齐材料：\n1. 身份证\n2. 户口簿\n   · 复印件\n见市政府网站（https://www.nanjing.gov.cn/x），或填表。')


def test_a_single_star_and_markup_are_text() -> None:
    for text in ('按 *#06# 查看', '2*3*4', '<script>alert(1)</script>', '# 号楼', '&lt;b&gt;', '![图](x)'):
        assert ''.join(span['text'] for span in spans(read(text))) == text
        assert not is_rich(read(text))


@pytest.mark.parametrize('href', [
    'javascript:alert(1)', 'JaVaScRiPt:alert(1)', 'data:text/html,x', '//evil.test', '/\\evil.test', '\\\\evil.test', 'http://a.cn',
    'https://user@evil.test', 'https://127.0.0.1/', 'https://localhost/', 'https://a.cn/\x00', '/a b', '/"onx=', '', 'vbscript:x', '/a\n',
    'https://a.cn\\@b.cn', '\u202ehttps://a.cn', 'https://ａ.cn', '/' + 'a' * 600, ' /a', 'tel:12345',
])
def test_unsafe_addresses_are_refused(href: str) -> None:
    assert not is_safe(href)
    assert all(is_safe(span['href']) for span in spans(read(f'[点我]({href})')) if 'href' in span)
    with pytest.raises(Invalid) as refusal:
        require_safe(href, 'links')
    assert refusal.value.field == 'links'


@pytest.mark.parametrize('href', ['/', '/ballots/3', '/me/identity?next=1#top', 'https://www.nanjing.gov.cn', 'https://a-b.gov.cn:8443/x?y=1&z=2#q'])
def test_our_own_pages_and_https_are_links(href: str) -> None:
    assert is_safe(href)
    assert [span['href'] for span in spans(read(f'[去办理]({href})')) if 'href' in span] == [href]
    assert links_of(f'[去办理]({href}) 和 [x](javascript:y)') == (href, 'javascript:y')


def test_lists_in_lists_end_somewhere() -> None:
    text = '\n'.join('  ' * n + f'- 甲{n}' for n in range(30))
    assert depth(read(text)) <= DEEPEST
    assert all(f'甲{n}' in plain(text) for n in range(30))
