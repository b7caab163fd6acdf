"""Retrieval for 小栖 (检索): encoders, vector and lexical indexes, their fusion, calibrated confidence, evaluation.

Knows texts and vectors only; imports nothing of the application. Everything is synchronous and safe for threads: call
it in a worker thread, never on the event loop. Importing this package is light; torch is loaded when an
encoder is opened.

Typical use::

    folder = build_packaged_model(Path('data/models'), progress=print)      # once, about 10 s; instant afterwards
    plain = CachingEncoder(open_encoder(folder, threads=1), Path('data/index/vectors.sqlite'))
    encoder = adapted(plain, Path('data/index'))             # the site's own adapter, or the shipped one, or none

    try:
        index = HybridIndex.load(Path('data/index/kb'), encoder)
    except (FileNotFoundError, IndexMismatch):
        index = HybridIndex(encoder)
    index.sync(entries_of_the_database)      # IndexEntry(key, question, similar); encodes only what changed
    index.save(Path('data/index/kb'))

    index.replace([IndexEntry(7, '怎么办居住证', ('居住证咋办',))])   # in place; searches go on meanwhile
    index.remove([8])
    candidates = index.search('居住证', limit=10, allowed=lambda key: key in visible)

    decision = Confidence.default().decide('居住证', candidates)      # band direct | suggest | refuse, confidence 0..1

Before a model is there, ``HybridIndex(None)`` answers by wording alone (``has_meaning`` is False).
"""

from embeddings.adapter import AdaptedEncoder, Adapter, adapted
from embeddings.caching_encoder import CachingEncoder
from embeddings.confidence import Band, Bands, Confidence, Decision, Sample
from embeddings.encoder import Encoder, ModelMissing, SentenceTransformerEncoder, Vectors, open_encoder
from embeddings.entry import Candidate, IndexEntry, SyncReport, fingerprint_of
from embeddings.evaluation import FIGURES, BadEvaluationData, evaluate, read_entries, read_out_of_scope
from embeddings.fusion import FusionWeights
from embeddings.hybrid import HybridIndex
from embeddings.lexical_index import LexicalIndex
from embeddings.normalise import normalise
from embeddings.packaged_model import PACKAGED_MODEL_NAME, ModelBuildError, build_packaged_model, is_built
from embeddings.reranker import CrossEncoderReranker, Reranker
from embeddings.training import CONFIDENCE_FILE, Fitted, fit, fit_confidence, samples_of
from embeddings.use_encoder import UseEncoder
from embeddings.vector_index import IndexMismatch, Manifest, VectorIndex, read_manifest

__all__ = [
    'CONFIDENCE_FILE',
    'FIGURES',
    'PACKAGED_MODEL_NAME',
    'AdaptedEncoder',
    'Adapter',
    'BadEvaluationData',
    'Band',
    'Bands',
    'CachingEncoder',
    'Candidate',
    'Confidence',
    'CrossEncoderReranker',
    'Decision',
    'Encoder',
    'Fitted',
    'FusionWeights',
    'HybridIndex',
    'IndexEntry',
    'IndexMismatch',
    'LexicalIndex',
    'Manifest',
    'ModelBuildError',
    'ModelMissing',
    'Reranker',
    'Sample',
    'SentenceTransformerEncoder',
    'SyncReport',
    'UseEncoder',
    'VectorIndex',
    'Vectors',
    'adapted',
    'build_packaged_model',
    'evaluate',
    'fingerprint_of',
    'fit',
    'fit_confidence',
    'is_built',
    'normalise',
    'open_encoder',
    'read_entries',
    'read_manifest',
    'read_out_of_scope',
    'samples_of',
]
