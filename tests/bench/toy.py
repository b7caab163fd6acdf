"""The smallest application with live delivery, to measure the fan-out alone: ``python -m tests.bench.toy PORT``."""

import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault('NICEGUI_STORAGE_PATH', tempfile.mkdtemp())

from fastapi import FastAPI
from nicegui import app as nicegui_app
from nicegui import ui
from nicegui.element import Element

from pages import live
from pages.live import server
from pages.live.acts import Args
from pages.live.assets import Assets
from yunshequ.core.policy import Actor


class Toy(Element, component=Path(__file__).parent / 'toy.js'):
    """A component that says things and shows what is said."""


def build(*, direct: bool = True, collector: bool = True) -> Assets:
    """Return an application with one page of five elements on which everybody hears ``room:1``."""
    app = FastAPI()

    @app.get('/counters')
    async def counters() -> dict[str, int]:
        return live.fanout().counters.snapshot()

    @app.get('/everybody/{kind}')
    async def everybody(kind: str) -> int:
        return live.fanout().publish('room:1', kind, {})

    assets = live.mount(app, title='toy', quiet_collector=collector)
    ui.add_head_html(f'<script defer src="{assets.url("live.js")}"></script>', shared=True)
    fanout = live.fanout()
    if not direct:
        nicegui_app.on_startup(lambda: setattr(fanout, 'direct', False))
    acts = live.Acts(fanout)
    said: dict[str, int] = {}

    @acts.on('say')
    async def say(_actor: Actor, args: Args) -> int:
        client_id = str(args['client_id'])
        if client_id not in said:
            said[client_id] = len(said) + 1
            fanout.publish('room:1', 'message', {'seq': said[client_id], **args})
        return said[client_id]

    @ui.page('/toy')
    def toy() -> None:
        fanout.join(ui.context.client, 'room:1')
        acts.bind(Toy(), Actor(7))

    @ui.page('/icons')
    def icons() -> None:
        ui.button(icon='send')
        ui.select(['一', '二'], value='一')

    return assets


if __name__ == '__main__':
    server.run(build(direct='slow' not in sys.argv), host='127.0.0.1', port=int(sys.argv[1]))
