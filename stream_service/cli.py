"""The command line: ``stream-service``.

Commands import what they need when they run, so that ``--help`` answers at once.
"""

import os
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from stream_service.settings import Settings

app = typer.Typer(
    name="stream-service",
    help="Customer feedback in over Kafka; replies and human-review items out, exactly once.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
topics_app = typer.Typer(help="Create or check the topics.", no_args_is_help=True)
app.add_typer(topics_app, name="topics")
acls_app = typer.Typer(
    help="What the cluster must allow to each part of the service.", no_args_is_help=True
)
app.add_typer(acls_app, name="acls")
playbook_app = typer.Typer(help="Check a playbook.", no_args_is_help=True)
app.add_typer(playbook_app, name="playbook")

console_app = typer.Typer(help="The gateway over HTTP, and its database.")
app.add_typer(console_app, name="console")
token_app = typer.Typer(help="Tokens of who may ask the console.", no_args_is_help=True)
console_app.add_typer(token_app, name="token")

EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130


@dataclass(frozen=True, slots=True)
class _Given:
    overrides: tuple[str, ...]

    def settings(self) -> "Settings":
        from stream_service.observe.logs import configure_logs
        from stream_service.settings import load_settings

        settings = load_settings(self.overrides)
        configure_logs(settings.log.level, settings.log.format, trace_ids=settings.tracing.enabled)
        return settings


class Stream(StrEnum):
    """What can be subscribed to."""

    REPLIES = "replies"
    REVIEWS = "reviews"
    DEAD_LETTERS = "dead-letters"


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


class RowFormat(StrEnum):
    """How a file of feedback is written."""

    AUTO = "auto"
    JSONL = "jsonl"
    CSV = "csv"
    LINES = "lines"


@app.callback()
def common(
    context: typer.Context,
    bootstrap_servers: Annotated[
        str | None, typer.Option("--bootstrap-servers", "-b", help="Brokers as host:port,…")
    ] = None,
    topic_prefix: Annotated[str | None, typer.Option(help="Stands before each topic.")] = None,
    group_id: Annotated[str | None, typer.Option(help="The worker's consumer group.")] = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning or error.")] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Any setting; may be repeated."),
    ] = None,
) -> None:
    """Take the flags that all commands share."""
    named = {
        "kafka.bootstrap_servers": bootstrap_servers,
        "topics.prefix": topic_prefix,
        "consumer.group_id": group_id,
        "log.level": log_level,
    }
    given = [f"{name}={value}" for name, value in named.items() if value is not None]
    context.obj = _Given((*(set_ or ()), *given))


@app.command()
def demo(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="End with a summary; JSON last.")] = False,
    port: Annotated[int | None, typer.Option(help="The embedded broker's port.")] = None,
) -> None:
    """Start a real Kafka, feed it sample feedback, and watch what becomes of it."""
    from stream_service.commands.demo import run_demo

    given: _Given = context.obj
    quiet = _Given(("log.level=error", *given.overrides))
    raise typer.Exit(run_demo(quiet.settings(), once=once, port=port))


@app.command()
def run(
    context: typer.Context,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes of one group.")] = 1,
    alive_descriptor: Annotated[int | None, typer.Option(hidden=True)] = None,
    observation_socket: Annotated[Path | None, typer.Option(hidden=True)] = None,
) -> None:
    """Run workers: judge feedback until SIGTERM or Ctrl-C."""
    given: _Given = context.obj
    settings = given.settings()
    if workers > 1:
        from stream_service.commands.supervise import RestartPolicy, run_workers

        raise typer.Exit(run_workers(settings, given.overrides, workers, RestartPolicy()))
    from stream_service.commands.run import run_until_signalled

    run_until_signalled(settings, alive_descriptor, observation_socket)


