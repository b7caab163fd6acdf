"""People who write down everything they were told: what the crash test compares with the database."""

import asyncio
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

GIVES_UP = 0.15
"""Share of messages nobody sends again after a crash (a phone thrown away): there once or not at all."""
WISH = '我报名'


class LostError(Exception):
    """The server was gone before it answered."""


class RefusedError(Exception):
    """The server said no; ``args[0]`` is the code."""


class Server(Protocol):
    """Whoever is asked and killed."""

    async def ask(self, who: int, name: str, args: Mapping[str, Any], act_id: str) -> dict[str, Any]:
        """Return the answer to an act of the ``who``-th person.

        :raises LostError: the server died first.
        :raises RefusedError: it refused.
        """
        ...


@dataclass(frozen=True, slots=True)
class Scene:
    """Where it happens."""

    room_id: int
    ballot_id: int
    options: tuple[int, ...]
    call_id: int
    shift_id: int
    capacity: int
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Deed:
    """Something asked, with the id that makes asking again harmless."""

    name: str
    id: str
    args: dict[str, Any]


@dataclass
class Teller:
    """One person: asks, remembers each answer, asks again what was not answered."""

    number: int
    scene: Scene
    chance: random.Random
    asked: dict[str, str] = field(default_factory=dict)
    """Text of every message ever sent, by its id."""
    posts: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Number and text of every message the server confirmed."""
    given_up: set[str] = field(default_factory=set)
    votes: list[tuple[str, int, int]] = field(default_factory=list)
    """Id, version and option of every vote confirmed."""
    seat: str = ''
    """What was said last about the seat."""
    retries: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    pending: Deed | None = None
    _made: int = 0

    @property
    def member(self) -> int:
        """Their member id."""
        return self.scene.members[self.number]

    @property
    def told(self) -> int:
        """How many confirmations they hold."""
        return len(self.posts) + len(self.votes) + bool(self.seat)

    async def live(self, server: Server, *, pause: float) -> None:
        """Do one thing after another until the server dies."""
        while True:
            if self.pending is None:
                await asyncio.sleep(self.chance.uniform(0, pause))
                self.pending = self._next()
            else:
                self.retries += 1
            try:
                await self._finish(server)
            except LostError:
                if self.pending is not None and self.pending.name == 'post' and self.chance.random() < GIVES_UP:
                    self.given_up.add(self.pending.id)
                    self.pending = None
                return

    async def settle(self, server: Server) -> None:
        """Get the last answer."""
        if self.pending is not None:
            self.retries += 1
            await self._finish(server)

    async def _finish(self, server: Server) -> None:
        deed = self.pending
        assert deed is not None
        try:
            data = await server.ask(self.number, deed.name, deed.args, deed.id)
        except RefusedError as refusal:
            self.refusals[str(refusal.args[0])] += 1
            if deed.name == 'post':
                self.given_up.add(deed.id)
        else:
            self._note(deed, data)
        self.pending = None

    def _note(self, deed: Deed, data: dict[str, Any]) -> None:
        if deed.name == 'post':
            self.posts[deed.id] = (data['message']['seq'], data['message']['body'])
        elif deed.name == 'ballot.vote':
            self.votes.append((deed.id, data['version'], deed.args['choices'][0]))
        else:
            self.seat = data['mine']['state'] if data['mine'] else 'none'

    def _next(self) -> Deed:
        self._made += 1
        identity = f'crash-{self.number}-{self._made}'
        dice = self.chance.random()
        if self.number % 6 == 5 and dice < 0.04:
            return self._post(identity, WISH)
        if dice < 0.80 or self.number % 6 == 5:
            return self._post(identity, f'{identity} 楼道的灯亮了，谢谢大家 {self.chance.randrange(10**6)}')
        if dice < 0.92:
            version = self.votes[-1][1] if self.votes else 0
            return Deed('ballot.vote', identity, {
                'ballot_id': self.scene.ballot_id, 'choices': [self.chance.choice(self.scene.options)], 'version': version,
                'client_id': identity})
        where = {'call_id': self.scene.call_id, 'shift_id': self.scene.shift_id, 'client_id': identity}
        return Deed('call.cancel' if self.seat not in {'', 'none'} else 'call.signup', identity, where)

    def _post(self, identity: str, body: str) -> Deed:
        self.asked[identity] = body
        return Deed('post', identity, {'room_id': self.scene.room_id, 'client_id': identity, 'body': body})
