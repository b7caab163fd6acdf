"""Notices and who has read them, rules and welcome, the door, documents: on both databases."""

import asyncio
import io
import zipfile
from datetime import timedelta

import pytest

from tests.conftest import World
from yunshequ.bootstrap import Container
from yunshequ.community.schemas import JoinResult
from yunshequ.core.clock import MovableClock
from yunshequ.core.errors import Conflict, Invalid, NotFound, NotPermitted, TooMany
from yunshequ.core.ids import token
from yunshequ.core.policy import Actor, Role
from yunshequ.rooms.events import MessagePosted, NoticePinned
from yunshequ.rooms.personal import RoomsKeeper
from yunshequ.rooms.receipts import masked, waking
from yunshequ.rooms.schemas import EntryState, EntryView, MessageKind, MessageView, PostDraft


async def notice(c: Container, world: World, body: str = '明早八点停水', *, who: str = 'worker', **more: object) -> MessageView:
    assert world.community_room is not None
    return await c.rooms.post(world[who], PostDraft(
        room_id=world.community_room.id, client_id=token(), kind=MessageKind.NOTICE, body=body, **more))


# notices


async def test_a_notice_is_pinned_in_the_unit_that_posts_it_and_heard_of_first(container: Container, world: World) -> None:
    room = world.community_room.id
    heard: list[object] = []
    container.bus.subscribe(f'room:{room}', heard.append)
    posted = await notice(container, world)
    assert [type(event) for event in heard] == [MessagePosted, NoticePinned]
    page = await container.rooms.open_room(world['alice'], room)
    assert page.notice is not None
    assert page.notice.message.seq == posted.seq


async def test_those_in_office_see_by_building_who_has_not_said_received(container: Container, world: World) -> None:
    room, rooms = world.community_room.id, container.rooms
    posted = await notice(container, world)
    await rooms.acknowledge(world['alice'], room, posted.seq)
    state = await rooms.receipts.state(world['worker'], room, posted.seq)
    shown = {one.title: one for one in state.buildings}
    assert (state.received, state.total) == (1, 7)
    assert [person.name for person in shown['3栋'].confirmed] == ['alice先生']
    assert [person.name for person in shown['3栋'].missing] == ['bob先生']
    assert [person.name for person in shown['5栋'].missing] == ['carol先生']
    assert shown['没有登记住处'].total == 4  # the office, and the lead whose home nobody knows
    assert all(one.named for one in state.buildings)


async def test_names_are_for_staff_of_that_building_and_counts_for_all(container: Container, world: World) -> None:
    room, rooms = world.community_room.id, container.rooms
    posted = await notice(container, world)
    for_grid = {one.title: one for one in (await rooms.receipts.state(world['grid'], room, posted.seq)).buildings}
    assert [person.name for person in for_grid['5栋'].missing] == ['carol先生']  # in the grid
    assert not for_grid['没有登记住处'].named  # belongs to the community
    for_lead = {one.title: one for one in (await rooms.receipts.state(world['lead'], room, posted.seq)).buildings}
    assert [person.name for person in for_lead['5栋'].missing] == ['c**']
    for outsider in ('alice', 'other_worker', 'stranger'):
        with pytest.raises(NotPermitted):
            await rooms.receipts.state(world[outsider], room, posted.seq)
        with pytest.raises(NotPermitted):
            await rooms.receipts.export(world[outsider], room, posted.seq)
    assert 'carol' not in await rooms.receipts.export(world['lead'], room, posted.seq)
    assert '5栋,carol先生,未收到' in await rooms.receipts.export(world['worker'], room, posted.seq)
    assert masked('3栋-张阿姨') == '3栋-张**'


