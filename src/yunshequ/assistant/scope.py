"""What an entry's scope does to others (属地口径): which wider entry a local version speaks in the place of."""

from yunshequ.assistant.answering import normalised
from yunshequ.assistant.catalogue import Catalogue, Published
from yunshequ.assistant.schemas import ScopeCheck, ScopeNote

AT_MOST = 3
"""Entries shown of each kind."""


def check(
    catalogue: Catalogue, path: str, question: str, *, near: int | None = None, entry_id: int = 0, overrides_id: int | None = None,
) -> ScopeCheck:
    """Return what an entry with ``question`` at the place with ``path`` would do to the published ones.

    :param near: the entry residents who ask this get now; if it is a wider one in other words, it is shown as perhaps meant
    :param entry_id: the entry itself, 0 for one not saved yet
    :param overrides_id: the wider entry it says it is the local version of
    """
    same = {entry.id: entry for entry in catalogue.of_question(question) if entry.id != entry_id} if normalised(question) else {}
    named = catalogue.get(overrides_id) if overrides_id is not None else None
    if named is not None and named.id != entry_id:
        same[named.id] = named
    wider = [entry for entry in same.values() if _above(entry.path, path)]
    likely = catalogue.get(near) if near is not None and near != entry_id and near not in same else None
    perhaps = [likely] if likely is not None and _above(likely.path, path) else []
    below = {entry.id: entry for entry in [*same.values(), *catalogue.overriding(entry_id)] if _above(path, entry.path)}
    return ScopeCheck(
        wider=tuple([_note(entry, same=True) for entry in sorted(wider, key=lambda one: -one.depth)]
                    + [_note(entry, same=False) for entry in perhaps])[:AT_MOST],
        twice=tuple(_note(entry, same=True) for entry in same.values() if entry.path == path)[:AT_MOST],
        narrower=tuple(_note(entry, same=True) for entry in below.values())[:AT_MOST])


def _above(wider: str, narrower: str) -> bool:
    return wider != narrower and narrower.startswith(wider)


def _note(entry: Published, *, same: bool) -> ScopeNote:
    place_id = int(entry.path.rstrip('/').rpartition('/')[2])
    return ScopeNote(id=entry.id, question=entry.question, answer=entry.answer, place_id=place_id, same=same)
