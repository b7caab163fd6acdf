"""What a person can do about their own data, on both databases."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PIL import Image
from pydantic import ValidationError
from sqlalchemy import JSON, Boolean, Table, insert, select, update
from sqlmodel import Session

from tests.conftest import World
from yunshequ.assistant.models import AnswerLog
from yunshequ.assistant.privacy import pseudonym
from yunshequ.ballots.schemas import BallotDraft, Method, OptionDraft
from yunshequ.bootstrap import Container
from yunshequ.community import tables as t
from yunshequ.core.clock import MovableClock
from yunshequ.core.columns import UtcDateTime
from yunshequ.core.errors import Conflict, Invalid, NotFound, NotPermitted, TooMany
from yunshequ.core.personal import GONE, Fate, Holding, Keeper
from yunshequ.core.policy import Actor
from yunshequ.core.unit import Tx
from yunshequ.privacy.personal import consent, deletion
from yunshequ.privacy.rules import Period, Rules
from yunshequ.privacy.schemas import Access, Exportable, ExportState
from yunshequ.rooms.order_schemas import Reason
from yunshequ.rooms.schemas import MessageKind, PostDraft
from yunshequ.rooms.words import WordAction
from yunshequ.tables import metadata

NAME = 'alice先生'
PHONE_HASH, PHONE_MASK = 'hash-of-13800001111', '138****1111'


def picture() -> bytes:
    out = io.BytesIO()
    Image.new('RGB', (40, 30), (180, 60, 40)).save(out, 'PNG')
    return out.getvalue()


async def post(c: Container, actor: Actor, room_id: int, body: str, **more: Any) -> None:
    await c.rooms.post(actor, PostDraft(room_id=room_id, body=body, client_id=f'privacy-{body}-{more.get("image", "")}', **more))


@pytest.fixture
async def alice(container: Container, world: World) -> Actor:
    """alice, who has a phone, a login, said something and sent a picture."""
    await container.db.write(lambda tx: tx.connection.execute(
        update(t.member).where(t.member.c.id == world['alice'].member_id).values(
            phone_hash=PHONE_HASH, phone_mask=PHONE_MASK, skills=['急救'], party_member=True)))
    signed_in = await container.accounts.open_session(world['alice'].member_id, '红米 · Android')
    actor = signed_in.actor
    await post(container, actor, world.room.id, '<b>楼道灯坏了</b>')
    image = await container.rooms.images.add(world.room.id, actor.member_id, picture())
    await post(container, actor, world.room.id, '', kind=MessageKind.IMAGE, image=image['token'])
    return actor


async def copy_of(c: Container, actor: Actor) -> zipfile.ZipFile:
    asked = await c.privacy.my_data.ask(actor)
    await c.jobs.run_due()
    return zipfile.ZipFile(await c.privacy.my_data.fetch(actor, asked.id))


async def test_a_copy_holds_what_is_held_and_nothing_of_others(container: Container, world: World, alice: Actor) -> None:
    await post(container, world['bob'], world.room.id, '我家的灯也坏了')
    held = {table.table: table.count for group in await container.privacy.my_data.held(alice) for table in group.tables}
    assert held['message'] == 2
    assert held['image'] == held['login_session'] == held['household_member'] == held['member'] == 1
    found = await copy_of(container, alice)
    data = json.loads(found.read('my-data.json'))
    page = found.read('my-data.html').decode()
    tables = {one['table']: one['记录'] for group in data['数据'] for one in group['内容']}
    assert [row['内容'] for row in tables['message']] == ['<b>楼道灯坏了</b>', '']
    assert tables['member'][0]['手机号（掩码）'] == PHONE_MASK
    assert '&lt;b&gt;楼道灯坏了' in page
    assert '<b>' not in page
    assert '我家的灯也坏了' not in page
    assert PHONE_HASH not in page + json.dumps(data)
    pictures = [name for name in found.namelist() if name.startswith('files/')]
    assert len(pictures) == 1
    assert Image.open(io.BytesIO(found.read(pictures[0]))).size == (40, 30)


async def records(c: Container, actor: Actor) -> dict[str, list[dict[str, Any]]]:
    data = json.loads((await copy_of(c, actor)).read('my-data.json'))
    return {one['table']: one['记录'] for group in data['数据'] for one in group['内容']}


async def voted(c: Container, world: World, actor: Actor, method: Method, *choice: tuple[int, int]) -> None:
    """Have alice vote on three colours; ``choice`` names them by position."""
    options = tuple(OptionDraft(text=colour) for colour in ('红色', '蓝色', '绿色'))
    draft = BallotDraft(
        client_id=f'privacy-{method}', place_id=world.community, title=f'门刷什么颜色（{method}）', options=options, method=method, max_choices=2,
        max_score=5, rule='consultation.open', closes_at=c.clock.now() + timedelta(days=1))
    ballot_id = await c.ballots.create(world['worker'], draft)
    await c.ballots.open(world['worker'], ballot_id)
    ids = [option.id for option in (await c.ballots.state(actor, ballot_id)).options]
    await c.ballots.cast(actor, ballot_id, tuple((ids[at], score) for at, score in choice), client_id=f'cast-{method}')


async def test_votes_stand_in_the_copy_in_words(container: Container, world: World, alice: Actor) -> None:
    await voted(container, world, alice, Method.SINGLE, (1, 1))
    await voted(container, world, alice, Method.MULTIPLE, (0, 1), (2, 1))
    await voted(container, world, alice, Method.APPROVAL)
    await voted(container, world, alice, Method.SCORE, (0, 4), (1, 2))
    found = await records(container, alice)
    said = ['蓝色', '红色、绿色', '都不选', '红色 4 分、蓝色 2 分']
    assert sorted(row['选择'] for row in found['ballot_named_vote']) == sorted(said)
    assert [row['选择'] for row in found['ballot_named_vote_entry']] == said


async def test_what_was_said_in_appeal_stands_in_the_copy_of_whoever_said_it(container: Container, world: World, alice: Actor) -> None:
    page = await container.rooms.open_room(alice, world.room.id)
    act = await container.rooms.acts.recall(world['grid'], world.room.id, page.messages[0].seq, Reason.SPAM)
    await container.rooms.appeals.appeal(alice, act, '灯真的坏了')
    await container.rooms.appeals.decide(world['worker'], act, upheld=True, answer='已经报修过')
    [row] = (await records(container, alice))['appeal']
    assert (row['对哪项处理'], row['申诉理由'], row['维持原处理'], row['复核说明']) == ('撤回发言', '灯真的坏了', '是', '已经报修过')
    for other in ('grid', 'bob'):
        assert 'appeal' not in await records(container, world[other])


async def test_a_held_message_stands_in_the_copy_as_it_was_written(container: Container, world: World, alice: Actor) -> None:
    await container.rooms.words.add_term(world['worker'], world.community, '要停水', '待核实')
    await container.rooms.words.set_action(world['worker'], world.community, '待核实', WordAction.HOLD)
    await post(container, alice, world.room.id, '听说要停水三天')
    [row] = (await records(container, alice))['held_message']
    assert row['内容'] == '听说要停水三天'


async def test_a_copy_is_for_its_owner_only_and_for_a_short_time(
    container: Container, world: World, alice: Actor, clock: MovableClock,
) -> None:
    asked = await container.privacy.my_data.ask(alice)
    with pytest.raises(NotFound):
        await container.privacy.my_data.fetch(alice, asked.id)  # not made yet
    await container.jobs.run_due()
    path = await container.privacy.my_data.fetch(alice, asked.id)
    for who in ('bob', 'secretary', 'admin'):
        with pytest.raises(NotFound):
            await container.privacy.my_data.fetch(world[who], asked.id)
    assert (await container.privacy.my_data.ask(alice)).id == asked.id
    clock.move(timedelta(hours=2, seconds=1))
    with pytest.raises(NotFound):
        await container.privacy.my_data.fetch(alice, asked.id)
    await container.jobs.run_due()
    assert not path.exists()
    assert (await container.privacy.my_data.latest(alice)).state is ExportState.GONE
    for _ in range(2):
        await copy_of(container, alice)
        clock.move(timedelta(hours=3))
        await container.jobs.run_due()
    with pytest.raises(TooMany):
        await container.privacy.my_data.ask(alice)


# deletion


ANY = 900_001
"""A number no row of the world has; the same everywhere, so that what points elsewhere finds something."""
TELLING = {('room', 'kind'): 'assistant', ('volunteer_signup', 'state'): 'confirmed', ('volunteer_shift', 'state'): 'open',
           ('role_grant', 'role'): 'member'}


def value_for(table: Table, name: str) -> Any:
    column = table.columns[name]
    if (table.name, name) in TELLING:
        return TELLING[table.name, name]
    if isinstance(column.type, UtcDateTime):
        return datetime(2026, 3, 3, tzinfo=UTC)
    if isinstance(column.type, JSON):
        return []
    if isinstance(column.type, Boolean):
        return False
    return ANY if column.type.python_type is int else f'{table.name}.{name}'[:60]


def fill(tx: Tx, keepers: tuple[Keeper, ...], actor: Actor, secret: bytes) -> None:
    """Put one row of alice's into every table that a holding says could be hers and has none."""
    holdings = {holding.table.name: (keeper, holding) for keeper in keepers for holding in keeper.holdings}
    special = {'one_time_code': PHONE_HASH, 'ballot_roll': f'm:{actor.member_id}', 'answer_log': pseudonym(secret, actor.member_id),
               'answer_feedback': pseudonym(secret, actor.member_id), 'appeal': ANY}
    for table in metadata.sorted_tables:
        keeper, holding = holdings.get(table.name, (None, None))
        if keeper is None or holding.owner is None or keeper.count(tx.session, holding, actor.member_id):
            continue
        row = {c.name: value_for(table, c.name) for c in table.columns if not c.nullable}
        tx.connection.execute(insert(table).values(row | {holding.owner: special.get(table.name, actor.member_id)}))