async def test_a_reminder_reaches_who_is_missing_once_a_day_and_never_at_night(
    container: Container, world: World, clock: MovableClock,
) -> None:
    room, rooms = world.community_room.id, container.rooms
    posted = await notice(container, world)
    await rooms.acknowledge(world['alice'], room, posted.seq)
    clock.move(timedelta(hours=13, minutes=30))  # 22:30
    due = await rooms.receipts.remind(world['worker'], room, posted.seq)
    assert due - clock.now() == timedelta(hours=9, minutes=30)
    await container.jobs.run_due()
    assert [item for item in await rooms.rooms_of(world['bob']) if item.kind == 'assistant'] == []
    await rooms.acknowledge(world['carol'], room, posted.seq)
    clock.move(timedelta(hours=9, minutes=30))
    await container.jobs.run_due()
    with pytest.raises(TooMany):  # that morning's has gone out
        await rooms.receipts.remind(world['secretary'], room, posted.seq)
    chats = {}
    for who in ('bob', 'alice', 'carol', 'worker'):
        chats[who] = [item for item in await rooms.rooms_of(world[who]) if item.kind == 'assistant']
    assert [(item.unread, '明早八点停水' in item.last_line) for item in chats['bob']] == [(1, True)]
    assert (chats['alice'], chats['carol'], chats['worker']) == ([], [], [])  # have said it; its author
    clock.move(timedelta(days=1))
    assert await rooms.receipts.remind(world['secretary'], room, posted.seq) == clock.now()
    with pytest.raises(NotPermitted):
        await rooms.receipts.remind(world['alice'], room, posted.seq)
    await notice(container, world, '水来了', must_ack=False)
    await container.jobs.run_due()
    assert [item.unread for item in await rooms.rooms_of(world['bob']) if item.kind == 'assistant'] == [1]  # no longer pinned
    with pytest.raises(Conflict):
        await rooms.receipts.remind(world['worker'], room, posted.seq)


@pytest.mark.parametrize(('hours', 'waits'), [(0, 0), (11.99, 0), (12, 11), (15, 8), (22.5, 0.5), (23, 0)])
def test_quiet_hours_end_at_eight(hours: float, waits: float, clock: MovableClock) -> None:
    at = clock.now() + timedelta(hours=hours)  # from nine in the morning
    assert waking(at) - at == timedelta(hours=waits)


# rules and welcome


async def test_a_newcomer_sees_the_rules_once_and_everybody_when_asked_again(container: Container, world: World) -> None:
    room, rooms = world.room.id, container.rooms
    assert not (await rooms.open_room(world['bob'], room)).rules_due  # no rules
    await rooms.welcome.set_words(world['grid'], room, welcome='您好，欢迎回家', rules='不发广告', again=False)
    assert (await rooms.open_room(world['bob'], room)).rules_due
    await rooms.rules_seen(world['bob'], room)
    assert not (await rooms.open_room(world['bob'], room)).rules_due
    await rooms.welcome.set_words(world['grid'], room, welcome='您好，欢迎回家', rules='不发广告，不吵架')
    assert not (await rooms.open_room(world['bob'], room)).rules_due  # a small change troubles nobody
    await rooms.welcome.set_words(world['worker'], room, welcome='您好，欢迎回家', rules='不发广告，不吵架', again=True)
    assert (await rooms.open_room(world['bob'], room)).rules_due
    assert not (await rooms.open_room(world['worker'], room)).rules_due  # wrote them
    for who in ('alice', 'lead', 'other_worker'):
        with pytest.raises(NotPermitted):
            await rooms.welcome.set_words(world[who], room, welcome='', rules='随便发')
    with pytest.raises(Invalid) as refused:
        await rooms.welcome.set_words(world['worker'], room, welcome='欢' * 201, rules='')
    assert refused.value.field == 'welcome'


async def test_a_welcome_is_due_in_the_unit_of_the_join(container: Container, world: World) -> None:
    """A process killed right after the join finds the greeting in the schedule."""
    code = await container.community.create_join_code(world['worker'], world.building, room_id=world.room.id)
    await container.rooms.join_by_code(world['carol'], code.token, nickname='3栋-卡罗')
    assert (await container.rooms.open_room(world['carol'], world.room.id)).messages == ()
    await container.jobs.run_due()
    [greeting] = (await container.rooms.open_room(world['carol'], world.room.id)).messages
    assert '3栋-卡罗' in greeting.body
    assert '楼栋加称呼' in greeting.body


