"""A cross-encoder in the index: a fake one, and a tiny real one that has learnt nothing."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from embeddings import CrossEncoderReranker, HybridIndex, IndexEntry, ModelMissing
from embeddings.reranker import LOOKED_AT, Chances
from tests.unit.embeddings.fakes import HashEncoder

ENTRIES = [IndexEntry(key, f'{word}怎么办理') for key, word in enumerate(['居住证', '身份证', '老年证', '残疾证', '准生证'])]


class Likes:
    """Believes in texts with one word."""

    def __init__(self, word: str) -> None:
        self._word = word
        self.seen: list[str] = []

    def chances(self, _query: str, texts: Sequence[str]) -> Chances:
        self.seen = list(texts)
        return np.array([self._word in text for text in texts], np.float32)


def test_its_opinion_decides_between_what_vectors_hold_alike() -> None:
    reranker = Likes('残疾')
    index = HybridIndex(HashEncoder(), reranker=reranker)
    index.replace(ENTRIES)
    found = index.search('证怎么办理', limit=2)
    assert found[0].key == 3
    assert len(found) == 2
    assert found[0].score > found[1].score
    assert len(reranker.seen) == len(ENTRIES), 'more than are wanted are looked at, so that one from below can rise'


def test_it_looks_at_few() -> None:
    reranker = Likes('无')
    index = HybridIndex(HashEncoder(), reranker=reranker)
    index.replace(IndexEntry(key, f'第{key}件事怎么办理') for key in range(50))
    assert len(index.search('事怎么办理', limit=30)) == 30
    assert len(reranker.seen) == LOOKED_AT


def test_a_missing_model_is_named() -> None:
    with pytest.raises(ModelMissing, match='/no/such/model'):
        CrossEncoderReranker('/no/such/model')


def test_a_real_cross_encoder_gives_chances(tmp_path: Path) -> None:
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    words = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', *'居住证怎么办理']
    (tmp_path / 'vocab.txt').write_text('\n'.join(words), encoding='utf-8')
    BertTokenizerFast(str(tmp_path / 'vocab.txt')).save_pretrained(tmp_path)
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, num_labels=1)
    BertForSequenceClassification(config).save_pretrained(tmp_path)
    chances = CrossEncoderReranker(tmp_path).chances('居住证', ['怎么办理居住证', '证'])
    assert chances.shape == (2,)
    assert ((chances > 0) & (chances < 1)).all()
