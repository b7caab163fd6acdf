"""A room's conversation: messages, composer, notice, search, members; also the private chat with 小栖."""

from collections.abc import Sequence

from nicegui import ui

from pages.order_words import form_labels
from yunshequ.core.i18n import _

from .ballot import ballot_labels
from .base import Data, Labels, LiveElement, per_locale, preload, time_labels
from .chain import chain_labels
from .handoff import handoff_labels
from .shift_board import call_labels

MODULES = preload(
    'bubble', 'composer', 'file_bubble', 'forward', 'links', 'log', 'log_view', 'posting', 'room_panels', 'rules_sheet', 'ballot_view',
    'call_view', 'chain_view', 'handoff_view', 'viewer', 'who')


@per_locale
def room_labels() -> Labels:
    """Return the texts of a conversation."""
    return {
        'time': time_labels(),
        'ballot': ballot_labels(),
        'call': call_labels(),
        'chain': chain_labels(),
        'handoff_card': handoff_labels(),
        # the head and the log
        'back': _('返回'),
        'about': _('群资料'),
        'search': _('查找聊天内容'),
        'messages': _('聊天内容'),
        'loading': _('正在加载…'),
        'beginning': _('没有更早的内容了'),
        'empty': _('还没有人说话'),
        'empty_more': _('这里是邻居们商量事情的地方，说声“大家好”就可以开始。'),
        'empty_bot': _('您好，我是小栖'),
        'empty_bot_more': _('办证、社保、看病、物业……您想问什么，直接写下来就行。我会告诉您答案出自哪里。'),
        'unread_from_here': _('以下是新消息'),
        'new_messages': _('{n} 条新消息'),
        'mentioned': _('有人@我'),
        'to_end': _('回到底部'),
        'thinking': _('小栖正在想'),
        'failed': _('没有成功，请稍后再试'),
        'done': _('好了'),
        'copied': _('已复制'),
        'close': _('关闭'),
        # a message
        'bot': _('机器人'),
        'who_card': _('{name} 的名片'),
        'who_account': _('账号昵称：{name}'),
        'who_since': _('{day} 进群'),
        'who_rooms': _('也都在：{rooms}'),
        'party': _('党员'),
        'more': _('更多操作'),
        'copy': _('复制'),
        'quote': _('引用'),
        'forward': _('转发'),
        'recall': _('撤回'),
        'at_person': _('@TA'),
        'recalled_mine': _('您撤回了一条消息'),
        'quote_recalled': _('原消息已撤回'),
        'recalled_by': _('{name} 撤回了一条消息'),
        'rewrite': _('重新编辑'),
        'sending': _('正在发送'),
        'resend': _('重新发送'),
        'change_text': _('修改后再发'),
        'drop': _('删除'),
        'upload_failed': _('图片没有传上去，点一下红色叹号再试'),
        'picture': _('图片'),
        'image_by': _('图片，来自'),
        'view_image': _('查看大图'),
        'zoom_in': _('放大'),
        'zoom_out': _('缩小'),
        'forwarded_from': _('转发自'),
        'card': _('卡片'),
        # forwarding
        'forward_to': _('转发到'),
        'forward_pick': _('选一个群'),
        'forward_into': _('转发到“{room}”'),
        'forwarded_into': _('已转发到“{room}”'),
        'find_room': _('找群'),
        'found_none_room': _('没有名字含“{q}”的群'),
        'no_room': _('您还没有其他可以发言的群'),
        'order': form_labels() | {
            'handle': _('处理'), 'held': _('待审核'), 'held_hint': _('管理人员看过后会发出，现在只有您自己看得到'),
            'struck': _('管理人员撤回了一条消息'), 'struck_mine': _('您的一条消息被管理人员撤回'), 'see_why': _('理由和申诉'),
            'log': _('群管理公示'), 'log_hint': _('管理人员做过什么、为什么，隐去姓名'), 'manage': _('管理这个群'),
        },
        # 小栖's answers
        'did_you_mean': _('您是想问'),
        'source': _('来源：'),
        'stale': _('这条内容可能已有变化，办理前请再确认一次'),
        'useful': _('有用'),
        'useless': _('没用'),
        'thanks': _('谢谢您的反馈'),
        'handoff': _('转人工'),
        'guide': _('看办事指南'),
        'handoff_waiting': _('已转给值班工作人员，请稍等'),
        # the composer
        'write_here': _('说点什么'),
        'ask_here': _('想问小栖什么？'),
        'send': _('发送'),
        'tools': _('图片和更多'),
        'read_only': _('这个群现在只能看，不能发言'),
        'unquote': _('取消引用'),
        'pick_person': _('选择要提醒的人'),
        # the notice
        'notice': _('公告'),
        'to_ack': _('待收到'),
        'ack': _('收到'),
        'acked': _('您已收到'),
        'acked_count': _('{n}/{total} 人已收到'),
        'ack_list': _('看名单'),
        'notice_new': _('发公告'),
        'notice_text': _('公告内容'),
        'notice_must': _('请大家点“收到”'),
        'notice_send': _('发出公告'),
        'notice_empty': _('请先写公告内容'),
        # search and members
        'search_hint': _('输入两个字就能查，如“停水”'),
        'search_two': _('请至少输入两个字'),
        'searching': _('正在查找…'),
        'found': _('找到 {n} 条'),
        'found_none': _('没有找到含“{q}”的内容'),
        'members': _('群成员（{n}）'),
        'find_person': _('找人'),
        'pin': _('置顶这个群'),
        'mute': _('消息免打扰'),
        'mute_hint': _('有新消息只显示红点，@您仍会提醒'),
        'invite': _('邀请二维码'),
        'my_name': _('我在本群的昵称'),
        'my_name_here': _('这个群里怎么称呼您'),
        'my_name_hint': _('只在这个群里用，别的群不变；您以前的发言也会显示新称呼。不填就用账号昵称'),
        'my_name_use': _('用“{name}”'),
        'my_name_back': _('用账号昵称“{name}”'),
        'my_name_everywhere': _('想改账号昵称，请到“我的”'),
        'my_name_saved': _('已改好，大家马上看到'),
        'save': _('保存'),
        'gallery': _('图片和文件'),
        # documents
        'file': _('文件'),
        'file_failed': _('文件没有传上去，点一下红色叹号再试'),
        'file_download': _('下载 {name}'),
        # rules
        'rules': _('群规'),
        'rules_hint': _('以后可以在“群资料”里再看'),
        'rules_ok': _('知道了'),
    }


