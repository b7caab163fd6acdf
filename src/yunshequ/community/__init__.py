"""People and places (人和地): the tree of places, members, households, roles, join codes."""
