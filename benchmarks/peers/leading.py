"""Where the service leads its peers, and where it does not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.peers.catalogue import CONTENDERS, Contender, Promise
from benchmarks.peers.situations import Figures

Results = Mapping[str, Mapping[str, Figures]]
"""By contender, by situation."""

NOISE = 0.1
"""Two runs of the same contender differ by up to so much in rates, CPU and latencies."""

LATENCY_NOISE_MS = 5.0
"""And by that much in latencies, of which most is the model's."""

MORE_IS_BETTER = ("events_per_s",)
LESS_IS_BETTER = ("cpu_ms_per_event", "p50_ms", "p99_ms")
COUNTS = ("lost", "duplicated", "out_of_order")
METRICS = (*MORE_IS_BETTER, *LESS_IS_BETTER, *COUNTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeOff:
    """Rows in which a peer may lead, for a reason that is stated and not a fault to be mended."""

    peers: frozenset[str]
    metrics: frozenset[str]
    situations: frozenset[str] | None = None
    """None: all."""
    within: float | None = None
    """By how much at most, in the metric's unit; more than that is no trade-off any more."""
    reason: str

    def covers(self, peer: str, situation: str, metric: str, difference: float) -> bool:
        """Whether this row is one of them."""
        return (
            peer in self.peers
            and metric in self.metrics
            and (self.situations is None or situation in self.situations)
            and (self.within is None or abs(difference) <= self.within)
        )


_ALL = frozenset(one.name for one in CONTENDERS if not one.is_ours)
_BATCHES = frozenset({"aiokafka_batches", "confluent_asyncio"})

_LIBRDKAFKA = frozenset({"article", "quix"})
_ACK_FIRST = frozenset({"faststream_ack_first"})

_JUDGE_NOISE_MS = 2.0
"""A third of the judge's 5.9 ms: by so much does the CPU of one contender's same stream differ from
run to run on the machine of docs/peers.md, which lists how little the ways themselves differ."""

_BATCH_CPU_MS = 4.0 + _JUDGE_NOISE_MS
_LIBRDKAFKA_CPU_MS = 1.0 + _JUDGE_NOISE_MS
_REBALANCE_CPU_MS = 2.0
_PILE_CPU_MS = 2.5
"""At most: a peer that takes less by more leads."""

_NOISE = (
    "What is beyond that is the judge's own CPU, which differs by up to a third (2 ms) from one "
    "contender's turn to the next."
)

_LIBRDKAFKA_CPU = (
    "It speaks to Kafka through librdkafka, in C, where the service's aiokafka is Python, and one "
    "commit covers a loop's event or a process's 0.1 s where the service's covers a partition's: "
    "see *The way alone*. " + _NOISE
)

_ACK_FIRST_CPU = (
    "It commits before the work, for many events at once, and so loses at a crash what it holds: "
    "see *The way alone*. " + _NOISE
)

_REBALANCE_CPU = (
    "A rebalance ends and begins a session for each partition of both topics, each with a producer "
    "of its own: 0.13 s CPU for a join and a leave in the worker that stays (measured, eight "
    "partitions), which is 0.7 ms for each of the situation's 190 events, and the one that comes "
    "and goes begins sessions too. It happens once a rebalance and not once an event."
)

TRADE_OFFS: Sequence[TradeOff] = (
    TradeOff(
        peers=_BATCHES,
        metrics=frozenset({"cpu_ms_per_event"}),
        within=_BATCH_CPU_MS,
        reason=(
            "A batch loop lets events wait for each other and works on them together; the service "
            "takes each as it comes. The judge alone takes some 2 ms CPU more of an event that "
            "comes by itself (*The judge alone*). And a batch loop publishes a whole batch "
            "in one transaction; the service has one for each partition, five requests each, so "
            "that no event waits for another partition's and a dead worker's partitions are fenced "
            "one by one: at a few events a second up to 2 ms more. At thousands a second the "
            "difference is gone ([benchmarks.md](benchmarks.md)). " + _NOISE
        ),
    ),
    TradeOff(
        peers=_LIBRDKAFKA,
        metrics=frozenset({"cpu_ms_per_event"}),
        within=_LIBRDKAFKA_CPU_MS,
        reason=_LIBRDKAFKA_CPU,
    ),
    TradeOff(
        peers=_ACK_FIRST,
        metrics=frozenset({"cpu_ms_per_event"}),
        within=_JUDGE_NOISE_MS,
        reason=_ACK_FIRST_CPU,
    ),
    TradeOff(
        peers=_ALL - _BATCHES,
        metrics=frozenset({"cpu_ms_per_event"}),
        situations=frozenset({"crash"}),
        within=_PILE_CPU_MS,
        reason=(
            "After a crash it is away for seconds, three times, and works on what has piled up: "
            "of events that come together the judge takes 2 to 2.4 ms CPU less each (*The judge "
            "alone*). The service is back at once, and has no pile."
        ),
    ),
    *(
        TradeOff(
            peers=peers,
            metrics=frozenset({"cpu_ms_per_event"}),
            situations=frozenset({"rebalance"}),
            within=_REBALANCE_CPU_MS + otherwise_ms,
            reason=_REBALANCE_CPU + " The rest is as elsewhere.",
        )
        for peers, otherwise_ms in (
            (_BATCHES, _BATCH_CPU_MS),
            (_LIBRDKAFKA, _LIBRDKAFKA_CPU_MS),
            (_ALL - _BATCHES - _LIBRDKAFKA, _JUDGE_NOISE_MS),
        )
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A peer that does better than the service in one figure of one situation."""

    peer: str
    situation: str
    metric: str
    theirs: float
    ours: float
    reason: str | None
    """Of the trade-off, where it is one."""

    @property
    def label(self) -> str:
        """As the JSON line names it."""
        return f"{self.situation}, {self.metric}: {self.peer} {self.theirs:g}, ours {self.ours:g}"


def rival_of(peer: Contender) -> str:
    """The service's delivery that promises what the peer does, or more."""
    if peer.promise is Promise.EXACTLY_ONCE:
        return "ours_exactly_once"
    return "ours_at_least_once"


def rows_behind(results: Results) -> Iterator[Row]:
    """Every row in which a peer leads."""
    for peer in CONTENDERS:
        ours = results.get(rival_of(peer))
        if peer.is_ours or ours is None:
            continue
        for situation, theirs in results.get(peer.name, {}).items():
            for metric in METRICS:
                their_value, our_value = (
                    float(getattr(figures, metric)) for figures in (theirs, ours[situation])
                )
                if _leads(metric, their_value, our_value):
                    yield Row(
                        peer=peer.name,
                        situation=situation,
                        metric=metric,
                        theirs=round(their_value, 1),
                        ours=round(our_value, 1),
                        reason=_reason(peer.name, situation, metric, their_value - our_value),
                    )


def _leads(metric: str, theirs: float, ours: float) -> bool:
    if metric in COUNTS:
        return theirs < ours
    if metric in MORE_IS_BETTER:
        return theirs > ours * (1 + NOISE)
    floor = LATENCY_NOISE_MS if metric.endswith("_ms") and metric.startswith("p") else 0.0
    return theirs * (1 + NOISE) + floor < ours


def _reason(peer: str, situation: str, metric: str, difference: float) -> str | None:
    for trade_off in TRADE_OFFS:
        if trade_off.covers(peer, situation, metric, difference):
            return trade_off.reason
    return None
