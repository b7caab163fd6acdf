"""小栖 in the small community of ``people_kit``: rooms, knowledge, a deterministic encoder, restarts."""

import asyncio
import hashlib
import json
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from sqlmodel import SQLModel

import yunshequ.assistant.models
import yunshequ.rooms.models  # noqa: F401
from embeddings import Candidate, ModelMissing, Vectors
from tests.modules.people_kit import TABLES, House, open_house
from yunshequ.assistant import policy as assistant_policy
from yunshequ.assistant.answering import Thresholds
from yunshequ.assistant.retriever import IndexRetriever, Model
from yunshequ.assistant.schemas import EntryDraft, EntryView
from yunshequ.assistant.service import AssistantService
from yunshequ.core.database import Database
from yunshequ.core.policy import Actor
from yunshequ.core.throttle import Throttle
from yunshequ.core.unit import Tx
from yunshequ.jobs.runner import JobRunner
from yunshequ.rooms import policy as rooms_policy
from yunshequ.rooms import search
from yunshequ.rooms.files import FileStore
from yunshequ.rooms.images import ImageStore
from yunshequ.rooms.schemas import MessageKind, MessageView, PostDraft, RoomKind, RoomView
from yunshequ.rooms.service import RoomsService

SECRET = b'k' * 32
PENSION = '高龄老人津贴怎么申请？'
PERMIT = '居住证怎么办理？'
WASTE = '大件垃圾怎么预约上门收？'


class FakeEncoder:
    """Characters and their pairs hashed into 256 numbers: the same text gives the same vector everywhere."""

    name = 'fake'
    dimension = 256

    def __init__(self) -> None:
        self.documents = 0
        self.threads: set[str] = set()

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        self.threads.add(threading.current_thread().name)
        return self._encode(texts)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        self.documents += len(texts)
        self.threads.add(threading.current_thread().name)
        return self._encode(texts)

    def _encode(self, texts: Sequence[str]) -> Vectors:
        table = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            for size in (1, 2):
                for start in range(len(text) - size + 1):
                    digest = hashlib.md5(text[start:start + size].encode()).digest()
                    table[row, digest[0]] += 1 if digest[1] % 2 else -1
        lengths = np.linalg.norm(table, axis=1, keepdims=True)
        return np.asarray(table / np.maximum(lengths, 1e-9), np.float32)


class CosineCalibration:
    """As sure as the best cosine says."""

    def probability(self, query: str, candidates: Sequence[Candidate]) -> float:
        return max(0.0, min(1.0, candidates[0].cosine)) if candidates else 0.0


def fake_model(encoder: FakeEncoder | None = None) -> Callable[[], Model]:
    return lambda: Model(encoder or FakeEncoder(), CosineCalibration(), Thresholds(direct=0.8, suggest=0.35, unasked=0.9))


def no_model() -> Model:
    raise ModelMissing('no model in data/models; build it with `yunshequ model build`')


@dataclass
class Boot:
    """One life of the process: services that die with it."""

    rooms: RoomsService
    retriever: IndexRetriever
    assistant: AssistantService
    jobs: JobRunner


