"""The confidence: calibrated, three bands, the same after saving; its training samples say what is right."""

from pathlib import Path

import numpy as np
import pytest

from embeddings import (
    Band,
    Bands,
    Candidate,
    Confidence,
    HybridIndex,
    IndexEntry,
    Sample,
    fit_confidence,
    samples_of,
)
from tests.unit.embeddings.fakes import HashEncoder


def listed(cosine: float, margin: float = 0.03, lexical: float = 0.3) -> list[Candidate]:
    return [
        Candidate(1, cosine, cosine, lexical, 0.5, '甲'),
        Candidate(2, cosine - margin, cosine - margin, lexical / 2, 0.4, '乙'),
        Candidate(3, cosine - 2 * margin, cosine - 2 * margin, 0.0, 0.3, '丙'),
        Candidate(4, cosine - 3 * margin, cosine - 3 * margin, 0.0, 0.2, '丁'),
    ]


def drawn(count: int) -> list[Sample]:
    """The higher the cosine, the more often right; 0.9 is even."""
    random = np.random.default_rng(5)
    cosines = random.uniform(0.8, 1.0, count)
    chances = 1 / (1 + np.exp(-(cosines - 0.9) * 60))
    return [
        Sample('问', listed(float(cosine)), 1 if random.random() < chance else None)
        for cosine, chance in zip(cosines, chances, strict=True)
    ]


def test_probabilities_are_calibrated() -> None:
    fitted = Confidence.fit(drawn(3000))
    fresh = drawn(3000)
    chances = np.array([fitted.probability(sample.query, sample.candidates) for sample in fresh])
    right = np.array([sample.right for sample in fresh])
    for low in (0.1, 0.4, 0.7):
        inside = (chances >= low) & (chances < low + 0.2)
        assert right[inside].mean() == pytest.approx(chances[inside].mean(), abs=0.05)


def test_weights_of_samples_count() -> None:
    samples = [Sample('问', listed(0.9), 1, 3.0), Sample('问', listed(0.9), None, 1.0)]
    assert Confidence.fit(samples).probability('问', listed(0.9)) == pytest.approx(0.75, abs=0.01)


def test_bands_show_one_three_or_none() -> None:
    fitted = Confidence.fit(drawn(500)).with_bands(Bands(direct=0.8, suggest=0.3))
    decisions = [fitted.decide('问', listed(cosine)) for cosine in (0.99, 0.9, 0.8)]
    assert [decision.band for decision in decisions] == [Band.DIRECT, Band.SUGGEST, Band.REFUSE]
    assert [len(decision.candidates) for decision in decisions] == [1, 3, 0]
    assert fitted.decide('问', []).band is Band.REFUSE
    assert fitted.probability('问', []) == 0


def test_by_wording_alone_nothing_is_answered_directly() -> None:
    found = [Candidate(1, 1.0, 0.0, 1.0, 0.0, '甲')]
    assert Confidence.default().with_bands(Bands(0.0, 0.0)).decide('甲', found).band is Band.SUGGEST


def test_saved_and_loaded_it_says_the_same(tmp_path: Path) -> None:
    fitted = Confidence.fit(drawn(200)).with_bands(Bands(0.7, 0.2))
    fitted.save(tmp_path / 'index' / 'confidence.json')
    loaded = Confidence.load(tmp_path / 'index' / 'confidence.json')
    assert loaded.bands == Bands(0.7, 0.2)
    assert loaded.probability('问', listed(0.93)) == fitted.probability('问', listed(0.93))


def test_weights_of_another_version_are_refused(tmp_path: Path) -> None:
    path = tmp_path / 'confidence.json'
    path.write_text('{"features": ["length"]}')
    with pytest.raises(ValueError, match='fit it again'):
        Confidence.load(path)


def test_one_kind_of_samples_is_not_enough() -> None:
    with pytest.raises(ValueError, match='both'):
        Confidence.fit([Sample('问', listed(0.9), 1)])


def test_the_shipped_weights_are_sane() -> None:
    shipped = Confidence.default()
    assert 0.05 < shipped.bands.suggest < shipped.bands.direct < 1
    assert shipped.probability('问', listed(0.98, 0.06)) > shipped.bands.direct
    assert shipped.probability('问', listed(0.82, 0.001)) < shipped.bands.suggest


def test_samples_of_a_base_know_their_right_entry() -> None:
    entries = [IndexEntry(1, '居住证怎么办理', ('居住证在哪办',)), IndexEntry(2, '垃圾分类怎么分', ('垃圾咋分',))]
    samples = samples_of(entries, ['今天天气', '讲个笑话'], HashEncoder())
    assert [(sample.query, sample.gold) for sample in samples] == [
        ('居住证在哪办', 1), ('垃圾咋分', 2), ('今天天气', None), ('讲个笑话', None),
    ]
    assert [sample.right for sample in samples] == [True, True, False, False]
    assert sum(sample.weight for sample in samples) == pytest.approx(1)
    assert sum(sample.weight for sample in samples if sample.gold is None) == pytest.approx(0.3)


def test_fitted_on_a_base_it_tells_known_from_foreign() -> None:
    words = ['居住证', '医保卡', '老年卡', '停车位', '垃圾桶', '路灯', '电梯', '水表']
    entries = [IndexEntry(key, f'{word}怎么办理', (f'{word}在哪办',)) for key, word in enumerate(words)]
    judge = fit_confidence(samples_of(entries, ['今天天气好', '讲个笑话', '你是谁呀', '唱首歌'], HashEncoder()))
    index = HybridIndex(HashEncoder())
    index.replace(entries)
    known, foreign = '电梯怎么办', '明天天气'
    assert judge.probability(known, index.search(known)) > judge.probability(foreign, index.search(foreign))