async def test_a_code_that_ended_leads_neither_to_the_place_nor_into_the_room(container: Container, world: World) -> None:
    code = await container.community.create_join_code(world['worker'], world.building, room_id=world.room.id, max_uses=1)
    await asyncio.gather(*(container.rooms.join_by_code(world[who], code.token) for who in ('carol', 'guest')), return_exceptions=True)
    inside = await container.rooms.member_ids(world.room.id)
    assert len(inside & {world['carol'].member_id, world['guest'].member_id}) == 1


# the door


async def ask(c: Container, world: World, who: str = 'stranger', **more: object) -> tuple[JoinResult, EntryView]:
    """Somebody scans the code of a building whose room asks for approval."""
    codes = await c.community.join_codes(world['worker'], world.building)
    code = codes[0] if codes else await c.community.create_join_code(world['worker'], world.building, room_id=world.room.id)
    given: dict[str, object] = {'nickname': '3栋-小林', 'room_no': '702', 'answer': '3栋702'} | more
    result = await c.rooms.join_by_code(world[who], code.token, **given)  # type: ignore[arg-type]
    return result, (await c.rooms.door.mine(world[who]))[0]


@pytest.fixture
async def guarded(container: Container, world: World) -> World:
    await container.rooms.door.set_entry(world['grid'], world.room.id, asks=True, question='您住几栋几号')
    return world


async def test_an_applicant_waits_outside_and_is_let_in_whole(container: Container, guarded: World) -> None:
    rooms, world = container.rooms, guarded
    result, request = await ask(container, world)
    assert result.waits
    assert (request.state, request.answer, request.question) == (EntryState.WAITING, '3栋702', '您住几栋几号')
    assert await container.policy.roles_at(world['stranger'], world.building) == frozenset()
    with pytest.raises(NotFound):
        await rooms.open_room(world['stranger'], world.room.id)
    assert (await container.community.claims(world['grid'], world.building)) == []
    [seen] = await rooms.door.waiting(world['lead'], world.building)
    assert (seen.nickname, seen.room_no) == ('3栋-小林', '702')
    await rooms.door.accept(world['lead'], request.id)
    with pytest.raises(Conflict):
        await rooms.door.accept(world['worker'], request.id)
    assert await container.policy.roles_at(world['stranger'], world.building) == {Role.MEMBER}
    assert [claim.label for claim in await container.community.claims(world['grid'], world.building)] == ['3栋-702']
    await container.jobs.run_due()
    assert '3栋-小林' in (await rooms.open_room(world['stranger'], world.room.id)).messages[-1].body
    assert (await rooms.door.mine(world['stranger']))[0].state is EntryState.ACCEPTED


async def test_a_name_is_proposed_from_the_household_and_may_be_another(container: Container, world: World) -> None:
    c, carol = container.community, world['carol']
    assert await c.proposed_nickname(carol) == '5栋-carol先生'  # where she lives
    assert await c.proposed_nickname(carol, world.community) == '5栋-carol先生'
    assert await c.proposed_nickname(carol, world.building) == '3栋-carol先生'  # the building of the code
    assert await c.proposed_nickname(carol, world.other_community) == 'carol先生'
    assert await c.proposed_nickname(world['stranger'], world.community) == 'stranger先生'  # no home is known
    newcomer = Actor(await c.create_member('新邻居'))
    assert await c.proposed_nickname(newcomer, world.building) == '3栋-'
    code = await c.create_join_code(world['worker'], world.building, room_id=world.room.id)
    with pytest.raises(Invalid):
        await container.rooms.join_by_code(newcomer, code.token, nickname='3栋-')
    await container.rooms.join_by_code(newcomer, code.token, nickname='3栋-小芳')
    said = await container.rooms.post(newcomer, PostDraft(room_id=world.room.id, client_id=token(), body='大家好'))
    assert said.sender.name == '3栋-小芳'
    await c.set_profile(newcomer, nickname='小芳')  # theirs to change
    [shown] = [m for m in (await container.rooms.open_room(world['alice'], world.room.id)).messages if m.body == '大家好']
    assert (shown.sender.name, await c.proposed_nickname(newcomer, world.building)) == ('小芳', '3栋-小芳')


