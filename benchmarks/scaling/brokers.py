"""What transactions, and the clients that make them, ask of the brokers."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.scaling.load import Load
from benchmarks.scaling.transactions import Transactions, simulate

STATE_APPENDS = 4
"""Records of __transaction_state a transaction: partitions added, offsets added, about to commit,
committed."""

OFFSETS_APPENDS = 2
"""Of __consumer_offsets: the offset with its map, and the transaction's marker."""

FETCH_WAIT_S = 0.1
"""How long a broker holds a fetch for which there is nothing, as the consumer asks."""

FETCH_TURN_S = 0.015
"""From a fetch's answer to the next fetch: the poll loop's turn."""

HEARTBEATS_A_SESSION = 5
METADATA_MAX_AGE_S, PRODUCER_METADATA_MAX_AGE_S = 60.0, 300.0
PROBE_INTERVAL_S = 5.0


@dataclass(frozen=True, slots=True)
class BrokerLoad:
    """A second, all brokers together, where nothing else is said."""

    transactions: Transactions
    requests: Mapping[str, float]
    state_appends: float
    offsets_appends: float
    """All in one partition of __consumer_offsets: a group has one coordinator."""
    markers: float
    """Written into output partitions, and into the offsets' one."""
    output_records: float
    connections: float

    @property
    def requests_per_s(self) -> float:
        """Of clients and, for the replicas, of brokers among themselves."""
        return sum(self.requests.values())


def broker_load(load: Load) -> BrokerLoad:
    """What ``load`` comes to."""
    made = simulate(load)
    per_s = made.per_s
    return BrokerLoad(
        transactions=made,
        requests={
            "AddPartitionsToTxn": per_s,
            "Produce": per_s * made.output_brokers_each,
            "AddOffsetsToTxn": per_s,
            "TxnOffsetCommit": per_s,
            "EndTxn": per_s,
            "Fetch": _fetches(load),
            "Heartbeat": load.workers * HEARTBEATS_A_SESSION / load.session_timeout_s,
            "Metadata": _metadata(load),
        },
        state_appends=per_s * STATE_APPENDS,
        offsets_appends=per_s * OFFSETS_APPENDS,
        markers=per_s * (made.output_partitions_each + 1),
        output_records=load.events_per_s,
        connections=connections(load),
    )


def connections(load: Load) -> float:
    """Open ones, all brokers together.

    A producer of events holds one to each broker whose partitions it writes to, and one to each of
    its coordinators, of the transaction and of the group; one of decisions writes little: it holds
    those to its coordinators, and one.
    """
    coordinators = min(2, load.brokers)
    of_events = load.brokers + coordinators
    of_decisions = 1 + coordinators
    if load.brokers == 1:
        of_events = of_decisions = 2
    of_worker = load.brokers + 2
    return load.partitions * (of_events + of_decisions) + load.workers * of_worker


def _fetches(load: Load) -> float:
    """Each worker has one fetch at each broker under way: it is answered by the first record.

    At most: a worker whose loop is busy asks for the next one later, and gets more by it.
    """
    pairs = load.workers * load.brokers
    rate = load.events_per_s / pairs
    waiting_s = -math.expm1(-rate * FETCH_WAIT_S) / rate
    return pairs / (waiting_s + FETCH_TURN_S)


def _metadata(load: Load) -> float:
    producers = 2 * load.partitions / PRODUCER_METADATA_MAX_AGE_S
    return producers + load.workers * (1 / METADATA_MAX_AGE_S + 1 / PROBE_INTERVAL_S)
