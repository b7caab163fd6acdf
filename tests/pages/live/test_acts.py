"""Acts are answered by id, in order, in the person's language, once."""

import asyncio
from typing import Any

import pytest

from pages.live import number, text
from tests.bench.browser import ActRefusedError
from tests.pages.live.conftest import Running
from yunshequ.core.errors import Invalid


async def test_an_act_is_answered(running: Running) -> None:
    browser = running.browser()
    await browser.open('/toy')
    assert await browser.act('echo', {'text': '您好'}) == {'text': '您好', 'member': 7}
    assert await browser.act('slow', {'wait': 0}) == browser.client_id


async def test_acts_of_one_component_keep_their_order_and_slow_questions_do_not_hold_them_up(running: Running) -> None:
    browser = running.browser()
    await browser.open('/toy')
    question = asyncio.create_task(browser.act('slow', {'wait': 5}))
    first = asyncio.create_task(browser.act('echo', {'text': 1, 'wait': 0.1}))
    rest = [asyncio.create_task(browser.act('echo', {'text': n})) for n in range(2, 8)]
    await asyncio.gather(first, *rest)
    assert [text for _, text in running.calls] == [1, 2, 3, 4, 5, 6, 7]
    assert not question.done()
    question.cancel()


async def test_a_refusal_carries_code_words_and_field(running: Running) -> None:
    browser = running.browser()
    await browser.open('/toy')
    with pytest.raises(ActRefusedError) as refused:
        await browser.act('refuse')
    assert refused.value.error == {'code': 'invalid', 'words': '太长了，最多 5 个字', 'field': 'text'}


@pytest.mark.parametrize('name', ['break', 'unsendable'])
async def test_what_breaks_is_answered_without_detail(running: Running, name: str) -> None:
    browser = running.browser()
    await browser.open('/toy')
    with pytest.raises(ActRefusedError) as refused:
        await browser.act(name)
    assert refused.value.error['code'] == 'error'
    assert 'secret' not in str(refused.value)
    assert await browser.act('echo', {'text': 'still there'}) == {'text': 'still there', 'member': 7}


async def test_an_unknown_act_is_refused(running: Running) -> None:
    browser = running.browser()
    await browser.open('/toy')
    with pytest.raises(ActRefusedError, match='unknown_act'):
        await browser.act('no.such')


async def test_a_resent_act_is_answered_again_not_done_again(running: Running) -> None:
    browser = running.browser()
    await browser.open('/toy')
    first, again = await asyncio.gather(
        browser.act('echo', {'text': 'once', 'wait': 0.1}, act_id='a1'), asyncio.sleep(0.02, None),
    )
    assert again is None
    assert await browser.act('echo', {'text': 'once'}, act_id='a1') == first
    assert running.calls == [('echo', 'once')]


async def test_a_flood_is_refused_and_nonsense_ignored(running: Running) -> None:
    browser = running.browser()
    page = await browser.open('/toy')
    element = page.find()
    nonsense: Any
    for nonsense in (None, 5, [], {}, {'name': 'echo'}, {'name': 'echo', 'id': 'x' * 65}, {'name': 1, 'id': 'a'}):
        browser.event(element, nonsense)
    for n in range(80):
        browser.event(element, {'name': 'echo', 'args': {'text': n, 'wait': 0.0 if n else 1.0}, 'id': f'f{n}'})
    refused = await browser.wait_for(lambda f: f['k'] == 'reply' and not f['ok'])
    assert refused['error']['code'] == 'too_many'
    async with asyncio.timeout(10):
        while len(browser.frames) < 80:
            await asyncio.sleep(0.02)
    answers = [frame['ok'] for _, frame in browser.frames]
    assert answers.count(True) == len(running.calls) >= 64
    assert [text for _, text in running.calls] == sorted(text for _, text in running.calls)


@pytest.mark.parametrize('args', [{'text': '早\x00上好'}, {'deep': [{'a': ['\x00']}]}, {'\x00': 1}, {'n': 1 << 60}, {'n': -(1 << 60)}])
async def test_what_no_database_takes_is_refused_before_the_handler(running: Running, args: dict[str, Any]) -> None:
    browser = running.browser()
    await browser.open('/toy')
    with pytest.raises(ActRefusedError) as refused:
        await browser.act('echo', args)
    assert refused.value.error['code'] == 'invalid'
    assert running.calls == []


@pytest.mark.parametrize('value', [True, 1.5, '1', None, -1, 1 << 53])
def test_a_number_is_a_whole_one_that_is_exact_in_the_browser(value: object) -> None:
    with pytest.raises(Invalid):
        number({'n': value}, 'n')
    assert number({'n': (1 << 53) - 1}, 'n') == (1 << 53) - 1


def test_a_text_is_a_text() -> None:
    assert [text({}, 'body'), text({'body': '您好'}, 'body')] == ['', '您好']
    for value in (5, ['a'], 'a' * 20_001):
        with pytest.raises(Invalid):
            text({'body': value}, 'body')
