"""The frame around every page: header, tabs or rail, incident bar."""

from collections.abc import Sequence

from yunshequ.core.i18n import _

from .base import Data, Labels, LiveElement, per_locale


@per_locale
def shell_labels() -> Labels:
    """Return the texts of the frame."""
    return {
        'skip': _('跳到主要内容'),
        'tabs': _('主要栏目'),
        'back': _('返回'),
        'unread': _('{n} 条未读'),
        'incident': _('正在进行的突发事件'),
        'brand': _('掌上云社区'),
    }


class Shell(LiveElement, component='shell.js'):
    """Header, navigation and the bars over all pages; one element of the layout, beside the page's ``main``."""

    def __init__(
        self,
        *,
        variant: str,
        tabs: Sequence[Data],
        active: str,
        title: str,
        back: str | None,
        bare: bool,
        incident: Data | None,
        told: int = 0,
        actions: Sequence[Data],
        topics: Sequence[str] = (),
        rooms: Sequence[Data] = (),
        me: int = 0,
    ) -> None:
        """Frame a page.

        :param variant: ``resident`` or ``staff``
        :param tabs: ``{key, label, icon, href, badge, dot}``
        :param active: key of the tab this page belongs to
        :param title: heading of the page; empty when the page brings its own
        :param back: address of the page one step up, if this is not a top page
        :param bare: the page brings its own header and hides the tabs on a phone (a conversation)
        :param incident: ``{title, level, level_word, href}`` of the active incident, or none
        :param told: the incident that the page itself tells of: no bar for it
        :param actions: ``{icon, label, href}`` at the right of the header
        :param topics: live topics of this person and their places
        :param rooms: ``{id, last_n, unread, muted}``: rooms whose messages are counted here
        :param me: the person, whose own messages are not unread
        """
        super().__init__()
        self.set_props(
            variant=variant, tabs=list(tabs), active=active, title=title, back=back, bare=bare, incident=incident, told=told,
            actions=list(actions), topics=list(topics), rooms=list(rooms), me=me, labels=shell_labels(),
        )
