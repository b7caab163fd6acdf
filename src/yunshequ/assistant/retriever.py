"""Searching behind the event loop (检索): one thread for questions, one for changes, a model that loads meanwhile."""

import asyncio
import contextlib
import ctypes
import gc
import os
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from loguru import logger

from embeddings import (
    CONFIDENCE_FILE,
    PACKAGED_MODEL_NAME,
    CachingEncoder,
    Candidate,
    Confidence,
    CrossEncoderReranker,
    Encoder,
    HybridIndex,
    IndexEntry,
    IndexMismatch,
    ModelMissing,
    Reranker,
    UseEncoder,
    Vectors,
    adapted,
    is_built,
    normalise,
    open_encoder,
)
from yunshequ.assistant.answering import Thresholds, normalised
from yunshequ.assistant.grouping import leaders
from yunshequ.assistant.ports import Document, Finding, Hit, Trial
from yunshequ.assistant.rehearsal import LOOK_AT, Rehearsal
from yunshequ.assistant.schemas import ModelState, ModelStatus
from yunshequ.core.errors import Unavailable
from yunshequ.core.i18n import N_
from yunshequ.core.settings import Settings

T = TypeVar('T')

WAITING = 200
"""Questions that may wait; more are refused and asked again by their due job."""
BATCH = 8
"""Questions encoded together when several wait: a batch of eight costs about a third of eight single ones."""
SEARCH_NICE, BUILD_NICE = 5, 10
"""How far the threads of the model stand back behind the event loop: a room's messages never wait for an encoding."""
LEAST_HOPE = 0.1
"""Confidence below which no candidates are offered whatever was calibrated: with three questions in ten out of our field,
one offer in six would hold the right entry, and an honest refusal is kinder."""


class Calibration(Protocol):
    """Says how sure the first of some candidates is to be right; ``embeddings.Confidence`` is one."""

    def probability(self, query: str, candidates: Sequence[Candidate]) -> float:
        """Return a number in [0, 1]."""
        ...


@dataclass(frozen=True, slots=True)
class Model:
    """All that needs loading."""

    encoder: Encoder
    calibration: Calibration
    thresholds: Thresholds = field(default_factory=Thresholds)
    second: Encoder | None = None
    reranker: Reranker | None = None


OpenModel = Callable[[], Model]
"""Loads the model; runs in a thread, may take half a minute. Raises ``ModelMissing``."""


