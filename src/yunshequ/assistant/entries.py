"""Writing entries of the knowledge base: one function of a unit of work for each change. Rights are the service's affair."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, delete, func, insert, or_, select, update
from sqlmodel import Session

from yunshequ.assistant.events import KnowledgeChanged, KnowledgeWorked
from yunshequ.assistant.models import AnswerLog, KbEntry, KbRevision, KbSimilar
from yunshequ.assistant.schemas import Act, EntryDraft, EntryLine, EntryPage, EntryState, EntryView
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


def written_before(tx: Tx, actor_id: int, key: str) -> EntryView | None:
    """Return the entry that was written under ``key`` already: a double tap or a retry is the same entry.

    :raises Conflict: somebody else wrote it.
    """
    found = tx.connection.execute(select(entry_table.c.id, entry_table.c.author_id).where(entry_table.c.key == key)).one_or_none()
    if found is None:
        return None
    if found.author_id != actor_id:
        raise Conflict(N_('这条知识刚被别人改过，请刷新后再改，您写的内容请先复制保留'))
    return view(tx.session, found.id)


def create(
    tx: Tx, actor_id: int | None, key: str, draft: EntryDraft, path: str, state: EntryState, *, announce: bool = True, act: Act = Act.CREATE,
) -> EntryView:
    """Insert an entry; with ``announce`` false the caller emits one event for many."""
    values = _values(draft, path) | {
        'key': key, 'state': state.value, 'version': 1, 'created_at': tx.now, 'changed_at': tx.now, 'changed_by': actor_id,
        'author_id': actor_id, 'review_note': '',
    }
    if state is EntryState.PUBLISHED:
        values |= _told_from(tx, actor_id)
    entry_id = int(tx.connection.execute(insert(entry_table).values(values)).inserted_primary_key[0])  # type: ignore[index]
    _set_similar(tx, entry_id, clean_similar(draft.question, draft.similar))
    return _changed(tx, actor_id, entry_id, act, 'assistant.create_entry', live=state is EntryState.PUBLISHED, announce=announce)


def change(
    tx: Tx, actor_id: int | None, entry_id: int, version: int, draft: EntryDraft, path: str, *, announce: bool = True, act: Act = Act.EDIT,
    note: str = '',
) -> EntryView:
    """Put ``draft`` in the place of what the entry says, if it is still at ``version``; of a published one at once.

    A retired one becomes a draft.

    :raises Conflict: somebody else changed it meanwhile.
    """
    held = view(tx.session, entry_id)
    values = _values(draft, path) | {'author_id': actor_id, 'pending': None, 'pending_state': None}
    if held.state is EntryState.PUBLISHED:
        values |= _told_from(tx, actor_id)
    elif held.state is EntryState.RETIRED:
        values |= {'state': EntryState.DRAFT.value}
    _bump(tx, actor_id, entry_id, version, values)
    _set_similar(tx, entry_id, clean_similar(draft.question, draft.similar))
    live = held.state is EntryState.PUBLISHED
    return _changed(tx, actor_id, entry_id, act, 'assistant.edit_entry', live=live, announce=announce, note=note)


def learn(tx: Tx, actor_id: int | None, entry_id: int, version: int, similar: Sequence[str], pending: EntryDraft | None) -> EntryView:
    """Give an entry other similar questions, if it is still at ``version``; nothing else of it changes.

    :param pending: the words being changed, with the same similar questions
    :raises Conflict: somebody else changed it meanwhile.
    """
    held = view(tx.session, entry_id)
    values = {'pending': _kept(pending, held.pending_path)} if pending is not None else {}
    _bump(tx, actor_id, entry_id, version, values)
    _set_similar(tx, entry_id, similar)
    return _changed(tx, actor_id, entry_id, Act.LEARN, 'assistant.edit_entry', live=held.state is EntryState.PUBLISHED)


def propose(
    tx: Tx, actor_id: int, entry_id: int, version: int, draft: EntryDraft, path: str, *, act: Act = Act.EDIT, note: str = '',
) -> EntryView:
    """Keep words that shall take the place of the published ones, if it is still at ``version``; 小栖 goes on as before.

    :raises Conflict: somebody else changed it meanwhile.
    """
    held = view(tx.session, entry_id)
    cleaned = draft.model_copy(update={'similar': list(clean_similar(draft.question, draft.similar))})
    state = held.pending_state or EntryState.DRAFT
    _bump(tx, actor_id, entry_id, version, {
        'pending': _kept(cleaned, path), 'pending_state': state.value, 'author_id': actor_id})
    return _changed(tx, actor_id, entry_id, act, 'assistant.edit_entry', live=False, note=note)


def discard(tx: Tx, actor_id: int, entry_id: int, version: int) -> EntryView:
    """Let go of the words being changed, if it is still at ``version``.

    :raises Conflict: somebody else changed it meanwhile.
    """
    _bump(tx, actor_id, entry_id, version, {'pending': None, 'pending_state': None, 'submitted_at': None, 'review_note': ''})
    return _changed(tx, actor_id, entry_id, Act.DISCARD, 'assistant.discard_entry_change', live=False)


def review(tx: Tx, actor_id: int, entry_id: int, version: int, *, note: str | None = None) -> EntryView:
    """Hand the words in for review, or send them back with a ``note``, if it is still at ``version``.

    :raises Conflict: somebody else changed it meanwhile.
    """
    held = view(tx.session, entry_id)
    state = (EntryState.REVIEW if note is None else EntryState.DRAFT).value
    values: dict[str, Any] = {'submitted_at': tx.now if note is None else None, 'review_note': note or ''}
    values |= {'pending_state': state} if held.pending is not None else {'state': state}
    _bump(tx, actor_id, entry_id, version, values)
    act = Act.SUBMIT if note is None else Act.SEND_BACK
    return _changed(tx, actor_id, entry_id, act, f'assistant.{act.value}_entry', live=False, note=note or '')


def set_state(
    tx: Tx, actor_id: int | None, entry_id: int, version: int, state: EntryState, *, act: Act | None = None, announce: bool = True,
) -> EntryView:
    """Publish or retire the entry, if it is still at ``version``. Publishing tells the words being changed, where there are any.

    :raises Conflict: somebody else changed it meanwhile.
    """
    values: dict[str, Any] = {'state': state.value}
    pending = None
    if state is EntryState.PUBLISHED:
        held = view(tx.session, entry_id)
        values |= _told_from(tx, actor_id) | {'pending': None, 'pending_state': None, 'submitted_at': None, 'review_note': ''}
        if held.pending is not None:
            pending = held.pending
            values |= _values(pending, held.pending_path)
    _bump(tx, actor_id, entry_id, version, values)
    if pending is not None:
        _set_similar(tx, entry_id, clean_similar(pending.question, pending.similar))
    done = act or (Act.PUBLISH if state is EntryState.PUBLISHED else Act.RETIRE)
    return _changed(tx, actor_id, entry_id, done, f'assistant.entry_{state.value}', live=True, announce=announce)


def unretire(tx: Tx, actor_id: int, entry_id: int, version: int) -> EntryView:
    """Tell a retired entry again as it was, if it is still at ``version``.

    :raises Conflict: somebody else changed it meanwhile.
    """
    _bump(tx, actor_id, entry_id, version, {'state': EntryState.PUBLISHED.value})
    return _changed(tx, actor_id, entry_id, Act.UNRETIRE, 'assistant.entry_unretired', live=True)


def confirm(
    tx: Tx, actor_id: int, entry_id: int, version: int, confirmed_at: datetime, confirmed_by: int | None, valid_until: datetime | None,
    act: Act = Act.CONFIRM,
) -> EntryView:
    """Note that an entry still holds, and until when, if it is still at ``version``; words being changed get the same last day.

    :raises Conflict: somebody else changed it meanwhile.
    """
    held = view(tx.session, entry_id)
    values: dict[str, Any] = {'confirmed_at': confirmed_at, 'confirmed_by': confirmed_by, 'valid_until': valid_until}
    if held.pending is not None and held.pending.valid_until == held.valid_until:
        values['pending'] = _kept(held.pending.model_copy(update={'valid_until': valid_until}), held.pending_path)
    _bump(tx, actor_id, entry_id, version, values)
    return _changed(tx, actor_id, entry_id, act, f'assistant.{act.value}_entry', live=True)


def hand_over(tx: Tx, actor_id: int, ids: Sequence[int], old: str, new: str) -> None:
    """Write the name of another department into entries, or the new name of their own: in what is told and in the words being changed."""
    for entry_id in ids:
        held = view(tx.session, entry_id)
        values: dict[str, Any] = {}
        if held.department == old:
            values['department'] = new
        if held.pending is not None and held.pending.department == old:
            values['pending'] = _kept(held.pending.model_copy(update={'department': new}), held.pending_path)
        _bump(tx, actor_id, entry_id, held.version, values)
        now = _changed(tx, actor_id, entry_id, Act.DEPARTMENT, 'assistant.edit_entry', live=False, announce=False)
        tx.emit(KnowledgeWorked(entry_id=entry_id, place_id=now.place_id, version=now.version))
    if ids:
        tx.emit(KnowledgeChanged(entry_ids=tuple(ids)))


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
    session: Session, path: str, *, text: str = '', state: EntryState | None = None, category: str = '', department: str = '',
    ids: Collection[int] | None = None, offset: int = 0, limit: int = 30,
) -> EntryPage:
    """Return entries that hold at the place with ``path`` or below it, last changed first, filtered.

    :param state: REVIEW and DRAFT find published ones too whose changed words are in that state
    :param ids: only these
    """
    where = [holding(path)]
    if state in {EntryState.REVIEW, EntryState.DRAFT}:
        where.append((entry_table.c.state == state.value) | (entry_table.c.pending_state == state.value))
    elif state is not None:
        where.append(entry_table.c.state == state.value)
    if category:
        where.append(entry_table.c.category == category)
    if department:
        where.append(entry_table.c.department == department)
    if ids is not None:
        where.append(entry_table.c.id.in_(ids))
    if text:
        asked_so = select(similar_table.c.entry_id).where(similar_table.c.text.contains(text, autoescape=True))
        where.append(
            entry_table.c.question.contains(text, autoescape=True) | entry_table.c.answer.contains(text, autoescape=True)
            | (entry_table.c.key == text) | (entry_table.c.policy_no == text) | entry_table.c.id.in_(asked_so))
    connection = session.connection()
    total = int(connection.scalar(select(func.count()).select_from(entry_table).where(*where)) or 0)
    rows = connection.execute(
        select(entry_table).where(*where).order_by(entry_table.c.changed_at.desc(), entry_table.c.id.desc())
        .offset(offset).limit(limit)
    ).all()
    counts = {entry_id: len(texts) for entry_id, texts in similar_of(session, [row.id for row in rows]).items()}
    return EntryPage(entries=tuple(EntryLine(
        id=row.id, key=row.key, question=row.question, category=row.category, department=row.department, place_id=row.place_id,
        state=EntryState(row.state), similar=counts.get(row.id, 0), changed_at=row.changed_at,
        pending_state=EntryState(row.pending_state) if row.pending_state else None, owner_id=row.owner_id, valid_until=row.valid_until,
        version=row.version, submitted_at=row.submitted_at) for row in rows), total=total)


def holding(path: str) -> ColumnElement[bool]:
    """Return the condition that an entry holds at the place with ``path`` or below it."""
    condition: ColumnElement[bool] = entry_table.c.place_path.in_(above(path)) | entry_table.c.place_path.startswith(path, autoescape=True)
    return condition


def above(path: str) -> list[str]:
    """Return the paths of the places above one, itself included, the widest first."""
    return [path[:end + 1] for end in range(1, len(path)) if path[end] == '/']


def reviewing(session: Session) -> list[EntryView]:
    """Return all entries with words that wait for a second person, those that wait longest first."""
    ids = session.connection().scalars(
        select(entry_table.c.id)
        .where((entry_table.c.state == EntryState.REVIEW.value) | (entry_table.c.pending_state == EntryState.REVIEW.value))
        .order_by(entry_table.c.submitted_at, entry_table.c.id)).all()
    found = {entry.id: entry for entry in views(session, list(ids))}
    return [found[entry_id] for entry_id in ids]


def aging(session: Session, stale_before: datetime, ends_before: datetime) -> Sequence[Any]:
    """Return the rows of published entries that were confirmed or end before these instants, or override one published since.

    Beside the columns of the entry: ``wider_at``.
    """
    wider = entry_table.alias('wider')
    return session.connection().execute(
        select(entry_table, wider.c.published_at.label('wider_at'))
        .select_from(entry_table.outerjoin(wider, and_(
            wider.c.id == entry_table.c.overrides_id, wider.c.state == EntryState.PUBLISHED.value)))
        .where(entry_table.c.state == EntryState.PUBLISHED.value, or_(
            entry_table.c.confirmed_at <= stale_before, entry_table.c.valid_until <= ends_before,
            wider.c.published_at > entry_table.c.confirmed_at))).all()


def linking(session: Session) -> list[EntryView]:
    """Return the published entries that link to a page of ours, below the answer or in it; without their similar questions."""
    rows = session.connection().execute(
        select(entry_table).where(entry_table.c.state == EntryState.PUBLISHED.value, or_(
            cast(entry_table.c.links, String).like('%"href": "/%'), entry_table.c.answer.like('%](/%')))).all()
    return [_view(row, ()) for row in rows]


def overriding(session: Session, ids: Sequence[int]) -> list[int]:
    """Return the ids of entries that name one of ``ids`` as the wider one."""
    return list(session.connection().scalars(select(entry_table.c.id).where(entry_table.c.overrides_id.in_(ids))))


def pulse(session: Session) -> tuple[int, int]:
    """Return two numbers that change with every change of any entry: how many there are, and the sum of their versions."""
    row = session.connection().execute(select(func.count(), func.coalesce(func.sum(entry_table.c.version), 0))).one()
    return int(row[0]), int(row[1])


def published_versions(session: Session) -> dict[int, int]:
    """Return the versions of all published entries."""
    rows = session.connection().execute(
        select(entry_table.c.id, entry_table.c.version).where(entry_table.c.state == EntryState.PUBLISHED.value))
    return {int(row.id): int(row.version) for row in rows}


def history(session: Session, entry_id: int) -> Sequence[Any]:
    """Return the revisions of an entry, the newest first."""
    return session.connection().execute(
        select(_revision).where(_revision.c.entry_id == entry_id).order_by(_revision.c.version.desc())).all()


def categories(session: Session) -> list[str]:
    """Return the categories in use, by name."""
    return list(session.connection().scalars(select(entry_table.c.category).distinct().order_by(entry_table.c.category)))


def confirmed_before(session: Session, entry_id: int, version: int) -> datetime:
    """Return when an entry had last been published or confirmed before ``version``."""
    acts = (Act.PUBLISH.value, Act.CONFIRM.value, Act.IMPORT.value, Act.CREATE.value, Act.EDIT.value, '')
    found = session.connection().scalar(
        select(func.max(_revision.c.at)).where(
            _revision.c.entry_id == entry_id, _revision.c.version < version, _revision.c.act.in_(acts)))
    return found or view(session, entry_id).changed_at


def sent_back(session: Session, author_id: int) -> list[EntryView]:
    """Return the entries whose words somebody wrote and that were sent back to them."""
    ids = session.connection().scalars(
        select(entry_table.c.id).where(entry_table.c.author_id == author_id, entry_table.c.review_note != '')
        .order_by(entry_table.c.changed_at)).all()
    return views(session, list(ids))


def draft_in(content: Mapping[str, Any]) -> EntryDraft:
    """Return the words a revision keeps: those being changed then, else the entry's own."""
    held = content.get('pending') or content
    return EntryDraft.model_validate({name: held[name] for name in EntryDraft.model_fields if name in held})


