"""Follow-ups, and the one question that settles two competing answers: pure rules."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshequ.assistant.answering import Decision, Found, Thresholds
from yunshequ.assistant.deciding import picked, rivals
from yunshequ.assistant.following import LONGEST, PART, WINDOW, Aspect, Before, aspect_of, enriched, follows, part
from yunshequ.assistant.schemas import Band

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PERMIT = Before(7, '居住证怎么办理？', NOW - timedelta(minutes=1))


@pytest.mark.parametrize(('text', 'aspect'), [
    ('那要带什么材料', Aspect.PAPERS), ('要带哪些证件？', Aspect.PAPERS), ('材料呢', Aspect.PAPERS), ('@小栖 需要准备什么', Aspect.PAPERS),
    ('在哪办', Aspect.WHERE), ('去哪里办理？', Aspect.WHERE), ('那去哪块办啊', Aspect.WHERE), ('地址是？', Aspect.WHERE),
    ('多少钱', Aspect.COST), ('那要交多少钱呢', Aspect.COST), ('收费吗', Aspect.COST), ('要多久', Aspect.TIME), ('几天能办好', Aspect.TIME),
    ('什么时候能拿到', Aspect.TIME), ('怎么办', Aspect.HOW), ('那怎么申请', Aspect.HOW), ('可以代办吗', Aspect.WHO), ('电话多少', Aspect.CONTACT),
])
def test_what_names_no_subject_asks_about_the_last_answer(text: str, aspect: Aspect) -> None:
    assert aspect_of(text) is aspect
    assert follows(text, PERMIT, NOW) is aspect
    assert follows(text, None, NOW) is None
    assert enriched(text, PERMIT).startswith('居住证怎么办理 ')


@pytest.mark.parametrize('text', [
    '居住证要带什么材料', '那老人补贴要带什么材料呢', '谢谢', '那就好', '好的', '垃圾', '', '小区电动车充电多少钱', '你好', '社保在哪办', '2', '1',
    '我要人工', '那我家孩子上学的事情在哪个地方可以去办理一下呢请问',
])
def test_what_stands_alone_is_no_follow_up(text: str) -> None:
    assert aspect_of(text) is None


@given(st.text(max_size=60))
def test_any_text_is_read_without_harm_and_depends_only_with_an_answer_before(text: str) -> None:
    assert follows(text, None, NOW) is None
    aspect = follows(text, PERMIT, NOW)
    assert aspect is aspect_of(text)
    if aspect is not None:
        assert len(text.strip()) > 0


@given(st.sampled_from(['居住证', '老人补贴', '电动车', '医保报销', '灵活就业']), st.sampled_from(['要带什么材料', '在哪办', '多少钱', '要多久']))
def test_a_subject_of_its_own_always_stands_alone(subject: str, asked: str) -> None:
    assert aspect_of(asked) is not None
    assert aspect_of(subject + asked) is None


@given(st.integers(min_value=-3600, max_value=7200))
def test_an_answer_is_followed_only_within_its_window(seconds: int) -> None:
    before = Before(7, PERMIT.question, NOW - timedelta(seconds=seconds))
    assert (follows('在哪办', before, NOW) is not None) == (0 <= seconds <= WINDOW.total_seconds())


@given(st.text(min_size=LONGEST + 1, alphabet='带什么材料在哪办'))
def test_who_writes_much_says_what_they_mean(text: str) -> None:
    assert aspect_of(text) is None


@given(st.lists(st.text(alphabet='带身份证到窗口办理免费三个工作日内。；', max_size=20), max_size=8), st.sampled_from(Aspect))
def test_a_part_is_always_the_keepers_own_words(lines: list[str], aspect: Aspect) -> None:
    answer, steps = '\n'.join(lines[:2]), tuple(lines[2:])
    told = part(answer, steps, aspect)
    whole = '\n'.join((answer, *steps))
    assert all(line in whole for line in told.split('\n'))
    assert len(told.split('\n')) <= PART


def test_a_part_answers_what_was_asked() -> None:
    answer, steps = '带身份证和租房合同。到派出所户籍窗口办理。不收费。', ('十五个工作日内领取。',)
    assert part(answer, steps, Aspect.PAPERS).startswith('带身份证和租房合同。')
    assert part(answer, steps, Aspect.COST) == '不收费。'
    assert part(answer, steps, Aspect.TIME) == '十五个工作日内领取。'
    assert part('到窗口登记。', (), Aspect.COST) == ''


def test_papers_are_things_one_brings_and_not_whoever_is_brought_along() -> None:
    warning = '没见过面就谈钱、带您看“漏洞网站”，是典型的杀猪盘。别被威胁发照片吓住。平时带全家走一次楼梯。'
    assert part(warning, ('看资质和合同',), Aspect.PAPERS) == ''
    for told in ('带上夫妻身份证、早孕检查单。', '只要双方本人身份证和声明。', '您到服务站说明情况，带退役证、病历。', '请准备材料。'):
        assert part(warning + told, (), Aspect.PAPERS) == told


# -- two that compete --------------------------------------------------------------------------------------------------

LIMITS = Thresholds(direct=0.8, suggest=0.3, unasked=0.95, near=0.02)
STAFF, RESIDENT = '城镇职工医保怎么报销？', '城乡居民医保怎么报销？'


def found(*scores: float, depths: tuple[int, ...] = ()) -> list[Found]:
    return [Found(n + 1, score, depths[n] if depths else 1) for n, score in enumerate(scores)]


@pytest.mark.parametrize(('hits', 'band', 'confidence', 'expected'), [
    (found(0.70, 0.69), Band.SUGGEST, 0.6, (1, 2)),
    (found(0.69, 0.70), Band.DIRECT, 0.85, (2, 1)),
    (found(0.70, 0.69), Band.DIRECT, 0.97, None),  # sure beyond doubt
    (found(0.70, 0.60), Band.SUGGEST, 0.6, None),  # one leads
    (found(0.70, 0.69, 0.685), Band.SUGGEST, 0.6, None),  # three are a list
    (found(0.70, 0.69, depths=(3, 1)), Band.SUGGEST, 0.6, None),  # the community's own speaks first
    (found(0.70, 0.69), Band.REFUSE, 0.1, None), (found(0.70), Band.SUGGEST, 0.6, None),
])
def test_two_compete_only_when_close_and_not_sure(
    hits: list[Found], band: Band, confidence: float, expected: tuple[int, int] | None,
) -> None:
    assert rivals(hits, Decision(band, confidence=confidence), LIMITS) == expected


@pytest.mark.parametrize(('text', 'choice'), [
    ('1', 0), ('第二个', 1), ('2。', 1), ('前一个', 0), ('后面那个', 1), ('职工的', 0), ('城镇职工', 0), ('居民的', 1), (STAFF, 0), (RESIDENT, 1),
    ('@小栖 居民医保', 1), ('3', None), ('都不是', None), ('医保', None), ('职工居民', None), ('谢谢', None), ('', None),
])
def test_the_reply_picks(text: str, choice: int | None) -> None:
    assert picked(text, STAFF, RESIDENT) == choice


words = st.text(alphabet='城镇职工乡居民医保怎么报销办理一二三', min_size=1, max_size=14)


@given(words, words, words)
def test_what_picks_one_never_picks_the_other_in_reverse(text: str, first: str, second: str) -> None:
    choice, turned = picked(text, first, second), picked(text, second, first)
    assert choice in {None, 0, 1}
    if first != second and choice is not None and turned is not None and text not in {'一', '二', '三', '第一个', '第二个'}:
        assert choice == 1 - turned


@given(words, words)
def test_a_choice_repeated_is_that_choice(first: str, second: str) -> None:
    if first != second and first not in {'一', '二', '三', '一一', '二二', '三三'}:
        assert picked(first, first, second) in {0, None}
