"""Results (表决结果): the verdict of a rule over final figures, and its words."""

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from yunshequ.ballots.quorum import Check, Measure, Totals, approval, participation
from yunshequ.ballots.rules import Rule
from yunshequ.ballots.schemas import CheckView, Method, OutcomeView, Stance, Unit, Verdict
from yunshequ.ballots.tally import Count, leaders
from yunshequ.core.i18n import N_, SOURCE_LOCALE, translate


class Outcome(BaseModel):
    """How a vote ended: the verdict, the options it names, and every figure that led to it."""

    model_config = ConfigDict(frozen=True)

    verdict: Verdict
    option_ids: tuple[int, ...]
    checks: tuple[Check, ...]


def decide(
    rule: Rule, method: Method, options: Sequence[tuple[int, Stance | None]], roll: Totals, cast: Totals,
    counts: Mapping[int, Count],
) -> Outcome:
    """Apply a rule to final figures. ``options``: ids and stances in their order.

    Where one option says yes the vote is on a proposal, and the rule's approval is asked of that option; without an
    approval in the rule it passes if more say yes than no. Else the approval is asked of the option that leads.
    """
    present = participation(rule.participation, roll, cast)
    ids = [option for option, _ in options]
    if not cast.units:
        return Outcome(verdict=Verdict.NO_VOTES, option_ids=(), checks=present)
    if not all(check.met for check in present):
        return Outcome(verdict=Verdict.NO_QUORUM, option_ids=(), checks=present)
    for_it = [option for option, stance in options if stance is Stance.YES]
    if for_it:
        support = counts.get(for_it[0], Count())
        asked = approval(rule.approval, roll, cast, support.totals())
        if rule.approval:
            passed = all(check.met for check in asked)
        else:
            against = sum(counts.get(option, Count()).votes for option, stance in options if stance is Stance.NO)
            passed = support.votes > against
        verdict = Verdict.PASSED if passed else Verdict.REJECTED
        return Outcome(verdict=verdict, option_ids=(for_it[0],), checks=(*present, *asked))
    first = leaders(method, counts, ids)
    if len(first) != 1:
        return Outcome(verdict=Verdict.TIED if first else Verdict.NO_VOTES, option_ids=tuple(first), checks=present)
    asked = approval(rule.approval, roll, cast, counts[first[0]].totals())
    verdict = Verdict.CHOSEN if all(check.met for check in asked) else Verdict.SHORT
    return Outcome(verdict=verdict, option_ids=(first[0],), checks=(*present, *asked))


def distance(
    rule: Rule, options: Sequence[tuple[int, Stance | None]], roll: Totals, cast: Totals,
    counts: Mapping[int, Count] | None,
) -> tuple[Check, ...]:
    """Return how far an open vote is from each figure its rule asks for; without ``counts`` turnout only."""
    present = participation(rule.participation, roll, cast)
    for_it = [option for option, stance in options if stance is Stance.YES]
    if counts is None or not for_it:
        return present
    return (*present, *approval(rule.approval, roll, cast, counts.get(for_it[0], Count()).totals()))


VERDICTS = {
    Verdict.PASSED: N_('表决通过'),
    Verdict.REJECTED: N_('表决未通过'),
    Verdict.CHOSEN: N_('选定：{options}'),
    Verdict.TIED: N_('并列第一：{options}。规则不在并列之间作决定，需另行商定'),
    Verdict.SHORT: N_('{options} 得票最多，但没有达到规则要求的比例'),
    Verdict.NO_QUORUM: N_('参加的不够，表决无效'),
    Verdict.NO_VOTES: N_('没有人选择任何一项，没有结果'),
}
PARTICIPATION = {
    Measure.UNITS: N_('参加 {count}，需 {needed}（{whole}的{share}）：{verdict}'),
    Measure.AREA: N_('参加面积 {count}，需 {needed}（{whole}的{share}）：{verdict}'),
    Measure.HEADS: N_('参加业主 {count}，需 {needed}（{whole}的{share}）：{verdict}'),
}
APPROVAL = {
    Measure.UNITS: N_('{option} {count}，需 {needed}（{whole}的{share}）：{verdict}'),
    Measure.AREA: N_('{option}面积 {count}，需 {needed}（{whole}的{share}）：{verdict}'),
    Measure.HEADS: N_('{option}业主 {count}，需 {needed}（{whole}的{share}）：{verdict}'),
}
WHOLE = {'roll': N_('全体 {whole}'), 'participating': N_('参加的 {whole}')}
_NUMERALS = '零一二三四五六七八九十'


def quantity(count: int, measure: Measure, unit: Unit, locale: str) -> str:
    """Return a figure with its unit, e.g. ``212 户`` or ``12,345.67 平方米``."""
    if measure is Measure.AREA:
        return translate(N_('{n} 平方米'), locale, n=f'{count // 100:,}.{count % 100:02}')
    if measure is Measure.UNITS and unit is Unit.HOUSEHOLD:
        return translate(N_('{n} 户'), locale, n=f'{count:,}')
    if measure is Measure.UNITS and unit is Unit.AREA_HEADS:
        return translate(N_('{n} 票'), locale, n=f'{count:,}')
    return translate(N_('{n} 人'), locale, n=f'{count:,}')


def share_words(check: Check, locale: str) -> str:
    """Return the fraction in words: 过半数, 三分之二以上."""
    numerator, denominator = check.share
    if check.strict and check.share == (1, 2):
        return translate(N_('过半数'), locale)
    text = f'{numerator}/{denominator}'
    if locale == SOURCE_LOCALE and denominator < len(_NUMERALS):
        text = f'{_NUMERALS[denominator]}分之{_NUMERALS[numerator]}'
    return translate(N_('超过{share}') if check.strict else N_('{share}以上'), locale, share=text)


def check_words(check: Check, unit: Unit, option: str, locale: str, *, final: bool) -> str:
    """Return one figure in words. While the vote is open the last word says what is lacking."""
    presence = check.stage == 'participation'
    if check.met:
        verdict = translate((N_('有效') if presence else N_('达到')) if final else N_('已达到'), locale)
    elif final:
        verdict = translate(N_('无效') if presence else N_('未达到'), locale)
    else:
        verdict = translate(N_('还差 {missing}'), locale, missing=quantity(check.missing, check.measure, unit, locale))
    whole = quantity(check.whole, check.measure, unit, locale)
    return translate(
        (PARTICIPATION if presence else APPROVAL)[check.measure], locale,
        count=quantity(check.count, check.measure, unit, locale),
        needed=quantity(check.needed, check.measure, unit, locale),
        whole=translate(WHOLE[check.of], locale, whole=whole), share=share_words(check, locale),
        verdict=verdict, option=option,
    )


def check_view(check: Check, unit: Unit, option: str, locale: str, *, final: bool) -> CheckView:
    """Return one figure for a page."""
    return CheckView(
        stage=check.stage, measure=check.measure, needed=check.needed, met=check.met,
        words=check_words(check, unit, option, locale, final=final),
    )


def outcome_view(outcome: Outcome, unit: Unit, texts: Mapping[int, str], locale: str) -> OutcomeView:
    """Return a result in words. ``texts``: what each option says."""
    named = '、'.join(texts[option] for option in outcome.option_ids)
    return OutcomeView(
        verdict=outcome.verdict, option_ids=outcome.option_ids,
        words=translate(VERDICTS[outcome.verdict], locale, options=named),
        lines=tuple(check_words(check, unit, named, locale, final=True) for check in outcome.checks),
    )
