"""掌上云社区: the rooms, votes, volunteers and the bot of a community, in one process. See ARCHITECTURE.md for the map."""