class _Ahead:
    """An encoder that encodes the questions waiting together in one go, before each is searched for."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: dict[str, Vectors] = {}
        self.name = encoder.name
        self.dimension = encoder.dimension
        self.encode_documents = encoder.encode_documents

    def look_ahead(self, texts: Sequence[str]) -> None:
        wanted = list(dict.fromkeys(texts))
        self._known = dict(zip(wanted, self._encoder.encode_queries(wanted), strict=True)) if len(wanted) > 1 else {}

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        if len(texts) == 1 and (known := self._known.get(texts[0])) is not None:
            return known[None, :]
        return self._encoder.encode_queries(texts)


@dataclass(slots=True)
class _Asked:
    text: str
    keep: Callable[[int], bool]
    future: asyncio.Future[Finding]


class _StoppedError(Exception):
    """The process ends while the index is being built; what is embedded so far is kept by the cache."""


class IndexRetriever:
    """Implements ``ports.Retriever`` with ``embeddings.HybridIndex``; ``open_model`` None means: switched off."""

    def __init__(self, open_model: OpenModel | None, folder: Path) -> None:
        self._open_model = open_model
        self._folder = folder
        self._index = HybridIndex(None)
        self._ahead: _Ahead | None = None
        self._model: Model | None = None
        self._rehearsal: Rehearsal | None = None
        self._status = ModelStatus(state=ModelState.LOADING if open_model else ModelState.OFF)
        self._queue: asyncio.Queue[_Asked] = asyncio.Queue(WAITING)
        self._tasks: list[asyncio.Task[None]] = []
        self._unsaved = 0
        self._stopping = False

    def status(self) -> ModelStatus:
        """See ``ports.Retriever``."""
        return self._status.model_copy(update={'entries': len(self._index)})

    def thresholds(self) -> Thresholds:
        """See ``ports.Retriever``."""
        return self._model.thresholds if self._model else Thresholds()

    async def start(self, documents: Sequence[Document]) -> None:
        """See ``ports.Retriever``."""
        self._searcher = ThreadPoolExecutor(1, thread_name_prefix='kb-search', initializer=_step_back, initargs=(SEARCH_NICE,))
        self._builder = ThreadPoolExecutor(1, thread_name_prefix='kb-build', initializer=_step_back, initargs=(BUILD_NICE,))
        self._trying = ThreadPoolExecutor(1, thread_name_prefix='kb-try', initializer=_step_back, initargs=(BUILD_NICE,))
        await self._run(self._builder, lambda: self._index.replace(_entries(documents)))
        self._tasks = [asyncio.create_task(self._serve())]
        if self._open_model is not None:
            self._tasks.append(asyncio.create_task(self._load(self._open_model, documents)))

    async def stop(self) -> None:
        """See ``ports.Retriever``."""
        self._stopping = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        while not self._queue.empty():
            self._queue.get_nowait().future.cancel()
        if hasattr(self, '_searcher'):
            for pool in (self._searcher, self._builder, self._trying):
                await asyncio.to_thread(pool.shutdown, wait=True, cancel_futures=True)

    async def settled(self) -> ModelStatus:
        """See ``ports.Retriever``."""
        await asyncio.gather(*self._tasks[1:])
        return self.status()

    async def search(self, text: str, *, keep: Callable[[int], bool]) -> Finding:
        """See ``ports.Retriever``."""
        asked = _Asked(text, keep, asyncio.get_running_loop().create_future())
        try:
            self._queue.put_nowait(asked)
        except asyncio.QueueFull:
            raise Unavailable(N_('现在问小栖的人太多了，请过一会儿再问')) from None
        return await asked.future

    async def alike(self, texts: Sequence[str]) -> list[int] | None:
        """See ``ports.Retriever``."""
        model = self._model
        if model is None or not texts:
            return None if model is None else []
        wanted = [normalise(text) for text in texts]
        return await self._run(self._builder, lambda: leaders(wanted, model.encoder.encode_queries(wanted)))

    async def rehearse(
        self, trials: Sequence[Trial], documents: Sequence[Document], gone: Sequence[int],
    ) -> list[tuple[Finding, Finding]] | None:
        """See ``ports.Retriever``."""
        rehearsal = self._rehearsal
        if rehearsal is None:
            return None
        return await self._run(
            self._trying, lambda: rehearsal.run(self._index, trials, _entries(documents), gone))

    async def upsert(self, documents: Sequence[Document]) -> None:
        """See ``ports.Retriever``."""
        changed = _entries(documents)
        await self._change(lambda index: index.replace(changed))

    async def remove(self, keys: Sequence[int]) -> None:
        """See ``ports.Retriever``."""
        gone = list(keys)
        if gone:
            await self._change(lambda index: index.remove(gone))

    async def _change(self, change: Callable[[HybridIndex], object]) -> None:
        """Change what is searched now and, in the order of changes, what is loaded or built behind it."""
        if not self._index.has_meaning:
            await self._run(self._searcher, lambda: change(self._index))
        if self._open_model is not None:
            self._unsaved += 1
            behind = asyncio.get_running_loop().run_in_executor(self._builder, partial(self._change_and_save, change))
            if self._index.has_meaning:
                await behind
            else:  # the words are found already; the model may take half a minute to load
                behind.add_done_callback(_complain)

    def _change_and_save(self, change: Callable[[HybridIndex], object]) -> None:
        self._unsaved -= 1
        if not self._index.has_meaning:
            return  # loading failed: the words were changed already
        change(self._index)
        if not self._unsaved:
            self._index.save(self._folder)

    async def _serve(self) -> None:
        while True:
            batch = [await self._queue.get()]
            while len(batch) < BATCH and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            try:
                await self._run(self._searcher, partial(self._search, batch))
            finally:
                for asked in batch:
                    asked.future.cancel()  # only where nothing was set: the process ends

    def _search(self, batch: Sequence[_Asked]) -> None:
        """Answer a batch; runs in the search thread."""
        index, model = self._index, self._model
        with contextlib.suppress(Exception):  # each question fails or succeeds for itself below
            if self._ahead is not None and len(batch) > 1:
                self._ahead.look_ahead([index.as_searched(asked.text) for asked in batch])
        for asked in batch:
            finding: Finding | Exception
            try:
                found = index.search(asked.text, LOOK_AT, asked.keep)
                sure = _sure(model, asked.text, found) if model and index.has_meaning else 0.0
                finding = Finding(tuple(Hit(one.key, one.score) for one in found), sure, index.has_meaning)
            except Exception as error:
                logger.exception('a search failed')
                finding = error
            asked.future.get_loop().call_soon_threadsafe(_settle, asked.future, finding)

    async def _load(self, open_model: OpenModel, documents: Sequence[Document]) -> None:
        try:
            count = await self._run(self._builder, partial(self._load_in_thread, open_model, documents))
        except ModelMissing as error:
            logger.warning('小栖 answers by words only: {}', error)
            self._status = ModelStatus(state=ModelState.MISSING, detail=str(error))
        except _StoppedError:
            logger.info('stopped while the index was being built; the rest follows at the next start')
        except Exception as error:
            logger.exception('the model cannot be used')
            self._status = ModelStatus(state=ModelState.MISSING, detail=f'{type(error).__name__}: {error}')
        else:
            self._status = ModelStatus(state=ModelState.READY)
            logger.info('小栖 is ready: {} entries', count)

    def _load_in_thread(self, open_model: OpenModel, documents: Sequence[Document]) -> int:
        """Load model and stored index and mend the difference to the database; search by words goes on meanwhile."""
        model = open_model()
        ahead = _Ahead(model.encoder)
        try:
            index = HybridIndex.load(self._folder, ahead, model.second, reranker=model.reranker)
        except FileNotFoundError:
            index = HybridIndex(ahead, model.second, reranker=model.reranker)
        except IndexMismatch as error:
            logger.info('the stored index is built anew: {}', error)
            index = HybridIndex(ahead, model.second, reranker=model.reranker)
        report = index.sync(_entries(documents), self._progress)
        if report.added or report.changed or report.removed:
            logger.info('index brought up to date: {}', report)
            index.save(self._folder)
        ahead.encode_queries(['您好'])  # the first call of a model is slow: not at somebody's question
        self._model, self._ahead, self._index = model, ahead, index
        self._rehearsal = Rehearsal(model.encoder, model.second, partial(_sure, model))
        _give_memory_back()
        return len(index)

    def _progress(self, done: int, total: int) -> None:
        if self._stopping:
            raise _StoppedError
        self._status = ModelStatus(state=ModelState.LOADING, detail=f'{done}/{total}')

    @staticmethod
    async def _run(pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(pool, work)


def _step_back(nice: int) -> None:
    """Lower the priority of this thread alone, where the system has priorities of threads (Linux)."""
    if sys.platform == 'linux':
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), os.getpriority(os.PRIO_PROCESS, 0) + nice)


def _give_memory_back() -> None:
    """Return to the system what loading needed and nobody needs any more; with other C libraries than glibc nothing happens."""
    with contextlib.suppress(OSError, AttributeError):
        gc.collect()
        ctypes.CDLL('libc.so.6').malloc_trim(0)


def _sure(model: Model, text: str, found: Sequence[Candidate]) -> float:
    """Return the chance that the first is right: calibrated, but certain where somebody asks in an entry's very words."""
    same = [one for one in found if normalised(one.text) == normalised(text)]
    if len(same) == 1 and same[0] is found[0]:
        return 1.0
    return model.calibration.probability(text, found)


