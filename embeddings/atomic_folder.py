"""Replaces a folder as a whole, so that a crash at any moment leaves the old one or the new one, never a mixture."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_OLD = '.old'


@contextmanager
def replaced_folder(target: Path) -> Iterator[Path]:
    """Gives an empty folder to fill; when the block ends without an error it takes the place of ``target``."""
    target.parent.mkdir(parents=True, exist_ok=True)
    old = target.with_name(target.name + _OLD)
    work = Path(tempfile.mkdtemp(prefix=f'.{target.name}-', dir=target.parent))
    try:
        yield work
        work.chmod(0o755)  # mkdtemp makes it private
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)
            target.rename(old)
        work.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def readable_folder(target: Path) -> Path:
    """``target``, or what it was before a replacement that was interrupted between its two renames.

    Raises FileNotFoundError when neither exists.
    """
    old = target.with_name(target.name + _OLD)
    for folder in (target, old):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(target)
