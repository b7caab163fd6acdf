"""Calibrated confidence (置信度): how sure is the first candidate to be the right answer, as one number in [0, 1].

A bare threshold on the cosine answers far fewer questions at the same precision than a small logistic regression over
what the whole ranked list shows. The weights shipped with the package were fitted on the project's own seed knowledge
base and own out-of-scope lines only; a site fits them anew on its own accepted questions.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embeddings.entry import Candidate
from embeddings.normalise import normalise

Floats = NDArray[np.float64]

_DEFAULT = Path(__file__).parent / 'data' / 'confidence.json'
_NEIGHBOURS = 10
"""How many candidates the features look at; pass at least as many."""

_ALONE = 0.1
"""Margin of a candidate without rivals."""

_NEAR = 0.03
"""Distance in score at which a rival counts for a third."""

_READ = 200
"""Characters of a text that are compared one by one."""


class Band(StrEnum):
    """What 小栖 does with a question."""

    DIRECT = 'direct'
    """Answer at once."""
    SUGGEST = 'suggest'
    """您是想问: offer up to three candidates."""
    REFUSE = 'refuse'
    """Say honestly that it does not know, and hand over."""


@dataclass(frozen=True, slots=True)
class Bands:
    """Least confidence for a direct answer and for suggestions."""

    direct: float = 0.8
    suggest: float = 0.3

    def band(self, confidence: float) -> Band:
        """The band a confidence falls into."""
        if confidence >= self.direct:
            return Band.DIRECT
        return Band.SUGGEST if confidence >= self.suggest else Band.REFUSE


@dataclass(frozen=True, slots=True)
class Decision:
    """A band with its grounds."""

    band: Band
    confidence: float
    candidates: tuple[Candidate, ...]
    """One for a direct answer, up to three to suggest, none for a refusal."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A labelled question with its ranked candidates."""

    query: str
    candidates: Sequence[Candidate]
    gold: int | None
    """Key of the right entry; None when the base has none."""
    weight: float = 1.0
    """How much traffic it stands for, on any scale."""

    @property
    def right(self) -> bool:
        """Whether the first candidate is the right one."""
        return self.among(1)

    def among(self, depth: int) -> bool:
        """Whether the right entry is among the first ``depth`` candidates."""
        return any(candidate.key == self.gold for candidate in self.candidates[:depth])


FEATURES = (
    'cosine', 'root_of_margin', 'best_by_meaning', 'best_by_second', 'best_by_wording', 'share_of_first', 'longest_run',
)
"""Names of the features, saved with the weights so that a file of another version is recognised."""


def features(query: str, candidates: Sequence[Candidate]) -> Floats:
    """What the regression looks at, in the order of ``FEATURES``; ``candidates`` must not be empty.

    Few on purpose. Weights fitted on one subject must hold on another: length of the question, term coverage, the rarest
    missing term and the like fit the training lines better and mislead elsewhere (measured on two foreign subjects).
    """
    top, near = candidates[0], candidates[:_NEIGHBOURS]
    margin = top.score - near[1].score if len(near) > 1 else _ALONE
    return np.array(
        [
            top.cosine,
            math.sqrt(max(margin, 0.0)),
            top.cosine >= max(candidate.cosine for candidate in near),
            top.second >= max(candidate.second for candidate in near),
            top.lexical >= max(candidate.lexical for candidate in near),
            1 / sum(math.exp((candidate.score - top.score) / _NEAR) for candidate in near),
            _longest_run(query, top.text),
        ],
        np.float64,
    )


def _longest_run(query: str, text: str) -> float:
    """Longest run of characters both have, as a share of the query."""
    asked, stored = normalise(query)[:_READ], normalise(text)[:_READ]
    return SequenceMatcher(None, asked, stored, autojunk=False).find_longest_match().size / max(1, len(asked))


