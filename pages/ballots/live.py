"""From the bus to the browsers: ticks coalesced, results in every language, once encoded for all who look."""

from collections import OrderedDict

from pages.ballots.data import checks_data, public_data, result_data, tick_data
from pages.live import Fanout
from yunshequ.ballots.events import BallotCancelled, BallotClosed, BallotEvent, BallotOpened, BallotPrepared, BallotTick
from yunshequ.bootstrap import Container
from yunshequ.core.bus import Event
from yunshequ.core.i18n import LOCALES

TICK_SECONDS = 0.1
"""Bars of one vote move at most so often."""
REMEMBERED = 5000
"""Votes whose newest number is kept, so that an older tick never overtakes a newer one."""


class Bridge:
    """Turns the module's events into frames: ``tick``, ``state`` and ``closed`` on ``ballot:{id}``, ``deliberation`` on the
    topic of its community, which lists listen to, and ``changed`` on that of the topic it decides; ``voted`` to the pages of whoever's vote it is.
    """

    def __init__(self, c: Container, fanout: Fanout) -> None:
        self._c = c
        self._fanout = fanout
        self._newest: OrderedDict[int, int] = OrderedDict()

    def listen(self) -> None:
        """Begin; ends with the process."""
        self._c.bus.subscribe('ballot:', self.take)

    async def take(self, event: Event) -> None:
        """Send what ``event`` means to whoever looks."""
        if isinstance(event, BallotTick):
            self._to_voters(event)
        if isinstance(event, BallotPrepared | BallotOpened | BallotClosed | BallotCancelled):
            await self._lists(event)
        if not isinstance(event, BallotEvent) or not self._is_newer(event):
            return
        if isinstance(event, BallotTick):
            await self._tick(event)
        elif isinstance(event, BallotClosed):
            await self._closed(event)
        elif isinstance(event, BallotOpened | BallotCancelled):
            self._fanout.publish(event.topic, 'state', {'seq': event.seq})

    def _is_newer(self, event: BallotEvent) -> bool:
        if event.seq <= self._newest.get(event.ballot_id, 0):
            return False
        self._newest[event.ballot_id] = event.seq
        self._newest.move_to_end(event.ballot_id)
        if len(self._newest) > REMEMBERED:
            self._newest.popitem(last=False)
        return True

    async def _tick(self, event: BallotTick) -> None:
        if not self._fanout.listeners(event.topic):
            return
        checks = {locale: checks_data(await self._c.ballots.checks_at(event, locale)) for locale in LOCALES}
        if self._newest.get(event.ballot_id) == event.seq:  # else a newer one has overtaken it meanwhile
            self._fanout.publish_coalesced(event.topic, 'tick', tick_data(event, checks), every=TICK_SECONDS)

    def _to_voters(self, event: BallotTick) -> None:
        for vote in event.given:
            for member_id in vote.members:
                self._fanout.publish(
                    f'member:{member_id}', 'voted', {'ballot': event.ballot_id, 'unit': vote.unit, 'version': vote.version})

    async def _closed(self, event: BallotClosed) -> None:
        if not self._fanout.listeners(event.topic):
            return
        views = {locale: await self._c.ballots.public_state(event.ballot_id, locale) for locale in LOCALES}
        seen = public_data(next(iter(views.values())))
        shown = {name: seen[name] for name in ('state', 'options', 'turnout', 'seq', 'checks')}
        results = {locale: result_data(view.outcome) for locale, view in views.items()}
        self._fanout.publish(event.topic, 'closed', {'ballot': shown | {'result': results}, 'seq': event.seq})

    async def _lists(self, event: BallotPrepared | BallotOpened | BallotClosed | BallotCancelled) -> None:
        community = await self._c.community.community_of(event.place_id)
        self._fanout.publish_coalesced(f'place:{community.id if community else event.place_id}', 'deliberation', {}, every=0.5)
        if event.topic_id is not None:
            self._fanout.publish(f'topic:{event.topic_id}', 'changed', {})