def rows(session: Session, holding: Holding, where: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in session.connection().execute(select(holding.table).where(where)).mappings()]


async def test_deletion_leaves_nothing_personal_but_what_the_map_says(
    container: Container, world: World, alice: Actor, clock: MovableClock, settings: Any,
) -> None:
    privacy = container.privacy
    await container.rooms.say(
        await container.community.bot(), world.room.id, f'{NAME}，已经报修', client_id='privacy-bot-1', kind=MessageKind.TEXT)
    await container.assistant.start()
    chat = await container.assistant.open_chat(alice)
    await post(container, alice, chat.id, '高血压的药怎么报销')
    await copy_of(container, alice)
    await container.assistant.stop()
    await container.db.write(lambda tx: fill(tx, privacy.keepers, alice, settings.secret_key()))
    files = list((settings.data_dir / 'images').rglob('*.webp'))
    assert len(files) == 2
    # where every row of hers is, before
    before: dict[str, tuple[Any, list[dict[str, Any]]]] = {}

    def look(session: Session) -> None:
        for keeper in privacy.keepers:
            for holding in keeper.holdings:
                where = keeper.theirs(session, holding, alice.member_id)
                if where is not None:
                    before[holding.table.name] = (where, rows(session, holding, where))

    await container.db.read(look)
    owned = {holding.table.name for keeper in privacy.keepers for holding in keeper.holdings if holding.owner is not None}
    assert {name for name, (_where, found) in before.items() if found} == owned

    await privacy.leaving.ask(alice)
    clock.move(timedelta(days=7, seconds=1))
    await container.jobs.run_due()

    def check(session: Session) -> None:
        for keeper in privacy.keepers:
            for holding in keeper.holdings:
                if holding.table.name not in before or holding.table is deletion:
                    continue
                where, old = before[holding.table.name]
                if holding.fate is Fate.DELETE:
                    assert rows(session, holding, where) == [], holding.table.name
                elif holding.fate is Fate.BLANK:
                    key = next(iter(holding.table.primary_key.columns))
                    left = rows(session, holding, key.in_([row[key.name] for row in old]))
                    assert all(row[name] == value for row in left for name, value in holding.blank.items()), holding.table.name
                else:
                    stay = [row for row in old if row.get('room_id') != chat.id]  # the private chat is emptied
                    assert len(rows(session, holding, where)) >= len(stay), holding.table.name

    await container.db.read(check)
    assert await traces(container, NAME, '高血压', PHONE_HASH, PHONE_MASK, '红米', '急救', pseudonym(settings.secret_key(), alice.member_id)) == []
    assert not any(path.exists() for path in files)
    assert list((settings.data_dir / 'exports').iterdir()) == []
    assert (await container.community.card(alice.member_id)).name == GONE
    page = await container.rooms.open_room(world['bob'], world.room.id)
    assert [(one.sender.name, one.body, one.recalled) for one in page.messages[:2]] == [
        (GONE, '<b>楼道灯坏了</b>', False), (GONE, '', True)]
    assert await container.accounts.sessions(alice) == []
    assert await container.community.grants_of(alice.member_id) == ()


