"""A world with one of everything, and a rehearsal in it: each deed is done for real, looked at, and taken back.

``Rehearsal`` puts all reads and units of work of a container into one transaction that is rolled back after each deed, so
that everybody who tries finds the same world, on either database.
"""

import gc
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from io import BytesIO
from typing import Any

from PIL import Image
from sqlalchemy import Connection, event, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from tests.conftest import World
from tests.modules.people_kit import KeptSms
from yunshequ.assistant import journal
from yunshequ.assistant.journal import Outcome as Answered
from yunshequ.assistant.privacy import pseudonym
from yunshequ.assistant.schemas import Band, EntryDraft
from yunshequ.assistant.schemas import Reason as Why
from yunshequ.assistant.tool_schemas import BulkChange
from yunshequ.ballots.schemas import BallotDraft, OptionDraft, Stance
from yunshequ.bootstrap import Container
from yunshequ.chains.schemas import ChainDraft
from yunshequ.community import places
from yunshequ.community import tables as t
from yunshequ.community.acting import Purpose
from yunshequ.community.identity_keys import Keys
from yunshequ.community.identity_schemas import CheckDraft, Paper
from yunshequ.community.schemas import PlaceKind, Relation
from yunshequ.core.errors import AppError
from yunshequ.core.ids import keyed_hash
from yunshequ.core.policy import Actor, Role
from yunshequ.core.recent import Recent
from yunshequ.core.throttle import Throttle
from yunshequ.core.unit import Tx
from yunshequ.deliberation.schemas import NewTopic
from yunshequ.emergency.schemas import CallDraft, IncidentDraft, ShiftDraft
from yunshequ.privacy.schemas import Exportable
from yunshequ.rooms.order_schemas import Reason
from yunshequ.rooms.schemas import MessageKind, PostDraft, RoomKind, RoomMode

WHO = (
    'nobody', 'outsider', 'guest', 'carol', 'alice', 'bob', 'lead', 'grid', 'worker', 'secretary', 'street', 'district', 'admin', 'bot',
    'stranger', 'other_owner', 'other_lead', 'other_worker', 'other_secretary', 'other_street')
"""Nobody, and somebody who has only registered; 景和园社区: who came in by a code, a tenant of 5栋, alice and bob (owners in 3栋; what is
personal is alice's), 楼栋长 of 3栋, 网格员, 社区工作者, 书记; 街道, 区, 管理员; 小栖; 太平村社区: who came in by a code, an owner, 楼栋长,
社区工作者, 书记; an officer of another street."""

FILE = '小区,楼栋,室号,面积,姓名,关系\n景和园,3栋,502,88.35,张兰,业主\n'.encode()
LETTERS = {'not_permitted': 'F', 'not_found': 'N', 'invalid': 'I', 'conflict': 'C', 'unavailable': 'U', 'blocked': 'B', 'too_many': 'T',
           'signed_out': 'S'}
NOTHING: tuple[Any, ...] = (None, False, 0, '', b'', [], (), {}, set(), frozenset())


class NoLimits(Throttle):
    """Counts nothing: what is asked about here is rights."""

    async def hit(self, rule: str, *who: str) -> bool:
        return True

    async def require_room(self, message: str, rule: str, *who: str) -> None:
        return None


