"""What a component may ask the server: acts by name, done in order, each answered exactly by its id.

In the browser ``YS.act(this, 'rooms.send', {...})`` emits ``act`` with ``{name, args, id}`` and gets a promise. Here a
handler returns the data of the answer, or raises ``AppError``, whose words reach the person in her language.
"""

import asyncio
import inspect
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from loguru import logger
from nicegui.element import Element
from nicegui.events import GenericEventArguments

from pages.live import frames
from pages.live.args import STALE, Args, is_storable
from pages.live.fanout import Fanout
from yunshequ.core.errors import AppError, Invalid
from yunshequ.core.i18n import N_, set_locale, translate
from yunshequ.core.logging import bound
from yunshequ.core.policy import Actor

Handler = Callable[..., Awaitable[Any]]

MAX_WAITING = 64
"""Acts one component may have waiting; more are refused (a broken or hostile page)."""
REMEMBERED = 16
"""Answers kept for each component, so that a resent act is answered again, not done again."""
REMEMBERED_BYTES = 4096
"""Longer answers are not kept: they belong to questions, which may simply be asked again."""

BROKEN = N_('出了点问题，已经记录下来。您写的内容还在，请稍后再试一次')
FLOODED = N_('操作太快了，请稍等一下再试')


@dataclass(frozen=True, slots=True)
class Call:
    """Where an act comes from, for handlers that need it (a third parameter)."""

    client_id: str
    """NiceGUI's id of the page, as ``Fanout.reply`` and ``Fanout.leave`` take it."""
    id: str
    """The act's id, given by the browser; the same when it is resent."""
    name: str


@dataclass(frozen=True, slots=True)
class _Entry:
    handler: Handler
    wants_call: bool
    ordered: bool


class Acts:
    """A table of acts, usually one for each page module, made in its ``register``.

    ::

        acts = Acts(fanout)

        @acts.on('rooms.send')
        async def send(actor: Actor, args: Args) -> dict[str, Any]: ...

        acts.bind(component, actor)     # inside the page function
    """

    def __init__(self, fanout: Fanout) -> None:
        self.fanout = fanout
        self._entries: dict[str, _Entry] = {}

    def on(self, name: str, *, ordered: bool = True) -> Callable[[Handler], Handler]:
        """Register ``handler(actor, args)`` or ``handler(actor, args, call)`` under ``name``.

        :param ordered: wait for the acts before it on the same component; set False for slow questions that must not
            hold up what is typed after them.
        :raises ValueError: the name is taken.
        """

        def register(handler: Handler) -> Handler:
            if name in self._entries:
                raise ValueError(f'act {name!r} is defined twice')
            parameters = len(inspect.signature(handler).parameters)
            self._entries[name] = _Entry(handler, parameters >= 3, ordered)
            return handler

        return register

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def bind(self, component: Element, actor: Actor) -> None:
        """Answer the acts of ``component`` in the name of ``actor``."""
        lane = Lane(self, component.client.id, actor)
        component.on('act', lane.receive)

    async def answer(self, actor: Actor, call: Call, args: Args) -> dict[str, Any]:
        """Do one act and return the reply's payload; never raises."""
        entry = self._entries.get(call.name)
        if entry is None:
            return refusal(call.id, 'unknown_act', translate(STALE, actor.locale))
        set_locale(actor.locale)
        with bound(request=call.id[:12], actor=actor.member_id):
            try:
                if self.fanout.check is not None:
                    await self.fanout.check(actor)
                if not is_storable(args):
                    raise Invalid(STALE)
                data = await (entry.handler(actor, args, call) if entry.wants_call else entry.handler(actor, args))
                reply = {'k': 'reply', 'id': call.id, 'ok': True, 'data': data}
                frames.encode(reply)  # an answer that cannot be sent must become an error here, not silence
            except AppError as problem:
                return refusal(call.id, problem.code, problem.words(actor.locale), problem.field, link_of(problem, actor.locale))
            except Exception:
                logger.exception('act {} failed', call.name)
                return refusal(call.id, 'error', translate(BROKEN, actor.locale))
            return reply

    def is_ordered(self, name: str) -> bool:
        """Whether an act waits for those before it."""
        entry = self._entries.get(name)
        return entry is None or entry.ordered


def refusal(
    act_id: str, code: str, words: str, field: str | None = None, link: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Return the reply that says no; ``link`` leads to where what is missing can be got."""
    error = {'code': code, 'words': words, 'field': field} | ({'link': link} if link else {})
    return {'k': 'reply', 'id': act_id, 'ok': False, 'error': error}


def link_of(problem: AppError, locale: str) -> dict[str, str] | None:
    """Return the way out of a refusal as ``{href, words}``."""
    way = problem.way_out
    return None if way is None else {'href': way.href, 'words': translate(way.link, locale)}


class Lane:
    """The acts of one component on one page: a queue worked off by one task at a time.

    Holds the client's id only; it is freed with the component.
    """

    __slots__ = ('_actor', '_acts', '_answered', '_client_id', '_running', '_waiting', '_worker')

    def __init__(self, acts: Acts, client_id: str, actor: Actor) -> None:
        self._acts = acts
        self._client_id = client_id
        self._actor = actor
        self._waiting: deque[tuple[Call, Args]] = deque()
        self._running: set[str] = set()
        self._answered: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._worker: asyncio.Task[None] | None = None

    def receive(self, event: GenericEventArguments) -> None:
        """Take an ``act`` event; malformed ones are dropped, as our own pages never send them."""
        message = event.args
        if not isinstance(message, dict):
            return
        name, args, act_id = message.get('name'), message.get('args') or {}, message.get('id')
        if not (isinstance(name, str) and isinstance(args, dict) and isinstance(act_id, str) and 0 < len(act_id) <= 64):
            return
        if act_id in self._running:
            return  # a resend of what is under way: its answer is coming
        if act_id in self._answered:
            self._acts.fanout.reply(self._client_id, self._answered[act_id])
            return
        if len(self._running) >= MAX_WAITING:
            self._acts.fanout.reply(self._client_id, refusal(act_id, 'too_many', translate(FLOODED, self._actor.locale)))
            return
        self._running.add(act_id)
        call = Call(self._client_id, act_id, name)
        if not self._acts.is_ordered(name):
            _spawn(self._do(call, args))
            return
        self._waiting.append((call, args))
        if self._worker is None:
            self._worker = _spawn(self._work())

    async def _work(self) -> None:
        try:
            while self._waiting:
                call, args = self._waiting.popleft()
                await self._do(call, args)
        finally:
            self._worker = None

    async def _do(self, call: Call, args: Args) -> None:
        try:
            reply = await self._acts.answer(self._actor, call, args)
        finally:
            self._running.discard(call.id)
        if reply['ok'] and len(frames.encode(reply)) <= REMEMBERED_BYTES:  # what was refused may be tried again
            self._answered[call.id] = reply
            if len(self._answered) > REMEMBERED:
                self._answered.popitem(last=False)
        self._acts.fanout.reply(self._client_id, reply)


_tasks: set[asyncio.Task[None]] = set()


def _spawn(work: Any) -> asyncio.Task[None]:
    """Run ``work`` beside the event handler and keep it alive until done."""
    task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
    return task
