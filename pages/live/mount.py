"""Mounting NiceGUI on the application, our way: one call, used by ``main.py`` and by tests."""

from asyncio import _get_running_loop
from asyncio.tasks import _current_tasks  # type: ignore[attr-defined]
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from loguru import logger
from nicegui import app as nicegui_app
from nicegui import background_tasks, core, helpers, slot, ui
from nicegui.dependencies import esm_modules
from nicegui.middlewares import RedirectWithPrefixMiddleware, SetCacheControlMiddleware

from pages.live import outbox, server, template
from pages.live.assets import Assets
from pages.live.fanout import Fanout
from pages.live.protocol import self_test
from pages.live.words import boot_script
from yunshequ.core.policy import Actor

RESPONSE_SECONDS = 30.0
"""How long a page may take to be built before it is given up with an error: NiceGUI's 3 s are short for a machine that
has just started and serves everybody at once."""
RECONNECT_SECONDS = 60.0
"""How long a page waits for its browser: a lost line shorter than this keeps page and draft."""

DEFAULTS: dict[str, Any] = {
    'reconnect_timeout': RECONNECT_SECONDS, 'tailwind': False, 'gzip_middleware_factory': None, 'show_welcome_message': False,
    'language': 'zh-CN', 'message_history_length': 50, 'binding_refresh_interval': 0.5,
}
"""How we run NiceGUI: no Tailwind, no gzip of its own (``Assets`` does it), history for a short loss of line."""

UNUSED_MODULES = frozenset({
    'nicegui-aggrid', 'nicegui-codemirror', 'nicegui-joystick', 'nicegui-json-editor', 'nicegui-leaflet', 'nicegui-mermaid',
    'nicegui-plotly', 'nicegui-scene', 'nicegui-sortable', 'nicegui-xterm',
})
"""Heavy libraries of NiceGUI that pages must not use (0.6 KB of addresses on each page); a test watches over it."""

_current: list[Fanout] = []


def fanout() -> Fanout:
    """Return the fan-out of the mounted application.

    :raises LookupError: ``mount`` has not been called.
    """
    if not _current:
        raise LookupError('live.mount(app) comes first')
    return _current[-1]


def mount(app: FastAPI, *, quiet_collector: bool = True, **options: Any) -> Assets:
    """Mount NiceGUI on ``app`` and return the ASGI application to serve (``pages.live.server.run``).

    Call after the application's own routes are added and before pages are registered.

    :param quiet_collector: settle the garbage collector after start (not in tests).
    :param options: options of ``ui.run_with``: title, storage secret, the look.
    """
    _leave_out_modules()
    _be_patient()
    hub = Fanout()
    _current[:] = [hub]
    ui.run_with(app, **{**DEFAULTS, **options})
    hub.install()
    outbox.install()
    core.sio.on('ys_ping', _pong)
    _lighten()
    _remember_signatures()
    slot.get_task_id = _task_id
    assets = Assets(app, generated={'boot.js': boot_script(), template.BASE_CSS: template.base_css()})
    template.install(assets.url(template.BASE_CSS))
    ui.add_head_html(f'<script defer src="{assets.url("boot.js")}"></script>', shared=True)
    nicegui_app.config.vue_config_script += '\n        window.YS?.install?.(app);\n'

    async def start() -> None:
        problem = await self_test()
        if problem is not None:
            hub.direct = False
            logger.warning('live: frames go through Socket.IO (about a fifth of the speed): {}', problem)
        assets.turns.started()
        background_tasks.create(assets.warm(), name='live: compress what every page needs')
        if quiet_collector:
            server.gc_policy()
            background_tasks.create(server.collect_when_quiet(), name='live: collect when quiet')

    nicegui_app.on_startup(start)
    return assets


def _leave_out_modules() -> None:
    """Take the libraries no page of ours uses out of every page's import map."""
    for key, module in tuple(esm_modules.items()):
        if module.name in UNUSED_MODULES:
            del esm_modules[key]


def _be_patient() -> None:
    """Let pages take ``RESPONSE_SECONDS``, unless one says otherwise."""
    defaults: dict[str, Any] = ui.page.__init__.__kwdefaults__ or {}
    defaults['response_timeout'] = RESPONSE_SECONDS


def _lighten() -> None:
    """Take away NiceGUI's two response middlewares: what they do ``Assets`` does, without a task group for each request."""
    theirs: set[object] = {RedirectWithPrefixMiddleware, SetCacheControlMiddleware}
    nicegui_app.user_middleware[:] = [m for m in nicegui_app.user_middleware if m.cls not in theirs]


def _remember_signatures() -> None:
    """Have each method's signature read once: NiceGUI reads three for every element it makes, a fifteenth of a page."""
    ask = helpers.expects_arguments
    if ask.__name__ == 'remembering':
        return
    known: dict[Callable[..., Any], bool] = {}

    def remembering(func: Callable[..., Any]) -> bool:
        function = getattr(func, '__func__', None)
        if function is None:
            return ask(func)
        if function not in known:
            known[function] = ask(func)
        return known[function]

    helpers.expects_arguments = remembering


def identify(actor: Actor) -> None:
    """Tell the page being built whose drafts and outbox it keeps; call in each page function of somebody signed in."""
    ui.add_head_html(f'<script>(window.YS=window.YS||{{}}).member={actor.member_id:d}</script>')


def _task_id() -> int:
    """Return the identity of the task that runs, as NiceGUI keys what is being built; asked forty times for a page."""
    loop = _get_running_loop()
    return 0 if loop is None else id(_current_tasks.get(loop))


async def _pong(_sid: str, *_: object) -> bool:
    """Answer the browser's heartbeat."""
    return True