def _values(draft: EntryDraft, path: str) -> dict[str, Any]:
    return draft.model_dump(exclude={'similar'}) | {'place_path': path}


def _kept(draft: EntryDraft, path: str) -> dict[str, Any]:
    return {'draft': draft.model_dump(mode='json'), 'path': path}


def _told_from(tx: Tx, actor_id: int | None) -> dict[str, Any]:
    """Return what is noted when words begin to be told: whoever publishes them says that they are right."""
    return {'published_at': tx.now, 'confirmed_at': tx.now, 'confirmed_by': actor_id}


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


def _changed(
    tx: Tx, actor_id: int | None, entry_id: int, act: Act, audited: str, *, live: bool, announce: bool = True, note: str = '',
) -> EntryView:
    """Leave revision, audit entry and the events: ``KnowledgeChanged`` only if what people are told changed."""
    now = view(tx.session, entry_id)
    content = now.model_dump(mode='json', include={*EntryDraft.model_fields, 'state', 'pending'})
    tx.connection.execute(insert(_revision).values(
        entry_id=entry_id, version=now.version, at=tx.now, by=actor_id, content=content, act=act.value, note=note))
    tx.audit(actor_id, audited, f'kb:{entry_id}', place_id=now.place_id, detail={'version': now.version})
    if announce:
        tx.emit(KnowledgeWorked(entry_id=entry_id, place_id=now.place_id, version=now.version))
        if live:
            tx.emit(KnowledgeChanged(entry_ids=(entry_id,)))
    return now


def _view(row: Any, similar: tuple[str, ...]) -> EntryView:
    pending = row.pending
    return EntryView(
        id=row.id, key=row.key, question=row.question, similar=similar, answer=row.answer, steps=tuple(row.steps),
        category=row.category, department=row.department, source=row.source, policy_no=row.policy_no, links=tuple(row.links),
        place_id=row.place_id, place_path=row.place_path, overrides_id=row.overrides_id, owner_id=row.owner_id,
        valid_from=row.valid_from, valid_until=row.valid_until, state=EntryState(row.state), version=row.version,
        changed_at=row.changed_at, changed_by=row.changed_by, author_id=row.author_id,
        pending=EntryDraft.model_validate(pending['draft']) if pending else None, pending_path=pending['path'] if pending else '',
        pending_state=EntryState(row.pending_state) if row.pending_state else None, submitted_at=row.submitted_at,
        review_note=row.review_note, published_at=row.published_at, confirmed_at=row.confirmed_at, confirmed_by=row.confirmed_by)
