"""掌上云社区: settings → container → gateway + pages → serve. Nothing else lives here."""

import sys

import pages
from pages.live import server
from yunshequ.bootstrap import Container
from yunshequ.core import logging
from yunshequ.core.settings import Settings
from yunshequ.gateway.app import create


def main() -> None:
    """Serve until a signal ends the process."""
    sys.setswitchinterval(0.001)  # database threads hand the interpreter back to the event loop sooner
    settings = Settings()
    logging.setup(settings.log_level, as_json=settings.log_json)
    container = Container(settings)
    app = pages.mount(create(container), container)
    sys.stdout.write(f'掌上云社区 {settings.unix_socket or f"http://localhost:{settings.port}"}\n')
    sys.stdout.flush()
    server.run(
        app, host=settings.host, port=settings.port, uds=settings.unix_socket or None, proxy_headers=settings.behind_proxy)


if __name__ in {'__main__', '__mp_main__'}:
    main()
