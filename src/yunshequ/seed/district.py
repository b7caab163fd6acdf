"""The real size of a district, from a fixed seed, for measuring: the same numbers give the same district everywhere.

Names and talk are put together from small lists; nobody in it exists. Past appeals come with a later module.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Table, func, insert, select

from yunshequ.bootstrap import Container
from yunshequ.community.models import Member
from yunshequ.community.schemas import PlaceKind, PlaceView, Relation
from yunshequ.community.seed import BulkSeed
from yunshequ.core.errors import Conflict
from yunshequ.core.i18n import N_
from yunshequ.core.policy import Role
from yunshequ.core.unit import Tx
from yunshequ.rooms import search
from yunshequ.rooms.log import message_id
from yunshequ.rooms.models import Message, Room, RoomMember
from yunshequ.rooms.schemas import MessageKind, RoomKind

SEED = 20260101
SUBDISTRICTS = ('尧化', '迈皋桥', '马群', '仙林', '燕子矶', '栖霞', '龙潭', '八卦洲', '西岗')
COMMUNITIES = 126
CHUNK = 5_000
SPAN_DAYS = 540
"""How far back the talk reaches."""
IN_COMMUNITY_ROOM = 300
"""Members of each community who are in its room too."""

_FIRST = '枫栖霞燕江云翠文景尧仙桦摄象百芝长兴太柏'
_SECOND = '林园苑庭湾桥岭塘洲山泉溪坊里村阳安和瑞华'
_SURNAMES = '王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程苏魏吕丁任沈姚'
_CALLED = ('阿姨', '大爷', '师傅', '老师', '妈妈', '爸爸', '姐', '哥', '奶奶', '叔')
_TALK = (
    '{place}的灯又不亮了，谁方便报修一下？', '请问{thing}怎么办，要带什么材料？', '{when}停水吗，家里一滴水都没有了', '谢谢{who}帮忙，{place}干净多了',
    '{place}有车堵着消防通道，麻烦挪一下', '{when}社区服务站上班吗？想去办{thing}', '谁家的快递放在{place}好几天了', '物业说{when}来修{place}，大家留意',
    '孩子{when}打疫苗，要提前预约吗', '{place}的垃圾满出来了，清运什么时候来', '有没有人一起拼车去地铁站，{when}走', '楼上装修声音太大，{when}能不能停一停',
    '{who}说电梯{when}检修，老人出门注意', '捡到一串钥匙，放在{place}了', '{thing}的事我去问过了，在一楼窗口，人不多', '下雨{place}积水，走路小心滑',
    '收到', '好的，谢谢', '我也遇到了，{place}一直这样', '建议把{place}的花坛修一修，大家出出主意', '{when}有志愿活动，报名的在下面接龙', '{who}辛苦了',
)
_FILL = {
    'place': ('二单元', '北门', '南门', '地下车库', '电梯口', '小广场', '垃圾房', '门岗', '健身角', '楼顶', '快递柜旁边', '东边围墙'),
    'thing': ('居住证', '医保报销', '高龄津贴', '老年卡', '生育登记', '入学报名', '公积金提取', '残疾证', '低保申请', '退休认证', '电动车充电', '养犬登记'),
    'when': ('今天', '明天', '周六上午', '今晚', '下周一', '早上七点', '中午', '这个月底'),
    'who': ('物业的师傅', '网格员', '楼长', '老李', '小区保安', '对门邻居', '志愿者们', '社区的小姑娘'),
}


@dataclass(frozen=True, slots=True)
class Size:
    """How much to make; the defaults of the command line are Qixia's own figures."""

    members: int
    rooms: int
    messages: int


@dataclass(slots=True)
class _Home:
    """A building with its room."""

    place: PlaceView
    community: PlaceView
    room_id: int = 0