class Rehearsal:
    """All of a container's database work on one connection, in one transaction that ends with a rollback."""

    def __init__(self, container: Container) -> None:
        self.db: Any = container.db
        self.container = container
        self.connection: Connection
        self.written: list[str] = []
        self._unit: list[str] | None = None
        self._recent = [one for one in gc.get_objects() if isinstance(one, Recent)]
        event.listen(self.db._write_engine, 'after_cursor_execute', self._note)
        self.db.read, self.db.write, self.db.batched = self._read, self._write, self._batched

    def _note(self, _connection: Any, cursor: Any, statement: str, *_rest: Any) -> None:
        if self._unit is not None and statement.lstrip()[:6].upper() in {'INSERT', 'UPDATE', 'DELETE'} and cursor.rowcount != 0:
            self._unit.append(statement)

    async def _read(self, query: Callable[[Session], Any]) -> Any:
        with Session(self.connection, autoflush=False, join_transaction_mode='rollback_only') as session:
            return query(session)

    async def _write(self, work: Callable[[Tx], Any]) -> Any:
        for attempt in (0, 1):
            point = self.connection.begin_nested()
            self._unit = []
            tx = Tx(self.connection, self.db.clock.now(), attempt)
            try:
                result, events = work(tx), tx.finish()
            except Exception as error:
                point.rollback()
                if attempt or not isinstance(error, IntegrityError):
                    raise
            else:
                point.commit()
                self.written += self._unit
                self.db._announce(events)
                return result
            finally:
                self._unit = None
                tx.close()
        raise AssertionError

    async def _batched(self, handler: Callable[[Tx, list[Any]], Any], item: Any) -> Any:
        [result] = await self._write(lambda tx: handler(tx, [item]))
        if isinstance(result, Exception):
            raise result
        return result

    async def of(self, deed: Callable[[], Awaitable[Any]]) -> tuple[str, list[str]]:
        """Do something and take it back; return the letter of what came of it, and what a refusal left written.

        ``.`` it was done or shown, ``-`` allowed, but there was nothing to show or to do; a refusal by its code.
        """
        for one in self._recent:
            one.clear()
        self.written = []
        files = self._files()
        with self.db._write_engine.connect() as self.connection:
            whole = self.connection.begin()
            try:
                result = await deed()
                letter = '.' if self.written or not any(result == one for one in NOTHING) else '-'
            except AppError as refusal:
                letter = LETTERS[refusal.code]
            finally:
                whole.rollback()
        left = [*self.written, *sorted(map(str, self._files() - files))] if letter.isupper() else []
        return letter, left

    def _files(self) -> set[Any]:
        folder = self.container.settings.data_dir
        return {one for name in ('images', 'files', 'exports') for one in (folder / name).rglob('*') if one.is_file()}


@dataclass
class Stage:
    """The world and the numbers of what stands in it."""

    c: Container
    world: World
    it: dict[str, Any] = field(default_factory=dict)
    tries: int = 0

    def __getitem__(self, name: str) -> Any:
        return self.it[name] if name in self.it else getattr(self.world, name)

    def who(self, name: str) -> Actor:
        """Somebody of ``WHO``."""
        return self.world.actors[name]

    def id(self, name: str) -> int:
        """Their number."""
        return self.who(name).member_id

    def key(self) -> str:
        """A client id nobody has used."""
        self.tries += 1
        return f'client-id-{self.tries:06d}'

    def day(self, days: int = 30) -> date:
        """A day ahead."""
        return (self.c.clock.now() + timedelta(days=days)).date()


def picture() -> bytes:
    """A small picture."""
    out = BytesIO()
    Image.new('RGB', (40, 30), (40, 90, 140)).save(out, 'PNG')
    return out.getvalue()


async def people(stage: Stage) -> None:
    """Those whom the small world lacks; names, phones and a login for alice."""
    world, key = stage.world, stage.c.settings.secret_key()

    def work(tx: Tx) -> None:
        def person(name: str, place_id: int | None = None, role: Role | None = None) -> int:
            member_id = places.create_member(tx, f'{name}女士', phone_hash=None, phone_mask=None, locale='zh-CN')
            world.actors[name] = Actor(member_id)
            if role is not None and place_id is not None:
                places.grant_role(tx, member_id, place_id, role, granted_by=None, valid_from=None, valid_until=None)
            return member_id

        place = tx.connection.execute(t.place.select().where(t.place.c.id == world.other_community)).one()
        far = places.add_place(tx, PlaceKind.BUILDING, '9栋', place).id
        street = places.add_place(tx, PlaceKind.SUBDISTRICT, '马群街道', tx.connection.execute(
            t.place.select().where(t.place.c.id == world.district)).one()).id
        person('outsider')
        person('newcomer')
        person('outgoing')
        person('incoming')
        person('other_lead', far, Role.BUILDING_LEAD)
        person('other_secretary', world.other_community, Role.COMMUNITY_SECRETARY)
        person('other_street', street, Role.STREET_OFFICER)
        home = places.ensure_household(tx, far, '101', area_cm2=7000)
        places.settle(tx, home, person('other_owner'), Relation.OWNER, verified=True)
        stage.it['far'] = far
        stage.it['empty_flat'] = places.ensure_household(tx, world.building, '704', area_cm2=9000)
        world.actors['nobody'] = Actor(0)
        for name, phone in (('alice', '13800000001'), ('bob', '13800000002')):
            tx.connection.execute(update(t.member).where(t.member.c.id == world[name].member_id).values(
                phone_hash=keyed_hash(key, 'phone', phone), phone_mask=f'{phone[:3]}****{phone[-4:]}'))
        keys = Keys(key)
        tx.connection.execute(t.roll_person.insert().values(
            household_id=world.households['alice'], relation='owner', name_mask='张*', name_key=keys.name('张兰'),
            phone_key=keys.phone('13800000001')))
        places.settle(tx, world.households['bob'], world['guest'].member_id, Relation.FAMILY, verified=False)
        stage.it['claim'] = tx.connection.execute(t.household_member.select().where(
            t.household_member.c.member_id == world['guest'].member_id)).one().id
        stage.it['grant'] = tx.connection.execute(t.role_grant.select().where(
            t.role_grant.c.member_id == world['lead'].member_id)).one().id

    await stage.c.db.write(work)
    world.actors['bot'] = await stage.c.community.bot()
    opened = await stage.c.accounts.open_session(stage.id('alice'), '红米')
    stage.it['session'] = opened.actor.session_id
    stage.it['token'] = opened.session_token


