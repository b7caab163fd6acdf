"""The tree is the map: who may import whom (pyproject.toml, import-linter), and what stands at the top."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOP = {'src', 'pages', 'embeddings', 'data', 'main.py', 'pyproject.toml', 'tests', 'README.md'}
USUAL = {'ARCHITECTURE.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'LICENSE', 'Makefile', 'SECURITY.md', 'docs'}


def test_import_contracts_hold() -> None:
    done = subprocess.run([str(Path(sys.executable).parent / 'lint-imports')], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


def test_nothing_else_stands_at_the_top() -> None:
    tracked = subprocess.run(['git', 'ls-files'], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split('\n')
    top = {line.split('/')[0] for line in tracked if line and not line.startswith('.')}
    assert top <= TOP | USUAL


def test_every_module_follows_the_plan() -> None:
    modules = ('community', 'accounts', 'rooms', 'assistant', 'ballots', 'deliberation', 'emergency')
    for module in modules:
        folder = ROOT / 'src' / 'yunshequ' / module
        missing = {'models.py', 'service.py', 'schemas.py', 'events.py'} - {path.name for path in folder.iterdir()}
        assert missing == set(), module
