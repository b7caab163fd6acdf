"""One form for every way to type the same."""

import pytest
from hypothesis import given, settings
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
        ('俺家娃儿的居住证咋整', '我家孩子的居住证怎么办'),
        ('身心障礙者搭捷運', '残疾人搭地铁'),
        ('囡囡登陆不了帐号', '女儿登录不了账号'),
        ('两个月没发，八十五岁', '2个月没发,85岁'),
        ('十二号来三个人', '12号来3个人'),
        ('统一号码，同一个，万一，几十年，一百个', '统一号码,同一个,万一,几十年,一百个'),
    ],
)
def test_width_case_script_space_and_punctuation(typed: str, expected: str) -> None:
    assert normalise(typed) == expected


@given(st.text() | st.text('咋整啥时候哪儿俺们冇有身心障碍者残捷运帐户號资讯木', max_size=12) | st.text('一二两九十零百个岁年咋万', max_size=8))
@settings(deadline=None)
def test_twice_is_once(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


def test_a_bomb_of_ligatures_stays_harmless() -> None:
    assert len(normalise('\ufdfa' * 300)) < 300 * 20
