"""Puts the packaged model together: tokenizer, transformer, sentence-transformers folder.

Apart from ``packaged_model`` because it loads torch and transformers, which takes seconds.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from embeddings.charsmap import find_charsmap
from embeddings.q4_file import BrokenModelFile, Floats, Q4File, Vocabulary

Progress = Callable[[str, float], None]
"""Called with the step in words and the share done, 0 to 1."""

_SPECIALS = 4
"""<s>, <pad>, </s>, <unk> stand first in the vocabulary and keep their ids."""

_SPECIAL_TOKENS = {
    'bos_token': '<s>',
    'eos_token': '</s>',
    'cls_token': '<s>',
    'sep_token': '</s>',
    'pad_token': '<pad>',
    'unk_token': '<unk>',
}

_QUERY_PROMPT = 'query: '

_LATIN_PIECES = 40_000
"""Latin pieces kept, the most frequent first: everyday English (mean cosine with the whole vocabulary 0.99), 175 MB
of memory less than all 107,000."""

_LAST_LATIN = 0x024F

# Ranges of code points whose pieces are kept: Latin, general punctuation and symbols, CJK with its extensions and
# compatibility forms, full-width forms, emoji.
_KEPT_RANGES = (
    (0x0000, _LAST_LATIN),
    (0x2000, 0x2BFF),
    (0x3000, 0x303F),
    (0x3400, 0x9FFF),
    (0xF900, 0xFAFF),
    (0xFE30, 0xFE4F),
    (0xFF00, 0xFFEF),
    (0x1F000, 0x2FFFF),
)


def assemble(q4_file: Path, sentencepiece_model: Path, work: Path, tell: Progress) -> None:
    """Write a sentence-transformers folder to the empty folder ``work``.

    Raises BrokenModelFile or ValueError where one of the two files is not as expected.
    """
    tell('reading the packages', 0.0)
    weights = Q4File(q4_file)
    charsmap = find_charsmap(sentencepiece_model.read_bytes())
    kept = _kept_pieces(weights.vocabulary)
    tell('building the tokenizer', 0.1)
    tokenizer = _tokenizer(weights.vocabulary, kept, charsmap, weights.shape.positions)
    tell('unpacking the weights', 0.4)
    model = _transformer(weights, kept)
    tell('saving', 0.6)
    _save(model, tokenizer, work)


def _kept_pieces(vocabulary: Vocabulary) -> NDArray[np.int64]:
    """Ids of the pieces that Chinese text with some English needs, in their order.

    Pieces of other scripts go. So do rare Latin ones, words of other languages for the most part; what remains still
    spells every Latin word. Chinese text is cut and embedded exactly as with the whole vocabulary.
    """
    pieces, scores = vocabulary.pieces, vocabulary.scores
    latin = sorted(
        (i for i, p in enumerate(pieces) if _is_latin(p) and p.replace('▁', '').isascii()), key=lambda i: -scores[i]
    )
    common = set(latin[:_LATIN_PIECES])
    kept = [
        i
        for i, piece in enumerate(pieces)
        if i < _SPECIALS or i in common or (_in_kept_ranges(piece) and not _is_latin(piece))
    ]
    return np.array(kept, np.int64)


def _is_latin(piece: str) -> bool:
    """Whether a piece of several characters has a Latin letter; single characters are always kept."""
    text = piece.replace('▁', '')
    return len(text) > 1 and any(char.isalpha() and ord(char) <= _LAST_LATIN for char in text)


def _in_kept_ranges(piece: str) -> bool:
    return all(any(low <= ord(char) <= high for low, high in _KEPT_RANGES) for char in piece.replace('▁', ''))


def _tokenizer(vocabulary: Vocabulary, kept: NDArray[np.int64], charsmap: bytes, positions: int) -> Any:
    """XLM-RoBERTa's tokenizer over the kept pieces."""
    pieces = [(vocabulary.pieces[i], float(vocabulary.scores[i])) for i in kept]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=vocabulary.unk, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Precompiled(charsmap), normalizers.Replace(Regex(' {2,}'), ' ')]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement='▁', prepend_scheme='always')]
    )
    tokenizer.decoder = decoders.Metaspace(replacement='▁', prepend_scheme='always')
    tokenizer.post_processor = processors.TemplateProcessing(
        single='<s> $A </s>',
        pair='<s> $A </s> </s> $B </s>',
        special_tokens=[('<s>', vocabulary.bos), ('</s>', vocabulary.eos)],
    )
    make: Any = PreTrainedTokenizerFast  # its constructor has no types
    return make(tokenizer_object=tokenizer, model_max_length=positions, **_SPECIAL_TOKENS)