async def say(stage: Stage, name: str, room_id: int, body: str, **more: Any) -> int:
    """Post; return the number in the room."""
    view = await stage.c.rooms.post(stage.who(name), PostDraft(room_id=room_id, body=body, client_id=stage.key(), **more))
    return view.seq


async def rooms(stage: Stage) -> None:
    """Talk in the room of 3栋, and everything moderators have to decide."""
    c, it, world = stage.c, stage.it, stage.world
    assert world.room is not None
    assert world.community_room is not None
    it['hall'], it['lobby'] = hall, lobby = world.room.id, world.community_room.id
    it['hall_view'] = world.room
    it['far_room'] = (await c.rooms.create_room(
        stage.who('other_worker'), world.other_community, RoomKind.COMMUNITY, '太平村社区群',
        members=[stage.id('stranger'), stage.id('other_owner')])).id
    it['desk_room'] = (await c.rooms.create_room(
        stage.who('worker'), world.community, RoomKind.STAFF, '工作群', members=[stage.id('secretary'), stage.id('grid')])).id
    it['by_bob'] = await say(stage, 'bob', hall, '楼道灯坏了，谁有物业电话')
    it['by_alice'] = await say(stage, 'alice', hall, '我打过电话了')
    it['in_lobby'] = await say(stage, 'alice', lobby, '社区食堂几点开门')
    it['notice'] = await say(stage, 'worker', hall, '周六上午停水检修', kind=MessageKind.NOTICE)
    image = await c.rooms.images.add(hall, stage.id('alice'), picture())
    await say(stage, 'alice', hall, '', kind=MessageKind.IMAGE, image=image['token'])
    it['image'] = await c.rooms.images.find(image['token'])
    await c.rooms.order.set_mode(stage.who('worker'), lobby, RoomMode.OPEN)
    it['muted'] = await c.rooms.acts.mute(stage.who('street'), lobby, stage.id('alice'), 60, Reason.ABUSE, '吵架')
    it['mute_again'] = await c.rooms.acts.mute(stage.who('street'), lobby, stage.id('carol'), 60, Reason.SPAM)
    await c.rooms.appeals.appeal(stage.who('carol'), it['mute_again'], '只发了一次')
    it['recalled'] = await c.rooms.acts.recall(
        stage.who('grid'), hall, await say(stage, 'bob', hall, '这条要撤回的'), Reason.RUMOUR)
    await c.rooms.words.add_term(stage.who('worker'), world.community, '代办驾照', '广告')
    await c.rooms.words.allow(stage.who('worker'), world.community, '不要找人代办驾照')
    words = await c.rooms.words.words_at(stage.who('worker'), world.community)
    it['words'], it['term'] = words, next(one.id for one in words.terms if one.id)
    await c.rooms.report(stage.who('alice'), hall, it['by_bob'], Reason.ABUSE)
    [case] = await c.rooms.reports.cases(stage.who('worker'), world.community)
    it['report'] = case.id
    it['claimed'] = await _reported_and_claimed(stage)
    it['removal'] = await c.rooms.removals.propose(stage.who('grid'), hall, stage.id('bob'), Reason.ABUSE)
    from yunshequ.rooms.words import WordAction

    await c.rooms.words.set_action(stage.who('worker'), world.community, '广告', WordAction.HOLD)
    await c.rooms.post(stage.who('alice'), PostDraft(room_id=hall, body='代办驾照找我', client_id=stage.key()))
    [held] = await c.rooms.held.waiting(stage.who('worker'), world.community)
    it['held'] = held.id