async def test_accepting_can_be_taken_back_whole(container: Container, guarded: World, clock: MovableClock) -> None:
    rooms, world = container.rooms, guarded
    _, request = await ask(container, world)
    await rooms.door.accept(world['lead'], request.id)
    await rooms.door.undo(world['lead'], request.id)
    assert world['stranger'].member_id not in await rooms.member_ids(world.room.id)
    assert await container.policy.roles_at(world['stranger'], world.building) == frozenset()
    assert await container.community.claims(world['grid'], world.building) == []
    await container.jobs.run_due()
    assert (await rooms.open_room(world['alice'], world.room.id)).messages == ()  # no welcome for somebody outside
    await rooms.door.accept(world['lead'], request.id)
    assert world['stranger'].member_id in await rooms.member_ids(world.room.id)
    clock.move(timedelta(minutes=11))
    with pytest.raises(Conflict):
        await rooms.door.undo(world['lead'], request.id)


async def test_undoing_takes_nothing_from_somebody_who_belonged_there_before(container: Container, guarded: World) -> None:
    world = guarded
    _, request = await ask(container, world, 'guest')
    await container.rooms.door.accept(world['lead'], request.id)
    await container.rooms.door.undo(world['lead'], request.id)
    assert await container.policy.roles_at(world['guest'], world.building) == {Role.MEMBER}


async def test_a_refusal_has_a_reason_and_one_may_ask_again(container: Container, guarded: World) -> None:
    rooms, world = container.rooms, guarded
    _, request = await ask(container, world)
    with pytest.raises(Invalid):
        await rooms.door.refuse(world['lead'], request.id, '  ')
    await rooms.door.refuse(world['lead'], request.id, '请写清房号')
    [mine] = await rooms.door.mine(world['stranger'])
    assert (mine.state, mine.reason) == (EntryState.REFUSED, '请写清房号')
    await rooms.door.undo(world['lead'], request.id)
    await rooms.door.refuse(world['lead'], request.id, '请写清房号')
    _, again = await ask(container, world, answer='3栋702，房东姓李')
    assert (again.id, again.state, again.reason) == (request.id, EntryState.WAITING, '')
    with pytest.raises(TooMany):
        for _ in range(9):
            await ask(container, world)


async def test_who_waits_comes_in_by_the_code_once_the_room_stops_asking(container: Container, guarded: World) -> None:
    world, door = guarded, container.rooms.door
    await ask(container, world)
    await door.set_entry(world['worker'], world.room.id, asks=False)
    assert len(await door.waiting(world['worker'], world.building)) == 1  # nobody is forgotten
    result, mine = await ask(container, world)
    assert (result.waits, mine.state) == (False, EntryState.ACCEPTED)
    assert await door.waiting(world['worker'], world.building) == []


async def test_the_door_needs_an_answer_and_is_decided_by_its_own_office(container: Container, guarded: World) -> None:
    rooms, world = container.rooms, guarded
    with pytest.raises(Invalid) as refused:
        await ask(container, world, answer=' ')
    assert refused.value.field == 'answer'
    _, request = await ask(container, world)
    for who in ('alice', 'other_worker', 'stranger'):
        for deed in (rooms.door.accept(world[who], request.id), rooms.door.refuse(world[who], request.id, '不行'),
                     rooms.door.undo(world[who], request.id), rooms.door.waiting(world[who], world.building),
                     rooms.door.requests(world[who], world.room.id)):
            with pytest.raises(NotPermitted):
                await deed
    with pytest.raises(NotPermitted):
        await rooms.door.set_entry(world['lead'], world.room.id, asks=False)


async def test_who_was_accepted_comes_in_though_the_code_ended_meanwhile(
    container: Container, guarded: World, clock: MovableClock,
) -> None:
    world = guarded
    _, request = await ask(container, world)
    [code] = await container.community.join_codes(world['worker'], world.building)
    clock.move(timedelta(days=181))
    with pytest.raises(Conflict):
        await container.rooms.join_by_code(world['carol'], code.token, answer='5栋')
    await container.rooms.door.accept(world['worker'], request.id)
    assert world['stranger'].member_id in await container.rooms.member_ids(world.room.id)
    await container.community.renew_join_code(world['worker'], code.id, days=30)  # the printed sheet is good again
    assert (await container.rooms.join_by_code(world['carol'], code.token, answer='5栋')).waits


