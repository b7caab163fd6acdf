"""Entries and drafts of them, compared."""

from yunshequ.assistant.entries import clean_similar
from yunshequ.assistant.schemas import EntryDraft, EntryView


def draft_of(entry: EntryView) -> EntryDraft:
    """Return an entry as a draft to change."""
    return entry.draft()


def differing(entry: EntryView, draft: EntryDraft) -> list[str]:
    """Return the names of the fields in which a draft says something else; the order of similar questions says nothing."""
    held = draft_of(entry)
    similar = clean_similar(draft.question, draft.similar)
    found = [name for name in EntryDraft.model_fields if name != 'similar' and getattr(held, name) != getattr(draft, name)]
    return found + (['similar'] if sorted(held.similar) != sorted(similar) else [])
