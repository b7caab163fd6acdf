"""What a person can do about their own data, on both databases."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import JSON, Boolean, Table, insert, select, update
from sqlmodel import Session

from tests.conftest import World
from yunshequ.assistant.privacy import pseudonym
from yunshequ.bootstrap import Container
from yunshequ.community import tables as t
from yunshequ.core.clock import MovableClock
from yunshequ.core.columns import UtcDateTime
from yunshequ.core.errors import Conflict, NotFound, TooMany
from yunshequ.core.personal import GONE, Fate, Holding, Keeper
from yunshequ.core.policy import Actor
from yunshequ.core.unit import Tx
from yunshequ.privacy.personal import deletion
from yunshequ.privacy.schemas import ExportState
from yunshequ.rooms.schemas import MessageKind, PostDraft
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
    pictures = [name for name in found.namelist() if name.startswith('pictures/')]
    assert len(pictures) == 1
    assert Image.open(io.BytesIO(found.read(pictures[0]))).size == (40, 30)


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
               'answer_feedback': pseudonym(secret, actor.member_id)}
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
    await copy_of(container, alice)
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
                    key = list(holding.table.primary_key.columns)[0]
                    left = rows(session, holding, key.in_([row[key.name] for row in old]))
                    assert all(row[name] == value for row in left for name, value in holding.blank.items()), holding.table.name
                else:
                    assert len(rows(session, holding, where)) >= len(old), holding.table.name

    await container.db.read(check)
    assert await traces(container, NAME, PHONE_HASH, PHONE_MASK, '红米', '急救', pseudonym(settings.secret_key(), alice.member_id)) == []
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
