"""The pool: bounded, cancellation-safe, closed for good."""

import asyncio
import threading

import pytest

from stream_service.analysis.local.pool import PoolClosed, WorkPool

PATIENCE_S = 10


async def test_results_and_errors_come_back() -> None:
    pool = WorkPool(workers=1, waiting_limit=1)
    assert await pool.run(divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        await pool.run(divmod, 1, 0)
    await pool.aclose()


async def test_work_runs_in_threads_of_its_own() -> None:
    pool = WorkPool(workers=1, waiting_limit=1)
    name = await pool.run(lambda: threading.current_thread().name)
    assert name.startswith("local-analyst")
    await pool.aclose()


async def test_no_more_than_the_bound_is_handed_over() -> None:
    pool = WorkPool(workers=1, waiting_limit=1)
    gate = threading.Event()
    begun: list[int] = []

    def work(number: int) -> int:
        begun.append(number)
        gate.wait(PATIENCE_S)
        return number

    tasks = [asyncio.create_task(pool.run(work, number)) for number in range(6)]
    for _ in range(20):
        await asyncio.sleep(0)
    assert pool.handed_over <= 2
    gate.set()
    assert await asyncio.gather(*tasks) == list(range(6))
    await pool.aclose()


async def test_a_cancelled_caller_leaves_a_pool_that_works() -> None:
    pool = WorkPool(workers=1, waiting_limit=0)
    gate, entered = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def block() -> None:
        loop.call_soon_threadsafe(entered.set)
        gate.wait(PATIENCE_S)

    running = asyncio.create_task(pool.run(block))
    await asyncio.wait_for(entered.wait(), PATIENCE_S)
    waiting = asyncio.create_task(pool.run(divmod, 1, 1))
    await asyncio.sleep(0)
    waiting.cancel()
    running.cancel()
    results = await asyncio.gather(running, waiting, return_exceptions=True)
    assert all(isinstance(result, asyncio.CancelledError) for result in results)
    # The thread is still in there: its place is not given away.
    assert pool.handed_over == 1
    gate.set()
    assert await asyncio.wait_for(pool.run(divmod, 7, 2), PATIENCE_S) == (3, 1)
    await pool.aclose()


async def test_closing_waits_for_running_work_and_refuses_more() -> None:
    pool = WorkPool(workers=1, waiting_limit=4)
    gate, entered = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def block() -> str:
        loop.call_soon_threadsafe(entered.set)
        gate.wait(PATIENCE_S)
        return "done"

    running = asyncio.create_task(pool.run(block))
    queued = asyncio.create_task(pool.run(divmod, 1, 1))
    await asyncio.wait_for(entered.wait(), PATIENCE_S)
    closing = asyncio.create_task(pool.aclose())
    await asyncio.sleep(0)
    gate.set()
    assert await running == "done"
    with pytest.raises(PoolClosed):
        await queued
    await closing
    await pool.aclose()
    with pytest.raises(PoolClosed):
        await pool.run(divmod, 1, 1)
