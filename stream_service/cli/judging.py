"""The judgement without Kafka: one text, labelled files, a playbook."""

from pathlib import Path
from typing import Annotated

import typer

from stream_service.cli.given import Given

app = typer.Typer()
playbook_app = typer.Typer(name="playbook", help="Check a playbook.", no_args_is_help=True)
app.add_typer(playbook_app)


@app.command()
def analyze(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="The feedback; - reads standard input.")],
    rating: Annotated[int | None, typer.Option(min=1, max=5)] = None,
    language: Annotated[str | None, typer.Option(help="A hint, as en or zh.")] = None,
    product: Annotated[str | None, typer.Option()] = None,
    llm: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Ask the model at this base URL, as http://host:8000/v1."),
    ] = None,
    llm_model: Annotated[str | None, typer.Option(metavar="NAME", help="Which model.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The outcome as JSON.")] = False,
) -> None:
    """Judge one text by the graph alone; no Kafka is needed."""
    from stream_service.commands.analyze import analyze_text

    given: Given = context.obj
    named = {"llm.base_url": llm, "llm.model": llm_model}
    flags = [f"{name}={value}" for name, value in named.items() if value is not None]
    # One text is not worth the wait for an outage's end, unless the user says so.
    settings = Given(("llm.outage_patience_s=0", *given.overrides, *flags)).settings()
    if llm_model is not None and not settings.llm.is_asked:
        raise typer.BadParameter("which endpoint? Give --llm URL too", param_hint="--llm-model")
    analyze_text(
        settings,
        text=text,
        rating=rating,
        language=language,
        product=product,
        as_json=as_json,
    )


@app.command()
def evaluate(
    context: typer.Context,
    data: Annotated[
        list[Path],
        typer.Option("--data", help="CSV or JSONL with text and label; may be repeated."),
    ],
    more: Annotated[
        list[Path] | None, typer.Argument(metavar="FILE…", help="More of them.")
    ] = None,
    rows: Annotated[
        int | None, typer.Option(min=1, help="A sample of so many rows of each file.")
    ] = None,
    at_once: Annotated[int, typer.Option(min=1, help="Rows that are judged side by side.")] = 16,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object in place of tables.")
    ] = False,
    picture: Annotated[
        Path | None,
        typer.Option(help="Write reliability and confusion there, as HTML.", dir_okay=False),
    ] = None,
) -> None:
    """Judge labelled feedback and say how often that was right; no Kafka is needed.

    Labels: complaint, praise, question; not_complaint in files that know no more; other and
    unmapped rows are not counted. The settings decide who judges: `stream-service --set
    llm.base_url=… evaluate …` asks a language model.
    """
    from stream_service.commands import evaluate as command

    given: Given = context.obj
    quiet = Given(("log.level=error", *given.overrides))
    command.evaluate(
        quiet.settings(),
        [*data, *(more or ())],
        rows=rows,
        at_once=at_once,
        written_as_json=as_json,
        picture=picture,
    )


@playbook_app.callback()
def playbook() -> None:
    """Keep ``check`` a command of its own: Typer would take a single one for the group itself."""


@playbook_app.command("check")
def playbook_check(
    context: typer.Context,
    path: Annotated[
        Path | None, typer.Argument(help="The file; without it the one that the settings name.")
    ] = None,
) -> None:
    """Say whether a playbook can be used, and what in it is odd; exit code 1 when anything is."""
    from stream_service.commands.playbook_check import check_playbook

    raise typer.Exit(check_playbook(context.obj.settings(), path))
