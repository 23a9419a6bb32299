"""The figures in Prometheus' text format.

Written here and not by prometheus_client: the labels of a partition are put into words once for
its dozen series, which for 20,000 partitions takes 0.3 s instead of 3 s. Families of a few series
(the process's own) are left to the library.
"""

import gzip
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from itertools import islice
from math import inf

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, generate_latest

from stream_service.observe.lag.partition_status import PartitionStatus
from stream_service.observe.lag.reading import UNKNOWN_STATE
from stream_service.observe.lag.snapshot import PartitionLag, Snapshot

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4

GROUP_STATES = (
    "Stable",
    "Empty",
    "PreparingRebalance",
    "CompletingRebalance",
    "Assigning",
    "Reconciling",
    "Dead",
    UNKNOWN_STATE,
)
"""All that Kafka knows, of its classic and its consumer protocol."""

_COMPRESSION = 1
"""The text is so repetitive that the quickest level makes a thirtieth of it."""

_LINES_A_PIECE = 2_000
"""Written at once: few enough that the text of a large family is never in memory as a whole."""

_Value = Callable[[PartitionLag], float | None]

_PARTITION_FAMILIES: tuple[tuple[str, str, _Value], ...] = (
    (
        "feedback_consumer_lag_messages",
        "Records between the committed offset and the log's end; unknown before a first commit.",
        lambda figures: figures.lag,
    ),
    (
        "feedback_consumer_lag_seconds",
        "Age of the first unprocessed record by its own timestamp.",
        lambda figures: figures.lag_s,
    ),
    (
        "feedback_consumer_unprocessed_messages",
        "Lag less what the commit's map holds as completed ahead.",
        lambda figures: figures.unprocessed,
    ),
    (
        "feedback_consumer_drain_estimate_seconds",
        "Time to process what waits now at the pace of the last rounds.",
        lambda figures: figures.drain_s,
    ),
    (
        "feedback_consumer_committed_offset",
        "The committed offset.",
        lambda figures: figures.committed,
    ),
    (
        "feedback_consumer_last_commit_timestamp_seconds",
        "When offset or map were seen to change last; unknown until they do.",
        lambda figures: figures.last_commit_at,
    ),
    (
        "feedback_consumer_lost_messages",
        "Records removed by retention before being processed, which are no lag.",
        lambda figures: figures.lost,
    ),
)


def render(
    snapshot: Snapshot, *, last_success_at: float | None, registry: CollectorRegistry
) -> bytes:
    """The whole page, compressed by gzip: all figures, then what is in ``registry``.

    Compressed as it is written, so that it is never in memory as a whole.
    """
    packed = BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=_COMPRESSION) as file:
        for family in _families(snapshot, last_success_at):
            while piece := "".join(islice(family, _LINES_A_PIECE)):
                file.write(piece.encode())
        file.write(generate_latest(registry))
    return packed.getvalue()


def _families(snapshot: Snapshot, last_success_at: float | None) -> Iterator[Iterator[str]]:
    """Each family as its lines, to be written before the next one is asked for."""
    pairs = [(figures, _partition_labels(figures)) for figures in snapshot.partitions]
    for name, meaning, value_of in _PARTITION_FAMILIES:
        yield _family(
            name,
            meaning,
            _known(pairs, value_of),
        )
    yield _family(
        "feedback_consumer_partition_status",
        "1 for the present status, by Burrow's rules; unknown until enough was observed.",
        (
            (f'{of},status="{status}"', int(status is figures.status))
            for figures, of in pairs
            if figures.status is not None
            for status in PartitionStatus
        ),
    )
    yield from _log_families(snapshot)
    yield from _group_families(snapshot)
    yield _family(
        "feedback_lag_unreadable",
        "How many the last round could not read, whose figures are missing or about to go.",
        ((f'kind="{kind}"', count) for kind, count in snapshot.unreadable.items()),
    )
    if last_success_at is not None:
        yield _family(
            "feedback_lag_collector_last_success_timestamp_seconds",
            "When the cluster was read last.",
            [("", last_success_at)],
        )


def _known(
    pairs: Iterable[tuple[PartitionLag, str]], value_of: _Value
) -> Iterator[tuple[str, float]]:
    for figures, of in pairs:
        value = value_of(figures)
        if value is not None:
            yield of, value


def _log_families(snapshot: Snapshot) -> Iterator[Iterator[str]]:
    logs = [
        (f'topic="{_escaped(at.topic)}",partition="{at.number}"', log)
        for at, log in snapshot.logs.items()
    ]
    yield _family(
        "feedback_partition_start_offset",
        "The first offset that the log still has.",
        ((of, log.start) for of, log in logs),
    )
    yield _family(
        "feedback_partition_end_offset",
        "One behind the log's last offset.",
        ((of, log.end) for of, log in logs),
    )


def _group_families(snapshot: Snapshot) -> Iterator[Iterator[str]]:
    groups = [(f'group="{_escaped(group.name)}"', group) for group in snapshot.groups]
    yield _family(
        "feedback_consumer_group_state",
        "1 for the group's present state, as Kafka names it.",
        (
            (f'{of},state="{state}"', int(state == group.state))
            for of, group in groups
            for state in GROUP_STATES
        ),
    )
    yield _family(
        "feedback_consumer_group_members",
        "How many members the group has.",
        ((of, group.members) for of, group in groups if group.members is not None),
    )


def _family(name: str, meaning: str, samples: Iterable[tuple[str, float]]) -> Iterator[str]:
    yield f"# HELP {name} {meaning}\n# TYPE {name} gauge\n"
    for labels, value in samples:
        if labels:
            yield f"{name}{{{labels}}} {_number(value)}\n"
        else:
            yield f"{name} {_number(value)}\n"


def _partition_labels(figures: PartitionLag) -> str:
    topic, number = figures.partition
    return f'group="{_escaped(figures.group)}",topic="{_escaped(topic)}",partition="{number}"'


def _number(value: float) -> str:
    return "+Inf" if value == inf else repr(value)


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
