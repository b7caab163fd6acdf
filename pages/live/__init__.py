"""Live delivery between server and open pages. The whole of it, for whoever writes a page:

**Python**

``fanout = live.fanout()``
    The fan-out of this application (made by ``live.mount``; ``pages/<module>.register(c)`` runs after it).
``fanout.join(client, 'room:5', 'member:7')``
    In the page function, *before* the data is loaded: subscribe first, load second. ``client`` is ``ui.context.client``.
    Ends by itself when the page is gone. ``fanout.leave(client_or_id, topic)`` earlier.
``fanout.publish('room:5', 'message', {...}) -> int``
    From the event loop, usually in a bus subscriber. Synchronous, cheap, one encoding for all readers. The browser gets
    ``{"t": "room:5", "k": "message", ...}``. Datetimes become ISO 8601 UTC, pydantic models objects. Keys ``t`` and
    ``k`` are ours. From another thread: ``loop.call_soon_threadsafe(fanout.publish, ...)``.
``fanout.publish_coalesced('ballot:3', 'tick', {...}, every=0.1, key='')``
    For payloads that replace each other; the latest wins.
``fanout.reply(client_id, {'k': 'typing', ...}) -> bool``
    To one page; frames have topic ``@``.
``fanout.publish(topic, 'reload', {})``
    Every page on ``topic`` loads anew (drafts are kept): after a revoked session or a changed right. Give each page the
    topics ``session:{id}`` and ``member:{id}``.
``live.identify(actor)``
    In the page function of somebody signed in: drafts and outbox are kept for this member.
``live.share(element, 'labels', labels)``
    While the page is built: a prop that is the same for everybody is sent as a file the browser keeps, not with each page.
``acts = live.Acts(fanout)`` · ``@acts.on('rooms.send')`` · ``acts.bind(component, actor)``
    What components ask. ``async def send(actor, args) -> data`` (or ``(actor, args, call)``, see ``Call``); raise
    ``AppError`` to refuse. In order for each component, unless ``@acts.on(name, ordered=False)``. A resent act that was
    answered is answered again, not done again; across a reload only your own client id (``draft.client_id``) protects.
``live.number(args, 'seq')`` · ``live.text(args, 'body')``
    Read what came; anything else than a whole number or a text is refused.

A handler registered on a NiceGUI element or client must not close over ``client`` or an element: that makes a cycle, and
dead pages then wait for a full collection. Take ``client.id``.

**JavaScript** (``window.YS``, loaded on every page before components mount)

``YS.live.on(topic, fn) -> off``
    ``fn(frame)`` for each frame of the topic; ``'*'`` hears all. Call ``off()`` in ``unmounted``.
``YS.live.onConnect(fn) -> off``
    ``fn({first, resync})`` whenever the line is (again) complete: ask for ``seq > last``. Runs at once if connected.
``YS.live.onState(fn) -> off`` · ``YS.live.state``
    ``'connecting' | 'online' | 'offline'``; ``YS.live.connected`` is ``state === 'online'``.
``YS.act(this, name, args, {timeout, again}) -> Promise<data>``
    Rejects with ``{code, words, field}`` (``code 'timeout'`` or ``'offline'`` are ours). ``again: true`` resends after a
    reconnect: for questions, and for commands that carry their own client id. The component's Python side calls
    ``acts.bind``. An act with an ``id`` under way joins the first one.
``YS.draft.get(key) / set(key, value) / clear(key)``
    Any JSON value, in localStorage, for the member signed in; survives reload and restart.
``YS.outbox.send(this, name, args, id) -> Promise`` · ``all(name) / put(id, name, args) / remove(id) / onChange(fn)``
    Commands not yet acknowledged, kept for the member across reloads. ``send`` puts, sends, resends after each reconnect
    and every 10 s, and removes on the answer (also on a refusal, which rejects). ``id`` is the command's client id.
``YS.outbox.flush(this, name, wanted) -> [{entry, promise}]``
    On mount: send again what an earlier life of the page left (``wanted(entry)`` picks, e.g. this room's).
``YS.forget()``
    On logout: forget drafts and outbox of this member.
``YS.icon(name)`` · ``<q-icon name="send">`` · ``ui.button(icon='send')``
    The strokes of one of our icons (``pages/icons.py``), '' for none; Quasar's widgets know them by the same names.
``YS.id()``
    A new random id.

**Frames every page understands by itself:** ``resync`` (runs ``onConnect`` handlers), ``reload``, ``reply``.
"""

from pages.live.acts import Acts, Call
from pages.live.args import Args, number, text
from pages.live.fanout import Fanout
from pages.live.mount import fanout, identify, mount
from pages.live.routes import install as page_routes
from pages.live.shared import share

__all__ = ['Acts', 'Args', 'Call', 'Fanout', 'fanout', 'identify', 'mount', 'number', 'page_routes', 'share', 'text']