async def traces(container: Container, *words: str) -> list[str]:
    """Return where one of ``words`` still stands, in any column of any table."""
    def query(session: Session) -> list[str]:
        found = []
        for table in metadata.sorted_tables:
            for row in session.connection().execute(select(table)).mappings():
                found += [f'{table.name}.{name}: {value}' for name, value in row.items() if any(word in str(value) for word in words)]
        return found

    return await container.db.read(query)


async def test_a_deletion_can_be_taken_back_for_a_week(container: Container, alice: Actor, clock: MovableClock) -> None:
    asked = await container.privacy.leaving.ask(alice)
    assert (await container.privacy.leaving.ask(alice)).id == asked.id
    clock.move(timedelta(days=6))
    await container.jobs.run_due()
    await container.privacy.leaving.take_back(alice)
    clock.move(timedelta(days=3))
    await container.jobs.run_due()
    assert (await container.community.card(alice.member_id)).name == NAME
    assert await container.privacy.leaving.waiting(alice) is None
    with pytest.raises(NotFound):
        await container.privacy.leaving.take_back(alice)


async def test_whoever_is_in_office_hands_over_first(container: Container, world: World) -> None:
    with pytest.raises(Conflict) as refused:
        await container.privacy.leaving.ask(world['worker'])
    assert '景和园社区' in refused.value.words()


