"""Sensitive words: what stands between the letters does not help."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from yunshequ.rooms.words import WordFilter, house_terms

BETWEEN = st.text(st.sampled_from(' .-_*·　~!！、|'), max_size=3)


@given(st.lists(BETWEEN, min_size=4, max_size=4), st.text(max_size=10), st.text(max_size=10))
def test_signs_between_the_letters_do_not_hide_a_term(signs: list[str], before: str, after: str) -> None:
    hidden = ''.join(letter + sign for letter, sign in zip('代办假证', signs, strict=True))
    found = WordFilter([('代办假证', '违法广告')]).find(f'{before} {hidden}{after}')
    assert found is not None
    assert found.category == '违法广告'


def test_full_width_and_case_are_folded() -> None:
    assert WordFilter([('vpn翻墙', '违法')]).find('出售ＶＰＮ 翻墙') is not None


def test_an_empty_list_and_an_empty_term_find_nothing() -> None:
    assert WordFilter([]).find('任何内容') is None
    assert WordFilter([('。。', 'x')]).find('。。') is None


def test_the_house_list_stops_adverts_and_lets_people_ask_for_help() -> None:
    house = WordFilter(house_terms())
    advert = house.find('在家 刷单·日结，联系')
    assert advert is not None
    assert advert.category == '诈骗'
    seed = Path(__file__).parents[2] / 'data' / 'seed'
    for file in [*seed.glob('kb/*.jsonl'), *seed.glob('demo/*.json'), seed / 'out_of_scope.jsonl']:
        for line in file.read_text(encoding='utf-8').splitlines():
            assert house.find(line) is None, (file.name, line)
