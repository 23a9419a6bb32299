"""Which part of the service a sample of its stack belongs to."""

import pytest

from benchmarks.capacity.flame_graph import REST, shares_of


def test_a_sample_is_its_innermost_parts() -> None:
    lines = [
        "run (stream_service/commands/run.py:1);atick (pregel/_runner.py:1);"
        "guard (stream_service/graph/nodes/guard.py:9);__init__ (pydantic/main.py:3) 3",
        "run (stream_service/commands/run.py:1);atick (pregel/_runner.py:1) 5",
        "run (asyncio/runners.py:1) 2",
    ]
    assert shares_of(lines) == pytest.approx({"LangGraph": 0.5, "nodes": 0.3, REST: 0.2})


def test_a_thread_that_waits_takes_nothing() -> None:
    lines = [
        "run (asyncio/runners.py:1) 1",
        "serve_forever (socketserver.py:2);select (selectors.py:415) 7",
        "run (threading.py:1);_worker (concurrent/futures/thread.py:81) 8",
    ]
    assert shares_of(lines) == {REST: 1.0}