# consent


async def card_shows_party(c: Container, actor: Actor) -> bool:
    return (await c.community.card(actor.member_id)).party


async def test_a_consent_works_at_once_and_so_does_its_withdrawal(container: Container, alice: Actor) -> None:
    consents = container.privacy.consents
    assert [one.on for one in await consents.of(alice)] == [False, False, True]
    await consents.set(alice, 'party_mark', on=True)
    assert await card_shows_party(container, alice)
    await consents.set(alice, 'party_mark', on=False)
    assert not await card_shows_party(container, alice)
    await consents.set(alice, 'volunteer_match', on=False)
    assert (await container.community.profile(alice)).skills == ()
    with pytest.raises(NotFound):
        await consents.set(alice, 'advertising', on=True)


async def test_a_new_edition_is_asked_again_but_a_refusal_stands(
    container: Container, alice: Actor, monkeypatch: pytest.MonkeyPatch,
) -> None:
    consents, rules = container.privacy.consents, container.privacy.rules
    await consents.set(alice, 'party_mark', on=True)
    await consents.set(alice, 'question_learning', on=False)
    newer = {name: one.model_copy(update={'version': '2'}) for name, one in rules.purposes.items()}
    monkeypatch.setattr(consents, '_rules', rules.model_copy(update={'purposes': newer}))
    said = {one.purpose: one for one in await consents.of(alice)}
    assert (said['party_mark'].on, said['party_mark'].asked_again) == (False, True)
    assert (said['question_learning'].on, said['question_learning'].asked_again) == (False, False)


