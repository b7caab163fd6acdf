"""我的数据: what is held about me by kind, and a copy of it, made by a job and kept for two hours."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update
from sqlmodel import Session

from yunshequ.core.clock import Clock
from yunshequ.core.database import Database
from yunshequ.core.errors import NotFound
from yunshequ.core.i18n import N_, in_locale
from yunshequ.core.ids import token
from yunshequ.core.personal import Keeper
from yunshequ.core.policy import Actor, require_somebody
from yunshequ.core.throttle import Throttle
from yunshequ.core.unit import Tx
from yunshequ.privacy import archive
from yunshequ.privacy.events import PrivacyChanged
from yunshequ.privacy.personal import copy
from yunshequ.privacy.ports import People
from yunshequ.privacy.rules import Rules
from yunshequ.privacy.schemas import DataExportView, ExportState, HeldGroup, HeldView

BUILD, DROP = 'privacy.build_copy', 'privacy.drop_copy'
OFTEN = '3/1 day'
TOO_OFTEN = N_('一天最多导出 3 次，请 {seconds} 秒后再试')


class MyData:
    """What a person sees of themselves, and takes away."""

    def __init__(
        self, db: Database, clock: Clock, throttle: Throttle, people: People, rules: Rules, keepers: Sequence[Keeper], folder: Path,
    ) -> None:
        self._db = db
        self._clock = clock
        self._throttle = throttle
        self._people = people
        self._rules = rules
        self._keepers = keepers
        self._folder = folder

    async def held(self, actor: Actor) -> list[HeldGroup]:
        """Return what is held of the actor, table by table, those without a row left out."""
        return await self._db.read(lambda session: self._held(session, actor.member_id))

    def _held(self, session: Session, member_id: int) -> list[HeldGroup]:
        groups = []
        for keeper in reversed(self._keepers):
            tables = []
            for holding in keeper.holdings:
                period = self._rules.periods[holding.period]
                if count := keeper.count(session, holding, member_id):
                    tables.append(HeldView(
                        table=holding.table.name, title=holding.title, count=count, purpose=holding.purpose, seen_by=holding.seen_by,
                        period=period.words, source=period.source, fate=holding.fate))
            if tables:
                groups.append(HeldGroup(title=keeper.title, tables=tuple(tables)))
        return groups

    async def ask(self, actor: Actor) -> DataExportView:
        """Have a copy made; while one is being made or ready, that one is returned.

        :raises TooMany: three were made today.
        """
        require_somebody(actor)
        found = await self.latest(actor)
        if found is not None and found.state is not ExportState.GONE:
            return found
        await self._throttle.require(TOO_OFTEN, OFTEN, 'my-data', str(actor.member_id))

        def work(tx: Tx) -> int:
            row = {'member_id': actor.member_id, 'token': token(), 'state': ExportState.WAITING.value, 'bytes': 0, 'asked_at': tx.now}
            copy_id = int(tx.connection.execute(insert(copy).values(row).returning(copy.c.id)).scalar_one())
            tx.audit(actor.member_id, 'privacy.ask_copy', f'member:{actor.member_id}', detail={'copy': copy_id})
            tx.schedule(BUILD, tx.now, {'copy_id': copy_id, 'locale': actor.locale}, key=f'{BUILD}:{copy_id}')
            return copy_id

        copy_id = await self._db.write(work)
        return _view(await self._db.read(lambda session: _row(session, copy_id)))

    async def latest(self, actor: Actor) -> DataExportView | None:
        """Return the newest copy of the actor's data, None if there never was one."""
        row = await self._db.read(lambda session: session.connection().execute(
            select(copy).where(copy.c.member_id == actor.member_id).order_by(copy.c.id.desc()).limit(1)).first())
        return None if row is None else _view(row)

    async def fetch(self, actor: Actor, copy_id: int) -> Path:
        """Return the file of one's own copy; each fetch is audited.

        :raises NotFound: it is somebody else's, not ready, or past its time.
        """
        now = self._clock.now()
        row = await self._db.read(lambda session: _row(session, copy_id))
        if row is None or row.member_id != actor.member_id or row.state != ExportState.READY.value or row.expires_at <= now:
            raise NotFound(N_('这份数据已过期或不存在，请在“隐私和我的数据”里重新导出'))
        await self._db.write(lambda tx: tx.audit(
            actor.member_id, 'privacy.fetch_copy', f'member:{actor.member_id}', detail={'copy': copy_id}))
        return self._path(row.token)

    async def build(self, payload: dict[str, Any]) -> None:
        """Job: make a copy. Run again after a crash it makes the same copy again."""
        row = await self._db.read(lambda session: _row(session, payload['copy_id']))
        if row is None or row.state != ExportState.WAITING.value:
            return
        name = (await self._people.cards([row.member_id]))[row.member_id].name
        contents = await self._db.read(lambda session: self._contents(session, row.member_id, name, payload['locale']))
        size = await asyncio.to_thread(archive.write, self._path(row.token), contents, payload['locale'])

        def work(tx: Tx) -> None:
            until = tx.now + timedelta(hours=self._rules.export_hours)
            tx.connection.execute(update(copy).where(copy.c.id == row.id).values(
                state=ExportState.READY.value, bytes=size, expires_at=until))
            tx.schedule(DROP, until, {'copy_id': row.id}, key=f'{DROP}:{row.id}')
            tx.emit(PrivacyChanged(member_id=row.member_id, what='copy'))

        await self._db.write(work)

    def _contents(self, session: Session, member_id: int, name: str, locale: str) -> archive.Contents:
        with in_locale(locale):
            return archive.Contents(
                name, self._clock.now(), self._rules.version,
                [(keeper.title, keeper.collect(session, member_id)) for keeper in reversed(self._keepers)],
                [one for keeper in self._keepers for one in keeper.attachments(session, member_id)])

    async def drop(self, payload: dict[str, Any]) -> None:
        """Job: delete the file of a copy whose time is over."""
        row = await self._db.read(lambda session: _row(session, payload['copy_id']))
        if row is None:
            return
        await asyncio.to_thread(self._path(row.token).unlink, missing_ok=True)

        def work(tx: Tx) -> None:
            tx.connection.execute(update(copy).where(copy.c.id == row.id).values(state=ExportState.GONE.value))
            tx.emit(PrivacyChanged(member_id=row.member_id, what='copy'))

        await self._db.write(work)

    def files_of(self, session: Session, member_id: int) -> list[Path]:
        """Return the files of all copies of a member."""
        tokens = session.connection().execute(select(copy.c.token).where(copy.c.member_id == member_id)).scalars()
        return [self._path(one) for one in tokens]

    def _path(self, name: str) -> Path:
        return self._folder / f'{name}.zip'


def _row(session: Session, copy_id: int) -> Any:
    return session.connection().execute(select(copy).where(copy.c.id == copy_id)).one_or_none()


def _view(row: Any) -> DataExportView:
    return DataExportView(
        id=row.id, state=ExportState(row.state), bytes=row.bytes, asked_at=row.asked_at, expires_at=row.expires_at)