async def _reported_and_claimed(stage: Stage) -> int:
    seq = await say(stage, 'bob', stage.it['hall'], '第二条被举报的')
    await stage.c.rooms.report(stage.who('alice'), stage.it['hall'], seq, Reason.SPAM)
    found = [one for one in await stage.c.rooms.reports.cases(stage.who('worker'), stage.world.community) if one.seq == seq]
    await stage.c.rooms.reports.claim(stage.who('worker'), found[0].id)
    return found[0].id


async def doors(stage: Stage) -> None:
    """Join codes, and an application to a room that asks."""
    c, it, world, worker = stage.c, stage.it, stage.world, stage.who('worker')
    code = await c.community.create_join_code(worker, world.building, room_id=it['hall'])
    it['code'], it['code_token'] = code.id, code.token
    await c.rooms.door.set_entry(worker, it['lobby'], asks=True, question='几栋几室？')
    asked = await c.community.create_join_code(worker, world.community, room_id=it['lobby'])
    await c.rooms.door.come_in(stage.who('newcomer'), asked.token, nickname='新来的', answer='5栋303')
    await c.rooms.door.come_in(stage.who('guest'), asked.token, nickname='来过的', answer='3栋803')
    first, second = await c.rooms.door.waiting(worker, world.community)
    it['entry'], it['entry_decided'] = first.id, second.id
    await c.rooms.door.refuse(worker, second.id, '房号对不上')


async def papers(stage: Stage) -> None:
    """What two of the staff decide together, and what households have been through."""
    c, it, world = stage.c, stage.it, stage.world
    draft = CheckDraft(member_id=stage.id('bob'), name='李强', number='11010519491231002X', papers=(Paper.ID_CARD,))
    first = await c.identity.propose(stage.who('worker'), world.community, draft)
    await c.identity.decide(stage.who('secretary'), first, confirmed=True)
    it['check_draft'] = CheckDraft(member_id=stage.id('guest'), name='王芳', number='110101199003077395', papers=(Paper.ID_CARD,))
    it['check'] = await c.identity.propose(stage.who('worker'), world.community, CheckDraft(
        member_id=stage.id('carol'), name='赵敏', number='110101198001010010', papers=(Paper.ID_CARD,)))
    it['consent'] = await c.acting.give(stage.who('alice'), [Purpose.VOTE], stage.day(), phone='13800000002')
    it['paper'] = await c.acting.propose_paper(
        stage.who('worker'), world.community, stage.id('carol'), stage.id('bob'), [Purpose.VOTE], stage.day())
    it['change'] = await c.households.move_in(
        stage.who('worker'), it['empty_flat'], stage.id('guest'), Relation.FAMILY, on=c.clock.now().date())
    it['request'] = await c.privacy.exports.ask(stage.who('worker'), Exportable.ROLL, world.community, 'csv', '季度走访用的纸质名册')
    it['approved'] = await c.privacy.exports.ask(stage.who('worker'), Exportable.ROLL, world.community, 'csv', '台账核对用的名册一份')
    await c.privacy.exports.decide(stage.who('secretary'), it['approved'], approve=True)
    copy = await c.privacy.my_data.ask(stage.who('alice'))
    await c.privacy.my_data.build({'copy_id': copy.id, 'locale': 'zh-CN'})
    it['copy'] = copy.id
    await c.privacy.leaving.ask(stage.who('carol'))
    lead = await c.db.read(lambda s: s.connection().execute(t.role_grant.select().where(
        t.role_grant.c.member_id == stage.id('other_lead'))).one().id)
    it['handed_far'] = await c.handovers.plan(stage.who('other_worker'), lead, stage.id('other_owner'))
    await c.handovers.undo(stage.who('other_worker'), it['handed_far'])
    await c.community.grant_role(stage.who('worker'), stage.id('newcomer'), world.building_2, Role.BUILDING_LEAD)
    await c.community.grant_role(stage.who('worker'), stage.id('outgoing'), world.building, Role.BUILDING_LEAD)
    grants = await c.db.read(lambda s: {row.member_id: row.id for row in s.connection().execute(t.role_grant.select().where(
        t.role_grant.c.role == str(Role.BUILDING_LEAD), t.role_grant.c.revoked_at.is_(None)))})
    it['handed'] = await c.handovers.plan(stage.who('worker'), grants[stage.id('newcomer')], stage.id('incoming'))
    it['planned'] = await c.handovers.plan(
        stage.who('worker'), grants[stage.id('outgoing')], stage.id('incoming'), due_at=c.clock.now() + timedelta(days=3))
    kept = KeptSms()
    c.accounts._sms = kept
    await c.accounts.request_code('13900000008', '192.0.2.1')
    it['phone_change'] = await c.lost_phones.ask(
        stage.who('worker'), world.community, stage.id('alice'), '13900000008', kept.sent[-1][1], '看过身份证，手机丢了')
    await c.accounts.request_code('13900000009', '192.0.2.1')
    it['sms'] = lambda: kept.sent[-1][1]
    await c.community.reveal(stage.who('worker'), world.community, stage.id('alice'), '电话回访')