async def test_the_notice_is_noted_once_for_each_edition(container: Container, alice: Actor) -> None:
    assert await container.privacy.consents.notice_is_new(alice)
    for _ in range(2):
        await container.privacy.consents.note_notice(alice)
    found = await container.db.read(lambda s: s.connection().execute(select(consent.c.version).where(consent.c.purpose == 'notice')).scalars().all())
    assert found == [container.privacy.rules.notice.version]
    assert not await container.privacy.consents.notice_is_new(alice)


async def test_questions_are_kept_for_their_period_and_not_against_anybodys_will(
    container: Container, world: World, alice: Actor, clock: MovableClock,
) -> None:
    await container.assistant.start()
    chat = await container.assistant.open_chat(alice)
    await post(container, alice, chat.id, '高龄津贴怎么申请')
    await container.jobs.run_due()
    asked = select(AnswerLog.__table__.c.text, AnswerLog.__table__.c.asker)
    assert [text for text, _ in await log(container, asked)] == ['高龄津贴怎么申请']
    await container.privacy.retention.schedule()
    clock.move(timedelta(days=181))
    await container.jobs.run_due()
    assert [text for text, _ in await log(container, asked)] == ['']
    await container.privacy.consents.set(alice, 'question_learning', on=False)
    assert await log(container, asked) == [('', '')]
    await post(container, alice, chat.id, '居住证怎么办')
    await container.assistant.stop()
    assert await log(container, asked) == [('', ''), ('', '')]
    page = await container.rooms.open_room(alice, chat.id)
    assert page.messages[-1].kind is MessageKind.ANSWER  # answered all the same


async def log(container: Container, statement: Any) -> list[tuple[Any, ...]]:
    return await container.db.read(lambda s: [tuple(row) for row in s.connection().execute(statement)])


# who looked


async def test_a_look_at_a_person_needs_a_reason_and_the_person_sees_it(container: Container, world: World, alice: Actor) -> None:
    [entry] = (await container.community.roll_page(world['worker'], world.community, search='502')).entries
    assert (entry.name, entry.phone_mask, entry.masked) == ('a***', '*' * 11, True)
    with pytest.raises(Invalid):
        await container.community.reveal(world['worker'], world.community, alice.member_id, ' ')
    for who in ('bob', 'lead', 'other_worker'):
        with pytest.raises(NotPermitted):
            await container.community.reveal(world[who], world.community, alice.member_id, '核实住户')
    with pytest.raises(NotFound):
        await container.community.reveal(world['other_worker'], world.other_community, alice.member_id, '核实住户')
    assert await container.privacy.access.of(alice) == []
    full = await container.community.reveal(world['worker'], world.community, alice.member_id, '核实住户')
    assert (full.name, full.phone_mask) == (NAME, PHONE_MASK)
    [line] = await container.privacy.access.of(alice)
    assert (line.name, line.office, line.reason, line.what) == ('worker先生', '景和园社区', '核实住户', Access.MEMBER)
    assert await container.privacy.access.of(world['bob']) == []


@pytest.mark.parametrize('who', ['admin', 'district', 'street', 'secretary', 'worker', 'grid', 'lead', 'bob'])
async def test_nobody_reads_somebodys_private_chat(container: Container, world: World, alice: Actor, who: str) -> None:
    chat = await container.assistant.open_chat(alice)
    await post(container, alice, chat.id, '我家的私事')
    for attempt in (container.rooms.open_room(world[who], chat.id), container.rooms.search(world[who], chat.id, '私事'),
                    container.rooms.join(world[who], chat.id), container.rooms.members(world[who], chat.id)):
        with pytest.raises(NotFound):
            await attempt
    if await container.policy.may(world[who], 'rooms.enter_any', world.community):
        listed = await container.rooms.rooms_at(world[who], world.community)
        assert chat.id not in [room.id for room in listed.rooms]


# downloads for two persons


