"""Kafka's own command-line tools, as an operator runs them."""

import asyncio
from dataclasses import dataclass

from stream_service.devkit.kafka import tool_class_path
from stream_service.devkit.kafka.java import JavaCommand, find_java, java_environment

_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Described:
    """A row of ``kafka-consumer-groups --describe``; None where it shows a dash."""

    committed: int | None
    end: int | None
    lag: int | None
    host: str | None
    client_id: str | None


async def run_tool(main_class: str, *arguments: str) -> str:
    """Run one of Kafka's tools; returns what it prints."""
    java = JavaCommand(await asyncio.to_thread(find_java), await tool_class_path())
    process = await asyncio.create_subprocess_exec(
        *java.line(main_class, list(arguments)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=java_environment(),
    )
    try:
        out, errors = await asyncio.wait_for(process.communicate(), _TIMEOUT_S)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, errors.decode()
    return out.decode()


async def describe_group(bootstrap_servers: str, group: str) -> dict[tuple[str, int], Described]:
    """What the official ConsumerGroupCommand tells of a group, by topic and partition."""
    out = await run_tool(
        "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
        *("--bootstrap-server", bootstrap_servers, "--describe", "--group", group),
    )
    lines = [line.split() for line in out.splitlines()]
    [names] = [line for line in lines if line[:1] == ["GROUP"]]
    rows = [dict(zip(names, line, strict=True)) for line in lines if line[:1] == [group]]
    return {(row["TOPIC"], int(row["PARTITION"])): _described(row) for row in rows}


def _described(row: dict[str, str]) -> Described:
    def number(name: str) -> int | None:
        return None if row[name] == "-" else int(row[name])

    def text(name: str) -> str | None:
        return None if row[name] == "-" else row[name].lstrip("/")

    return Described(
        committed=number("CURRENT-OFFSET"),
        end=number("LOG-END-OFFSET"),
        lag=number("LAG"),
        host=text("HOST"),
        client_id=text("CLIENT-ID"),
    )
