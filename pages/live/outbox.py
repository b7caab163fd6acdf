"""An outbox that sleeps: NiceGUI's own wakes once a second for each page, and ten times a second until its browser connects.

A thousand open pages cost a sixth of a core that way, doing nothing (``python -m tests.bench.rooms --clients 1000``).
Ours has a task only while something waits and a browser is there to hear it.
"""

import nicegui.client
from nicegui import Client, background_tasks, core
from nicegui import app as nicegui_app
from nicegui.dependencies import JsComponent
from nicegui.outbox import Deleted, Outbox


class SleepingOutbox(Outbox):
    """What waits for one page; sent at once when there is a connection, or as soon as there is one."""

    _sending = False

    def wake(self) -> None:
        """Send what waits, if somebody is there to hear it."""
        if self._sending or self._should_stop or not (self.updates or self.messages):
            return
        client = self._client()
        if client is not None and client.has_socket_connection:
            self._sending = True
            background_tasks.create(self._send(), name='outbox')

    def _set_enqueue_event(self) -> None:
        self.wake()

    async def loop(self) -> None:
        """Do nothing: there is no loop (NiceGUI starts this once for each page)."""

    async def _send(self) -> None:
        try:
            while not self._should_stop and (self.updates or self.messages) and self.client.has_socket_connection:
                for message in self._take():
                    try:
                        await self._emit(message)
                    except Exception as problem:
                        core.app.handle_exception(problem)
        finally:
            self._sending = False

    def _take(self) -> list[tuple[str, str, object]]:
        """Empty the box into messages, in the order NiceGUI sends them: components, elements, the rest."""
        client_id, taken = self.client.id, list[tuple[str, str, object]]()
        if self.updates:
            elements = {key: None if isinstance(one, Deleted) else one for key, one in self.updates.items()}
            components = {
                one.component.name: one.component for one in elements.values()
                if one is not None and isinstance(one.component, JsComponent) and one.component.name not in self._loaded_components}
            if components:
                taken.append((client_id, 'load_js_components', {
                    'components': [{'key': one.key, 'tag': one.tag} for one in components.values()]}))
                self._loaded_components.update(components)
            taken.append((client_id, 'update', {
                key: None if one is None else one._to_dict() for key, one in elements.items()}))  # noqa: SLF001 - as NiceGUI does
            self.updates.clear()
        taken.extend(self.messages)
        self.messages.clear()
        return taken


def _wake(client: Client) -> None:
    if isinstance(client.outbox, SleepingOutbox):
        client.outbox.wake()


def install() -> None:
    """Give every page from now on an outbox that sleeps."""
    nicegui.client.Outbox = SleepingOutbox  # type: ignore[attr-defined]
    nicegui_app.on_connect(_wake)
