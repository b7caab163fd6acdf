"""Votes (表决): rolls frozen at opening, two honest modes, tallies that follow each vote, results that explain themselves."""
