"""Sensitive words: neither what stands between the letters nor how they are written hides a term."""

from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from yunshequ.rooms.words import Term, WordAction, WordFilter, house_terms, normalise

SIGN = st.one_of(
    st.sampled_from(' .-_*·　~!！、|\n\u200b\u200d\ufe0f\u0336\u3164😀🈲❤'),
    st.characters(categories=['Z', 'P', 'S', 'C', 'M'])).filter(lambda char: not normalise(char))
BETWEEN = st.text(SIGN, max_size=3)
WORD = st.text(st.characters(categories=['L', 'N']), min_size=1, max_size=8).filter(normalise)


def stops(*words: str, allowed: tuple[str, ...] = ()) -> WordFilter:
    return WordFilter([Term(word, '违法广告') for word in words], allowed)


def is_in_order(letters: str, text: str) -> bool:
    rest = iter(text)
    return all(letter in rest for letter in letters)


@given(WORD, st.data(), st.text(max_size=10), st.text(max_size=10))
def test_signs_between_the_letters_never_hide_a_term(word: str, data: st.DataObject, before: str, after: str) -> None:
    hidden = ''.join(letter + data.draw(BETWEEN) for letter in word)
    found = stops(word).find(f'{before}{hidden}{after}')
    assert found is not None
    assert found.term == word


@given(WORD, st.text(max_size=40))
def test_a_text_without_the_letters_in_order_is_never_stopped(word: str, text: str) -> None:
    assume(not is_in_order(normalise(word), normalise(text)))
    assert stops(word).find(text) is None


@given(st.text(max_size=20), st.text(max_size=20))
def test_folding_goes_letter_by_letter_and_once_is_enough(first: str, second: str) -> None:
    assert normalise(first + second) == normalise(first) + normalise(second)
    assert normalise(normalise(first)) == normalise(first)


@given(st.text(max_size=5), st.text(max_size=5))
def test_an_allowed_phrase_excuses_the_term_inside_it_and_only_there(before: str, after: str) -> None:
    assume('办' not in normalise(before + after))
    words = stops('办证', allowed=('代办证明',))
    assert words.find(f'{before}代-办證明{after}') is None
    assert words.find(f'{before}代办证明，办证找我{after}') is not None


@pytest.mark.parametrize('text', [
    '出售ＶＰＮ 翻墙', '出售vpn翻牆', 'v.p.n😀翻🧱墙', 'ⓋⓅⓃ翻墙', 'v\u0336p\u0336n\u0336翻\u200b墙', 'vṕn翻墻', 'v\u3164p\u3164n翻墙'])
def test_other_ways_of_writing_a_term(text: str) -> None:
    found = stops('VPN翻墙').find(text)
    assert found is not None
    assert normalise(found.written) == 'vpn翻墙'


def test_a_found_term_is_shown_as_it_was_written() -> None:
    found = stops('假证').find('需要 假—🙂證 的来')
    assert found is not None
    assert found.written == '假—🙂證'


def test_a_phrase_cannot_switch_a_term_off() -> None:
    assert stops('代办假证', allowed=('代办假证', '代')).find('代办假证') is not None


def test_what_blocks_goes_before_what_marks() -> None:
    words = WordFilter([Term('转卖', '交易', WordAction.MARK), Term('卖假药', '违法')])
    both = words.find('转卖假药')  # the two share a letter
    assert both is not None
    assert both.action is WordAction.BLOCK
    assert [match.term for match in words.matches('转卖假药')] == ['转卖', '卖假药']
    marked = words.find('转卖自行车')
    assert marked is not None
    assert marked.action is WordAction.MARK


def test_of_two_entries_for_one_term_the_stricter_counts() -> None:
    for terms in ([Term('刷單', '提醒', WordAction.MARK), Term('刷单', '诈骗')], [Term('刷单', '诈骗'), Term('刷單', '提醒', WordAction.MARK)]):
        found = WordFilter(terms).find('刷单')
        assert found is not None
        assert found.category == '诈骗'


def test_an_empty_list_and_an_empty_term_find_nothing() -> None:
    assert WordFilter([]).find('任何内容') is None
    assert stops('。。', '').find('。。') is None


def test_the_house_list_stops_adverts_and_lets_people_ask_for_help() -> None:
    house = WordFilter(house_terms())
    advert = house.find('在家 刷单·日结，联系')
    assert advert is not None
    assert advert.category == '诈骗'
    seed = Path(__file__).parents[2] / 'data' / 'seed'
    for file in [*seed.glob('kb/*.jsonl'), *seed.glob('demo/*.json'), seed / 'out_of_scope.jsonl']:
        for line in file.read_text(encoding='utf-8').splitlines():
            assert house.find(line) is None, (file.name, line)


LETTERS = st.sampled_from('刷單兼職VPN翻牆代办证')
WIDE = {letter: chr(ord(letter) + 0xFEE0) for letter in 'VPNvpn'}


@given(st.lists(LETTERS, min_size=2, max_size=8), st.data())
def test_no_mix_of_width_case_spaces_signs_and_emoji_hides_a_term(letters: list[str], data: st.DataObject) -> None:
    word = ''.join(letters)
    forms = [data.draw(st.sampled_from([one, one.lower(), WIDE.get(one, one), WIDE.get(one.lower(), one)])) for one in word]
    hidden = ''.join(one + data.draw(BETWEEN) for one in forms)
    assert stops(word).find(hidden) is not None
    assert stops(word, allowed=(f'不要{word}',)).find(f'不 要{hidden}') is None


def by_sound(*words: str, allowed: tuple[str, ...] = ()) -> WordFilter:
    return WordFilter([Term(word, '违法广告', homophones=True) for word in words], allowed)


@pytest.mark.parametrize('text', ['刷丹兼值', '唰 单😀煎 职', '刷單兼職', '耍赖不算，刷担尖直才算'])
def test_letters_that_sound_the_same_count_where_they_are_told_to(text: str) -> None:
    found = by_sound('刷单兼职').find(text)
    assert found is not None
    assert found.term == '刷单兼职'


def test_sounds_count_only_where_they_are_told_to_and_only_all_of_them() -> None:
    assert stops('刷单兼职').find('刷丹兼值') is None
    for harmless in ('刷单', '单兼职', '刷碗兼职', '刷卡单兼职'):
        assert by_sound('刷单兼职').find(harmless) is None
    assert by_sound('刷单兼职', allowed=('举报刷丹兼值',)).find('我要举报刷丹兼值') is None
    assert by_sound('重庆路').find('虫庆路') is not None  # a letter with two readings


@given(st.text(st.characters(categories=['L', 'N']), min_size=1, max_size=6).filter(normalise), st.data(), st.text(max_size=10))
def test_a_word_by_sound_is_still_found_as_written(word: str, data: st.DataObject, before: str) -> None:
    hidden = ''.join(letter + data.draw(BETWEEN) for letter in word)
    assert by_sound(word).find(before + hidden) is not None
