"""From the bus to the browsers: what happens in rooms, once encoded, to every page that shows it."""

from pages.live import Fanout
from pages.rooms import shape
from yunshequ.bootstrap import Container
from yunshequ.core.bus import Event
from yunshequ.rooms.events import (
    ActsChanged,
    EntryChanged,
    MemberRenamed,
    MessagePosted,
    NoticeAcknowledged,
    NoticePinned,
    PrefsChanged,
    ReadMoved,
    RoomChanged,
    RoomsChanged,
    StandingChanged,
)


def bridge(c: Container, fanout: Fanout) -> None:
    """Subscribe the pages of this process to rooms and members."""

    def on_room(event: Event) -> None:
        if isinstance(event, MessagePosted):
            message = event.message
            fanout.publish(event.topic, 'message', {'m': shape.message(message), 'last_seq': message.seq, 'last_n': message.n})
        elif isinstance(event, NoticeAcknowledged):
            fanout.publish_coalesced(event.topic, 'notice', {'seq': event.seq, 'ack_count': event.received}, every=0.3)
            fanout.publish(f'member:{event.member_id}', 'acked', {'room': event.room_id, 'seq': event.seq})
            fanout.publish_coalesced(f'receipts:{event.room_id}', 'changed', {'seq': event.seq}, every=0.5)
        elif isinstance(event, NoticePinned):
            fanout.publish(event.topic, 'repin', {'seq': event.seq})
            fanout.publish(f'receipts:{event.room_id}', 'changed', {'seq': event.seq})

    def on_standing(event: Event) -> None:
        if isinstance(event, RoomChanged):
            fanout.publish(event.topic, 'standing', {'room': event.room_id})
        elif isinstance(event, StandingChanged):
            fanout.publish(f'member:{event.member_id}', 'standing', {'room': event.room_id})

    async def on_member(event: Event) -> None:
        if isinstance(event, ReadMoved):
            fanout.publish(event.topic, 'read', {'room': event.room_id, 'n': event.read_n})
        elif isinstance(event, RoomsChanged):
            fanout.publish(event.topic, 'rooms', {'room': event.room_id, 'joined': event.joined})
            if not event.joined:
                leave(event.topic, f'room:{event.room_id}')
            members = len(await c.rooms.member_ids(event.room_id))
            fanout.publish_coalesced(f'room:{event.room_id}', 'room', {'count': members}, every=0.3, key='count')
            fanout.publish_coalesced(f'receipts:{event.room_id}', 'changed', {}, every=0.5)
        elif isinstance(event, EntryChanged):
            fanout.publish(event.topic, 'entry', {'room': event.room_id, 'state': event.state})
            fanout.publish(f'door:{event.room_id}', 'changed', {})

    def leave(member_topic: str, room_topic: str) -> None:
        for client_id in fanout.listeners(member_topic):
            fanout.leave(client_id, room_topic)

    c.bus.subscribe('room:', on_room)
    c.bus.subscribe('room:', on_standing)
    c.bus.subscribe('room:', lambda event: _acted(fanout, event))
    c.bus.subscribe('member:', lambda event: _preferred(fanout, event))
    c.bus.subscribe('room:', lambda event: _renamed(fanout, event))
    c.bus.subscribe('member:', on_member)
    c.bus.subscribe('entry:', on_member)


def _acted(fanout: Fanout, event: Event) -> None:
    if isinstance(event, ActsChanged):
        fanout.publish(f'acts:{event.room_id}', 'changed', {})


def _preferred(fanout: Fanout, event: Event) -> None:
    if isinstance(event, PrefsChanged):
        fanout.publish(event.topic, 'rooms', {'room': event.room_id})


def _renamed(fanout: Fanout, event: Event) -> None:
    if isinstance(event, MemberRenamed):
        fanout.publish(event.topic, 'named', {'id': event.member_id, 'name': event.name, 'was': event.was})
        for topic in (f'receipts:{event.room_id}', f'acts:{event.room_id}'):
            fanout.publish_coalesced(topic, 'changed', {}, every=0.5)