async def fill(container: Container, size: Size, *, say: Callable[[str], None]) -> None:
    """Fill an empty database. ``say`` hears how far it is.

    :raises Conflict: somebody is in it already.
    """
    db, now = container.db, container.clock.now()
    if await db.read(lambda session: session.connection().scalar(select(func.count()).select_from(_table(Member)))):
        raise Conflict(N_('数据库里已经有人了，请换一个空的数据库再生成'))
    bot = await container.community.bot()
    dice = random.Random(SEED)
    homes, communities = await db.write(lambda tx: _places(tx, dice, size))
    say(f'地点：9 个街道，{len(communities)} 个社区，{len(homes)} 栋楼')
    rooms = await db.write(lambda tx: _rooms(tx, homes, communities, now))
    say(f'群：{len(rooms)} 个')

    people: dict[int, list[int]] = {room_id: [] for room_id in rooms}
    for start in range(0, size.members, CHUNK):
        count = min(CHUNK, size.members - start)
        await db.write(partial(_people, homes, start, count, now, people))
        if start % (CHUNK * 8) == 0:
            say(f'人：{start + count:,} / {size.members:,}')
    by_community: dict[int, list[int]] = {}
    for home in homes:
        by_community.setdefault(home.community.id, []).extend(people[home.room_id])
    for room_id, place_id in communities.items():
        people[room_id] = by_community.get(place_id, [])[:IN_COMMUNITY_ROOM]
    await db.write(lambda tx: _enter(tx, {room_id: people[room_id] for room_id in communities}, now))
    await db.write(_after_explicit_ids)

    done = 0
    for room_id, count in _shares(dice, list(rooms), size.messages):
        for start in range(0, count, CHUNK):
            part = min(CHUNK, count - start)
            await db.write(partial(_talk, room_id, people[room_id] or [bot.member_id], start, part, count, now))
        before, done = done, done + count
        if done // 100_000 != before // 100_000:
            say(f'消息：{done:,} / {size.messages:,}')
    await db.write(lambda tx: tx.connection.exec_driver_sql('ANALYZE'))


def _table(model: Any) -> Table:
    table: Table = model.__table__
    return table


def _places(tx: Tx, dice: random.Random, size: Size) -> tuple[list[_Home], dict[int, int]]:
    bulk = BulkSeed(tx)
    district = bulk.place(PlaceKind.DISTRICT, '栖霞区', None)
    streets = [bulk.place(PlaceKind.SUBDISTRICT, f'{name}街道', district) for name in SUBDISTRICTS]
    names: set[str] = set()
    while len(names) < COMMUNITIES:
        names.add(dice.choice(_FIRST) + dice.choice(_SECOND))
    communities = [
        bulk.place(PlaceKind.COMMUNITY, f'{name}社区', streets[index % len(streets)]) for index, name in enumerate(sorted(names))
    ]
    homes: list[_Home] = []
    for index in range(max(1, size.rooms - COMMUNITIES)):
        community = communities[index % COMMUNITIES]
        homes.append(_Home(bulk.place(PlaceKind.BUILDING, f'{index // COMMUNITIES + 1}栋', community), community))
    bulk.flush()
    return homes, {index: community.id for index, community in enumerate(communities)}


def _rooms(tx: Tx, homes: list[_Home], communities: dict[int, int], now: datetime) -> list[int]:
    rows = []
    made: dict[int, int] = {}
    for room_id, home in enumerate(homes, 1):
        home.room_id = room_id
        title = f'{home.community.name.removesuffix("社区")}{home.place.name}楼栋群'
        rows.append(_room(room_id, home.place.id, RoomKind.BUILDING, title, now))
    for offset, place_id in enumerate(list(communities.values()), len(homes) + 1):
        made[offset] = place_id
        rows.append(_room(offset, place_id, RoomKind.COMMUNITY, '社区群', now))
    communities.clear()
    communities.update(made)
    tx.connection.execute(insert(_table(Room)), rows)
    return [row['id'] for row in rows]


def _room(room_id: int, place_id: int, kind: RoomKind, title: str, now: datetime) -> dict[str, Any]:
    return {
        'id': room_id, 'place_id': place_id, 'kind': kind.value, 'title': title, 'welcome': '', 'rules': '', 'last_seq': 0, 'last_n': 0,
        'last_at': None, 'last_line': '', 'notice_seq': None, 'quiet': False, 'owner_id': None,
        'created_at': now - timedelta(days=SPAN_DAYS), 'archived_at': None,
    }


