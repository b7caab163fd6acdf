"""BERT without what surrounds it (精简编码器): the same vectors from the same folder, in half the time and 200 MB less memory.

A sentence-transformers folder of a BERT with mean pooling, such as the packaged model, is read by its files. torch's matrices are
brought once into the order the processor wants (otherwise that is done anew for every question), and of ``transformers`` and
``sentence_transformers`` nothing is imported. Any other model goes through ``SentenceTransformerEncoder``.
"""

import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from tokenizers import Tokenizer
from torch.nn import functional

from embeddings.encoder import ModelMissing, Vectors, name_of

_PARTS = ('Transformer', 'Pooling', 'Normalize')
_ROWS = 16
"""Tokens the matrices are laid out for: a usual question. Longer ones work as well."""

_UNSEEN = 10_000.0


class NotPlain(Exception):
    """The folder holds another kind of model than this file can run."""


class BertEncoder:
    """The packaged model, or any BERT with mean pooling and normalised vectors."""

    def __init__(self, folder: Path, *, threads: int = 2, max_tokens: int = 256, batch_size: int = 16) -> None:
        """Load it. ``threads`` and the rest as for ``SentenceTransformerEncoder``.

        Raises NotPlain when the folder holds another kind of model, ModelMissing when its files cannot be read.
        """
        torch.set_num_threads(max(1, threads))
        try:
            config, self._prompts, longest = _settings(folder)
            self._tokenizer = Tokenizer.from_file(str(folder / 'tokenizer.json'))
            with safe_open(folder / 'model.safetensors', 'pt') as file:
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 no mapping
            self._network = _Network(config, tensors)
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
            raise ModelMissing(f'model {folder} cannot be loaded: {error}') from error
        self._tokenizer.enable_truncation(min(longest, max_tokens))
        self._padding = int(config.get('pad_token_id') or 0)
        self._batch_size = batch_size
        self._name = name_of(folder)
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """As ``SentenceTransformerEncoder`` names the same folder: their vectors are the same."""
        return self._name

    @property
    def dimension(self) -> int:
        """Numbers in one vector."""
        return self._network.width

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions as people ask them."""
        return self._encode(texts, self._prompts.get('query', ''))

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Vectors of stored questions."""
        return self._encode(texts, self._prompts.get('document', ''))

    def _encode(self, texts: Sequence[str], prompt: str) -> Vectors:
        result = np.empty((len(texts), self.dimension), np.float32)
        tokens = [found.ids for found in self._tokenizer.encode_batch([prompt + text for text in texts])]
        # texts of about one length together, so that little is filled up; in pieces, so that a question never waits
        # behind a whole knowledge base for the lock
        order = sorted(range(len(texts)), key=lambda at: len(tokens[at]))
        for start in range(0, len(order), self._batch_size):
            chosen = order[start : start + self._batch_size]
            length = max(len(tokens[at]) for at in chosen)
            ids = np.full((len(chosen), length), self._padding, np.int64)
            real = np.zeros((len(chosen), length), np.float32)
            for row, at in enumerate(chosen):
                ids[row, : len(tokens[at])] = tokens[at]
                real[row, : len(tokens[at])] = 1
            with self._lock, torch.inference_mode():
                result[chosen] = self._network.vectors(torch.from_numpy(ids), torch.from_numpy(real)).numpy()
        return result


