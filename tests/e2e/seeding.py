"""``python -m tests.e2e.seeding FOLDER``: migrate, then tell the demo's stories from ``FOLDER`` (a part of data/seed)."""

import asyncio
import sys
from pathlib import Path

from yunshequ.core.settings import Settings
from yunshequ.migrate import upgrade
from yunshequ.seed import demo


def main() -> None:
    """Fill the folder named by ``YUNSHEQU_DATA_DIR``."""
    settings = Settings(_env_file=None)  # type: ignore[call-arg]
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    upgrade(settings.resolved_database_url())
    asyncio.run(demo.fill(settings, Path(sys.argv[1])))


if __name__ == '__main__':
    main()
