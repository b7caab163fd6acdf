"""The pages of 小栖 with two people looking: a resident asks, a worker answers, the next resident finds it."""

import asyncio
import threading
from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest

from tests.bench.browser import ActRefusedError, BrowserClient
from tests.modules.assistant_kit import PENSION, PERMIT, fake_model
from tests.pages.site import Site
from yunshequ import bootstrap
from yunshequ.assistant.schemas import EntryDraft
from yunshequ.bootstrap import Container
from yunshequ.core.clock import MovableClock
from yunshequ.core.ids import token
from yunshequ.core.settings import Settings

RESIDENT_ELEMENTS = 20


@pytest.fixture
def gate() -> threading.Event:
    """While it is closed, the model goes on loading."""
    gate = threading.Event()
    gate.set()
    return gate


@pytest.fixture
async def container(
    settings: Settings, clock: MovableClock, monkeypatch: pytest.MonkeyPatch, gate: threading.Event,
) -> AsyncIterator[Container]:
    """A running container whose 小栖 has a small deterministic model."""
    model = fake_model()

    def open_model() -> object:
        gate.wait(20)
        return model()

    monkeypatch.setattr(bootstrap, 'opener', lambda _settings: open_model)
    built = Container(settings, clock=clock)
    await built.db.start()
    await built.bus.start()
    await built.assistant.start()
    if gate.is_set():
        await built.assistant._retriever.settled()
    yield built
    gate.set()
    await built.assistant.stop()
    await built.bus.stop()
    await built.db.stop()


@pytest.fixture
async def site(site: Site) -> Site:
    """The application with two answers of the district."""
    for question, answer in ((PENSION, '带老人身份证到户籍所在社区登记。'), (PERMIT, '带租房合同到派出所户籍窗口。')):
        await site.c.assistant.knowledge.create(
            site.world['admin'], EntryDraft(question=question, answer=answer, category=question[:2], place_id=site.world.district),
                publish=True)
    await asyncio.gather(*site.c.bus._tasks)  # type: ignore[attr-defined]  # the catalogue has heard of both
    return site


class TestWhileTheModelLoads:
    """Pages that stood open learn that it is there: no old note stays."""

    @pytest.fixture
    def gate(self) -> threading.Event:
        return threading.Event()

    @pytest.mark.parametrize(('who', 'path'), [('alice', '/services'), ('secretary', '/staff/knowledge/desk')])
    async def test_the_note_goes_when_it_is_there(self, site: Site, gate: threading.Event, who: str, path: str) -> None:
        browser = await site.browser(who)
        page = await browser.open(path)
        assert page.props('model_note')['state'] == 'loading'
        assert await browser.act('model.state', {}, tag='model_note') == {'state': 'loading'}
        gate.set()
        frame = await browser.wait_for(lambda told: told['t'] == 'model')
        assert (frame['k'], frame['state']) == ('state', 'ready')
        assert await browser.act('model.state', {}, tag='model_note') == {'state': 'ready'}


def post(text: str) -> dict[str, object]:
    return {'client_id': token(), 'kind': 'text', 'body': text, 'mentions': []}


async def test_the_big_box_leads_to_an_answer_in_the_private_chat(site: Site) -> None:
    alice = await site.browser('alice')
    page = await alice.open('/services')
    assert len(page.elements) <= RESIDENT_ELEMENTS
    props = page.props('services')
    assert (props['place'], props['top']) == ('景和园社区', [])
    assert page.props('model_note')['state'] == 'ready'
    assert props['examples'] == [PENSION, PERMIT]
    with pytest.raises(ActRefusedError) as refusal:
        await alice.act('services.ask', {'text': '  '}, tag='services')
    assert refusal.value.error['field'] == 'text'
    sent = await alice.act('services.ask', {'text': PENSION}, tag='services', act_id='ask-00000001')
    again = await alice.act('services.ask', {'text': PENSION}, tag='services', act_id='ask-00000001')
    assert sent == again == {'href': '/assistant'}
    await asyncio.gather(*site.c.bus._tasks)  # type: ignore[attr-defined]
    chat = await alice.open('/assistant')
    assert len(chat.elements) <= RESIDENT_ELEMENTS
    props = chat.props('room')
    assert (props['room']['kind'], props['room']['mode'], props['back']) == ('assistant', '', '/services')
    room_id = props['room']['id']
    log = await alice.act('sync', {'after': 0, 'page': True}, tag='room')
    assert [message['kind'] for message in log['messages']] == ['text', 'answer']
    assert log['messages'][1]['answer']['question'] == PENSION
    assert (await alice.act('rate', {'seq': 2, 'useful': True}, tag='room')) == {'useful': True}
    assert (await alice.act('rate', {'seq': 2, 'useful': False}, tag='room')) == {'useful': True}
    with pytest.raises(ActRefusedError):
        await alice.act('rate', {'seq': 1, 'useful': True}, tag='room')
    assert room_id == (await site.c.assistant.open_chat(site.world['alice'])).id
    await alice.close()