class Confidence:
    """Logistic regression over ``features``."""

    def __init__(self, mean: Floats, scale: Floats, weights: Floats, bias: float, bands: Bands) -> None:
        """Use ``fit``, ``load`` or ``default`` instead."""
        self._mean = mean
        self._scale = scale
        self._weights = weights
        self._bias = bias
        self.bands = bands

    def probability(self, query: str, candidates: Sequence[Candidate]) -> float:
        """Probability that the first candidate answers ``query``; 0 without candidates."""
        if not candidates:
            return 0.0
        inputs = (features(query, candidates) - self._mean) / self._scale
        return float(_sigmoid(np.array([inputs @ self._weights + self._bias]))[0])

    def with_bands(self, bands: Bands) -> 'Confidence':
        """The same weights with other thresholds."""
        return Confidence(self._mean, self._scale, self._weights, self._bias, bands)

    def decide(self, query: str, candidates: Sequence[Candidate], bands: Bands | None = None) -> Decision:
        """The band for ``query``, and the candidates to show in it.

        Candidates found by wording alone (no model loaded) are suggested at best, never given as the answer.
        """
        confidence = self.probability(query, candidates)
        band = (bands or self.bands).band(confidence)
        by_wording = all(candidate.cosine == 0 for candidate in candidates)
        if band is Band.DIRECT and by_wording:
            band = Band.SUGGEST
        shown = {Band.DIRECT: 1, Band.SUGGEST: 3, Band.REFUSE: 0}[band]
        return Decision(band, confidence, tuple(candidates[:shown]))

    @classmethod
    def fit(cls, samples: Sequence[Sample], penalty: float = 1.0, bands: Bands | None = None) -> 'Confidence':
        """Fit on labelled questions by Newton's method with an L2 ``penalty``.

        Raises ValueError unless there are both right and wrong samples.
        """
        usable = [sample for sample in samples if sample.candidates]
        labels = np.array([sample.right for sample in usable], np.float64)
        if not usable or labels.min() == labels.max():
            raise ValueError('confidence needs both right and wrong samples')
        table = np.stack([features(sample.query, sample.candidates) for sample in usable])
        mean, scale = table.mean(axis=0), np.maximum(table.std(axis=0), 1e-6)
        shares = np.array([sample.weight for sample in usable], np.float64)
        weights = _logistic((table - mean) / scale, labels, shares * (len(shares) / shares.sum()), penalty)
        return cls(mean, scale, weights[:-1], float(weights[-1]), bands or Bands())

    def save(self, path: Path) -> None:
        """Write weights and bands as JSON, replacing the file as a whole."""
        data = {
            'features': FEATURES,
            'mean': self._mean.tolist(),
            'scale': self._scale.tolist(),
            'weights': self._weights.tolist(),
            'bias': self._bias,
            'direct': self.bands.direct,
            'suggest': self.bands.suggest,
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        work = path.with_suffix('.new')
        work.write_text(json.dumps(data, indent=1), encoding='utf-8')
        work.replace(path)

    @classmethod
    def load(cls, path: Path) -> 'Confidence':
        """Read what ``save`` wrote. Raises FileNotFoundError, or ValueError for a file with other features."""
        data = json.loads(path.read_text(encoding='utf-8'))
        if tuple(data.get('features', ())) != FEATURES:
            raise ValueError(f'{path} was fitted on other features; fit it again')
        mean, scale, weights = (np.array(data[name], np.float64) for name in ('mean', 'scale', 'weights'))
        return cls(mean, scale, weights, float(data['bias']), Bands(float(data['direct']), float(data['suggest'])))

    @classmethod
    def default(cls) -> 'Confidence':
        """The weights shipped with the package."""
        return cls.load(_DEFAULT)


def _sigmoid(values: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -30, 30))), np.float64)


def _logistic(table: Floats, labels: Floats, shares: Floats, penalty: float) -> Floats:
    """Weights and, last, the bias (not penalised)."""
    inputs = np.hstack([table, np.ones((len(table), 1))])
    ridge = np.full(inputs.shape[1], penalty)
    ridge[-1] = 1e-9
    weights = np.zeros(inputs.shape[1])
    for _ in range(50):
        chances = _sigmoid(inputs @ weights)
        gradient = inputs.T @ (shares * (chances - labels)) + ridge * weights
        curvature = (inputs * (shares * chances * (1 - chances))[:, None]).T @ inputs + np.diag(ridge)
        step = np.linalg.solve(curvature, gradient)
        weights -= step
        if np.abs(step).max() < 1e-8:
            break
    return np.asarray(weights, np.float64)
