"""Quix Streams: an Application that applies the judge to each event, exactly once.

Its page on processing guarantees gives ``exactly-once`` where consumers of the outputs cannot take
duplicates, with a shorter commit interval than the default of 5 s, which would be its latency. It
works on one event after another in each process and grows by processes of the same consumer group.
"""

import importlib
from typing import Any

from benchmarks.peers.job import Job
from benchmarks.peers.judging import BlockingHandle
from stream_service.contracts.record import InputRecord, OutputRecord

_COMMIT_INTERVAL_S = 0.1
"""The service's own."""

_POLL_TIMEOUT_S = 0.2
"""How soon a signal to stop is heard; the default is 1 s."""


class QuixApplication:
    """The application; ``stop`` ends it after the event that it is at."""

    def __init__(self, job: Job, handle: BlockingHandle) -> None:
        self._job = job
        self._handle = handle
        # By name: it stands in an environment of its own, where no type checker looks.
        self._quix: Any = importlib.import_module("quixstreams")
        self._application: Any = self._quix.Application(
            broker_address=job.bootstrap_servers,
            consumer_group=job.group_id,
            auto_offset_reset="earliest",
            processing_guarantee="exactly-once",
            commit_interval=_COMMIT_INTERVAL_S,
            consumer_poll_timeout=_POLL_TIMEOUT_S,
            consumer_extra_config={
                "session.timeout.ms": job.session_timeout_ms,
                "heartbeat.interval.ms": job.heartbeat_interval_ms,
            },
            auto_create_topics=False,
            loglevel="WARNING",
        )

    def stop(self) -> None:
        """End soon. Safe to call in a signal handler."""
        self._application.stop()

    def run(self) -> None:
        """Run until stopped."""
        topics = self._job.topics
        outputs = {name: self._topic(name) for name in (topics.replies, topics.reviews)}
        frame: Any = self._application.dataframe(self._topic(topics.events))
        frame = frame.apply(self._judge, metadata=True)

        def headers(output: OutputRecord, *_: Any) -> list[tuple[str, bytes | None]]:
            return list(output.headers)

        def topic(output: OutputRecord, *_: Any) -> Any:
            return outputs[output.topic]

        def key(output: OutputRecord) -> bytes | None:
            return output.key

        frame.set_headers(headers).to_topic(topic, key=key)
        self._application.run()

    def _topic(self, name: str) -> Any:
        return self._application.topic(
            name,
            key_deserializer="bytes",
            value_deserializer="bytes",
            key_serializer="bytes",
            value_serializer=self._value_serializer(),
        )

    def _value_serializer(self) -> Any:
        models: Any = importlib.import_module("quixstreams.models")

        class OutputValue(models.Serializer):  # pyright: ignore[reportUntypedBaseClass]
            """Only now: the headers and the topic are read off the whole output before."""

            def __call__(self, value: OutputRecord, ctx: Any) -> bytes | None:
                return value.value

        return OutputValue()

    def _judge(self, value: bytes, key: bytes, timestamp_ms: int, headers: Any) -> OutputRecord:
        place: Any = self._quix.message_context()
        return self._handle(
            InputRecord(
                topic=place.topic,
                partition=place.partition,
                offset=place.offset,
                timestamp_ms=timestamp_ms,
                key=key,
                value=value,
                headers=tuple(headers or ()),
            )
        )
