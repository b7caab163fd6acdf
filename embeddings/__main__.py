"""``python -m embeddings build | eval | fit``: build the packaged model, measure retrieval, fit the confidence."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from embeddings.confidence import Confidence
from embeddings.encoder import Encoder, ModelMissing, SentenceTransformerEncoder
from embeddings.entry import IndexEntry
from embeddings.evaluation import BadEvaluationData, evaluate, read_entries, read_out_of_scope
from embeddings.packaged_model import PACKAGED_MODEL_NAME, ModelBuildError, build_packaged_model
from embeddings.training import fit_confidence, samples_of
from embeddings.use_encoder import UseEncoder

_MODELS = Path('data/models')


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    chosen = _parser().parse_args(arguments)
    commands = {'build': _build, 'eval': _evaluate, 'fit': _fit}
    try:
        commands[chosen.command](chosen)
    except (ModelBuildError, ModelMissing, BadEvaluationData, FileNotFoundError) as error:
        _note(str(error))
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog='python -m embeddings', description='Models and measurements of retrieval.')
    commands = parser.add_subparsers(dest='command', required=True)

    build = commands.add_parser('build', help='build the packaged model')
    build.add_argument('--out', type=Path, default=_MODELS, help=f'folder of models (default: {_MODELS})')

    measure = commands.add_parser('eval', help='measure retrieval with a throw-away index')
    measure.add_argument('--kb', type=Path, required=True, help='entries: id, question, answer, similar[]')
    measure.add_argument('--queries', type=Path, required=True, help='questions: question, gold')
    measure.add_argument('--out-of-scope', type=Path, help='questions no entry answers')
    measure.add_argument('--confidence', type=Path, help='weights to judge with (default: those shipped)')
    measure.add_argument('--json', action='store_true', help='one line of JSON instead of a table')
    _add_model_options(measure)

    fit = commands.add_parser('fit', help='fit the confidence on entries with similar questions')
    fit.add_argument('--kb', type=Path, required=True, nargs='+', help='files of entries with similar questions')
    fit.add_argument('--out-of-scope', type=Path, required=True, help='questions no entry answers')
    fit.add_argument('--out', type=Path, required=True, help='where to write the weights')
    _add_model_options(fit)
    return parser


def _add_model_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--model', default=str(_MODELS / PACKAGED_MODEL_NAME), help='model folder or name')
    parser.add_argument('--threads', type=int, default=2, help='torch threads')
    parser.add_argument('--no-second', action='store_true', help='without the second encoder')


def _build(chosen: argparse.Namespace) -> None:
    folder = build_packaged_model(chosen.out, lambda step, share: _note(f'{share:4.0%} {step}'))
    _say(str(folder))


def _evaluate(chosen: argparse.Namespace) -> None:
    encoder, second = _encoders(chosen)
    confidence = Confidence.load(chosen.confidence) if chosen.confidence else None
    figures = evaluate(chosen.kb, chosen.queries, chosen.out_of_scope, encoder, second=second, confidence=confidence)
    if chosen.json:
        _say(json.dumps(figures))
    else:
        _say('\n'.join(f'{name:22} {value}' for name, value in figures.items()))


def _fit(chosen: argparse.Namespace) -> None:
    encoder, second = _encoders(chosen)
    entries: list[IndexEntry] = []
    for path in chosen.kb:
        for entry in read_entries(path)[0]:
            entries.append(IndexEntry(len(entries), entry.question, entry.similar))
    samples = samples_of(entries, read_out_of_scope(chosen.out_of_scope), encoder, second)
    fitted = fit_confidence(samples)
    fitted.save(chosen.out)
    _say(f'{len(samples)} samples of {len(entries)} entries; bands {fitted.bands}')


def _encoders(chosen: argparse.Namespace) -> tuple[Encoder, Encoder | None]:
    encoder = SentenceTransformerEncoder(chosen.model, threads=chosen.threads)
    return encoder, None if chosen.no_second else UseEncoder(threads=chosen.threads)


def _say(text: str) -> None:
    sys.stdout.write(text + '\n')


def _note(text: str) -> None:
    sys.stderr.write(text + '\n')


if __name__ == '__main__':
    sys.exit(main())
