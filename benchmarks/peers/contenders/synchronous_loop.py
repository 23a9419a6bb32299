"""The source article's way: a synchronous loop that takes one event after another.

Read one, judge it, publish it, commit it. confluent-kafka's documentation calls committing in
step with the work "synchronous commits" and gives it for at-least-once.
"""

from confluent_kafka import Consumer, Producer

from benchmarks.peers.job import Job
from benchmarks.peers.judging import BlockingHandle
from tests.support.confluent_records import input_record, unwrapped

_POLL_TIMEOUT_S = 0.2
"""How soon a signal to stop is heard."""


class SynchronousLoop:
    """The loop; ``stop`` ends it after the event that it is at."""

    def __init__(self, job: Job, handle: BlockingHandle) -> None:
        self._job = job
        self._handle = handle
        self._stopped = False

    def stop(self) -> None:
        """End soon. Safe to call in a signal handler."""
        self._stopped = True

    def run(self) -> None:
        """Run until stopped."""
        job = self._job
        consumer = Consumer(
            {
                "bootstrap.servers": job.bootstrap_servers,
                "group.id": job.group_id,
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "session.timeout.ms": job.session_timeout_ms,
                "heartbeat.interval.ms": job.heartbeat_interval_ms,
            }
        )
        producer = Producer(
            {"bootstrap.servers": job.bootstrap_servers, "enable.idempotence": True}
        )
        consumer.subscribe([job.topics.events])
        try:
            while not self._stopped:
                message = consumer.poll(_POLL_TIMEOUT_S)
                if message is None:
                    continue
                output = self._handle(input_record(unwrapped(message)))
                producer.produce(
                    output.topic, output.value, output.key, headers=list(output.headers)
                )
                producer.flush()
                consumer.commit(message=message, asynchronous=False)
        finally:
            consumer.close()
