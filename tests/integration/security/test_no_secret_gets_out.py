"""Canaries in every secret setting, commands that fail in many ways, and no canary anywhere."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession

from stream_service.commands.console_options import console_options_of
from stream_service.contracts.topics import Topics
from stream_service.devkit.kafka.ports import choose_free
from stream_service.devkit.llm_simulator import Behaviour, LlmSimulator
from stream_service.graph.customers import LookupOptions
from stream_service.llm_settings import llm_options
from stream_service.settings import load_settings, secret_names, variable
from stream_service.transport_settings import connection_of, tracing_of
from tests.support.command_process import COMMAND
from tests.support.events import numbered
from tests.support.guarded_kafka import SASL, SASL_TLS, GuardedKafka
from tests.support.otlp_receiver import OtlpReceiver
from tests.support.waiting import until

CANARY = "canary-7f3a9"
"""Begins every secret here, so that looking for it finds any of them."""

ENDS_WITHIN_S = 60.0


def _of(name: str) -> str:
    return f"{CANARY}-{name}"


def _headers(name: str) -> str:
    return f'{{"x-secret": "{_of(name)}"}}'


AWAY = "127.0.0.1:1"
"""Where nobody listens."""

SECRETS = {
    "llm.api_key": _of("api-key"),
    "llm.headers": _headers("llm-headers"),
    "llm.cache_url": f"redis://:{_of('redis')}@{AWAY}/0",
    "enrichment.url": f"http://{AWAY}/customers/{{customer_id}}?key={_of('lookup')}",
    "enrichment.headers": _headers("lookup-headers"),
    "tracing.headers": _headers("tracing-headers"),
    "console.database_url": f"postgresql://console:{_of('database')}@{AWAY}/console",
}

OF_KAFKA = {
    "kafka.sasl_password": _of("password"),
    "kafka.oauth_client_secret": _of("oauth"),
    "kafka.ssl_key_password": _of("key"),
}


def test_every_secret_has_its_canary() -> None:
    assert {*SECRETS, *OF_KAFKA} >= set(secret_names())


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STREAM_")}
    given = {variable(name): value for name, value in {**SECRETS, **settings}.items()}
    # Reading what a C library leaves behind too, and every warning.
    more = {"PYTHONFAULTHANDLER": "1", "PYTHONWARNINGS": "default", "COLUMNS": "300"}
    return {**kept, **given, **more}


@asynccontextmanager
async def _started(
    folder: Path, settings: Mapping[str, str], *arguments: str, code: str | None = None
) -> AsyncGenerator[asyncio.subprocess.Process]:
    program: Sequence[str | Path] = [COMMAND] if code is None else [sys.executable, "-c", code]
    process = await asyncio.create_subprocess_exec(
        *program,
        *arguments,
        cwd=folder,
        env=_environment({"log.level": "debug", **settings}),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _said(process: asyncio.subprocess.Process) -> str:
    out, _ = await asyncio.wait_for(process.communicate(), ENDS_WITHIN_S)
    return out.decode(errors="replace")


def _wrong_password(guarded: GuardedKafka) -> dict[str, str]:
    return {
        "kafka.bootstrap_servers": guarded.kafka.secured_servers(SASL),
        "kafka.security_protocol": "SASL_PLAINTEXT",
        "kafka.sasl_mechanism": "PLAIN",
        "kafka.sasl_username": "publisher",
        "kafka.sasl_password": OF_KAFKA["kafka.sasl_password"],
    }


def _no_token(guarded: GuardedKafka) -> dict[str, str]:
    return {
        "kafka.bootstrap_servers": guarded.kafka.secured_servers(SASL_TLS),
        "kafka.security_protocol": "SASL_SSL",
        "kafka.ssl_ca_file": str(guarded.authority.file),
        "kafka.sasl_mechanism": "OAUTHBEARER",
        "kafka.oauth_token_url": f"https://{AWAY}/token",
        "kafka.oauth_client_id": "service",
        "kafka.oauth_client_secret": OF_KAFKA["kafka.oauth_client_secret"],
        "kafka.start_timeout_s": "2",
    }


def _wrong_key_password(guarded: GuardedKafka) -> dict[str, str]:
    return {
        "kafka.bootstrap_servers": guarded.kafka.secured_servers(SASL_TLS),
        "kafka.security_protocol": "SSL",
        "kafka.ssl_certificate_file": str(guarded.authority.client("publisher", password="pw")),
        "kafka.ssl_key_password": OF_KAFKA["kafka.ssl_key_password"],
    }


def _no_database(guarded: GuardedKafka) -> dict[str, str]:
    (port,) = choose_free(1)
    return {**_wrong_password(guarded), "console.port": str(port)}


FAILURES = {
    "wrong password: run": (_wrong_password, ["run"], "kafka.sasl_password"),
    "wrong password: publish": (_wrong_password, ["publish", "a text"], "kafka.sasl_password"),
    "wrong password: lag": (_wrong_password, ["lag"], "kafka.sasl_password"),
    "no token: subscribe": (_no_token, ["subscribe", "replies"], "kafka.oauth_token_url"),
    "wrong password of a key: run": (_wrong_key_password, ["run"], "kafka.ssl_key_password"),
    "no database: console": (
        _no_database,
        ["--set", "console.analyze=false", "console"],
        "database",
    ),
    "no database: token list": (_wrong_password, ["console", "token", "list"], "database"),
    "no model: analyze": (
        _wrong_password,
        [*("--set", "local.encoder=universal"), "analyze", "--llm", f"http://{AWAY}/v1", "Hi"],
        "llm",
    ),
    "a flag without its name": (_wrong_password, ["--set", _of("flag"), "run"], "--set"),
    "wrong settings": (_wrong_password, ["--set", "log.level=loud", "run"], "log.level"),
}


@pytest.mark.parametrize("case", FAILURES)
async def test_a_command_that_fails_tells_no_secret(
    guarded: GuardedKafka, tmp_path: Path, case: str
) -> None:
    settings, arguments, told = FAILURES[case]
    async with _started(tmp_path, settings(guarded), *arguments) as process:
        said = await _said(process)
    assert told in said, said
    assert CANARY not in said, said


@pytest.mark.parametrize("arguments", [["config"], ["config", "--json"]])
async def test_config_shows_none(
    guarded: GuardedKafka, tmp_path: Path, arguments: Sequence[str]
) -> None:
    settings = {**_wrong_password(guarded), "llm.model": "of-the-environment"}
    async with _started(tmp_path, settings, *arguments) as process:
        said = await _said(process)
    assert process.returncode == 0
    assert "of-the-environment" in said
    assert "STREAM_CONSOLE__DATABASE_URL" in said
    assert CANARY not in said


UNHANDLED = """
import sys
from stream_service import cli, worker
from stream_service.commands import run

