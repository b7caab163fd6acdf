"""What the assistant needs of others: the narrow doors it speaks through. ``bootstrap`` puts something behind each."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlmodel import Session

from yunshequ.assistant.answering import Thresholds
from yunshequ.assistant.schemas import EntryDraft, ModelStatus
from yunshequ.community.schemas import HouseholdView, MemberCard, PlaceKind, PlaceView
from yunshequ.core.policy import Actor, Grant, Role
from yunshequ.core.unit import Tx
from yunshequ.rooms.events import MessagePosted
from yunshequ.rooms.schemas import MessageKind, MessageView, RoomView

MayLearn = Callable[[Session, int], bool]
"""Whether a member lets their questions be kept; the privacy module knows."""


@dataclass(frozen=True, slots=True)
class Document:
    """What is indexed of an entry: all the ways to ask for it; never its answer."""

    key: int
    question: str
    similar: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A found entry; ``score`` orders the hits of one search."""

    key: int
    score: float


@dataclass(frozen=True, slots=True)
class Finding:
    """What a search brought, best first. ``confidence`` in [0, 1] is the calibrated chance that the first is right.

    ``by_meaning`` is False while only words are compared; nothing is sure then.
    """

    hits: tuple[Hit, ...]
    confidence: float
    by_meaning: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """A question asked twice, of the entries as they are (unless ``before`` is None) and as they would be: which may be told."""

    text: str
    before: Callable[[int], bool] | None
    after: Callable[[int], bool]


class Retriever(Protocol):
    """Finds entries by what somebody asks. Never blocks the event loop; a question never waits for a change."""

    def status(self) -> ModelStatus:
        """Say whether answers by meaning are possible now."""
        ...

    async def start(self, documents: Sequence[Document]) -> None:
        """Find by words from the return of this call on, and load the model in the background."""
        ...

    async def settled(self) -> ModelStatus:
        """Return the status once loading has ended, well or not."""
        ...

    async def stop(self) -> None:
        """Let go of threads; what is stored is complete."""
        ...

    def thresholds(self) -> Thresholds:
        """Return the confidences at which to answer and to suggest, as calibrated with the index."""
        ...

    async def search(self, text: str, *, keep: Callable[[int], bool]) -> Finding:
        """Return the ten best hits whose key ``keep`` accepts (called in another thread).

        :raises Unavailable: too many questions wait already.
        """
        ...

    async def alike(self, texts: Sequence[str]) -> list[int] | None:
        """Return for each text the index of the first that means the same (``grouping.leaders``); None without a model."""
        ...

    async def rehearse(
        self, trials: Sequence[Trial], documents: Sequence[Document], gone: Sequence[int],
    ) -> list[tuple[Finding, Finding]] | None:
        """Search as it is and as it would be with ``documents`` put in and ``gone`` taken out; None without a model.

        Nobody else sees the change; a copy is tried and thrown away.
        """
        ...

    async def upsert(self, documents: Sequence[Document]) -> None:
        """Add or change entries; they are found from the return of this call on."""
        ...

    async def remove(self, keys: Sequence[int]) -> None:
        """Take entries out; unknown keys are passed over."""
        ...


@dataclass(frozen=True, slots=True)
class Change:
    """An entry as 小栖 would tell it from now on, at the place with ``path``; ``draft`` None: no longer.

    ``key`` is its id, or a negative number for one that is not saved yet.
    """

    key: int
    draft: EntryDraft | None
    path: str


class PublishGate(Protocol):
    """What stands before everything that 小栖 is to tell from now on."""

    async def require(self, changes: Sequence[Change]) -> None:
        """Let changes to what is told pass.

        :raises NeedsSignature: questions that were well answered no longer would be, and nobody has signed for that.
        """
        ...


class People(Protocol):
    """Members and places, as the community module knows them."""

    async def bot(self) -> Actor:
        """Return 小栖."""
        ...

    async def path_of(self, place_id: int) -> str | None:
        """Return the path of ids of a place."""
        ...

    async def looked_at(self, actor: Actor, member_ids: Iterable[int], place_id: int, what: str, reason: str = '') -> None:
        """Note that somebody in office is about to see what is somebody's; each of them sees the line."""
        ...

    async def place(self, place_id: int) -> PlaceView:
        """Return a place.

        :raises NotFound: there is none.
        """
        ...

    async def community_of(self, place_id: int) -> PlaceView | None:
        """Return the community (社区) a place lies in."""
        ...

    async def below(self, place_id: int, kind: PlaceKind | None = None) -> Sequence[PlaceView]:
        """Return all places below a place, of one kind or any."""
        ...

    async def cards(self, ids: Iterable[int]) -> Mapping[int, MemberCard]:
        """Return what others see of members."""
        ...

    async def grants_of(self, member_id: int) -> tuple[Grant, ...]:
        """Return what a member is, everywhere."""
        ...

    async def officers(self, place_id: int, roles: Iterable[Role], *, above: bool = True) -> Sequence[int]:
        """Return who holds one of the roles at a place or above it; without ``above`` exactly there."""
        ...

    async def households_of(self, member_id: int) -> Sequence[HouseholdView]:
        """Return the households a member lives in."""
        ...

    async def staff_on_duty(self, place_id: int) -> Sequence[int]:
        """Return the workers of the community who take hand-offs."""
        ...


class Rooms(Protocol):
    """The rooms, as far as 小栖 listens and speaks in them."""

    def add_hook(self, hook: Callable[[Tx, MessagePosted], None]) -> None:
        """Have ``hook`` called inside the unit of every post."""
        ...

    async def say(
        self, actor: Actor, room_id: int, body: str, *, client_id: str, kind: MessageKind = MessageKind.SYSTEM,
        card: dict[str, Any] | None = None, answer: dict[str, Any] | None = None, reply_seq: int | None = None,
        mentions: Sequence[int] = (),
    ) -> MessageView:
        """Post in the house's own name; the same client id again gives the first result."""
        ...

    async def require_inside(self, actor: Actor, room_id: int, action: str = 'rooms.read') -> RoomView:
        """Return the room if the actor is in it.

        :raises NotFound: they are not.
        """
        ...

    async def room(self, room_id: int) -> RoomView | None:
        """Return a room."""
        ...

    async def senders(self, room_id: int, seqs: Sequence[int]) -> Mapping[int, int]:
        """Return who wrote these messages, without those taken back and those of people who have left."""
        ...

    async def is_quiet(self, room_id: int) -> bool:
        """Tell whether 小栖 speaks there only when spoken to (安静模式)."""
        ...

    async def private_of(self, member_id: int) -> RoomView | None:
        """Return the member's own chat with 小栖, None if it was never opened."""
        ...

    async def private_room(self, member_id: int, with_members: Iterable[int], place_id: int, title: str) -> RoomView:
        """Return the member's own chat with 小栖, made at the first call."""
        ...

    async def admit(self, room_id: int, member_ids: list[int]) -> list[int]:
        """Let members into a room; returns who is new."""
        ...

    async def leave(self, actor: Actor, room_id: int) -> None:
        """Leave a room."""
        ...
