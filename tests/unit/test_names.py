"""People found by what one types behind an @."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshequ.rooms.names import found_by


@pytest.mark.parametrize('query', ['张', '阿姨', '张阿姨', 'zhang', 'zhangayi', 'ZAY', 'ayi', '3栋', 'zhang ayi', ''])
def test_a_name_is_found_by_its_characters_its_pinyin_and_its_first_letters(query: str) -> None:
    assert found_by('3栋-张阿姨', query)


@pytest.mark.parametrize('query', ['李', 'li', 'zya', '4栋'])
def test_another_name_is_not(query: str) -> None:
    assert not found_by('3栋-张阿姨', query)


def test_a_character_is_found_by_each_of_its_readings() -> None:
    assert found_by('单老师', 'shan')
    assert found_by('单老师', 'dls')


@given(st.text('张李单曾王芳3栋-aB', min_size=1, max_size=10), st.data())
def test_any_part_of_a_name_finds_it(name: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(name) - 1))
    end = data.draw(st.integers(start + 1, len(name)))
    assert found_by(name, name[start:end])
