"""What probes are told: whether requests are to be sent here, and whether all is well."""

import asyncio
from pathlib import Path

import orjson
import pytest

from stream_service.console.gateway.routes import health
from stream_service.console.store import Database
from tests.support.bare_gateway import BareGateway, bare_gateway


async def test_a_console_is_served_by_without_kafka(tmp_path: Path) -> None:
    """It was taken out of use with all others, with the pages and the decisions that it had."""
    async with bare_gateway(tmp_path) as gateway:
        assert await _told(gateway, "/health/serving") == (
            200,
            {"serving": True, "parts": {"database": "up"}},
        )
        status, ready = await _told(gateway, "/health/ready")
    assert (status, ready["parts"]) == (503, {"kafka": "down", "database": "up"})


@pytest.mark.parametrize("failure", ["refuses", "never answers"])
async def test_a_console_without_its_database_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: str
) -> None:
    async def check(_: Database) -> None:
        if failure == "refuses":
            raise OSError
        await asyncio.Event().wait()

    monkeypatch.setattr(health, "_CHECK_TIMEOUT_S", 0.05)
    monkeypatch.setattr(Database, "check", check)
    async with bare_gateway(tmp_path) as gateway:
        told = await _told(gateway, "/health/serving")
    assert told == (503, {"serving": False, "parts": {"database": "down"}})


async def _told(gateway: BareGateway, path: str) -> tuple[int | None, dict[str, dict[str, str]]]:
    # By address and without a token, as a probe asks.
    answer = await gateway.ask("GET", path, None, host="10.0.0.7:8080")
    return answer.status, orjson.loads(answer.body)
