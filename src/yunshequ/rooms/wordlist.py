"""The lists of sensitive words in the database: what holds at a place, and changing it. Rights are the service's affair."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlmodel import Session

from yunshequ.core.audit import AuditEntry
from yunshequ.core.unit import Tx, insert_ignore, upsert
from yunshequ.rooms.events import WordsChanged
from yunshequ.rooms.models import AllowedPhrase, BlockedTerm, WordCategory
from yunshequ.rooms.reading import PLACES_AT_ONCE
from yunshequ.rooms.words import Term, WordAction, WordFilter, house_terms

MARKED = 'rooms.mark'
"""The audit's name for a message that went out with a marked word."""

_term = BlockedTerm.__table__  # type: ignore[attr-defined]
_phrase = AllowedPhrase.__table__  # type: ignore[attr-defined]
_category = WordCategory.__table__  # type: ignore[attr-defined]
_audit = AuditEntry.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Lists:
    """What holds at a place: rows of its own and of the places above."""

    terms: Sequence[Any]
    phrases: Sequence[Any]
    actions: dict[tuple[int, str], WordAction]

    def action(self, place_id: int, category: str) -> WordAction:
        """Return what a category leads to where ``place_id`` has listed words under it."""
        return self.actions.get((place_id, category), WordAction.BLOCK)

    def compiled(self) -> WordFilter:
        """Return the filter: these lists and the house's own."""
        own = [Term(row.term, row.category, self.action(row.place_id, row.category), row.place_id, row.homophones) for row in self.terms]
        return WordFilter([*house_terms(), *own], [row.phrase for row in self.phrases])


def subject(place_id: int) -> str:
    """Return how the audit names the list of a place; what the list has marked there stands under it too."""
    return f'words:{place_id}'


def load(session: Session, place_ids: list[int]) -> Lists:
    """Return the lists of the places together, in the order they were written."""
    connection = session.connection()
    return Lists(
        terms=connection.execute(select(_term).where(_term.c.place_id.in_(place_ids)).order_by(_term.c.id)).all(),
        phrases=connection.execute(select(_phrase).where(_phrase.c.place_id.in_(place_ids)).order_by(_phrase.c.id)).all(),
        actions={(row.place_id, row.category): WordAction(row.action) for row in connection.execute(
            select(_category).where(_category.c.place_id.in_(place_ids)))})


def term_row(session: Session, term_id: int) -> Any:
    """Return a listed term, or None."""
    return session.connection().execute(select(_term).where(_term.c.id == term_id)).one_or_none()


def phrase_row(session: Session, phrase_id: int) -> Any:
    """Return an allowed phrase, or None."""
    return session.connection().execute(select(_phrase).where(_phrase.c.id == phrase_id)).one_or_none()


def add_term(tx: Tx, by: int, place_id: int, term: str, category: str, *, homophones: bool) -> bool:
    """List a term; False if the place has it already."""
    if not insert_ignore(tx.session, BlockedTerm, [
            {'place_id': place_id, 'term': term, 'category': category, 'homophones': homophones}]):
        return False
    _changed(tx, by, 'rooms.block_term', place_id, term=term, category=category)
    return True


def remove_term(tx: Tx, by: int, row: Any) -> None:
    """Take a term off its list; what is gone already stays gone."""
    if tx.connection.execute(delete(_term).where(_term.c.id == row.id)).rowcount:
        _changed(tx, by, 'rooms.unblock_term', row.place_id, term=row.term, category=row.category)


def add_phrase(tx: Tx, by: int, place_id: int, phrase: str) -> bool:
    """Allow a phrase; False if the place has it already."""
    if not insert_ignore(tx.session, AllowedPhrase, [{'place_id': place_id, 'phrase': phrase}]):
        return False
    _changed(tx, by, 'rooms.allow_phrase', place_id, phrase=phrase)
    return True


def remove_phrase(tx: Tx, by: int, row: Any) -> None:
    """Allow a phrase no more; what is gone already stays gone."""
    if tx.connection.execute(delete(_phrase).where(_phrase.c.id == row.id)).rowcount:
        _changed(tx, by, 'rooms.disallow_phrase', row.place_id, phrase=row.phrase)


def set_action(tx: Tx, by: int, place_id: int, category: str, action: WordAction) -> None:
    """Say what the words of a place under a category lead to."""
    row = {'place_id': place_id, 'category': category, 'action': action.value}
    upsert(tx.session, WordCategory, row, key=['place_id', 'category'], change=['action'])
    _changed(tx, by, 'rooms.word_action', place_id, category=category, action=action.value)


def marked(session: Session, place_ids: list[int], limit: int) -> Sequence[Any]:
    """Return the audit's notes of marked messages at the places, newest first."""
    found: list[Any] = []
    for low in range(0, len(place_ids), PLACES_AT_ONCE):
        subjects = [subject(one) for one in place_ids[low:low + PLACES_AT_ONCE]]
        found += session.connection().execute(
            select(_audit.c.id, _audit.c.at, _audit.c.actor_id, _audit.c.detail)
            .where(_audit.c.subject.in_(subjects), _audit.c.action == MARKED).order_by(_audit.c.id.desc()).limit(limit))
    return sorted(found, key=lambda row: -row.id)[:limit]


def _changed(tx: Tx, by: int, deed: str, place_id: int, /, **detail: str) -> None:
    tx.emit(WordsChanged(place_id=place_id))
    tx.audit(by, deed, subject(place_id), place_id=place_id, detail=dict(detail))