async def test_what_an_applicant_wrote_is_forgotten_a_month_later(
    container: Container, guarded: World, clock: MovableClock,
) -> None:
    world = guarded
    _, request = await ask(container, world)
    await container.rooms.door.refuse(world['lead'], request.id, '不是本楼')
    clock.move(timedelta(days=30))
    await container.jobs.run_due()
    [mine] = await container.rooms.door.mine(world['stranger'])
    assert (mine.answer, mine.room_no, mine.nickname, mine.reason) == ('', '', '', '不是本楼')


# documents

PDF = b'%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n'


def office(main: str, *, more: dict[str, bytes] | None = None, types: str = '') -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as archive:
        archive.writestr('[Content_Types].xml', f'<Types>{types}</Types>')
        archive.writestr(main, '<x/>')
        for name, data in (more or {}).items():
            archive.writestr(name, data)
    return out.getvalue()


DOCX, XLSX = 'word/document.xml', 'xl/workbook.xml'
LINK = b'<Relationships><Relationship Type="http://x/hyperlink" Target="https://a.cn" TargetMode="External"/></Relationships>'
TEMPLATE = b'<Relationships><Relationship Type="http://x/attachedTemplate" Target="https://a.cn/t.dotm" TargetMode="External"/></Relationships>'


@pytest.mark.parametrize(('data', 'kind'), [
    (PDF, 'pdf'), (office(DOCX), 'docx'), (office(XLSX, more={'xl/printerSettings/printerSettings1.bin': b'x'}), 'xlsx'),
    (office(DOCX, more={'word/_rels/document.xml.rels': LINK}), 'docx')])
async def test_documents_are_known_by_their_bytes(container: Container, world: World, data: bytes, kind: str) -> None:
    kept = await container.rooms.files.add(world.room.id, world['alice'].member_id, '..\\..\\停水\u202efdp.通知.exe', data)
    assert (kept['kind'], kept['name']) == (kind, f'停水fdp.通知.{kind}')
    assert container.rooms.files.path(kept['token']).read_bytes() == data


@pytest.mark.parametrize('data', [
    b'', b'hello', b'MZ\x90\x00', b'\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1old doc', b'<svg onload=alert(1)>', b'%PDF-1.7 cut off',
    PDF.replace(b'/Catalog', b'/Catalog/OpenAction<</S/JavaScript/JS(x)>>'), PDF.replace(b'/Catalog', b'/Catalog/#4aS(x)'),
    PDF.replace(b'/Catalog', b'/Catalog/Names<</EmbeddedFiles 2 0 R>>'), b'PK\x03\x04broken', office('something.txt'),
    office(XLSX, more={'xl/vbaProject.bin': b'x'}), office(DOCX, more={'word/embeddings/oleObject1.bin': b'x'}),
    office(DOCX, types='application/vnd.ms-word.document.macroEnabled.main+xml'), office(DOCX, more={XLSX: b'<x/>'}),
    office(DOCX, more={'word/_rels/settings.xml.rels': TEMPLATE}), office(DOCX, more={'../../etc/passwd': b'x'}),
    b'GIF89a' + office(XLSX), office(XLSX, more={'xl/bomb.xml': b'0' * (301 << 20)})])
