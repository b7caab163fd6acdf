"""``python -m embeddings build``: builds the packaged model."""

import argparse
import sys
from pathlib import Path

from embeddings.packaged_model import ModelBuildError, build_packaged_model


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog='python -m embeddings', description='Models and measurements of retrieval.')
    commands = parser.add_subparsers(dest='command', required=True)
    build = commands.add_parser('build', help='build the packaged model')
    build.add_argument('--out', type=Path, default=Path('data/models'), help='folder of models (default: data/models)')
    chosen = parser.parse_args(arguments)
    try:
        folder = build_packaged_model(chosen.out, lambda step, share: print(f'{share:4.0%} {step}', file=sys.stderr))
    except ModelBuildError as error:
        print(error, file=sys.stderr)
        return 1
    print(folder)
    return 0


if __name__ == '__main__':
    sys.exit(main())
