"""The committee's roll as a file (住户名册): looked at before it is imported, imported, exported."""

import asyncio

from yunshequ.community import roll, roll_file, roll_import
from yunshequ.community.desk import Desk
from yunshequ.community.identity_keys import Keys
from yunshequ.community.levels import Level
from yunshequ.community.schemas import RollPlan
from yunshequ.core.errors import Invalid
from yunshequ.core.i18n import N_
from yunshequ.core.policy import Actor
from yunshequ.core.unit import Tx

KINDS = frozenset({'xlsx', 'csv'})
_reading = asyncio.Semaphore(1)
"""One file is read at a time: it is the heaviest thing a person can ask of this process."""


class RollActs(Desk):
    """What a community's own office does with its roll as a whole."""

    async def check_roll(self, actor: Actor, place_id: int, data: bytes) -> RollPlan:
        """Return what importing a file at a place would do; nothing is written.

        :raises Invalid: no roll can be read from it at all; bad lines are part of the answer.
        """
        await self._policy.require(actor, 'community.import_roll', place_id)
        file = await self._read_roll(data)
        path, now, keys = (await self.place(place_id)).path, self._clock.now(), Keys(self._settings.secret_key())
        return await self._db.read(
            lambda session: roll_import.look(session.connection(), path, now, file, keys)[0])

    async def import_roll(self, actor: Actor, place_id: int, data: bytes, digest: str) -> RollPlan:
        """Do what ``check_roll`` has shown, in one unit of work; return what was done. Bad lines are passed over.

        The same file a second time changes nothing.

        :param digest: of the plan that was shown
        :raises Conflict: the roll has changed since, so that something else would be done.
        """
        await self._policy.require(actor, 'community.import_roll', place_id)
        file = await self._read_roll(data)
        path, keys = (await self.place(place_id)).path, Keys(self._settings.secret_key())
        return await self._db.write(lambda tx: roll_import.apply(tx, path, place_id, actor.member_id, file, digest, keys))

    async def export_roll(self, actor: Actor, place_id: int, kind: str, purpose: str = '') -> bytes:
        """Return the roll at or below a place as a file, telephone numbers masked; who took it, and how much, is audited.

        Everybody on it sees who took it and what for. Pages reach this only through a request that a second person approved.

        :raises Invalid: ``kind`` is neither ``xlsx`` nor ``csv``.
        """
        await self._policy.require(actor, 'community.export_roll', place_id)
        if kind not in KINDS:
            raise Invalid(N_('只能导出 xlsx 或 csv'), field='kind')
        path = (await self.place(place_id)).path

        def work(tx: Tx) -> list[tuple[str, ...]]:
            rows = list(roll_import.export_rows(roll_import.load(tx.connection, path, tx.now)))
            self._noted(tx, actor, roll.residents(tx.session, path, Level.MEMBER, tx.now), place_id, 'roll_export', purpose)
            tx.audit(actor.member_id, 'community.export_roll', f'place:{place_id}', place_id=place_id,
                     detail={'n': len(rows), 'kind': kind})
            return rows

        rows = await self._db.write(work)
        return await asyncio.to_thread(roll_file.write, rows, kind)

    @staticmethod
    async def _read_roll(data: bytes) -> roll_file.RollFile:
        async with _reading:
            return await asyncio.to_thread(roll_file.read, data)
