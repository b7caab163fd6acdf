"""信息交流: the room list and the conversation of each room."""

from pages.rooms.acts import room_acts
from pages.rooms.live import bridge
from pages.rooms.views import register

__all__ = ['bridge', 'register', 'room_acts']
