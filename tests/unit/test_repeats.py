"""The same text again: what counts as the same, and how often it may be said."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from yunshequ.rooms.limits import Duplicates
from yunshequ.rooms.repeats import Repeats, at_most, similarity

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
RULE = Duplicates(same=2, minutes=10, letters=4, similarity=0.9)


@given(st.text(max_size=30), st.text(max_size=30))
def test_similarity_is_symmetric_and_between_nothing_and_all(first: str, second: str) -> None:
    assert similarity(first, second) == similarity(second, first)
    assert 0 <= similarity(first, second) <= 1


@given(st.text('家政保洁随叫到', max_size=12), st.text('家政保洁随叫到今天', max_size=12))
def test_what_the_letters_alone_say_never_excuses_a_repetition(first: str, second: str) -> None:
    repeats = Repeats(RULE)
    one, other = repeats.weigh(first), repeats.weigh(second)
    if one.folded and other.folded:
        assert at_most(one, other) >= similarity(first, second)


def test_signs_and_spaces_make_no_difference_and_other_words_do() -> None:
    assert similarity('家政保洁，随叫随到！', '家政 保洁 随叫随到😀') == 1
    assert similarity('家政保洁，随叫随到', '今天停水吗') == 0


@given(st.integers(0, 8))
def test_no_more_than_the_rule_allows_until_the_window_is_over(more: int) -> None:
    repeats = Repeats(RULE)
    sent = 0
    for n in range(RULE.same + more):
        if not repeats.too_often(1, f'id-{n}', repeats.weigh('家政保洁随叫随到'), NOW):
            repeats.note(1, f'id-{n}', repeats.weigh('家政保洁随叫随到'), NOW)
            sent += 1
    assert sent == RULE.same
    assert not repeats.too_often(2, 'id-x', repeats.weigh('家政保洁随叫随到'), NOW)
    assert not repeats.too_often(1, 'id-0', repeats.weigh('家政保洁随叫随到'), NOW)  # a retry of what was sent
    assert not repeats.too_often(1, 'id-x', repeats.weigh('好的'), NOW)
    assert not repeats.too_often(1, 'id-x', repeats.weigh('家政保洁随叫随到'), NOW + timedelta(minutes=RULE.minutes, seconds=1))
