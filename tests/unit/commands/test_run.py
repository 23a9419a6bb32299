"""``stream-service run``: what a worker's process does beside its work."""

import asyncio
from typing import Any

import pytest

from stream_service.commands import run
from stream_service.settings import load_settings


def test_a_worker_gives_memory_back_and_frees_cycles_while_it_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[set[str]] = []

    async def run_worker(*_given: Any, **_named: Any) -> None:
        await asyncio.sleep(0)
        seen.append({str(task.get_coro()) for task in asyncio.all_tasks()})

    monkeypatch.setattr(run, "run_worker", run_worker)
    run.run_until_signalled(load_settings([]))
    (tasks,) = seen
    for wanted in ("_give_back", "_walk"):
        assert any(f"coroutine object {wanted}" in task for task in tasks), (wanted, tasks)
