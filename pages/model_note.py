"""The line that says that 小栖 finds by words only: on pages of residents and of keepers, gone when the model is there."""

from collections.abc import Callable
from typing import Any

from nicegui import Client

from pages.components.model_note import ModelNote
from pages.live import Acts, Args, Fanout
from yunshequ.assistant.events import ModelSettled
from yunshequ.bootstrap import Container
from yunshequ.core.bus import Event
from yunshequ.core.policy import Actor

TOPIC = 'model'

Note = Callable[[Client, Actor, str, str], None]
"""Shows the line: page, reader, words while the model loads, words where there is none."""


def model_note(c: Container, fanout: Fanout) -> Note:
    """Tell open pages when the model is there; return how a page shows the line."""
    acts = Acts(fanout)

    @acts.on('model.state', ordered=False)
    async def state(_actor: Actor, _args: Args) -> dict[str, Any]:
        return {'state': c.assistant.status().state.value}

    def on_settled(event: Event) -> None:
        if isinstance(event, ModelSettled):
            fanout.publish(TOPIC, 'state', {'state': event.state.value})

    def show(client: Client, actor: Actor, loading: str, off: str) -> None:
        fanout.join(client, TOPIC)
        acts.bind(ModelNote(state=c.assistant.status().state.value, loading=loading, off=off), actor)

    c.bus.subscribe_local('model:all', on_settled)
    return show
