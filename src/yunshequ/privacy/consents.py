"""Consent by purpose (同意): text and edition, given and withdrawn with the time, effective at once."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, insert, select
from sqlmodel import Session

from yunshequ.core.database import Database
from yunshequ.core.errors import NotFound
from yunshequ.core.policy import Actor, require_somebody
from yunshequ.core.unit import Tx
from yunshequ.privacy.events import PrivacyChanged
from yunshequ.privacy.personal import consent
from yunshequ.privacy.ports import Effect
from yunshequ.privacy.rules import Rules
from yunshequ.privacy.schemas import ConsentView

NOTICE = 'notice'
"""The purpose under which it is kept that somebody was shown the privacy notice."""


class Consents:
    """What people have agreed to. A consent to an earlier edition of a text does not count for a later one."""

    def __init__(self, db: Database, rules: Rules, effects: Mapping[str, Effect]) -> None:
        self._db = db
        self._rules = rules
        self._effects = effects

    async def of(self, actor: Actor) -> list[ConsentView]:
        """Return every purpose and what the actor has said to it."""
        return await self._db.read(lambda session: [self._view(session, actor.member_id, name) for name in self._rules.purposes])

    async def set(self, actor: Actor, purpose: str, *, on: bool) -> None:
        """Give or withdraw a consent; what stands on it happens, or stops, at once.

        :raises NotFound: there is no such purpose.
        """
        if purpose not in self._rules.purposes:
            raise NotFound
        await self._note(actor, purpose, self._rules.purposes[purpose].version, given=on)
        if purpose in self._effects:
            await self._effects[purpose](actor, on=on)

    async def notice_is_new(self, actor: Actor) -> bool:
        """Tell whether the privacy notice has an edition that the actor has not been shown yet."""
        row = await self._db.read(lambda session: _last(session, actor.member_id, NOTICE))
        return row is None or row.version != self._rules.notice.version

    async def note_notice(self, actor: Actor) -> None:
        """Note that the actor was shown the present privacy notice; once for each edition."""
        if await self.notice_is_new(actor):
            await self._note(actor, NOTICE, self._rules.notice.version, given=True)

    def allows(self, session: Session, member_id: int, purpose: str) -> bool:
        """Tell whether a purpose may be pursued with this member's data now; for other modules, inside their reads and units."""
        return self._view(session, member_id, purpose).on

    async def _note(self, actor: Actor, purpose: str, version: str, *, given: bool) -> None:
        require_somebody(actor)

        def work(tx: Tx) -> None:
            tx.connection.execute(insert(consent).values(
                member_id=actor.member_id, purpose=purpose, version=version, given=given, at=tx.now))
            tx.audit(actor.member_id, 'privacy.consent', f'member:{actor.member_id}',
                     detail={'purpose': purpose, 'version': version, 'given': given})
            tx.emit(PrivacyChanged(member_id=actor.member_id, what='consent'))

        await self._db.write(work)

    def _view(self, session: Session, member_id: int, name: str) -> ConsentView:
        purpose = self._rules.purposes[name]
        row = _last(session, member_id, name)
        current = row is not None and (row.version == purpose.version or not row.given)  # a refusal outlives the edition
        on = bool(row.given) if row is not None and current else purpose.opt_out and row is None
        return ConsentView(
            purpose=name, version=purpose.version, title=purpose.title, text=purpose.text, on=on, opt_out=purpose.opt_out,
            at=None if row is None else row.at, asked_again=row is not None and not current)


def _last(session: Session, member_id: int, purpose: str) -> Row[Any] | None:
    return session.connection().execute(
        select(consent).where(consent.c.member_id == member_id, consent.c.purpose == purpose).order_by(consent.c.id.desc()).limit(1)).first()