async def test_what_is_no_safe_document_is_refused(container: Container, world: World, data: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        await container.rooms.files.add(world.room.id, world['alice'].member_id, '通知.docx', data)
    assert refused.value.field == 'file'


async def send_file(c: Container, world: World, name: str = '停水安排.pdf') -> MessageView:
    kept = await c.rooms.files.add(world.room.id, world['alice'].member_id, name, PDF)
    return await c.rooms.post(world['alice'], PostDraft(
        room_id=world.room.id, client_id=token(), kind=MessageKind.FILE, body='别的名字', file=kept['token']))


async def test_a_document_is_a_message_found_by_its_name(container: Container, world: World) -> None:
    sent = await send_file(container, world)
    assert sent.file is not None
    assert (sent.body, sent.file['bytes']) == ('停水安排.pdf', len(PDF))
    page = await container.rooms.open_room(world['bob'], world.room.id)
    assert (page.messages[-1].file, page.unread) == (sent.file, 1)
    assert [hit.seq for hit in await container.rooms.search(world['bob'], world.room.id, '停水')] == [sent.seq]
    mine = {item.id: item for item in await container.rooms.rooms_of(world['bob'])}[world.room.id]
    assert mine.last_line == 'alice先生: [文件] 停水安排.pdf'
    with pytest.raises(NotFound):  # somebody else's document cannot be posted as one's own
        await container.rooms.post(world['bob'], PostDraft(
            room_id=world.room.id, client_id=token(), kind=MessageKind.FILE, file=sent.file['url'].rpartition('/')[2]))


async def test_a_document_is_forwarded_as_a_document_of_the_other_room(container: Container, world: World) -> None:
    sent, other = await send_file(container, world), world.community_room.id
    there = await container.rooms.forwarding.forward(world['bob'], world.room.id, sent.seq, other, client_id=token())
    assert there.file is not None
    assert (there.kind, there.file['name']) == (MessageKind.FILE, '停水安排.pdf')
    row = await container.rooms.files.find(there.file['url'].rpartition('/')[2])
    await container.rooms.require_shown(world['carol'], row)  # not in the room it came from
    assert [one.seq for one in (await container.rooms.gallery(world['carol'], other, files=True)).items] == [there.seq]
    assert [one.seq for one in (await container.rooms.gallery(world['bob'], world.room.id, files=True)).items] == [sent.seq]


async def test_the_gallery_shows_what_is_there_to_those_inside(container: Container, world: World) -> None:
    rooms = container.rooms
    first, second = await send_file(container, world, '一.pdf'), await send_file(container, world, '二.pdf')
    page = await rooms.gallery(world['bob'], world.room.id, files=True)
    assert [(one.seq, one.file['name']) for one in page.items if one.file] == [(second.seq, '二.pdf'), (first.seq, '一.pdf')]
    assert (await rooms.gallery(world['bob'], world.room.id)).items == ()
    assert [one.seq for one in (await rooms.gallery(world['bob'], world.room.id, files=True, before=second.seq)).items] == [first.seq]
    row = await rooms.files.find(second.file['url'].rpartition('/')[2])
    await rooms.require_shown(world['bob'], row)
    await rooms.recall(world['alice'], world.room.id, second.seq)
    with pytest.raises(NotFound):
        await rooms.require_shown(world['bob'], row)
    assert [one.seq for one in (await rooms.gallery(world['bob'], world.room.id, files=True)).items] == [first.seq]
    with pytest.raises(NotFound):
        await rooms.gallery(world['stranger'], world.room.id, files=True)


async def test_documents_and_applications_go_with_the_account(container: Container, guarded: World) -> None:
    world, rooms = guarded, container.rooms
    sent = await send_file(container, world)
    await ask(container, world)
    assert sent.file is not None
    row = await rooms.files.find(sent.file['url'].rpartition('/')[2])
    [keeper] = [one for one in container.privacy.keepers if isinstance(one, RoomsKeeper)]
    alice, stranger = world['alice'].member_id, world['stranger'].member_id
    [taken] = await container.db.read(lambda session: keeper.attachments(session, alice))
    assert taken.path.read_bytes() == PDF
    assert await container.db.write(lambda tx: keeper.erase(tx, alice, 'alice先生')) == [rooms.files.path(row.token)]
    await container.db.write(lambda tx: keeper.erase(tx, stranger, 'stranger先生'))
    assert await rooms.door.mine(world['stranger']) == []
    assert await rooms.search(world['bob'], world.room.id, '停水') == []
    assert (await rooms.gallery(world['bob'], world.room.id, files=True)).items == ()
    with pytest.raises(NotFound):
        await rooms.files.find(row.token)
