"""Small talk (寒暄): a short kind word, then back to what 小栖 is for. Rules are data, matched by words alone."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from yunshequ.assistant.answering import normalised

_TRIMMINGS = re.compile(r'[啊呀吧哦噢呢哈嘛啦了哟喔哇]+$')
_REPEATED = re.compile(r'^(.{2,6}?)\1+$')


@dataclass(frozen=True, slots=True)
class TalkRule:
    """Ways to say a thing, and what 小栖 says to it."""

    asks: tuple[str, ...]
    reply: str


class SmallTalk:
    """Finds the reply to a phrase that says nothing else: a question with a greeting before it is a question."""

    def __init__(self, rules: Iterable[TalkRule] = ()) -> None:
        self._replies = {_core(ask): rule.reply for rule in rules for ask in rule.asks if _core(ask)}

    @classmethod
    def load(cls, path: Path) -> 'SmallTalk':
        """Read rules from a JSON-lines file (``question``, ``similar``, ``answer``); without a file there are none."""
        if not path.exists():
            return cls()
        rules = []
        for line in path.read_text(encoding='utf-8').splitlines():
            if line.strip():
                row = json.loads(line)
                rules.append(TalkRule((row['question'], *row.get('similar', ())), row['answer']))
        return cls(rules)

    def __len__(self) -> int:
        """Number of phrases known."""
        return len(self._replies)

    def reply(self, text: str) -> str | None:
        """Return the reply, or None if ``text`` is no small talk we know."""
        return self._replies.get(_core(text))


def _core(text: str) -> str:
    """Return a phrase without what does not change it: space, signs, doubling, particles at its end, our name."""
    bare = normalised(text)
    if len(bare) > len('小栖') + 1:
        bare = bare.replace('小栖', '')
    bare = _TRIMMINGS.sub('', bare) or bare
    repeated = _REPEATED.match(bare)
    return repeated.group(1) if repeated else bare
