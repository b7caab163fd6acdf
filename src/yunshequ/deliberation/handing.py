"""What passes on with an office: topics without a conclusion."""

from yunshequ.core.handing import Work
from yunshequ.core.i18n import N_
from yunshequ.deliberation import tables as t
from yunshequ.deliberation.schemas import TopicState

WORKS = (
    Work('topic', N_('主持的议题'), t.topic, 'created_by', t.topic.c.title, t.topic.c.place_id,
         lambda: t.topic.c.state == TopicState.OPEN.value),
)