def _people(homes: list[_Home], start: int, count: int, now: datetime, people: dict[int, list[int]], tx: Tx) -> None:
    dice = random.Random(SEED + start)
    bulk = BulkSeed(tx)
    inside = []
    for index in range(start, start + count):
        home = homes[index % len(homes)]
        number = index // len(homes)
        name = f'{home.place.name}-{dice.choice(_SURNAMES)}{dice.choice(_CALLED)}'
        member_id = bulk.member(name, created_at=now, party_member=index % 14 == 0, party_visible=index % 28 == 0)
        household_id = bulk.household(home.place.id, f'{number // 4 + 1}{number % 4 + 1:02d}', dice.choice((6850, 8835, 9018, 12560)))
        bulk.settle(household_id, member_id, Relation.OWNER, verified_at=now)
        inside.append(_inside(home.room_id, member_id, now))
        people[home.room_id].append(member_id)
        if index == 0:  # one worker in the first community, so that the staff side can be measured too
            bulk.grant(member_id, home.community.id, Role.COMMUNITY_WORKER)
    bulk.flush()
    tx.connection.execute(insert(_table(RoomMember)), inside)


def _inside(room_id: int, member_id: int, now: datetime) -> dict[str, Any]:
    return {
        'room_id': room_id, 'member_id': member_id, 'joined_at': now, 'read_seq': 0, 'read_n': 0, 'mention_seq': 0, 'muted': False,
        'pinned': False, 'rules_seen': 1, 'left_at': None,
    }


def _enter(tx: Tx, people: dict[int, list[int]], now: datetime) -> None:
    rows = [_inside(room_id, member_id, now) for room_id, members in people.items() for member_id in members]
    if rows:
        tx.connection.execute(insert(_table(RoomMember)), rows)


def _after_explicit_ids(tx: Tx) -> None:
    """PostgreSQL's sequences do not see ids that were given; move them past."""
    connection = tx.connection
    if connection.dialect.name == 'postgresql':
        connection.exec_driver_sql("SELECT setval(pg_get_serial_sequence('room', 'id'), (SELECT max(id) FROM room))")


def _shares(dice: random.Random, rooms: list[int], messages: int) -> Iterator[tuple[int, int]]:
    """Share the messages out: a few rooms talk a lot, most a little (weights between 1 and 40)."""
    weights = [1 + 39 * dice.random() ** 6 for _ in rooms]
    total, left = sum(weights), messages
    for index, (room_id, weight) in enumerate(zip(rooms, weights, strict=True)):
        count = left if index == len(rooms) - 1 else min(left, round(messages * weight / total))
        left -= count
        if count:
            yield room_id, count


def _talk(room_id: int, people: list[int], start: int, part: int, total: int, now: datetime, tx: Tx) -> None:
    dice = random.Random(SEED * 31 + room_id * 1009 + start)
    step = timedelta(days=SPAN_DAYS) / total
    begin = now - timedelta(days=SPAN_DAYS)
    rows: list[dict[str, Any]] = []
    texts: list[tuple[int, str]] = []
    for seq in range(start + 1, start + part + 1):
        body = dice.choice(_TALK).format(**{name: dice.choice(words) for name, words in _FILL.items()})
        row_id = message_id(room_id, seq)
        rows.append({
            'id': row_id, 'room_id': room_id, 'seq': seq, 'n': seq, 'sender_id': dice.choice(people), 'client_id': f'seed-{row_id}',
            'kind': MessageKind.TEXT.value, 'body': body, 'payload': None, 'reply_seq': None, 'mentions': None, 'at': begin + step * seq,
            'recalled_at': None,
        })
        texts.append((row_id, body))
    connection = tx.connection
    connection.execute(insert(_table(Message)), rows)
    search.index(tx.connection, texts)
    room = _table(Room)
    last = rows[-1]
    connection.execute(room.update().where(room.c.id == room_id).values(
        last_seq=last['seq'], last_n=last['seq'], last_at=last['at'], last_line=last['body'][:40]))
    inside = _table(RoomMember)
    read = max(0, last['seq'] - 3)
    connection.execute(inside.update().where(inside.c.room_id == room_id).values(read_seq=read, read_n=read))