async def test_a_roll_leaves_the_house_with_two_persons_once(
    container: Container, world: World, alice: Actor, clock: MovableClock,
) -> None:
    exports, worker, secretary = container.privacy.exports, world['worker'], world['secretary']
    with pytest.raises(Invalid):
        await exports.ask(worker, Exportable.ROLL, world.community, 'csv', '看')
    for who in ('grid', 'street', 'other_worker', 'alice'):
        with pytest.raises(NotPermitted):
            await exports.ask(world[who], Exportable.ROLL, world.community, 'csv', '人口普查核对')
    asked = await exports.ask(worker, Exportable.ROLL, world.community, 'csv', '人口普查核对')
    assert {'secretary先生', 'street先生'} <= set(await exports.approvers(worker, world.community))
    for who in ('grid', 'other_worker', 'alice', 'worker'):
        with pytest.raises(NotPermitted):
            await exports.decide(world[who], asked, approve=True)
    assert [one.id for one in await exports.waiting(secretary)] == [asked]
    assert await exports.waiting(worker) == await exports.waiting(world['other_worker']) == []
    await exports.decide(secretary, asked, approve=True)
    with pytest.raises(Conflict):
        await exports.decide(world['street'], asked, approve=False)
    with pytest.raises(NotFound):
        await exports.take(secretary, asked)
    content, name, kind = await exports.take(worker, asked)
    assert (name, kind) == (f'roll-{world.community}', 'csv')
    assert '502' in content.decode()
    with pytest.raises(Conflict):
        await exports.take(worker, asked)
    [line] = await container.privacy.access.of(alice)
    assert (line.what, line.reason) == (Access.ROLL_EXPORT, '人口普查核对')
    late = await exports.ask(worker, Exportable.ROLL, world.community, 'xlsx', '人口普查核对')
    await exports.decide(world['street'], late, approve=True)
    clock.move(timedelta(hours=25))
    with pytest.raises(Conflict):
        await exports.take(worker, late)


async def test_an_office_of_one_turns_to_the_street(container: Container, world: World) -> None:
    found = await container.privacy.exports.approvers(world['other_worker'], world.other_community)
    assert set(found) == {'street先生', 'district先生', 'admin先生'}


# retention


async def test_what_is_past_its_period_goes_and_staff_see_it_before(
    container: Container, world: World, alice: Actor, clock: MovableClock,
) -> None:
    retention = container.privacy.retention
    image = await container.rooms.images.add(world.room.id, alice.member_id, picture())
    kept = [await container.rooms.images.find(image['token'])]
    page = await container.rooms.open_room(alice, world.room.id)
    await container.rooms.recall(alice, world.room.id, page.messages[-1].seq)
    recalled = next(path for path in (container.settings.data_dir / 'images').rglob('*.webp') if kept[0].token not in path.name)
    await post(container, alice, world.room.id, '又一张', kind=MessageKind.IMAGE, image=image['token'])
    with pytest.raises(NotPermitted):
        await retention.due(world['grid'], world.community)
    assert {one.due for one in await retention.due(world['worker'], world.community)} == {0}
    await retention.schedule()
    clock.move(timedelta(days=31))
    due = {one.title: one.due for one in await retention.due(world['worker'], world.community)}
    assert due['撤回的消息里的图片'] == 1
    await container.jobs.run_due()
    assert not recalled.exists()
    assert container.rooms.images.path(image['token'], thumb=False).exists()
    clock.move(timedelta(days=2000))
    await container.jobs.run_due()
    assert {one.due for one in await retention.due(world['worker'], world.community)} <= {0, 1}  # the sweep's own note is new
    for table in ('login_session', 'one_time_code', 'access_entry'):
        assert await log(container, select(metadata.tables[table])) == []


def test_no_period_is_shorter_than_the_law_wants() -> None:
    periods = Rules.load().periods
    assert periods['audit'].days >= periods['audit'].least_days == 183
    with pytest.raises(ValidationError):
        Period(words='', days=30, source='', least_days=183)