async def broken(settings, *_, **__):
    local = settings.kafka.sasl_password
    connection = worker.connection_of(settings)
    raise RuntimeError(f"a fault of ours with {settings!r} and {connection!r} and {local!r}")

run.run_worker = broken
cli.main()
"""


async def test_an_unhandled_error_shows_none(guarded: GuardedKafka, tmp_path: Path) -> None:
    async with _started(tmp_path, _wrong_password(guarded), "run", code=UNHANDLED) as process:
        said = await _said(process)
    assert "RuntimeError: a fault of ours" in said, said
    assert "Traceback" in said
    assert CANARY not in said, said


async def test_a_worker_at_work_and_its_crash_show_none(
    guarded: GuardedKafka, topics: Topics, tmp_path: Path
) -> None:
    """Model, cache and look-up fail; spans and metrics flow; at last it is killed by SIGABRT."""
    cluster = guarded.cluster(topics)
    await cluster.create_topics()
    (port,) = choose_free(1)
    refusing = Behaviour(api_key="another key")
    with OtlpReceiver().running() as collector:
        async with LlmSimulator.start(refusing) as model:
            settings = {
                "kafka.bootstrap_servers": cluster.bootstrap_servers,
                "topics.prefix": topics.prefix,
                "consumer.group_id": f"{topics.prefix}group",
                "llm.base_url": model.base_url,
                "llm.outage_patience_s": "0",
                "local.encoder": "universal",
                "metrics.port": str(port),
                "tracing.enabled": "true",
                "tracing.endpoint": collector.endpoint,
                "tracing.sampling_ratio": "1",
            }
            async with _started(tmp_path, settings, "run") as process:
                await cluster.publish(numbered(cluster, range(3), keys=3))
                await cluster.publish_values(b"no JSON")
                outputs = (topics.replies, topics.reviews, topics.dead_letters)

                async def done() -> bool:
                    return len(await cluster.read_committed(*outputs)) >= 4

                await until(done, "outcomes", timeout_s=ENDS_WITHIN_S)
                await until(lambda: bool(collector.spans), "spans")
                async with ClientSession(f"http://127.0.0.1:{port}") as http:
                    pages = [
                        await (await http.get(path)).text()
                        for path in ("/metrics", "/health/ready", "/health/live")
                    ]
                process.send_signal(signal.SIGABRT)
                said = await _said(process)
    assert "Fatal Python error: Aborted" in said, said
    assert "feedback_events_total" in pages[0]
    records = await cluster.read_committed(*outputs)
    everything = [said, *pages, *map(repr, collector.spans), *map(repr, records)]
    for text in everything:
        assert CANARY not in text, text


def test_what_is_built_of_the_settings_shows_none(tmp_path: Path) -> None:
    settings = load_settings(
        [
            *(f"{name}={value}" for name, value in SECRETS.items() if "headers" not in name),
            "kafka.security_protocol=SASL_SSL",
            "kafka.sasl_username=u",
            f"kafka.sasl_password={_of('password')}",
            f"kafka.ssl_certificate_file={tmp_path}",
            f"kafka.ssl_key_password={_of('key')}",
            "tracing.enabled=true",
            *(
                f"{name}_file={_header_file(tmp_path, name)}"
                for name in SECRETS
                if "headers" in name
            ),
        ]
    )
    built = [
        settings,
        connection_of(settings),
        tracing_of(settings),
        console_options_of(settings, None, None),
        llm_options(settings.llm),
        LookupOptions(url=SECRETS["enrichment.url"], headers={"x-secret": _of("header")}),
    ]
    for one in built:
        assert one is not None
        assert CANARY not in repr(one)


def _header_file(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_text(_headers(name))
    return path
