"""Levels: what the facts give, and what a refusal says is missing."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pages.identity import share_words
from pages.people.identity import read_share
from yunshequ.community.identity_keys import Keys, clean_number, mask_name, plain_name, tail_of
from yunshequ.community.levels import RANKS, Fact, Known, Level, fact, missing
from yunshequ.core.errors import Invalid

NOW = datetime(2026, 11, 26, tzinfo=UTC)
knowns = st.builds(
    Known, joined=st.booleans(), residence=st.sampled_from(Fact), owner=st.booleans(), identity=st.sampled_from(Fact),
    label=st.just('3栋-502'))


@given(knowns, st.sampled_from(Level))
def test_nothing_is_missing_exactly_when_the_level_is_there(known: Known, wanted: Level) -> None:
    assert (missing(known, wanted) == ()) == known.has(wanted)


@given(knowns)
def test_whoever_has_a_level_has_all_below_it(known: Known) -> None:
    assert all(known.has(level) for level in Level if RANKS[level] <= RANKS[known.level])
    assert not any(known.has(level) for level in Level if RANKS[level] > RANKS[known.level])


@given(knowns, st.sampled_from(['joined', 'residence', 'owner', 'identity']))
def test_one_more_fact_never_lowers_a_level_nor_adds_to_what_is_missing(known: Known, what: str) -> None:
    more = known.model_copy(update={what: Fact.VERIFIED if what in {'residence', 'identity'} else True})
    assert RANKS[more.level] >= RANKS[known.level]
    for level in Level:
        assert len(missing(more, level, identity=True)) <= len(missing(known, level, identity=True))


@given(knowns, st.sampled_from(Level))
def test_identity_is_asked_for_beside_the_level_and_never_gives_one(known: Known, wanted: Level) -> None:
    assert known.level == known.model_copy(update={'identity': Fact.VERIFIED}).level
    asked = {step.message for step in missing(known, wanted, identity=True)} - {step.message for step in missing(known, wanted)}
    assert bool(asked) == (known.identity is not Fact.VERIFIED)


@given(st.integers(-1000, 1000), st.booleans())
def test_a_fact_expires_on_the_instant(seconds: int, verified: bool) -> None:
    until = NOW + timedelta(seconds=seconds)
    state = fact(known=True, verified_at=NOW if verified else None, until=until, now=NOW)
    assert state is (Fact.WAITING if not verified else Fact.VERIFIED if seconds > 0 else Fact.EXPIRED)


def number(seventeen: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return seventeen + '10X98765432'[sum(int(d) * w for d, w in zip(seventeen, weights, strict=True)) % 11]


@given(st.text('0123456789', min_size=17, max_size=17), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_of_a_number_is_always_found(seventeen: str, at: int, by: int) -> None:
    right = number(seventeen)
    assert clean_number(f' {right[:6]} {right[6:].lower()}') == right
    wrong = right[:at] + str((int(right[at]) + by) % 10) + right[at + 1:]
    with pytest.raises(Invalid) as refused:
        clean_number(wrong)
    assert wrong not in str(refused.value)
    assert tail_of(right) == right[-4:]


@given(st.integers(1, 10_000))
def test_a_share_survives_being_written(share: int) -> None:
    assert read_share(share_words(share)) == share


@pytest.mark.parametrize('words', ['0', '100.01', '33.333', '-5', 'half', 'NaN', 'inf', '1e9'])
def test_a_share_that_is_none_is_refused(words: str) -> None:
    with pytest.raises(Invalid):
        read_share(words)


@given(st.text('陈秀兰阿依古丽·ABC ', min_size=2, max_size=8))
def test_a_mask_leaves_one_sign_and_writings_of_a_name_are_one(name: str) -> None:
    assume(plain_name(name))
    keys = Keys(b'k')
    assert mask_name(name)[1:].strip('*') == ''
    assert keys.name(name) == keys.name(f' {name} '.replace('·', '•'))
    assert keys.name(name) != Keys(b'other').name(name)
    assert 'k' not in repr(keys).lower().replace('keys', '')
