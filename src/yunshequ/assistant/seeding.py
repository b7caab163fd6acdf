"""Reading seed files (种子知识库): one JSON object a line, as in ``data/seed/kb``."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from yunshequ.assistant.schemas import EntryDraft

_TO_ADAPT = frozenset({'street', 'community'})


@dataclass(frozen=True, slots=True)
class SeedRow:
    """A row of a seed file: its key and what it says, or why it cannot be taken."""

    key: str
    draft: EntryDraft | None
    problem: str = ''


def rows_of(folder: Path, places: Mapping[str, int]) -> Iterator[SeedRow]:
    """Yield the rows of all ``*.jsonl`` files of a folder (or of one file), by name of file.

    :param places: place id by the ``scope`` a row names; ``district`` at least. ``street`` and ``community`` rows are what
        each of those will adapt: without a place of their own they hold in the whole district
    """
    files = [folder] if folder.is_file() else sorted(folder.glob('*.jsonl'))
    for path in files:
        with path.open(encoding='utf-8') as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield _row(line, f'{path.stem}:{number}', places)


@dataclass(frozen=True, slots=True)
class SeedDepartment:
    """A department as the seed sets it up, and the rows of other names that belong to it."""

    name: str
    about: str
    takes: tuple[Mapping[str, str], ...]

    def takes_in(self, draft: EntryDraft) -> bool:
        """Tell whether a row is this department's: all that one of ``takes`` names is as it says."""
        return any(all(getattr(draft, field) == value for field, value in one.items()) for one in self.takes)


def departments_of(folder: Path) -> list[SeedDepartment]:
    """Return the departments of a folder of seed files (``departments.json``), none if it has no such file."""
    path = folder / 'departments.json'
    if not path.is_file():
        return []
    return [SeedDepartment(one['name'], one.get('about', ''), tuple(one.get('takes', ())))
            for one in json.loads(path.read_text(encoding='utf-8'))]


def _row(line: str, where: str, places: Mapping[str, int]) -> SeedRow:
    try:
        values: dict[str, Any] = json.loads(line)
        key = str(values['key'])
    except (ValueError, KeyError, TypeError) as error:
        return SeedRow(where, None, f'not a row: {error}')
    scope = values.get('scope', 'district')
    place_id = places.get(scope, places['district'] if scope in _TO_ADAPT else None)
    if place_id is None:
        return SeedRow(key, None, f'no place for scope {scope}')
    answer = '\n'.join(part for part in (values.get('answer', ''), values.get('valid_note')) if part)
    try:
        return SeedRow(key, EntryDraft(
            question=values.get('question', ''), answer=answer, similar=values.get('similar', []),
            steps=values.get('steps') or [], category=values.get('category', ''), department=values.get('department', ''),
            source=values.get('source', ''), place_id=place_id))
    except ValidationError as error:
        fields = ', '.join(str(problem['loc'][0]) for problem in error.errors())
        return SeedRow(key, None, f'does not fit: {fields}')