def _transformer(weights: Q4File, kept: NDArray[np.int64]) -> Any:
    """The BERT encoder with its word embeddings cut to the kept pieces."""
    shape = weights.shape
    config = BertConfig(
        vocab_size=len(kept),
        hidden_size=shape.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=shape.feed_forward,
        max_position_embeddings=shape.positions,
        type_vocab_size=shape.token_types,
        layer_norm_eps=shape.layer_norm_eps,
        pad_token_id=weights.vocabulary.pad,
        hidden_act='gelu',
    )
    with torch.device('meta'):  # no random initialisation: every tensor comes from the file
        model: Any = BertModel(config)
    state = {name: torch.from_numpy(values).half() for name, values in _state(weights, kept).items()}
    model = model.to_empty(device='cpu').half()
    missing, unknown = model.load_state_dict(state, strict=False)
    # position ids are a plain counter that the class keeps as a buffer of its own
    if unknown or [name for name in missing if not name.endswith(('position_ids', 'token_type_ids'))]:
        raise BrokenModelFile(f'the weights do not fit the model: missing {missing}, unknown {unknown}')
    return model


def _state(weights: Q4File, kept: NDArray[np.int64]) -> dict[str, Floats]:
    hidden = weights.shape.hidden
    state = {
        'embeddings.word_embeddings.weight': weights.rows('emb.word', hidden, kept),
        'embeddings.position_embeddings.weight': weights.tensor('emb.pos', hidden),
        'embeddings.token_type_embeddings.weight': weights.tensor('emb.type', hidden),
        'embeddings.LayerNorm.weight': weights.tensor('emb.ln.w'),
        'embeddings.LayerNorm.bias': weights.tensor('emb.ln.b'),
        # the class wants a pooler; mean pooling never looks at it, so it stays zero
        'pooler.dense.weight': np.zeros((hidden, hidden), np.float32),
        'pooler.dense.bias': np.zeros(hidden, np.float32),
    }
    matrices = {
        'q': 'attention.self.query',
        'k': 'attention.self.key',
        'v': 'attention.self.value',
        'ao': 'attention.output.dense',
        'fi': 'intermediate.dense',
        'fo': 'output.dense',
    }
    norms = {'aln': 'attention.output.LayerNorm', 'oln': 'output.LayerNorm'}
    for layer in range(weights.shape.layers):
        for short, name in matrices.items():
            width = weights.shape.feed_forward if short == 'fo' else hidden
            state[f'encoder.layer.{layer}.{name}.weight'] = weights.tensor(f'l{layer}.{short}.w', width)
        for short, name in norms.items():
            state[f'encoder.layer.{layer}.{name}.weight'] = weights.tensor(f'l{layer}.{short}.w')
        for short, name in (matrices | norms).items():
            state[f'encoder.layer.{layer}.{name}.bias'] = weights.tensor(f'l{layer}.{short}.b')
    return state


def _save(model: Any, tokenizer: Any, work: Path) -> None:
    plain = work / 'plain'
    model.save_pretrained(plain)
    tokenizer.save_pretrained(plain)
    encoder = SentenceTransformer(
        modules=[
            Transformer(str(plain), max_seq_length=model.config.max_position_embeddings),
            Pooling(model.config.hidden_size, 'mean'),
            Normalize(),
        ],
        prompts={'query': _QUERY_PROMPT, 'document': _QUERY_PROMPT},
        device='cpu',
    )
    encoder.half()
    encoder.save(str(work), create_model_card=False)
    shutil.rmtree(plain)
