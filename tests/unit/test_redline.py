"""Comparing editions: nothing is lost, nothing invented."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from yunshequ.core.redline import FINE_LIMIT, redline

TEXTS = st.text(alphabet='一二三四，。\n ab<', max_size=80)


@given(TEXTS, TEXTS)
def test_the_pieces_are_both_texts(old: str, new: str) -> None:
    pieces = redline(old, new)
    assert ''.join(p.text for p in pieces if p.kind != 'add') == old
    assert ''.join(p.text for p in pieces if p.kind != 'cut') == new
    assert all(p.text for p in pieces)
    assert all(a.kind != b.kind for a, b in pairwise(pieces))


def test_a_changed_figure_is_marked_not_the_whole_line() -> None:
    pieces = redline('第一条 晚上 22 点以后保持安静。\n第二条 文明养犬。\n', '第一条 晚上 21 点以后保持安静。\n第二条 文明养犬。\n')
    assert [(p.kind, p.text) for p in pieces] == [
        ('same', '第一条 晚上 '), ('cut', '22'), ('add', '21'), ('same', ' 点以后保持安静。\n第二条 文明养犬。\n')]


def test_a_long_change_is_compared_by_lines() -> None:
    old, new = '甲' * FINE_LIMIT + '\n', '乙' * FINE_LIMIT + '\n'
    assert [p.kind for p in redline(old, new)] == ['cut', 'add']
