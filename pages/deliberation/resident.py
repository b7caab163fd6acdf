"""/deliberate and /deliberate/{topic}: a shell and one component each; for whoever runs a topic, the forms below it."""

from nicegui import ui
from starlette.responses import RedirectResponse

from pages import guards, live, shell
from pages.ballots.data import line_data
from pages.components.deliberation import DeliberationBoard
from pages.components.topic import TopicPage
from pages.deliberation.acts import overview
from pages.deliberation.data import topic_data
from pages.deliberation.look import add_look
from pages.deliberation.staff import manage_forms
from pages.emergency.resident import enter, place_topics
from yunshequ.bootstrap import Container
from yunshequ.core.i18n import _
from yunshequ.core.policy import Actor


def register(c: Container, acts: live.Acts) -> None:
    """Add the residents' pages."""

    @ui.page('/deliberate')
    @guards.signed_in
    async def board(actor: Actor) -> None:
        around = await enter(c, actor)
        add_look()
        seen = await overview(c, actor)
        live.fanout().join(ui.context.client, *(f'ballot:{one["id"]}' for one in seen['open']))
        with shell.resident(active='deliberate', title=_('议事'), **around):
            acts.bind(DeliberationBoard(topics_live=place_topics(), me=actor.member_id, **seen), actor)

    @ui.page('/deliberation')
    def moved() -> RedirectResponse:
        return RedirectResponse('/deliberate')

    @ui.page('/deliberate/{topic_id}')
    @guards.signed_in
    async def topic(actor: Actor, topic_id: int) -> None:
        around = await enter(c, actor, f'topic:{topic_id}')
        add_look()
        seen = await c.deliberation.topic(actor, topic_id)
        votes = [line_data(item) for item in await c.ballots.of_topic(actor, topic_id)]
        live.fanout().join(ui.context.client, *(f'ballot:{one["id"]}' for one in votes))
        with shell.resident(active='deliberate', title=seen.title, back='/deliberate', **around):
            acts.bind(TopicPage(topic=topic_data(seen) | {'ballots': votes}, me={'id': actor.member_id}), actor)
            if seen.may_manage:
                manage_forms(c, actor, seen)
