"""What crosses the border where households change."""

from datetime import date, datetime
from enum import StrEnum

from yunshequ.community.schemas import View
from yunshequ.core.i18n import N_


class ChangeKind(StrEnum):
    """What happened to households."""

    MERGE = 'merge'  # 合户
    SPLIT = 'split'  # 分户
    MOVE_IN = 'move_in'  # 迁入
    MOVE_OUT = 'move_out'  # 迁出


CHANGE_WORDS = {
    ChangeKind.MERGE: N_('合户'), ChangeKind.SPLIT: N_('分户'), ChangeKind.MOVE_IN: N_('迁入'), ChangeKind.MOVE_OUT: N_('迁出'),
}


class Part(View):
    """A part of a flat that is divided. ``area`` in 0.01 m²; ``member_ids`` move there, the others stay."""

    room_no: str
    area: int = 0
    member_ids: tuple[int, ...] = ()


class Preview(View):
    """What a change would lead to. ``digest`` stands for the flats as they were when it was shown."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    people: int
    """How many live in these flats."""
    digest: str


class ChangeView(View):
    """A change that was made. ``before`` and ``after`` are the flats then on the roll, in words."""

    id: int
    kind: ChangeKind
    on: date
    note: str
    by_name: str
    made_at: datetime
    undone_at: datetime | None
    before: tuple[str, ...]
    after: tuple[str, ...]
