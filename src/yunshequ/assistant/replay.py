"""Before something is published (发布前回放): the last questions are asked again of the knowledge base as it would be.

The change is tried on a throw-away copy of the index. What would change is shown; what was well answered and no longer would be
blocks until somebody signs for it with a reason. A signature holds for exactly that change and those questions.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import insert, select
from sqlmodel import Session

from yunshequ.assistant import answering
from yunshequ.assistant.answering import Decision
from yunshequ.assistant.catalogue import Catalogue, Shelf, published
from yunshequ.assistant.models import KbSignature
from yunshequ.assistant.ports import Change, Finding, People, Retriever, Trial
from yunshequ.assistant.replay_questions import Asked, last_questions
from yunshequ.assistant.rights import Rights
from yunshequ.assistant.schemas import Band, EntryDraft
from yunshequ.assistant.tool_schemas import Replay, Replayed, Said, Verdict
from yunshequ.core.database import Database
from yunshequ.core.errors import Conflict, Invalid, NotFound
from yunshequ.core.i18n import N_
from yunshequ.core.policy import Actor, Policy
from yunshequ.core.unit import Tx

SINCE = timedelta(days=90)
"""How far back questions are replayed."""
SIGNED_FOR = timedelta(days=7)
"""How long a signature holds: what people ask goes on changing."""
REASON_MIN, REASON_MAX = 4, 200
"""Characters of a reason."""
ANSWER_SHOWN = 120

_signature = KbSignature.__table__  # type: ignore[attr-defined]
_ORDER = {verdict: number for number, verdict in enumerate(Verdict)}


class NeedsSignature(Conflict):
    """Good answers would get worse; ``replay`` says which."""

    code = 'needs_signature'

    def __init__(self, replay: Replay) -> None:
        super().__init__(
            N_('有 {n} 个居民问过、答得好的问题会受影响，请看过后签字说明理由，再发布'), rule='assistant.sign_replay', n=len(replay.regressions))
        self.replay = replay


class Replays:
    """Implements ``ports.PublishGate``."""

    def __init__(
        self, db: Database, policy: Policy, people: People, rights: Rights, catalogue: Catalogue, retriever: Retriever,
    ) -> None:
        self._db = db
        self._policy = policy
        self._people = people
        self._rights = rights
        self._catalogue = catalogue
        self._retriever = retriever

    async def require(self, changes: Sequence[Change]) -> None:
        """See ``ports.PublishGate``."""
        replay = await self.look(changes)
        if replay.blocked:
            raise NeedsSignature(replay)

    async def try_out(self, actor: Actor, draft: EntryDraft, entry_id: int = -1) -> Replay:
        """Return what publishing a draft would do, as the entry ``entry_id`` or as a new one; nothing is written.

        :raises NotPermitted: the actor does not keep knowledge where it is to hold, or where the entry holds now.
        """
        await self._rights.require(actor, draft.place_id, draft.department)
        held = self._catalogue.get(entry_id)
        if held is not None:
            await self._rights.require(actor, int(held.path.rstrip('/').rpartition('/')[2]), held.department)
        path = await self._people.path_of(draft.place_id)
        if path is None:
            raise NotFound
        return await self.look([Change(entry_id, draft, path)])

    async def look(self, changes: Sequence[Change]) -> Replay:
        """Return what changes to what is told would do to the answers people get. Rights are the caller's affair."""
        now = self._db.clock.now()
        shelf = self._catalogue.shelf
        after = shelf.changed({
            one.key: None if one.draft is None else published(one.key, one.draft, one.path) for one in changes})
        changes = [one for one in changes if one.draft is not None or shelf.get(one.key) is not None]
        paths = {one.path for one in changes} | {held.path for one in changes if (held := shelf.get(one.key)) is not None}
        digest = digest_of(changes)
        places = tuple(sorted({int(path.rstrip('/').rpartition('/')[2]) for path in paths}))
        entries = tuple(sorted(one.key for one in changes))
        asked = await self._db.read(lambda session: last_questions(session, paths, now - SINCE)) if paths else []
        trials = [Trial(one.text, shelf.keeper(one.path, now), after.keeper(one.path, now)) for one in asked]
        documents = [one for key in after.all() if (one := after.document(key)) is not None and one != shelf.document(key)]
        gone = sorted(shelf.all().keys() - after.all().keys())
        found = await self._retriever.rehearse(trials, documents, gone) if trials else []
        if found is None:
            return Replay(asked=len(asked), changes=(), by_meaning=False, digest=digest, place_ids=places, entry_ids=entries)
        compared = [self._compared(one, *pair, shelf, after) for one, pair in zip(asked, found, strict=True)]
        differ = sorted((one for one in compared if one is not None), key=lambda one: (_ORDER[one.verdict], -one.times))
        replay = Replay(
            asked=len(asked), changes=tuple(differ), by_meaning=True, digest=digest, place_ids=places, entry_ids=entries)
        since = now - SIGNED_FOR
        return replay.model_copy(update={'signed': await self._db.read(lambda session: _is_signed(session, replay, since))})

    async def sign(self, actor: Actor, replay: Replay, reason: str) -> None:
        """Answer for the regressions of a change, as they were shown.

        :raises Invalid: no reason that would tell somebody later why.
        :raises NotPermitted: the actor publishes nothing at one of the places.
        :raises NotFound: nothing changes anywhere.
        """
        if not replay.place_ids:
            raise NotFound
        for place_id in replay.place_ids:
            await self._policy.require(actor, 'assistant.sign_replay', place_id)
        reason = ' '.join(reason.split())
        if not REASON_MIN <= len(reason) <= REASON_MAX:
            raise Invalid(N_('请写明为什么可以这样改，{least} 到 {most} 个字'), field='reason', least=REASON_MIN, most=REASON_MAX)

        def work(tx: Tx) -> None:
            tx.connection.execute(insert(_signature).values(
                digest=replay.digest, at=tx.now, by=actor.member_id, reason=reason, entries=list(replay.entry_ids),
                regressions=sorted(_signed_for(replay))))
            tx.audit(
                actor.member_id, 'assistant.sign_replay', f'kb-change:{replay.digest}', place_id=next(iter(replay.place_ids), None),
                detail={'reason': reason, 'entries': list(replay.entry_ids)[:50], 'regressions': len(replay.regressions)})

        await self._db.write(work)

    def _compared(self, asked: Asked, was: Finding, will: Finding, before: Shelf, after: Shelf) -> Replayed | None:
        """Return what becomes of a question; None if nothing does."""
        old, new = self._decided(asked, was, before), self._decided(asked, will, after)
        verdict = judge(asked, old, new, reworded=_words(before, old.entry_id) != _words(after, old.entry_id))
        if verdict is None:
            return None
        return Replayed(
            log_id=asked.log_id, text=asked.text, times=asked.times, last_at=asked.last_at, before=_said(old, before),
            after=_said(new, after), verdict=verdict, helpful=asked.helpful.total(), useless=asked.useless.total())

    def _decided(self, asked: Asked, finding: Finding, shelf: Shelf) -> Decision:
        return answering.decide(
            shelf.found(finding), finding.confidence, self._retriever.thresholds(), by_meaning=finding.by_meaning, unasked=asked.unasked)


