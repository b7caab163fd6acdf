"""申诉: the person concerned says why an act is wrong; another moderator than the one who decided looks at it again."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session

from yunshequ.core.database import Database
from yunshequ.core.errors import Conflict, Invalid, NotFound, NotPermitted
from yunshequ.core.i18n import N_
from yunshequ.core.policy import Actor
from yunshequ.core.unit import Tx, insert_ignore
from yunshequ.rooms import reading
from yunshequ.rooms.acts import ModerationActs, act_row
from yunshequ.rooms.events import OrderChanged
from yunshequ.rooms.models import Appeal, ModerationAct
from yunshequ.rooms.order import RoomOrder
from yunshequ.rooms.order_schemas import LONGEST_NOTE, AppealCase
from yunshequ.rooms.telling import News, tell

_act = ModerationAct.__table__  # type: ignore[attr-defined]
_appeal = Appeal.__table__  # type: ignore[attr-defined]


class Appeals:
    """Appeals against acts."""

    def __init__(self, db: Database, order: RoomOrder, acts: ModerationActs) -> None:
        self._db = db
        self._order = order
        self._acts = acts

    async def appeal(self, actor: Actor, act_id: int, words: str) -> None:
        """Say why an act against oneself is wrong; once for each act.

        :raises NotFound: there is no such act against the actor.
        :raises Invalid: nothing said, or too much.
        :raises Conflict: said already, or the act is taken back.
        """
        words = words.strip()
        if not 0 < len(words) <= LONGEST_NOTE:
            raise Invalid(N_('请写明申诉理由，最多 {most} 个字'), field='words', most=LONGEST_NOTE)
        row = await self._db.read(lambda session: act_row(session, act_id))
        if row is None or row.member_id != actor.member_id:
            raise NotFound
        if row.undone_at is not None:
            raise Conflict(N_('这项处理已经撤销，不用申诉了'))

        def work(tx: Tx) -> None:
            if not insert_ignore(tx.session, Appeal, [{'act_id': act_id, 'words': words, 'at': tx.now, 'answer': ''}]):
                raise Conflict(N_('这项处理已经申诉过，请等待复核结果'))
            tx.audit(actor.member_id, 'rooms.appeal', f'act:{act_id}', place_id=row.place_id)
            tx.emit(OrderChanged(place_id=row.place_id))

        await self._db.write(work)

    async def waiting(self, actor: Actor, place_id: int) -> list[AppealCase]:
        """Return the appeals at a place and below that nobody has decided, the oldest first.

        :raises NotPermitted: only staff of the place.
        """
        places = await self._order.places(actor, place_id)

        def query(session: Session) -> list[Any]:
            found: list[Any] = []
            for low in range(0, len(places), reading.PLACES_AT_ONCE):
                found += session.connection().execute(
                    select(_act).join(_appeal, _appeal.c.act_id == _act.c.id).where(
                        _appeal.c.decided_at.is_(None), _act.c.place_id.in_(places[low:low + reading.PLACES_AT_ONCE]),
                        _act.c.member_id != actor.member_id).order_by(_appeal.c.id).limit(100))
            return found

        views = await self._acts.views(await self._db.read(query), staff=True)
        return [AppealCase(act=one, mine=one.by is not None and one.by.id == actor.member_id) for one in views]

    async def decide(self, actor: Actor, act_id: int, *, upheld: bool, answer: str) -> None:
        """复核: let the act stand or take it back; the person is told either way.

        :raises NotPermitted: the actor did the act, or is the one concerned, or no moderator there.
        :raises Invalid: no answer in words.
        :raises Conflict: nobody appeals, or a colleague has decided.
        """
        row = await self._acts.required(actor, act_id)
        if row.by_id == actor.member_id:
            raise NotPermitted(N_('申诉要由另一位管理人员复核，作出处理的人不能自己复核'), rule='rooms.appeal_other')
        answer = answer.strip()
        if not 0 < len(answer) <= LONGEST_NOTE:
            raise Invalid(N_('请写明复核理由，最多 {most} 个字，当事人会看到'), field='answer', most=LONGEST_NOTE)
        undo: Callable[[Tx], None] | None = None if upheld else await self._acts.undoing(actor, row, answer)

        def work(tx: Tx) -> None:
            if not tx.connection.execute(
                update(_appeal).where(_appeal.c.act_id == act_id, _appeal.c.decided_at.is_(None))
                .values(decided_at=tx.now, decided_by=actor.member_id, upheld=upheld, answer=answer)
            ).rowcount:
                raise Conflict(N_('这件申诉已经有结果了'))
            tx.audit(actor.member_id, 'rooms.decide_appeal', f'act:{act_id}', place_id=row.place_id, detail={'upheld': upheld})
            tx.emit(OrderChanged(place_id=row.place_id))
            if undo is not None:
                undo(tx)
            else:
                tell(tx, row.member_id, News.UPHELD, f'upheld:{act_id}', why=answer)

        await self._db.write(work)
