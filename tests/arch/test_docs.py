"""What the documents say stands somewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize('name', ['SECURITY.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md'])
def test_files_a_document_names_exist(name: str) -> None:
    named = set(re.findall(r'`((?:tests|pages|src|docs|embeddings)/[\w./-]+)`', (ROOT / name).read_text(encoding='utf-8')))
    assert named
    assert sorted(path for path in named if not (ROOT / path).exists()) == []


def test_every_module_of_the_tree_is_on_the_map() -> None:
    drawn = (ROOT / 'ARCHITECTURE.md').read_text(encoding='utf-8')
    folders = [path.parent.name for path in (ROOT / 'src' / 'yunshequ').glob('*/__init__.py')]
    assert [name for name in folders if f'{name}/' not in drawn] == []
