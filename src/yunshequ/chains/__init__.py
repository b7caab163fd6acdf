"""接龙: a list people sign up on in a room, one line each."""
