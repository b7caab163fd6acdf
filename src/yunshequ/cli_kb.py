"""`yunshequ kb`: what a keeper of the knowledge base does from a terminal."""

import json
from pathlib import Path
from typing import Annotated

import typer

from yunshequ import cli_kb_files
from yunshequ.assistant.retriever import load_confidence, open_encoders, open_model, open_reranker
from yunshequ.core.settings import Settings

app = typer.Typer(help='The knowledge base of 小栖 (知识库).', no_args_is_help=True)

app.command('import')(cli_kb_files.import_kb)
app.command('export')(cli_kb_files.export_kb)

EVALUATION_VECTORS = 'evaluation.sqlite'
"""Vectors of evaluated texts, in data/index; apart from those of the site, may be deleted at any time."""

_WORDS = {
    'recall_at_1': ('第 1 条就对 R@1', '%'),
    'recall_at_3': ('前 3 条里有 R@3', '%'),
    'recall_at_10': ('前 10 条里有 R@10', '%'),
    'mrr_at_10': ('平均倒数排名 MRR@10', ''),
    'auroc': ('把握分得清对错 AUROC', ''),
    'answered_at_95': ('95 % 准确时能直接回答', '%'),
    'out_of_scope_answered': ('此时误答的题外问题', '%'),
    'query_p50_ms': ('一次提问 p50', 'ms'),
    'query_p99_ms': ('一次提问 p99', 'ms'),
    'build_s': ('建索引', 's'),
    'index_mb': ('索引大小', 'MB'),
}


@app.callback()
def knowledge_base() -> None:
    """The knowledge base of 小栖 (知识库)."""


@app.command('eval')
def evaluate_kb(
    kb: Annotated[list[Path], typer.Option(help='Entries, JSON lines: id, question, answer, similar[]; may be given several times.')],
    queries: Annotated[Path, typer.Option(help='Questions, JSON lines: question, gold (id of the right entry).')],
    out_of_scope: Annotated[Path | None, typer.Option(help='Questions no entry answers, JSON lines: question.')] = None,
    as_json: Annotated[bool, typer.Option('--json', help='One JSON object on the last line instead of a table.')] = False,
) -> None:
    """Measure retrieval and confidence on labelled questions with a throw-away index; the site's own is left alone."""
    from embeddings import FIGURES, BadEvaluationData, ModelMissing, evaluate  # noqa: PLC0415 - torch is slow to load

    try:
        settings = Settings()
        model = open_model(settings, EVALUATION_VECTORS)
        judge = load_confidence(settings)
        figures = evaluate(kb, queries, out_of_scope, model.encoder, second=model.second, confidence=judge, reranker=model.reranker)
    except ModelMissing as error:
        typer.echo(f'没有模型，无法评测：{error}', err=True)
        raise typer.Exit(1) from error
    except BadEvaluationData as error:
        typer.echo(f'数据文件有误：{error}', err=True)
        raise typer.Exit(1) from error
    if as_json:
        typer.echo(json.dumps({name: figures[name] for name in FIGURES}))
        return
    for name in FIGURES:
        words, unit = _WORDS[name]
        typer.echo(f'{name:22} {_shown(figures[name], unit):>12}  {words}')
    typer.echo(f'条目 {figures["entries"]}，问题 {figures["queries"]}，题外问题 {figures["out_of_scope"]}')


@app.command('fit')
def fit_kb(
    kb: Annotated[list[Path], typer.Option(help='Entries with similar questions, JSON lines: id, question, similar[]; may be given several times.')],
    out_of_scope: Annotated[Path, typer.Option(help='Questions no entry answers, JSON lines: question.')],
    out: Annotated[Path | None, typer.Option(help='Folder to write to; data/index of the site if left out.')] = None,
) -> None:
    """Learn adapters and confidence from a knowledge base; the site uses them from its next start."""
    from embeddings import BadEvaluationData, ModelMissing, fit, read_entries, read_out_of_scope  # noqa: PLC0415 - torch is slow to load

    settings = Settings()
    folder = out or settings.data_dir / 'index'
    try:
        entries, _ = read_entries(kb)
        outside = read_out_of_scope(out_of_scope)
        encoder, second = open_encoders(settings, EVALUATION_VECTORS)
        fitted = fit(entries, outside, encoder, second, open_reranker(settings))
    except ModelMissing as error:
        typer.echo(f'没有模型，无法训练：{error}', err=True)
        raise typer.Exit(1) from error
    except BadEvaluationData as error:
        typer.echo(f'数据文件有误：{error}', err=True)
        raise typer.Exit(1) from error
    except ValueError as error:
        typer.echo(f'带相似问的条目太少，无法训练：{error}', err=True)
        raise typer.Exit(1) from error
    fitted.save(folder, encoder, second)
    bands = fitted.confidence.bands
    typer.echo(f'已写入 {folder}：样本 {fitted.samples}，直接回答 ≥ {bands.direct:.3f}，给出候选 ≥ {bands.suggest:.3f}')


def _shown(value: float | None, unit: str) -> str:
    if value is None:
        return '—'
    if unit == '%':
        return f'{100 * value:.1f} %'
    return f'{value:.3f}' if not unit else f'{value:.1f} {unit}'
