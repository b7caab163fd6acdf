"""Open questions that mean the same, as groups (归类): what a keeper answers once, by how many people asked it."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

ALIKE = 0.6
"""Likeness from which two questions count as one. Of 1.1 million pairs among 1,500 of our own seed questions 22 reach it, nearly
all of them the same matter; at 0.5 one in three is another matter of the same field."""
COMMON = 0.84
"""Cosine of two questions that have nothing in common, with the packaged encoder: its vectors all lie in one narrow cone."""


def leaders(texts: Sequence[str], vectors: npt.NDArray[np.float32], *, alike: float = ALIKE) -> list[int]:
    """Return for each question the index of the first that means the same; one like none before leads its own group.

    Likeness is the mean of two: how far the unit vectors (one a row) agree beyond what any two do, and Dice's share of common
    characters and pairs of characters. Either alone takes two matters of one field for one.
    """
    bags = [_bag(text) for text in texts]
    found: list[int] = []
    heads: list[int] = []
    for index, bag in enumerate(bags):
        if heads:
            cosines = np.clip((vectors[heads] @ vectors[index] - COMMON) / (1 - COMMON), 0, 1)
            common = np.array([_dice(bag, bags[head]) for head in heads])
            likeness = (cosines + common) / 2
            best = int(np.argmax(likeness))
            if likeness[best] >= alike:
                found.append(heads[best])
                continue
        heads.append(index)
        found.append(index)
    return found


def by_leader(items: Sequence[int], led_by: Sequence[int]) -> dict[int, int]:
    """Return for each item the item that leads its group."""
    return {item: items[leader] for item, leader in zip(items, led_by, strict=True)}


def shared(one: str, other: str) -> float:
    """Return Dice's share of common characters and pairs of two texts, 0 to 1."""
    return _dice(_bag(one), _bag(other))


def _dice(one: set[str], other: set[str]) -> float:
    return 2 * len(one & other) / max(1, len(one) + len(other))


def _bag(text: str) -> set[str]:
    return {text[start:start + size] for size in (1, 2) for start in range(len(text) - size + 1)}
