"""智能回复 (小栖): knowledge, answers in three bands, hand-off to people, and what is learned from questions."""