@app.command()
def publish(
    context: typer.Context,
    text: Annotated[str | None, typer.Argument(help="One feedback; - or none reads stdin.")] = None,
    file: Annotated[
        Path | None, typer.Option("--file", "-f", help="A file of feedback.", dir_okay=False)
    ] = None,
    row_format: Annotated[
        RowFormat, typer.Option("--format", help="auto goes by the file's name.")
    ] = RowFormat.AUTO,
    customer_id: Annotated[str | None, typer.Option(help="For one text, and rows without.")] = None,
    rating: Annotated[int | None, typer.Option(min=1, max=5, help="For one text.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
) -> None:
    """Publish feedback: one text, a file (JSONL, CSV or plain lines), or standard input."""
    from stream_service.commands.publish import publish_feedback

    code = publish_feedback(
        context.obj.settings(),
        text=text,
        file=file,
        row_format=row_format.value,
        customer_id=customer_id,
        rating=rating,
        quiet=quiet,
    )
    raise typer.Exit(code)


@app.command()
def subscribe(
    context: typer.Context,
    stream: Annotated[Stream, typer.Argument(help="What to read.")],
    from_beginning: Annotated[
        bool, typer.Option("--from-beginning", help="All there is, not only what comes.")
    ] = False,
    follow: Annotated[
        bool, typer.Option("--follow/--no-follow", help="Go on, or end at the topic's end.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="End after so many.")] = None,
) -> None:
    """Show replies, reviews or dead letters as they come."""
    from stream_service.commands.subscribe import follow_stream

    follow_stream(
        context.obj.settings(),
        stream=stream.value,
        from_beginning=from_beginning,
        follow=follow,
        as_json=as_json,
        limit=limit,
    )


@topics_app.command("create")
def topics_create(context: typer.Context) -> None:
    """Create the topics that are missing."""
    from stream_service.commands.topics import create_topics

    create_topics(context.obj.settings())


@topics_app.command("grow-decisions")
def topics_grow_decisions(
    context: typer.Context,
    partitions: Annotated[int, typer.Option(min=1, max=10_000, help="So many in all.")],
) -> None:
    """Give decisions and their memory more partitions, both as many; no worker may run."""
    from stream_service.commands.topics import grow_decision_topics

    grow_decision_topics(context.obj.settings(), partitions)


@topics_app.command("check")
def topics_check(context: typer.Context) -> None:
    """Compare the topics with what the service needs; exit code 1 when something is wrong."""
    from stream_service.commands.topics import check_topics

    raise typer.Exit(check_topics(context.obj.settings()))


class AccessRole(StrEnum):
    """Who connects to the cluster; the values are those of the transport."""

    PUBLISHER = "publisher"
    WORKER = "worker"
    SUBSCRIBER = "subscriber"
    CONSOLE = "console"
    LAG_EXPORTER = "lag-exporter"
    OPERATOR = "operator"


class AclForm(StrEnum):
    """How ACLs are written down."""

    TABLE = "table"
    COMMANDS = "commands"
    JSON = "json"


AclRoles = Annotated[
    list[AccessRole] | None, typer.Option("--role", help="Whose; repeatable. All without it.")
]


@acls_app.command("show")
def acls_show(
    context: typer.Context,
    role: AclRoles = None,
    form: Annotated[
        AclForm, typer.Option("--format", help="commands are lines for kafka-acls.sh.")
    ] = AclForm.TABLE,
    principal: Annotated[
        str | None, typer.Option(help="As User:worker; without it User:ROLE.")
    ] = None,
) -> None:
    """Print the least that each role needs, for the topics and the group of the settings."""
    from stream_service.commands.acls import show_acls

    roles = [one.value for one in role or AccessRole]
    show_acls(context.obj.settings(), roles, form=form.value, principal=principal)


@acls_app.command("create")
def acls_create(
    context: typer.Context,
    role: Annotated[AccessRole, typer.Option(help="Whose.")],
    principal: Annotated[str, typer.Option(help="To whom, as User:worker.")],
) -> None:
    """Add a role's ACLs; whoever does this needs Alter on the cluster. Existing ones stay."""
    from stream_service.commands.acls import create_acls

    create_acls(context.obj.settings(), role.value, principal)


@acls_app.command("check")
def acls_check(
    context: typer.Context, role: Annotated[AccessRole, typer.Option(help="Whose.")]
) -> None:
    """Say whether whom the settings connect as has a role's ACLs; exit code 1 where one lacks."""
    from stream_service.commands.acls import check_acls

    check_acls(context.obj.settings(), role.value)


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

    given: _Given = context.obj
    named = {"llm.base_url": llm, "llm.model": llm_model}
    flags = [f"{name}={value}" for name, value in named.items() if value is not None]
    # One text is not worth the wait for an outage's end, unless the user says so.
    settings = _Given(("llm.outage_patience_s=0", *given.overrides, *flags)).settings()
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
    unmapped rows are not counted. The settings decide who judges: --set llm.base_url=… asks a
    language model.
    """
    from stream_service.commands import evaluate as command

    given: _Given = context.obj
    quiet = _Given(("log.level=error", *given.overrides))
    command.evaluate(
        quiet.settings(),
        [*data, *(more or ())],
        rows=rows,
        at_once=at_once,
        written_as_json=as_json,
        picture=picture,
    )


@app.command()
def broker(
    context: typer.Context,
    data_dir: Annotated[
        Path | None, typer.Option(help="Keeps records over restarts.", file_okay=False)
    ] = None,
    port: Annotated[int, typer.Option(help="The first broker's port.")] = 9092,
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


@app.command()
def lag(
    context: typer.Context,
    group: Annotated[
        list[str] | None,
        typer.Option("--group", "-g", help="A regular expression for whole names; repeatable."),
    ] = None,
    topic: Annotated[
        list[str] | None,
        typer.Option("--topic", "-t", help="The same for topics; repeatable."),
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Live, until Ctrl-C.")] = False,
    interval: Annotated[
        float, typer.Option(min=0.2, max=3_600, help="Seconds between looks, with --watch.")
    ] = 2.0,
    observe: Annotated[
        float,
        typer.Option(
            min=0, max=3_600, help="Look for so many seconds before telling: a pace needs a past."
        ),
    ] = 2.0,
    as_json: Annotated[
        bool, typer.Option("--json", help="One document; with --watch one a line.")
    ] = False,
    fail_over: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MESSAGES|AGE",
            help="Exit with 3 if lag is over 1000, or over 30s; repeatable. 4 if it is unknown.",
        ),
    ] = None,
    ignore_unknown: Annotated[
        bool, typer.Option("--ignore-unknown", help="Lag that is unknown is not over.")
    ] = False,
) -> None:
    """Show how far consumer groups are behind; no worker need run.

    Example: stream-service lag --group 'billing|mail' --fail-over 1000 --fail-over 5m
    """
    from stream_service.commands.lag import LagView, show_lag

    given: _Given = context.obj
    named = {"lag.groups": group, "lag.topics": topic}
    patterns = [f"{name}={'|'.join(some)}" for name, some in named.items() if some]
    quiet = _Given(("log.level=error", *given.overrides, *patterns))
    view = LagView(
        watch=watch,
        interval_s=interval,
        observe_s=observe,
        as_json=as_json,
        fail_over=tuple(fail_over or ()),
        ignore_unknown=ignore_unknown,
        of_topics=bool(topic),
    )
    raise typer.Exit(show_lag(quiet.settings(), view))


@app.command("lag-exporter")
def lag_exporter(
    context: typer.Context,
    port: Annotated[int | None, typer.Option(help="To serve /metrics and /health on.")] = None,
) -> None:
    """Export the lag of consumer groups for Prometheus, from outside of the workers."""
    from stream_service.commands.lag_exporter import export_lag

    given: _Given = context.obj
    named = () if port is None else (f"lag.port={port}",)
    export_lag(_Given((*given.overrides, *named)).settings())


class HealthPart(StrEnum):
    """What serves health; the values are those of the command."""

    WORKER = "worker"
    LAG_EXPORTER = "lag-exporter"
    CONSOLE = "console"


@app.command()
def health(
    context: typer.Context,
    part: Annotated[
        HealthPart | None, typer.Argument(help="Which; without it whatever answers here.")
    ] = None,
    ready: Annotated[
        bool, typer.Option("--ready", help="Not only alive, but able to do its work.")
    ] = False,
) -> None:
    """Ask the worker, lag exporter or console of this machine whether it lives; else exit code 1.

    For a container's health check: it looks at the ports that the settings name.
    """
    from stream_service.commands.health import Part, ask_health

    given: _Given = context.obj
    ask_health(given.settings(), None if part is None else Part(part.value), ready=ready)


class TokenRole(StrEnum):
    """What a token's owner may do; the values are those of the console."""

    PUBLISHER = "publisher"
    VIEWER = "viewer"
    REVIEWER = "reviewer"
    OPERATOR = "operator"


@console_app.callback(invoke_without_command=True)
def console(
    context: typer.Context,
    port: Annotated[int | None, typer.Option(help="To serve on.")] = None,
) -> None:
    """Serve the console until SIGTERM or Ctrl-C: publish, watch, decide and repair over HTTP."""
    if context.invoked_subcommand is not None:
        return
    from stream_service.commands.console import run_console

    given: _Given = context.obj
    named = () if port is None else (f"console.port={port}",)
    run_console(_Given((*given.overrides, *named)).settings())


@console_app.command("rebuild")
def console_rebuild(context: typer.Context) -> None:
    """Empty what the topics give back; the console, running or not, reads them from their start."""
    from stream_service.commands.console_admin import rebuild_projection

    rebuild_projection(context.obj.settings())


@token_app.command("create")
def token_create(
    context: typer.Context,
    name: Annotated[str, typer.Option(help="Whose it is; stands in decisions and the audit log.")],
    role: Annotated[TokenRole, typer.Option(help="What it allows.")],
    days: Annotated[float | None, typer.Option(min=0.01, help="Valid for so long.")] = None,
) -> None:
    """Make a token and print it, once."""
    from stream_service.commands.console_admin import create

    create(context.obj.settings(), name=name, role=role.value, days=days)


@token_app.command("list")
def token_list(context: typer.Context) -> None:
    """List the tokens; secrets are kept nowhere."""
    from stream_service.commands.console_admin import list_all

    list_all(context.obj.settings())


@token_app.command("revoke")
def token_revoke(
    context: typer.Context, token_id: Annotated[str, typer.Argument(help="As list shows it.")]
) -> None:
    """Let nobody in with a token any more."""
    from stream_service.commands.console_admin import revoke

    revoke(context.obj.settings(), token_id)


@app.command()
def config(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Show the settings in force and where each comes from; secrets are masked."""
    from stream_service.commands.config import show_config

    given: _Given = context.obj
    show_config(given.settings(), given.overrides, as_json=as_json)


def main() -> None:
    """Run the command line; errors of ours become one message and an exit code."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_FAILED)
    except Exception as error:
        from stream_service.commands.failures import explain

        code, message = explain(error)
        if message is None:
            raise
        sys.stderr.write(f"error: {message}\n")
        sys.exit(code)
