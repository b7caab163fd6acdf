"""The pages: NiceGUI mounted on the gateway, one file or folder for each module, wired here."""

from typing import Any

from fastapi import FastAPI
from nicegui import app as nicegui_app
from nicegui import ui
from starlette.responses import RedirectResponse

from pages import cards as live_cards
from pages import emergency, guards, live, rooms, theme
from yunshequ.bootstrap import Container
from yunshequ.core.i18n import _


def mount(app: FastAPI, container: Container) -> Any:
    """Mount all pages on ``app`` and return the ASGI application to serve."""
    served = live.mount(
        app, **theme.run_options(), reconnect=container.settings.reconnect_seconds, node=container.settings.node,
        labels={'connecting': _('连接中…'), 'offline': _('没有网络，写的内容会保留'), 'back': _('已恢复连接')})
    fanout = live.fanout()
    guards.bind(container)
    guards.watch(fanout)
    theme.install(nicegui_app)
    cards = live_cards.LiveCards(fanout)
    for module in (emergency,):
        module.add_cards(cards, container)
    rooms.bridge(container, fanout)
    rooms.register(container, fanout, cards)

    @ui.page('/')
    def home() -> RedirectResponse:
        return RedirectResponse('/messages')

    return served
