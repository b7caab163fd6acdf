"""信息交流: rooms, their logs, who is in them and what they have read."""
