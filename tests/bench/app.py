"""The real application as benchmarks start it: ``python -m tests.bench.app PORT [NODE]`` on ``YUNSHEQU_…`` settings.

Everything is as in ``main.py`` but the flood limit, which counts and refuses nobody: the load is what is measured.
"""

import sys

import pages
from pages.live import server
from yunshequ.bootstrap import Container
from yunshequ.core import logging
from yunshequ.core.settings import Settings
from yunshequ.core.throttle import Throttle
from yunshequ.gateway.app import create


class Generous(Throttle):
    """Counts as the real one does, and refuses nobody."""

    async def require(self, message: str, rule: str, *who: str, **params: object) -> None:
        """Count one act."""
        await self.hit(rule, *who)


def main() -> None:
    """Serve."""
    sys.setswitchinterval(0.001)
    port, node = int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ''
    settings = Settings(port=port, node=node, log_level='WARNING')
    logging.setup('WARNING')
    container = Container(settings, throttle=Generous(settings.redis_url))
    server.run(
        pages.mount(create(container), container), host='127.0.0.1', port=port, uds=settings.unix_socket or None,
        proxy_headers=settings.behind_proxy)


if __name__ == '__main__':
    main()
