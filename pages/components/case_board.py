"""The hand-off desk: who waits for a person, who has taken whom."""

from collections.abc import Sequence

from yunshequ.core.i18n import _

from .base import Data, Labels, LiveElement, per_locale, time_labels


@per_locale
def case_labels() -> Labels:
    """Return the texts of the desk."""
    return {
        'time': time_labels(),
        'waiting': _('等待接手'),
        'owned': _('处理中'),
        'closed': _('已办结'),
        'late': _('已超时'),
        'no_words': _('没有留下文字，请在对话里询问'),
        'asked': _('提出于'),
        'by': _('由 {name} 接手'),
        'take': _('接手并进入对话'),
        'enter': _('进入对话'),
        'close': _('办结'),
        'release': _('交给同事'),
        'none': _('没有人在等'),
        'none_hint': _('居民点“转人工”后，问题会出现在这里；接手后小栖就不再插话。'),
        'at_desk': _('{department}窗口'),
        'reopened': _('居民重新打开'),
        'talk': _('之前问过什么（{n} 条）'),
        'asked_words': _('问：'),
        'answered_words': _('答：'),
        'pass': _('转到别的窗口'),
        'pass_to': _('转到哪个窗口'),
        'pass_go': _('转过去'),
        'community': _('社区值班窗口'),
        'failed': _('没有成功，请稍后再试'),
    }


class CaseBoard(LiveElement, component='case_board.js'):
    """Cases by deadline. Live topics ``desk:{place}`` and ``departments:all``: a frame ``changed`` makes it ask again, as a reconnect does.

    Acts: ``desk.list`` {} -> {cases, departments}; ``desk.take`` {case_id} -> {href}; ``desk.close`` and ``desk.release`` {case_id};
    ``desk.pass`` {case_id, department_id}.
    """

    def __init__(self, *, me: Data, topics: Sequence[str], cases: Sequence[Data], departments: Sequence[Data] = ()) -> None:
        """Show the cases.

        :param me: ``{id}``
        :param topics: live topics to ask again on
        :param cases: ``{id, room_id, asker, question, state, worker, worker_id, opened_at, due_at, department_id, department, talk, reopened}``
        :param departments: ``{id, name}`` of the departments a case can be handed to
        """
        super().__init__()
        self.set_props(me=dict(me), topics=list(topics), cases=list(cases), departments=list(departments), labels=case_labels())
