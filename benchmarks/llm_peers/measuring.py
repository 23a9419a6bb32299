"""What is measured of a way to judge events, and how."""

import statistics
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from stream_service.devkit.llm_simulator import SimulatorProcess

FEEDBACK = (
    "The parcel arrived nine days late and the box was crushed, order {n}.",
    "包裹晚到了一个多星期，外箱都压扁了，订单号 {n}，太让人失望了。",
    "Lovely people at the front desk, and room {n} was spotless. Thank you!",
    "前台小姐姐特别热情，{n} 号房间也很干净，下次还来！",
    "How do I change the delivery address of order {n} that has not shipped yet?",
    "请问还没发货的订单 {n} 可以改收货地址吗？",
)


def feedback(count: int, start: int = 10_000) -> list[str]:
    """So many texts, no two the same, in two languages and of three kinds."""
    return [FEEDBACK[n % len(FEEDBACK)].format(n=start + n) for n in range(count)]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One way to judge events, measured over a number of them."""

    events: int
    failed: int
    seconds: float
    events_per_s: float
    cpu_ms_per_event: float
    """Of this process: the endpoint has one of its own."""
    response_p50_s: float
    response_p99_s: float
    response_mean_s: float
    """From the event's arrival to its end, waiting for a place included."""
    calls_per_event: float
    prompt_tokens_per_event: float
    completion_tokens_per_event: float
    """As the endpoint counts them."""


@dataclass
class Stopwatch:
    """The events of one measurement as they end."""

    responses_s: list[float] = field(default_factory=list[float])
    failed: int = 0
    began: float = field(default_factory=time.perf_counter)

    @contextmanager
    def event(self, *failures: type[Exception]) -> Generator[None]:
        """One event, which arrived at the beginning; one of ``failures`` makes it fail."""
        try:
            yield
        except failures:
            self.failed += 1
        finally:
            self.responses_s.append(time.perf_counter() - self.began)


class Measurement:
    """Counts time, CPU and tokens between its beginning and its end."""

    def __init__(self, simulator: SimulatorProcess) -> None:
        self._simulator = simulator

    async def begin(self) -> Stopwatch:
        """Note where the counters stand."""
        self._before = await self._simulator.requests()
        self._cpu_s = time.process_time()
        self._watch = Stopwatch()
        return self._watch

    async def end(self) -> Measured:
        """What has happened since."""
        watch = self._watch
        seconds = time.perf_counter() - watch.began
        cpu_s = time.process_time() - self._cpu_s
        after = await self._simulator.requests()
        events = len(watch.responses_s)

        def per_event(name: str) -> float:
            return (after[name] - self._before[name]) / events

        return Measured(
            events=events,
            failed=watch.failed,
            seconds=seconds,
            events_per_s=events / seconds,
            cpu_ms_per_event=cpu_s * 1000 / events,
            response_p50_s=statistics.median(watch.responses_s),
            response_p99_s=_quantile(watch.responses_s, 0.99),
            response_mean_s=statistics.fmean(watch.responses_s),
            calls_per_event=per_event("total"),
            prompt_tokens_per_event=per_event("prompt_tokens"),
            completion_tokens_per_event=per_event("completion_tokens"),
        )


def _quantile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]