async def together(stage: Stage) -> None:
    """A vote prepared, one open, a topic with an opinion, a list, an incident with a call."""
    c, it, world, worker = stage.c, stage.it, stage.world, stage.who('worker')
    now = c.clock.now()
    it['ballot_draft'] = lambda: BallotDraft(
        client_id=stage.key(), place_id=world.community, title='要不要装充电桩', rule='consultation.open', closes_at=now + timedelta(days=3),
        options=(OptionDraft(text='同意', stance=Stance.YES), OptionDraft(text='不同意', stance=Stance.NO),
                 OptionDraft(text='弃权', stance=Stance.ABSTAIN)))
    it['prepared'] = await c.ballots.create(worker, it['ballot_draft']())
    it['ballot'] = await c.ballots.create(worker, it['ballot_draft']())
    await c.ballots.open(worker, it['ballot'])
    it['option'] = (await c.ballots.state(worker, it['ballot'])).options[0].id
    await c.ballots.cast(stage.who('alice'), it['ballot'], ((it['option'], 1),), client_id=stage.key())
    it['new_topic'] = lambda: NewTopic(
        client_id=stage.key(), place_id=world.community, title='楼道堆物公约', summary='大家怎么看', body='一、不堆放。')
    it['topic'] = await c.deliberation.create_topic(worker, it['new_topic']())
    await c.deliberation.publish_draft(worker, it['topic'], '一、不堆放杂物。', note='改一处', after=1)
    it['opinion'] = (await c.deliberation.post_opinion(stage.who('alice'), it['topic'], '赞成', client_id=stage.key())).id
    it['chain'] = await c.chains.start(stage.who('alice'), ChainDraft(room_id=it['hall'], client_id=stage.key(), title='团购大米'))
    await c.chains.put(stage.who('alice'), it['chain'], '一袋')
    incident = await c.emergency.open_incident(worker, IncidentDraft(
        place_id=world.community, title='暴雨积水', text='低洼处', client_id=stage.key()))
    it['incident'] = incident.id
    it['shift_draft'] = ShiftDraft(
        title='沙袋', spot='东门', starts_at=now + timedelta(minutes=10), ends_at=now + timedelta(hours=2), capacity=5)
    it['call_draft'] = lambda: CallDraft(
        incident_id=incident.id, place_id=world.community, room_id=it['lobby'], title='搬沙袋', shifts=[it['shift_draft']], client_id=stage.key())
    call = await c.emergency.open_call(worker, it['call_draft']())
    it['call'], it['shift'] = call.id, call.shifts[0].id
    it['signup'] = (await c.emergency.sign_up(stage.who('alice'), it['shift'], stage.key())).id
    it['venue'] = (await c.emergency.venue_code(worker, it['shift'])).code