async def test_candidates_are_chosen_by_a_tap(site: Site) -> None:
    alice = await site.browser('alice')
    page = await alice.open('/assistant')
    room_id = page.props('room')['room']['id']
    await alice.act('post', {'room_id': room_id, **post('居住证能不能办理预约')}, tag='room')
    offer = await alice.wait_for(lambda frame: frame['k'] == 'message' and frame['m']['kind'] == 'answer')
    chosen = offer['m']['answer']['candidates'][0]
    assert chosen['question'] == PERMIT
    args = {'seq': offer['m']['seq'], 'entry_id': chosen['id'], 'question': chosen['question']}
    done = await alice.act('ask', args, tag='room')
    told = await alice.wait_for(lambda frame: frame['k'] == 'message' and frame['m']['seq'] == done['seq'])
    assert told['m']['body'] == '带租房合同到派出所户籍窗口。'
    await alice.close()


async def test_a_worker_takes_over_and_both_see_it(site: Site) -> None:
    alice, worker = await site.browser('alice'), await site.browser('worker')
    page = await alice.open('/assistant')
    room_id = page.props('room')['room']['id']
    desk = await worker.open('/staff/knowledge/desk')
    assert desk.props('case_board')['cases'] == []
    await alice.act('post', {'room_id': room_id, **post('Wifi密码忘啦')}, tag='room')
    refusal = await alice.wait_for(lambda frame: frame['k'] == 'message' and frame['m']['kind'] == 'answer')
    assert refusal['m']['answer']['band'] == 'refusal'
    opened = await alice.act('handoff', {'seq': refusal['m']['seq']}, tag='room')
    assert opened['mode'] == 'waiting'
    await alice.wait_for(lambda frame: frame['k'] == 'room' and frame.get('mode') == 'waiting')
    await worker.wait_for(lambda frame: frame['k'] == 'changed')
    [case] = (await worker.act('desk.list', {}, tag='case_board'))['cases']
    assert (case['asker'], case['question'], case['state']) == ('alice先生', 'Wifi密码忘啦', 'waiting')
    taken = await worker.act('desk.take', {'case_id': case['id']}, tag='case_board')
    assert taken == {'href': f'/rooms/{room_id}'}
    head = await alice.wait_for(lambda frame: frame['k'] == 'room' and frame.get('mode') == 'person')
    assert head['mode_words'] == 'worker先生 正在答复'
    assert (await alice.load('/assistant')).props('room')['room']['mode'] == 'person'
    await worker.act('desk.close', {'case_id': case['id']}, tag='case_board')
    await alice.wait_for(lambda frame: frame['k'] == 'room' and frame.get('mode') == '')
    assert (await worker.act('desk.list', {}, tag='case_board'))['cases'] == []
    await alice.close()
    await worker.close()


async def test_the_keepers_pages_open_for_staff_only(site: Site) -> None:
    worker, alice, nobody = await site.browser('worker'), await site.browser('alice'), BrowserClient(site.base)
    [line] = (await site.c.assistant.knowledge.page(site.world['worker'], site.world.community, text='居住证')).entries
    for path, words in (
        ('/staff/knowledge', PENSION),
        (f'/staff/knowledge?q={quote("居住证")}&state=published', PERMIT), ('/staff/knowledge?state=draft', '没有符合的条目'),
        (f'/staff/knowledge/{line.id}', '这条知识由上级部门维护'), ('/staff/knowledge/new', '相似问法'),
        ('/staff/knowledge/asked', '最近 30 天的问题都答上了'), ('/staff/knowledge/desk', '条目'),
    ):
        page = await worker.load(path)
        assert any(words in str(element) for element in page.elements.values()), path
        refused = await alice.load(path)
        assert any('只对楼栋长' in str(element) for element in refused.elements.values()), path
    await nobody.close()
    await alice.close()
    await worker.close()


async def test_an_asked_question_becomes_an_entry(site: Site) -> None:
    room = site.world.room
    assert room is not None
    alice = await site.browser('alice')
    page = await alice.open('/assistant')
    await alice.act('post', {'room_id': page.props('room')['room']['id'], **post('Wifi密码忘啦')}, tag='room')
    await alice.wait_for(lambda frame: frame['k'] == 'message' and frame['m']['kind'] == 'answer')
    worker = await site.browser('worker')
    asked = await worker.load('/staff/knowledge/asked')
    [link] = [str(element) for element in asked.elements.values() if '/staff/knowledge/new?log=' in str(element)]
    [log_id] = (await site.c.assistant.unanswered(site.world['worker'], site.world.community))[0].log_ids
    assert f'?log={log_id}' in link
    form = await worker.load(f'/staff/knowledge/new?log={log_id}')
    assert any('Wifi密码忘啦' in str(element) for element in form.elements.values())
    await alice.close()
    await worker.close()
