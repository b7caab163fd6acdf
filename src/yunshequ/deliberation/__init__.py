"""Deliberation (协商议事): topics, their drafts edition by edition, opinions and answers, and what became of them."""
