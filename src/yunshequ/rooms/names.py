"""Finding people as one types on a phone: by a part of the name, by its pinyin, or by the first letters of its pinyin."""

from functools import lru_cache
from itertools import islice, product

from pypinyin import Style, pinyin

MOST_READINGS = 16
"""Ways to read one name that are kept: several of its characters may have several readings."""


def found_by(name: str, query: str) -> bool:
    """Tell whether ``query`` finds ``name``: 张, zhang, zy and zhangayi all find 张阿姨; the case does not count."""
    wanted = ''.join(query.casefold().split())
    return wanted in name.casefold() or any(wanted in reading for reading in _readings(name))


@lru_cache(maxsize=20_000)
def _readings(name: str) -> frozenset[str]:
    """Return the name in pinyin and in first letters, for each way to read its characters; what is no character stands as it is."""
    syllables = [list(dict.fromkeys(one)) for one in pinyin(name.casefold(), style=Style.NORMAL, heteronym=True)]
    ways = list(islice(product(*syllables), MOST_READINGS))
    return frozenset(reading for way in ways for reading in (''.join(way), ''.join(syllable[:1] for syllable in way)))