class _Network:
    """The transformer and the mean over its last layer."""

    def __init__(self, config: dict[str, Any], tensors: dict[str, torch.Tensor]) -> None:
        self.width = int(config['hidden_size'])
        self._heads = int(config['num_attention_heads'])
        self._epsilon = float(config['layer_norm_eps'])
        capable = torch.cpu.get_capabilities()
        # half as many bytes to read where the processor computes with them; elsewhere half precision is slower
        self._type = torch.bfloat16 if capable.get('avx512_bf16') or capable.get('amx_bf16') else torch.float32
        # as it lies on disk, mapped into memory: only the rows of words that occur are ever read
        self._words = tensors['embeddings.word_embeddings.weight']
        self._places = (tensors['embeddings.position_embeddings.weight'] + tensors['embeddings.token_type_embeddings.weight'][0]).float()
        self._first_norm = _norm(tensors, 'embeddings.LayerNorm')
        self._layers = [self._layer(tensors, f'encoder.layer.{at}.') for at in range(int(config['num_hidden_layers']))]

    def vectors(self, ids: torch.Tensor, real: torch.Tensor) -> torch.Tensor:
        """Vectors of length 1 for rows of token ids; ``real`` is 1 for a token and 0 for filling."""
        rows, length = ids.shape
        hidden = functional.embedding(ids, self._words).float() + self._places[:length]
        hidden = self._normed(hidden, self._first_norm)
        seen = ((real - 1) * _UNSEEN)[:, None, None, :].to(self._type) if rows > 1 else None
        for attention, out, up, down, first, second in self._layers:
            parts = attention(hidden.to(self._type)).view(rows, length, 3, self._heads, -1).permute(2, 0, 3, 1, 4)
            mixed = functional.scaled_dot_product_attention(parts[0], parts[1], parts[2], attn_mask=seen)
            hidden = self._normed(hidden + out(mixed.transpose(1, 2).reshape(rows, length, -1)), first)
            hidden = self._normed(hidden + down(up(hidden.to(self._type))), second)
        mean = (hidden * real[:, :, None]).sum(1) / real.sum(1, keepdim=True)
        return functional.normalize(mean, dim=1)

    def _normed(self, hidden: torch.Tensor, norm: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        return functional.layer_norm(hidden, (self.width,), norm[0], norm[1], self._epsilon)

    def _layer(self, tensors: dict[str, torch.Tensor], at: str) -> tuple[Any, ...]:
        def linear(*names: str, act: str = 'none') -> '_Linear':
            weights = torch.cat([tensors[f'{at}{name}.weight'] for name in names])
            return _Linear(weights.to(self._type), torch.cat([tensors[f'{at}{name}.bias'] for name in names]).to(self._type), act)

        return (
            linear(*(f'attention.self.{name}' for name in ('query', 'key', 'value'))),
            linear('attention.output.dense'),
            linear('intermediate.dense', act='gelu'),
            linear('output.dense'),
            _norm(tensors, f'{at}attention.output.LayerNorm'),
            _norm(tensors, f'{at}output.LayerNorm'),
        )


class _Linear:
    """A product with a matrix that lies ready, where torch can do that; an ordinary one otherwise."""

    def __init__(self, weights: torch.Tensor, bias: torch.Tensor, act: str) -> None:
        self._bias, self._act = bias, act
        self._weights = weights.contiguous()
        self._ready = False
        try:  # oneDNN, by way of operations made for torch's own compiler
            ordered = torch.ops.mkldnn._reorder_linear_weight(self._weights, _ROWS)  # noqa: SLF001 no public name
            self._product = torch.ops.mkldnn._linear_pointwise.default  # noqa: SLF001
            rows = torch.ones(1, weights.shape[1], dtype=weights.dtype)
            expected = self(rows)
            self._weights, plain, self._ready = ordered, self._weights, True
            if not torch.allclose(self(rows).float(), expected.float(), rtol=0.02, atol=0.05):
                self._weights, self._ready = plain, False
        except (AttributeError, RuntimeError):
            self._ready = False

    def __call__(self, rows: torch.Tensor) -> torch.Tensor:
        if self._ready:
            # 'none' is the kind of gelu that is exact
            made: torch.Tensor = self._product(rows, self._weights, self._bias, self._act, [], 'none' if self._act == 'gelu' else '')
            return made
        made = functional.linear(rows, self._weights, self._bias)
        return functional.gelu(made) if self._act == 'gelu' else made


def _norm(tensors: dict[str, torch.Tensor], name: str) -> tuple[torch.Tensor, torch.Tensor]:
    return tensors[f'{name}.weight'].float(), tensors[f'{name}.bias'].float()


def _settings(folder: Path) -> tuple[dict[str, Any], dict[str, str], int]:
    """Configuration of the network, prompts, and how many tokens it takes. Raises NotPlain."""
    def read(name: str) -> Any:
        path = folder / name
        return json.loads(path.read_text(encoding='utf-8')) if path.is_file() else {}

    config, modules, outer = read('config.json'), read('modules.json'), read('config_sentence_transformers.json')
    kinds = [str(module['type']).rsplit('.', 1)[-1] for module in modules] if isinstance(modules, list) else []
    pooling = read(f'{modules[1]["path"]}/config.json') if len(kinds) > 1 else {}
    mean = pooling.get('pooling_mode') == 'mean' or pooling.get('pooling_mode_mean_tokens') is True
    others = any(on is True for name, on in pooling.items() if name.startswith('pooling_mode_') and name != 'pooling_mode_mean_tokens')
    single = (folder / 'model.safetensors').is_file() and (folder / 'tokenizer.json').is_file()
    plain = config.get('architectures') == ['BertModel'] and config.get('hidden_act') == 'gelu'
    position = config.get('position_embedding_type', 'absolute') == 'absolute' and not config.get('is_decoder')
    if tuple(kinds) != _PARTS or not (mean and single and plain and position) or others or outer.get('default_prompt_name'):
        raise NotPlain(str(folder))
    prompts = {name: text for name, text in (outer.get('prompts') or {}).items() if text}
    longest = read('sentence_bert_config.json').get('max_seq_length') or config['max_position_embeddings']
    return config, prompts, int(longest)