async def asked(stage: Stage) -> None:
    """Knowledge, alice's own chat with 小栖, her question to the office, and a question answered in the room."""
    c, it, world, worker = stage.c, stage.it, stage.world, stage.who('worker')
    await c.assistant._catalogue.start()
    it['entry_draft'] = EntryDraft(question='居住证怎么办理？', answer='带租房合同到派出所。', place_id=world.community, source='社区整理')
    entry = await c.assistant.knowledge.create(worker, it['entry_draft'], publish=True)
    draft = await c.assistant.knowledge.create(worker, it['entry_draft'].model_copy(update={'question': '老年卡在哪里办？'}))
    it['kb'], it['kb_version'], it['kb_draft'], it['kb_draft_version'] = entry.id, entry.version, draft.id, draft.version
    it['chat'] = (await c.assistant.open_chat(stage.who('alice'))).id
    it['in_chat'] = await say(stage, 'alice', it['chat'], '低保怎么申请，我不想让邻居知道')
    shown = await c.rooms.images.add(it['chat'], stage.id('alice'), picture())
    await say(stage, 'alice', it['chat'], '', kind=MessageKind.IMAGE, image=shown['token'])
    it['chat_image'] = await c.rooms.images.find(shown['token'])
    it['bobs_chat'] = (await c.assistant.open_chat(stage.who('bob'))).id
    it['in_bobs_chat'] = await say(stage, 'bob', it['bobs_chat'], '这是我自己的事')
    it['case'] = (await c.assistant.handoff(stage.who('alice'), it['chat'])).case.id
    taken = await c.assistant.handoff(stage.who('bob'), it['bobs_chat'])
    await c.assistant.desk.take(worker, taken.case.id)
    it['owned'] = taken.case.id
    asker = pseudonym(c.settings.secret_key(), stage.id('alice'))

    def work(tx: Tx) -> int:
        outcome = Answered(Band.SUGGEST, '您是想问', '/', candidates=(entry.id,))
        journal.asked(tx, key='walk', reason=Why.MENTION, room_id=it['hall'], question_seq=it['by_alice'], place_id=world.building,
                      asker=asker, text='居住证', outcome=outcome)
        journal.published(tx, 'walk', it['notice'])
        return int(journal.by_key(tx.session, 'walk').id)

    it['log'] = await c.db.write(work)


async def office(stage: Stage) -> None:
    """The office of 小栖: departments with hand-offs and without entries, a turn of duty, a settled case of carol's, and entries at every step of their way."""
    c, it, world, worker = stage.c, stage.it, stage.world, stage.who('worker')
    knowledge, secretary = c.assistant.knowledge, stage.who('secretary')
    it['department'] = await knowledge.departments.create(stage.who('street'), world.community, '民政科')
    await knowledge.departments.name_keeper(stage.who('street'), it['department'], stage.id('grid'))
    await knowledge.departments.name_keeper(worker, it['department'], stage.id('secretary'))
    await knowledge.departments.set_answers(worker, it['department'], answers=True)
    it['emptied'] = await knowledge.departments.create(worker, world.community, '老龄办')
    await c.assistant.roster.put(worker, world.community, stage.day(0), stage.id('worker'))
    case = (await c.assistant.handoff(stage.who('carol'), (await c.assistant.open_chat(stage.who('carol'))).id)).case
    await c.assistant.desk.take(worker, case.id)
    await c.assistant.desk.close(worker, case.id)
    it['settled'] = case.id

    async def entry(name: str, question: str, *, publish: bool = True, **more: Any) -> Any:
        made = await knowledge.create(worker, it['entry_draft'].model_copy(update={'question': question} | more), publish=publish)
        it[name] = made
        return made

    await entry('kept', '临时救助怎么申请？', department='民政科', valid_until=c.clock.now() + timedelta(days=2))
    plain = await entry('bulk_entry', '公租房怎么申请？')
    await entry('ours', '水费在哪里交？')
    change = BulkChange(category='住房')
    plan = await c.assistant.bulk.preview(worker, [plain.id], change)
    it['bulk'] = (await c.assistant.bulk.apply(worker, [plain.id], change, plan.digest)).id
    draft = await entry('revised', '垃圾几点收？', publish=False)
    it['revised'] = await knowledge.edit(worker, draft.id, draft.version, draft.draft().model_copy(update={'answer': '早上七点。'}))
    waits = await entry('reviewed', '快递柜在哪里？', publish=False)
    it['reviewed'] = await knowledge.submit(worker, waits.id, waits.version)
    back = await entry('returned', '停车怎么收费？', publish=False)
    back = await knowledge.submit(worker, back.id, back.version)
    await knowledge.send_back(secretary, back.id, back.version, '请写明标准')
    gone = await entry('retired', '疫苗在哪里打？')
    it['retired'] = await knowledge.retire(worker, gone.id, gone.version)
    sure = await entry('confirmed', '老年食堂几点开？')
    it['confirmed'] = await c.assistant.keeping.confirm(worker, sure.id, sure.version)
    told = await entry('pending', '宠物怎么登记？')
    knowledge.rights._four_eyes = True
    it['pending'] = await knowledge.edit(worker, told.id, told.version, told.draft().model_copy(update={'answer': '到派出所。'}))
    knowledge.rights._four_eyes = False


async def build(container: Container, world: World) -> Stage:
    """Fill the world."""
    stage = Stage(container, world)
    for part in (people, rooms, doors, papers, together, asked, office):
        await part(stage)
    return stage
