"""What a vote must be before it is kept: checked once, in words for whoever prepares it."""

from datetime import datetime, timedelta

from yunshequ.ballots.rules import Rule
from yunshequ.ballots.schemas import BallotDraft, Method, OptionDraft, Stance, Unit
from yunshequ.community.levels import Level
from yunshequ.core.errors import Invalid
from yunshequ.core.i18n import N_

TITLE_MAX = 80
BODY_MAX = 5000
OPTION_MAX = 100
OPTIONS = range(2, 21)
SCORE_MAX = 10
SHORTEST = timedelta(minutes=1)
LONGEST = timedelta(days=366)


def checked(draft: BallotDraft, rule: Rule, now: datetime) -> BallotDraft:
    """Return the draft trimmed and complete.

    :raises Invalid: something is missing, too long, or the rule does not allow it; ``field`` says where.
    """
    title, body = draft.title.strip(), draft.body.strip()
    if not 1 <= len(title) <= TITLE_MAX:
        raise Invalid(N_('请写标题，不超过 {max} 字'), field='title', max=TITLE_MAX)
    if len(body) > BODY_MAX:
        raise Invalid(N_('说明不超过 {max} 字'), field='body', max=BODY_MAX)
    if not 1 <= len(draft.client_id) <= 64:
        raise Invalid(N_('页面版本太旧，请刷新后再试'), field='client_id')
    options = _options(draft)
    _method(draft, len(options))
    _rule(draft, rule)
    opens = draft.opens_at or now
    if draft.closes_at - max(opens, now) < SHORTEST:
        raise Invalid(N_('截止时间要晚于开始时间'), field='closes_at')
    if draft.closes_at - now > LONGEST:
        raise Invalid(N_('截止时间请在一年之内'), field='closes_at')
    if draft.opens_at is not None and draft.opens_at < now - SHORTEST:
        raise Invalid(N_('开始时间已经过去'), field='opens_at')
    level = draft.level
    if level is Level.GUEST:
        raise Invalid(N_('表决至少要面向已加入的成员'), field='level')
    if draft.unit is Unit.AREA_HEADS:
        level = Level.OWNER
    return draft.model_copy(update={
        'title': title, 'body': body, 'options': options, 'level': level,
        'max_choices': draft.max_choices if draft.method is Method.MULTIPLE else 1,
        'max_score': draft.max_score if draft.method is Method.SCORE else 0,
    })


def _options(draft: BallotDraft) -> tuple[OptionDraft, ...]:
    options = tuple(OptionDraft(text=' '.join(option.text.split()), stance=option.stance) for option in draft.options)
    if len(options) not in OPTIONS:
        raise Invalid(N_('请给出 {min} 到 {max} 个选项'), field='options', min=OPTIONS.start, max=OPTIONS.stop - 1)
    texts = [option.text for option in options]
    if any(not 1 <= len(text) <= OPTION_MAX for text in texts):
        raise Invalid(N_('每个选项要有文字，不超过 {max} 字'), field='options', max=OPTION_MAX)
    if len(set(texts)) != len(texts):
        raise Invalid(N_('有两个选项是一样的'), field='options')
    stances = [option.stance for option in options if option.stance is not None]
    if stances:
        proposal = stances.count(Stance.YES) == 1 and stances.count(Stance.NO) == 1 and len(stances) == len(options)
        if not proposal or draft.method is not Method.SINGLE or stances.count(Stance.ABSTAIN) > 1:
            raise Invalid(N_('对方案的表决应为单选：同意、不同意，可加弃权'), field='options')
    return options


def _method(draft: BallotDraft, options: int) -> None:
    if draft.method is Method.MULTIPLE and not 1 <= draft.max_choices <= options:
        raise Invalid(N_('最多可选的项数应在 1 到 {max} 之间'), field='max_choices', max=options)
    if draft.method is Method.SCORE and not 1 <= draft.max_score <= SCORE_MAX:
        raise Invalid(N_('最高分应在 1 到 {max} 之间'), field='max_score', max=SCORE_MAX)


def _rule(draft: BallotDraft, rule: Rule) -> None:
    if draft.unit not in rule.units:
        raise Invalid(N_('所选规则不适用于这种计票方式'), field='rule')
    if draft.unit is Unit.HOUSEHOLD and draft.level is Level.MEMBER:
        raise Invalid(N_('一户一票要用实名住户或业主的名册'), field='level')
    if draft.secret and (draft.unit is Unit.AREA_HEADS or not rule.secret_allowed):
        raise Invalid(N_('按面积计票必须记名：面积会暴露是哪一户'), field='secret')
    if rule.approval and draft.method is Method.SCORE:
        raise Invalid(N_('所选规则要求同意比例，不能用打分的方式'), field='rule')
