"""What 小栖 says: one place for all its words. Plain text; the page adds chips, source and buttons from the payload."""

from collections.abc import Sequence, Set
from datetime import datetime, timedelta
from typing import Any

from yunshequ.assistant import rich
from yunshequ.assistant.catalogue import Published
from yunshequ.assistant.freshness import Hedge
from yunshequ.assistant.schemas import Band, CandidateView, EntryDraft, EntryView, ModelState
from yunshequ.core.clock import local
from yunshequ.core.i18n import _

WORTH_A_GUIDE = 60
"""Letters of an answer without steps from which it is worth a page to read at ease and to print."""


def told(entry: Published | EntryView) -> str:
    """Return an entry as a message: the answer and its steps as plain text, and the reserve it is told with."""
    return with_reserve(told_of(entry), entry)


def with_reserve(words: str, entry: Published | EntryView) -> str:
    """Return words of an entry with the reserve it is told with, if any."""
    reserve = reserved(entry, entry.told_at) if isinstance(entry, Published) and entry.told_at is not None else ''
    return '\n'.join([words, *(['', reserve] if reserve else [])])


def told_of(entry: Published | EntryView | EntryDraft) -> str:
    """Return the answer and its steps as plain text."""
    lines = [rich.plain(entry.answer)]
    if entry.steps:
        lines += ['', _('办理步骤：')]
        lines += [f'{number}. {step}' for number, step in enumerate(entry.steps, 1)]
    return '\n'.join(lines)


def reserved(entry: Published, now: datetime) -> str:
    """Return the reserve 小栖 adds by itself to an answer that ends soon or was not confirmed for long; empty: none."""
    why = entry.hedge(now)
    if why is None:
        return ''
    keeper = entry.department or _('社区')
    if why is Hedge.EXPIRING and entry.valid_until is not None:
        last = local(entry.valid_until - timedelta(seconds=1))
        return _('这条信息将于{month}月{day}日到期，请以{keeper}届时公布的为准。', month=last.month, day=last.day, keeper=keeper)
    seen = local(entry.confirmed_at) if entry.confirmed_at is not None else local(now)
    return _('这条信息上次核对是{year}年{month}月{day}日，办理前请向{keeper}再确认一次。', year=seen.year, month=seen.month, day=seen.day, keeper=keeper)


def learned(entry: Published) -> str:
    """Return what people are told whose question could not be answered when they asked it."""
    return _('您之前问的这个，现在有答案了：') + '\n' + told(entry)


def offer() -> str:
    """Return what stands above the candidates."""
    return _('您是想问下面哪一个？点一下，或者回复数字。')


def clarify(first: str, second: str) -> str:
    """Return the one question between two competing answers."""
    return _('您问的是“{first}”，还是“{second}”？回一句就行，也可以点一下。', first=first, second=second)


def part(entry: Published, words: str) -> str:
    """Return the part of an entry that a follow-up asks for, what it belongs to, and the reserve it is told with."""
    return with_reserve(_('还是说“{question}”这件事：', question=entry.question) + '\n' + words, entry)


def not_in_entry(question: str) -> str:
    """Return the honest answer where an entry says nothing of what a follow-up asks."""
    return _('“{question}”这一条里没有写到这个，我不乱猜。可以点“转人工”，或者换个说法再问。', question=question)


def refusal() -> str:
    """Return the honest refusal."""
    return _('这个我还不会，不想给您错的答案。您可以换个说法，或者点“转人工”请社区工作人员来答；问题我记下了，会有人补上。')


def not_in_chinese() -> str:
    """Return what is said to words in Latin letters, pinyin or another language, that nothing was found for."""
    return _('我只看得懂汉字。请用汉字再问一次，也可以用语音输入；或者点“转人工”。') + '\n' + (
        'I can only answer questions in Chinese. Tap “转人工” below and a community worker will answer you.')


def careful() -> str:
    """Return what is said to somebody who wrote a number that leads to a person."""
    return _('提醒：您写了电话或证件号，小栖用不着这些。为了安全，两分钟内可以长按您那条消息撤回。')


def not_ready(state: ModelState, *, offering: bool) -> str:
    """Return what is said while only words can be compared."""
    loading, off = _('我还在准备，大约要一两分钟，现在只会按字面找。'), _('我的语义检索没有开启，现在只会按字面找。')
    first = loading if state is ModelState.LOADING else off
    return first + (offer() if offering else _('没有找到合适的，您可以换个说法，或者点“转人工”。'))


def greeting() -> str:
    """Return what is said to a call without a question."""
    return _('我在呢。办证、社保、养老、物业……想问什么直接写，例如“老人津贴怎么申请”。')


