"""楼栋-姓名: what somebody may go by among neighbours, as a proposal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshequ.community.places import NICKNAME_MAX, among_neighbours, clean_nickname
from yunshequ.core.errors import Invalid


@pytest.mark.parametrize(('building', 'name', 'proposed'), [
    ('3栋', '张阿姨', '3栋-张阿姨'), ('3栋', '', '3栋-'), ('', '张阿姨', '张阿姨'), ('3栋', '5栋-张阿姨', '5栋-张阿姨'),
    ('3栋', '3栋张阿姨', '3栋张阿姨'), ('一个名字非常长的住宅楼', '名字也非常长的住户某某', '名字也非常长的住户某某')])
def test_a_proposal_says_where_and_who(building: str, name: str, proposed: str) -> None:
    assert among_neighbours(building, name) == proposed


@given(st.text('3栋幢5座', max_size=8), st.text('张王李阿姨-', min_size=1, max_size=NICKNAME_MAX))
def test_a_proposal_keeps_the_name_fits_and_is_stable(building: str, name: str) -> None:
    proposed = among_neighbours(building, name)
    assert proposed.endswith(name)
    assert len(proposed) <= NICKNAME_MAX
    assert among_neighbours(building, proposed) == proposed


def test_the_beginning_of_a_name_is_none() -> None:
    with pytest.raises(Invalid, match='3栋-张阿姨'):
        clean_nickname('3栋-')
    assert clean_nickname(' 3栋-张阿姨 ') == '3栋-张阿姨'
