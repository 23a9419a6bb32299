"""``stream-service health``: asks what runs on this machine whether it lives."""

import http.client
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

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
    asked = addresses_of(settings)
    if part is not None:
        asked = {part: asked[part]}
    path = "/health/ready" if ready else "/health/live"
    answers = {one: _status(address, path) for one, address in asked.items()}
    answered = {one: status for one, status in answers.items() if status is not None}
    if not answered:
        places = ", ".join(f"{one} at {address}" for one, address in asked.items())
        raise CommandFailed(f"nothing serves health here; asked: {places}")
    wanted = "ready" if ready else "live"
    for one, status in answered.items():
        if status != http.HTTPStatus.OK:
            raise CommandFailed(
                f"the {one} is not {wanted}: {asked[one]}{path} answers {status}; "
                "/health there says why"
            )
    sys.stdout.write("".join(f"{one} {wanted}\n" for one in answered))


def _address(host: str, port: int) -> Address:
    return Address(_LOOPBACK.get(host, host), port)


def _status(address: Address, path: str) -> int | None:
    """The answer's status; None where nobody listens.

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
        return connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise CommandFailed(f"{address}{path} does not answer ({error})") from error
    finally:
        connection.close()
