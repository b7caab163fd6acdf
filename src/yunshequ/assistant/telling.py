"""Telling people that 小栖 can answer them now (回告): once their open question is settled by a published entry.

Who asked is not kept; where it was asked is. So the answer comes as a reply to their own message, in the room or in their chat with
小栖: one reply a room, to the latest of its questions, with everyone mentioned who asked there.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from itertools import groupby
from typing import Any

from yunshequ.assistant import journal, wording
from yunshequ.assistant.catalogue import Catalogue, Published
from yunshequ.assistant.conversation import JOB as ANSWER_JOB
from yunshequ.assistant.conversation import SAFETY_NET, Conversation
from yunshequ.assistant.journal import Outcome
from yunshequ.assistant.ports import Rooms
from yunshequ.assistant.schemas import Band, EntryState, EntryView, Reason
from yunshequ.core.clock import SHANGHAI, local
from yunshequ.core.database import Database
from yunshequ.core.i18n import SOURCE_LOCALE, in_locale
from yunshequ.core.unit import Tx

JOB = 'assistant.tell'
AWAKE = time(8), time(21)
"""When people may be told of their own accord, in Asia/Shanghai; what is published at night waits for the morning."""
WORTH_TELLING = timedelta(days=30)
"""How old a question may be: who asked longer ago has found another way."""
PERSON_THERE = timedelta(hours=1)
"""How long to wait while a person answers in that chat."""
MENTIONED = 20
"""Most people mentioned in one reply."""


def due(tx: Tx, entry: EntryView) -> None:
    """Have the askers told of an entry that was just published, or has just settled questions; nothing for a draft."""
    if entry.state is EntryState.PUBLISHED:
        tx.schedule(JOB, awake(tx.now), {'entry_id': entry.id}, key=f'{JOB}:{entry.id}:{entry.version}')


def awake(at: datetime) -> datetime:
    """Return ``at``, or the next morning's eight o'clock if people are asleep."""
    here = local(at)
    opens, closes = AWAKE
    if opens <= here.time() < closes:
        return at
    day = here.date() + timedelta(days=here.time() >= closes)
    return datetime.combine(day, opens, SHANGHAI).astimezone(at.tzinfo)


class Telling:
    """Runs the job."""

    def __init__(self, db: Database, rooms: Rooms, catalogue: Catalogue, conversation: Conversation) -> None:
        self._db = db
        self._rooms = rooms
        self._catalogue = catalogue
        self._conversation = conversation

    async def run(self, payload: dict[str, Any]) -> None:
        """Job: reply in each room where the questions were asked that the entry settles.

        They are told what somebody who asks now is told: the same reserve, and the words of their own place where it has some.
        """
        await self._catalogue.catch_up()  # the job may be quicker than the news of what was published
        now, entry = self._db.clock.now(), self._catalogue.get(int(payload['entry_id']))
        if entry is None or (entry.valid_until is not None and now >= entry.valid_until):
            return  # withdrawn or over meanwhile: publishing it again has them told
        if entry.valid_from is not None and now < entry.valid_from:
            begins, entry_id = awake(entry.valid_from), entry.id
            await self._db.write(lambda tx: tx.schedule(JOB, begins, {'entry_id': entry_id}))
            return
        entry_id = entry.id
        rows = await self._db.read(lambda session: journal.untold(session, entry_id, now - WORTH_TELLING))
        for room_id, group in groupby(rows, key=lambda row: int(row.room_id)):
            await self._tell(entry, room_id, list(group))

    async def _tell(self, settled: Published, room_id: int, rows: Sequence[Any]) -> None:
        if await self._db.read(lambda session: journal.owned_by_person(session, room_id=room_id)):
            await self._db.write(lambda tx: tx.schedule(JOB, awake(tx.now + PERSON_THERE), {'entry_id': settled.id}))
            return
        senders = await self._rooms.senders(room_id, [row.question_seq for row in rows])
        ids = [row.id for row in rows]
        waiting = [row for row in rows if row.question_seq in senders and (row.place_path or '').startswith(settled.path)]
        if not waiting:
            await self._db.write(lambda tx: journal.told(tx, ids))
            return
        last = waiting[-1]
        asker_id = senders[last.question_seq]
        entry = self._catalogue.spoken(settled.id, last.place_path, self._db.clock.now())
        if entry is None:
            return  # withdrawn in this moment
        key = f'told:{settled.id}:{last.id}'
        with in_locale(SOURCE_LOCALE):
            outcome = Outcome(Band.DIRECT, wording.learned(entry), last.place_path, entry.id, 1.0)

        def work(tx: Tx) -> Any:
            if not journal.told(tx, ids):
                return None  # another process was first
            journal.asked(
                tx, key=key, reason=Reason.TOLD, room_id=room_id, question_seq=last.question_seq, place_id=last.place_id,
                asker=last.asker, text='', outcome=outcome)
            tx.schedule(ANSWER_JOB, tx.now + SAFETY_NET, {'key': key, 'asker_id': asker_id}, key=key)
            return journal.by_key(tx.session, key)

        row = await self._db.write(work)
        if row is not None:
            people = list(dict.fromkeys(senders[one.question_seq] for one in waiting))[-MENTIONED:]
            await self._conversation.publish(row, asker_id, mentions=people)
