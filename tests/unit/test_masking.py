"""A mask tells apart, and tells no more."""

from hypothesis import given
from hypothesis import strategies as st

from yunshequ.community.masking import mask_name

OWN = st.text(st.characters(exclude_characters='-*', exclude_categories=('Cs',)), min_size=1, max_size=20)


@given(OWN)
def test_no_more_than_the_first_character_is_left(name: str) -> None:
    shown = mask_name(name)
    assert shown[:1] == name[:1]
    assert set(shown[1:]) == {'*'}


@given(OWN, OWN)
def test_the_building_stays(building: str, name: str) -> None:
    assert mask_name(f'{building}-{name}') == f'{building}-{mask_name(name)}'


def test_as_people_are_called() -> None:
    assert [mask_name(name) for name in ('3栋-张阿姨', '小刘', '王')] == ['3栋-张**', '小*', '王*']