def payload(
    log_id: int, band: Band, question_seq: int, entry: Published | None, candidates: Sequence[CandidateView], now: datetime,
    gone: Set[str] = frozenset(),
) -> dict[str, Any]:
    """Return what a page needs beside the text. ``handoff`` says that a person should be offered; links in ``gone`` are not shown."""
    hedged = entry is not None and entry.hedge(now) is not None
    blocks = rich.without(rich.read(entry.answer), gone) if entry is not None and band is Band.DIRECT else []
    links = [link.model_dump() for link in entry.links if link.href not in gone] if entry is not None else []
    more: dict[str, Any] = {'links': links} if links else {}
    if rich.is_rich(blocks):
        more['rich'] = {'blocks': blocks, 'plain': rich.plain(entry.answer) if entry is not None else ''}
    if hedged:
        more['reserve'] = True  # it stands in the text
    if entry is not None and entry.policy_no:
        more['policy_no'] = entry.policy_no
    return more | {
        'log_id': log_id, 'band': band.value, 'question_seq': question_seq,
        'entry_id': entry.id if entry else None, 'question': entry.question if entry else None,
        'source': entry.source or entry.department or None if entry else None, 'stale': hedged,
        'candidates': [candidate.model_dump() for candidate in candidates],
        'handoff': band in {Band.SUGGEST, Band.CLARIFY, Band.REFUSE, Band.LOADING},
        'guide': entry is not None and (bool(entry.steps) or len(entry.answer) >= WORTH_A_GUIDE),
    }


def handoff_opened(on_duty: int, opens_at: datetime | None, now: datetime, department: str = '') -> str:
    """Return what a resident is told who asked for a person; ``department`` where it waits at the desk of one."""
    if opens_at is not None:
        return _('已经记下来了。现在是下班时间，工作人员{when} 上班后会在这里回复您。', when=_when(opens_at, now))
    if department and on_duty:
        return _('已转给{department}的工作人员，请稍等，回复会出现在这里。', department=department)
    if on_duty:
        return _('已转给社区值班的工作人员，请稍等，回复会出现在这里。')
    return _('已经记下来了，社区工作人员看到后会在这里回复您。')


def handoff_moved(department: str, opens_at: datetime | None, now: datetime) -> str:
    """Return what is said when a case goes to another desk."""
    desk = _('{department}窗口', department=department) if department else _('社区值班窗口')
    if opens_at is not None:
        return _('这个问题已转到{desk}，{when} 上班后会在这里回复您。', desk=desk, when=_when(opens_at, now))
    return _('这个问题已转到{desk}，请稍等，回复会出现在这里。', desk=desk)


def handoff_reopened(opens_at: datetime | None, now: datetime) -> str:
    """Return what is said when a resident opens their case again."""
    if opens_at is not None:
        return _('已经重新打开，工作人员{when} 上班后会在这里接着处理。', when=_when(opens_at, now))
    return _('已经重新打开，工作人员会在这里接着处理，请稍等。')


def handoff_rate() -> str:
    """Return what stands on the card by which a resident says how it went."""
    return _('这次答复怎么样？')


def handoff_elsewhere() -> str:
    """Return what a room is told whose question goes on in the private chat."""
    return _('已转给社区工作人员，会在您和小栖的私聊里回复您。')


def handoff_taken(name: str) -> str:
    """Return what is said when a person takes over."""
    return _('{name} 来为您答复，小栖先不插话。', name=name)


def handoff_late() -> str:
    """Return what is said when nobody came in time."""
    return _('还没有工作人员接手，已再次提醒，抱歉让您久等。')


def handoff_closed(name: str) -> str:
    """Return what is said when a case is settled."""
    return _('{name} 已办结这次答复，小栖回来了。还有问题直接写就行。', name=name)


def handoff_released() -> str:
    """Return what is said when a worker gives a case back."""
    return _('这位工作人员不再处理这个问题，正在为您另找同事。')


def handoff_expired() -> str:
    """Return what is said when a case was forgotten open."""
    return _('这次答复已超过一天没有新消息，先为您结束，小栖回来了。需要的话可以再点“转人工”。')


def chat_title(name: str) -> str:
    """Return the title of a private chat, by which a worker tells several apart."""
    return _('小栖 · {name}', name=name)


def _when(at: datetime, now: datetime) -> str:
    here = local(at)
    near = (_('今天'), _('明天'), _('后天'))
    ahead = (here.date() - local(now).date()).days
    if ahead < len(near):
        return _('{day} {clock}', day=near[ahead], clock=f'{here.hour}:{here:%M}')
    days = (_('周一'), _('周二'), _('周三'), _('周四'), _('周五'), _('周六'), _('周日'))
    weekday = days[here.weekday()]
    return _('{month}月{day}日（{weekday}）{clock}', month=here.month, day=here.day, weekday=weekday, clock=f'{here:%H:%M}')
