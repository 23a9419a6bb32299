"""What developers have on their own machine: a broker, a simulated language model, a demo."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from stream_service.cli.given import Given

app = typer.Typer()


class LatencyShape(StrEnum):
    """How the simulated endpoint's latencies spread; the values are those of the simulator."""

    FIXED = "fixed"
    LOGNORMAL = "lognormal"
    PARETO = "pareto"


class StructuredOutput(StrEnum):
    """What the simulated endpoint is able to do; the values are those of the simulator."""

    JSON_SCHEMA = "json_schema"
    JSON_OBJECT = "json_object"
    NONE = "none"


@app.command()
def demo(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="End with a summary; JSON last.")] = False,
    port: Annotated[
        int | None, typer.Option(min=1, max=65_535, help="The embedded broker's port.")
    ] = None,
) -> None:
    """Start a real Kafka, feed it sample feedback, and watch what becomes of it."""
    from stream_service.commands.demo import run_demo

    given: Given = context.obj
    quiet = Given(("log.level=error", *given.overrides))
    raise typer.Exit(run_demo(quiet.settings(), once=once, port=port))


@app.command()
def broker(
    context: typer.Context,
    data_dir: Annotated[
        Path | None, typer.Option(help="Keeps records over restarts.", file_okay=False)
    ] = None,
    port: Annotated[int, typer.Option(min=1, max=65_535, help="The first broker's port.")] = 9092,
    brokers: Annotated[int, typer.Option(min=1, max=3, help="1, or 3 for fault tests.")] = 1,
) -> None:
    """Run a real Kafka broker for development in the foreground. Not for production."""
    from stream_service.commands.broker import run_broker

    context.obj.settings()
    run_broker(data_dir=data_dir, port=port, brokers=brokers)


@app.command("simulate-llm")
def simulate_llm(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8089,
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    seed: Annotated[int, typer.Option(help="The same seed, the same luck for a text.")] = 0,
    latency: Annotated[float, typer.Option(min=0, help="Its mean, in seconds.")] = 0.0,
    latency_shape: Annotated[
        LatencyShape, typer.Option(help="pareto has a heavy tail.")
    ] = LatencyShape.LOGNORMAL,
    sigma: Annotated[float, typer.Option(min=0, help="lognormal: the spread.")] = 0.3,
    tail: Annotated[float, typer.Option(help="pareto: above 1; smaller is heavier.")] = 2.0,
    fault: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=SHARE", help="A share of requests to fail; may be repeated."),
    ] = None,
    retry_after: Annotated[float, typer.Option(min=0, help="Seconds that a 429 tells.")] = 1.0,
    structured_output: Annotated[
        StructuredOutput, typer.Option(help="The most that the endpoint takes; else 400.")
    ] = StructuredOutput.JSON_SCHEMA,
    model: Annotated[
        list[str] | None, typer.Option(help="Serve this model only; may be repeated.")
    ] = None,
    api_key: Annotated[str | None, typer.Option(help="Refuse every other key.")] = None,
    context_tokens: Annotated[
        int | None, typer.Option(min=1, help="Refuse longer prompts.")
    ] = None,
    most_in_flight: Annotated[
        int | None, typer.Option(min=1, help="Answer requests beyond with 429.")
    ] = None,
    list_faults: Annotated[
        bool, typer.Option("--list-faults", help="Say what can be made to fail, and end.")
    ] = False,
) -> None:
    """Simulate a language model's endpoint, OpenAI-compatible, for load and failure tests.

    No model stands behind it: texts are judged by cue words, answers take the form that is asked
    for, and fail as told. Prints the base URL; Ctrl-C ends it.

    Example: stream-service simulate-llm --latency 1 --fault rate_limit=0.1 --fault hang=0.01
    """
    from stream_service.commands import simulate_llm as command

    if list_faults:
        command.list_faults()
        return
    options = command.Options(
        seed=seed,
        latency_s=latency,
        latency_shape=latency_shape.value,
        sigma=sigma,
        tail=tail,
        faults=tuple(fault or ()),
        retry_after_s=retry_after,
        structured_output=structured_output.value,
        models=tuple(model or ()),
        api_key=api_key,
        context_tokens=context_tokens,
        most_in_flight=most_in_flight,
    )
    command.simulate_llm(options, host=host, port=port)
