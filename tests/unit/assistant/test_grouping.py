"""Groups of questions that mean the same."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.modules.assistant_kit import FakeEncoder
from yunshequ.assistant.grouping import by_leader, leaders


def grouped(texts: list[str]) -> list[int]:
    return leaders(texts, FakeEncoder().encode_queries(texts))


def test_the_same_matter_in_other_words_is_one_group_led_by_the_first() -> None:
    assert grouped(['装修押金退不退', '群里有人骂我', '装修押金退不退呀', '群里有人骂我们']) == [0, 1, 0, 1]


def test_another_matter_of_the_same_field_is_its_own() -> None:
    assert grouped(['出生证和户口本名字不一样', '医保名字和户口不一致']) == [0, 1]


@given(st.lists(st.text('装修押金退不群里有人骂我', min_size=1, max_size=8), max_size=12))
def test_a_leader_leads_itself_and_comes_first(texts: list[str]) -> None:
    led_by = grouped(texts)
    assert all(led_by[leader] == leader <= index for index, leader in enumerate(led_by))
    assert all(led_by[texts.index(text)] == led_by[index] for index, text in enumerate(texts))


def test_items_are_named_by_their_leader() -> None:
    assert by_leader([7, 9, 12], [0, 1, 0]) == {7: 7, 9: 9, 12: 7}
    assert leaders([], np.zeros((0, 4), np.float32)) == []