def _settle(future: asyncio.Future[Finding], finding: Finding | Exception) -> None:
    if future.done():
        return
    if isinstance(finding, Exception):
        future.set_exception(finding)
    else:
        future.set_result(finding)


def _complain(change: asyncio.Future[None]) -> None:
    if not change.cancelled() and (error := change.exception()) is not None:
        logger.opt(exception=error).error('a change did not reach the index; the next start mends it')


def _entries(documents: Sequence[Document]) -> list[IndexEntry]:
    return [IndexEntry(one.key, one.question, one.similar) for one in documents]


def opener(settings: Settings) -> OpenModel | None:
    """Return what loads the configured model, or None if the assistant is switched off."""
    return partial(open_model, settings) if settings.assistant else None


def open_model(settings: Settings, vectors: str = 'vectors.sqlite') -> Model:
    """Load the configured model now; ``vectors`` is the file in data/index that keeps its vectors.

    Takes seconds: call it in a thread. Raises ``ModelMissing``.
    """
    encoder, second = open_encoders(settings, vectors)
    learnt = settings.data_dir / 'index'
    confidence = load_confidence(settings)
    bands = confidence.bands
    thresholds = Thresholds(
        direct=bands.direct, suggest=max(bands.suggest, LEAST_HOPE), unasked=max(0.95, (1 + bands.direct) / 2))
    try:
        return Model(
            adapted(encoder, learnt), confidence, thresholds, adapted(second, learnt) if second else None, open_reranker(settings))
    except ValueError as error:
        raise ModelMissing(str(error)) from error


def open_encoders(settings: Settings, vectors: str) -> tuple[Encoder, Encoder | None]:
    """Load the configured encoder and, where its package is installed, the second one, both without adapters.

    Raises ``ModelMissing``.
    """
    path: str | Path = settings.encoder
    if settings.encoder == 'packaged':
        path = settings.data_dir / 'models' / PACKAGED_MODEL_NAME
        if not is_built(Path(path)):
            raise ModelMissing(f'no model in {path}; build it with `yunshequ model build`')
    cache = settings.data_dir / 'index' / vectors
    encoder = CachingEncoder(open_encoder(path, threads=settings.encoder_threads), cache)
    try:
        return encoder, CachingEncoder(UseEncoder(threads=settings.encoder_threads), cache)
    except ModelMissing as error:  # a second opinion only: a little less is found without it
        logger.info('no second encoder: {}', error)
        return encoder, None


def open_reranker(settings: Settings) -> Reranker | None:
    """Load the configured cross-encoder; None where none is configured. Raises ``ModelMissing``."""
    return CrossEncoderReranker(settings.reranker) if settings.reranker else None


def load_confidence(settings: Settings) -> Confidence:
    """Return the calibration fitted on the site's own questions where there is one, the shipped one otherwise.

    One fitted by another release is no reason to answer by words only: it is left alone, and the log says so.
    """
    fitted = settings.data_dir / 'index' / CONFIDENCE_FILE
    try:
        return Confidence.load(fitted)
    except FileNotFoundError:
        return Confidence.default()
    except ValueError as error:
        logger.warning('the shipped calibration is used; run `yunshequ kb fit` anew: {}', error)
        return Confidence.default()
