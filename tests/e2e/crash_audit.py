"""Compares what people were told with what the database holds."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, create_engine, text

from tests.e2e.crash_tellers import WISH, Scene, Teller

LIVE, SEATED = ('confirmed', 'waitlisted', 'checked_in'), ('confirmed', 'checked_in')


class Audit:
    """One comparison. ``missing`` and ``twice`` count, ``findings`` says what exactly."""

    def __init__(self, url: str, scene: Scene, tellers: Sequence[Teller]) -> None:
        self._scene = scene
        self._tellers = tellers
        self.missing = 0
        self.twice = 0
        self.findings: list[str] = []
        engine = create_engine(url)
        with engine.connect() as connection:
            self._messages(connection)
            self._log(connection)
            self._votes(connection)
            self._seats(connection)
            self._wishes(connection)
            if engine.dialect.name == 'sqlite':
                self._expect(connection.execute(text('PRAGMA integrity_check')).scalar() == 'ok', 'the file is broken')
        engine.dispose()

    def _rows(self, connection: Connection, statement: str, **values: Any) -> list[Any]:
        return list(connection.execute(text(statement), values).all())

    def _expect(self, right: bool, otherwise: str) -> None:
        if not right:
            self.findings.append(otherwise)

    def _lost(self, what: str) -> None:
        self.missing += 1
        self.findings.append(f'missing: {what}')

    def _doubled(self, what: str) -> None:
        self.twice += 1
        self.findings.append(f'twice: {what}')

    def _messages(self, connection: Connection) -> None:
        found: dict[tuple[int, str], list[tuple[int, str]]] = {}
        for sender, client_id, seq, body in self._rows(
                connection, "SELECT sender_id, client_id, seq, body FROM message WHERE room_id = :room AND client_id LIKE 'crash-%'",
                room=self._scene.room_id):
            found.setdefault((sender, client_id), []).append((seq, body))
        asked: set[tuple[int, str]] = set()
        for teller in self._tellers:
            asked |= {(teller.member, identity) for identity in teller.asked}
            for identity, told in teller.posts.items():
                if told not in found.get((teller.member, identity), []):
                    self._lost(f'{identity} told {told}, held {found.get((teller.member, identity))}')
            for identity, body in teller.asked.items():
                held = found.get((teller.member, identity), [])
                if len(held) > 1:
                    self._doubled(f'{identity} {held}')
                self._expect(all(text_ == body for _, text_ in held), f'{identity} holds another text: {held}')
                self._expect(identity in teller.posts or identity in teller.given_up, f'{identity} was never answered')
        self._expect(set(found) <= asked, f'messages nobody sent: {set(found) - asked}')

    def _log(self, connection: Connection) -> None:
        room = self._scene.room_id
        entries = self._rows(connection, 'SELECT seq, n, kind FROM message WHERE room_id = :room ORDER BY seq', room=room)
        last_seq, last_n = self._rows(connection, 'SELECT last_seq, last_n FROM room WHERE id = :room', room=room)[0]
        self._expect([seq for seq, _, _ in entries] == list(range(1, last_seq + 1)), 'the log has holes')
        self._expect(entries[-1][1] == last_n == len([1 for _, _, kind in entries if kind != 'recall']), 'the room counts wrong')
        audited = Counter(subject for (subject,) in self._rows(
            connection, "SELECT subject FROM audit_entry WHERE action LIKE 'rooms.post.%' AND subject LIKE :room", room=f'room:{room}#%'))
        self._expect(audited == Counter(f'room:{room}#{seq}' for seq, _, _ in entries), 'the audit differs from the log')

    def _votes(self, connection: Connection) -> None:
        ballot = self._scene.ballot_id
        entries = self._rows(
            connection, 'SELECT member_id, version, choice FROM ballot_named_vote_entry WHERE ballot_id = :ballot', ballot=ballot)
        held: dict[int, dict[int, str]] = {}
        for member, version, choice in entries:
            if version in held.setdefault(member, {}):
                self._doubled(f'vote {version} of {member}')
            held[member][version] = str(choice)
        for teller in self._tellers:
            mine = held.get(teller.member, {})
            for identity, version, option in teller.votes:
                if f'[{option},' not in mine.get(version, ''):
                    self._lost(f'vote {identity} told {(version, option)}, held {mine.get(version)}')
            if len(mine) > len(teller.votes):
                self._doubled(f'{teller.number} gave {len(teller.votes)} votes, {len(mine)} are held')
        standing = self._rows(connection, 'SELECT unit, choice, version FROM ballot_named_vote WHERE ballot_id = :ballot', ballot=ballot)
        self._expect(sum(version for _, _, version in standing) == len(entries), 'versions and entries of votes differ')
        tally = dict(self._rows(connection, 'SELECT option_id, votes FROM ballot_tally WHERE ballot_id = :ballot', ballot=ballot))
        given = Counter(option for option in self._scene.options for _, choice, _ in standing if f'[{option},' in str(choice))
        self._expect({key: votes for key, votes in tally.items() if votes} == dict(given), f'the tally {tally} is not what was given {given}')
        cast = self._rows(connection, 'SELECT cast_units FROM ballot WHERE id = :ballot', ballot=ballot)[0][0]
        self._expect(cast == len(standing), f'turnout {cast}, votes {len(standing)}')

    def _seats(self, connection: Connection) -> None:
        shift = self._scene.shift_id
        rows = self._rows(connection, 'SELECT member_id, client_id, state FROM volunteer_signup WHERE shift_id = :shift', shift=shift)
        live = Counter(member for member, _, state in rows if state in LIVE)
        for member, times in live.items():
            if times > 1:
                self._doubled(f'seat of {member}')
        wishers = {teller.member for teller in self._tellers if WISH in teller.asked.values()}
        for teller in self._tellers:
            if teller.seat and teller.member not in wishers and (teller.seat != 'none') != (live[teller.member] == 1):
                self._lost(f'seat of {teller.number}: told {teller.seat}, held {live[teller.member]}')
        taken, waiting, capacity = self._rows(
            connection, 'SELECT taken, waiting, capacity FROM volunteer_shift WHERE id = :shift', shift=shift)[0]
        seated = len([1 for _, _, state in rows if state in SEATED])
        self._expect(taken == seated <= capacity, f'{taken} of {capacity} seats taken, {seated} people seated')
        self._expect(waiting == sum(live.values()) - seated, f'{waiting} waiting, {sum(live.values()) - seated} in line')
        self._expect(waiting == 0 or taken == capacity, 'people wait beside free seats')

    def _wishes(self, connection: Connection) -> None:
        """Every 我报名 was answered by 小栖, once."""
        wanted = {f'word:{self._scene.room_id}:{seq}' for (seq,) in self._rows(
            connection, 'SELECT seq FROM message WHERE room_id = :room AND body = :wish', room=self._scene.room_id, wish=WISH)}
        answered = Counter(client_id for (client_id,) in self._rows(
            connection, "SELECT client_id FROM message WHERE room_id = :room AND client_id LIKE 'word:%'", room=self._scene.room_id))
        for identity in wanted - set(answered):
            self._lost(f'answer to {identity}')
        for identity, times in answered.items():
            if times > 1:
                self._doubled(f'answer to {identity}')
        self._expect(set(answered) <= wanted, 'answers to nobody')


def jobs_waiting(url: str) -> int:
    """Return how many wishes have not been answered yet."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found: int = connection.execute(text("SELECT count(*) FROM due_job WHERE kind = 'emergency.sign_up_by_word'")).scalar_one()
    engine.dispose()
    return found
