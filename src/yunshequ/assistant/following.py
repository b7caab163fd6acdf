"""Follow-ups (追问): which words only make sense after the last answer, and what they then ask. Pure rules, no I/O.

"那要带什么材料" names no subject. After an answer about the residence permit, from the same person in the same talk, it asks about
that; on its own it asks about nothing. A text that names a subject of its own is never a follow-up, whatever it begins with.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from yunshequ.assistant.answering import normalised, question_of

WINDOW = timedelta(minutes=10)
"""How long after an answer a follow-up still belongs to it."""
LONGEST = 18
"""Letters of the longest follow-up; whoever writes more says what they mean."""
PART = 4
"""Most sentences told of an entry in reply to a follow-up."""


class Aspect(StrEnum):
    """What a follow-up wants to know of the same matter."""

    PAPERS = 'papers'  # 材料
    WHERE = 'where'  # 地点
    COST = 'cost'  # 费用
    TIME = 'time'  # 办多久、何时办
    HOW = 'how'  # 怎么办
    WHO = 'who'  # 谁能办、能否代办
    CONTACT = 'contact'  # 电话


_ASKED: dict[Aspect, str] = {
    Aspect.PAPERS: r'(?:带|准备|提交|交|拿|备)(?:哪些|什么|啥|些什么|点啥|几样)(?:材料|证件|资料|东西|手续|证明)?|(?:哪些|什么|啥)?(?:材料|证件|资料|证明)',
    Aspect.WHERE: r'(?:在|去|到|上)?(?:哪里|哪儿|哪块|哪个地方|什么地方|啥地方|哪)(?:办理|办|申请|交|领|拿|弄|约)?|(?:地址|地点|窗口)',
    Aspect.COST: r'(?:交|花|收|付)?(?:多少钱|几块钱|几多钱|钱不|钱吗|费用|收费|免费|花钱|交钱|要钱|贵不贵)',
    Aspect.TIME: r'(?:要|得|等)?(?:多久|多长时间|几天|多少天|几个工作日)|'
                 r'(?:什么时候|啥时候|几点|哪天|周末|星期天|时间)(?:能办|办|开门|上班|去|能去|到账|拿到|下来|办好|办下来)?',
    Aspect.HOW: r'(?:怎么|咋|如何|怎样)(?:办理|申请|弄|操作|走流程|办|搞|预约|约)?|(?:流程|步骤|网上能办|网上办|手机上办|手机能办)',
    Aspect.WHO: r'(?:谁|哪些人|什么人|啥人)(?:能|可以)?(?:办|申请|领)?|(?:代办|别人去|家里人去|家属去|孩子去|子女去|本人去|本人到场)',
    Aspect.CONTACT: r'(?:打)?(?:什么|哪个|多少)?(?:电话|联系方式|号码|热线)(?:号码)?(?:是)?(?:多少)?|(?:找|联系)(?:谁|哪个)',
}
_TOLD: dict[Aspect, str] = {
    Aspect.PAPERS: r'材料|证件|复印件|原件|申请表|填表|(?:带|备|交|拿|出示|提供|用|凭|只要|需要)[^，。；！？]{0,14}'
                   r'(?:证|卡|本|簿|表|照片|病历|发票|票据|合同|证明|清单|书)',
    Aspect.WHERE: r'窗口|服务站|服务中心|便民|派出所|医院|社区|街道|大厅|地址|网上|线上|小程序|公众号|APP|App|办公室',
    Aspect.COST: r'费|元|免费|收费|缴|钱',
    Aspect.TIME: r'工作日|天内|日内|小时|分钟|个月|上班|周[一二三四五六日末]|时间|期限|截止|每月|每年|到账',
    Aspect.HOW: r'先|再|然后|登记|申请|提交|预约|填|步骤|流程|审核|办理',
    Aspect.WHO: r'本人|代办|家属|子女|监护人|委托|户籍|年满|岁|条件|可以申请',
    Aspect.CONTACT: r'电话|热线|拨打|联系|号码|\d{3,}',
}
_EMPTY = re.compile(
    r'那么|那|然后|还有|还|再|这个|这件事|这事|这种|这|它|呢|吗|嘛|吧|呀|啊|哦|么|的话|的|是不是|能不能|可不可以|要不要|需不需要|用不用|行不行|'
    r'办好|办完|办成|拿到|下来|可以|能|需要|需|要|得|用|我|您|你|请问|一下|一般|大概|大约|都|又|就|也|是|了|去|办理|办|申请|和|跟|怎么说|说|知道|想|问|不|没|有')
_WANTED = {aspect: re.compile(words) for aspect, words in _ASKED.items()}
_ANY = re.compile('|'.join(_ASKED.values()))
_SENTENCE = re.compile(r'[^。！？!?；;\n]+[。！？!?；;]?')


@dataclass(frozen=True, slots=True)
class Before:
    """The last thing 小栖 told a person in a talk."""

    entry_id: int
    question: str
    """The question of that entry, as its keeper wrote it."""
    at: datetime


def aspect_of(text: str) -> Aspect | None:
    """Return what a text asks of the matter at hand, None if it names a subject of its own or asks nothing."""
    bare = normalised(question_of(text))
    if not bare or len(bare) > LONGEST:
        return None
    found = [(match.start(), aspect) for aspect, pattern in _WANTED.items() if (match := pattern.search(bare)) is not None]
    if not found or _EMPTY.sub('', _ANY.sub('', bare)):
        return None
    return min(found)[1]


def follows(text: str, before: Before | None, now: datetime) -> Aspect | None:
    """Return what ``text`` asks of the last answer; None if it stands alone or that answer is too long ago.

    An instant before the answer belongs to no answer: clocks of two machines may differ, order in the room does not.
    """
    if before is None or not timedelta(0) <= now - before.at <= WINDOW:
        return None
    return aspect_of(text)


def enriched(text: str, before: Before) -> str:
    """Return the query a follow-up stands for: the matter of the last answer, then what is asked of it."""
    return f'{before.question.rstrip("？?。 ")} {question_of(text)}'


def part(answer: str, steps: tuple[str, ...], aspect: Aspect) -> str:
    """Return the sentences of an entry that speak of ``aspect``, at most ``PART``, in their order; empty if none does.

    Nothing is put in other words: what is told is what the keeper wrote.
    """
    told = re.compile(_TOLD[aspect])
    sentences = [one.strip() for text in (answer, *steps) for one in _SENTENCE.findall(text)]
    spoken = dict.fromkeys(one for one in sentences if one and told.search(one))
    return '\n'.join(list(spoken)[:PART])
