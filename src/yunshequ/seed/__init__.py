"""Filling an empty house: the demo district with its stories, and the real size for measuring."""
