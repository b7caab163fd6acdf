"""Encoders (编码器): texts in, L2-normalised float32 vectors out."""

import hashlib
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class ModelMissing(Exception):
    """The configured model cannot be loaded; the text says what was looked for and how to get it."""


@runtime_checkable
class Encoder(Protocol):
    """What the indexes need of a model. Calls come from several threads; an implementation guards itself."""

    @property
    def name(self) -> str:
        """Stable name of model and settings: vectors of two encoders of one name are comparable."""
        ...

    @property
    def dimension(self) -> int:
        """Numbers in one vector."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what people ask, shape (n, dimension), each of length 1."""
        ...

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Vectors of stored questions, shape (n, dimension), each of length 1."""
        ...


def open_encoder(path_or_name: str | Path, *, threads: int = 2) -> Encoder:
    """The quickest encoder that can run a model: without ``sentence_transformers`` where its folder allows that.

    Raises ModelMissing with words for the operator when it cannot be loaded.
    """
    if Path(path_or_name).is_dir():
        from embeddings.bert_encoder import BertEncoder, NotPlain  # noqa: PLC0415 - torch takes seconds to load

        try:
            return BertEncoder(Path(path_or_name), threads=threads)
        except NotPlain:
            pass
    return SentenceTransformerEncoder(path_or_name, threads=threads)


class SentenceTransformerEncoder:
    """Any sentence-transformers model: a local folder or, where a model hub is reachable, its name there.

    Query and document prompts come from the model's own configuration.
    """

    def __init__(
        self, path_or_name: str | Path, *, threads: int = 2, max_tokens: int = 256, batch_size: int = 16
    ) -> None:
        """Load the model on the CPU as float32.

        ``threads`` is torch's process-wide number of threads; 1 leaves a small machine room for the event loop.
        ``max_tokens`` cuts longer texts (a pasted essay must not hold the search worker for seconds).
        Raises ModelMissing with words for the operator when it cannot be loaded.
        """
        folder = Path(path_or_name)
        local = folder.is_dir()
        if not local and (folder.is_absolute() or os.environ.get('HF_HUB_OFFLINE') == '1'):
            raise ModelMissing(
                f'no model folder at {path_or_name}; build the default with `yunshequ model build`'
            )
        # torch takes seconds to load: only who makes an encoder waits for it
        import torch  # noqa: PLC0415
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415
        from transformers.utils import logging as transformers_logging  # noqa: PLC0415

        quiet: Any = transformers_logging.disable_progress_bar  # has no types
        quiet()  # a server's log is no terminal
        torch.set_num_threads(max(1, threads))
        try:
            # fp16 folders are loaded as float32: half precision is 2.7 times slower on CPUs (measured)
            self._model = SentenceTransformer(
                str(path_or_name), device='cpu', local_files_only=local, model_kwargs={'dtype': torch.float32}
            )
        except Exception as error:
            raise ModelMissing(f'model {path_or_name} cannot be loaded: {error}') from error
        if torch.cpu.get_capabilities().get('avx512_bf16') or torch.cpu.get_capabilities().get('amx_bf16'):
            _compute_in_bfloat16(self._model)
        self._model.max_seq_length = min(self._model.max_seq_length or max_tokens, max_tokens)
        dimension = self._model.get_embedding_dimension()
        if dimension is None:
            raise ModelMissing(f'model {path_or_name} does not say how long its vectors are')
        self._dimension = int(dimension)
        self._name = name_of(folder) if local else str(path_or_name)
        self._batch_size = batch_size
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """Hub name of the model; of a local one the folder and a digest of its files, for it may be trained further."""
        return self._name

    @property
    def dimension(self) -> int:
        """Numbers in one vector."""
        return self._dimension

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions as people ask them."""
        return self._encode(texts, query=True)

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Vectors of stored questions."""
        return self._encode(texts, query=False)

    def _encode(self, texts: Sequence[str], *, query: bool) -> Vectors:
        if not texts:
            return np.empty((0, self._dimension), np.float32)
        encode = self._model.encode_query if query else self._model.encode_document
        chunks = []
        # in pieces, so that a question never waits behind a whole knowledge base for the lock
        for start in range(0, len(texts), self._batch_size):
            with self._lock:
                chunk = encode(
                    list(texts[start : start + self._batch_size]),
                    batch_size=self._batch_size,
                    normalize_embeddings=True,
                    show_progress_bar=False,
                    convert_to_numpy=True,
                )
            chunks.append(np.asarray(chunk, np.float32))
        return np.concatenate(chunks)


def _compute_in_bfloat16(model: Any) -> None:
    """Keep the weights in bfloat16, for processors that compute with it: a question reads half as many bytes and takes 0.6 of the
    time (12.9 → 7.9 ms here); cosines between 60 of our questions changed by 0.001 at most.

    Vectors are pooled and normalised in float32 as before. On other processors half precision is slower, so there it is not used.
    """
    import torch  # noqa: PLC0415

    transformer = model[0]
    network = getattr(transformer, 'auto_model', None)
    if network is None:
        return
    network.to(torch.bfloat16)

    def widen(_module: Any, _features: Any, found: dict[str, Any]) -> dict[str, Any]:
        return {**found, 'token_embeddings': found['token_embeddings'].float()}

    transformer.register_forward_hook(widen)


def name_of(folder: Path) -> str:
    """Name of a model in a folder: the name of the folder, and a digest of its files."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob('*')):
        if path.suffix in {'.safetensors', '.bin', '.json'} and path.is_file():
            with path.open('rb') as file:
                digest.update(hashlib.file_digest(file, 'sha256').digest())
    return f'{folder.name}@{digest.hexdigest()[:8]}'