@dataclass
class Kit:
    """The house, its rooms and 小栖."""

    house: House
    folder: Path
    boot: Boot = field(init=False)
    rooms: dict[str, RoomView] = field(default_factory=dict)
    count: int = 0

    @property
    def assistant(self) -> AssistantService:
        return self.boot.assistant

    @property
    def db(self) -> Database:
        return self.house.db

    def __getitem__(self, name: str) -> Actor:
        return self.house.people[name]

    async def start(self, open_model: Callable[[], Model] | None, *, loaded: bool = True) -> Boot:
        """Begin a life; with ``loaded`` wait for the model."""
        house = self.house
        rooms = RoomsService(
            house.db, house.policy, house.bus, house.clock, house.community, Throttle(),
                ImageStore(house.db, self.folder / 'images'), FileStore(house.db, self.folder / 'files'))
        retriever = IndexRetriever(open_model, self.folder / 'index')
        assistant = AssistantService(
            house.db, house.policy, house.bus, house.clock, house.community, rooms, retriever, Throttle(), secret=SECRET,
            small_talk=self.folder / 'talk.jsonl')
        jobs = JobRunner(house.db, house.clock, house.bus, assistant.jobs())
        self.boot = Boot(rooms, retriever, assistant, jobs)
        await assistant.start()
        if loaded:
            await retriever.settled()
        return self.boot

    async def die(self) -> None:
        """End a life without finishing what is under way, as SIGKILL does (threads have to be let go)."""
        for deaf in self.boot.assistant._deaf:
            deaf()
        self.boot.assistant._catalogue._deaf()
        for task in self.boot.assistant._conversation._running.values():
            task.cancel()
        await self.boot.retriever.stop()

    async def post(self, who: str, room: str | int, body: str, **more: Any) -> MessageView:
        """Post as a person."""
        self.count += 1
        room_id = room if isinstance(room, int) else self.rooms[room].id
        draft = PostDraft(room_id=room_id, client_id=f'{who}-client-{self.count:04d}', body=body, **more)
        return await self.boot.rooms.post(self[who], draft)

    async def settle(self) -> None:
        """Let the listeners finish."""
        for _ in range(200):
            await asyncio.sleep(0)
            tasks = [*self.house.bus._tasks, *self.assistant._conversation._running.values()]
            if not tasks:
                return
            await asyncio.gather(*tasks, return_exceptions=True)

    async def ask(self, who: str, room: str | int, body: str, **more: Any) -> list[MessageView]:
        """Post, let 小栖 answer and return what it said since."""
        message = await self.post(who, room, body, **more)
        await self.settle()
        return await self.said(message.room_id, after=message.seq)

    async def said(self, room_id: int, after: int = 0) -> list[MessageView]:
        """What 小栖 said in a room."""
        inside = (await self.boot.rooms.member_ids(room_id))
        reader = Actor(next(iter(inside)))
        messages, _ = await self.boot.rooms.since(reader, room_id, after)
        return [message for message in messages if message.sender.bot]

    async def answers(self, room_id: int, after: int = 0) -> list[MessageView]:
        return [message for message in await self.said(room_id, after) if message.kind is MessageKind.ANSWER]

    async def chat(self, who: str) -> RoomView:
        """A person's private chat."""
        return await self.assistant.open_chat(self[who])

    async def entry(self, question: str, answer: str = '这是答案，请带身份证到社区服务站。', *, place: str = 'district',
        by: str = 'admin',
                    publish: bool = True, **more: Any) -> EntryView:
        draft = EntryDraft(question=question, answer=answer, place_id=self.house.at(place), source='社区工作者整理', **more)
        entry = await self.assistant.knowledge.create(self[by], draft, publish=publish)
        await self.settle()
        return entry


def _empty(tx: Tx) -> None:
    """Empty what ``people_kit`` leaves of an earlier test in the one PostgreSQL database of the run: all but its own tables."""
    if tx.session.get_bind().dialect.name == 'postgresql':
        names = {table.name for table in SQLModel.metadata.sorted_tables} - set(TABLES) | {'message_search'}
        tx.session.connection().exec_driver_sql(f'TRUNCATE {", ".join(sorted(names))} RESTART IDENTITY')


@asynccontextmanager
async def open_kit(
    kind: str, tmp_path: Path, open_model: Callable[[], Model] | None = None, *, loaded: bool = True, entries: bool = True,
) -> AsyncIterator[Kit]:
    """A running 小栖 with three entries, a room of 3栋 and a room of the community."""
    talk = [{'question': '你好', 'similar': ['您好', '在吗'], 'answer': '您好，我是小栖，想问什么直接写。'},
            {'question': '谢谢', 'answer': '不客气，有事再喊我。'}]
    (tmp_path / 'talk.jsonl').write_text('\n'.join(json.dumps(row, ensure_ascii=False) for row in talk), encoding='utf-8')
    async with open_house(kind, tmp_path) as house:
        house.policy.register(rooms_policy.ACTIONS)
        house.policy.register(assistant_policy.ACTIONS)
        await house.db.write(lambda tx: search.create(tx.session))
        await house.db.write(_empty)
        kit = Kit(house, tmp_path)
        await kit.start(open_model or fake_model(), loaded=loaded)
        worker = kit['worker']
        for key, place, kind_of_room, names in (
            ('building', 'building', RoomKind.BUILDING, ('alice', 'bob', 'lead')),
            ('community', 'community', RoomKind.COMMUNITY, ('alice', 'bob', 'carol', 'secretary')),
        ):
            kit.rooms[key] = await kit.boot.rooms.create_room(
                worker, house.at(place), kind_of_room, key, members=[kit[name].member_id for name in names])
        if entries:
            await kit.entry(PENSION, '带老人身份证、户口簿到户籍所在社区登记。', similar=['老人补贴咋领', '尊老金哪块办'],
                steps=['备好证件', '到社区登记'])
            await kit.entry(PERMIT, '带租房合同到派出所户籍窗口。', similar=['暂住证在哪办'])
            await kit.entry(WASTE, '在小区管家处登记，约好时间放到指定点。', similar=['旧沙发怎么扔'])
        try:
            yield kit
        finally:
            await kit.settle()
            await kit.assistant.stop()