def judge(asked: Asked, old: Decision, new: Decision, *, reworded: bool = False) -> Verdict | None:
    """Say what a change does to a question, None where it gets the same answer.

    What was well answered (people praised it, chose it, or had nothing against it) and would now get another entry or none is a
    regression; where nobody ever praised it, another direct answer or an offer that holds the old one is only a change.
    """
    if (old.band, old.entry_id, old.candidates) == (new.band, new.entry_id, new.candidates):
        return Verdict.REWORDED if reworded and old.band is Band.DIRECT else None
    best = asked.best
    if best is not None and _reaches(old, best) and not _reaches(new, best):
        return Verdict.REGRESSION
    if old.band is Band.DIRECT and old.entry_id is not None:
        return _told_before(asked, old.entry_id, new)
    if new.band is Band.DIRECT and new.entry_id is not None:
        return Verdict.WORSE if asked.blamed(new.entry_id) else Verdict.BETTER
    return Verdict.CHANGED if new.band is old.band else Verdict.BETTER if new.band is Band.SUGGEST else Verdict.WORSE


def _told_before(asked: Asked, old: int, new: Decision) -> Verdict:
    """Say what it means that an entry is no longer told at once."""
    if asked.blamed(old):
        return Verdict.WORSE if new.entry_id is not None and asked.blamed(new.entry_id) else Verdict.BETTER
    lost = new.band is not Band.DIRECT and old not in new.candidates
    if asked.praised(old) or (lost and asked.answered_well(old)):
        return Verdict.REGRESSION
    return Verdict.WORSE if lost else Verdict.CHANGED


def digest_of(changes: Sequence[Change]) -> str:
    """Return a name for exactly these changes."""
    parts = sorted([one.key, one.path, one.draft.model_dump_json() if one.draft is not None else ''] for one in changes)
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:32]


def _reaches(decision: Decision, entry_id: int) -> bool:
    return decision.entry_id == entry_id or entry_id in decision.candidates


def _words(shelf: Shelf, entry_id: int | None) -> tuple[str, tuple[str, ...]] | None:
    entry = shelf.get(entry_id) if entry_id is not None else None
    return (entry.answer, entry.steps) if entry is not None else None


def _said(decision: Decision, shelf: Shelf) -> Said:
    entry = shelf.get(decision.entry_id) if decision.entry_id is not None else None
    offered = tuple(found.question for one in decision.candidates if (found := shelf.get(one)) is not None)
    return Said(
        band=decision.band, entry_id=decision.entry_id, question=entry.question if entry else '',
        answer=entry.answer[:ANSWER_SHOWN] if entry else '', offered=offered)


def _signed_for(replay: Replay) -> set[tuple[int, int, int]]:
    return {(one.log_id, one.before.entry_id or 0, one.after.entry_id or 0) for one in replay.regressions}


def _is_signed(session: Session, replay: Replay, since: object) -> bool:
    wanted = _signed_for(replay)
    if not wanted:
        return False
    rows = session.connection().scalars(
        select(_signature.c.regressions).where(_signature.c.digest == replay.digest, _signature.c.at >= since))
    return any(wanted <= {tuple(one) for one in signed} for signed in rows)
