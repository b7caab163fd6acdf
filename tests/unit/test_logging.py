"""No personal data in logs."""

from hypothesis import given
from hypothesis import strategies as st

from yunshequ.core.logging import redact


@given(st.from_regex(r'1[3-9]\d{9}', fullmatch=True), st.text(max_size=20).filter(lambda t: not (t and t[-1].isdigit())))
def test_no_mobile_number_survives(number: str, before: str) -> None:
    line = redact(f'{before}{number} 登录')
    assert number not in line
    assert number[-4:] in line


def test_identity_cards_are_masked_and_other_numbers_are_not() -> None:
    assert '320113199001011234' not in redact('身份证 320113199001011234')
    assert redact('room 12345678901234567890 seq 42') == 'room 12345678901234567890 seq 42'
