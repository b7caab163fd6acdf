"""The rules of 小栖, without any I/O."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshequ.assistant.answering import (
    CANDIDATES,
    Found,
    Thresholds,
    chosen,
    decide,
    is_question,
    question_of,
    spoken_to,
    wants_person,
)
from yunshequ.assistant.schemas import Band

LIMITS = Thresholds(direct=0.8, suggest=0.3, unasked=0.95)


@pytest.mark.parametrize(('text', 'asked'), [
    ('@小栖 老人补贴咋领', '老人补贴咋领'), ('小栖，请问居住证怎么办', '居住证怎么办'), ('＠小栖同学 您好，停水吗', '停水吗'),
    ('老人补贴咋领 @小栖', '老人补贴咋领'), ('@小栖 你好', '你好'), ('@小栖', ''), ('栖霞区在哪', '栖霞区在哪'),
])
def test_the_question_without_its_address(text: str, asked: str) -> None:
    assert question_of(text) == asked


@pytest.mark.parametrize(('text', 'to_us'), [
    ('@小栖 在吗', True), ('大家可以@小栖问问', True), ('小栖 怎么办居住证', True), ('住在栖霞区', False), ('问小栖呀', False)])
def test_spoken_to(text: str, to_us: bool) -> None:
    assert spoken_to(text) is to_us


@pytest.mark.parametrize('text', [
    '老人补贴咋领', '居住证怎么办理', '孩子上学要什么材料？', '社区几点上班', '请问疫苗在哪打', '今天停水吗',
    '旧沙发能不能放楼下', '电费去哪交'])
def test_questions_to_the_house(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize('text', [
    '今天真冷', '收到', '谁家的车堵门了？', '你们吃饭了吗', '老王你家狗咋又叫', '有人一起拼车吗', '大家觉得怎么样',
    '转让婴儿床要的说，怎么样', '吗？',
    '你怎么还没下班', '看这个 http://x.cn 是什么', '这件事说来话长' * 20 + '怎么办', '@bob 你怎么看',
])
def test_talk_between_neighbours(text: str) -> None:
    assert not is_question(text)


@pytest.mark.parametrize(('text', 'yes'), [
    ('转人工', True), ('@小栖 我要人工客服', True), ('找工作人员吧', True), ('人工', True), ('人工湖在哪里', False),
    ('工作人员几点上班', False)])
def test_wants_person(text: str, yes: bool) -> None:
    assert wants_person(text) is yes


@pytest.mark.parametrize(('text', 'index'), [('1', 0), ('第二个', 1), ('３', 2), ('4', None), ('12', None), ('1号线', None)])
def test_chosen(text: str, index: int | None) -> None:
    assert chosen(text) == index


def test_three_bands() -> None:
    found = [Found(7, 0.9, 1), Found(8, 0.8, 1), Found(9, 0.78, 1), Found(10, 0.75, 1), Found(11, 0.2, 1)]
    assert decide(found, 0.85, LIMITS).entry_id == 7
    offer = decide(found, 0.5, LIMITS)
    assert (offer.band, offer.candidates, offer.entry_id) == (Band.SUGGEST, (7, 8, 9), None)
    assert decide(found, 0.2, LIMITS).band is Band.REFUSE
    assert decide([], 0.99, LIMITS).band is Band.REFUSE
    assert decide([found[0], found[4]], 0.5, LIMITS).candidates == (7,)  # what trails far behind is no candidate


def test_unasked_needs_more() -> None:
    found = [Found(7, 0.9, 1)]
    assert decide(found, 0.9, LIMITS, unasked=True).band is Band.SILENT
    assert decide(found, 0.96, LIMITS, unasked=True).entry_id == 7
    assert decide(found, 0.99, LIMITS, by_meaning=False, unasked=True).band is Band.SILENT


def test_by_words_nothing_is_sure() -> None:
    decision = decide([Found(7, 0.9, 1)], 0.99, LIMITS, by_meaning=False)
    assert (decision.band, decision.entry_id, decision.candidates) == (Band.LOADING, None, (7,))


def test_the_own_community_goes_first_among_equals() -> None:
    near = [Found(7, 0.90, 1), Found(8, 0.89, 3), Found(9, 0.5, 5)]
    assert decide(near, 0.9, LIMITS).entry_id == 8
    apart = [Found(7, 0.90, 1), Found(8, 0.80, 3)]
    assert decide(apart, 0.9, LIMITS).entry_id == 7


founds = st.lists(
    st.builds(Found, st.integers(1, 50), st.floats(0, 1.2), st.integers(1, 6)), max_size=12, unique_by=lambda found: found.entry_id)


@given(founds, st.floats(0, 1), st.booleans(), st.booleans())
def test_what_is_said_was_found(found: list[Found], confidence: float, by_meaning: bool, unasked: bool) -> None:
    decision = decide(found, confidence, LIMITS, by_meaning=by_meaning, unasked=unasked)
    ids = {one.entry_id for one in found}
    assert set(decision.candidates) <= ids
    assert len(decision.candidates) <= CANDIDATES
    assert decision.entry_id is None or decision.entry_id in ids
    assert (decision.band is Band.DIRECT) == (decision.entry_id is not None)
    if unasked:
        assert decision.band in {Band.DIRECT, Band.SILENT}
    if decision.band is Band.DIRECT:
        assert by_meaning
        assert confidence >= LIMITS.direct


@given(st.text(max_size=200))
def test_any_text_is_taken(text: str) -> None:
    assert set(question_of(text)) <= {*text, ' '}  # nothing is put into somebody's mouth
    assert chosen(text) in {None, *range(CANDIDATES)}
    assert not (is_question(text) and 'http' in text)
    assert not (wants_person(text) and not question_of(text))
