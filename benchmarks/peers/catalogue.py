"""Who is compared: how each is run, what it promises, and where its documentation advises that."""

import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

ENVIRONMENT = Path(__file__).parents[2] / "build" / "quix-streams"
"""Quix Streams' own, made when it is first needed."""


class Promise(StrEnum):
    """What becomes of an event when a worker dies."""

    EXACTLY_ONCE = "exactly once"
    AT_LEAST_ONCE = "at least once"
    AT_MOST_ONCE = "at most once"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One way to put the judge behind Kafka."""

    name: str
    title: str
    promise: Promise
    distribution: str
    """The package whose version counts."""
    set_up: str
    advised: str
    """Where its documentation says so."""
    is_ours: bool = False
    takes_turns: bool = False
    """Whether a process works on one event at a time."""
    replicas: int = 1
    python: Path = Path(sys.executable)


QUIX_REPLICAS = 4
"""On two cores, which wait for the model most of the time; each replica has a judge of its own."""

CONTENDERS = (
    Contender(
        name="article",
        title="synchronous loop",
        promise=Promise.AT_LEAST_ONCE,
        distribution="confluent-kafka",
        set_up="one event after another: poll, judge, produce and flush, commit",
        advised="confluent-kafka, overview, *Synchronous commits*; the loop is the article's",
        takes_turns=True,
    ),
    Contender(
        name="aiokafka_batches",
        title="aiokafka, batches",
        promise=Promise.EXACTLY_ONCE,
        distribution="aiokafka",
        set_up="`getmany` of as many as may be in flight, `gather`, outputs and offsets in one "
        "transaction; a rebalance waits for the batch; one `transactional_id` a worker, kept over "
        "restarts",
        advised="aiokafka, examples, *Transactional Consume-Process-Produce*; API, "
        "`ConsumerRebalanceListener.on_partitions_revoked`",
    ),
    Contender(
        name="faststream",
        title="FastStream",
        promise=Promise.AT_LEAST_ONCE,
        distribution="faststream",
        set_up="`AckPolicy.NACK_ON_ERROR`, `max_workers` as many as partitions: a partition's "
        "events one after another; idempotent publisher, acks=all",
        advised="FastStream, Kafka, subscriber, *Concurrent processing*, second mode",
    ),
    Contender(
        name="faststream_ack_first",
        title="FastStream, ack first",
        promise=Promise.AT_MOST_ONCE,
        distribution="faststream",
        set_up="`AckPolicy.ACK_FIRST` (its default), `max_workers` as many as may be in flight; "
        "idempotent publisher, acks=all",
        advised="FastStream, Kafka, subscriber, *Concurrent processing*, first mode",
    ),
    Contender(
        name="quix",
        title="Quix Streams",
        promise=Promise.EXACTLY_ONCE,
        distribution="quixstreams",
        set_up=f'`processing_guarantee="exactly-once"`, `commit_interval=0.1`, {QUIX_REPLICAS} '
        "processes in one group, each an event at a time",
        advised="Quix Streams, configuration, *What processing guarantee is right for me?*; it "
        "has no concurrency within a process and grows by replicas",
        takes_turns=True,
        replicas=QUIX_REPLICAS,
        python=ENVIRONMENT / "bin" / "python",
    ),
    Contender(
        name="confluent_asyncio",
        title="confluent-kafka, AIOConsumer",
        promise=Promise.EXACTLY_ONCE,
        distribution="confluent-kafka",
        set_up="`AIOConsumer.consume` of as many as may be in flight, `gather`, outputs and "
        "offsets in one transaction with the group's metadata (KIP-447), cooperative-sticky; "
        "`Producer` for the outputs, since `AIOProducer` takes no headers",
        advised="confluent-kafka, `AIOConsumer.consume`, *Performance Note*; `AIOProducer.produce` "
        "on headers; examples/asyncio_example.py and examples/eos_transactions.py",
    ),
    Contender(
        name="ours_exactly_once",
        title="ours, exactly once",
        promise=Promise.EXACTLY_ONCE,
        distribution="stream-service",
        set_up="as `run --workers` runs it: `consumer.delivery=exactly_once`, commit interval "
        "0.1 s, a place in the group that a restarted worker finds again (`group.instance.id`)",
        advised="[delivery.md](delivery.md)",
        is_ours=True,
    ),
    Contender(
        name="ours_at_least_once",
        title="ours, at least once",
        promise=Promise.AT_LEAST_ONCE,
        distribution="stream-service",
        set_up="the same with `consumer.delivery=at_least_once`",
        advised="[delivery.md](delivery.md)",
        is_ours=True,
    ),
)

BY_NAME = {one.name: one for one in CONTENDERS}