class RoomView(LiveElement, component='room.js'):
    """The conversation of one room. Live topic ``room:{id}``: frames ``message``, ``update``, ``room``, ``named`` {id, name, was}.

    Acts (name: args -> data): ``post`` {room_id, client_id, kind, body, mentions, reply_seq, image_token} -> MessageView;
    ``sync`` {after, page?} -> {messages, last_seq, last_n, more}; ``history`` {before|null} -> {messages, has_more, last_seq};
    ``around`` {seq} -> {messages, has_more, last_seq}; ``links`` {paths} -> {cards: {path: {title, icon, what}}}; ``targets`` {q} ->
    {rooms: [{id, title, icon}]}; ``forward`` {seq, room_id} -> {href}; ``read`` {seq}; ``recall`` {seq}; ``members`` {q, limit} -> {members,
    total}; ``search`` {q} -> {results: [{seq, name, bot, at, text}]}; ``mute`` {on}; ``pin`` {on}; ``ack`` {seq} -> {ack_count};
    ``who`` {id} -> {name, account, badge, bot, party, offices, joined_at, rooms}; ``my_name`` {} -> {name, account, proposed};
    ``call_me`` {name} -> {name};
    ``rules_seen`` {}; ``standing`` {} -> patch of ``room``; ``report`` {seq, reason, note}; ``moderate`` {seq, outcome, reason,
    note, minutes};
    ``notice`` {body, must_ack}; ``rate`` {seq, useful}; ``ask`` {seq, entry_id, question}; ``handoff`` {seq}; and what its cards
    ask (see ``BallotCard``, ``ShiftBoard``).
    """

    def __init__(
        self,
        *,
        room: Data,
        me: Data,
        messages: Sequence[Data],
        first_unread: int | None = None,
        last_seq: int = 0,
        last_n: int = 0,
        has_more: bool = False,
        back: str = '/messages',
    ) -> None:
        """Show a room at its end, or at the first unread message when that is among ``messages``.

        :param room: ``{id, title, count, kind, mode, mode_words, notice, muted, pinned, unread, can_post, can_notice, can_image,
            closed_words, about, rules_due, gallery_href, receipts_href,
            bot_id, tools: [{icon, label, href}], starters, invite_href, upload_href,
            message_acts: [{name, icon, label, others}]}``; ``kind`` is
            ``assistant`` for the private chat with 小栖
        :param me: ``{id, name, badge}``
        :param messages: MessageViews in order
        :param first_unread: number of the first message not read yet
        :param last_seq: newest number of the room's log
        :param last_n: how many messages the room has (log entries that are no recalls)
        :param has_more: there is something older than ``messages``
        :param back: address of the room list
        """
        super().__init__()
        ui.add_head_html(MODULES)
        self.set_props(
            room=dict(room), me=dict(me), messages=list(messages), first_unread=first_unread, last_seq=last_seq, last_n=last_n,
            has_more=has_more, back=back, labels=room_labels(),
        )

    def release(self) -> None:
        """Let go of the messages on the server once the browser has them; they are never drawn from here again."""
        dict.__setitem__(self._props, 'messages', ())
