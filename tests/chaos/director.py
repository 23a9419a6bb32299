"""Does to the workers and the brokers what the schedule says."""

import asyncio
import signal
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from aiokafka.errors import KafkaError

from stream_service.devkit.kafka import EmbeddedKafka
from tests.chaos.faults import Fault, FaultKind
from tests.chaos.pool import Worker, WorkerPool
from tests.chaos.probe import Probe

_STORM_TURN_S = 1.0

Disturbance = TypeVar("Disturbance", bound=Fault[Any])


async def in_their_time(
    faults: Sequence[Disturbance],
    seconds: float,
    apply: Callable[[Disturbance], Coroutine[Any, Any, None]],
) -> None:
    """Apply ``faults`` when each is due, and return after ``seconds`` or when all are over."""
    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for fault in faults:
            await asyncio.sleep(max(0, began + fault.at_s - time.monotonic()))
            group.create_task(apply(fault))
        await asyncio.sleep(max(0, began + seconds - time.monotonic()))


class Director:
    """Applies faults; when ``run`` returns, everything that was disturbed is whole again."""

    def __init__(
        self,
        *,
        kafka: EmbeddedKafka,
        pool: WorkerPool,
        probe: Probe,
        group_id: str,
        transactional_ids: Sequence[str],
        workers: int,
        tell: Callable[[str], None],
        storm_turn_s: float = _STORM_TURN_S,
    ) -> None:
        self._kafka = kafka
        self._pool = pool
        self._probe = probe
        self._group_id = group_id
        self._transactional_ids = transactional_ids
        self._workers = workers
        self._tell = tell
        self._storm_turn_s = storm_turn_s
        # One broker of three may be missing, never two.
        self._one_broker_at_a_time = asyncio.Lock()

    async def run(self, faults: Sequence[Fault[FaultKind]], seconds: float) -> None:
        """Apply ``faults`` in their time, and return after ``seconds`` or when all are over."""
        await in_their_time(faults, seconds, self.apply)
        self.make_whole()
        self._tell("the faults are over")

    def make_whole(self) -> None:
        """Start workers until there are as many as there should be."""
        while len(self._pool.alive) < self._workers:
            self._pool.start()

    async def apply(self, fault: Fault[FaultKind]) -> None:
        """Do it, and return when what was disturbed is whole again."""
        match fault.kind:
            case FaultKind.WORKER_KILL:
                await self._replace(fault, self._pool.kill)
            case FaultKind.WORKER_TERM:
                await self._replace(fault, self._pool.terminate)
            case FaultKind.WORKER_FREEZE:
                if worker := self._victim(fault):
                    self._pool.freeze(worker)
                    await asyncio.sleep(fault.lasts_s)
                    self._pool.wake(worker)
            case FaultKind.CLOCK_JUMP:
                worker = self._victim(fault)
                if worker is not None and worker.has_begun:
                    self._tell(f"{worker.name} clock jumps")
                    worker.send(signal.SIGUSR1)
            case FaultKind.REBALANCE_STORM:
                await self._storm(fault)
            case FaultKind.BROKER_KILL:
                await self._kill_broker(self._broker(fault), fault.lasts_s)
            case FaultKind.COORDINATOR_LOSS:
                await self._lose_coordinator(fault)
            case FaultKind.BROKER_FREEZE:
                await self._freeze_broker(self._broker(fault), fault.lasts_s)
            case FaultKind.LEADER_MOVE:
                await self._move_leaders(self._broker(fault))
            case FaultKind.FULL_WINDOW | FaultKind.SLOW_EVENT | FaultKind.POISON:
                raise ValueError(f"{fault.kind} is of the whole run")

    # Workers -------------------------------------------------------------------------------

    def _victim(
        self, fault: Fault[FaultKind], among: Sequence[Worker] | None = None
    ) -> Worker | None:
        alive = self._pool.alive if among is None else among
        return alive[int(fault.victim * len(alive))] if alive else None

    async def _replace(self, fault: Fault[FaultKind], end: Callable[[Worker], None]) -> None:
        if worker := self._victim(fault, [one for one in self._pool.alive if not one.is_spared]):
            end(worker)
            await asyncio.sleep(fault.lasts_s)
            self._pool.start()

    async def _storm(self, fault: Fault[FaultKind]) -> None:
        """Turn by turn a member joins, and the one before leaves, by SIGTERM or SIGKILL."""
        until = time.monotonic() + fault.lasts_s
        guests: list[Worker] = []
        turn = 0
        while time.monotonic() < until:
            guests.append(self._pool.start())
            await asyncio.sleep(self._storm_turn_s)
            turn += 1
            if len(guests) > 1:
                leaving = guests.pop(0)
                (self._pool.kill if turn % 4 == 0 else self._pool.terminate)(leaving)
        for guest in guests:
            self._pool.terminate(guest)

    # Brokers -------------------------------------------------------------------------------

    def _broker(self, fault: Fault[FaultKind]) -> int:
        return int(fault.victim * len(self._kafka.pids))

    async def _kill_broker(self, node: int, down_s: float) -> None:
        async with self._one_broker_at_a_time:
            await self._kill_and_restart(node, down_s)

    async def _kill_and_restart(self, node: int, down_s: float) -> None:
        self._tell(f"broker {node} SIGKILL, down for {down_s:.1f} s")
        await self._kafka.kill(node)
        await asyncio.sleep(down_s)
        await self._kafka.restart(node)
        self._tell(f"broker {node} serves again")

    async def _lose_coordinator(self, fault: Fault[FaultKind]) -> None:
        of_transaction = fault.victim < 0.5
        chosen = int(fault.victim * 2 * len(self._transactional_ids))
        name = self._transactional_ids[chosen] if of_transaction else self._group_id
        async with self._one_broker_at_a_time:
            try:
                node = await self._probe.coordinator(name, of_transaction=of_transaction)
            except (KafkaError, TimeoutError) as error:
                node = self._broker(fault)
                self._tell(f"no coordinator of {name} ({type(error).__name__}): broker {node}")
            else:
                self._tell(f"broker {node} coordinates {name}")
            await self._kill_and_restart(node, fault.lasts_s)

    async def _freeze_broker(self, node: int, lasts_s: float) -> None:
        async with self._one_broker_at_a_time:
            self._tell(f"broker {node} SIGSTOP for {lasts_s:.1f} s")
            await self._kafka.suspend(node)
            await asyncio.sleep(lasts_s)
            self._kafka.resume(node)
            await self._kafka.wait_until_ready()
            self._tell(f"broker {node} serves again")

    async def _move_leaders(self, node: int) -> None:
        async with self._one_broker_at_a_time:
            self._tell(f"broker {node} is stopped cleanly")
            await self._kafka.stop_node(node)
            await self._kafka.restart(node)
            self._tell(f"broker {node} serves again")
