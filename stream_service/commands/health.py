"""``stream-service health``: asks what runs on this machine whether it lives."""

import http.client
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import orjson

from stream_service.commands.process.failures import CommandFailed
from stream_service.settings import Settings

_TIMEOUT_S = 5.0
"""A process that takes longer to say that it lives hangs."""

_LOOPBACK = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - not bound here


class Part(StrEnum):
    """A command that serves health."""

    WORKER = "worker"
    LAG_EXPORTER = "lag-exporter"
    CONSOLE = "console"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a part serves."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes


def addresses_of(settings: Settings) -> Mapping[Part, Address]:
    """Where each part of this machine is asked; who listens everywhere is asked at the loopback."""
    metrics, console = settings.metrics, settings.console
    return {
        Part.WORKER: _address(metrics.host, metrics.port),
        Part.LAG_EXPORTER: _address(metrics.host, settings.lag.port),
        Part.CONSOLE: _address(console.host, console.port),
    }


def ask_health(settings: Settings, part: Part | None, *, ready: bool) -> None:
    """Say that ``part`` lives, or is ready; without it, that every part does that answers.

    Raises CommandFailed where one does not, and where nothing answers.
    """
    path = "/health/ready" if ready else "/health/live"
    asked, answered = _ask(settings, part, path)
    wanted = "ready" if ready else "live"
    for one, answer in answered.items():
        if answer.status != http.HTTPStatus.OK:
            raise CommandFailed(
                f"the {one} is not {wanted}: {asked[one]}{path} answers {answer.status}; "
                "stream-service health --json says why"
            )
    sys.stdout.write("".join(f"{one} {wanted}\n" for one in answered))


def show_health(settings: Settings, part: Part | None) -> int:
    """Print what ``/health`` says of ``part``, or of every part that answers, as JSON by its name.

    Returns the exit code: 1 where one does not live or is not ready. Raises CommandFailed where
    nothing answers, or not with JSON.
    """
    asked, answered = _ask(settings, part, "/health")
    told = {one.value: _read(answer, asked[one]) for one, answer in answered.items()}
    sys.stdout.write(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode() + "\n")
    return int(any(answer.status != http.HTTPStatus.OK for answer in answered.values()))


def _ask(
    settings: Settings, part: Part | None, path: str
) -> tuple[Mapping[Part, Address], Mapping[Part, _Answer]]:
    """Who is asked, and the answers of those that are there. Raises CommandFailed."""
    asked = addresses_of(settings)
    if part is not None:
        asked = {part: asked[part]}
    answers = {one: _answer(address, path) for one, address in asked.items()}
    answered = {one: answer for one, answer in answers.items() if answer is not None}
    if not answered:
        places = ", ".join(f"{one} at {address}" for one, address in asked.items())
        off = "" if settings.metrics.enabled else "; with metrics.enabled=false no worker does"
        raise CommandFailed(f"nothing serves health here; asked: {places}{off}")
    return asked, answered


def _read(answer: _Answer, address: Address) -> object:
    try:
        return orjson.loads(answer.body)
    except ValueError:
        raise CommandFailed(
            f"{address}/health answers {answer.status} and no JSON: something else listens there"
        ) from None


def _address(host: str, port: int) -> Address:
    return Address(_LOOPBACK.get(host, host), port)


def _answer(address: Address, path: str) -> _Answer | None:
    """None where nobody listens.

    Raises CommandFailed where somebody does and does not answer: that one hangs.
    """
    # Not urllib, which would ask a proxy that the environment names.
    connection = http.client.HTTPConnection(address.host, address.port, timeout=_TIMEOUT_S)
    try:
        connection.connect()
    except TimeoutError as error:
        raise CommandFailed(f"{address} takes no connection within {_TIMEOUT_S:g} s") from error
    except OSError:
        return None
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return _Answer(response.status, response.read())
    except (OSError, http.client.HTTPException) as error:
        raise CommandFailed(f"{address}{path} does not answer ({error})") from error
    finally:
        connection.close()
