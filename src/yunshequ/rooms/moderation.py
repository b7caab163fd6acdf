"""敏感词表: what staff can do with the lists of sensitive words, and what the lists do to a text."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from yunshequ.community.service import CommunityService
from yunshequ.core.database import Database
from yunshequ.core.errors import Blocked, Conflict, Invalid, NotFound
from yunshequ.core.i18n import N_
from yunshequ.core.policy import Actor, Policy
from yunshequ.core.unit import Tx
from yunshequ.rooms import wordlist
from yunshequ.rooms.directory import RoomDirectory
from yunshequ.rooms.events import MessagePosted
from yunshequ.rooms.order import MODERATE
from yunshequ.rooms.schemas import MarkedView, PhraseView, TermView, TryOut, WordsAt
from yunshequ.rooms.words import Match, WordAction, WordFilter, house_terms, normalise

SHORTEST_BY_SOUND = 3
"""Letters of a word that may be matched by sound: two syllables are said all day."""
LONGEST_TERM, LONGEST_CATEGORY, LONGEST_PHRASE, LONGEST_TRIAL = 30, 10, 60, 2000
"""Characters."""
MOST_MARKED = 50
"""Marked messages shown at once."""


class WordLists:
    """The lists of all places. A place's list holds for everything below it, where it can be sharpened and given exceptions, not switched off."""

    def __init__(self, db: Database, policy: Policy, community: CommunityService, directory: RoomDirectory) -> None:
        self._db = db
        self._policy = policy
        self._community = community
        self._directory = directory

    async def screen(self, place_id: int, text: str) -> Match | None:
        """Return the word that holds or marks a text at a place, if one does; for other services, not for people.

        :raises Blocked: a word stops the text; the refusal names its rule.
        """
        found = (await self._filter(place_id)).find(text)
        if found is not None and found.action is WordAction.BLOCK:
            raise Blocked(
                N_('没有发出：内容里的“{term}”属于群规禁止的“{category}”。请改一改再发，写好的内容已为您保留'),
                rule=f'words.{found.category}', field='body', term=found.term, category=found.category)
        return found

    async def words_at(self, actor: Actor, place_id: int) -> WordsAt:
        """Return what holds at a place: its own list, what comes from above, the house's list last.

        :raises NotPermitted: only staff of the place see the list.
        """
        await self._policy.require(actor, MODERATE, place_id)
        above = await self._community.ancestors(place_id)
        names = {place.id: place.name for place in [*above, await self._community.place(place_id)]}
        lists = await self._db.read(lambda session: wordlist.load(session, list(names)))
        listed = [
            TermView(id=row.id, term=row.term, category=row.category, action=lists.action(row.place_id, row.category),
                     place_name=names[row.place_id], own=row.place_id == place_id, homophones=row.homophones)
            for row in lists.terms]
        house = [TermView(id=None, term=term.word, category=term.category, action=term.action) for term in house_terms()]
        return WordsAt(
            terms=tuple(sorted([*listed, *house], key=lambda term: not term.own)),
            phrases=tuple(
                PhraseView(id=row.id, phrase=row.phrase, place_name=names[row.place_id], own=row.place_id == place_id)
                for row in lists.phrases))

    async def add_term(self, actor: Actor, place_id: int, term: str, category: str, *, homophones: bool = False) -> None:
        """Add a sensitive word for a place and everything below it; with ``homophones`` other letters that sound the same count too.

        :raises NotPermitted: only staff of the place may.
        :raises Invalid: less than two letters (it would stop nearly everything), too long, no category; homophones of less than three.
        :raises Conflict: the place has it already, maybe written in another way.
        """
        await self._policy.require(actor, MODERATE, place_id)
        term, category = term.strip(), category.strip()
        if len(normalise(term)) < 2 or len(term) > LONGEST_TERM:
            raise Invalid(N_('请写 2 到 {most} 个字，标点和空格不算'), field='term', most=LONGEST_TERM)
        if homophones and len(normalise(term)) < SHORTEST_BY_SOUND:
            raise Invalid(N_('同音字只用于 {least} 个字以上的词，太短会误伤很多正常发言'), field='term', least=SHORTEST_BY_SOUND)
        if not 0 < len(category) <= LONGEST_CATEGORY:
            raise Invalid(N_('请写明属于哪一类，最多 {most} 个字'), field='category', most=LONGEST_CATEGORY)

        def work(tx: Tx) -> None:
            same = [row for row in wordlist.load(tx.session, [place_id]).terms if normalise(row.term) == normalise(term)]
            if same or not wordlist.add_term(
                    tx, actor.member_id, place_id, term, category, homophones=homophones):
                raise Conflict(N_('词表里已经有这个词了'), field='term')

        await self._db.write(work)

    async def remove_term(self, actor: Actor, term_id: int) -> None:
        """Take a word off the list it stands in.

        :raises NotFound: there is no such word.
        :raises NotPermitted: it is the list of a place above, or of another community.
        """
        row = await self._required(actor, await self._db.read(lambda session: wordlist.term_row(session, term_id)))
        await self._db.write(lambda tx: wordlist.remove_term(tx, actor.member_id, row))

    async def allow(self, actor: Actor, place_id: int, phrase: str) -> None:
        """放行: let a phrase through at a place and below although a sensitive word is a part of it.

        :raises NotPermitted: only staff of the place may.
        :raises Invalid: no word of the list is a part of it, or it is one: a list is not switched off by its exceptions.
        :raises Conflict: the place allows it already.
        """
        await self._policy.require(actor, MODERATE, place_id)
        phrase = phrase.strip()
        folded = normalise(phrase)
        if len(phrase) > LONGEST_PHRASE:
            raise Invalid(N_('最多 {most} 个字'), field='phrase', most=LONGEST_PHRASE)
        found = (await self._filter(place_id)).matches(phrase)
        if not any(len(normalise(match.term)) < len(folded) for match in found):
            raise Invalid(N_('放行的说法要含有词表里的一个词，并且比那个词长'), field='phrase')

        def work(tx: Tx) -> None:
            if not wordlist.add_phrase(tx, actor.member_id, place_id, phrase):
                raise Conflict(N_('这个说法已经放行了'), field='phrase')

        await self._db.write(work)

    async def disallow(self, actor: Actor, phrase_id: int) -> None:
        """Let a phrase through no more.

        :raises NotFound: there is no such phrase.
        :raises NotPermitted: it stands in the list of a place above, or of another community.
        """
        row = await self._required(actor, await self._db.read(lambda session: wordlist.phrase_row(session, phrase_id)))
        await self._db.write(lambda tx: wordlist.remove_phrase(tx, actor.member_id, row))

    async def set_action(self, actor: Actor, place_id: int, category: str, action: WordAction) -> None:
        """Say what the place's own words of a category lead to: 拦下, 待审核 or 标记. What comes from above stays as it is.

        :raises NotPermitted: only staff of the place may.
        :raises NotFound: the place has no words of this category.
        """
        await self._policy.require(actor, MODERATE, place_id)

        def work(tx: Tx) -> None:
            if category not in {row.category for row in wordlist.load(tx.session, [place_id]).terms}:
                raise NotFound
            wordlist.set_action(tx, actor.member_id, place_id, category, action)

        await self._db.write(work)

    async def try_out(self, actor: Actor, place_id: int, text: str) -> TryOut:
        """试一试: tell what would become of a text at a place and why; nothing is kept of it.

        :raises NotPermitted: only staff of the place may.
        :raises Invalid: nothing written, or too much.
        """
        await self._policy.require(actor, MODERATE, place_id)
        if not text.strip() or len(text) > LONGEST_TRIAL:
            raise Invalid(N_('请写一句话再试，最多 {most} 个字'), field='text', most=LONGEST_TRIAL)
        words = await self._filter(place_id)
        found = words.find(text)
        return TryOut(action=None if found is None else found.action, matches=tuple(words.matches(text)))

    async def marked(self, actor: Actor, place_id: int) -> list[MarkedView]:
        """Return the latest marked messages at a place and below: who, where, which word; not what was said.

        :raises NotPermitted: only staff of the place may.
        """
        await self._policy.require(actor, MODERATE, place_id)
        ids = [place_id, *(place.id for place in await self._community.below(place_id))]
        rows = await self._db.read(lambda session: wordlist.marked(session, ids, MOST_MARKED))
        called = await self._directory.called((row.detail['room'], row.actor_id) for row in rows)
        found = []
        for row in rows:
            room = await self._directory.room(row.detail['room'])
            if room is not None:
                found.append(MarkedView(
                    at=row.at, sender=called[room.id, row.actor_id], room_id=room.id, room_title=room.title, seq=row.detail['seq'],
                    term=row.detail['term'], category=row.detail['category']))
        return found

    async def _required(self, actor: Actor, row: Any) -> Any:
        if row is None:
            raise NotFound
        await self._policy.require(actor, MODERATE, row.place_id)
        return row

    async def _filter(self, place_id: int) -> WordFilter:
        known = self._directory.known_words(place_id)
        if known is not None:
            return known
        return await self._directory.word_filter(place_id, [place.id for place in await self._community.ancestors(place_id)])


class Marks:
    """Notes in the audit that a message went out with a marked word, in the unit that stores the message."""

    def __init__(self) -> None:
        self._under_way: dict[tuple[int, str], Match] = {}

    @contextmanager
    def noted(self, sender_id: int, client_id: str, match: Match | None) -> Iterator[None]:
        """Have ``match`` noted if the message is stored in here; a message stored before is not noted again."""
        key = sender_id, client_id
        if match is not None:
            self._under_way[key] = match
        try:
            yield
        finally:
            if match is not None and self._under_way.get(key) is match:
                del self._under_way[key]

    def hook(self, tx: Tx, event: MessagePosted) -> None:
        """Note it; called in the unit of every post."""
        if not self._under_way:
            return
        message = event.message
        match = self._under_way.get((message.sender.id, message.client_id))
        if match is not None:
            tx.audit(message.sender.id, wordlist.MARKED, wordlist.subject(event.place_id), place_id=event.place_id, detail={
                'room': event.room_id, 'seq': message.seq, 'term': match.term, 'category': match.category})
