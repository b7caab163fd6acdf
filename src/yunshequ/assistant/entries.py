"""Writing entries of the knowledge base: one function of a unit of work for each change. Rights are the service's affair."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlmodel import Session

from yunshequ.assistant.events import KnowledgeChanged
from yunshequ.assistant.models import AnswerLog, KbEntry, KbRevision, KbSimilar
from yunshequ.assistant.schemas import EntryDraft, EntryLine, EntryPage, EntryState, EntryView
from yunshequ.core.errors import Conflict, NotFound
from yunshequ.core.i18n import N_
from yunshequ.core.unit import Tx

entry_table = KbEntry.__table__  # type: ignore[attr-defined]
similar_table = KbSimilar.__table__  # type: ignore[attr-defined]
_revision = KbRevision.__table__  # type: ignore[attr-defined]
_log = AnswerLog.__table__  # type: ignore[attr-defined]

AT_ONCE = 500
"""Ids in one IN list: SQLite and PostgreSQL both take many more."""


def clean_similar(question: str, similar: Iterable[str]) -> tuple[str, ...]:
    """Return the similar questions trimmed, each once, without empty ones and the question itself."""
    texts = dict.fromkeys(' '.join(text.split()) for text in similar)
    return tuple(text for text in texts if text and text != question)


def create(
    tx: Tx, actor_id: int | None, key: str, draft: EntryDraft, path: str, state: EntryState, *, announce: bool = True,
) -> EntryView:
    """Insert an entry; with ``announce`` false the caller emits one event for many."""
    values = _values(draft, path) | {
        'key': key, 'state': state.value, 'version': 1, 'created_at': tx.now, 'changed_at': tx.now, 'changed_by': actor_id,
    }
    entry_id = int(tx.connection.execute(insert(entry_table).values(values)).inserted_primary_key[0])  # type: ignore[index]
    _set_similar(tx, entry_id, clean_similar(draft.question, draft.similar))
    return _changed(tx, actor_id, entry_id, 'assistant.create_entry', live=announce and state is EntryState.PUBLISHED)


def change(
    tx: Tx, actor_id: int | None, entry_id: int, version: int, draft: EntryDraft, path: str, *, announce: bool = True,
) -> EntryView:
    """Put ``draft`` in the place of what the entry says, if it is still at ``version``.

    :raises Conflict: somebody else changed it meanwhile.
    """
    row = _bump(tx, actor_id, entry_id, version, _values(draft, path))
    _set_similar(tx, entry_id, clean_similar(draft.question, draft.similar))
    return _changed(tx, actor_id, entry_id, 'assistant.edit_entry', live=announce and row.state == EntryState.PUBLISHED)


def set_state(
    tx: Tx, actor_id: int | None, entry_id: int, version: int, state: EntryState, *, announce: bool = True,
) -> EntryView:
    """Publish or retire the entry, if it is still at ``version``.

    :raises Conflict: somebody else changed it meanwhile.
    """
    _bump(tx, actor_id, entry_id, version, {'state': state.value})
    return _changed(tx, actor_id, entry_id, f'assistant.entry_{state.value}', live=announce)


def settle_logs(tx: Tx, entry_id: int, log_ids: Sequence[int]) -> None:
    """Note that questions are answered by an entry now; they leave the list of open ones."""
    for start in range(0, len(log_ids), AT_ONCE):
        tx.connection.execute(
            update(_log).where(_log.c.id.in_(log_ids[start:start + AT_ONCE]), _log.c.settled_by.is_(None))
            .values(settled_by=entry_id))


def view(session: Session, entry_id: int) -> EntryView:
    """Return an entry.

    :raises NotFound: there is none.
    """
    row = session.connection().execute(select(entry_table).where(entry_table.c.id == entry_id)).one_or_none()
    if row is None:
        raise NotFound(N_('没有找到这条知识，可能已被删除'))
    return _view(row, similar_of(session, [entry_id]).get(entry_id, ()))


def views(session: Session, ids: Sequence[int] | None = None) -> list[EntryView]:
    """Return entries by id, or all published ones; unknown ids are passed over."""
    if ids is None:
        rows = session.connection().execute(
            select(entry_table).where(entry_table.c.state == EntryState.PUBLISHED.value).order_by(entry_table.c.id)).all()
        texts = similar_of(session)
    else:
        rows, texts = [], {}
        for start in range(0, len(ids), AT_ONCE):
            part = ids[start:start + AT_ONCE]
            rows += session.connection().execute(select(entry_table).where(entry_table.c.id.in_(part))).all()
            texts |= similar_of(session, part)
    return [_view(row, texts.get(row.id, ())) for row in rows]


def similar_of(session: Session, ids: Sequence[int] | None = None) -> dict[int, tuple[str, ...]]:
    """Return the similar questions by entry, of ``ids`` or of all."""
    query = select(similar_table.c.entry_id, similar_table.c.text).order_by(similar_table.c.id)
    if ids is not None:
        query = query.where(similar_table.c.entry_id.in_(ids))
    found: dict[int, list[str]] = {}
    for entry_id, text in session.connection().execute(query):
        found.setdefault(entry_id, []).append(text)
    return {entry_id: tuple(texts) for entry_id, texts in found.items()}


def by_key(session: Session, keys: Sequence[str]) -> dict[str, EntryView]:
    """Return entries by their keys."""
    ids = session.connection().scalars(select(entry_table.c.id).where(entry_table.c.key.in_(keys))).all()
    return {entry.key: entry for entry in views(session, list(ids))}


def page(
    session: Session, path: str, *, text: str = '', state: EntryState | None = None, category: str = '', offset: int = 0,
    limit: int = 30,
) -> EntryPage:
    """Return entries that hold at the place with ``path`` or below it, last changed first, filtered."""
    ancestors = [path[:end + 1] for end in range(1, len(path)) if path[end] == '/']
    where = [entry_table.c.place_path.in_(ancestors) | entry_table.c.place_path.startswith(path, autoescape=True)]
    if state is not None:
        where.append(entry_table.c.state == state.value)
    if category:
        where.append(entry_table.c.category == category)
    if text:
        asked_so = select(similar_table.c.entry_id).where(similar_table.c.text.contains(text, autoescape=True))
        where.append(
            entry_table.c.question.contains(text, autoescape=True) | entry_table.c.answer.contains(text, autoescape=True)
            | (entry_table.c.key == text) | entry_table.c.id.in_(asked_so))
    connection = session.connection()
    total = int(connection.scalar(select(func.count()).select_from(entry_table).where(*where)) or 0)
    rows = connection.execute(
        select(entry_table).where(*where).order_by(entry_table.c.changed_at.desc(), entry_table.c.id.desc())
        .offset(offset).limit(limit)
    ).all()
    counts = {entry_id: len(texts) for entry_id, texts in similar_of(session, [row.id for row in rows]).items()}
    return EntryPage(entries=tuple(EntryLine(
        id=row.id, key=row.key, question=row.question, category=row.category, department=row.department, place_id=row.place_id,
        state=EntryState(row.state), similar=counts.get(row.id, 0), changed_at=row.changed_at) for row in rows), total=total)


def categories(session: Session) -> list[str]:
    """Return the categories in use, by name."""
    return list(session.connection().scalars(select(entry_table.c.category).distinct().order_by(entry_table.c.category)))


def _values(draft: EntryDraft, path: str) -> dict[str, Any]:
    return draft.model_dump(exclude={'similar'}) | {'place_path': path}


def _bump(tx: Tx, actor_id: int | None, entry_id: int, version: int, values: Mapping[str, Any]) -> Any:
    changed = tx.connection.execute(
        update(entry_table).where(entry_table.c.id == entry_id, entry_table.c.version == version)
        .values(**values, version=version + 1, changed_at=tx.now, changed_by=actor_id).returning(entry_table.c.state)
    ).one_or_none()
    if changed is None:
        view(tx.session, entry_id)
        raise Conflict(N_('这条知识刚被别人改过，请刷新后再改，您写的内容请先复制保留'))
    return changed


def _set_similar(tx: Tx, entry_id: int, texts: Sequence[str]) -> None:
    connection = tx.connection
    held = set(connection.scalars(select(similar_table.c.text).where(similar_table.c.entry_id == entry_id)))
    gone = held - set(texts)
    if gone:
        connection.execute(delete(similar_table).where(similar_table.c.entry_id == entry_id, similar_table.c.text.in_(gone)))
    new = [{'entry_id': entry_id, 'text': text} for text in texts if text not in held]
    if new:
        connection.execute(insert(similar_table), new)


def _changed(tx: Tx, actor_id: int | None, entry_id: int, action: str, *, live: bool) -> EntryView:
    """Leave revision, audit entry and, if what people are told changed, the event."""
    now = view(tx.session, entry_id)
    content = now.model_dump(mode='json', exclude={'id', 'version', 'changed_at', 'changed_by'})
    tx.connection.execute(insert(_revision).values(
        entry_id=entry_id, version=now.version, at=tx.now, by=actor_id, content=content))
    tx.audit(actor_id, action, f'kb:{entry_id}', place_id=now.place_id, detail={'version': now.version})
    if live:
        tx.emit(KnowledgeChanged(entry_ids=(entry_id,)))
    return now


def _view(row: Any, similar: tuple[str, ...]) -> EntryView:
    return EntryView(
        id=row.id, key=row.key, question=row.question, similar=similar, answer=row.answer, steps=tuple(row.steps),
        category=row.category, department=row.department, source=row.source, place_id=row.place_id, place_path=row.place_path,
        owner_id=row.owner_id, valid_from=row.valid_from, valid_until=row.valid_until, state=EntryState(row.state),
        version=row.version, changed_at=row.changed_at, changed_by=row.changed_by)
