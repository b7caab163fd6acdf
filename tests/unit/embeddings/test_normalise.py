"""One form for every way to type the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings import normalise


@pytest.mark.parametrize(
    ('typed', 'expected'),
    [
        ('請問　居住證　怎麼辦理？？？', '请问居住证怎么办理?'),
        ('ＡＢＣ１２３，我 想 问!!!', 'abc123,我想问!'),
        ('社保 卡怎么补\u200b办。', '社保卡怎么补办.'),
        ('bus  12   路', 'bus 12路'),
        ('著作和附近', '著作和附近'),
        ('\x00\ud800坏', '坏'),
        ('   ', ''),
    ],
)
def test_width_case_script_space_and_punctuation(typed: str, expected: str) -> None:
    assert normalise(typed) == expected


@given(st.text())
def test_twice_is_once(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


def test_a_bomb_of_ligatures_stays_harmless() -> None:
    assert len(normalise('\ufdfa' * 300)) < 300 * 20
