"""When two answers compete (两可): one short question that names both, and what its answer picks. Pure rules, no I/O."""

from collections.abc import Sequence

from yunshequ.assistant.answering import Decision, Found, Thresholds, chosen, normalised, question_of
from yunshequ.assistant.schemas import Band

_FORMER, _LATTER = ('前一个', '前面那个', '前面', '前者', '上面那个', '上面'), ('后一个', '后面那个', '后面', '后者', '下面那个', '下面')
SHORTEST_HINT = 2
"""Letters of one choice alone that a reply must hold more of than of the other."""


def rivals(found: Sequence[Found], decision: Decision, thresholds: Thresholds) -> tuple[int, int] | None:
    """Return the two entries that compete for a question, the better first; None where one leads or more than two are close.

    They compete when their scores lie within ``thresholds.near`` and their scopes are equally wide (the narrower one speaks
    first anyway), while 小栖 is not sure beyond doubt (``thresholds.unasked``).
    """
    if decision.band not in {Band.DIRECT, Band.SUGGEST} or decision.confidence >= thresholds.unasked:
        return None
    ranked = sorted(found, key=lambda one: -one.score)
    close = [one for one in ranked if one.score >= ranked[0].score - thresholds.near]
    if len(close) != 2 or close[0].depth != close[1].depth:
        return None
    return close[0].entry_id, close[1].entry_id


def picked(text: str, first: str, second: str) -> int | None:
    """Return 0 or 1 for the choice a reply names, by number, by place or by words only one of them has; None if by neither."""
    number = chosen(text)
    if number is not None:
        return number if number < 2 else None
    bare = normalised(question_of(text))
    for index, words in enumerate((_FORMER, _LATTER)):
        if any(bare.startswith(one) for one in words) and not any(bare.startswith(one) for one in (_LATTER, _FORMER)[index]):
            return index
    one, other = normalised(first), normalised(second)
    if bare in {one, other} and one != other:
        return 0 if bare == one else 1
    alone = [_letters_alone(one, other), _letters_alone(other, one)]
    held = [len(alone[index] & set(bare)) for index in (0, 1)]
    best = 0 if held[0] > held[1] else 1
    need = min(SHORTEST_HINT, len(alone[best]))
    return best if need and held[best] >= need and not held[1 - best] else None


def _letters_alone(one: str, other: str) -> set[str]:
    """Return the letters of ``one`` that ``other`` does not have."""
    return set(one) - set(other)
