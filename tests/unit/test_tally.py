"""Counting, quorum and results: pure rules, held against plain recounting for any votes."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshequ.ballots.outcome import decide, outcome_view
from yunshequ.ballots.quorum import Bound, Measure, Totals
from yunshequ.ballots.roll import of_households, of_owners, of_persons, whole
from yunshequ.ballots.rules import RuleBook
from yunshequ.ballots.schemas import Choice, Method, Stance, Unit, Verdict, as_choice
from yunshequ.ballots.tally import Count, Counts, add, checked, count_all, difference, leaders
from yunshequ.community.schemas import HouseholdView
from yunshequ.core.errors import Invalid
from yunshequ.core.i18n import catalogue

OPTIONS = [11, 12, 13, 14]
RULES = RuleBook.load()


@st.composite
def choices(draw: st.DrawFn, method: Method) -> Choice:
    if method is Method.SINGLE:
        return ((draw(st.sampled_from(OPTIONS)), 1),)
    if method is Method.SCORE:
        return tuple(sorted((o, n) for o, n in draw(st.dictionaries(st.sampled_from(OPTIONS), st.integers(1, 10))).items()))
    picks = draw(st.sets(st.sampled_from(OPTIONS), min_size=1 if method is Method.MULTIPLE else 0))
    return tuple((o, 1) for o in sorted(picks))


@given(st.data(), st.sampled_from(Method))
def test_differences_lead_to_the_same_tally_as_counting_from_nothing(data: st.DataObject, method: Method) -> None:
    areas = data.draw(st.lists(st.integers(0, 30_000), min_size=5, max_size=5))
    weights = {unit: Totals(units=1, area=area, heads=area % 2) for unit, area in enumerate(areas)}
    stands: dict[int, Choice] = {}
    moving: Counts = {}
    for unit, choice in data.draw(st.lists(st.tuples(st.integers(0, 4), choices(method)), max_size=30)):
        add(moving, difference(method, stands.get(unit), choice, weights[unit]))
        stands[unit] = choice
    from_nothing = count_all(method, ((choice, weights[unit]) for unit, choice in stands.items()))
    assert {option: count for option, count in moving.items() if count} == from_nothing


@given(st.data(), st.sampled_from(Method))
def test_a_normal_choice_is_its_own_normal_form(data: st.DataObject, method: Method) -> None:
    choice = data.draw(choices(method))
    assert checked(method, OPTIONS, choice, max_choices=4, max_score=10) == choice
    assert difference(method, choice, choice, Totals(units=1, area=7, heads=1)) == {}


@pytest.mark.parametrize(('method', 'choice', 'field'), [
    (Method.SINGLE, (), 'choice'), (Method.SINGLE, ((11, 1), (12, 1)), 'choice'), (Method.SINGLE, ((99, 1),), 'choice'),
    (Method.SINGLE, ((11, 2),), 'choice'), (Method.MULTIPLE, ((11, 1), (12, 1), (13, 1)), 'choice'),
    (Method.MULTIPLE, (), 'choice'), (Method.SCORE, ((11, 6),), 'choice'), (Method.SCORE, ((11, -1),), 'choice'),
    (Method.APPROVAL, ((11, 1), (11, 1)), 'choice'),
])
def test_a_choice_the_method_does_not_know_is_refused(method: Method, choice: Choice, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked(method, OPTIONS, choice, max_choices=2, max_score=5)
    assert refused.value.field == field


def test_a_choice_is_read_from_what_browsers_send() -> None:
    assert as_choice([13, 11]) == ((11, 1), (13, 1))
    assert as_choice({'12': 4}) == ((12, 4),)
    assert as_choice([[12, 3]]) == ((12, 3),)
    for nonsense in ('12', None, [{'a': 1}], ['x']):
        with pytest.raises(ValueError, match=r'choice|integers|literal'):
            as_choice(nonsense)


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(1, 8), st.integers(1, 8), st.booleans())
def test_a_bound_agrees_with_exact_fractions(count: int, more: int, a: int, b: int, strict: bool) -> None:
    numerator, denominator = sorted((a, b))
    if strict and numerator == denominator:
        return
    total = count + more
    bound = Bound(measure=Measure.AREA, of='roll', share=(numerator, denominator), strict=strict)
    share = Fraction(numerator, denominator) * total
    assert bound.met(count, total) == (count > 0 and (count > share if strict else count >= share))
    assert bound.needed(total) >= 1
    assert not bound.met(bound.needed(total) - 1, total)


def test_a_share_above_the_whole_is_no_rule() -> None:
    with pytest.raises(ValueError, match='never be reached'):
        Bound(measure=Measure.UNITS, of='roll', share=(4, 3), strict=False)
    with pytest.raises(ValueError, match='never be reached'):
        Bound(measure=Measure.UNITS, of='roll', share=(1, 1), strict=True)


PROPOSAL = [(1, Stance.YES), (2, Stance.NO), (3, Stance.ABSTAIN)]


@pytest.mark.parametrize(('area', 'heads', 'yes_area', 'yes_heads', 'verdict'), [
    (6000, 60, 3001, 31, Verdict.PASSED),  # exactly two thirds of area and heads: 以上 includes
    (5999, 60, 5999, 60, Verdict.NO_QUORUM),
    (6000, 59, 6000, 59, Verdict.NO_QUORUM),
    (6000, 60, 3000, 31, Verdict.REJECTED),  # exactly half of the area: 过半数 does not include
    (6000, 60, 3001, 30, Verdict.REJECTED),
])
def test_article_278_ordinary_asks_for_area_and_heads(
    area: int, heads: int, yes_area: int, yes_heads: int, verdict: Verdict,
) -> None:
    roll, cast = Totals(units=90, area=9000, heads=90), Totals(units=heads, area=area, heads=heads)
    counts = {1: Count(yes_heads, yes_area, yes_heads), 2: Count(heads - yes_heads, area - yes_area, heads - yes_heads)}
    found = decide(RULES.rule('civil_code_278.ordinary'), Method.SINGLE, PROPOSAL, roll, cast, counts)
    assert found.verdict is verdict


def test_article_278_special_takes_three_quarters_and_counts_abstentions_among_those_present() -> None:
    roll, cast = Totals(units=90, area=9000, heads=90), Totals(units=80, area=8000, heads=80)
    rule = RULES.rule('civil_code_278.special')
    enough = {1: Count(60, 6000, 60), 3: Count(20, 2000, 20)}
    assert decide(rule, Method.SINGLE, PROPOSAL, roll, cast, enough).verdict is Verdict.PASSED
    one_less = {1: Count(59, 5999, 59), 3: Count(21, 2001, 21)}
    assert decide(rule, Method.SINGLE, PROPOSAL, roll, cast, one_less).verdict is Verdict.REJECTED


def test_the_result_says_why_in_words() -> None:
    roll, cast = Totals(units=300, heads=300), Totals(units=212, heads=212)
    counts = {1: Count(150), 2: Count(50), 3: Count(12)}
    found = decide(RULES.rule('consultation.two_thirds_present'), Method.SINGLE, PROPOSAL, roll, cast, counts)
    shown = outcome_view(found, Unit.HOUSEHOLD, {1: '同意', 2: '不同意', 3: '弃权'}, 'zh-CN')
    assert shown.words == '表决通过'
    assert shown.lines == (
        '参加 212 户，需 200 户（全体 300 户的三分之二以上）：有效',
        '同意 150 户，需 107 户（参加的 212 户的过半数）：达到',
    )


def test_too_few_is_said_with_its_figures() -> None:
    rule = RULES.rule('consultation.two_thirds_present')
    found = decide(rule, Method.SINGLE, PROPOSAL, Totals(units=300), Totals(units=199), {1: Count(199)})
    shown = outcome_view(found, Unit.HOUSEHOLD, {1: '同意'}, 'zh-CN')
    assert shown.words == '参加的不够，表决无效'
    assert shown.lines == ('参加 199 户，需 200 户（全体 300 户的三分之二以上）：无效',)


def test_ties_are_not_broken_and_nobody_decides_nothing() -> None:
    rule, options = RULES.rule('consultation.open'), [(1, None), (2, None)]
    tied = decide(rule, Method.SINGLE, options, Totals(units=9), Totals(units=4), {1: Count(2), 2: Count(2)})
    assert (tied.verdict, tied.option_ids) == (Verdict.TIED, (1, 2))
    assert decide(rule, Method.SINGLE, options, Totals(units=9), Totals(), {}).verdict is Verdict.NO_VOTES
    empty = decide(rule, Method.APPROVAL, options, Totals(units=9), Totals(units=2), {})
    assert empty.verdict is Verdict.NO_VOTES


def test_the_leading_option_must_reach_what_the_rule_asks() -> None:
    rule, options = RULES.rule('consultation.majority'), [(1, None), (2, None), (3, None)]
    cast = Totals(units=10)
    short = decide(rule, Method.SINGLE, options, Totals(units=20), cast, {1: Count(5), 2: Count(3), 3: Count(2)})
    assert (short.verdict, short.option_ids) == (Verdict.SHORT, (1,))
    chosen = decide(rule, Method.SINGLE, options, Totals(units=20), cast, {1: Count(6), 2: Count(4)})
    assert (chosen.verdict, chosen.option_ids) == (Verdict.CHOSEN, (1,))


def test_scores_are_compared_by_their_sum() -> None:
    counts = {1: Count(votes=9, score=18), 2: Count(votes=4, score=20)}
    assert leaders(Method.SCORE, counts, [1, 2]) == [2]
    assert leaders(Method.APPROVAL, counts, [1, 2]) == [1]


def _flat(number: int, area: int, members: tuple[int, ...] = (), owners: tuple[int, ...] = ()) -> HouseholdView:
    return HouseholdView(id=number, place_id=1, label=f'3栋-{number}', area_cm2=area, member_ids=members, owner_ids=owners)


def test_owners_of_several_flats_are_one_head_with_all_their_area() -> None:
    flats = [_flat(101, 9000, (1, 2), (1,)), _flat(102, 8000, (1,), (1,)), _flat(103, 7000, (3, 4), (3, 4)), _flat(104, 6000)]
    entries = of_owners(flats)
    assert whole(entries) == Totals(units=3, area=30000, heads=3)
    assert [(e.unit, e.area, e.member_ids) for e in entries] == [
        ('o:101', 17000, (1,)), ('o:103', 7000, (3, 4)), ('o:104', 6000, ())]


def test_a_household_nobody_speaks_for_counts_in_the_whole() -> None:
    flats = [_flat(101, 0, (1, 2), (1,)), _flat(102, 0)]
    assert [e.member_ids for e in of_households(flats, owners_only=False)] == [(1, 2), ()]
    assert [e.member_ids for e in of_households(flats, owners_only=True)] == [(1,), ()]
    assert [e.unit for e in of_persons([3, 1, 3])] == ['m:1', 'm:3']


def test_every_rule_has_an_edition_and_a_source() -> None:
    choices_offered = RULES.choices('zh-CN')
    assert {'civil_code_278.ordinary', 'residents_assembly.decision', 'consultation.open'} <= {c.key for c in choices_offered}
    for choice in choices_offered:
        rule = RULES.rule(choice.key)
        assert rule.version
        assert rule.source
        assert not (rule.secret_allowed and rule.units == {Unit.AREA_HEADS})
        for words in (*rule.name.split(' · '), rule.note):
            assert words in catalogue('en'), words
