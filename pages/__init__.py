"""The pages: NiceGUI mounted on the gateway, one file or folder for each module, wired here."""

from typing import Any

from fastapi import FastAPI
from nicegui import app as nicegui_app
from nicegui import ui
from starlette.responses import RedirectResponse

from pages import (
    answers,
    assistant,
    ballots,
    chains,
    deliberation,
    emergency,
    guards,
    guides,
    helpers,
    identity,
    join,
    knowledge,
    live,
    login,
    me,
    people,
    privacy,
    refusals,
    rooms,
    theme,
    workbench,
)
from pages import cards as live_cards
from pages.links import own_links
from pages.model_note import model_note
from yunshequ.bootstrap import Container


def mount(app: FastAPI, container: Container, *, quiet_collector: bool = True) -> Any:
    """Mount all pages on ``app`` and return the ASGI application to serve.

    :param quiet_collector: settle the garbage collector after start (not in tests).
    """
    if container.settings.node:  # a sticky proxy reads it from the socket's address
        nicegui_app.config.socket_io_js_query_params['node'] = container.settings.node
    served = live.mount(
        app, quiet_collector=quiet_collector, reconnect_timeout=container.settings.reconnect_seconds, **theme.run_options())
    fanout = live.fanout()
    guards.bind(container)
    guards.watch(fanout)
    refusals.install()
    theme.install(served)
    cards = live_cards.LiveCards(fanout)
    menu = rooms.MessageMenu()
    ballots.add_cards(cards, container)
    emergency.add_cards(cards, container)
    chains.add_cards(cards, container)
    answers.add_cards(cards, container)
    chains.bridge(container, fanout)
    chains.register(container)
    ballots.bridge(container, fanout)
    rooms.bridge(container, fanout)
    join.register(container, login.register(container))
    links = own_links(container)
    container.assistant.linking.look = links.gone
    rooms.register(container, fanout, cards, menu=menu, links=links)
    note = model_note(container, fanout)
    assistant.register(container, fanout, cards, served, note)
    guides.register(container)
    deliberation.register(container)
    ballots.register(container)
    emergency.register(container)
    knowledge.register(container, served, note)
    people.register(container)
    privacy.register(container)
    workbench.register(container)
    me.register(container)
    identity.register(container)
    helpers.register(container)

    @ui.page('/')
    def home() -> RedirectResponse:
        return RedirectResponse('/messages')

    live.page_routes(app)
    return served
